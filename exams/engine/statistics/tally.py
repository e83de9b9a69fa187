"""Counting answers person by person, and the figures that follow from the counts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from exams.engine.statistics.figures import (
    UPPER_SHARE,
    Analysis,
    ItemFigures,
    Number,
    OptionFigures,
    TestFigures,
    with_flags,
)


@dataclass(slots=True)
class _Item:
    """Sums over the persons, of scores less ``base``, the first person's.

    Variances and correlations do not change when all scores move by as much, and a base met in the
    data keeps sums of squares free of the cancellation that large scores would bring (T. F. Chan,
    G. H. Golub, R. J. LeVeque, The American Statistician 37 (1983) 242–247). Whole numbers stay whole.
    """

    base: Number = 0
    score: Number = 0
    square: Number = 0
    with_total: Number = 0
    missing: int = 0
    highest: Number = 0
    binary: bool = True

    def mean(self, n: int) -> float:
        return (n * self.base + self.score) / n


@dataclass(slots=True)
class _AtScore:
    """The persons who reached one total score."""

    persons: int
    scores: list[Number]
    options: list[Counter[str]]


@dataclass(slots=True)
class Tally:
    """Collects rows; ``analysis()`` may be asked at any time.

    ``points`` of each item; None takes the highest score met, at least 1. ``keys`` hold the set of
    options that are right and are only used to mark lines of the distractor table.
    """

    names: Sequence[str]
    points: Sequence[float] | None = None
    keys: Sequence[frozenset[str]] | None = None
    _items: list[_Item] = field(init=False)
    _base: Number = field(init=False, default=0)  # the first person's total score
    _at: dict[Number, _AtScore] = field(init=False, default_factory=dict)
    # Sum of products of every pair of items would be k²: the mean correlation is left to small tests.
    _pairs: list[list[Number]] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._items = [_Item() for _ in self.names]
        if len(self.names) <= 60:
            self._pairs = [[0] * len(self.names) for _ in self.names]

    def add(
        self, scores: Sequence[Number | None], chosen: Sequence[Iterable[str]] | None = None
    ) -> None:
        """One person: points of every item (None: no response), and the options chosen.

        Raises ValueError when the row is not as long as the names, or holds no finite number.
        """
        if len(scores) != len(self.names):
            raise ValueError(f"{len(scores)} scores for {len(self.names)} items")
        values: list[Number] = [0 if score is None else score for score in scores]
        total = sum(values)
        if not math.isfinite(total):
            raise ValueError("a score is not a finite number")
        if isinstance(total, float):
            total = round(total, 9)  # 0.1 + 0.2 and 0.3 are one score
        if not self._at:
            self._base = total
            for item, value in zip(self._items, values, strict=True):
                item.base = value
        at = self._at.get(total)
        if at is None:
            options: list[Counter[str]] = [Counter() for _ in self.names] if chosen else []
            at = self._at[total] = _AtScore(0, [0] * len(values), options)
        at.persons += 1
        for index, (item, given, value) in enumerate(zip(self._items, scores, values, strict=True)):
            if given is None:
                item.missing += 1
            if moved := value - item.base:
                item.score += moved
                item.square += moved * moved
                item.with_total += moved * (total - self._base)
            if value:
                at.scores[index] += value
                if value > item.highest:
                    item.highest = value
                if value != 1:
                    item.binary = False
        if chosen is not None:
            for counter, picked in zip(at.options, chosen, strict=True):
                counter.update(picked)
        if self._pairs is not None:
            moves = [value - item.base for item, value in zip(self._items, values, strict=True)]
            moving = [i for i, moved in enumerate(moves) if moved]
            for place, i in enumerate(moving):
                line, moved = self._pairs[i], moves[i]
                for j in moving[place + 1 :]:
                    line[j] += moved * moves[j]

    @property
    def persons(self) -> int:
        """How many rows were added."""
        return sum(at.persons for at in self._at.values())

    # --- what comes out -------------------------------------------------------------------------

    def analysis(self) -> Analysis:
        """Every figure over the rows so far."""
        n, k = sum(at.persons for at in self._at.values()), len(self.names)
        totals = sorted(self._at)
        moved_t = sum((total - self._base) * self._at[total].persons for total in totals)
        mean_t = (n * self._base + moved_t) / n if n else 0.0
        var_t = self._moment(totals, mean_t, 2) / (n - 1) if n > 1 else None
        var_items = [_variance(item.score, item.square, n) for item in self._items]
        alpha = _alpha(var_items, var_t)
        worth = self._worth()
        upper, lower = self._groups(n, totals)
        items = tuple(
            self._figures(index, n, moved_t, var_t, var_items, worth[index], upper, lower)
            for index in range(k)
        )
        test = self._test(n, totals, mean_t, var_t, var_items, alpha, worth, items)
        return Analysis(test, items, tuple((float(t), self._at[t].persons) for t in totals))

    def _worth(self) -> list[float]:
        if self.points is not None:
            return [float(points) for points in self.points]
        return [float(max(1, item.highest)) for item in self._items]

    def _moment(self, totals: Sequence[Number], mean: float, power: int) -> float:
        return math.fsum(self._at[t].persons * (t - mean) ** power for t in totals)

    def _groups(
        self, n: int, totals: Sequence[Number]
    ) -> tuple[dict[Number, float], dict[Number, float]]:
        """For both groups: total score → the share of its persons that belongs to the group."""
        size = UPPER_SHARE * n

        def fill(order: Iterable[Number]) -> dict[Number, float]:
            left, shares = size, {}
            for total in order:
                if left <= 0:
                    break
                persons = self._at[total].persons
                shares[total] = min(1.0, left / persons)
                left -= persons
            return shares

        return fill(reversed(totals)), fill(totals)

    def _in_group(self, group: Mapping[Number, float], index: int) -> float:
        """The item's mean score within a group."""
        persons = math.fsum(share * self._at[t].persons for t, share in group.items())
        score = math.fsum(share * self._at[t].scores[index] for t, share in group.items())
        return score / persons if persons else 0.0

    def _figures(
        self,
        index: int,
        n: int,
        moved_t: Number,
        var_t: float | None,
        var_items: Sequence[float | None],
        worth: float,
        upper: Mapping[Number, float],
        lower: Mapping[Number, float],
    ) -> ItemFigures:
        item, variance = self._items[index], var_items[index]
        mean = item.mean(n) if n else None
        facility = mean / worth if mean is not None and worth else None
        discrimination = r_total = r_rest = without = None
        if n > 1 and var_t is not None and variance is not None:
            covariance = _centred(item.with_total, item.score * moved_t, n)
            r_total = _correlation(covariance, variance, var_t)
            var_rest = var_t + variance - 2 * covariance
            if len(self.names) > 1:
                r_rest = _correlation(covariance - variance, variance, var_rest)
            others = [*var_items[:index], *var_items[index + 1 :]]
            without = _alpha(others, var_rest)
            if worth:
                gap = self._in_group(upper, index) - self._in_group(lower, index)
                discrimination = gap / worth
        options = self._options(index, n, upper, lower)
        figures = ItemFigures(
            item=self.names[index],
            points=worth,
            persons=n,
            missing=item.missing,
            mean=mean,
            sd=None if variance is None else math.sqrt(variance),
            facility=facility,
            discrimination=discrimination,
            point_biserial=r_total,
            corrected_point_biserial=r_rest,
            alpha_if_deleted=without,
            options=options,
        )
        return with_flags(figures, variance)

    def _options(
        self, index: int, n: int, upper: Mapping[Number, float], lower: Mapping[Number, float]
    ) -> tuple[OptionFigures, ...]:
        if not n or not any(at.options for at in self._at.values()):
            return ()
        key = self.keys[index] if self.keys is not None else frozenset()
        names = {name for at in self._at.values() if at.options for name in at.options[index]} | key
        # The rest score of those at one total differs by the item's own score: a chooser of the key
        # has it, a chooser of a distractor has not. Right and wrong are exact for one-key items.
        worth = self._worth()[index]
        rest_sum = rest_square = 0.0
        for score, at in self._at.items():
            total = score - self._base
            right = sum(at.options[index][name] for name in key) if len(key) == 1 else 0
            rest_sum += total * at.persons - worth * right
            rest_square += (at.persons - right) * total**2 + right * (total - worth) ** 2
        var_rest = _variance(rest_sum, rest_square, n)
        lines = []
        for name in sorted(names):
            count = sum(at.options[index][name] for at in self._at.values())
            minus = worth if len(key) == 1 and name in key else 0.0
            together = sum(
                at.options[index][name] * (t - self._base - minus) for t, at in self._at.items()
            )
            r = None
            if n > 1 and var_rest is not None:
                variance = _variance(count, count, n)
                covariance = (together - count * rest_sum / n) / (n - 1)
                r = _correlation(covariance, variance or 0.0, var_rest)
            lines.append(
                OptionFigures(
                    name,
                    count,
                    count / n,
                    self._chosen_in(upper, index, name),
                    self._chosen_in(lower, index, name),
                    r,
                    name in key,
                )
            )
        return tuple(lines)

    def _chosen_in(self, group: Mapping[Number, float], index: int, name: str) -> float:
        persons = math.fsum(share * self._at[t].persons for t, share in group.items())
        chosen = math.fsum(share * self._at[t].options[index][name] for t, share in group.items())
        return chosen / persons if persons else 0.0

    def _test(
        self,
        n: int,
        totals: Sequence[Number],
        mean: float,
        variance: float | None,
        var_items: Sequence[float | None],
        alpha: float | None,
        worth: Sequence[float],
        items: Sequence[ItemFigures],
    ) -> TestFigures:
        k = len(self.names)
        flags = []
        if n < 2:
            flags.append("few_persons")
        elif not variance:
            flags.append("no_variance")
        if k < 2:
            flags.append("one_item")
        sd = None if variance is None else math.sqrt(variance)
        skewness = kurtosis = None
        if sd:
            skewness = self._moment(totals, mean, 3) / n / sd**3
            kurtosis = self._moment(totals, mean, 4) / n / sd**4 - 3
        kr20 = kr21 = None
        binary = all(item.binary for item in self._items) and all(points == 1 for points in worth)
        if binary and k > 1 and variance:
            population = variance * (n - 1) / n
            spread = math.fsum(item.mean(n) * (1 - item.mean(n)) for item in self._items)
            kr20 = k / (k - 1) * (1 - spread / population)
            kr21 = k / (k - 1) * (1 - mean * (k - mean) / (k * population))
        facilities = [item.facility for item in items if item.facility is not None]
        return TestFigures(
            persons=n,
            items=k,
            missing=sum(item.missing for item in self._items),
            points=math.fsum(worth),
            mean=mean if n else None,
            median=self._median(n, totals),
            sd=sd,
            variance=variance,
            minimum=float(totals[0]) if totals else None,
            maximum=float(totals[-1]) if totals else None,
            skewness=skewness,
            kurtosis=kurtosis,
            alpha=alpha,
            kr20=kr20,
            kr21=kr21,
            sem=None if alpha is None or sd is None else sd * math.sqrt(max(0.0, 1 - alpha)),
            mean_facility=math.fsum(facilities) / len(facilities) if facilities else None,
            mean_inter_item_correlation=self._mean_correlation(n, var_items),
            flags=tuple(flags),
        )

    def _median(self, n: int, totals: Sequence[Number]) -> float | None:
        if not n:
            return None

        def at_rank(rank: int) -> Number:
            passed = 0
            for total in totals:
                passed += self._at[total].persons
                if passed > rank:
                    return total
            raise IndexError(rank)  # pragma: no cover - the ranks add up to n

        return (at_rank((n - 1) // 2) + at_rank(n // 2)) / 2

    def _mean_correlation(self, n: int, variances: Sequence[float | None]) -> float | None:
        """The mean of the correlations of all pairs of items that both vary."""
        if self._pairs is None or n < 2:
            return None
        found = []
        for i, line in enumerate(self._pairs):
            for j in range(i + 1, len(line)):
                both = _centred(line[j], self._items[i].score * self._items[j].score, n)
                r = _correlation(both, variances[i] or 0.0, variances[j] or 0.0)
                if r is not None:
                    found.append(r)
        return math.fsum(found) / len(found) if found else None


def _variance(total: Number, square: Number, n: int) -> float | None:
    if n < 2:
        return None
    variance = _centred(square, total * total, n)
    exact = isinstance(total, int) and isinstance(square, int)
    return 0.0 if not exact and variance < 1e-12 else variance


def _centred(products: Number, of_sums: Number, n: int) -> float:
    """(Σxy − Σx·Σy / n) / (n − 1); of whole numbers nothing is lost before the division."""
    return (n * products - of_sums) / (n * (n - 1))


def _correlation(covariance: float, one: float, other: float) -> float | None:
    """Pearson's r; None when one side does not vary."""
    if one <= 1e-12 or other <= 1e-12:
        return None
    return max(-1.0, min(1.0, covariance / math.sqrt(one * other)))


def _alpha(variances: Sequence[float | None], total: float | None) -> float | None:
    k = len(variances)
    if k < 2 or total is None or total <= 1e-12:
        return None
    return k / (k - 1) * (1 - math.fsum(v or 0.0 for v in variances) / total)


def analyse(
    rows: Iterable[Sequence[Number | None]],
    names: Sequence[str],
    points: Sequence[float] | None = None,
) -> Analysis:
    """The figures of a matrix of points, one row a person."""
    tally = Tally(names, points)
    for row in rows:
        tally.add(row)
    return tally.analysis()


def analyse_choices(
    rows: Iterable[Sequence[str | None]], names: Sequence[str], key: Sequence[str]
) -> Analysis:
    """The figures of a matrix of chosen options, right when the options are exactly the key's.

    An option is one letter; several chosen ones are written together (``ACD``).
    """
    keys = [frozenset(letters) for letters in key]
    tally = Tally(names, [1.0] * len(names), keys)
    for row in rows:
        chosen = [frozenset(cell or "") for cell in row]
        scores = [
            None if not cell else int(picked == right)
            for cell, picked, right in zip(row, chosen, keys, strict=True)
        ]
        tally.add(scores, chosen)
    return tally.analysis()
