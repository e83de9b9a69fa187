"""How many things stand under each choice by which a list can be narrowed. Pure: rows in, counts out."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a facet, and how many things it would leave beside what else is chosen."""

    value: str
    label: Any
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A way to narrow a list: its parameter, its name, the word for "all", and its choices."""

    name: str
    label: Any
    every: Any
    choices: list[Choice]

    @property
    def chosen(self) -> str:
        return next((choice.value for choice in self.choices if choice.chosen), "")


@dataclass(frozen=True, slots=True)
class Asked:
    """A facet to be counted; ``values`` are pairs of value and label in their order."""

    name: str
    label: Any
    every: Any
    values: Sequence[tuple[str, Any]]


def counted(
    facets: Sequence[Asked],
    rows: Iterable[tuple[Mapping[str, str], int]],
    chosen: Mapping[str, str],
) -> list[Facet]:
    """Count each facet over the rows that fit what is chosen of the others.

    A row is the values of things that are alike, and how many there are. What nothing stands under is
    left out, unless it is chosen; a facet without a choice too.
    """
    totals: dict[str, Counter[str]] = {facet.name: Counter() for facet in facets}
    for values, count in rows:
        misses = [name for name, value in chosen.items() if value and values.get(name) != value]
        if len(misses) > 1:
            continue
        for facet in facets:
            if not misses or misses == [facet.name]:
                totals[facet.name][values.get(facet.name, "")] += count
    made = []
    for facet in facets:
        wanted = chosen.get(facet.name, "")
        choices = [
            Choice(value, label, totals[facet.name][value], value == wanted)
            for value, label in facet.values
            if totals[facet.name][value] or value == wanted
        ]
        if choices:
            made.append(Facet(facet.name, facet.label, facet.every, choices))
    return made
