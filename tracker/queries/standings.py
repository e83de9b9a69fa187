"""The cached table of standings."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from datetime import date
from typing import Any

from django.db.models import Case, DateField, F, FilteredRelation, Q, QuerySet, Sum, When
from django.db.models.functions import Substr

from people.language import in_chinese
from people.models import OrgUnit, Person
from tracker.enums import PackStatus
from tracker.models import Rollup, RosterCount, RulePack, Standing
from tracker.queries.packs import pack_of_document
from tracker.rules import Subject
from tracker.rules.urgency import AHEAD, UNMET


@dataclass(frozen=True)
class RosterDay:
    """Heads against one requirement as they were noted on one day."""

    taken_on: date
    met: int
    on_course: int
    short: int
    overdue: int
    exempt: int
    registered: int
    studying: int
    finished: int

    @property
    def obliged(self) -> int:
        return self.met + self.on_course + self.short + self.overdue


STATES = ("met", "on_course", "short", "overdue", "exempt", "not_applicable")


@dataclass(frozen=True)
class Counted:
    """So many persons of a place (the beginning of a path), a rank and a requirement stand so."""

    place: str
    rank: int
    requirement: str
    state: str
    persons: int


def _summed(rows: QuerySet[Rollup], *by: str) -> list[dict[str, Any]]:
    sums: dict[str, Any] = {f"sum_{state}": Sum(state) for state in STATES}
    return list(rows.order_by().values(*by).annotate(**sums).order_by(*by))


def figures_in(unit: OrgUnit, requirement: str, *, depth: int) -> list[Counted]:
    """Persons of the unit and below by place, rank and state. One statement; not scoped.

    A place is the path cut to ``depth`` levels. With a blank requirement: how they stand over all.
    """
    rows = Rollup.objects.filter(_within(unit), requirement=requirement).annotate(
        place=Substr("unit__path", 1, depth * OrgUnit.steplen)
    )
    return [
        Counted(row["place"], row["rank"], requirement, state, row[f"sum_{state}"])
        for row in _summed(rows, "place", "rank")
        for state in STATES
        if row[f"sum_{state}"]
    ]


def figures_by_requirement(unit: OrgUnit) -> list[Counted]:
    """Persons of the unit and below by requirement and state. One statement; not scoped."""
    rows = Rollup.objects.filter(_within(unit)).exclude(requirement="")
    return [
        Counted(unit.path, 0, row["requirement"], state, row[f"sum_{state}"])
        for row in _summed(rows, "requirement")
        for state in STATES
        if row[f"sum_{state}"]
    ]


def rosters_in(unit: OrgUnit, requirement: str) -> list[RosterDay]:
    """The dated rosters of what was the unit and below on each day, oldest first; not scoped."""
    fields = [field.name for field in dataclass_fields(RosterDay) if field.name != "taken_on"]
    rows = (
        RosterCount.objects.filter(unit_path__startswith=unit.path, requirement=requirement)
        .order_by()
        .values("taken_on")
        .annotate(**{f"sum_{name}": Sum(name) for name in fields})
        .order_by("taken_on")
    )
    return [
        RosterDay(row["taken_on"], **{name: row[f"sum_{name}"] for name in fields})  # type: ignore[literal-required]
        for row in rows
    ]


def _within(unit: OrgUnit, through: str = "unit__") -> Q:
    return Q(**{f"{through}path__startswith": unit.path})


def people_standing(unit: OrgUnit, requirement: str = "") -> QuerySet[Person]:
    """Persons counted in the unit and below, with ``shown`` (their state) and ``rank``; not scoped.

    The most pressing first, then by unit. With a requirement only those it applies to.
    """
    return (
        held_people(requirement)
        .filter(_within(unit, "held__unit__"), is_active=True)
        .order_by("urgency", "place_id", "pk")
    )


def held_people(requirement: str) -> QuerySet[Any]:
    """Everybody counted, with what ``held`` says of him: the standing, or the mark of all of them.

    ``mark_of(requirement)`` leads to the mark from there.
    """
    if requirement:
        held = Q(standings__requirement=requirement)
        people = Person.objects.annotate(held=FilteredRelation("standings", condition=held))
        people = people.filter(held__isnull=False, standing_mark__isnull=False)
    else:
        people = Person.objects.annotate(held=FilteredRelation("standing_mark"))
        people = people.filter(held__isnull=False)
    return people.annotate(
        shown=F("held__state"),
        urgency=F("held__urgency"),
        place_id=F("held__unit"),
        rank=F(f"{mark_of(requirement)}__rank"),
    )


def mark_of(requirement: str) -> str:
    """The mark is joined once: it is what is held where no requirement is asked for."""
    return "standing_mark" if requirement else "held"


def nearest_day(requirement: str) -> Any:
    """Of people who ``held``: the nearest day of what they have not met, none where all is met."""
    return _day_where(UNMET) if requirement else F("held__due_on")


def next_day(requirement: str) -> Any:
    """The same of what is not overdue either."""
    return _day_where(AHEAD) if requirement else F("held__next_on")


def _day_where(states: Iterable[str]) -> Case:
    return Case(When(held__state__in=states, then=F("held__due_on")), output_field=DateField())


def requirement_titles(*, approved_only: bool = False) -> dict[str, tuple[str, str]]:
    """Chinese and English title of every requirement of persons, of every loaded or approved pack."""
    titles: dict[str, tuple[str, str]] = {}
    packs = RulePack.objects.order_by("version")
    if approved_only:
        packs = packs.filter(status=PackStatus.APPROVED)
    for document in packs.values_list("document", flat=True):
        for duty in pack_of_document(document).duties:
            if duty.subject is not Subject.ORGANISATION:
                titles[duty.code] = (duty.title.zh, duty.title.en)
    return titles


def requirement_names(*, approved_only: bool = False) -> dict[str, str]:
    """The same in the language of the page; Chinese where a pack has no English title."""
    return {
        code: zh if in_chinese() or not en else en
        for code, (zh, en) in requirement_titles(approved_only=approved_only).items()
    }


def standings_in(
    unit: OrgUnit, requirement: str | None = None, state: str | None = None
) -> QuerySet[Standing]:
    """Cached standings of persons in the unit and below. Not scoped: the caller has been."""
    standings = Standing.objects.filter(_within(unit))
    if requirement:
        standings = standings.filter(requirement=requirement)
    if state:
        standings = standings.filter(state=state)
    return standings.select_related("person", "unit").order_by("due_on", "person_id", "requirement")


def standings_of(person_ids: Iterable[int]) -> dict[int, list[Standing]]:
    """Cached standings of some persons, most pressing first."""
    found: dict[int, list[Standing]] = defaultdict(list)
    rows = Standing.objects.filter(person_id__in=list(person_ids))
    for row in rows.order_by("person_id", "due_on", "requirement"):
        found[row.person_id].append(row)
    return found
