"""Finish what nobody finished: everything is found from rows alone."""

from datetime import datetime

from exams.operations.bank import flag_missed
from exams.operations.grading import grade_waiting, hand_in_expired
from exams.operations.papers import tell_waiting
from exams.operations.regrade import apply_waiting
from exams.operations.sittings import prepare_due


def sweep(now: datetime, *, limit: int = 1000) -> dict[str, int]:
    """Lay out attempts that open soon, hand in those past their time, grade, finish regrading
    and telling of exams withdrawn, set aside questions whose article changed unheard.

    Running it at any time, often or twice, changes nothing else.
    """
    closed = hand_in_expired(now, limit=limit)
    return {
        "prepared": prepare_due(now),
        "closed": closed,
        "graded": grade_waiting(now, limit=limit),
        "regraded": apply_waiting(now),
        "told": tell_waiting(now),
        "stale": flag_missed(now),
    }
