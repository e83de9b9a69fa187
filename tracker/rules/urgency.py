"""From the most pressing state to the least: a person stands where the most pressing requirement stands."""

from collections.abc import Iterable

BY_URGENCY = ("overdue", "short", "on_course", "met", "exempt")
NOT_APPLICABLE = "not_applicable"


def most_pressing(states: Iterable[str]) -> str:
    """Where a person stands over all requirements; ``not_applicable`` where there is none."""
    found = set(states)
    return next((state for state in BY_URGENCY if state in found), NOT_APPLICABLE)
