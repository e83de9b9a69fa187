"""Whom to call up for a class, and how many seats each unit gets. Pure: values in, values out."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

OVERDUE, PRESSING, BEHIND, AHEAD = "overdue", "pressing", "behind", "ahead"
# In the order in which people are called up.
GROUPS = (OVERDUE, PRESSING, BEHIND, AHEAD)


@dataclass(frozen=True)
class Candidate:
    """Somebody who has not met the requirement. ``missing`` in training days."""

    person_id: int
    unit: str
    rank: int
    state: str
    due_on: date | None
    missing: Decimal

    def group(self, horizon: date) -> str:
        """How urgent: overdue; due by the horizon; behind the pace; the others."""
        if self.state == "overdue":
            return OVERDUE
        if self.due_on is not None and self.due_on <= horizon:
            return PRESSING
        return BEHIND if self.state == "short" else AHEAD


@dataclass(frozen=True)
class Seats:
    """Seats of one unit and rank."""

    unit: str
    rank: int
    seats: int


def proposal(
    candidates: Iterable[Candidate],
    *,
    horizon: date,
    class_days: Decimal,
    capacity: int,
    most_of_a_unit: int | None = None,
) -> list[Candidate]:
    """Choose at most ``capacity`` persons, the most urgent first.

    Within a group the nearest day comes first, then those whom one class brings over the line (a
    seat that closes a gap serves more than one that does not), then the larger gap. No unit gives
    more than ``most_of_a_unit``. The order of the candidates never matters: last comes the person's
    number. Raises ValueError unless the class has days and the capacity is not negative.
    """
    if class_days <= 0 or capacity < 0:
        raise ValueError("a class has days and seats")
    taken: Counter[str] = Counter()
    chosen: list[Candidate] = []
    for candidate in sorted(
        candidates,
        key=lambda c: (
            GROUPS.index(c.group(horizon)),
            c.due_on or date.max,
            c.missing > class_days,
            -c.missing,
            c.person_id,
        ),
    ):
        if len(chosen) == capacity:
            break
        if most_of_a_unit is not None and taken[candidate.unit] >= most_of_a_unit:
            continue
        taken[candidate.unit] += 1
        chosen.append(candidate)
    return chosen
