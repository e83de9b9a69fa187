"""The three rates of a training campaign, and how they are printed. Pure."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True)
class Roster:
    """Heads counted on one day; each group is part of the one before it.

    Persons (人), never person-times (人次): someone who finished two courses is one head.
    """

    obliged: int
    registered: int
    studying: int
    finished: int

    def __post_init__(self) -> None:
        if not self.obliged >= self.registered >= self.studying >= self.finished >= 0:
            raise ValueError("each group is part of the one before it")

    @property
    def registration(self) -> Decimal | None:
        """Registered of the obliged, in per cent."""
        return self._share(self.registered, self.obliged)

    @property
    def participation(self) -> Decimal | None:
        """Studying of the registered, in per cent."""
        return self._share(self.studying, self.registered)

    @property
    def passing(self) -> Decimal | None:
        """Finished of those who study (not of the registered), in per cent."""
        return self._share(self.finished, self.studying)

    def _share(self, part: int, whole: int) -> Decimal | None:
        return percent(part, whole, decimals(self.obliged))


def decimals(heads: int) -> int:
    """As many as one of so many heads moves: of 25 nobody reads 64.52 %, of 1 348 one counts on it."""
    return 0 if heads < 100 else 1 if heads < 1000 else 2


def printed(part: int, whole: int, *, heads: int) -> str:
    """A rate for a page, with its sign; a dash when there is no whole.

    ``heads`` are those of the largest group it stands beside, so that a column has one precision.
    """
    rate = percent(part, whole, decimals(heads))
    return "–" if rate is None else f"{rate}%"


def percent(part: int, whole: int, places: int = 2) -> Decimal | None:
    """Return part of whole in per cent with so many decimals, half up; None when there is no whole.

    100 is said only when nobody is missing, 0 only when there is nobody: what rounding would
    turn into them is shown as 99.99 and 0.01, or as many decimals as there are.
    Raises ValueError unless 0 ≤ part ≤ whole.
    """
    if not 0 <= part <= whole:
        raise ValueError("a part lies between nothing and the whole")
    if whole == 0:
        return None
    step = Decimal(1).scaleb(-places)
    rate = (Decimal(part) * 100 / Decimal(whole)).quantize(step, ROUND_HALF_UP)
    return rate if part in (0, whole) else min(max(rate, step), 100 - step)
