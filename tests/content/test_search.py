"""Chinese words of two characters are found, titles first, with the words marked."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from content import operations, queries
from content.articles.numbering import in_han
from content.enums import Status
from content.models import IndexEntry, Synonyms
from content.words import asked_tokens, bigrams, fold, snippet, terms, tokens
from tests.factories.content import NOW, published_lecture, published_lesson, published_policy


@pytest.fixture
def library(db):
    text = published_policy()
    lecture = published_lecture(title="读书班怎样开")
    lesson = published_lesson(
        title="办公室的一天", body=[("paragraph", "<p>Ｗｏｒｄ文档 与读书。</p>")]
    )
    return text, lecture, lesson


def found(person, query, **filters):
    return [(h.entry.page_id, h.anchor) for h in queries.search(person, query, 50, **filters)]


def test_two_character_word_in_the_middle_of_a_sentence_is_found(library, person):
    text, *_ = library

    assert found(person, "岗位") == [(text.pk, "i1")]


def test_titles_come_before_texts(library, person):
    text, lecture, lesson = library

    hits = found(person, "读书")

    assert set(hits[:2]) == {(text.pk, ""), (lecture.pk, "")}
    assert (lesson.pk, "") in hits[2:]


def test_all_words_must_be_found(library, person):
    text, *_ = library

    assert found(person, "岗位 选书") == [(text.pk, "i1")]
    assert found(person, "岗位 航天") == []


def test_width_and_case_make_no_difference(library, person):
    *_, lesson = library

    assert found(person, "word文档") == [(lesson.pk, "")]
    assert found(person, "ＷＯＲＤ 文档") == [(lesson.pk, "")]


def test_an_article_is_found_by_its_number(person):
    numbers = [f"{ten}{one}" for ten in ("", "十") for one in ["", *"一二三四五六七八九"]][1:]
    articles = "\n".join(f"第{number}条 借书{number}次应当登记。" for number in numbers)
    data = f"借书规定\n{articles}\n第二十条 违反第十五条的，予以提醒。".encode()
    page = operations.import_policy(data, source_name="a.txt", submit=False, now=NOW).page
    operations.publish_without_review(page.pk, now=NOW)

    hits = queries.search(person, "第十五条")

    assert [hit.anchor for hit in hits if not hit.in_part] == ["a15", "a20"]


@pytest.mark.parametrize(
    "query",
    [
        "实施办法 第十五条",
        "第十五条 实施办法",
        "《实施办法》第15条",
        "实施办法第１５条第二款规定了什么？",
        "读书实施办法第十五条",
    ],
)
def test_an_article_is_found_first_by_title_and_number(
    person, query, django_assert_max_num_queries
):
    numbers = [in_han(number) for number in range(1, 17)]
    for title in ("读书实施办法", "借书规定"):
        articles = "\n".join(f"第{number}条 {title}{number}，见第十五条。" for number in numbers)
        data = f"{title}\n{articles}\n第十七条 实施办法第十五条从其规定。".encode()
        page = operations.import_policy(data, source_name="a.txt", submit=False, now=NOW).page
        operations.publish_without_review(page.pk, now=NOW)

    with django_assert_max_num_queries(13):
        hits = queries.search(person, query)

    assert (hits[0].note, hits[0].anchor) == ("读书实施办法", "a15")
    assert ("第十五条", True) in hits[0].title
    assert [hit.anchor for hit in hits].count("a15") >= 1
    assert len({hit.entry.pk for hit in hits}) == len(hits)
    assert queries.search_forgiving(person, query).meant == ""


def test_a_title_without_that_article_finds_the_text_as_a_part_of_what_was_asked(person):
    data = "借书规定\n第一条 借书应当登记。\n第二条 还书见第三十条。".encode()
    page = operations.import_policy(data, source_name="a.txt", submit=False, now=NOW).page
    operations.publish_without_review(page.pk, now=NOW)

    hits = queries.search(person, "借书规定 第三十条")

    assert [(hit.anchor, hit.in_part) for hit in hits] == [("", True)]


def test_a_table_is_shown_among_the_hits_as_it_is_read_out(person):
    rows = "事项|谁来办\n借书登记|值班员\n| 图书管理员"
    published_lesson(body=[("table", {"caption": "分工", "rows": rows})])

    (hit,) = queries.search(person, "值班员")

    assert "".join(words for words, _marked in hit.pieces) == (
        "分工 事项，谁来办；借书登记，值班员；图书管理员"
    )


def test_number_of_a_document_is_found(library, person):
    text, *_ = library

    assert found(person, "晴委发〔2026〕7号")[0] == (text.pk, "")


def test_one_wrong_character_still_finds_the_nearest_place(library, person):
    text, *_ = library

    hits = queries.search(person, "岗为选书")

    assert (hits[0].entry.page_id, hits[0].anchor) == (text.pk, "i1")
    assert hits[0].in_part


def test_question_finds_the_place_that_answers_it(library, person):
    text, *_ = library

    assert found(person, "机关里的办公室都负责什么工作？")[0] == (text.pk, "i3")


def test_traditional_characters_find_simplified_ones_and_the_other_way_round(library, person):
    text, *_ = library
    old = published_lesson(title="學習手冊", body=[("paragraph", "<p>黨員幹部。</p>")])

    assert (text.pk, "i1") in found(person, "崗位選書")
    assert found(person, "党员干部") == [(old.pk, "")]


def test_word_in_book_marks_or_torn_by_a_gap_is_found(person):
    lesson = published_lesson(
        title="释义", body=[("paragraph", "<p>《章程》规定，党员 权利。</p>")]
    )

    assert found(person, "章程规定") == [(lesson.pk, "")]
    assert found(person, "党员权利") == [(lesson.pk, "")]


def test_synonyms_find_each_other(person):
    full = published_lesson(title="中国共产党章程导读")
    short = published_lesson(title="学党章", body=[("paragraph", "<p>第一章。</p>")])

    assert set(found(person, "党章")) == {(full.pk, ""), (short.pk, "")}
    assert set(found(person, "中国共产党章程")) == {(full.pk, ""), (short.pk, "")}


def test_synonym_written_by_an_editor_counts_at_once(library, person):
    text, *_ = library
    assert found(person, "挑书") == []

    Synonyms.objects.create(words="挑书，选书")

    assert found(person, "挑书") == [(text.pk, "i1")]


def test_line_of_synonyms_needs_two_different_words():
    with pytest.raises(ValidationError):
        Synonyms(words="党章，黨章").clean()


def test_clause_is_found_in_its_article(person):
    data = "借书规定\n第一条 借书的人应当：\n（一）爱护图书；\n（二）按期归还。\n第二条 违者赔偿。"
    imported = operations.import_policy(data.encode(), submit=False, now=NOW)
    operations.publish_without_review(imported.page.pk, now=NOW)

    assert found(person, "借书的人 归还") == [(imported.page.pk, "a1")]


def test_text_that_no_longer_holds_comes_after_one_that_does(person):
    old, new = published_policy(number=1), published_policy(number=2)
    old.status = "repealed"
    old.save()
    operations.index_page(old, today=NOW.date())

    assert found(person, "围绕岗位")[0] == (new.pk, "i1")


def test_a_text_is_indexed_as_it_stands_on_the_day_given(db):
    page = published_policy()
    page.repealed_on = date(2030, 1, 1)
    rows = IndexEntry.objects.filter(page_id=page.pk, anchor="")

    operations.index_page(page, today=date(2029, 12, 31))
    before = rows.get().status
    operations.index_page(page, today=date(2030, 1, 1))

    assert (before, rows.get().status) == (Status.IN_FORCE, Status.REPEALED)


def test_filters_by_issuer_year_and_status(library, person):
    text, *_ = library

    assert (text.pk, "i1") in found(person, "岗位", issuer="晴川市委", year=2026, status="in_force")
    assert found(person, "岗位", year=2025) == []
    assert found(person, "岗位", issuer="别处") == []
    assert found(person, "岗位", status="repealed") == []


def test_single_character_is_found(library, person):
    assert (library[1].pk, "") in found(person, "班")


def test_page_taken_back_is_no_longer_found(library, person):
    text, *_ = library
    text.unpublish()

    assert found(person, "岗位") == []


def test_rebuilt_index_finds_the_same(library, person):
    before = found(person, "读书")

    operations.rebuild_index(today=NOW.date())

    assert found(person, "读书") == before


def test_words_are_marked(library, person):
    hit = queries.search(person, "岗位")[0]

    assert ("岗位", True) in hit.pieces


def test_filters_narrow_the_search(library, person):
    _, lecture, _ = library

    assert found(person, "读书", kind="lecture") == [(lecture.pk, "")]
    assert found(person, "读书", theme="history") == []


@pytest.mark.parametrize(
    "query", ["", "   ", "。", "%", "_", "'; DROP TABLE", "\x00", "a" * 500, "（）"]
)
def test_strange_queries_find_nothing_and_break_nothing(library, person, query):
    assert queries.search(person, query) == []


@given(st.text(max_size=60), st.text(max_size=10))
def test_snippet_is_cut_from_the_text_and_marks_only_what_was_asked(text, query):
    wanted = terms(query)
    pieces = snippet(text, wanted)

    shown = "".join(words for words, _ in pieces).strip("…")
    assert shown in text.replace("\n", " ") or not shown
    for words, marked in pieces:
        if marked:
            assert fold(words) in wanted or any(term in fold(words) for term in wanted)


def test_bigrams_of_a_word():
    assert bigrams("党章程") == ["党章", "章程"]
    assert bigrams("党") == ["党"]
    assert bigrams("") == []


def test_tokens_are_pairs_last_characters_words_and_numbers():
    assert tokens("《黨章》规定：Word 2019年，第 18号") == [
        "党章", "章规", "规定", "定", "word", "2019", "年", "第", "18", "号",
    ]  # fmt: skip


@given(st.text(max_size=40), st.text(max_size=8), st.text(max_size=40))
def test_whatever_stands_in_a_text_is_proposed_when_it_is_asked_for(before, word, after):
    held = set(tokens(before + word + after))
    for token in asked_tokens(word):
        # The ends of a word grow together with what stands beside it; its inside does not.
        assert (
            token in held
            or not token.isalnum()
            or any(t.startswith(token) or token in t for t in held)
        )
