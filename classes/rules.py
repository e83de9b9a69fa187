"""What may be disputed about a class: missed hours, results, dates due, the code at the door.

Pure: values in, values out; no framework, no clock.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

# A code is shown for so long, and taken for one more step: scanned at its last moment it still works.
CODE_STEP_SECONDS = 15
CODE_STEPS_TAKEN = 2
# A credit hour lasts 45 minutes or as many as its valuation says; nobody counts shorter ones than these.
SHORTEST_HOUR = timedelta(minutes=40)


# What is typed of a class. The more people rely on it, the less of it still changes.
_TOLD = frozenset(
    {"title", "audience", "institution_id", "starts_on", "ends_on", "answer_by", "seats"}
)
_PROMISED = frozenset({"bucket", "call", "training_days", "hours"})
_RUNNING = frozenset({"title", "audience", "ends_on"})


def most_hours(length: timedelta) -> Decimal:
    """How many credit hours a session of such a length can be worth, in halves."""
    return Decimal(2 * length // SHORTEST_HOUR) / 2


def changeable(*, called: bool, begun: bool, confirmed: bool) -> frozenset[str]:
    """What may still be changed of a class, by the names of its fields.

    Called up, what it is worth and how people come stays as promised; begun, also where and when people
    came; confirmed, all of it: it is what is credited.
    """
    if confirmed:
        return frozenset()
    if begun:
        return _RUNNING
    return _TOLD if called else _TOLD | _PROMISED


class Outcome(StrEnum):
    """What came of a place in a class."""

    PASSED = "passed"
    FAILED = "failed"
    TOO_MUCH_MISSED = "too_much_missed"
    NO_SHOW = "no_show"


@dataclass(frozen=True)
class Attended:
    """Hours of one person at one class, by what is recorded of its sessions."""

    present: Decimal
    leave: Decimal
    absent: Decimal

    @property
    def missed(self) -> Decimal:
        """Leave and absence both, in hours."""
        return self.leave + self.absent


def missed_too_much(missed: Decimal, class_hours: Decimal) -> bool:
    """Whether more than one seventh of the class was missed; exactly one seventh still credits.

    Source: 干部教育培训工作条例 (2023), article 15.
    """
    return missed * 7 > class_hours


def outcome(attended: Attended, class_hours: Decimal, *, failed: bool = False) -> Outcome:
    """What a person's attendance comes to; ``failed`` is the institution's own verdict."""
    if attended.present <= 0:
        return Outcome.NO_SHOW
    if missed_too_much(attended.missed, class_hours):
        return Outcome.TOO_MUCH_MISSED
    return Outcome.FAILED if failed else Outcome.PASSED


def excuse_is_in_time(asked_on: date, starts_on: date) -> bool:
    """Whether an excuse was asked before the class starts: not later than the day before."""
    return asked_on < starts_on


def makeup_due_on(day: date) -> date:
    """The last day of the quarter after the one the day lies in."""
    quarter = (day.month - 1) // 3 + 2  # 1 to 5: the next quarter, counted from this year
    year, quarter = (day.year + 1, 1) if quarter > 4 else (day.year, quarter)
    last_month = quarter * 3
    return date(year, last_month, 31 if last_month in (3, 12) else 30)


def code_step(now_seconds: float) -> int:
    """The number of the step a moment lies in, by the server's clock."""
    return int(now_seconds // CODE_STEP_SECONDS)


def door_code(key: bytes, session_id: int, step: int) -> str:
    """The six digits shown at the door of a session during one step."""
    digest = hmac.new(key, f"{session_id}:{step}".encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(digest[:8]) % 1_000_000:06d}"


def code_is_current(key: bytes, session_id: int, code: str, now_seconds: float) -> bool:
    """Whether the digits are those shown now or in the step before; an older photograph is not."""
    step = code_step(now_seconds)
    return any(
        hmac.compare_digest(door_code(key, session_id, step - back), code)
        for back in range(CODE_STEPS_TAKEN)
    )
