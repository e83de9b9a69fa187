"""Grading what was handed in, the hours a passed exam grants, and scores that become others."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

import notices.operations
import tracker.operations
import tracker.queries
from exams import queries
from exams.engine.scoring import Graded
from exams.enums import AttemptState
from exams.models import Appeal, Attempt, Exam, KeyCorrection, ScoreChange
from exams.operations.delivery import AttemptClosed, _hand_in, timing_day
from exams.signals import attempt_graded
from people.statements import Kept
from tracker.enums import Bucket, ConfirmerKind
from tracker.rules import Measures

log = logging.getLogger(__name__)


def grade_attempt(pk: UUID, *, now: datetime) -> bool:
    """Mark what was handed in; True once it has its final score, False while a person must mark.

    Grading again gives the same (E6), and sends no second signal.
    """
    with transaction.atomic():
        attempt = _locked.first(pk)
        if attempt is None:
            raise Attempt.DoesNotExist(pk)
        if attempt.state == AttemptState.GRADED:
            return True
        if attempt.state != AttemptState.SUBMITTED:
            raise AttemptClosed(pk)
        _store(attempt, queries.graded(attempt), now)
    return bool(attempt.state == AttemptState.GRADED)


@Kept
def _locked(pk: UUID) -> QuerySet[Attempt]:
    rows = Attempt.objects.select_for_update(of=("self",)).select_related("exam")
    return rows.filter(pk=pk)


def _store(attempt: Attempt, result: Graded, now: datetime) -> None:
    """Keep the marks; when nothing waits for a person, the attempt is graded. In a transaction."""
    attempt.marks = queries.marks_of(result)
    attempt.score, attempt.worth = result.points, result.worth
    fields = ["marks", "score", "worth"]
    if result.settled:
        attempt.state = AttemptState.GRADED
        attempt.graded_at = now
        attempt.passed = queries.has_passed(attempt.exam, result)
        fields += ["state", "graded_at", "passed"]
    attempt.save(update_fields=fields)
    if result.settled:
        settle_hours(attempt, now)
        attempt_graded.tell(Attempt, attempt_id=attempt.pk)


def grade_when_automatic(pk: UUID, *, now: datetime) -> None:
    """Grade at once; a fault in grading must not undo a hand-in: the sweep grades it later."""
    try:
        grade_attempt(pk, now=now)
    except AttemptClosed:
        raise
    except Exception:  # the receipt stands, whatever a question's body holds
        log.exception("grading failed", extra={"attempt": str(pk)})


def regrade_attempt(
    pk: UUID,
    *,
    now: datetime,
    correction: KeyCorrection | None = None,
    appeal: Appeal | None = None,
) -> ScoreChange | None:
    """Give a graded attempt the marks it has now, and keep the old ones; None when nothing changed.

    Only a new result is told, and only where a correction made it: the answer to an appeal is told
    as such.

    Exactly one cause is named. Doing it again changes nothing.
    """
    with transaction.atomic():
        attempt = Attempt.objects.select_for_update(of=("self",)).select_related("exam").get(pk=pk)
        score, worth, passed = attempt.score, attempt.worth, attempt.passed
        if attempt.state != AttemptState.GRADED or score is None or worth is None:
            return None
        result = queries.graded(attempt)
        anew = queries.Anew(attempt, result, queries.has_passed(attempt.exam, result))
        if not anew.changes_marks and not anew.changes_score:
            return None
        change = ScoreChange.objects.create(
            attempt=attempt,
            correction=correction,
            appeal=appeal,
            at=now,
            score_before=score,
            worth_before=worth,
            passed_before=bool(passed),
            marks_before=attempt.marks,
            score_after=result.points,
            worth_after=result.worth,
            passed_after=anew.passed,
        )
        attempt.marks = anew.marks
        attempt.score, attempt.worth, attempt.passed = result.points, result.worth, anew.passed
        attempt.save(update_fields=["marks", "score", "worth", "passed"])
        if change.passed_before != change.passed_after:
            settle_hours(attempt, now)
            attempt_graded.tell(Attempt, attempt_id=pk)
        if change.is_new_result and appeal is None:
            said = _("Your result in “{exam}” was corrected. The page of the result says why.")
            tell(attempt, f"exams.change:{change.pk}", said, now)
    return change


def tell(attempt: Attempt, source: str, text: str, now: datetime) -> None:
    """A notice to the candidate that leads to the result; no score stands in it."""
    notices.operations.notify(
        [attempt.person_id],
        source=source,
        text=text.format(exam=attempt.exam.title),
        url=reverse("exams:result", args=[attempt.pk]),
        now=now,
    )


def settle_hours(attempt: Attempt, now: datetime, *, because: str = "") -> None:
    """The hours an exam grants stand in the ledger once while a result passes, and else not at all."""
    exam = attempt.exam
    if not exam.hours or attempt.submitted_at is None:
        return
    source = f"exams.exam:{exam.pk}:{attempt.person_id}"
    standing = tracker.queries.entry_standing_for(source, attempt.person_id)
    passes = queries.passed(exam.pk, attempt.person_id)
    if standing is not None and not passes:
        because = because or _("The result of the exam was corrected.")
        tracker.operations.reverse(standing.pk, because=because, by_id=None, now=now)
    if standing is not None or not passes:
        return
    day = timing_day(attempt.submitted_at)
    tracker.operations.credit(
        person_id=attempt.person_id,
        source=tracker.queries.next_source(source, attempt.person_id),
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


def hand_in_expired(now: datetime, *, limit: int) -> int:
    """Hand in what ran out of time while nobody looked. Returns how many."""
    expired = list(
        Attempt.objects.filter(state=AttemptState.IN_PROGRESS, accepts_until__lt=now)
        .order_by("accepts_until")
        .values_list("pk", flat=True)[:limit]
    )
    for pk in expired:
        _hand_in(pk, now)
    return len(expired)


TOGETHER = 200  # attempts graded in one transaction


def grade_waiting(now: datetime, *, limit: int) -> int:
    """Grade what was handed in and not yet looked at. Returns how many have their final score.

    Exam by exam, ``TOGETHER`` at a time: the questions of an exam are read once, the answers of all
    in one statement. When one of them cannot be graded, its companions are graded one by one.
    """
    waiting: dict[int, list[UUID]] = {}
    rows = Attempt.objects.filter(state=AttemptState.SUBMITTED, score=None)
    for exam_id, pk in rows.order_by("submitted_at").values_list("exam_id", "pk")[:limit]:
        waiting.setdefault(exam_id, []).append(pk)
    graded = 0
    for exam_id, pks in waiting.items():
        marker = queries.Marker(Exam.objects.get(pk=exam_id))
        for start in range(0, len(pks), TOGETHER):
            some = pks[start : start + TOGETHER]
            try:
                graded += _grade_together(marker, some, now)
            except Exception:
                log.exception("grading together failed", extra={"exam": exam_id})
                graded += _grade_each(some, now)
    return graded


def _grade_together(marker: queries.Marker, pks: Sequence[UUID], now: datetime) -> int:
    with transaction.atomic():
        # Whoever was graded meanwhile is left out; the order keeps two sweeps from a deadlock.
        attempts = list(
            Attempt.objects.select_for_update(of=("self",))
            .filter(pk__in=pks, state=AttemptState.SUBMITTED, score=None)
            .select_related("exam")
            .order_by("pk")
        )
        for attempt, result in marker.marked(attempts):
            _store(attempt, result, now)
    return sum(attempt.state == AttemptState.GRADED for attempt in attempts)


def _grade_each(pks: Sequence[UUID], now: datetime) -> int:
    graded = 0
    for pk in pks:
        try:
            graded += grade_attempt(pk, now=now)
        except Exception:  # one attempt that cannot be graded must not keep the others waiting
            log.exception("grading failed", extra={"attempt": str(pk)})
    return graded
