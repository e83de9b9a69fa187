"""Trend and rates: from dated rosters, with the three rates as the field defines them."""

from datetime import date

import pytest

from people.enums import Role
from tests.dashboards.conftest import ONLINE, count, member
from tests.factories.people import PersonFactory, RoleGrantFactory
from tracker.models import RosterCount

pytestmark = pytest.mark.django_db


def roster(unit, day, **heads):
    RosterCount.objects.create(
        taken_on=day, unit=unit, unit_path=unit.path, requirement=ONLINE, **heads
    )


def test_rates_are_those_of_the_field_added_up_over_the_units_of_that_day(
    client, login, administrator, district
):
    heads = {"met": 1100, "short": 100, "registered": 1200, "studying": 1200, "finished": 1100}
    roster(district.first, date(2026, 5, 1), **heads)
    roster(
        district.office,
        date(2026, 5, 1),
        met=68,
        short=80,
        registered=148,
        studying=143,
        finished=68,
    )
    roster(district.foreign, date(2026, 5, 1), met=999, registered=999)
    roster(district.first, date(2026, 4, 1), met=1, short=1)

    page = login(client, administrator).get(f"/overview/D/trend/?requirement={ONLINE}")

    text = page.content.decode()
    for said in ("1\u202f348", "1\u202f343", "1\u202f168", "100.00%", "99.63%", "86.97%"):
        assert said in text, said
    assert "999" not in text
    assert page.context["chart"]["series"][0]["values"] == [50.0, 86.65]


def test_the_trend_is_seen_by_who_manages_the_unit_only(client, login, liaison, district):
    client = login(client, liaison)

    assert client.get("/overview/D1/trend/").status_code == 200
    assert client.get("/overview/D/trend/").status_code == 404
    other = PersonFactory(unit=district.top)
    RoleGrantFactory(person=other, unit=district.top, role=Role.SYSTEM_ADMIN)
    assert login(client, other).get("/overview/D/trend/").status_code == 404


def test_an_empty_trend_says_when_the_first_roster_comes(client, login, liaison, district):
    member(district.first, "met")

    assert "还没有名册" in login(client, liaison).get("/overview/D1/trend/").content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("months=1", {"六月"}),
        ("months=2", {"六月", "七月"}),
        ("due_before=2026-07-01", {"六月"}),
        ("place=D1-1", {"六月"}),
        ("place=X", set()),
        ("duty=branch_secretary", {"七月"}),
    ],
)
def test_lists_are_narrowed_by_the_address(client, login, administrator, district, query, found):
    june = member(district.office, "short", name="六月")
    july = member(district.first, "on_course", name="七月")
    member(district.second, "met", name="已毕")
    june.standings.update(due_on=date(2026, 6, 30))
    july.standings.update(due_on=date(2026, 7, 31))
    count(june, july)
    july.duties.create(unit=district.first, kind="branch_secretary", starts_on=date(2024, 1, 1))

    page = login(client, administrator).get(f"/overview/D/people/?{query}")

    assert {person.name for person in page.context["page"].object_list} == found
    assert page.context["page"].paginator.count == len(found)


def test_a_list_is_sorted_by_the_nearest_day(client, login, administrator, district):
    late = member(district.first, "overdue", name="迟")
    early = member(district.first, "on_course", name="早")
    late.standings.update(due_on=date(2026, 9, 1))
    early.standings.update(due_on=date(2026, 7, 1))
    count(late, early)

    page = login(client, administrator).get("/overview/D/people/?sort=due")

    assert [person.name for person in page.context["page"].object_list] == ["早", "迟"]
