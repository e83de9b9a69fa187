"""A topic gathers pages of the library and courses, and says of each what it is."""

from urllib.parse import quote, urlsplit

import pytest

from content import operations
from tests.factories.content import published_policy

pytestmark = pytest.mark.django_db


def published(kind, **fields):
    page = operations.create_page(kind, **fields)
    page.get_latest_revision().publish()
    return page


def test_a_gathered_page_says_what_it_is_and_a_draft_is_left_out(client, person):
    words = "会议记录要让没到会的人看得懂。"
    lesson = published("lesson", title="一份合用的会议记录", summary=words)
    draft = operations.create_page("lesson", title="还没有审核的一节")
    body = [("heading", "开好一次学习"), ("pages", [lesson, draft])]
    topic = published("topic", title="把支部学习办实", body=body)
    client.force_login(person)

    shown = client.get(topic.url).content.decode()

    assert "<span>学习页</span><span>会议记录要让没到会的人看得懂。</span>" in shown
    assert "还没有审核的一节" not in shown


@pytest.fixture
def gathering(db):
    """A public topic of a public text, an internal text and a lesson, in two lists."""
    public = published_policy(title="关于公开读书的意见")
    internal = published_policy(title="关于内部事项的意见", number=9, public=False)
    lesson = published("lesson", title="一份合用的会议记录")
    body = [("heading", "公开的"), ("pages", [public]), ("pages", [internal, lesson])]
    return published("topic", title="把读书办实", body=body, public=True)


def test_a_visitor_reads_a_public_topic_and_is_shown_only_what_is_public(client, gathering):
    answer = client.get(gathering.url)
    shown = answer.content.decode()

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "public, max-age=60"
    assert "关于公开读书的意见" in shown
    assert "关于内部事项的意见" not in shown
    assert "一份合用的会议记录" not in shown
    assert gathering.title in client.get("/library/").content.decode()


def test_a_visitor_is_told_that_signing_in_shows_more(client, gathering):
    draft = operations.create_page("lesson", title="还没有审核的一节")
    gathering.body.append(("pages", [draft]))
    gathering.save_revision().publish()

    shown = client.get(gathering.url).content.decode()

    assert shown.count("登录后可以看到另外 2 项面向党员干部的内容。") == 1
    assert f'href="/accounts/login/?next={quote(urlsplit(gathering.url).path)}"' in shown
    assert '<ul class="items"></ul>' not in shown


def test_whoever_is_signed_in_is_told_nothing_of_signing_in(client, person, gathering):
    client.force_login(person)

    assert "登录后可以看到" not in client.get(gathering.url).content.decode()


def test_whoever_is_signed_in_is_shown_all_of_it(client, person, gathering):
    client.force_login(person)

    shown = client.get(gathering.url).content.decode()

    assert "关于内部事项的意见" in shown
    assert "一份合用的会议记录" in shown


def test_a_topic_that_is_not_public_looks_to_a_visitor_as_if_it_were_not_there(client):
    topic = published("topic", title="内部专题", body=[("heading", "内部")])

    assert client.get(topic.url).status_code == 302
    assert topic.title not in client.get("/library/").content.decode()


@pytest.mark.parametrize("lists", [1, 4])
def test_a_topic_costs_a_visitor_the_same_statements_however_much_it_gathers(
    client, lists, django_assert_max_num_queries
):
    texts = [
        published_policy(title=f"关于第{n}项的意见", number=n) for n in range(1, 2 * lists + 1)
    ]
    body = [("pages", texts[2 * n : 2 * n + 2]) for n in range(lists)]
    topic = published("topic", title="多篇专题", body=body, public=True)
    client.get(topic.url)

    # the page and its class; the pages named; what may be read of them, by class; the site's roots
    with django_assert_max_num_queries(8):
        shown = client.get(topic.url).content.decode()

    assert all(text.title in shown for text in texts)
