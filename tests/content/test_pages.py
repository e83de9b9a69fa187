"""The library as readers see it: who sees what, in how many queries."""

import gc

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.template import Context, Template
from django.urls import reverse
from django.utils import translation
from wagtail import blocks
from wagtail.images.models import Image
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import PageViewRestriction, Site

from content import operations, queries
from content.lesson_blocks import ArticleCitation, LectureInLesson, LessonBody
from content.models import Article, IndexEntry
from people.enums import Role
from tests.factories.content import (
    NOW,
    policy_bytes,
    published_lecture,
    published_lesson,
    published_policy,
)
from tests.factories.people import RoleGrantFactory

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


# --- who sees what


def test_public_text_is_read_without_signing_in(client):
    page = published_policy()

    response = client.get(page.url)

    assert response.status_code == 200
    assert "围绕岗位选书。" in response.text


def test_internal_text_and_a_missing_one_look_the_same_to_a_visitor(client):
    page = published_policy(public=False)

    for url in (page.url, "/library/no-such-text/", "/library/"[:-1] + "/x/y/"):
        response = client.get(url)
        assert response.status_code == 302
        assert response.url.startswith(LOGIN)


def test_internal_text_is_read_by_whoever_is_signed_in(client, login, person):
    page = published_policy(public=False)

    assert login(client, person).get(page.url).status_code == 200
    assert client.get("/library/no-such-text/").status_code == 404


def test_wagtails_own_restriction_of_a_page_is_respected(client):
    page = published_policy()
    PageViewRestriction.objects.create(page=page, restriction_type="login")

    assert client.get(page.url).status_code == 302


def test_draft_is_not_found_even_by_its_address(client, login, person):
    page = operations.import_policy(policy_bytes(), now=NOW).page

    assert login(client, person).get(page.get_url()).status_code == 404


def test_visitors_list_and_search_show_public_texts_only(client):
    published_policy(title="关于公开事项的意见")
    published_policy(title="关于内部事项的意见", public=False, number=8)

    for url in (reverse("content:library"), reverse("content:search") + "?q=事项"):
        html = client.get(url).text
        assert "公开" in html
        assert "内部" not in html


def test_desk_is_not_there_for_a_learner(client, login, person):
    assert login(client, person).get(reverse("content:desk")).status_code == 404


def test_desk_asks_a_visitor_to_sign_in(client):
    assert client.get(reverse("content:desk")).url.startswith(LOGIN)


def test_that_a_question_cites_an_article_is_shown_to_editors_only(client, login, person, editor):
    page = published_policy()
    for source, label in (("exams.question:1", "一道试题"), ("courses.course:1", "一门课程")):
        operations.cite(
            source=source,
            text_id=page.pk,
            anchor="i1",
            label=label,
            url="/x/",
            owner_id=None,
            now=NOW,
        )

    html = login(client, person).get(page.url).text
    assert "一门课程" in html
    assert "一道试题" not in html
    assert "一道试题" in login(client, editor).get(page.url).text


def test_the_bank_is_linked_for_those_only_to_whom_it_is_open(client, login, editor):
    page = published_policy()
    operations.cite(
        source="exams.question:1", text_id=page.pk, anchor="i1", label="一道试题", url="/bank/1/",
        owner_id=None, now=NOW,
    )  # fmt: skip

    assert "/bank/1/" not in login(client, editor).get(page.url).text

    RoleGrantFactory(person=editor, role=Role.QUESTION_REVIEWER)
    assert 'href="/bank/1/"' in login(client, editor).get(page.url).text


def test_somebody_elses_flagged_citation_cannot_be_marked_as_checked(client, login, person, editor):
    page = published_policy()
    citation = operations.cite(
        source="x:1", text_id=page.pk, anchor="i1", label="x", url="", owner_id=editor.pk, now=NOW
    )
    operations.import_policy(policy_bytes(first="改。", day=6), edition_of=page.pk, now=NOW)
    operations.publish_without_review(page.pk, now=NOW)
    url = reverse("content:citation_reviewed", args=[citation.pk])

    assert login(client, person).post(url).status_code == 404
    citation.refresh_from_db()
    assert citation.flagged_because == "changed"

    assert "x" in login(client, editor).get(reverse("content:desk")).text
    assert client.post(url).status_code == 302
    citation.refresh_from_db()
    assert citation.flagged_at is None


# --- what is shown


def test_text_shows_title_block_anchors_outline_and_citation(client):
    html = client.get(published_policy().url).text

    for piece in (
        "晴川市委文件",
        "晴委发〔2026〕7号",
        'id="i1"',
        'href="#p2"',
        'data-copy="《关于办好机关读书班的意见》（晴委发〔2026〕7号）第（一）项"',
        "2026年3月5日",
    ):
        assert piece in html


def test_a_page_that_cites_two_articles_stands_once_in_the_margin_with_both(client):
    text = published_policy()
    for anchor, source, label in (
        ("i1", "content.lesson:1:a", "读书的次序"),
        ("i2", "content.lesson:1:b", "读书的次序"),
        ("i1", "content.lesson:2:a", "另一页"),
    ):
        operations.cite(
            source=source, text_id=text.pk, anchor=anchor, label=label,
            url=f"/library/{source.split(':')[1]}/", owner_id=None, now=NOW,
        )  # fmt: skip

    margin = client.get(text.url).text.split("<aside")[-1]

    assert margin.count("读书的次序") == 1
    assert margin.count("另一页") == 1
    assert margin.count('href="#i1"') == 2
    assert margin.count('href="#i2"') == 1


def test_earlier_edition_can_still_be_read(client):
    page = published_policy()
    operations.import_policy(
        policy_bytes(first="每季度读一本。", day=6), edition_of=page.pk, now=NOW
    )
    operations.publish_without_review(page.pk, now=NOW)

    assert "每季度读一本。" in client.get(page.url).text
    earlier = client.get(page.url + "?edition=1").text
    assert "围绕岗位选书。" in earlier
    assert "每季度读一本。" in client.get(page.url + "?edition=99").text
    # The page knows when its present wording was issued; of an earlier one it does not say so.
    assert "日印发" in client.get(page.url).text
    assert "日印发" not in earlier
    assert "日起施行" in earlier


def test_unpublished_edition_is_not_shown(client):
    page = published_policy()
    operations.import_policy(
        policy_bytes(first="每季度读一本。", day=6), edition_of=page.pk, now=NOW
    )

    assert "围绕岗位选书。" in client.get(page.url + "?edition=2").text


def test_article_gives_wording_citation_and_address():
    page = published_policy()

    facts = queries.article(page.pk, "i1")

    assert facts.text == "围绕岗位选书。"
    assert facts.citation == "《关于办好机关读书班的意见》（晴委发〔2026〕7号）第（一）项"
    assert facts.url == f"{page.url}#i1"
    assert "（二）" in queries.article(page.pk, "p1").text
    assert queries.article(page.pk, "i99") is None


def test_many_articles_are_fetched_in_two_queries(django_assert_num_queries):
    first, second = published_policy(), published_policy(title="关于写作的意见", number=8)
    wanted = [(first.pk, "i1"), (second.pk, "i2"), (second.pk, "i99"), (10**9, "i1")]

    with django_assert_num_queries(2):
        facts = queries.articles_by_anchor(wanted)

    assert set(facts) == set(wanted[:2])


def test_citation_of_a_regulation_names_article_paragraph_and_item():
    text = "借阅规定\n第一条　甲。\n第二条　乙。\n丙，包括：\n（一）丁；\n（二）戊。\n2026年3月5日"
    page = operations.import_policy(text.encode(), now=NOW).page
    operations.publish_without_review(page.pk, now=NOW)

    assert queries.article(page.pk, "a2-k2-i1").citation == "《借阅规定》第二条第二款第（一）项"


def test_lecture_shows_transcript_chapters_and_captions(client, login, person):
    lecture = published_lecture(
        chapters=[("chapter", {"start": 75, "title": "第二段", "slide": None})]
    )
    login(client, person)

    html = client.get(lecture.url).text
    captions = client.get(reverse("content:captions", args=[lecture.pk]))

    assert "今天谈怎样读书。" in html
    assert "1:15" in html
    assert 'data-at="75"' in html
    assert captions["Content-Type"] == "text/vtt; charset=utf-8"
    assert captions.text.startswith("WEBVTT")


# Wagtail leaves the file of a new rendition to the garbage collector.
@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_lesson_shows_every_kind_of_block(client, login, person):
    text = published_policy()
    image = Image.objects.create(title="图", file=get_test_image_file())
    lesson = published_lesson(
        body=[
            ("heading", "标题在此"),
            ("paragraph", '<p>段落<script>alert(1)</script></p>'),
            ("citation", {"text": text, "anchor": "i1", "remark": "说明在此"}),
            ("quotation", {"words": "引文在此", "source": "出处"}),
            ("figure", {"image": image, "alternative": "替代文字", "caption": "图注"}),
            ("question", {"question": "问题在此", "thought": "想法"}),
            ("case", {"title": "案例在此", "place": "", "story": "<p>经过</p>"}),
            ("table", {"caption": "表题", "rows": "甲|乙\n一|二"}),
        ]
    )  # fmt: skip

    html = login(client, person).get(lesson.url).text

    for piece in ("标题在此", "围绕岗位选书。", "说明在此", "引文在此", 'alt="替代文字"', "问题在此",
                  "案例在此", "<td>二</td>"):  # fmt: skip
        assert piece in html
    assert "alert(1)</script>" not in html
    address = image.get_rendition("width-1000").url
    assert address.startswith("/media/")
    picture = client.get(address)
    assert picture.status_code == 200
    assert picture.getvalue().startswith(b"\x89PNG")
    del picture, image, lesson
    gc.collect()


def test_page_body_shows_each_kind_without_a_first_heading(rf, person):
    request = rf.get("/")
    request.user = person
    template = Template("{% load content_tags %}{% page_body page %}")
    for page in (published_policy(), published_lecture(), published_lesson()):
        html = template.render(Context({"page": page, "request": request, "user": person}))
        assert "<h1" not in html
        assert len(html) > 100


def test_library_is_filtered_by_kind_and_ignores_an_unknown_one(client, login, person):
    published_policy()
    published_lecture()
    login(client, person)

    html = client.get(reverse("content:library") + "?kind=lecture").text
    assert "怎样读书" in html
    assert "关于办好机关读书班的意见" not in html
    assert (
        "关于办好机关读书班的意见"
        in client.get(reverse("content:library") + "?kind=zzz&page=x").text
    )


def test_unpublished_page_leaves_list_and_search():
    page = published_policy()
    assert IndexEntry.objects.filter(page=page.pk).count() == 7

    page.unpublish()

    assert not IndexEntry.objects.filter(page=page.pk).exists()


def test_rebuilt_index_is_the_index_kept():
    published_policy()
    published_lecture()
    published_lesson()
    fields = ("page_id", "anchor", "title", "words", "length_seconds", "note", "public")
    kept = sorted(IndexEntry.objects.values_list(*fields))

    assert operations.rebuild_index(today=NOW.date()) == 3
    assert sorted(IndexEntry.objects.values_list(*fields)) == kept


# --- faces for the rooms above


def test_pages_by_id_leaves_out_drafts_and_what_a_visitor_may_not_read(person, client):
    public, internal = published_policy(), published_policy(public=False, number=8)
    draft = operations.create_page("lesson", title="草稿", body=[])
    ids = [public.pk, internal.pk, draft.pk]

    assert set(queries.pages_by_id(ids, person)) == {public.pk, internal.pk}
    assert set(queries.pages_by_id(ids, AnonymousUser())) == {public.pk}


def test_lecture_media_gives_length_and_kind():
    assert queries.lecture_media(published_lecture().pk) == (360, "video")
    assert queries.lecture_media(published_policy().pk) is None


def test_reading_seconds_grow_with_the_text_and_are_bounded():
    assert queries.seconds_to_read(0) == 0
    assert queries.seconds_to_read(1) == 10
    assert queries.seconds_to_read(400) == 60
    assert queries.seconds_to_read(10**7) == 3 * 3600
    assert queries.reading_seconds(published_policy().pk) == 10
    assert queries.reading_seconds(published_lecture().pk) == 360
    assert queries.reading_seconds(10**9) == 0


def test_new_texts_are_of_every_kind_newest_first(person):
    first = published_policy()
    lecture = published_lecture()
    second = published_policy(title="关于写作的意见", number=8)

    latest = [entry.page_id for entry in queries.latest_texts(person)]

    assert latest == [second.pk, lecture.pk, first.pk]


# --- how many queries


@pytest.fixture
def queries_of(client, django_assert_num_queries):
    """Warm the caches of site and content types, then count."""

    def count(url, exactly):
        client.get(url)
        with django_assert_num_queries(exactly):
            assert client.get(url).status_code == 200

    return count


def _with_articles(page, number):
    Article.objects.bulk_create(
        Article(edition=page.edition, anchor=f"a{n}", kind="article", label=f"第{n}条", text="甲" * 80, order=100 + n)
        for n in range(number)
    )  # fmt: skip


def test_text_of_200_articles_costs_a_visitor_no_more_queries_than_a_short_one(queries_of):
    page = published_policy()
    queries_of(page.url, TEXT_QUERIES)
    _with_articles(page, 200)
    queries_of(page.url, TEXT_QUERIES)


def test_pages_cost_a_fixed_number_of_queries_when_signed_in(client, login, person, queries_of):
    text, lecture, lesson = published_policy(), published_lecture(), published_lesson()
    login(client, person)

    queries_of(text.url, TEXT_QUERIES + SIGNED_IN)
    queries_of(lecture.url, PAGE_QUERIES + 1 + SIGNED_IN)
    queries_of(lesson.url, PAGE_QUERIES + SIGNED_IN)


def test_lesson_costs_the_same_queries_for_one_citation_and_for_many(
    client, login, person, queries_of
):
    text = published_policy()
    login(client, person)
    for title, anchors in (("一条", ["i1"]), ("三条", ["i1", "i2", "i3"])):
        body = [("citation", {"text": text, "anchor": a, "remark": ""}) for a in anchors]
        lesson = published_lesson(body=body, title=title)
        queries_of(lesson.url, PAGE_QUERIES + 2 + SIGNED_IN)


def test_a_lesson_plays_a_lecture_with_its_captions_and_tells_when_it_was_withdrawn(
    client, login, person
):
    lecture = published_lecture(title="怎样写记录")
    lesson = published_lesson(body=[("lecture", {"lecture": lecture})])
    login(client, person)
    page = client.get(lesson.url).content.decode()
    assert reverse("content:media", args=[lecture.media_id]) in page
    assert reverse("content:captions", args=[lecture.pk]) in page

    lecture.unpublish()
    page = client.get(lesson.url).content.decode()
    assert reverse("content:media", args=[lecture.media_id]) not in page
    assert "正在修订" in page


def test_a_lesson_takes_no_lecture_without_captions():
    with_captions, without = published_lecture(), published_lecture(title="无字幕")
    without.captions = ""
    without.save()
    block = LectureInLesson()
    assert block.clean(block.to_python({"lecture": with_captions.pk}))
    with pytest.raises(ValidationError):
        block.clean(block.to_python({"lecture": without.pk}))


def test_a_lesson_half_done_is_kept_and_shown_in_its_preview(rf, person):
    stream = LessonBody()
    empty = [(name, block.get_default()) for name, block in stream.child_blocks.items()]
    lesson = published_lesson()

    lesson.body = stream.clean_deferred(stream.to_python(stream.get_prep_value(
        blocks.StreamValue(stream, empty)
    )))  # fmt: skip

    request = rf.get("/")
    request.user = person
    template = Template("{% load content_tags %}{% page_body page %}")
    assert template.render(Context({"page": lesson, "request": request, "user": person}))


def test_a_lesson_cites_only_what_is_or_was_an_article():
    text = published_policy()
    block = ArticleCitation()

    def cited(anchor):
        return block.clean(block.to_python({"text": text.pk, "anchor": anchor, "remark": ""}))

    assert cited("#i1")["anchor"] == "i1"
    with pytest.raises(ValidationError):
        cited("a999")


def test_list_and_search_cost_a_fixed_number_of_queries(client, login, person, queries_of):
    for number in range(3):
        published_policy(number=number + 1)
    login(client, person)

    queries_of(reverse("content:library"), 4 + SIGNED_IN)
    queries_of(reverse("content:search") + "?q=读书", SEARCH_QUERIES + SIGNED_IN)


def test_desk_costs_a_fixed_number_of_queries(client, login, editor, reviewer, queries_of):
    for number in range(3):
        operations.import_policy(policy_bytes(number=number + 1), by=editor, now=NOW)
    login(client, reviewer)

    queries_of(reverse("content:desk"), 12 + SIGNED_IN)


# the person with the unit, and the roles; the session is in the cache
SIGNED_IN = 2
# the page, as its own class; Wagtail's view restrictions: ancestors, restrictions
PAGE_QUERIES = 4
# synonyms; how rare the words are; two proposals; their words; their pages; what one may filter by
SEARCH_QUERIES = 7
# editions, articles, citations, related texts, whether another holds in its place
TEXT_QUERIES = PAGE_QUERIES + 5


def test_lists_do_not_ask_the_cache_for_the_address_of_each_page(
    client, person, login, monkeypatch
):
    address = published_policy().url
    published_lesson(title="读书班怎样开")
    asked = []
    real = Site.get_site_root_paths
    monkeypatch.setattr(
        Site, "get_site_root_paths", staticmethod(lambda: asked.append(1) or real())
    )
    client = login(client, person)

    for path in ("/library/", "/search/?q=读书"):
        html = client.get(path).content.decode()
        assert f'href="{address}' in html

    assert asked == []
