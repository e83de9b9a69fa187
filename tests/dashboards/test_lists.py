"""Lists read by the figures: the same people in the same order, at one price for any page."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboards import queries
from dashboards.queries import Choice
from people.enums import Rank
from tests.dashboards.conftest import DAYS, ONLINE, TODAY, member
from tests.factories.people import OrgUnitFactory

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
]


@pytest.fixture
def crowded(district):
    """Two dozen people of two ranks in four units, in every standing."""
    for place in (district.second, district.top, district.office, district.first):
        for number, mix in enumerate(MIXES):
            rank = Rank.COUNTY_HEAD if number % 5 == 0 else Rank.TOWNSHIP_HEAD
            member(place, *mix, rank=rank, name=f"人{number}")
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


@pytest.mark.parametrize("sort", ["", "unit", "rank"])
def test_a_page_deep_in_a_list_costs_two_statements_and_reads_only_its_units(crowded, sort):
    listed = queries.list_of_people_in(crowded.top, Choice(sort=sort), TODAY)
    with CaptureQueriesContext(connection) as log:
        assert listed.count() == 24
        page = listed[18:23]
    assert [len(page), len(log)] == [5, 2]
    assert "OFFSET 18" not in log[1]["sql"]


def test_a_page_beyond_the_end_is_empty(crowded):
    listed = queries.list_of_people_in(crowded.top, Choice(), TODAY)
    assert listed[24:60] == []
    foreign = queries.list_of_people_in(crowded.top, Choice(place="X"), TODAY)
    assert (foreign.count(), list(foreign[0:25])) == (0, [])
    empty = queries.list_of_people_in(OrgUnitFactory(), Choice(), TODAY)
    assert (empty.count(), empty[0:25]) == (0, [])
