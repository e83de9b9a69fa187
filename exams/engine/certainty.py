"""Certainty-based marking: who says how sure he is gains by being honest about it.

With each answer goes a level of certainty, 1 (not sure) to 3 (quite sure). A right answer brings 1, 2
or 3 marks, a wrong one costs 0, 2 or 6; three marks are the whole worth of a question. Nobody gains by
claiming more certainty than he has: level 3 is best for whoever is right more than 80 % of the time,
level 1 below 67 % (``best_from``).

Source: A. R. Gardner-Medwin, Confidence-based marking: towards deeper learning and better exams, in:
C. Bryan, K. Clegg (eds.), Innovative Assessment in Higher Education (2006) 141–149; the same figures
stand in Moodle's certainty-based marking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Scheme:
    """Marks of each level of certainty, the lowest level first; ``wrong`` are zero or negative."""

    right: tuple[int, ...]
    wrong: tuple[int, ...]

    def __post_init__(self) -> None:
        grows = all(low < high for low, high in pairwise(self.right))
        falls = all(low > high for low, high in pairwise(self.wrong))
        if len(self.right) != len(self.wrong) or len(self.right) < 2 or not grows or not falls:
            raise ValueError("each level must bring more when right and cost more when wrong")
        if self.right[0] <= 0 or self.wrong[0] > 0:
            raise ValueError("right answers bring marks, wrong ones bring none")

    @property
    def levels(self) -> range:
        return range(1, len(self.right) + 1)

    @property
    def most(self) -> int:
        """The marks that are the whole worth of a question."""
        return self.right[-1]

    def as_dict(self) -> dict[str, list[int]]:
        return {"right": list(self.right), "wrong": list(self.wrong)}


GARDNER_MEDWIN = Scheme((1, 2, 3), (0, -2, -6))


def scheme_of(plain: Mapping[str, Sequence[int]] | None) -> Scheme | None:
    """A scheme as it was stored; None when an exam does not ask for certainty."""
    if not plain:
        return None
    return Scheme(tuple(plain["right"]), tuple(plain["wrong"]))


def level_of(certainty: int | None, scheme: Scheme) -> int:
    """The level an answer is marked by: unsaid, or beyond the scheme, is the lowest."""
    return certainty if certainty in scheme.levels and certainty is not None else 1


def marked(fraction: Fraction, certainty: int | None, scheme: Scheme) -> Fraction:
    """The fraction of the points an answer earns, from ``wrong[-1] / most`` to 1.

    ``fraction`` is what it is worth without certainty. A partly right answer brings its share of the
    level's marks; one that is worth nothing, or that a penalty made negative, costs what a wrong one
    costs.
    """
    level = level_of(certainty, scheme)
    if fraction <= 0:
        return Fraction(scheme.wrong[level - 1], scheme.most)
    return fraction * Fraction(scheme.right[level - 1], scheme.most)


def accuracy(points: Decimal, worth: Decimal, certainty: int | None, scheme: Scheme) -> Fraction:
    """How right an answer was, 0…1, read back from the points it earned."""
    if points <= 0 or not worth:
        return Fraction(0)
    full = Fraction(worth) * Fraction(scheme.right[level_of(certainty, scheme) - 1], scheme.most)
    share = Fraction(points) / full
    # Points were rounded to 0.01: what is nearly whole was whole.
    return Fraction(1) if share > Fraction(995, 1000) else share


@dataclass(frozen=True, slots=True)
class Stake:
    """What one level brings or costs on a question: points, rounded half up to 0.01."""

    level: int
    right: Decimal
    wrong: Decimal


def stakes(worth: Decimal, scheme: Scheme) -> tuple[Stake, ...]:
    """What each level brings and costs on a question worth so many points."""

    def points(marks: int) -> Decimal:
        exact = Decimal(marks) * worth / scheme.most
        return exact.quantize(CENT, ROUND_HALF_UP)

    return tuple(
        Stake(level, points(scheme.right[level - 1]), points(scheme.wrong[level - 1]))
        for level in scheme.levels
    )


def best_from(scheme: Scheme) -> tuple[Fraction, ...]:
    """For each level the chance of being right from which it is the best to state; 0 for the first.

    Where two neighbours promise the same: p·r₁ + (1−p)·w₁ = p·r₂ + (1−p)·w₂.
    """
    out = [Fraction(0)]
    for low in range(len(scheme.right) - 1):
        gain = scheme.right[low + 1] - scheme.right[low]
        cost = scheme.wrong[low] - scheme.wrong[low + 1]
        out.append(Fraction(cost, gain + cost))
    return tuple(out)


@dataclass(frozen=True, slots=True)
class LevelFigures:
    """The answers given at one level. ``share`` of them was right (partly right ones by their share);
    None without answers. ``least`` and ``most`` bound the share for which the level is the best."""

    level: int
    answers: int
    share: float | None
    least: float
    most: float

    @property
    def finding(self) -> str:
        """``over`` when too sure for how often it was right, ``under`` when too careful, else ""."""
        if self.share is None:
            return ""
        if self.share < self.least:
            return "over"
        return "under" if self.share > self.most else ""


class Calibration:
    """How often answers were right at each level; answers are added one by one."""

    def __init__(self, scheme: Scheme) -> None:
        self.scheme = scheme
        self._counts = dict.fromkeys(scheme.levels, 0)
        self._sums = dict.fromkeys(scheme.levels, 0.0)

    def add(self, certainty: int | None, right: Fraction) -> None:
        """One answer: the level stated and how right it was, 0…1."""
        level = level_of(certainty, self.scheme)
        self._counts[level] += 1
        self._sums[level] += float(right)

    def figures(self) -> tuple[LevelFigures, ...]:
        bounds = [*map(float, best_from(self.scheme)), 1.0]
        return tuple(
            LevelFigures(
                level,
                self._counts[level],
                self._sums[level] / self._counts[level] if self._counts[level] else None,
                bounds[level - 1],
                bounds[level],
            )
            for level in self.scheme.levels
        )


def is_level(value: Any, levels: int) -> bool:
    """Whether a page may say this: a whole number of the scheme's levels."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= levels
