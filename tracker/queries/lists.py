"""Lists of people by where they stand: any page of any part of the tree at one price."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import F, Q, QuerySet, Sum

from people.models import OrgUnit, Person
from tracker.models import NO_DAY, DueCount, Rollup
from tracker.queries.standings import STATES, held_people, mark_of, nearest_day, next_day
from tracker.rules.urgency import BY_URGENCY, NOT_APPLICABLE

_URGENCY = {state: place for place, state in enumerate((*BY_URGENCY, NOT_APPLICABLE))}


class Crowd(NamedTuple):
    """Persons of one unit whom an order does not tell apart. A blank is not looked at by it.

    A tuple, because a large part of the tree has thousands of them on every page.
    """

    unit_id: int
    path: str
    rank: int | None
    state: str
    persons: int
    due_on: date | None = None


@dataclass(frozen=True)
class Order:
    """An order that goes by whole crowds first, then by ``columns`` within one."""

    place_of: Callable[[Crowd], tuple[Any, ...]]
    columns: tuple[Any, ...]
    # What tells one crowd from another beside the unit: state, rank or due_on.
    by: str


ORDERS = {
    "": Order(
        lambda crowd: (_URGENCY[crowd.state], crowd.unit_id),
        ("urgency", "place_id", "pk"),
        by="state",
    ),
    "unit": Order(
        lambda crowd: (crowd.path, -(crowd.rank or 0)),
        ("held__unit__path", "-rank", "staff_number"),
        by="rank",
    ),
    "rank": Order(
        lambda crowd: (-(crowd.rank or 0), crowd.path),
        ("-rank", "held__unit__path", "staff_number"),
        by="rank",
    ),
    "due": Order(
        lambda crowd: (crowd.due_on, crowd.path),
        (F("nearest").asc(nulls_last=True), "held__unit__path", "staff_number"),
        by="due_on",
    ),
}


@dataclass(frozen=True)
class PeopleListed:
    """People counted in a unit and below, in order: ``count()`` and slices. Not scoped.

    The figures of the units say in which units a page lies, so that the database neither counts
    everybody nor reads those before the page: two statements, at a cost that grows with the units
    and not with the people. Whoever is counted is listed, so figures and list always agree.
    ``states`` empty: all. ``due_before``: something unmet has its day before; ``next_until``:
    something unmet and not overdue has its day by then. ``dressed`` adds what a page shows of each.
    """

    unit: OrgUnit
    requirement: str = ""
    states: Collection[str] = ()
    rank: int | None = None
    direct: bool = False
    order: str = ""
    dressed: Callable[[QuerySet[Person]], QuerySet[Person]] = lambda people: people
    due_before: date | None = None
    next_until: date | None = None

    def count(self) -> int:
        return sum(crowd.persons for crowd in self.crowds)

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, cut: slice) -> list[Person]:
        first, end = cut.start or 0, self.count() if cut.stop is None else cut.stop
        found: list[Crowd] = []
        before = skip = 0
        for crowd in self.crowds:
            if before >= end:
                break
            if before + crowd.persons > first:
                if not found:
                    skip = first - before
                found.append(crowd)
            before += crowd.persons
        if not found:
            return []
        people = self._people().filter(self._any_of(found)).order_by(*ORDERS[self.order].columns)
        return list(self.dressed(people)[skip : skip + end - first])

    @cached_property
    def crowds(self) -> list[Crowd]:
        """Not empty, in the order of the list. One statement."""
        order = ORDERS[self.order]
        dated = order.by == "due_on" or self.due_before or self.next_until
        found = self._by_day(order) if dated else self._by_state(order)
        return sorted(found, key=order.place_of)

    def _here(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        rows = rows.filter(requirement=self.requirement).order_by()
        if self.direct:
            rows = rows.filter(unit=self.unit)
        else:
            rows = rows.filter(unit__path__startswith=self.unit.path)
        return rows if self.rank is None else rows.filter(rank=self.rank)

    def _by_state(self, order: Order) -> list[Crowd]:
        """From the figures by state, one row a unit and rank."""
        wanted = [state for state in STATES if not self.states or state in self.states]
        by = ("unit_id", "unit__path", *(["rank"] if order.by == "rank" else []))
        sums = {f"sum_{state}": Sum(state) for state in wanted}
        found: list[Crowd] = []
        rows = self._here(Rollup.objects.all())
        for unit_id, path, *rest in rows.values_list(*by).annotate(**sums):
            if order.by == "state":
                found += [
                    Crowd(unit_id, path, None, state, persons)
                    for state, persons in zip(wanted, rest, strict=True)
                    if persons
                ]
            elif persons := sum(rest[1:]):
                found.append(Crowd(unit_id, path, rest[0], "", persons))
        return found

    def _by_day(self, order: Order) -> list[Crowd]:
        """From the counts by due day."""
        rows = self._here(DueCount.objects.all())
        if self.states:
            rows = rows.filter(state__in=self.states)
        if self.due_before:
            rows = rows.filter(due_on__lt=self.due_before)
        if self.next_until:
            rows = rows.filter(next_on__lte=self.next_until)
        summed = rows.values_list("unit_id", "unit__path", order.by).annotate(all=Sum("persons"))
        return [
            Crowd(
                unit_id,
                path,
                key if order.by == "rank" else None,
                key if order.by == "state" else "",
                persons,
                key if order.by == "due_on" else None,
            )
            for unit_id, path, key, persons in summed
            if persons
        ]

    def _people(self) -> QuerySet[Any]:
        people = held_people(self.requirement)
        if self.states:
            people = people.filter(held__urgency__in=[_URGENCY[state] for state in self.states])
        if self.rank is not None:
            people = people.filter(**{f"{mark_of(self.requirement)}__rank": self.rank})
        if self.order == "due" or self.due_before:
            people = people.annotate(nearest=nearest_day(self.requirement))
        if self.due_before:
            people = people.filter(nearest__lt=self.due_before)
        if self.next_until:
            people = people.annotate(ahead=next_day(self.requirement))
            people = people.filter(ahead__lte=self.next_until)
        return people

    def _any_of(self, crowds: list[Crowd]) -> Q:
        """Those of these crowds; units that are told apart by the same are named together."""
        together: dict[tuple[str, int | None, date | None], list[int]] = {}
        for crowd in crowds:
            key = (crowd.state, crowd.rank, crowd.due_on)
            together.setdefault(key, []).append(crowd.unit_id)
        matches = Q(pk__in=[])
        for (state, rank, due_on), units in together.items():
            some = Q(held__unit__in=units)
            if state:
                some &= Q(held__urgency=_URGENCY[state])
            if rank is not None:
                some &= Q(**{f"{mark_of(self.requirement)}__rank": rank})
            if due_on is not None:
                some &= Q(nearest=None if due_on == NO_DAY else due_on)
            matches |= some
        return matches
