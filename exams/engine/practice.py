"""The book of wrong answers. Pure: outcomes in, entries out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

RIGHT_TO_LEAVE = 2  # times right in a row after the last wrong answer


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer given once: to which wording of which question, when, and whether it was right."""

    question: int
    version: int
    at: datetime
    right: bool


@dataclass(frozen=True, slots=True)
class Weak:
    """A question in the book. ``version`` is the wording last answered."""

    question: int
    version: int
    wrong: int
    right_since: int
    last_wrong_at: datetime


def wrong_book(outcomes: Iterable[Outcome]) -> list[Weak]:
    """Questions answered wrong and not yet right twice running since, the latest error first."""
    by_question: dict[int, list[Outcome]] = {}
    for outcome in sorted(outcomes, key=lambda outcome: (outcome.at, outcome.version)):
        by_question.setdefault(outcome.question, []).append(outcome)
    book = []
    for question, history in by_question.items():
        wrong = [outcome for outcome in history if not outcome.right]
        if not wrong:
            continue
        since = 0
        for outcome in reversed(history):
            if not outcome.right:
                break
            since += 1
        if since < RIGHT_TO_LEAVE:
            last = wrong[-1].at
            book.append(Weak(question, history[-1].version, len(wrong), since, last))
    return sorted(book, key=lambda weak: (weak.last_wrong_at, weak.question), reverse=True)
