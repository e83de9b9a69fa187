"""Figures across the apps, for the part of the tree somebody manages.

Every page costs a fixed number of statements however many people there are: the database counts,
Python only arranges. Whether the asker may see the unit is decided by ``unit_for`` alone; every
other function here takes a unit it returned.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Substr
from django.utils.translation import get_language

from dashboards.figures import BY_URGENCY, NOT_APPLICABLE, Tally, tally_by, total
from people.enums import Rank
from people.models import OrgUnit, Person, Post
from people.queries import in_force, persons_in, posts_on, units_managed_by
from tracker import queries as tracker

DUE_SOON = timedelta(days=90)
SHOWN_AT_ONCE = 8


# --- Which units --------------------------------------------------------------------------------------


def unit_for(person: Person, code: str) -> OrgUnit:
    """The unit with this code, if the person manages it. Raises OrgUnit.DoesNotExist."""
    return units_managed_by(person).get(code=code)


def top_units_of(person: Person) -> list[OrgUnit]:
    """The uppermost units the person manages: one within another is left out."""
    tops: list[OrgUnit] = []
    for unit in units_managed_by(person).order_by("path"):
        if not tops or not unit.path.startswith(tops[-1].path):
            tops.append(unit)
    return tops


def path_to(person: Person, unit: OrgUnit) -> list[OrgUnit]:
    """The units above this one that the person manages too, uppermost first."""
    step = OrgUnit.steplen
    above = [unit.path[:end] for end in range(step, len(unit.path), step)]
    return list(units_managed_by(person).filter(path__in=above).order_by("path"))


# --- The overview ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A row of a table: what it counts, the tally, and the filter that lists its people."""

    key: str
    label: str
    tally: Tally
    unit: OrgUnit | None = None


@dataclass(frozen=True)
class Overview:
    """What the page of a unit shows."""

    unit: OrgUnit
    requirement: str
    whole: Tally
    by_requirement: list[Line]
    by_unit: list[Line]
    by_rank: list[Line]


def overview(
    unit: OrgUnit, *, requirement: str, titles: Mapping[str, str], today: date
) -> Overview:
    """Count persons by requirement, by sub-unit and by rank. Three statements.

    With a requirement the lines by unit and rank count how persons stand against it; without one,
    how they stand over all.
    """
    width = len(unit.path) + OrgUnit.steplen
    if requirement:
        rows = (
            _standings(unit)
            .filter(requirement=requirement)
            .annotate(
                place=Substr("person__unit__path", 1, width),
                rank=_rank("person_id", today),
                shown=F("state"),
            )
        )
    else:
        rows = (
            persons_in(unit)
            .order_by()
            .annotate(
                place=Substr("unit__path", 1, width), rank=_rank("pk", today), shown=_overall(unit)
            )
        )
    grid = list(rows.values_list("place", "rank", "shown").annotate(persons=Count("pk")).order_by())
    places = tally_by((place, state, persons) for place, _, state, persons in grid)
    ranks = tally_by((rank, state, persons) for _, rank, state, persons in grid)
    children = OrgUnit.objects.filter(path__startswith=unit.path, depth=unit.depth + 1).order_by(
        "path"
    )
    by_unit = [
        Line(child.code, child.name, places[child.path], child)
        for child in children
        if child.path in places
    ]
    if unit.path in places and by_unit:
        by_unit.insert(0, Line("direct", unit.name, places[unit.path]))
    return Overview(
        unit=unit,
        requirement=requirement,
        whole=total(places.values()),
        by_requirement=_by_requirement(unit, titles),
        by_unit=by_unit,
        by_rank=[
            Line(str(rank), str(Rank(rank).label), ranks[rank])
            for rank in sorted(ranks, reverse=True)
        ],
    )


def whole_of(unit: OrgUnit) -> Tally:
    """Everybody in the unit by where they stand over all. One statement."""
    rows = (
        persons_in(unit)
        .order_by()
        .annotate(shown=_overall(unit))
        .values_list("shown")
        .annotate(persons=Count("pk"))
        .order_by()
    )
    return total(tally_by(("all", state, persons) for state, persons in rows).values())


def _by_requirement(unit: OrgUnit, titles: Mapping[str, str]) -> list[Line]:
    rows = (
        _standings(unit)
        .values_list("requirement", "state")
        .annotate(persons=Count("pk"))
        .order_by("requirement")
    )
    tallies = tally_by(rows)
    lines = [Line(code, titles.get(code, code), tally) for code, tally in tallies.items()]
    return sorted(lines, key=lambda line: (-line.tally.obliged, line.label))


def requirement_titles() -> dict[str, str]:
    """The title of every requirement of an approved pack in the language of the page."""
    chinese = (get_language() or "zh").startswith("zh")
    return {
        code: zh if chinese or not en else en
        for code, (zh, en) in tracker.requirement_titles(approved_only=True).items()
    }


def _standings(unit: OrgUnit) -> QuerySet[Any]:
    """Standings of active persons whose home is in the unit now, unordered."""
    return (
        tracker.standings_in(unit)
        .filter(person__is_active=True, person__unit__path__startswith=unit.path)
        .order_by()
    )


def _urgency() -> Case:
    return Case(
        *(When(state=state, then=Value(place)) for place, state in enumerate(BY_URGENCY)),
        default=Value(len(BY_URGENCY)),
        output_field=IntegerField(),
    )


def _overall(unit: OrgUnit, requirement: str = "") -> Coalesce:
    """The most pressing state of a person (``figures.overall``), or that of one requirement."""
    mine = tracker.standings_in(unit).filter(person=OuterRef("pk"))
    if requirement:
        mine = mine.filter(requirement=requirement)
    most_pressing = mine.annotate(urgency=_urgency()).order_by("urgency").values("state")[:1]
    return Coalesce(Subquery(most_pressing), Value(NOT_APPLICABLE))


def _rank(person: str, today: date) -> Coalesce:
    """The rank of the primary post in force; the lowest where there is none."""
    post = posts_on(today).filter(person=OuterRef(person)).values("rank")[:1]
    return Coalesce(Subquery(post), Value(int(Rank.OTHER)))


# --- Who is pressing ------------------------------------------------------------------------------------


def overdue_in(unit: OrgUnit) -> QuerySet[Any]:
    """Standings past their day, the longest overdue first."""
    return _standings(unit).filter(state="overdue").order_by("due_on", "person_id", "requirement")


def due_soon_in(unit: OrgUnit, today: date) -> QuerySet[Any]:
    """Standings that are behind and due within ninety days, the nearest first."""
    return (
        _standings(unit)
        .filter(state="short", due_on__gte=today, due_on__lte=today + DUE_SOON)
        .order_by("due_on", "share", "person_id", "requirement")
    )


# --- The people behind a figure -------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """The filters of a list, as they stand in the address. Empty values choose everybody."""

    requirement: str = ""
    state: str = ""
    rank: int | None = None
    q: str = ""
    direct: bool = False
    due_soon: bool = False


def people_in(unit: OrgUnit, choice: Choice, today: date) -> QuerySet[Any]:
    """The people behind a figure of the unit, the most pressing first.

    Each carries ``shown`` (state against the requirement chosen, or over all), ``rank`` and
    ``post_title``. With a requirement only those it applies to are listed.
    """
    post = posts_on(today).filter(person=OuterRef("pk"))
    people = persons_in(unit).annotate(
        shown=_overall(unit, choice.requirement),
        rank=_rank("pk", today),
        post_title=Coalesce(Subquery(post.values("title")[:1]), Value("")),
    )
    if choice.direct:
        people = people.filter(unit=unit)
    if choice.requirement:
        people = people.exclude(shown=NOT_APPLICABLE)
    if choice.state == "obliged":
        people = people.exclude(shown__in=["exempt", NOT_APPLICABLE])
    elif choice.state:
        people = people.filter(shown=choice.state)
    if choice.rank is not None:
        people = people.filter(rank=choice.rank)
    if choice.due_soon:
        near = due_soon_in(unit, today).order_by().filter(person=OuterRef("pk"))
        if choice.requirement:
            near = near.filter(requirement=choice.requirement)
        people = people.filter(Exists(near))
    if choice.q:
        people = people.filter(_named(choice.q))
    order = Case(
        *(When(shown=state, then=Value(place)) for place, state in enumerate(BY_URGENCY)),
        default=Value(len(BY_URGENCY)),
        output_field=IntegerField(),
    )
    return people.select_related("unit").order_by(order, "unit__path", "-rank", "staff_number")


def _named(q: str) -> Q:
    """A part of the name, the whole staff number, or the beginning of spelling or initials."""
    spelled = q.lower().replace(" ", "")
    matches = Q(name__icontains=q) | Q(staff_number__iexact=q)
    if spelled.isascii() and spelled.isalpha():
        matches |= Q(pinyin__startswith=spelled) | Q(pinyin__contains=f" {spelled}")
    return matches


def standings_of_page(people: Iterable[Person], requirement: str = "") -> dict[int, list[Any]]:
    """Standings of the people on one page, by person. One statement."""
    found = tracker.standings_of([person.pk for person in people])
    if not requirement:
        return found
    return {
        person: [row for row in rows if row.requirement == requirement]
        for person, rows in found.items()
    }


@dataclass(frozen=True)
class Part:
    """One measure of a standing, as the cached figures hold it."""

    measure: str
    amount: Decimal
    required: Decimal | None


def parts_of(standing: Any) -> list[Part]:
    """The parts of the nearest way, from the cached row."""
    parts = []
    for figure in standing.figures:
        required = figure.get("required")
        parts.append(
            Part(
                str(figure.get("measure", "")),
                Decimal(str(figure.get("official", "0"))),
                None if required is None else Decimal(str(required)),
            )
        )
    return parts


def posts_of(person: Person, today: date) -> QuerySet[Post]:
    """The posts the person holds today, the primary one first."""
    return (
        Post.objects.filter(in_force(today), person=person)
        .select_related("unit")
        .order_by("-primary", "-rank", "id")
    )
