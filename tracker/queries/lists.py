"""Lists of people by where they stand: any page of any part of the tree at one price."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import F, FilteredRelation, Q, QuerySet, Sum

from people.models import OrgUnit, Person
from tracker.models import Rollup
from tracker.queries.standings import STATES
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


@dataclass(frozen=True)
class Order:
    """An order that goes by whole crowds first, then by ``columns`` within one."""

    place_of: Callable[[Crowd], tuple[Any, ...]]
    columns: tuple[str, ...]
    by_state: bool = False


ORDERS = {
    "": Order(
        lambda crowd: (_URGENCY[crowd.state], crowd.unit_id),
        ("urgency", "place_id", "pk"),
        by_state=True,
    ),
    "unit": Order(
        lambda crowd: (crowd.path, -(crowd.rank or 0)),
        ("held__unit__path", "-rank", "staff_number"),
    ),
    "rank": Order(
        lambda crowd: (-(crowd.rank or 0), crowd.path),
        ("-rank", "held__unit__path", "staff_number"),
    ),
}


@dataclass(frozen=True)
class PeopleListed:
    """People counted in a unit and below, in order: ``count()`` and slices. Not scoped.

    The figures of the units say in which units a page lies, so that the database neither counts
    everybody nor reads those before the page: two statements, at a cost that grows with the units
    and not with the people. Whoever is counted is listed, so figures and list always agree.
    ``states`` empty: all. ``dressed`` adds what a page shows of each person.
    """

    unit: OrgUnit
    requirement: str = ""
    states: Collection[str] = ()
    rank: int | None = None
    direct: bool = False
    order: str = ""
    dressed: Callable[[QuerySet[Person]], QuerySet[Person]] = lambda people: people

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
        wanted = [state for state in STATES if not self.states or state in self.states]
        rows = Rollup.objects.filter(requirement=self.requirement)
        if self.direct:
            rows = rows.filter(unit=self.unit)
        else:
            rows = rows.filter(unit__path__startswith=self.unit.path)
        if self.rank is not None:
            rows = rows.filter(rank=self.rank)
        by = ("unit_id", "unit__path") if order.by_state else ("unit_id", "unit__path", "rank")
        sums = {f"sum_{state}": Sum(state) for state in wanted}
        found: list[Crowd] = []
        for unit_id, path, *rest in rows.order_by().values_list(*by).annotate(**sums):
            if order.by_state:
                found += [
                    Crowd(unit_id, path, None, state, persons)
                    for state, persons in zip(wanted, rest, strict=True)
                    if persons
                ]
            elif persons := sum(rest[1:]):
                found.append(Crowd(unit_id, path, rest[0], "", persons))
        return sorted(found, key=order.place_of)

    def _people(self) -> QuerySet[Person]:
        if self.requirement:
            held = Q(standings__requirement=self.requirement)
            people = Person.objects.annotate(held=FilteredRelation("standings", condition=held))
        else:
            people = Person.objects.annotate(held=FilteredRelation("standing_mark"))
        if self.states:
            people = people.filter(held__urgency__in=[_URGENCY[state] for state in self.states])
        if self.rank is not None:
            people = people.filter(standing_mark__rank=self.rank)
        return people.filter(held__isnull=False, standing_mark__isnull=False).annotate(
            shown=F("held__state"),
            urgency=F("held__urgency"),
            place_id=F("held__unit"),
            rank=F("standing_mark__rank"),
        )

    def _any_of(self, crowds: list[Crowd]) -> Q:
        """Those of these crowds; units that are told apart by the same are named together."""
        together: dict[tuple[str, int | None], list[int]] = {}
        for crowd in crowds:
            together.setdefault((crowd.state, crowd.rank), []).append(crowd.unit_id)
        matches = Q(pk__in=[])
        for (state, rank), units in together.items():
            some = Q(held__unit__in=units)
            if state:
                some &= Q(held__urgency=_URGENCY[state])
            if rank is not None:
                some &= Q(standing_mark__rank=rank)
            matches |= some
        return matches
