"""Units in order of one rate. Pure: tallies in, places out."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Generic, TypeVar

from dashboards.figures import Tally
from dashboards.rates import percent

Unit = TypeVar("Unit")


@dataclass(frozen=True)
class Placed(Generic[Unit]):
    """A unit with its rate in per cent; ``place`` is None where too few are obliged."""

    unit: Unit
    tally: Tally
    part: int
    rate: Decimal | None
    place: int | None


def ranked(
    tallies: Iterable[tuple[Unit, Tally]], *, metric: str, least_obliged: int
) -> list[Placed[Unit]]:
    """The highest rate first; equal rates share a place, and the next one is left out (1, 1, 3).

    Rates are compared exactly, not as they are rounded for print. Units with fewer obliged than
    ``least_obliged`` follow without a place, in the order they came. Raises KeyError for a metric
    that does not exist.
    """
    part_of = _PARTS[metric]
    big: list[tuple[Unit, Tally]] = []
    small: list[tuple[Unit, Tally]] = []
    for unit, tally in tallies:
        (big if tally.obliged >= max(1, least_obliged) else small).append((unit, tally))
    exact = {id(tally): Fraction(part_of(tally), tally.obliged) for _unit, tally in big}
    big.sort(key=lambda row: -exact[id(row[1])])
    placed: list[Placed[Unit]] = []
    for number, (unit, tally) in enumerate(big, 1):
        place: int | None = number
        if number > 1 and exact[id(big[number - 2][1])] == exact[id(tally)]:
            place = placed[-1].place
        part = part_of(tally)
        placed.append(Placed(unit, tally, part, percent(part, tally.obliged), place))
    return placed + [
        Placed(unit, tally, part_of(tally), percent(part_of(tally), tally.obliged), None)
        for unit, tally in small
    ]


_PARTS = {
    "met": lambda tally: tally.met,
    "not_overdue": lambda tally: tally.obliged - tally.overdue,
}
