"""The nightly comparison of cached figures with rows is an alarm, and does not cry wolf."""

from datetime import UTC, date, datetime

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from people.models import AuditEntry
from tests.factories.people import OrgUnitFactory, PersonFactory, PostFactory
from tests.factories.tracker import packs_in_force, post_hours
from tracker import operations
from tracker.models import Rollup, Standing, StandingMark

NOW = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    packs_in_force("cadre-2023")
    unit = OrgUnitFactory()
    found = PersonFactory(unit=unit)
    PostFactory(person=found, unit=unit)
    post_hours(found, "x:1", hours="12")
    operations.sweep(NOW)
    return found


def test_figures_drawn_from_rows_are_no_alarm(person):
    assert not operations.check_figures(now=NOW)
    assert not AuditEntry.objects.filter(verb="tracker.figures.drift").exists()


def test_what_is_merely_behind_is_no_alarm(person):
    Standing.objects.all().delete()
    PersonFactory(unit=person.unit)
    later = datetime(2026, 9, 2, 4, 0, tzinfo=UTC)
    post_hours(person, "x:2", hours="50")
    operations.sweep(later)
    assert not operations.check_figures(now=later)


@pytest.mark.parametrize(
    "tampering", [{"state": "met"}, {"share": 1}, {"figures": []}, {"due_on": None}]
)
def test_a_standing_written_past_the_ledger_is_named_and_mended(person, tampering):
    """Negative control: the alarm rings for each cached figure."""
    Standing.objects.filter(person=person, requirement="online-yearly").update(**tampering)
    found = operations.check_figures(now=NOW)
    assert [(drift.person_id, drift.requirement) for drift in found.standings] == [
        (person.pk, "online-yearly")
    ]
    alarm = AuditEntry.objects.get(verb="tracker.figures.drift")
    assert alarm.detail["persons"] == [person.pk]
    assert operations.check_figures(now=NOW, repair=True)
    assert not operations.check_figures(now=NOW)


@pytest.mark.parametrize(
    "tampering", [{"state": "met"}, {"due_on": None}, {"next_on": date(2026, 9, 9)}]
)
def test_a_mark_that_is_not_what_the_standings_say_is_named_and_mended(person, tampering):
    StandingMark.objects.filter(person=person).update(**tampering)
    operations.recount()
    found = operations.check_figures(now=NOW).standings
    assert [(drift.person_id, drift.requirement) for drift in found] == [(person.pk, "")]
    assert operations.check_figures(now=NOW, repair=True)
    assert not operations.check_figures(now=NOW)


def test_a_standing_that_is_lost_or_made_up_is_named(person):
    Standing.objects.filter(requirement="online-yearly").update(requirement="made-up")
    found = operations.check_figures(now=NOW).standings
    assert {(d.requirement, d.cached is None, d.from_rows is None) for d in found} == {
        ("made-up", False, True),
        ("online-yearly", True, False),
    }


def test_a_figure_of_a_unit_that_drifted_rings_the_alarm(person):
    Rollup.objects.filter(unit=person.unit).update(short=7)
    assert operations.check_figures(now=NOW).unit_figures
    assert not operations.check_figures(now=NOW)


def test_the_command_ends_with_an_error_that_names_the_person(person, time_machine):
    time_machine.move_to(NOW)
    call_command("check_figures")
    Standing.objects.filter(person=person).update(state="exempt")
    with pytest.raises(CommandError, match=f"person {person.pk}, ") as error:
        call_command("check_figures", "--repair")
    assert error.value.returncode == 1
    call_command("check_figures")
