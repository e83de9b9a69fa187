"""The liaison's desk: who of the unit has what open, due soon or overdue. By staff number; nobody is ranked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import classes.queries
import courses.queries
from dashboards.queries.overview import requirement_titles
from people.enums import Role
from people.models import OrgUnit, Person
from people.queries import units_managed_by
from tracker import queries as tracker

# A standing that is short is worth a word this long before it is due; overdue always is.
NEAR = timedelta(days=90)


@dataclass(frozen=True)
class Matter:
    """One thing a person has open."""

    kind: str  # requirement, course or makeup
    title: str
    due_on: date | None
    overdue: bool


@dataclass
class Line:
    """A person and what he has open."""

    person: Person
    matters: list[Matter] = field(default_factory=list)


@dataclass(frozen=True)
class Desk:
    """What waits at the desk of a liaison."""

    units: list[OrgUnit]
    headcount: int
    lines: list[Line]
    call_ups: list[Any]

    @property
    def overdue(self) -> int:
        """How many persons have something overdue."""
        return sum(any(matter.overdue for matter in line.matters) for line in self.lines)


def desk_of(person: Person, today: date) -> Desk:
    """Everybody with something open in the units the person is liaison of, by staff number.

    The same number of statements for a unit of ten and of two thousand.
    """
    within = units_managed_by(person, Role.LIAISON)
    people = Person.objects.filter(is_active=True, unit__in=within)
    matters: dict[int, list[Matter]] = {}
    tops = _tops(list(within))
    titles = requirement_titles()
    for top in tops:
        pressing = tracker.standings_in(top).filter(
            person__is_active=True, state__in=("overdue", "short")
        )
        for row in pressing.values_list("person", "requirement", "state", "due_on"):
            person_id, code, state, due_on = row
            overdue = state == "overdue"
            if overdue or (due_on is not None and due_on <= today + NEAR):
                found = Matter("requirement", titles.get(code, code), due_on, overdue)
                matters.setdefault(person_id, []).append(found)
    for late in courses.queries.behind_in(within, today):
        found = Matter("course", late.title, late.deadline_on, late.overdue)
        matters.setdefault(late.person_id, []).append(found)
    for task in classes.queries.makeups_in(within):
        title = task.place.training_class.title
        found = Matter("makeup", title, task.due_on, task.due_on < today)
        matters.setdefault(task.place.person_id, []).append(found)
    behind = people.filter(pk__in=matters).select_related("unit").order_by("staff_number")
    return Desk(
        units=tops,
        headcount=people.count(),
        lines=[Line(each, matters[each.pk]) for each in behind],
        call_ups=classes.queries.waiting_call_ups(person, today),
    )


def _tops(units: list[OrgUnit]) -> list[OrgUnit]:
    """The uppermost of these units, in tree order."""
    found: list[OrgUnit] = []
    for unit in units:
        if not found or not unit.path.startswith(found[-1].path):
            found.append(unit)
    return found
