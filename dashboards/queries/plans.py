"""Seat plans, who could be called up, and the seats a class can take over."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet

from dashboards.models import PlannedSeat, SeatPlan
from dashboards.seating import GROUPS, Candidate, Seats
from dashboards.wording import URGENCIES
from people.models import OrgUnit, Person
from people.queries import units_managed_by
from tracker import queries as tracker

UNMET = ("overdue", "short", "on_course")


def plans_visible_to(person: Person) -> QuerySet[SeatPlan]:
    """Plans for units the person manages, newest first."""
    return (
        SeatPlan.objects.filter(unit__in=units_managed_by(person).order_by().values("pk"))
        .select_related("unit", "made_by")
        .order_by("-made_at", "-pk")
    )


def candidates_in(unit: OrgUnit, requirement: str) -> list[Candidate]:
    """Who has not met the requirement, and the training days he lacks. Three statements.

    Who lacks hours or credits but no days (the nearest way is another one) is no candidate.
    """
    people: QuerySet[Any] = tracker.people_standing(unit, requirement)
    ranks = {person.pk: person.rank for person in people.order_by("pk").only("pk").iterator()}
    # Seats go to the units below, whose offices share them; offices are too small to be counted alone.
    width = len(unit.path) + OrgUnit.steplen
    below = OrgUnit.objects.filter(path__startswith=unit.path, depth__lte=unit.depth + 1)
    codes = dict(below.values_list("path", "code"))
    found = []
    standings = tracker.standings_in(unit, requirement).filter(
        state__in=UNMET, person__is_active=True
    )
    for standing in standings.iterator():
        missing = sum(
            (
                Decimal(str(figure.get("required") or 0)) - Decimal(str(figure.get("official", 0)))
                for figure in standing.figures
                if figure.get("measure") == "training_days"
            ),
            Decimal(0),
        )
        if missing <= 0 or standing.person_id not in ranks or standing.unit is None:
            continue
        found.append(
            Candidate(
                standing.person_id,
                codes.get(standing.unit.path[:width], standing.unit.code),
                ranks[standing.person_id],
                standing.state,
                standing.due_on,
                missing,
            )
        )
    return found


def seats_of_plan(plan: SeatPlan) -> QuerySet[PlannedSeat]:
    """Everybody in the plan: called up first, then the most urgent."""
    return (
        PlannedSeat.objects.filter(plan=plan)
        .select_related("person__unit", "unit")
        .order_by("-called", "due_on", "-missing_days", "person_id")
    )


def called_in(plan: SeatPlan) -> list[int]:
    """Whom the plan calls up, of those who are still on the roster, the most urgent first."""
    called = seats_of_plan(plan).filter(
        called=True, person__is_active=True, person__unit__path__startswith=plan.unit.path
    )
    return list(called.values_list("person_id", flat=True))


def planned_seats(plan: SeatPlan) -> list[Seats]:
    """Seats by unit and rank as the plan stands: what a class takes over. One statement."""
    rows = (
        PlannedSeat.objects.filter(plan=plan, called=True)
        .order_by()
        .values_list("unit__path", "unit__code", "rank")
        .annotate(seats=Count("pk"))
        .order_by("unit__path", "-rank")
    )
    return [Seats(code, rank, seats) for _, code, rank, seats in rows]


def groups_of_plan(plan: SeatPlan) -> list[dict[str, Any]]:
    """How many persons of each urgency there are and how many of them are called up."""
    rows = (
        PlannedSeat.objects.filter(plan=plan)
        .order_by()
        .values_list("urgency")
        .annotate(persons=Count("pk"), called=Count("pk", filter=Q(called=True)))
    )
    found = {urgency: (persons, called) for urgency, persons, called in rows}
    return [
        {"label": URGENCIES[name], "persons": found[name][0], "called": found[name][1]}
        for name in GROUPS
        if name in found
    ]


def names_of_units(codes: Iterable[str]) -> dict[str, str]:
    """Names by code."""
    return dict(OrgUnit.objects.filter(code__in=set(codes)).values_list("code", "name"))
