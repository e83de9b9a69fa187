"""Statements of the units somebody manages, and what they add up to."""

from collections.abc import Iterable

from django.db.models import Count, QuerySet

from dashboards.figures import Tally, tally_by
from dashboards.models import Statement, StatementRow, StatementSchedule
from people.enums import Role
from people.models import OrgUnit, Person
from people.queries import units_managed_by


def statements_visible_to(person: Person) -> QuerySet[Statement]:
    """Statements of units the person manages, newest first."""
    return (
        Statement.objects.filter(unit__in=units_managed_by(person).order_by().values("pk"))
        .select_related("unit", "drawn_by", "sealed_by")
        .order_by("-activity_on", "-pk")
    )


def units_administered_by(person: Person) -> QuerySet[OrgUnit]:
    """Units for which the person draws up statements and makes plans, in tree order."""
    return units_managed_by(person, Role.TRAINING_ADMIN)


def schedules_visible_to(person: Person) -> QuerySet[StatementSchedule]:
    """What is drawn up by itself for units the person manages."""
    units = units_managed_by(person).order_by().values("pk")
    return (
        StatementSchedule.objects.filter(unit__in=units)
        .select_related("unit", "set_by")
        .order_by("unit__path")
    )


def rows_of_statement(statement: Statement) -> QuerySet[StatementRow]:
    """The rows in their order."""
    return StatementRow.objects.filter(statement=statement).order_by("position")


def statement_by_requirement(statement: Statement) -> list[tuple[str, Tally]]:
    """Title of each requirement and how its persons stood. One statement."""
    rows = (
        rows_of_statement(statement)
        .exclude(requirement="")
        .order_by()
        .values_list("title", "state")
        .annotate(persons=Count("pk"))
    )
    return _sorted(tally_by(rows).items())


def statement_by_unit(statement: Statement) -> list[tuple[str, Tally]]:
    """Rows by the unit directly below, person and requirement counted once each, in tree order."""
    width = len(statement.unit.path) + OrgUnit.steplen
    rows = (
        rows_of_statement(statement)
        .exclude(requirement="")
        .order_by()
        .values_list("unit_path", "unit_name", "state")
        .annotate(rows=Count("pk"))
    )
    # A unit that was moved or closed since is called by what its first row says.
    places: dict[str, str] = {}
    for path, name, _state, _count in sorted(rows):
        places.setdefault(path[:width], name)
    below = OrgUnit.objects.filter(path__in=list(places))
    places |= dict(below.values_list("path", "name"))
    tallies = tally_by((path[:width], state, count) for path, _name, state, count in rows)
    return [(places[path], tallies[path]) for path in sorted(tallies)]


def _sorted(found: Iterable[tuple[str, Tally]]) -> list[tuple[str, Tally]]:
    return sorted(found, key=lambda pair: (-pair[1].obliged, pair[0]))
