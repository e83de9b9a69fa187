"""The three rates of a training campaign, and how they are printed. Pure."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

_HUNDREDTH = Decimal("0.01")


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
        return percent(self.registered, self.obliged)

    @property
    def participation(self) -> Decimal | None:
        """Studying of the registered, in per cent."""
        return percent(self.studying, self.registered)

    @property
    def passing(self) -> Decimal | None:
        """Finished of those who study (not of the registered), in per cent."""
        return percent(self.finished, self.studying)


def percent(part: int, whole: int) -> Decimal | None:
    """Return part of whole in per cent with two decimals, half up; None when there is no whole.

    100.00 is said only when nobody is missing, 0.00 only when there is nobody: what rounding would
    turn into them is shown as 99.99 and 0.01.
    Raises ValueError unless 0 ≤ part ≤ whole.
    """
    if not 0 <= part <= whole:
        raise ValueError("a part lies between nothing and the whole")
    if whole == 0:
        return None
    if part in (0, whole):
        return Decimal("0.00") if part == 0 else Decimal("100.00")
    exact = (Decimal(part) * 100 / Decimal(whole)).quantize(_HUNDREDTH, ROUND_HALF_UP)
    return min(max(exact, _HUNDREDTH), Decimal("99.99"))
