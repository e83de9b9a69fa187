"""The figures of options, items and tests, and what in them calls for a look."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

UPPER_SHARE: Final = 0.27  # Kelley's groups [K]: the share that separates best under normality

# Ebel's rule of thumb for the discrimination index [E].
WEAK_DISCRIMINATION: Final = 0.20
TOO_EASY, TOO_HARD = 0.95, 0.20
FEW_PERSONS: Final = 30  # below it no item is called weak: chance would do it

Number = int | float


@dataclass(frozen=True, slots=True)
class OptionFigures:
    """One line of an item's distractor table.

    ``share`` of all persons chose it; ``upper`` and ``lower`` are the shares within the two groups;
    ``point_biserial`` correlates choosing it with the rest score (total without this item).
    """

    option: str
    count: int
    share: float
    upper: float
    lower: float
    point_biserial: float | None
    is_key: bool


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """What one item did.

    facility
        mean score / points, 0…1; for right/wrong items the proportion right, p [LN].
    discrimination
        facility in the upper group minus facility in the lower group, each ``UPPER_SHARE`` of all
        persons by total score [K, E]. Persons who share a score on the border count in part, so that
        ties do not depend on the order of the rows.
    point_biserial
        Pearson correlation of item score and total score [LN].
    corrected_point_biserial
        the same with the item taken out of the total: r(x, T − x) [H].
    alpha_if_deleted
        Cronbach's α of the other items [C].
    flags
        few_persons, no_variance, too_hard, too_easy, weak, negative, distractor_unused,
        distractor_attracts_the_best.
    """

    item: str
    points: float
    persons: int
    missing: int
    mean: float | None
    sd: float | None
    facility: float | None
    discrimination: float | None
    point_biserial: float | None
    corrected_point_biserial: float | None
    alpha_if_deleted: float | None
    options: tuple[OptionFigures, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TestFigures:
    """What the whole test did. Variances have n − 1 in the denominator.

    alpha
        Cronbach's α = k/(k − 1) · (1 − Σ var(xᵢ) / var(T)) [C]; for right/wrong items it is KR-20.
    kr20, kr21
        Kuder–Richardson formulae 20 and 21 [KR], only where every item is worth one point and
        scored 0 or 1; 20 with population variances, which gives the same value as α.
    sem
        standard error of measurement, sd · √(1 − α) [LN], in points.
    skewness, kurtosis
        g₁ and g₂ (excess) with the n − 1 standard deviation in the denominator (type 3 of
        D. N. Joanes, C. A. Gill, The Statistician 47 (1998) 183–189).
    """

    persons: int
    items: int
    missing: int
    points: float
    mean: float | None
    median: float | None
    sd: float | None
    variance: float | None
    minimum: float | None
    maximum: float | None
    skewness: float | None
    kurtosis: float | None
    alpha: float | None
    kr20: float | None
    kr21: float | None
    sem: float | None
    mean_facility: float | None
    mean_inter_item_correlation: float | None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """The whole: test, items in their order, and (score, persons) ascending."""

    __test__ = False
    test: TestFigures
    items: tuple[ItemFigures, ...]
    scores: tuple[tuple[float, int], ...]


def with_flags(item: ItemFigures, variance: float | None) -> ItemFigures:
    """What a setter should look at, by the rules of thumb of [E]."""
    flags = []
    if item.persons < FEW_PERSONS:
        flags.append("few_persons")
    if not variance:
        flags.append("no_variance")
    if item.facility is not None and item.facility < TOO_HARD:
        flags.append("too_hard")
    if item.facility is not None and item.facility > TOO_EASY:
        flags.append("too_easy")
    r, d = item.corrected_point_biserial, item.discrimination
    if (r is not None and r < 0) or (d is not None and d < 0):
        flags.append("negative")
    elif d is not None and d < WEAK_DISCRIMINATION and "too_easy" not in flags:
        flags.append("weak")
    for option in item.options:
        if option.is_key:
            continue
        if option.count == 0:
            flags.append("distractor_unused")
        elif option.point_biserial is not None and option.point_biserial > max(
            0.05,
            2 / math.sqrt(item.persons),  # twice the standard error of r = 0
        ):
            flags.append("distractor_attracts_the_best")
    fields = {name: getattr(item, name) for name in ItemFigures.__slots__}
    return ItemFigures(**{**fields, "flags": tuple(dict.fromkeys(flags))})
