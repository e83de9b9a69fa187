"""When an attempt ends. Nothing here reads a clock."""

from datetime import datetime, timedelta

IN_PROGRESS, SUBMITTED = "in_progress", "submitted"


def due_at(
    started_at: datetime,
    duration: timedelta,
    closes_at: datetime,
    extra: timedelta = timedelta(0),
) -> datetime:
    """The deadline: the duration (and a person's extra time) after the start, but not after the
    exam closes. Extra time also moves the closing for that person."""
    return min(started_at + duration + extra, closes_at + extra)


def accepts_until(due: datetime, grace: timedelta) -> datetime:
    """The last instant, included, at which an answer given in time may still arrive."""
    return due + grace


def derived_state(state: str, until: datetime | None, now: datetime) -> str:
    """The state as the clock sees it: in progress past its last instant is submitted (E5)."""
    if state == IN_PROGRESS and until is not None and now > until:
        return SUBMITTED
    return state
