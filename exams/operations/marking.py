"""Marks given by hand: one marker, two, or a third where two disagree."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from exams import queries
from exams.engine.marking import settled_points
from exams.enums import AttemptState, MarkRound, Review
from exams.models import Attempt, Exam, Mark
from exams.operations.delivery import AttemptClosed
from exams.operations.grading import grade_attempt, tell
from people.models import Person
from people.operations import audit


class MarkRefused(Exception):
    """The answer is not this person's to mark; ``code``: own_attempt, already_marked."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class MarkingBegan(Exception):
    """How answers are marked is settled before the first mark is given."""


def set_marking(
    exam_id: int,
    *,
    markers: int,
    tolerance_percent: int,
    appeal_days: int,
    by: Person,
    now: datetime,
) -> None:
    """Say how many markers an answer has, by how much two may differ, and how long one may appeal.

    Raises MarkingBegan when marks were given and the first two would change.
    """
    with transaction.atomic():
        exam = Exam.objects.select_for_update().get(pk=exam_id)
        changed = (markers, tolerance_percent) != (exam.markers, exam.tolerance_percent)
        if changed and Mark.objects.filter(attempt__exam=exam).exists():
            raise MarkingBegan(exam_id)
        exam.markers, exam.tolerance_percent = markers, tolerance_percent
        exam.appeal_days = appeal_days
        exam.save(update_fields=["markers", "tolerance_percent", "appeal_days"])
        detail = {"markers": markers, "tolerance": tolerance_percent, "appeal_days": appeal_days}
        audit(by, "exams.exam.set_marking", f"exams.exam:{exam_id}", detail, now=now)


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

    Where the exam has two markers an answer, neither sees the other's points; when they differ too
    much a third is asked. ``met`` are the key points found, in words. Raises AttemptClosed when the
    attempt is not waiting, MarkRefused, ValueError for points outside 0…worth.
    """
    with transaction.atomic():
        attempt = Attempt.objects.select_for_update(of=("self",)).select_related("exam").get(pk=pk)
        if attempt.person_id == by.pk:
            raise MarkRefused("own_attempt")
        if attempt.state != AttemptState.SUBMITTED:
            raise AttemptClosed(pk)
        # Read under the lock: of two markers who settle one answer the second is told.
        given = list(Mark.objects.filter(attempt=attempt, number=number).order_by("round"))
        if str(number) in (attempt.by_hand or {}) or any(m.marker_id == by.pk for m in given):
            raise MarkRefused("already_marked")
        line = next((ln for ln in queries.lines_of(attempt) if ln[0] == number), None)
        if line is None or not Decimal(0) <= points <= line[2]:
            raise ValueError(number)
        give_mark(
            attempt,
            line,
            MarkRound(len(given) + 1),
            points,
            by=by,
            now=now,
            comment=comment,
            met=met,
        )
        exam = attempt.exam
        settled = settled_points(
            [*(mark.points for mark in given), points],
            markers=exam.markers,
            tolerance=line[2] * exam.tolerance_percent / 100,
        )
        if settled is None:
            return False
        settle(attempt, number, settled)
        graded = grade_attempt(pk, now=now)
        if graded:
            _tell_result(pk, now)
        return graded


def _tell_result(pk: UUID, now: datetime) -> None:
    """The time to appeal runs from now on: who handed in days ago is told, once there is something to
    see. Where results wait for the closing, its time has stood on the receipt."""
    attempt = Attempt.objects.select_related("exam").get(pk=pk)
    if queries.review_level(attempt, now) != Review.NOTHING:
        said = _("Your paper in “{exam}” has been marked. The result can be seen.")
        tell(attempt, f"exams.graded:{pk}:{attempt.submitted_at}", said, now)


def give_mark(
    attempt: Attempt,
    line: queries.PaperLine,
    round: MarkRound,
    points: Decimal,
    *,
    by: Person,
    now: datetime,
    comment: str = "",
    met: Sequence[str] = (),
) -> None:
    """Write a mark down; the caller holds the lock of the attempt."""
    number, version_id, worth, _item = line
    Mark.objects.create(
        attempt=attempt,
        number=number,
        version_id=version_id,
        round=round,
        marker=by,
        points=points,
        worth=worth,
        comment=comment.strip(),
        met=list(met),
        given_at=now,
    )


def settle(attempt: Attempt, number: int, points: Decimal) -> None:
    """These points stand for the question; the caller holds the lock and grades anew."""
    attempt.by_hand = {**(attempt.by_hand or {}), str(number): str(points)}
    attempt.save(update_fields=["by_hand"])
