"""Units in order of one figure: only after approval, never a person, ties and small units fair."""

import itertools
from datetime import UTC, datetime

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from dashboards import operations, queries
from dashboards.figures import Tally
from dashboards.leagues import ranked
from dashboards.models import League
from people.enums import Role
from people.models import AuditEntry
from tests.dashboards.conftest import ONLINE, member
from tests.factories.people import PersonFactory, RoleGrantFactory

NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
ASKED = {"unit": "D", "metric": "met", "requirement": "", "least_obliged": "5", "note": "半年通报"}


def test_equal_rates_share_a_place_and_small_units_have_none():
    rows = ranked(
        [
            ("甲", Tally(met=1, short=2)),
            ("乙", Tally(met=2, short=4)),
            ("丙", Tally(met=5, overdue=1)),
            ("丁", Tally(met=2)),
            ("戊", Tally()),
            ("己", Tally(short=9)),
        ],
        metric="met",
        least_obliged=3,
    )
    assert [(row.unit, row.place) for row in rows] == [
        ("丙", 1), ("甲", 2), ("乙", 2), ("己", 4), ("丁", None), ("戊", None),
    ]  # fmt: skip
    by_overdue = ranked([("甲", Tally(met=1, overdue=1))], metric="not_overdue", least_obliged=1)
    assert by_overdue[0].rate == 50
    with pytest.raises(KeyError):
        ranked([("甲", Tally(met=1))], metric="persons", least_obliged=1)


# As small as the print rounds away: one of a million, one of a million and one.
def test_rates_are_compared_before_they_are_rounded():
    tallies = [("小", Tally(met=1, short=10**6)), ("大", Tally(met=1, short=10**6 - 1))]
    assert [(row.unit, row.place) for row in ranked(tallies, metric="met", least_obliged=1)] == [
        ("大", 1), ("小", 2),
    ]  # fmt: skip


_counts = st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))


@given(st.lists(_counts, max_size=6), st.integers(1, 12))
def test_whoever_stands_before_another_has_no_lower_rate(counts, least):
    tallies = [Tally(met=met, short=short, overdue=late) for met, short, late in counts]
    rows = ranked(enumerate(tallies), metric="met", least_obliged=least)
    placed = [row for row in rows if row.place is not None]
    assert len(rows) == len(tallies)
    assert all(row.tally.obliged >= least for row in placed)
    for before, after in itertools.pairwise(placed):
        assert before.part * after.tally.obliged >= after.part * before.tally.obliged
        same = before.part * after.tally.obliged == after.part * before.tally.obliged
        assert same == (before.place == after.place)


@pytest.fixture
def second(district):
    person = PersonFactory(unit=district.top)
    return RoleGrantFactory(person=person, unit=district.top, role=Role.TRAINING_ADMIN).person


@pytest.fixture
def people(district):
    for number in range(6):
        member(district.first, "met" if number else "short", name=f"甲{number}")
        member(district.second, "met" if number > 2 else "overdue", name=f"乙{number}")


@pytest.mark.django_db
def test_off_until_a_second_person_approves_then_seen_by_every_ranked_unit(
    client, login, administrator, second, liaison, district, people
):
    login(client, administrator)
    new = reverse("dashboards:league_new")
    assert client.post(new, ASKED | {"least_obliged": "4"}).status_code == 422
    assert client.post(new, ASKED | {"unit": "X"}).status_code == 422
    assert client.post(new, ASKED | {"note": ""}).status_code == 422
    page = client.post(new, ASKED).url
    assert client.post(new, ASKED).status_code == 422
    league = League.objects.get()

    def deed(name, **data):
        return client.post(reverse("dashboards:league_deed", args=[league.pk, name]), data)

    assert deed("approve").status_code == 404  # who asked
    login(client, liaison)
    assert client.get(page).status_code == 404
    assert deed("approve").status_code == 404
    login(client, second)
    assert "待您决定" in client.get(reverse("dashboards:leagues")).content.decode()
    assert "供决定者预览" in client.get(page).content.decode()
    assert deed("refuse", reason="").status_code == 422
    assert deed("approve").status_code == 302
    login(client, liaison)
    text = client.get(page).content.decode()
    assert text.index(district.first.name) < text.index(district.second.name)
    assert "83%" in text
    assert "50%" in text
    assert "甲1" not in text
    assert deed("end").status_code == 404
    login(client, administrator)
    assert deed("end").status_code == 302
    login(client, liaison)
    assert client.get(page).status_code == 404
    verbs = AuditEntry.objects.filter(verb__startswith="dashboards.league").order_by("pk")
    assert [row.verb.rpartition(".")[2] for row in verbs] == ["ask", "on", "off"]


@pytest.mark.django_db
def test_only_one_decision_counts_and_a_new_one_may_be_asked_for_later(
    administrator, second, district
):
    fields = {"metric": "met", "requirement": ONLINE, "least_obliged": 5, "note": "通报"}
    league = operations.ask_league(district.top, by=administrator, now=NOW, **fields)
    with pytest.raises(operations.RankedAlready):
        operations.ask_league(district.top, by=second, now=NOW, **fields)
    operations.refuse_league(league.pk, by=second, reason="不宜", now=NOW)
    for again in (operations.approve_league, operations.end_league):
        with pytest.raises(operations.LeagueDecidedBefore):
            again(league.pk, by=second, now=NOW)
    later = operations.ask_league(district.top, by=second, now=NOW, **fields)
    with pytest.raises(operations.MayNotRank):
        operations.withdraw_league(later.pk, by=administrator, now=NOW)
    operations.withdraw_league(later.pk, by=second, now=NOW)
    assert set(League.objects.values_list("state", flat=True)) == {"refused", "withdrawn"}


@pytest.mark.django_db
def test_a_foreign_administrator_sees_and_decides_nothing(administrator, district):
    foreign = PersonFactory(unit=district.foreign)
    RoleGrantFactory(person=foreign, unit=district.foreign, role=Role.TRAINING_ADMIN)
    fields = {"metric": "met", "requirement": "", "least_obliged": 5, "note": "通报"}
    league = operations.ask_league(district.top, by=administrator, now=NOW, **fields)
    with pytest.raises(operations.MayNotRank):
        operations.approve_league(league.pk, by=foreign, now=NOW)
    with pytest.raises(operations.MayNotRank):
        operations.ask_league(district.top, by=foreign, now=NOW, **fields)
    League.objects.update(state="on", decided_by=administrator)
    assert not queries.leagues_visible_to(foreign).exists()
    assert not queries.leagues_waiting_for(foreign).exists()


@pytest.mark.django_db
def test_the_page_costs_a_fixed_number_of_statements(
    client, login, administrator, second, people, district, django_assert_max_num_queries
):
    fields = {"metric": "met", "requirement": "", "least_obliged": 5, "note": "通报"}
    league = operations.ask_league(district.top, by=administrator, now=NOW, **fields)
    operations.approve_league(league.pk, by=second, now=NOW)
    login(client, administrator)
    with django_assert_max_num_queries(12):
        client.get(reverse("dashboards:league", args=[league.pk]))
