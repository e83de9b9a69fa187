"""Counting persons by where they stand. Pure: rows in, tallies out."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from dashboards.rates import percent
from tracker.rules.urgency import BY_URGENCY, NOT_APPLICABLE, most_pressing

Key = TypeVar("Key", bound=Hashable)

# Where a person stands over all requirements.
overall = most_pressing
# What is shown and counted as obliged, in the order of the bars.
SHOWN = ("met", "on_course", "short", "overdue")


@dataclass(frozen=True)
class Tally:
    """Persons by state. Exempt persons and those to whom nothing applies are not obliged."""

    met: int = 0
    on_course: int = 0
    short: int = 0
    overdue: int = 0
    exempt: int = 0
    not_applicable: int = 0

    @property
    def obliged(self) -> int:
        return self.met + self.on_course + self.short + self.overdue

    @property
    def persons(self) -> int:
        return self.obliged + self.exempt + self.not_applicable

    @property
    def rate(self) -> Decimal | None:
        """Met of the obliged, in per cent, as files carry it; a page prints it by ``rates.printed``."""
        return percent(self.met, self.obliged)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.met + other.met,
            self.on_course + other.on_course,
            self.short + other.short,
            self.overdue + other.overdue,
            self.exempt + other.exempt,
            self.not_applicable + other.not_applicable,
        )


def tally_by(rows: Iterable[tuple[Key, str, int]]) -> dict[Key, Tally]:
    """Add up (key, state, persons) to one tally a key. Raises ValueError for an unknown state."""
    counts: dict[Key, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for key, state, persons in rows:
        if state not in BY_URGENCY and state != NOT_APPLICABLE:
            raise ValueError(f"no such state: {state}")
        counts[key][state] += persons
    return {key: Tally(**by_state) for key, by_state in counts.items()}


def total(tallies: Iterable[Tally]) -> Tally:
    """The sum; nothing adds up to an empty tally."""
    return sum(tallies, Tally())
