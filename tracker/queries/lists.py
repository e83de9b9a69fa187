"""Lists of people by where they stand: any page of any part of the tree at one price."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property, reduce
from operator import add
from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from people.models import OrgUnit, Person
from tracker.models import NO_DAY, DueCount, Rollup
from tracker.queries.standings import held_people, mark_of, nearest_day, next_day
from tracker.rules.urgency import BY_URGENCY, NOT_APPLICABLE

_URGENCY = {state: place for place, state in enumerate((*BY_URGENCY, NOT_APPLICABLE))}

# Persons of one unit whom an order does not tell apart: unit, its path, the mark the order goes by
# (state, rank or due day), how many. Plain, because the root has tens of thousands on every page.
Crowd = tuple[int, str, Any, int]


@dataclass(frozen=True)
class Order:
    """An order that goes by whole crowds first, then by ``columns`` within one."""

    mark: str  # of DueCount, and what a crowd is told apart by beside its unit
    place_of: Callable[[Crowd], tuple[Any, ...]]
    columns: tuple[Any, ...]


ORDERS = {
    "": Order(
        "state",
        lambda crowd: (_URGENCY[crowd[2]], crowd[0]),
        ("urgency", "place_id", "pk"),
    ),
    "unit": Order(
        "rank",
        lambda crowd: (crowd[1], -crowd[2]),
        ("held__unit__path", "-rank", "staff_number"),
    ),
    "rank": Order(
        "rank",
        lambda crowd: (-crowd[2], crowd[1]),
        ("-rank", "held__unit__path", "staff_number"),
    ),
    "due": Order(
        "due_on",
        lambda crowd: (crowd[2], crowd[1]),
        (F("nearest").asc(nulls_last=True), "held__unit__path", "staff_number"),
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
        return sum([persons for *_, persons in self.crowds])

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, cut: slice) -> list[Person]:
        first, end = cut.start or 0, self.count() if cut.stop is None else cut.stop
        found: list[Crowd] = []
        before = skip = 0
        for crowd in self.crowds:
            if before >= end:
                break
            persons = crowd[3]
            if before + persons > first:
                if not found:
                    skip = first - before
                found.append(crowd)
            before += persons
        if not found:
            return []
        people = self._people().filter(self._any_of(found)).order_by(*ORDERS[self.order].columns)
        return list(self.dressed(people)[skip : skip + end - first])

    @cached_property
    def crowds(self) -> list[Crowd]:
        """Not empty, in the order of the list. One statement."""
        order = ORDERS[self.order]
        if order.mark == "due_on" or self.due_before or self.next_until:
            return sorted(self._by_day(order.mark), key=order.place_of)
        if order.mark == "rank":
            return sorted(self._by_rank(), key=order.place_of)
        return self._by_state()

    def _here(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        rows = rows.filter(requirement=self.requirement).order_by()
        if self.direct:
            rows = rows.filter(unit=self.unit)
        else:
            rows = rows.filter(unit__path__startswith=self.unit.path)
        return rows if self.rank is None else rows.filter(rank=self.rank)

    def _wanted(self) -> list[str]:
        return [state for state in _URGENCY if not self.states or state in self.states]

    def _by_state(self) -> list[Crowd]:
        """In their order as they come, state after state: sorting them took longer than the rest."""
        sums = {f"sum_{state}": Sum(state) for state in self._wanted()}
        rows = self._here(Rollup.objects.all()).values_list("unit_id", "unit__path")
        by_unit = sorted(rows.annotate(**sums))
        return [
            (row[0], row[1], state, row[column])
            for column, state in enumerate(self._wanted(), 2)
            for row in by_unit
            if row[column]
        ]

    def _by_rank(self) -> list[Crowd]:
        of_states = reduce(add, [F(state) for state in self._wanted()])
        rows = self._here(Rollup.objects.all()).values_list("unit_id", "unit__path", "rank")
        return [crowd for crowd in rows.annotate(all=Sum(of_states)) if crowd[3]]

    def _by_day(self, mark: str) -> list[Crowd]:
        """From the counts by due day."""
        rows = self._here(DueCount.objects.all())
        if self.states:
            rows = rows.filter(state__in=self.states)
        if self.due_before:
            rows = rows.filter(due_on__lt=self.due_before)
        if self.next_until:
            rows = rows.filter(next_on__lte=self.next_until)
        summed = rows.values_list("unit_id", "unit__path", mark).annotate(all=Sum("persons"))
        return [crowd for crowd in summed if crowd[3]]

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
        together: dict[Any, list[int]] = {}
        for unit_id, _path, mark, _persons in crowds:
            together.setdefault(mark, []).append(unit_id)
        matches = Q(pk__in=[])
        for mark, units in together.items():
            matches |= Q(held__unit__in=units) & self._marked(mark)
        return matches

    def _marked(self, mark: Any) -> Q:
        match ORDERS[self.order].mark:
            case "state":
                return Q(held__urgency=_URGENCY[mark])
            case "rank":
                return Q(**{f"{mark_of(self.requirement)}__rank": mark})
            case _:
                return Q(nearest=None if mark == NO_DAY else mark)
