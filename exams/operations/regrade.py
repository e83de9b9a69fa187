"""A question found faulty after it was asked: proposed by one, decided by another, then regraded."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

import notices.operations
from exams import queries
from exams.engine.items import item_from_dict, same_shape
from exams.enums import CorrectionState, Ruling
from exams.models import Exam, KeyCorrection, QuestionVersion
from exams.operations.grading import regrade_attempt
from people.models import Person
from people.operations import audit


class CorrectionRefused(Exception):
    """``code``: not_asked, pending, no_reason, not_a_key, other_shape, decided, own_proposal."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def drafted_correction(
    exam_id: int, version_id: int, ruling: str, *, replacement_id: int | None, because: str
) -> KeyCorrection:
    """A correction not yet stored, to see whom it would concern. Raises CorrectionRefused."""
    if queries.marked_question(exam_id, version_id) is None:
        raise CorrectionRefused("not_asked")
    if not because.strip():
        raise CorrectionRefused("no_reason")
    asked = QuestionVersion.objects.get(pk=version_id)
    replacement = None
    if ruling == Ruling.NEW_KEY:
        replacement = QuestionVersion.objects.filter(
            pk=replacement_id or 0, question=asked.question_id, number__gt=asked.number
        ).first()
        if replacement is None or not queries.was_reviewed(replacement):
            raise CorrectionRefused("not_a_key")
        if not same_shape(item_from_dict(asked.body), item_from_dict(replacement.body)):
            raise CorrectionRefused("other_shape")
    return KeyCorrection(
        exam_id=exam_id,
        version=asked,
        ruling=ruling,
        replacement=replacement,
        because=because.strip(),
    )


def propose_correction(draft: KeyCorrection, *, by: Person, now: datetime) -> KeyCorrection:
    """Put a drafted correction before a second person. Raises CorrectionRefused."""
    with transaction.atomic():
        Exam.objects.select_for_update().get(pk=draft.exam_id)
        if KeyCorrection.objects.filter(
            exam=draft.exam_id, version=draft.version_id, state=CorrectionState.PROPOSED
        ).exists():
            raise CorrectionRefused("pending")
        draft.proposed_by, draft.proposed_at = by, now
        draft.save(force_insert=True)
        _note(draft, "propose", by, now)
    return draft


def decide_correction(
    pk: int, *, approve: bool, answer: str, by: Person, now: datetime
) -> KeyCorrection:
    """A second person says yes or, with a reason, no. Raises CorrectionRefused.

    Approved, it is in force at once for whatever is graded from now; ``apply_correction`` gives new
    scores to what was graded before.
    """
    with transaction.atomic():
        correction = KeyCorrection.objects.select_for_update().get(pk=pk)
        if correction.state != CorrectionState.PROPOSED:
            raise CorrectionRefused("decided")
        if correction.proposed_by_id == by.pk:
            raise CorrectionRefused("own_proposal")
        if not approve and not answer.strip():
            raise CorrectionRefused("no_reason")
        correction.state = CorrectionState.APPROVED if approve else CorrectionState.REFUSED
        correction.decided_by, correction.decided_at = by, now
        correction.answer = answer.strip()
        correction.save(update_fields=["state", "decided_by", "decided_at", "answer"])
        _note(correction, "approve" if approve else "refuse", by, now)
        said = (
            _("Your correction of {code} in “{exam}” was approved.")
            if approve
            else _("Your correction of {code} in “{exam}” was not approved; the page says why.")
        )
        notices.operations.notify(
            [correction.proposed_by_id],
            source=f"exams.correction:{pk}",
            text=said.format(code=correction.version.question.code, exam=correction.exam.title),
            url=reverse("exams:correction", args=[pk]),
            now=now,
        )
    return correction


def apply_correction(pk: int, *, now: datetime) -> int:
    """Regrade everybody concerned; returns how many have another result.

    Each attempt in a transaction of its own: killed in the middle, the next call does the rest.
    """
    correction = KeyCorrection.objects.select_related("exam").get(pk=pk)
    if correction.state != CorrectionState.APPROVED:
        raise CorrectionRefused("decided")
    rulings = queries.rulings_of(correction.exam_id)
    changed = 0
    for anew in queries.graded_anew(correction.exam, rulings):
        if anew.changes_marks or anew.changes_score:
            done = regrade_attempt(anew.attempt.pk, now=now, correction=correction)
            changed += done is not None and done.is_new_result
    KeyCorrection.objects.filter(pk=pk, applied_at=None).update(applied_at=now)
    return changed


def apply_waiting(now: datetime) -> int:
    """Finish approved corrections that were not applied to the end. Returns how many."""
    waiting = KeyCorrection.objects.filter(state=CorrectionState.APPROVED, applied_at=None)
    done = 0
    for pk in waiting.order_by("decided_at", "pk").values_list("pk", flat=True):
        apply_correction(pk, now=now)
        done += 1
    return done


def _note(correction: KeyCorrection, deed: str, by: Person, now: datetime) -> None:
    detail = {
        "exam": correction.exam_id,
        "version": correction.version_id,
        "ruling": correction.ruling,
        "replacement": correction.replacement_id,
    }
    audit(by, f"exams.correction.{deed}", f"exams.correction:{correction.pk}", detail, now=now)
