"""A wording is drawn once; what may change about its page is seen at once."""

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from content import operations
from content.kept import Kept
from tests.factories.content import NOW, policy_bytes, published_policy


def shown(page, user=None, address="/"):
    request = RequestFactory().get(address)
    request.user = user or AnonymousUser()
    template = Template("{% load content_tags %}{% page_body page %}")
    return template.render(Context({"page": page, "request": request}))


@pytest.mark.django_db
def test_a_wording_drawn_before_costs_one_statement_and_reads_the_same(django_assert_num_queries):
    page = published_policy()
    first = shown(page)
    with django_assert_num_queries(1):
        assert shown(page) == first
    assert "围绕岗位选书" in first


@pytest.mark.django_db
def test_a_new_title_a_citation_and_another_language_are_seen_at_once():
    page = published_policy()
    assert "晴委发" in shown(page)
    page.number = "晴委发〔2026〕99号"
    assert "99号" in shown(page)

    operations.cite(
        source="courses.course:1",
        text_id=page.pk,
        anchor="i1",
        label="读书课",
        url="/c/",
        owner_id=None,
        now=NOW,
    )
    assert "读书课" in shown(page)
    operations.cite(
        source="exams.question:1",
        text_id=page.pk,
        anchor="i1",
        label="试题一",
        url="",
        owner_id=None,
        now=NOW,
    )
    assert "试题一" not in shown(page)
    with translation.override("en"):
        assert "Cited by" in shown(page)


@pytest.mark.django_db
def test_texts_with_one_number_are_never_shown_for_each_other():
    one = published_policy(first="读原著。")
    two = published_policy(first="读案例。")
    assert "读原著" in shown(one)
    assert "读案例" in shown(two)
    assert "读原著" not in shown(two)


@pytest.mark.django_db
def test_a_new_edition_is_shown_when_it_is_published():
    page = published_policy()
    shown(page)
    operations.import_policy(
        policy_bytes(first="改为按季选书。", day=6),
        by=None,
        submit=False,
        edition_of=page.pk,
        now=NOW,
    )
    operations.publish_without_review(page.pk, now=NOW)
    page.refresh_from_db()
    assert "按季选书" in shown(page)


def test_only_so_many_are_kept_the_last_used_ones():
    kept, drawn = Kept(2), []

    def draw(name):
        return kept.get(name, lambda: drawn.append(name) or name)

    assert [draw(name) for name in "abacab"] == list("abacab")
    assert drawn == ["a", "b", "c", "b"]


def test_what_cannot_be_drawn_is_not_kept():
    kept, state = Kept(2), SimpleNamespace(broken=True)

    def draw():
        if state.broken:
            raise ValueError("not yet")
        return "fine"

    with pytest.raises(ValueError, match="not yet"):
        kept.get("x", draw)
    state.broken = False
    assert kept.get("x", draw) == "fine"
