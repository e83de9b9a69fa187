"""Figures across the apps, for the part of the tree somebody manages.

Every page costs a fixed number of statements however many people there are: the database counts,
Python only arranges. Whether the asker may see the unit is decided by ``unit_for`` alone; every
other function here takes a unit it returned.
"""

from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from dashboards.figures import SHOWN, Tally, tally_by, total
from people.enums import Rank
from people.models import OrgUnit, PartyDuty, Person, Post
from people.queries import in_force, lineage, posts_on, search_people, units_managed_by
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
    above = lineage(unit.path)[:-1]
    return list(units_managed_by(person).filter(path__in=above).order_by("path"))


def unit_within(unit: OrgUnit, code: str) -> OrgUnit | None:
    """The unit itself or one below it, by code."""
    found: OrgUnit | None = OrgUnit.objects.filter(code=code, path__startswith=unit.path).first()
    return found


def places_in(unit: OrgUnit) -> list[tuple[str, str]]:
    """Code and name of the units directly below, in tree order: what a list can be narrowed to."""
    below = OrgUnit.objects.filter(path__startswith=unit.path, depth=unit.depth + 1)
    return list(below.order_by("path").values_list("code", "name"))


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


def overview(unit: OrgUnit, *, requirement: str, titles: Mapping[str, str]) -> Overview:
    """Count persons by requirement, by sub-unit and by rank. Three statements.

    With a requirement the lines by unit and rank count how persons stand against it; without one,
    how they stand over all.
    """
    grid = tracker.figures_in(unit, requirement, depth=unit.depth + 1)
    places = tally_by((cell.place, cell.state, cell.persons) for cell in grid)
    ranks = tally_by((cell.rank, cell.state, cell.persons) for cell in grid)
    return arranged(unit, requirement, places, ranks, _by_requirement(unit, titles))


def arranged(
    unit: OrgUnit,
    requirement: str,
    places: Mapping[str, Tally],
    ranks: Mapping[int, Tally],
    by_requirement: list[Line],
) -> Overview:
    """Tallies by path and by rank as the page shows them. One statement, for the names below."""
    below = OrgUnit.objects.filter(path__startswith=unit.path, depth=unit.depth + 1)
    by_unit = [
        Line(child.code, child.name, places[child.path], child)
        for child in below.order_by("path")
        if child.path in places
    ]
    if unit.path in places and by_unit:
        by_unit.insert(0, Line("direct", unit.name, places[unit.path]))
    return Overview(
        unit=unit,
        requirement=requirement,
        whole=total(places.values()),
        by_requirement=by_requirement,
        by_unit=by_unit,
        by_rank=[
            Line(str(rank), str(Rank(rank).label), ranks[rank])
            for rank in sorted(ranks, reverse=True)
        ],
    )


def whole_of(unit: OrgUnit) -> Tally:
    """Everybody in the unit by where they stand over all. One statement."""
    grid = tracker.figures_in(unit, "", depth=unit.depth)
    return total(tally_by((cell.place, cell.state, cell.persons) for cell in grid).values())


def _by_requirement(unit: OrgUnit, titles: Mapping[str, str]) -> list[Line]:
    rows = (
        (cell.requirement, cell.state, cell.persons)
        for cell in tracker.figures_by_requirement(unit)
    )
    return by_obliged(tally_by(rows), titles)


def by_obliged(tallies: Mapping[str, Tally], titles: Mapping[str, str]) -> list[Line]:
    """A line a requirement, those that bind most people first."""
    lines = [Line(code, titles.get(code, code), tally) for code, tally in tallies.items()]
    return sorted(lines, key=lambda line: (-line.tally.obliged, line.label))


def requirement_titles() -> dict[str, str]:
    """The title of every requirement of an approved pack in the language of the page."""
    return tracker.requirement_names(approved_only=True)


def _standings(unit: OrgUnit) -> QuerySet[Any]:
    """Standings of active persons counted in the unit, unordered."""
    return tracker.standings_in(unit).filter(person__is_active=True).order_by()


# --- Who is pressing ------------------------------------------------------------------------------------


def overdue_in(unit: OrgUnit) -> QuerySet[Any]:
    """Standings past their day, the longest overdue first."""
    return (
        _standings(unit)
        .filter(state="overdue")
        .order_by("due_on", "share", "person_id", "requirement")
    )


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
    # Code of a unit inside the one whose list it is.
    place: str = ""
    duty: str = ""
    due_before: date | None = None
    # Not met and due within so many months from today.
    months: int | None = None
    sort: str = ""

    def as_json(self) -> dict[str, Any]:
        """What was chosen, as a job keeps it."""
        chosen = {name: value for name, value in asdict(self).items() if value not in ("", None)}
        if self.due_before:
            chosen["due_before"] = self.due_before.isoformat()
        return chosen

    @classmethod
    def from_json(cls, chosen: Mapping[str, Any]) -> "Choice":
        """The same, read back."""
        day = chosen.get("due_before")
        return cls(**{**chosen, "due_before": date.fromisoformat(day) if day else None})


def people_in(unit: OrgUnit, choice: Choice, today: date) -> QuerySet[Any]:
    """The people behind a figure of the unit, the most pressing first.

    Each carries ``shown`` (state against the requirement chosen, or over all), ``rank`` and
    ``post_title``. With a requirement only those it applies to are listed.
    """
    people = _filtered(tracker.people_standing(unit, choice.requirement), unit, choice)
    if choice.due_soon:
        near = due_soon_in(unit, today).order_by()
        if choice.requirement:
            near = near.filter(requirement=choice.requirement)
        people = people.filter(pk__in=near.values("person"))
    if choice.q:
        people = search_people(people, choice.q)
    people = _narrowed(people, unit, choice, today)
    if choice.sort in _SORTS:
        people = people.order_by(*_SORTS[choice.sort])
    return _with_posts(people, today)


def _with_posts(people: QuerySet[Any], today: date) -> QuerySet[Any]:
    post = posts_on(today).filter(person=OuterRef("pk"))
    shown: QuerySet[Any] = people.select_related("unit").annotate(
        post_title=Coalesce(Subquery(post.values("title")[:1]), Value(""))
    )
    return shown


def _filtered(people: QuerySet[Any], unit: OrgUnit, choice: Choice) -> QuerySet[Any]:
    if choice.direct:
        people = people.filter(place_id=unit.pk)
    if choice.state == "obliged":
        people = people.filter(shown__in=SHOWN)
    elif choice.state:
        people = people.filter(shown=choice.state)
    if choice.rank is not None:
        people = people.filter(rank=choice.rank)
    return people


def list_of_people_in(unit: OrgUnit, choice: Choice, today: date) -> Any:
    """The same people as something to page through: has ``count()`` and gives slices.

    Where the kept figures tell the filters and the order apart, no page costs more for a larger
    part of the tree; otherwise the database counts.
    """
    if choice.place:
        inside = unit_within(unit, choice.place)
        if inside is None:
            return people_in(unit, choice, today)
        unit, choice = inside, replace(choice, place="")
    told_apart = replace(choice, q="", due_soon=False, duty="")
    if choice != told_apart:
        return people_in(unit, choice, today)
    counted = tracker.PeopleListed(
        unit,
        choice.requirement,
        SHOWN if choice.state == "obliged" else (choice.state,) if choice.state else (),
        choice.rank,
        choice.direct,
        choice.sort if choice.sort in ("unit", "rank", "due") else "",
        lambda people: _with_posts(people, today),
        choice.due_before,
        None if choice.months is None else months_on(today, choice.months),
    )
    if choice.sort in ("", "unit", "rank", "due"):
        return counted
    return _Counted(people_in(unit, choice, today), counted.count)


@dataclass(frozen=True)
class _Counted:
    """People in an order the figures do not know, counted by them all the same."""

    people: QuerySet[Any]
    count: Callable[[], int]

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, cut: slice) -> Any:
        return self.people[cut]


_SORTS: dict[str, tuple[Any, ...]] = {
    "name": ("pinyin", "name", "pk"),
    "number": ("staff_number",),
    "unit": ("unit__path", "-rank", "staff_number"),
    "rank": ("-rank", "unit__path", "staff_number"),
    "due": (F("nearest").asc(nulls_last=True), "unit__path", "staff_number"),
}


def _narrowed(people: QuerySet[Any], unit: OrgUnit, choice: Choice, today: date) -> QuerySet[Any]:
    if choice.place:
        inside = OrgUnit.objects.filter(code=choice.place, path__startswith=unit.path)
        path = inside.values_list("path", flat=True).first()
        people = people.filter(unit__path__startswith=path) if path else people.none()
    if choice.duty:
        held = PartyDuty.objects.filter(in_force(today), person=OuterRef("pk"), kind=choice.duty)
        people = people.filter(Exists(held))
    # The nearest days are kept with the standing and with the person's mark.
    if choice.due_before or choice.sort == "due":
        people = people.annotate(nearest=tracker.nearest_day(choice.requirement))
    if choice.due_before:
        people = people.filter(nearest__lt=choice.due_before)
    if choice.months is not None:
        people = people.annotate(ahead=tracker.next_day(choice.requirement))
        people = people.filter(ahead__lte=months_on(today, choice.months))
    return people


def months_on(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def due_within(unit: OrgUnit, today: date, months: int) -> int:
    """Persons with something not met that is due within so many months. One statement."""
    counted: int = list_of_people_in(unit, Choice(months=months), today).count()
    return counted


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
