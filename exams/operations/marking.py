"""Writes after handing in: grading, marking by hand, crediting hours."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

import tracker.operations
from exams import queries
from exams.engine.scoring import grade
from exams.enums import AttemptEventKind, AttemptState
from exams.models import (
    Attempt,
    AttemptEvent,
)
from exams.operations.delivery import AttemptClosed, _hand_in, timing_day
from exams.operations.sittings import prepare_due
from exams.signals import attempt_graded
from people.models import Person
from tracker.enums import Bucket, ConfirmerKind
from tracker.rules import Measures

log = logging.getLogger(__name__)


def grade_attempt(pk: UUID, *, now: datetime) -> bool:
    """Mark what was handed in; True once it has its final score, False while a person must mark.

    Grading again gives the same (E6), and sends no second signal.
    """
    with transaction.atomic():
        attempt = Attempt.objects.select_for_update(of=("self",)).select_related("exam").get(pk=pk)
        if attempt.state == AttemptState.GRADED:
            return True
        if attempt.state != AttemptState.SUBMITTED:
            raise AttemptClosed(pk)
        lines, answers = queries.grading_input(attempt, queries.answers_of(pk))
        by_hand = {int(n): Decimal(points) for n, points in (attempt.by_hand or {}).items()}
        graded = grade(lines, answers, by_hand)
        marks = sorted(graded.marks, key=lambda mark: mark.number)
        attempt.marks = [[m.number, str(m.points), m.reason] for m in marks]
        attempt.score, attempt.worth = graded.points, graded.worth
        fields = ["marks", "score", "worth"]
        if graded.settled:
            attempt.state = AttemptState.GRADED
            attempt.graded_at = now
            attempt.passed = graded.points * 100 >= attempt.exam.pass_percent * graded.worth
            fields += ["state", "graded_at", "passed"]
        attempt.save(update_fields=fields)
        if graded.settled:
            _credit(attempt, now)
            transaction.on_commit(partial(attempt_graded.send, sender=Attempt, attempt_id=pk))
    return graded.settled


def grade_when_automatic(pk: UUID, *, now: datetime) -> None:
    """Grade at once; a fault in grading must not undo a hand-in: the sweep grades it later."""
    try:
        grade_attempt(pk, now=now)
    except AttemptClosed:
        raise
    except Exception:  # the receipt stands, whatever a question's body holds
        log.exception("grading failed", extra={"attempt": str(pk)})


def _credit(attempt: Attempt, now: datetime) -> None:
    """Hours an exam grants stand in the ledger once, however many attempts passed."""
    exam = attempt.exam
    if not attempt.passed or not exam.hours or attempt.submitted_at is None:
        return
    day = timing_day(attempt.submitted_at)
    tracker.operations.credit(
        person_id=attempt.person_id,
        source=f"exams.exam:{exam.pk}:{attempt.person_id}",
        bucket=Bucket.ONLINE,
        title=exam.title,
        occurred_from=day,
        occurred_to=day + timedelta(days=1),
        measures=Measures(hours=exam.hours),
        confirmer=ConfirmerKind.PLATFORM,
        evidence={
            "attempt": str(attempt.pk),
            "score": str(attempt.score),
            "of": str(attempt.worth),
            "receipt": attempt.receipt,
        },
        now=now,
    )


class MarkRefused(Exception):
    """The answer is not this person's to mark; ``code``: own_attempt, already_marked."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def mark_by_hand(
    pk: UUID,
    number: int,
    points: Decimal,
    *,
    by: Person,
    now: datetime,
    comment: str = "",
    met: Sequence[str] = (),
) -> bool:
    """A marker sets the points of one question; True once the attempt is fully graded.

    ``met`` are the key points he found, in words; they and the comment stay with the event. Raises
    AttemptClosed when the attempt is not waiting, MarkRefused, ValueError for points outside 0…worth.
    """
    with transaction.atomic():
        attempt = Attempt.objects.select_for_update(of=("self",)).select_related("exam").get(pk=pk)
        if attempt.person_id == by.pk:
            raise MarkRefused("own_attempt")
        if attempt.state != AttemptState.SUBMITTED:
            raise AttemptClosed(pk)
        # Read under the lock: of two markers of one answer the second is told.
        if str(number) in (attempt.by_hand or {}):
            raise MarkRefused("already_marked")
        worth = {line[0]: line[2] for line in queries.lines_of(attempt)}
        if number not in worth or not Decimal(0) <= points <= worth[number]:
            raise ValueError(number)
        attempt.by_hand = {**(attempt.by_hand or {}), str(number): str(points)}
        attempt.save(update_fields=["by_hand"])
        detail: dict[str, Any] = {"item": number, "points": str(points)}
        if comment.strip():
            detail["comment"] = comment.strip()
        if met:
            detail["met"] = list(met)
        AttemptEvent.objects.create(
            attempt=attempt, kind=AttemptEventKind.MARKED, at=now, by=by, detail=detail
        )
        return grade_attempt(pk, now=now)


def sweep(now: datetime, *, limit: int = 1000) -> dict[str, int]:
    """Finish what nobody finished: attempts past their time are handed in, handed-in ones graded.

    Everything is found from rows alone; running it at any time, often or twice, changes nothing else.
    """
    expired = list(
        Attempt.objects.filter(state=AttemptState.IN_PROGRESS, accepts_until__lt=now)
        .order_by("accepts_until")
        .values_list("pk", flat=True)[:limit]
    )
    for pk in expired:
        _hand_in(pk, now)
    waiting = list(
        Attempt.objects.filter(state=AttemptState.SUBMITTED, score=None)
        .order_by("submitted_at")
        .values_list("pk", flat=True)[:limit]
    )
    graded = 0
    for pk in waiting:
        try:
            graded += grade_attempt(pk, now=now)
        except Exception:  # one attempt that cannot be graded must not keep the others waiting
            log.exception("grading failed", extra={"attempt": str(pk)})
    return {"closed": len(expired), "graded": graded, "prepared": prepare_due(now)}
