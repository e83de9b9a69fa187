"""Lists read by the figures: the same people in the same order, at one price for any page."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboards import queries
from dashboards.queries import Choice
from people.enums import OrgKind, Rank
from tests.dashboards.conftest import DAYS, ONLINE, TODAY, count, exported, member
from tests.factories.people import OrgUnitFactory
from tracker.models import Standing

pytestmark = pytest.mark.django_db

MIXES = [(), ("met",), ("exempt",), ("short", "met"), ("overdue",), ("on_course", "short")]
CHOICES = [
    Choice(),
    Choice(requirement=ONLINE),
    Choice(requirement=DAYS, state="short"),
    Choice(state="obliged"),
    Choice(state="not_applicable"),
    Choice(rank=Rank.COUNTY_HEAD),
    Choice(requirement=ONLINE, rank=Rank.COUNTY_HEAD, state="obliged"),
    Choice(direct=True),
    Choice(place="D1"),
    Choice(q="人"),
    Choice(months=6),
    Choice(months=8),
    Choice(months=8, state="short", rank=Rank.TOWNSHIP_HEAD),
    Choice(requirement=DAYS, months=12),
    Choice(due_before=date(2026, 9, 1)),
    Choice(requirement=ONLINE, due_before=date(2026, 12, 1), state="obliged"),
]


@pytest.fixture
def crowded(district):
    """Two dozen people of two ranks in four units, in every standing."""
    for place in (district.second, district.top, district.office, district.first):
        for number, mix in enumerate(MIXES):
            rank = Rank.COUNTY_HEAD if number % 5 == 0 else Rank.TOWNSHIP_HEAD
            member(place, *mix, rank=rank, name=f"人{number}")
    # Days of their own for some, as after an appointment; what is met is due on no day any more.
    for number, row in enumerate(Standing.objects.order_by("pk")):
        row.due_on = row.due_on.replace(month=1 + number % 12, day=28)
        row.save()
        count(row.person)
    return district


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_page_after_page_gives_everybody_once_and_in_order(crowded, choice):
    for sort in ("", "unit", "rank", "name", "number", "due"):
        asked = replace(choice, sort=sort)
        everybody = list(queries.people_in(crowded.top, asked, TODAY))

        listed = queries.list_of_people_in(crowded.top, asked, TODAY)
        paged = [person for first in range(0, 30, 5) for person in listed[first : first + 5]]

        assert listed.count() == len(everybody) > 0
        assert [person.pk for person in paged] == [person.pk for person in everybody]
        for mine, his in zip(paged, everybody, strict=True):
            assert (mine.shown, mine.rank, mine.post_title) == (his.shown, his.rank, his.post_title)
            assert mine.unit == his.unit


@pytest.mark.parametrize("sort", ["", "unit", "rank", "due"])
def test_a_page_deep_in_a_list_costs_two_statements_and_reads_only_its_units(crowded, sort):
    listed = queries.list_of_people_in(crowded.top, Choice(sort=sort), TODAY)
    with CaptureQueriesContext(connection) as log:
        assert listed.count() == 24
        page = listed[18:23]
    assert [len(page), len(log)] == [5, 2]
    assert "OFFSET 18" not in log[1]["sql"]


def test_the_nearest_day_first_and_whoever_owes_nothing_last(district):
    late = member(district.first, "overdue", "short")
    soon, met = member(district.second, "short"), member(district.first, "met")
    for person, requirement, day in (
        (late, ONLINE, date(2026, 3, 1)),
        (late, DAYS, date(2026, 12, 31)),
        (soon, ONLINE, date(2026, 8, 1)),
        (met, ONLINE, date(2026, 6, 2)),
    ):
        Standing.objects.filter(person=person, requirement=requirement).update(due_on=day)
        count(person)

    def listed(**choice):
        return list(queries.list_of_people_in(district.top, Choice(**choice), TODAY)[0:9])

    assert listed(sort="due") == [late, soon, met]
    assert listed(sort="due", months=2) == [soon]
    # Overdue is not "due within"; what else the same person owes may be.
    assert listed(sort="due", months=7) == [late, soon]
    assert listed(sort="due", due_before=date(2026, 6, 1)) == [late]
    assert listed(sort="due", requirement=DAYS) == [late]
    assert queries.due_within(district.top, TODAY, 7) == 2


def test_a_page_beyond_the_end_is_empty(crowded):
    listed = queries.list_of_people_in(crowded.top, Choice(), TODAY)
    assert listed[24:60] == []
    foreign = queries.list_of_people_in(crowded.top, Choice(place="X"), TODAY)
    assert (foreign.count(), list(foreign[0:25])) == (0, [])
    empty = queries.list_of_people_in(OrgUnitFactory(), Choice(), TODAY)
    assert (empty.count(), empty[0:25]) == (0, [])


def test_an_office_bears_the_name_of_the_unit_above_it_but_not_in_that_unit_s_own_list(
    client, administrator, district
):
    """Every unit has an office of the same name."""
    office = OrgUnitFactory(parent=district.first, name="办公室", kind=OrgKind.OFFICE)
    somebody = member(office, "overdue", name="王晓明")
    count(somebody)
    client.force_login(administrator)
    called = f"{district.first.name} · 办公室"

    def said(address):
        return client.get(address).content.decode()

    for address in (
        f"/overview/{district.top.code}/people/",
        "/home/department/",
        "/people/?q=王晓明",
        f"/overview/person/{somebody.pk}/",
        f"/people/{somebody.pk}/record/",
    ):
        assert called in said(address), address
    assert called not in said(f"/overview/{district.first.code}/people/")
    sheets = exported(client, "people", unit=district.top.code, query="")
    assert called in {cell for rows in sheets.values() for row in rows for cell in row}
