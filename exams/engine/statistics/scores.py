"""How total scores are spread."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence


def groups_by_score(
    scores: Sequence[tuple[float, int]], bins: int = 10
) -> list[tuple[float, float, int]]:
    """A histogram of total scores: (from, to, persons) in at most ``bins`` equal, round steps.

    A step holds its lower end; the last one also the highest score.
    """
    if not scores:
        return []
    low, high = scores[0][0], scores[-1][0]
    if low == high:
        return [(low, low + 1.0, sum(persons for _score, persons in scores))]
    step = next(
        step
        for step in (m * 10.0**e for e in range(-9, 10) for m in (1, 2, 5))
        if math.ceil(round(high / step, 9)) - math.floor(round(low / step, 9)) <= bins
    )
    first = math.floor(round(low / step, 9))
    many = math.ceil(round(high / step, 9)) - first
    counts: dict[int, int] = defaultdict(int)
    for score, persons in scores:
        counts[min(math.floor(round(score / step, 9)) - first, many - 1)] += persons
    edges = [round((first + i) * step, 9) for i in range(many + 1)]
    return [(edges[i], edges[i + 1], counts[i]) for i in range(many)]
