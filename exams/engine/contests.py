"""Ranking and awards of a contest. Pure: points in, places out; nothing here knows a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
TRIM_FROM = 5  # members of the jury from whom on the highest and the lowest score are left out


def _rounded(exact: Decimal) -> Decimal:
    return exact.quantize(CENT, ROUND_HALF_UP)


def jury_mean(totals: Sequence[Decimal]) -> Decimal | None:
    """The mean of the jury's totals, to 0.01; from five members on without the highest and the
    lowest (去掉一个最高分和一个最低分). None while nobody has scored."""
    if not totals:
        return None
    counted = sorted(totals)
    if len(counted) >= TRIM_FROM:
        counted = counted[1:-1]
    return _rounded(sum(counted, Decimal(0)) / len(counted))


@dataclass(frozen=True, slots=True)
class Entry:
    """One finalist: the first round in percent of its points, and the jury's totals of 100."""

    id: int
    first_percent: Decimal
    jury: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """``place`` counts equals once each: 1, 2, 2, 4. ``total`` and ``jury`` None: not yet scored."""

    id: int
    place: int | None
    first_percent: Decimal
    jury: Decimal | None
    total: Decimal | None
    award: str = ""


def places(totals: Mapping[int, Decimal]) -> dict[int, int]:
    """Places by total, the highest first; equal totals share a place and the next is left out."""
    ordered = sorted(totals.values(), reverse=True)
    return {ident: ordered.index(total) + 1 for ident, total in totals.items()}


def standings(
    entries: Sequence[Entry], first_weight: int, awards: Sequence[tuple[str, int]] = ()
) -> list[Standing]:
    """The final: total = first round × weight + jury × (100 − weight), in percent.

    An award goes to as many as it names; who shares the last place of an award gets it too, and
    those are taken off the next award, so that no more awards are given than announced unless a tie
    asks for it. Who was not scored has no place.
    """
    scored: dict[int, Decimal] = {}
    means: dict[int, Decimal | None] = {}
    for entry in entries:
        mean = means[entry.id] = jury_mean(entry.jury)
        if mean is not None:
            weighed = entry.first_percent * first_weight + mean * (100 - first_weight)
            scored[entry.id] = _rounded(weighed / 100)
    place = places(scored)
    given = _awards(place, awards)
    out = [
        Standing(
            entry.id,
            place.get(entry.id),
            entry.first_percent,
            means[entry.id],
            scored.get(entry.id),
            given.get(entry.id, ""),
        )
        for entry in entries
    ]
    return sorted(out, key=lambda s: (s.place is None, s.place or 0, s.id))


def _awards(place: Mapping[int, int], awards: Sequence[tuple[str, int]]) -> dict[int, str]:
    given: dict[int, str] = {}
    upto = 0
    for name, count in awards:
        upto += count
        for ident, at in place.items():
            if at <= upto and ident not in given:
                given[ident] = name
    return given


def called(results: Sequence[tuple[int, Decimal]], wanted: int) -> list[tuple[int, int, Decimal]]:
    """Who goes to the final: (id, place, percent) of the ``wanted`` best; equals of the last go too."""
    percents = dict(results)
    place = places(percents)
    inside = [(ident, at, percents[ident]) for ident, at in place.items() if at <= wanted]
    return sorted(inside, key=lambda row: (row[1], row[0]))
