"""A topic gathers pages of the library and courses, and says of each what it is."""

import pytest

from content import operations

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
