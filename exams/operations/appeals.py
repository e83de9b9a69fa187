"""A candidate asks to look again; somebody who did not mark it answers."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from exams import queries
from exams.enums import AppealState, MarkRound
from exams.models import Appeal, Attempt, Mark
from exams.operations.grading import regrade_attempt, tell
from exams.operations.marking import give_mark, settle
from people.models import Person
from people.operations import audit


class AppealRefused(Exception):
    """``code``: too_late, not_released, no_reason, asked_before, answered, own_attempt, marked_it."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def file_appeal(pk: UUID, *, by: Person, text: str, now: datetime) -> Appeal:
    """Ask for a graded attempt of one's own to be looked at again, once. Raises AppealRefused."""
    attempt = Attempt.objects.select_related("exam").get(pk=pk, person=by)
    until = queries.appeal_until(attempt, now)
    if until is None:
        raise AppealRefused("not_released")
    if now >= until:
        raise AppealRefused("too_late")
    if not text.strip():
        raise AppealRefused("no_reason")
    try:
        with transaction.atomic():
            appeal = Appeal.objects.create(attempt=attempt, text=text.strip(), filed_at=now)
    except IntegrityError as error:
        raise AppealRefused("asked_before") from error
    return appeal


def answer_appeal(
    pk: int,
    *,
    answer: str,
    by: Person,
    now: datetime,
    number: int | None = None,
    points: Decimal | None = None,
) -> Appeal:
    """Answer an appeal; with ``number`` and ``points`` that question gets these points instead.

    Raises AppealRefused, ValueError for points outside 0…worth.
    """
    with transaction.atomic():
        appeal = Appeal.objects.select_for_update().get(pk=pk)
        attempt = (
            Attempt.objects.select_for_update(of=("self",))
            .select_related("exam")
            .get(pk=appeal.attempt_id)
        )
        if appeal.state != AppealState.OPEN:
            raise AppealRefused("answered")
        if attempt.person_id == by.pk:
            raise AppealRefused("own_attempt")
        if Mark.objects.filter(attempt=attempt, marker=by).exists():
            raise AppealRefused("marked_it")
        if not answer.strip():
            raise AppealRefused("no_reason")
        change = None
        if number is not None and points is not None:
            line = next((ln for ln in queries.lines_of(attempt) if ln[0] == number), None)
            if line is None or not Decimal(0) <= points <= line[2]:
                raise ValueError(number)
            give_mark(attempt, line, MarkRound.APPEAL, points, by=by, now=now, comment=answer)
            settle(attempt, number, points)
            change = regrade_attempt(attempt.pk, now=now, appeal=appeal)
        appeal.state = (
            AppealState.CHANGED if change and change.is_new_result else AppealState.UPHELD
        )
        appeal.answer, appeal.decided_by, appeal.decided_at = answer.strip(), by, now
        appeal.save(update_fields=["state", "answer", "decided_by", "decided_at"])
        detail = {"number": number, "points": None if points is None else str(points)}
        said = _("Your request to look again at “{exam}” was answered.")
        tell(attempt, f"exams.appeal:{appeal.pk}", said, now)
        audit(by, "exams.appeal.answer", f"exams.attempt:{attempt.pk}", detail, now=now)
    return appeal
