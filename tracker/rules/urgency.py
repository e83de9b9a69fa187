"""From the most pressing state to the least: a person stands where the most pressing requirement stands."""

from collections.abc import Iterable
from datetime import date

BY_URGENCY = ("overdue", "short", "on_course", "met", "exempt")
NOT_APPLICABLE = "not_applicable"
# What is still owed, and of it what is not yet overdue.
UNMET = ("overdue", "short", "on_course")
AHEAD = ("short", "on_course")


def most_pressing(states: Iterable[str]) -> str:
    """Where a person stands over all requirements; ``not_applicable`` where there is none."""
    found = set(states)
    return next((state for state in BY_URGENCY if state in found), NOT_APPLICABLE)


def earliest_due(
    dues: Iterable[tuple[str, date | None]],
) -> tuple[date | None, date | None]:
    """The nearest day of what is unmet, and of that part of it which is still ahead.

    ``dues`` are states with their days; None where nothing of the kind has a day.
    """
    known = [(state, day) for state, day in dues if state in UNMET and day is not None]
    return (
        min((day for _state, day in known), default=None),
        min((day for state, day in known if state in AHEAD), default=None),
    )
