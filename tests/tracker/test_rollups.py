"""Figures of units: whatever happens, they are what counting the rows would give."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import connection

import people.operations
from people.enums import Rank, Role
from tests.at_once import at_once
from tests.factories.people import OrgUnitFactory, PersonFactory, PostFactory, RoleGrantFactory
from tests.factories.tracker import packs_in_force, post_hours
from tracker import operations, queries
from tracker.models import NO_DAY, DueCount, Rollup, RosterCount, Standing, StandingMark
from tracker.operations import standings

NOW = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
TODAY = date(2026, 6, 30)


def cadre(unit, **post):
    person = PersonFactory(unit=unit)
    PostFactory(person=person, **{"rank": Rank.TOWNSHIP_HEAD} | post)
    return person


def overall(unit):
    return {
        (cell.rank, cell.state): cell.persons
        for cell in queries.figures_in(unit, "", depth=unit.depth)
    }


@pytest.fixture
def two_units(db):
    """Two units below one, each with two persons who are counted."""
    packs_in_force("cadre-2023")
    top = OrgUnitFactory()
    first, second = OrgUnitFactory(parent=top), OrgUnitFactory(parent=top)
    people_there = [cadre(unit) for unit in (first, first, second, second)]
    operations.rebuild_standings(on=TODAY, now=NOW)
    top.refresh_from_db()
    return top, first, second, people_there


@pytest.mark.django_db
def test_figures_follow_a_person_through_posting_promotion_transfer_and_leaving(
    two_units, django_capture_on_commit_callbacks
):
    top, first, second, (person, *_others) = two_units
    by = RoleGrantFactory(role=Role.SYSTEM_ADMIN, unit=top, person__unit=None).person
    capture = partial(django_capture_on_commit_callbacks, execute=True)
    assert overall(first) == {(Rank.TOWNSHIP_HEAD, "short"): 2}
    with capture():
        post_hours(person, "x:1", hours="100", now=NOW)
    with capture():
        people.operations.appoint(
            person.pk, unit=second, starts_on=date(2026, 1, 1), by=by, now=NOW,
            rank=Rank.TOWNSHIP_DEPUTY, title="副科长",
        )  # fmt: skip
    assert overall(first) == {(Rank.TOWNSHIP_HEAD, "short"): 1}
    assert overall(second) == {
        (Rank.TOWNSHIP_DEPUTY, "short"): 1,
        (Rank.TOWNSHIP_HEAD, "short"): 2,
    }
    with capture():
        people.operations.set_active(person.pk, active=False, by=by, now=NOW)
    assert overall(top) == {(Rank.TOWNSHIP_HEAD, "short"): 3}
    assert not Standing.objects.filter(person=person).exists()
    with capture():
        people.operations.set_active(person.pk, active=True, by=by, now=NOW)
    assert sum(overall(top).values()) == 4
    assert operations.recount() == 0


@pytest.mark.django_db
def test_moving_a_unit_moves_its_figures_and_touches_none(two_units):
    top, first, _second, _people = two_units
    elsewhere = OrgUnitFactory()
    people.operations.move_unit(first.pk, below=elsewhere, by=PersonFactory(unit=None), now=NOW)
    elsewhere.refresh_from_db()
    assert overall(elsewhere) == {(Rank.TOWNSHIP_HEAD, "short"): 2}
    assert overall(top) == {(Rank.TOWNSHIP_HEAD, "short"): 2}
    assert operations.recount() == 0


@pytest.mark.django_db
def test_the_comparison_finds_every_figure_that_drifted_and_puts_it_right(two_units, caplog):
    top, first, second, people_there = two_units
    right = overall(top)
    figure = Rollup.objects.get(unit=first, requirement="")
    Rollup.objects.filter(pk=figure.pk).update(short=7)
    Rollup.objects.filter(unit=second, requirement="online-yearly").delete()
    StandingMark.objects.filter(person=people_there[3]).update(state="met")

    # Three by state; by day the one who is said to have met it is missing there and too much here.
    assert operations.recount() == 5

    StandingMark.objects.filter(person=people_there[3]).update(state="short")
    operations.sweep(NOW)
    assert "3 figures of units had drifted" in caplog.text
    assert overall(top) == right
    assert operations.recount() == 0


def due_days(unit, requirement=""):
    """(nearest day, nearest day ahead) → persons; what has fallen to nobody is left out."""
    rows = DueCount.objects.filter(unit=unit, requirement=requirement).exclude(persons=0)
    return {(row.due_on, row.next_on): row.persons for row in rows}


@pytest.mark.django_db
def test_the_nearest_days_follow_a_person_and_are_compared_like_the_other_figures(two_units):
    _top, first, second, (person, *_others) = two_units
    end = date(2026, 12, 31)
    assert due_days(first) == due_days(second) == {(end, end): 2}

    post_hours(person, "x:1", hours="50", now=NOW)
    operations.rebuild_standings(on=TODAY, now=NOW)
    assert due_days(first, "online-yearly") == {(end, end): 1, (NO_DAY, NO_DAY): 1}
    assert due_days(first) == {(end, end): 2}
    later = date(2027, 1, 2)
    operations.rebuild_standings(on=later, now=datetime(2027, 1, 2, 4, 0, tzinfo=UTC))
    assert operations.recount() == 0

    DueCount.objects.filter(unit=second, requirement="").update(persons=9)
    DueCount.objects.create(
        unit=first, requirement="no-such", rank=0, state="short", due_on=end, next_on=end,
        persons=3,
    )  # fmt: skip
    assert operations.recount() == 2
    assert operations.recount() == 0
    assert not DueCount.objects.filter(persons=0).exists()


@pytest.mark.django_db
def test_the_sweep_finds_who_moved_or_left_though_the_news_was_lost(two_units):
    top, _first, second, (mover, leaver, *_others) = two_units
    operations.sweep(NOW)
    type(mover).objects.filter(pk=mover.pk).update(unit=second)
    type(leaver).objects.filter(pk=leaver.pk).update(is_active=False)

    assert operations.sweep(NOW) == 2

    assert overall(top) == overall(second) == {(Rank.TOWNSHIP_HEAD, "short"): 3}
    assert operations.sweep(NOW) == 0


@pytest.mark.django_db
def test_a_rebuild_in_parts_counts_everybody_once(two_units):
    top, *_ = two_units
    right = overall(top)
    StandingMark.objects.all().delete()
    Rollup.objects.all().delete()
    DueCount.objects.all().delete()
    Standing.objects.all().delete()

    for part in range(3):
        operations.rebuild_standings(on=TODAY, now=NOW, part=(part, 3))

    assert overall(top) == right
    assert operations.recount() == 0


# --- The dated roster ---------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_roster_of_a_day_is_taken_once_and_keeps_the_heads_of_that_day(two_units):
    top, _first, second, (done, begun, absent, exempt) = two_units
    for person, hours in ((done, "50"), (begun, "3")):
        post_hours(person, f"x:{person.pk}", hours=hours, now=NOW)
    absent.set_unusable_password()
    absent.save()
    operations.approve_event(
        person_id=exempt.pk, kind="exemption", starts_on=date(2026, 1, 1), ends_on=date(2027, 1, 1),
        requirements=["online-yearly"], by=None, now=NOW,
    )  # fmt: skip
    operations.rebuild_standings(on=TODAY, now=NOW)

    assert operations.take_roster(TODAY)
    type(done).objects.filter(pk=done.pk).update(unit=None)
    operations.rebuild_standings(on=TODAY, now=NOW)
    assert not operations.take_roster(TODAY)

    (day,) = queries.rosters_in(top, "online-yearly")
    assert (day.taken_on, day.obliged, day.exempt) == (TODAY, 3, 1)
    assert (day.registered, day.studying, day.finished) == (2, 2, 1)
    (below,) = queries.rosters_in(second, "online-yearly")
    assert (below.obliged, below.registered, below.studying) == (1, 0, 0)


@pytest.mark.django_db
def test_the_sweep_takes_one_roster_a_month(two_units):
    for days in (0, 1, 2):
        operations.sweep(NOW + timedelta(days=days))
    taken = RosterCount.objects.order_by("taken_on").values_list("taken_on", flat=True)
    assert list(taken.distinct()) == [TODAY, date(2026, 7, 1)]


# --- At the same time -----------------------------------------------------------------------------------


def post_everything(persons):
    """Three postings each for everybody, all begun at once; every one refreshes its unit's figure."""

    def post(person, number):
        post_hours(person, f"x:{person.pk}:{number}", hours=str(Decimal(50) / 3 + 1), now=NOW)

    at_once(*[partial(post, person, number) for person in persons for number in range(3)])


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_postings_at_once_neither_lose_nor_double_a_figure():
    packs_in_force("cadre-2023")
    unit = OrgUnitFactory()
    persons = [cadre(unit) for _ in range(4)]
    operations.rebuild_standings(on=TODAY, now=NOW)

    post_everything(persons)

    states = {c.requirement: c.state for c in queries.figures_by_requirement(unit)}
    assert states["online-yearly"] == "met"
    assert sum(c.persons for c in queries.figures_in(unit, "", depth=unit.depth)) == 4
    assert operations.recount() == 0


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_figures_that_are_read_added_to_and_written_back_do_lose_some(monkeypatch):
    """The control: with the adding taken from the database the comparison must find a loss."""
    packs_in_force("cadre-2023")
    unit = OrgUnitFactory()
    persons = [cadre(unit) for _ in range(2)]
    operations.rebuild_standings(on=TODAY, now=NOW)
    both_have_read = Barrier(2)

    def read_and_write_back(differences):
        held = {(r.unit_id, r.requirement, r.rank): r for r in Rollup.objects.all()}
        with suppress(BrokenBarrierError):
            both_have_read.wait(timeout=5)
        for (unit_id, requirement, rank, state, *_days), persons_more in sorted(
            differences.items()
        ):
            row = held.get((unit_id, requirement, rank))
            if row is not None and persons_more:
                setattr(row, state, getattr(row, state) + persons_more)
                row.save()

    monkeypatch.setattr(standings, "count_differences", read_and_write_back)
    at_once(*[partial(post_hours, p, f"x:{p.pk}", hours="50", now=NOW) for p in persons])

    assert operations.recount() > 0
