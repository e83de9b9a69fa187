"""Writes of an attempt under way: prepare, start, save, submit, extend, void; and what a kill may leave."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F, FilteredRelation, Q, QuerySet

from exams import queries
from exams.engine import drawing, receipts, timing
from exams.engine.scoring import is_blank
from exams.enums import AttemptEventKind, AttemptState
from exams.models import (
    Answer,
    Attempt,
    AttemptEvent,
    Exam,
    attempt_id,
)
from people.models import Person
from people.operations import audit
from people.statements import Kept, driver_value, prepared_cursor

log = logging.getLogger(__name__)

LATE_ANSWERS_KEPT = 200  # refused answers written down for one attempt; a flood is cut off here


class StartRefused(Exception):
    """The person cannot begin now; ``code``: not_open, closed, not_invited, used_up, no_questions."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class AttemptClosed(Exception):
    """The attempt takes no more answers: its time is over, or it was declared void."""


class TimeLeft(Exception):
    """A page whose clock ran ahead wanted to hand in by itself; ``seconds`` are left."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(seconds)


class DeadlineRefused(Exception):
    """A deadline only moves later, with a reason, while nothing was handed in."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of one answer. ``status``: accepted, duplicate, refused; ``reason`` when refused:
    late, submitted, void, newer_elsewhere, unknown_item. A duplicate that differs from the newer
    answer held is ``superseded``."""

    item: int
    seq: int
    status: str
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        out: dict[str, Any] = {"item": self.item, "seq": self.seq, "status": self.status}
        if self.reason:
            out["reason"] = self.reason
        return out


@dataclass(frozen=True, slots=True)
class Given:
    """One answer as it came in: question number, sequence, its JSON text, and how sure he is."""

    item: int
    seq: int
    value: str
    certainty: int | None = None


def prepare_attempts(exam_id: int, person_ids: Sequence[int], *, now: datetime) -> int:
    """Lay out first attempts before the opening, so that starting is one small update.

    Returns how many were made; those who have one already are left alone.
    """
    exam = Exam.objects.get(pk=exam_id)
    have = set(Attempt.objects.filter(exam=exam).values_list("person_id", flat=True))
    missing = [pk for pk in person_ids if pk not in have]
    papers = _Papers(exam, now) if missing else None
    made = 0
    # A paper of his own for each of 100 000 candidates would not fit into memory at once.
    for start in range(0, len(missing), 500):
        some = Person.objects.filter(pk__in=missing[start : start + 500]).order_by("pk")
        attempts = []
        for person_id, unit_id in some.values_list("pk", "unit_id"):
            attempt = Attempt(
                exam=exam,
                person_id=person_id,
                unit_id=unit_id,
                ordinal=1,
                state=AttemptState.PREPARED,
            )
            attempt.drawn = papers.draw(attempt.pk) if papers else None
            attempts.append(attempt)
        made += len(Attempt.objects.bulk_create(attempts, ignore_conflicts=True))
    return made


class _Papers:
    """The papers of an exam's candidates, the attempt being the seed; the bank is read once.

    An exam has one paper for all (then nothing is noted on the attempt), parallel forms of which each
    candidate gets one, or a blueprint from which each gets a paper of his own.
    """

    def __init__(self, exam: Exam, now: datetime) -> None:
        self.forms: list[list[list[Any]] | None] = [None]
        self.rows: list[drawing.Row] = []
        self.bank: list[drawing.Candidate] = []
        if exam.blueprint is not None:
            self.rows = queries.rows_of(exam.blueprint)
            self.bank = queries.drawable(timing_day(now))
            if exam.is_practice:
                held_back = queries.questions_held_back(now)
                self.bank = [c for c in self.bank if c.question not in held_back]
        else:
            for form in exam.other_forms.order_by("pk"):
                lines = form.items.order_by("number").values_list("version_id", "points")
                self.forms.append([[version, str(points)] for version, points in lines])

    def draw(self, pk: UUID) -> list[list[Any]] | None:
        """Raises StartRefused when the bank cannot fill the blueprint."""
        if not self.rows:
            return self.forms[drawing.one_of(len(self.forms), str(pk), "form")]
        drawn = drawing.draw(self.rows, self.bank, str(pk))
        if not drawn.feasible:
            raise StartRefused("no_questions")
        return [[line.candidate.version, str(line.row.points)] for line in drawn.lines]


def timing_day(now: datetime) -> date:
    """The local calendar day of an instant."""
    return now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


@Kept
def _tries(exam_id: int, person_id: int) -> QuerySet[Attempt]:
    return Attempt.objects.filter(exam_id=exam_id, person_id=person_id).order_by("ordinal")


def start_attempt(exam_id: int, person: Person, *, now: datetime) -> Attempt:
    """Begin, or go on with the attempt that is running: the same attempt however often it is asked.

    One write: a prepared attempt is updated, otherwise one is inserted. Raises StartRefused.
    """
    exam = queries.exam_for(person, exam_id)
    if exam is None:
        raise StartRefused("not_invited")
    mine = _tries(exam.pk, person.pk)
    live = next((a for a in mine if a.state <= AttemptState.IN_PROGRESS), None)
    if live is not None and live.state == AttemptState.IN_PROGRESS:
        if queries.state_of(live, now) == AttemptState.IN_PROGRESS:
            return live
        # Its time ran out while nobody looked: close it, then see whether another try is left.
        _hand_in(live.pk, now)
        return start_attempt(exam_id, person, now=now)
    if now < exam.opens_at:
        raise StartRefused("not_open")
    if now >= exam.closes_at:
        raise StartRefused("closed")
    used = [a for a in mine if a.state >= AttemptState.SUBMITTED and a.state != AttemptState.VOID]
    if live is None and len(used) >= exam.attempts_allowed:
        raise StartRefused("used_up")
    # Extra time was given to the person: it holds for each of his tries.
    extra_seconds = max((a.extra_seconds for a in mine), default=0)
    extra = timedelta(seconds=extra_seconds)
    due = timing.due_at(now, exam.duration, exam.closes_at, extra)
    timed = {
        "started_at": now,
        "due_at": due,
        "accepts_until": timing.accepts_until(due, exam.grace),
    }
    if live is not None:
        _begin(live, **timed)
        begun = Attempt.objects.get(pk=live.pk)
        if begun.state == AttemptState.PREPARED:
            raise StartRefused("not_invited")
        return begun
    pk = attempt_id()
    attempt = Attempt(
        pk=pk,
        exam=exam,
        person=person,
        unit_id=person.unit_id,
        ordinal=max((a.ordinal for a in mine), default=0) + 1,
        state=AttemptState.IN_PROGRESS,
        drawn=_Papers(exam, now).draw(pk),
        extra_seconds=extra_seconds,
        **timed,
    )
    try:
        with transaction.atomic():
            _hold(exam)
            attempt.save(force_insert=True)
    except IntegrityError:
        # A second click was faster: there is one live attempt, and it is ours (E1, E9).
        running = Attempt.objects.filter(
            exam=exam, person=person, state=AttemptState.IN_PROGRESS
        ).first()
        if running is None:
            raise
        return running
    return attempt


# The exam was read before, and may have been withdrawn since: whoever begins holds it while he writes.
# Many hold it at once and none waits for another; who withdraws it locks the row alone, and then
# sees who has begun. SQLite has one writer.
_HELD = {
    "postgresql": "SELECT id FROM exams_exam WHERE id = %s AND cancelled_at IS NULL FOR KEY SHARE",
    "sqlite": "SELECT id FROM exams_exam WHERE id = %s AND cancelled_at IS NULL",
}


def _hold(exam: Exam) -> None:
    """Keep the exam from being withdrawn until this transaction ends. Raises StartRefused."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD[connection.vendor], [exam.pk])
        if cursor.fetchone() is None:
            raise StartRefused("not_invited")


def _begin(laid_out: Attempt, **timed: datetime) -> None:
    """Begin a laid-out attempt in one statement, unless it is begun already or the exam withdrawn."""
    columns = ", ".join(f"{name} = %s" for name in timed)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE exams_attempt SET state = 20, {columns}"  # noqa: S608
            f" WHERE id = %s AND state = 10 AND exam_id IN ({_HELD[connection.vendor]})",
            [*map(driver_value, (*timed.values(), laid_out.pk)), laid_out.exam_id],
        )


# The whole save path is this one statement: the guard (state and deadline), the sequence rule and
# the write are decided together by the database, so nothing can come between them. On PostgreSQL
# the attempt's row is share-locked: an answer is either in before the hand-in reads, or refused.
_UPSERT = {
    "postgresql": """
        INSERT INTO exams_answer (attempt_id, item, seq, value, certainty, received_at)
        SELECT a.id, v.item, v.seq, v.value, v.certainty, %s
        FROM (VALUES {rows}) AS v (item, seq, value, certainty),
             (SELECT id FROM exams_attempt
              WHERE id = %s AND state = 20 AND accepts_until >= %s FOR SHARE) AS a
        ON CONFLICT (attempt_id, item) DO UPDATE
        SET seq = excluded.seq, value = excluded.value, certainty = excluded.certainty,
            received_at = excluded.received_at
        WHERE excluded.seq > exams_answer.seq
        RETURNING item, seq""",
    "sqlite": """
        INSERT INTO exams_answer (attempt_id, item, seq, value, certainty, received_at)
        SELECT a.id, v.column1, v.column2, v.column3, v.column4, %s
        FROM (VALUES {rows}) AS v
        JOIN exams_attempt AS a ON a.id = %s AND a.state = 20 AND a.accepts_until >= %s
        WHERE true
        ON CONFLICT (attempt_id, item) DO UPDATE
        SET seq = excluded.seq, value = excluded.value, certainty = excluded.certainty,
            received_at = excluded.received_at
        WHERE excluded.seq > exams_answer.seq
        RETURNING item, seq""",
}

_ROW = {
    "postgresql": "(%s::smallint, %s::integer, %s, %s::smallint)",
    "sqlite": "(%s, %s, %s, %s)",
}


def save_answers(attempt: UUID, given: Sequence[Given], *, now: datetime) -> list[Saved]:
    """Store answers; return what became of each, in the order given.

    One statement when all are new, two when some are duplicates, three when the attempt is closed
    and the refused answers are written down as events (E10). Newer ``seq`` wins whatever the order
    of arrival (E4). What was acknowledged is committed (E3); call it outside a transaction.
    """
    # Of two answers to one question in one request the newer counts; the older is a duplicate.
    newest: dict[int, Given] = {}
    for answer in given:
        held = newest.get(answer.item)
        if held is None or answer.seq > held.seq:
            newest[answer.item] = answer
    if not newest:
        return []
    accepted = _upsert(attempt, list(newest.values()), now)
    if len(accepted) == len(given):
        return [Saved(answer.item, answer.seq, "accepted") for answer in given]
    return _explain(attempt, given, accepted, now)


def _upsert(attempt: UUID, answers: Sequence[Given], now: datetime) -> set[tuple[int, int]]:
    vendor = connection.vendor
    rows = ", ".join([_ROW[vendor]] * len(answers))
    instant, pk = driver_value(now), driver_value(attempt)
    values: list[Any] = [v for a in answers for v in (a.item, a.seq, a.value, a.certainty)]
    with prepared_cursor() as cursor:
        cursor.execute(_UPSERT[vendor].format(rows=rows), [instant, *values, pk, instant])
        return {(item, seq) for item, seq in cursor.fetchall()}


def _explain(
    attempt: UUID, given: Sequence[Given], accepted: set[tuple[int, int]], now: datetime
) -> list[Saved]:
    """Why some answers were not stored; refused ones are kept as an event with their values."""
    items = [answer.item for answer in given]
    rows = list(
        Attempt.objects.filter(pk=attempt)
        .annotate(held=FilteredRelation("answers", condition=Q(answers__item__in=items)))
        .values_list(
            "state", "accepts_until", "held__item", "held__seq", "held__value", "held__certainty"
        )
    )
    if not rows:
        return [Saved(a.item, a.seq, "refused", "void") for a in given]
    state, until = rows[0][0], rows[0][1]
    held = {item: (seq, *said) for _, _, item, seq, *said in rows if item is not None}
    closed = _why_closed(state, until, now)
    out: list[Saved] = []
    refused: list[Given] = []
    for answer in given:
        seq, *said = held.get(answer.item, (0, "", None))
        if (answer.item, answer.seq) in accepted:
            out.append(Saved(answer.item, answer.seq, "accepted"))
        elif said == [answer.value, answer.certainty] and seq >= answer.seq:
            out.append(Saved(answer.item, answer.seq, "duplicate"))
        elif seq > answer.seq:
            # Of this page a late repeat; of another window news the page must tell.
            out.append(Saved(answer.item, answer.seq, "duplicate", "superseded"))
        elif seq == answer.seq:
            out.append(Saved(answer.item, answer.seq, "refused", "newer_elsewhere"))
            refused.append(answer)
        else:
            out.append(Saved(answer.item, answer.seq, "refused", closed or "late"))
            refused.append(answer)
    if refused:
        _keep_refused(attempt, refused, closed or "newer_elsewhere", now)
    return out


def _why_closed(state: int, until: datetime | None, now: datetime) -> str:
    if state == AttemptState.VOID:
        return "void"
    if state in (AttemptState.SUBMITTED, AttemptState.GRADED):
        return "submitted"
    if state == AttemptState.PREPARED:
        return "not_started"
    return "late" if until is not None and now > until else ""


def _keep_refused(attempt: UUID, refused: Sequence[Given], why: str, now: datetime) -> None:
    kept = AttemptEvent.objects.filter(attempt=attempt, kind=AttemptEventKind.REFUSED).count()
    if kept >= LATE_ANSWERS_KEPT:
        log.warning("refused answers no longer kept", extra={"attempt": str(attempt)})
        return
    AttemptEvent.objects.create(
        attempt_id=attempt,
        kind=AttemptEventKind.REFUSED,
        at=now,
        detail={
            "reason": why,
            "answers": [_kept(answer) for answer in refused],
        },
    )


def _kept(answer: Given) -> list[Any]:
    certainty = [] if answer.certainty is None else [answer.certainty]
    return [answer.item, answer.seq, answer.value[:4000], *certainty]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the candidate keeps: the code, how many questions were answered, when it was handed in."""

    attempt_id: UUID
    code: str
    answered: int
    submitted_at: datetime


CLOCKS_DIFFER = timedelta(seconds=5)  # by so much a page may hand in early by itself


def submit_attempt(
    attempt: UUID, *, now: datetime, last: Sequence[Given] = (), at_end: bool = False
) -> tuple[Receipt, list[Saved]]:
    """Hand in. ``last`` are answers not sent before; they are saved by the same rules first.

    Handing in again gives the same receipt (E9). After the deadline what was saved in time is handed
    in as of the deadline. Raises AttemptClosed when the attempt is void or was never started, and
    TimeLeft when nobody asked for it but a clock (``at_end``) that runs ahead of ours.
    """
    saved = save_answers(attempt, last, now=now) if last else []
    if at_end:
        due = (
            Attempt.objects.filter(pk=attempt, state=AttemptState.IN_PROGRESS)
            .values_list("due_at", flat=True)
            .first()
        )
        if due is not None and due - now > CLOCKS_DIFFER:
            raise TimeLeft(int((due - now).total_seconds()))
    receipt = _hand_in(attempt, now)
    return receipt, saved


def _hand_in(pk: UUID, now: datetime) -> Receipt:
    with transaction.atomic():
        attempt = _locked.first(pk)
        if attempt is None:
            raise Attempt.DoesNotExist(pk)
        if attempt.state in (AttemptState.SUBMITTED, AttemptState.GRADED):
            return _receipt(attempt)
        if attempt.state != AttemptState.IN_PROGRESS or attempt.accepts_until is None:
            raise AttemptClosed(pk)
        by_clock = now > attempt.accepts_until
        held = _held(pk)
        attempt.state = AttemptState.SUBMITTED
        attempt.submitted_at = attempt.accepts_until if by_clock else now
        attempt.answered = sum(not is_blank(json.loads(value)) for _, _, value, _ in held)
        attempt.receipt = receipts.code_for(
            settings.SECRET_KEY.encode(),
            str(attempt.pk),
            attempt.submitted_at,
            receipts.digest_of(held),
        )
        attempt.save(update_fields=["state", "submitted_at", "answered", "receipt"])
        if by_clock:
            AttemptEvent.objects.create(
                attempt=attempt, kind=AttemptEventKind.CLOSED, at=now, detail={"answers": len(held)}
            )
    return _receipt(attempt)


@Kept
def _locked(pk: UUID) -> QuerySet[Attempt]:
    return Attempt.objects.select_for_update().filter(pk=pk)


@Kept
def _held(pk: UUID) -> QuerySet[Answer, tuple[int, int, str, int | None]]:
    rows = Answer.objects.filter(attempt_id=pk).order_by("item")
    return rows.values_list("item", "seq", "value", "certainty")


def _receipt(attempt: Attempt) -> Receipt:
    if attempt.receipt is None or attempt.submitted_at is None:
        raise AttemptClosed(attempt.pk)
    return Receipt(attempt.pk, attempt.receipt, attempt.answered or 0, attempt.submitted_at)


def extend_attempt(pk: UUID, extra: timedelta, *, because: str, by: Person, now: datetime) -> None:
    """Give a candidate more time: the only way a deadline moves, with a reason and a trace (E2).

    Raises DeadlineRefused.
    """
    if extra <= timedelta(0) or not because.strip():
        raise DeadlineRefused(pk)
    with transaction.atomic():
        moved = Attempt.objects.filter(pk=pk, state=AttemptState.IN_PROGRESS).update(
            due_at=F("due_at") + extra,
            accepts_until=F("accepts_until") + extra,
            overrides=F("overrides") + 1,
        )
        if not moved:
            raise DeadlineRefused(pk)
        detail = {"seconds": int(extra.total_seconds()), "reason": because.strip()}
        AttemptEvent.objects.create(
            attempt_id=pk, kind=AttemptEventKind.EXTENDED, at=now, by=by, detail=detail
        )
        audit(by, "exams.attempt.extend", f"exams.attempt:{pk}", detail, now=now)
