"""Writes of a sitting: its candidates, extra time, opening again, make-up; each override audited."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

import notices.operations
from exams import queries
from exams.engine import timing
from exams.enums import AttemptEventKind, AttemptState, Audience, Review
from exams.models import Attempt, AttemptEvent, Exam
from exams.operations.delivery import DeadlineRefused, prepare_attempts, timing_day
from exams.operations.grading import settle_hours
from exams.signals import result_undone
from people.models import Person
from people.operations import audit
from people.statements import Kept

PREPARED_AHEAD = timedelta(hours=1)
MOST_PREPARED = 20_000  # a sitting of more is begun without laid-out attempts
LONGEST_EXTENSION = timedelta(hours=8)


class ReopenRefused(Exception):
    """``code``: no_reason, not_handed_in, seen (marks or key were already shown), other_attempt, own."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class CandidatesRefused(Exception):
    """Candidates are no longer changed like this; ``code``: closed, other_audience."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def _reason(because: str, by: Person, attempt: Attempt | None = None) -> str:
    if not because.strip():
        raise DeadlineRefused("no_reason")
    if attempt is not None and attempt.person_id == by.pk:
        raise DeadlineRefused("own")
    return because.strip()


def add_candidates(exam_id: int, person_ids: Sequence[int], *, by: Person, now: datetime) -> int:
    """Put persons on the list of an exam for certain persons; how many are new. Once is enough."""
    with transaction.atomic():
        exam = Exam.objects.select_for_update().get(pk=exam_id)
        if exam.audience not in (Audience.PERSONS, Audience.RULE):
            raise CandidatesRefused("other_audience")
        if now >= exam.closes_at:
            raise CandidatesRefused("closed")
        if exam.cancelled_at is not None:
            raise CandidatesRefused("withdrawn")
        have = set(exam.persons.filter(pk__in=person_ids).values_list("pk", flat=True))
        new = [pk for pk in dict.fromkeys(person_ids) if pk not in have]
        if new:
            exam.persons.add(*new)
            exam.prepared_at = None
            exam.save(update_fields=["prepared_at"])
            audit(
                by, "exams.candidates.add", f"exams.exam:{exam_id}", {"persons": len(new)}, now=now
            )
    return len(new)


def remove_candidate(exam_id: int, person_id: int, *, by: Person, now: datetime) -> bool:
    """Take somebody off the list, while he has not begun. A laid-out attempt gives no right to sit."""
    with transaction.atomic():
        exam = Exam.objects.select_for_update().get(pk=exam_id)
        begun = Attempt.objects.filter(
            exam=exam, person=person_id, state__gte=AttemptState.IN_PROGRESS
        )
        if begun.exists():
            raise CandidatesRefused("begun")
        was_on = exam.persons.filter(pk=person_id).exists()
        exam.persons.remove(person_id)
        if was_on:
            audit(
                by,
                "exams.candidates.remove",
                f"exams.exam:{exam_id}",
                {"person": person_id},
                now=now,
            )
    return was_on


def prepare_sitting(exam_id: int, *, now: datetime) -> int:
    """Lay out the attempts of all candidates; how many were made. Nothing for a sitting too large."""
    exam = Exam.objects.get(pk=exam_id)
    ids = list(queries.candidates_of(exam).values_list("pk", flat=True)[: MOST_PREPARED + 1])
    made = 0
    if len(ids) <= MOST_PREPARED:
        made = prepare_attempts(exam_id, ids, now=now)
    Exam.objects.filter(pk=exam_id).update(prepared_at=now)
    return made


def prepare_due(now: datetime) -> int:
    """Lay out what opens within the hour and was not yet laid out; for the sweep."""
    due = Exam.objects.filter(
        opens_at__gt=now,
        opens_at__lte=now + PREPARED_AHEAD,
        prepared_at=None,
        cancelled_at=None,
        is_practice=False,
    ).exclude(audience=Audience.COURSE)
    return sum(prepare_sitting(pk, now=now) for pk in due.values_list("pk", flat=True))


def allow_extra_time(
    exam_id: int, person_id: int, extra: timedelta, *, because: str, by: Person, now: datetime
) -> None:
    """Give one candidate more time before he begins; it also holds for his later attempts.

    Zero takes it back. Raises DeadlineRefused: no reason, the own attempt, or begun already (then
    extend the attempt).
    """
    reason = _reason(because, by)
    if person_id == by.pk or not timedelta(0) <= extra <= LONGEST_EXTENSION:
        raise DeadlineRefused("own" if person_id == by.pk else "too_long")
    prepare_attempts(exam_id, [person_id], now=now)
    seconds = int(extra.total_seconds())
    with transaction.atomic():
        moved = Attempt.objects.filter(
            exam=exam_id, person=person_id, state=AttemptState.PREPARED
        ).update(extra_seconds=seconds)
        if not moved:
            raise DeadlineRefused("begun")
        detail = {"seconds": seconds, "reason": reason}
        attempt = Attempt.objects.get(exam=exam_id, person=person_id, state=AttemptState.PREPARED)
        AttemptEvent.objects.create(
            attempt=attempt, kind=AttemptEventKind.EXTENDED, at=now, by=by, detail=detail
        )
        audit(by, "exams.attempt.extra", f"exams.attempt:{attempt.pk}", detail, now=now)


def extend_sitting(
    exam_id: int,
    reach: QuerySet[Person],
    extra: timedelta,
    *,
    because: str,
    by: Person,
    now: datetime,
) -> int:
    """Move the deadline of everybody in reach who is answering now, as after a power cut; how many.

    Each attempt keeps its own event; the whole is one audited deed. The own attempt is left alone.
    """
    reason = _reason(because, by)
    if not timedelta(0) < extra <= LONGEST_EXTENSION:
        raise DeadlineRefused("too_long")
    detail = {"seconds": int(extra.total_seconds()), "reason": reason}
    with transaction.atomic():
        running = Attempt.objects.filter(
            exam=exam_id, person__in=reach.order_by(), state=AttemptState.IN_PROGRESS
        ).exclude(person=by)
        ids = list(
            running.filter(accepts_until__gte=now)
            .select_for_update(of=("self",))
            .values_list("pk", flat=True)
        )
        Attempt.objects.filter(pk__in=ids, state=AttemptState.IN_PROGRESS).update(
            due_at=F("due_at") + extra,
            accepts_until=F("accepts_until") + extra,
            overrides=F("overrides") + 1,
        )
        AttemptEvent.objects.bulk_create(
            AttemptEvent(
                attempt_id=pk,
                kind=AttemptEventKind.EXTENDED,
                at=now,
                by=by,
                detail={**detail, "all": True},
            )
            for pk in ids
        )
        if ids:
            audit(
                by,
                "exams.sitting.extend",
                f"exams.exam:{exam_id}",
                {**detail, "attempts": len(ids)},
                now=now,
            )
    return len(ids)


def reopen_attempt(pk: UUID, extra: timedelta, *, because: str, by: Person, now: datetime) -> None:
    """Let a candidate go on with what was handed in by mistake, for ``extra`` from now.

    The answers, and the first receipt in the event, stay. Raises ReopenRefused: once marks or the key
    could be seen, going on would be unfair.
    """
    reason = because.strip()
    if not reason:
        raise ReopenRefused("no_reason")
    if not timedelta(0) < extra <= LONGEST_EXTENSION:
        raise ReopenRefused("too_long")
    detail = _open_again(pk, now + extra, extra, reason, by, now)
    audit(by, "exams.attempt.reopen", f"exams.attempt:{pk}", detail, now=now)


def reopen_sitting(
    exam_id: int,
    reach: QuerySet[Person],
    extra: timedelta,
    *,
    since: datetime | None,
    because: str,
    by: Person,
    now: datetime,
) -> tuple[int, int]:
    """Open again what a wrong clock handed in: (opened, left alone as going on would be unfair).

    Without ``since`` those whose deadline is still to come, which only a clock running ahead can have
    closed; with it all that time closed from then on. Each goes on until its own deadline, or from
    now when that has passed, and ``extra`` longer. One audited deed; each attempt keeps its event.
    """
    reason = because.strip()
    if not reason:
        raise ReopenRefused("no_reason")
    if not timedelta(0) < extra <= LONGEST_EXTENSION:
        raise ReopenRefused("too_long")
    exam = Exam.objects.get(pk=exam_id)
    closed = queries.closed_by_the_clock(exam, reach, now, since=since).exclude(person=by)
    opened = left = 0
    with transaction.atomic():
        for pk, due in list(closed.values_list("pk", "due_at")):
            try:
                _open_again(pk, max(due or now, now) + extra, extra, reason, by, now)
            except ReopenRefused:
                left += 1
            else:
                opened += 1
        detail = {
            "seconds": int(extra.total_seconds()),
            "reason": reason,
            "since": since.isoformat() if since else None,
            "attempts": opened,
            "left": left,
        }
        if opened:
            audit(by, "exams.sitting.reopen", f"exams.exam:{exam_id}", detail, now=now)
    return opened, left


def _open_again(
    pk: UUID, due: datetime, extra: timedelta, reason: str, by: Person, now: datetime
) -> dict[str, Any]:
    """Set one attempt back to being answered; return what its event keeps."""
    try:
        with transaction.atomic():
            attempt = (
                Attempt.objects.select_for_update(of=("self",)).select_related("exam").get(pk=pk)
            )
            if attempt.person_id == by.pk:
                raise ReopenRefused("own")
            over = queries.state_of(attempt, now) in (AttemptState.SUBMITTED, AttemptState.GRADED)
            if not over:
                raise ReopenRefused("not_handed_in")
            if queries.review_level(attempt, now) in (Review.MARKS, Review.KEY):
                raise ReopenRefused("seen")
            if attempt.passed and attempt.exam.hours:
                raise ReopenRefused("credited")
            detail: dict[str, Any] = {
                "reason": reason,
                "seconds": int(extra.total_seconds()),
                "receipt": attempt.receipt,
                "submitted_at": attempt.submitted_at.isoformat() if attempt.submitted_at else None,
                "answered": attempt.answered,
            }
            if attempt.passed:
                result_undone.tell(Attempt, attempt_id=pk)
            attempt.state = AttemptState.IN_PROGRESS
            attempt.due_at = due
            attempt.accepts_until = timing.accepts_until(due, attempt.exam.grace)
            attempt.overrides += 1
            attempt.receipt = attempt.submitted_at = attempt.answered = None
            attempt.score = attempt.worth = attempt.passed = attempt.marks = None
            attempt.graded_at = None
            attempt.save()
            event = AttemptEvent.objects.create(
                attempt=attempt, kind=AttemptEventKind.REOPENED, at=now, by=by, detail=detail
            )
            # He handed in and may be gone, and the time runs.
            notices.operations.notify(
                [attempt.person_id],
                source=f"exams.event:{event.pk}",
                text=_(
                    "You may go on with “{exam}” until {at}; your answers stand. {reason}"
                ).format(
                    exam=attempt.exam.title[:60],
                    at=date_format(timezone.localtime(due), "DATETIME_FORMAT"),
                    reason=reason,
                ),
                url=reverse("exams:detail", args=[attempt.exam_id]),
                now=now,
            )
    except IntegrityError as error:
        # A later try is running: two live attempts of one person cannot be (E1).
        raise ReopenRefused("other_attempt") from error
    return detail


def open_make_up(
    exam_id: int,
    person_ids: Sequence[int],
    *,
    opens_at: datetime,
    closes_at: datetime,
    paper_id: int | None,
    title: str,
    by: Person,
    now: datetime,
) -> Exam:
    """A second sitting (补考) of an exam for these persons, under the same rules otherwise.

    Raises CandidatesRefused("announced") when one of this title stands: two windows announce one.
    """
    same = (
        "description", "duration", "grace", "pass_percent", "shuffle_questions", "shuffle_options",
        "review", "review_when", "counts", "attempts_allowed", "hours", "markers",
        "tolerance_percent", "appeal_days", "certainty_scheme",
    )  # fmt: skip
    with transaction.atomic():
        first = Exam.objects.select_for_update().get(pk=exam_id)
        if first.make_ups.filter(title=title, cancelled_at=None).exists():
            raise CandidatesRefused("announced")
        exam = Exam.objects.create(
            title=title,
            paper_id=paper_id or first.paper_id,
            blueprint_id=None if paper_id else first.blueprint_id,
            opens_at=opens_at,
            closes_at=closes_at,
            audience=Audience.PERSONS,
            makes_up_for=first,
            created_by=by,
            created_at=now,
            **{name: getattr(first, name) for name in same},
        )
        exam.persons.set(person_ids)
        if paper_id is None:
            exam.other_forms.set(first.other_forms.all())
        audit(
            by,
            "exams.exam.make_up",
            f"exams.exam:{exam.pk}",
            {"of": exam_id, "persons": len(person_ids)},
            now=now,
        )
    return exam


def note_signals(pk: UUID, signals: Sequence[tuple[str, dict[str, Any]]], *, now: datetime) -> int:
    """Write down what the page reports of itself (left, pasted); how many were kept.

    Never a verdict, and capped: a page that floods is cut off. Only while the attempt runs.
    """
    running = Attempt.objects.filter(
        pk=pk, state=AttemptState.IN_PROGRESS, accepts_until__gte=now
    ).exists()
    kept = AttemptEvent.objects.filter(attempt=pk, kind__in=queries.SIGNALS).count()
    room = max(0, SIGNALS_KEPT - kept) if running else 0
    rows = [
        AttemptEvent(attempt_id=pk, kind=kind, at=now, detail=detail)
        for kind, detail in signals[:room]
    ]
    AttemptEvent.objects.bulk_create(rows)
    return len(rows)


SIGNALS_KEPT = 200  # of one attempt


def note_opening(attempt: Attempt, address: str, *, now: datetime) -> int:
    """The page was opened; the number of this window, the highest of which is the one in charge.

    ``address`` is a keyed digest, kept only to tell that it changed between two openings.
    """
    last = _last_opening.first(attempt.pk)
    opened = AttemptEvent.objects.create(
        attempt=attempt,
        kind=AttemptEventKind.OPENED,
        at=now,
        detail={"address": address},
    )
    if last and last.get("address") not in (None, address):
        AttemptEvent.objects.create(attempt=attempt, kind=AttemptEventKind.MOVED, at=now)
    return int(opened.pk)


@Kept
def _last_opening(attempt_id: UUID) -> QuerySet[AttemptEvent, dict[str, Any]]:
    opened = AttemptEvent.objects.filter(attempt_id=attempt_id, kind=AttemptEventKind.OPENED)
    return opened.order_by("-pk").values_list("detail", flat=True)[:1]


def list_by_rule(exam_id: int, reach: QuerySet[Person], *, by: Person, now: datetime) -> int:
    """Ask the rule of an exam again and add who has come to meet it; how many are new.

    Nobody is dropped: who was told of an exam stays invited.
    """
    exam = Exam.objects.get(pk=exam_id)
    rule = queries.PostRule.from_dict(exam.rule or {})
    day = max(timing_day(now), timing_day(exam.opens_at))
    ids = list(queries.persons_by_rule(reach, rule, day).values_list("pk", flat=True))
    return add_candidates(exam_id, ids, by=by, now=now)


def void_attempt(pk: UUID, *, because: str, by: Person, now: datetime) -> bool:
    """Declare an attempt void; its answers stay, hours it earned go back, the candidate is told.

    False when it was void already: then its first reason stands. Raises DeadlineRefused without one.
    """
    reason = _reason(because, by)
    with transaction.atomic():
        attempt = Attempt.objects.select_for_update(of=("self",)).select_related("exam").get(pk=pk)
        if attempt.state == AttemptState.VOID:
            return False
        was_graded = attempt.state == AttemptState.GRADED
        attempt.state = AttemptState.VOID
        attempt.overrides += 1
        attempt.save(update_fields=["state", "overrides"])
        detail = {"reason": reason}
        event = AttemptEvent.objects.create(
            attempt=attempt, kind=AttemptEventKind.VOIDED, at=now, by=by, detail=detail
        )
        audit(by, "exams.attempt.void", f"exams.attempt:{pk}", detail, now=now)
        if was_graded:
            settle_hours(attempt, now, because=_("The attempt was declared void."))
            result_undone.tell(Attempt, attempt_id=pk)
        notices.operations.notify(
            [attempt.person_id],
            source=f"exams.event:{event.pk}",
            text=_("An attempt of yours in “{exam}” was declared void: {reason}").format(
                exam=attempt.exam.title[:60], reason=reason
            ),
            url=reverse("exams:receipt", args=[pk]),
            now=now,
        )
    return True
