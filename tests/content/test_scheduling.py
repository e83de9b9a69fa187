"""A text appears at the moment that was set, when a second person has released it, and not before."""

import re
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from content import operations, queries
from content.models import PolicyTextPage
from people.enums import Role
from people.operations import grant_role
from tests.factories.content import NOW, policy_bytes
from tests.factories.people import OrgUnitFactory, PersonFactory

PASSWORD = "a quiet reading room"


@pytest.fixture
def at(monkeypatch):
    """``at(moment)`` sets the server's clock."""
    return lambda moment: monkeypatch.setattr(timezone, "now", lambda: moment)


@pytest.fixture
def scheduled(editor, reviewer):
    """A text that was approved an hour before it is to appear; the moment it appears."""
    appears_at = timezone.now().replace(microsecond=0) + timedelta(hours=1)
    page = operations.import_policy(policy_bytes(), by=editor, now=NOW).page
    _schedule(page, editor, appears_at)
    operations.approve(page.pk, by=reviewer)
    return page, appears_at


def _schedule(page, editor, appears_at: datetime, until: datetime | None = None) -> None:
    draft = page.get_latest_revision_as_object()
    draft.go_live_at, draft.expire_at = appears_at, until
    draft.save_revision(user=editor)
    operations.submit_for_review(page.pk, by=editor)


def _sweep() -> str:
    out = StringIO()
    call_command("sweep", stdout=out)
    return out.getvalue()


def _seen_by_a_visitor(page) -> bool:
    url = PolicyTextPage.objects.get(pk=page.pk).url
    return bool(Client().get(url).status_code == 200)


@pytest.mark.django_db
def test_the_sweep_publishes_an_approved_text_at_its_moment(scheduled, at):
    page, appears_at = scheduled

    at(appears_at - timedelta(seconds=1))
    _sweep()
    assert not _seen_by_a_visitor(page)

    at(appears_at + timedelta(seconds=1))
    _sweep()
    assert _seen_by_a_visitor(page)
    page = PolicyTextPage.objects.get(pk=page.pk)
    assert page.edition.published_at is not None
    assert [hit.entry.page_id for hit in queries.search(page.owner, page.title)][:1] == [page.pk]
    _sweep()  # a second round changes nothing
    assert _seen_by_a_visitor(page)


@pytest.mark.django_db
def test_a_moment_nobody_approved_publishes_nothing(editor, at):
    page = operations.import_policy(policy_bytes(), by=editor, now=NOW).page
    appears_at = timezone.now() + timedelta(hours=1)
    _schedule(page, editor, appears_at)

    at(appears_at + timedelta(days=1))
    _sweep()

    assert not _seen_by_a_visitor(page)


@pytest.mark.django_db
def test_the_sweep_takes_a_text_down_when_its_time_is_over(editor, reviewer, at):
    page = operations.import_policy(policy_bytes(), by=editor, now=NOW).page
    until = timezone.now() + timedelta(days=1)
    _schedule(page, editor, None, until)
    operations.approve(page.pk, by=reviewer)
    assert _seen_by_a_visitor(page)

    at(until + timedelta(seconds=1))
    _sweep()

    assert not _seen_by_a_visitor(page)


@pytest.mark.django_db
def test_the_desk_names_what_is_approved_and_waits_for_its_moment(scheduled, editor, reviewer):
    page, appears_at = scheduled

    for person in (editor, reviewer):
        desk = queries.editor_desk(person)
        assert [(w.page.pk, w.appears_at) for w in desk.scheduled] == [(page.pk, appears_at)]
        assert desk.drafts == []
        assert desk.count == 0


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_editor_sets_the_moment_and_a_second_person_releases_the_text(
    page: Page, live_server, sign_in, look, at
):
    call_command("createcachetable")
    top = OrgUnitFactory()
    for number, role in (("E1", Role.EDITOR), ("R1", Role.CONTENT_REVIEWER)):
        person = PersonFactory(staff_number=number, unit=top, password=PASSWORD)
        grant_role(person, role, top, by=None, now=NOW, on=NOW.date())
        if role == Role.EDITOR:
            text = operations.import_policy(policy_bytes(), by=person, submit=False, now=NOW).page
    appears_at = timezone.localtime().replace(second=0, microsecond=0) + timedelta(days=2)
    edit = f"{live_server.url}/cms/pages/{text.pk}/edit/"

    # The editor looks at the text as a phone shows it, sets the moment, hands it in.
    sign_in(page, "E1", PASSWORD)
    page.goto(edit)
    page.click("[data-side-panel-toggle=preview]")
    phone = page.frame_locator("#w-preview-iframe")
    expect(phone.locator("h1").first).to_contain_text(text.title)
    page.locator("[name=preview-size][value=mobile]").first.check(force=True)
    assert (
        phone.locator("body").evaluate(
            "body => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        <= 0
    )
    page.click("[data-side-panel-toggle=status]")
    page.get_by_role("button", name="设置计划").click()
    page.click("#id_go_live_at")
    page.fill("#id_go_live_at", appears_at.strftime("%Y-%m-%d %H:%M"))
    expect(page.locator(".xdsoft_datetimepicker:visible")).to_have_count(1)
    page.click("#title-schedule-publishing-dialog")  # elsewhere, which closes the calendar
    expect(page.locator(".xdsoft_datetimepicker:visible")).to_have_count(0)
    page.get_by_role("button", name="保存计划").click()
    page.wait_for_load_state("networkidle")
    page.goto(edit)
    page.get_by_role("button", name="更多动作").click()
    page.locator("[name=action-submit]").click()
    page.wait_for_url("**/cms/pages/*/")
    page.goto(edit)
    expect(page.locator("body")).to_contain_text("审核期间，只有审核人可以修改此页面")
    expect(page.locator("[name=action-publish]")).to_have_count(0)

    # The second person reads when it will appear, and releases it.
    sign_in(page, "R1", PASSWORD)
    page.goto(f"{live_server.url}/desk/")
    page.locator("#review ~ * a.title, section[aria-labelledby=review] a.title").first.click()
    expect(page.locator("main")).to_contain_text("在此之前不公开")
    look(page, "review-of-a-scheduled-text")
    page.get_by_role("button", name="批准，届时发布").click()
    page.wait_for_url("**/desk/")
    expect(page.locator("main")).to_contain_text("已批准，待定时发布")
    expect(page.locator("body")).to_contain_text(re.compile("已批准，将于.*发布"))
    look(page, "desk-with-a-scheduled-text")
    assert not _seen_by_a_visitor(text)

    at(appears_at + timedelta(minutes=1))
    _sweep()
    assert _seen_by_a_visitor(text)
