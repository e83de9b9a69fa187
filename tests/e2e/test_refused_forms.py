"""A long form that is refused is loaded from its top; the page goes to what is wrong."""

import pytest
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import Page, expect

from people.enums import Role
from tests.factories.people import OrgUnitFactory, holder
from tests.factories.tracker import InstitutionFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [390, 1440])
def test_the_first_thing_wrong_is_in_view(live_server, client, page: Page, width):
    call_command("createcachetable")
    district = OrgUnitFactory(name="清河区", code="QH")
    school = InstitutionFactory(name="清河区委党校", unit=district)
    client.force_login(holder(Role.TRAINING_ADMIN, district), "people.backends.RosterBackend")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(f"{live_server.url}/classes/plans/")
    page.fill("[name=year]", "2027")
    page.fill("[name=title]", "2027 年度计划")
    page.get_by_role("button", name="编制计划").click()
    page.get_by_role("link", name="添加班次").click()
    page.fill("[name=title]", "进修班")
    page.select_option("[name=institution]", str(school.pk))
    days = {"first_day": "2026-12-30", "last_day": "2026-12-01", "answer_by": "2026-12-20"}
    for name, value in {**days, "training_days": "3", "hours": "21", "seats": "6"}.items():
        page.fill(f"[name={name}]", value)
    page.get_by_role("button", name="添加班次").click()

    expect(page.get_by_label("结束日期")).to_be_focused()
    expect(page.get_by_text("结束日期早于开班日期。")).to_be_in_viewport()

    page.fill("[name=last_day]", "2027-01-01")
    page.get_by_role("button", name="添加班次").click()

    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_be_in_viewport()
