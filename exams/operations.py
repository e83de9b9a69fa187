"""Writes of the examination rooms: one verb each, safe to race and to repeat, told the time."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F, FilteredRelation, Q

import content.operations
import content.queries
import tracker.operations
from exams import queries
from exams.engine import drawing, receipts, timing
from exams.engine.items import Record, item_to_dict
from exams.engine.scoring import grade, is_blank
from exams.enums import AttemptEventKind, AttemptState, Decision, PaperState, QuestionStatus
from exams.models import (
    Answer,
    Attempt,
    AttemptEvent,
    Blueprint,
    BlueprintRow,
    Category,
    Exam,
    Paper,
    PaperItem,
    Question,
    QuestionCite,
    QuestionReview,
    QuestionVersion,
    attempt_id,
)
from exams.signals import attempt_graded
from people.models import Person
from people.operations import audit
from tracker.enums import Bucket, ConfirmerKind
from tracker.rules import Measures

log = logging.getLogger(__name__)

LATE_ANSWERS_KEPT = 200  # refused answers written down for one attempt; a flood is cut off here


# --- the bank ------------------------------------------------------------------------------------


class QuestionRefused(Exception):
    """The deed does not fit the question's state or the person; ``code`` says which rule."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Article:
    """A cited article: the policy text's page id, the anchor, and how it is shown."""

    text_id: int
    anchor: str
    label: str


def category_at(path: Sequence[str]) -> Category:
    """The category with this path, made with all above it when missing."""
    parent: Category | None = None
    for depth in range(1, len(path) + 1):
        parent, _ = Category.objects.get_or_create(
            full_name="/".join(path[:depth]), defaults={"name": path[depth - 1], "parent": parent}
        )
    if parent is None:
        raise ValueError("a question needs a category")
    return parent


def next_code() -> str:
    """A code that is free: Q and the next number."""
    last = Question.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    number = last + 1
    while Question.objects.filter(code=f"Q{number:05d}").exists():
        number += 1
    return f"Q{number:05d}"


def create_question(
    record: Record,
    *,
    author: Person,
    articles: Sequence[Article] = (),
    url: str = "",
    now: datetime,
) -> Question:
    """Put a question into the bank as a draft. Raises QuestionRefused("code_taken")."""
    code = record.code or next_code()
    with transaction.atomic():
        if Question.objects.filter(code=code).exists():
            raise QuestionRefused("code_taken")
        question = Question.objects.create(
            code=code,
            category=category_at(record.category),
            author=author,
            created_at=now,
            changed_at=now,
        )
        _add_version(question, record, author, 1, now)
        _cite(question, articles, url, now)
        audit(author, "exams.question.create", f"exams.question:{question.pk}", now=now)
    return question


def revise_question(
    question_id: int,
    record: Record,
    *,
    by: Person,
    articles: Sequence[Article] = (),
    url: str = "",
    now: datetime,
) -> QuestionVersion:
    """Make the next version; the question is a draft again until a second person approved it.

    Attempts and papers keep the version they have. Raises QuestionRefused("retired").
    """
    with transaction.atomic():
        question = Question.objects.select_for_update().get(pk=question_id)
        if question.status == QuestionStatus.RETIRED:
            raise QuestionRefused("retired")
        last = question.versions.order_by("-number").values_list("number", flat=True)[0]
        question.category = category_at(record.category)
        question.status = QuestionStatus.DRAFT
        question.changed_at = now
        version = _add_version(question, record, by, last + 1, now)
        _cite(question, articles, url, now)
        audit(
            by,
            "exams.question.revise",
            f"exams.question:{question_id}",
            {"version": version.number},
            now=now,
        )
    return version


def _add_version(
    question: Question, record: Record, by: Person, number: int, now: datetime
) -> QuestionVersion:
    version = QuestionVersion.objects.create(
        question=question,
        number=number,
        type=record.item.type,
        body=item_to_dict(record.item),
        difficulty=record.difficulty,
        knowledge_point=record.knowledge_point,
        tags=list(record.tags),
        valid_from=record.valid_from,
        valid_to=record.valid_to,
        created_by=by,
        created_at=now,
    )
    question.current = version
    question.save(update_fields=["current", "category", "status", "changed_at"])
    return version


def _cite(question: Question, articles: Sequence[Article], url: str, now: datetime) -> None:
    """Make the cited articles exactly these; what is cited again is no longer stale."""
    wanted = {(article.text_id, article.anchor): article for article in articles}
    for cite in question.cites.all():
        if (cite.text_id, cite.anchor) not in wanted:
            content.operations.uncite(cite.source)
            cite.delete()
    for (text_id, anchor), article in wanted.items():
        cite, _ = QuestionCite.objects.update_or_create(
            question=question,
            text_id=text_id,
            anchor=anchor,
            defaults={"label": article.label[:300], "stale_since": None},
        )
        content.operations.cite(
            source=cite.source,
            text_id=text_id,
            anchor=anchor,
            label=question.code,
            url=url or f"/bank/{question.pk}/",
            owner_id=question.author_id,
            now=now,
        )


def submit_question_for_review(question_id: int, *, by: Person, now: datetime) -> None:
    """Hand a draft to a second person. Raises QuestionRefused: not_draft, stale."""
    with transaction.atomic():
        if QuestionCite.objects.filter(question=question_id, stale_since__isnull=False).exists():
            raise QuestionRefused("stale")
        moved = Question.objects.filter(pk=question_id, status=QuestionStatus.DRAFT).update(
            status=QuestionStatus.IN_REVIEW, changed_at=now
        )
        if not moved:
            raise QuestionRefused("not_draft")
        audit(by, "exams.question.submit", f"exams.question:{question_id}", now=now)


def approve_question(question_id: int, *, by: Person, now: datetime, reason: str = "") -> None:
    """A second person finds the current version good: it may be drawn.

    Raises QuestionRefused: not_in_review, own_question.
    """
    _review(question_id, Decision.APPROVED, QuestionStatus.READY, by, now, reason)


def return_question(question_id: int, *, by: Person, reason: str, now: datetime) -> None:
    """A second person sends it back with a reason. Raises QuestionRefused as approving does."""
    if not reason.strip():
        raise QuestionRefused("reason_missing")
    _review(question_id, Decision.RETURNED, QuestionStatus.DRAFT, by, now, reason)


def _review(
    question_id: int,
    decision: Decision,
    status: QuestionStatus,
    by: Person,
    now: datetime,
    reason: str,
) -> None:
    with transaction.atomic():
        question = (
            Question.objects.select_for_update(of=("self",))
            .select_related("current")
            .get(pk=question_id)
        )
        if question.status != QuestionStatus.IN_REVIEW or question.current is None:
            raise QuestionRefused("not_in_review")
        if by.pk in (question.author_id, question.current.created_by_id):
            raise QuestionRefused("own_question")
        question.status = status
        question.changed_at = now
        question.save(update_fields=["status", "changed_at"])
        QuestionReview.objects.create(
            version=question.current, reviewer=by, decision=decision, reason=reason.strip(), at=now
        )
        audit(
            by,
            f"exams.question.{decision.value}",
            f"exams.question:{question_id}",
            {"version": question.current.number, "reason": reason.strip()},
            now=now,
        )


def retire_question(question_id: int, *, by: Person, now: datetime) -> None:
    """Take a question out of use for good; papers that hold it keep it."""
    with transaction.atomic():
        moved = (
            Question.objects.filter(pk=question_id)
            .exclude(status=QuestionStatus.RETIRED)
            .update(status=QuestionStatus.RETIRED, changed_at=now)
        )
        if moved:
            audit(by, "exams.question.retire", f"exams.question:{question_id}", now=now)


def confirm_cites(question_id: int, *, by: Person, now: datetime) -> None:
    """The author looked at the changed articles and the question still holds as it is."""
    with transaction.atomic():
        question = Question.objects.select_for_update().get(pk=question_id)
        articles = [
            Article(cite.text_id, cite.anchor, cite.label)
            for cite in question.cites.filter(stale_since__isnull=False)
        ]
        if not articles:
            return
        kept = [
            Article(cite.text_id, cite.anchor, cite.label)
            for cite in question.cites.filter(stale_since=None)
        ]
        for article in articles:  # posting again clears the flag at the other side too
            content.operations.uncite(
                f"exams.question:{question.pk}:{article.text_id}:{article.anchor}"
            )
        _cite(question, [*kept, *articles], "", now)
        audit(
            by,
            "exams.question.confirm_cites",
            f"exams.question:{question_id}",
            {"articles": [f"{a.text_id}#{a.anchor}" for a in articles]},
            now=now,
        )


def flag_cites(text_id: int, anchors: Sequence[str], *, now: datetime) -> int:
    """Mark the questions that cite these articles; an empty anchor cites the whole text.

    Returns how many citations were flagged. Repeating it changes nothing.
    """
    return QuestionCite.objects.filter(
        Q(anchor__in=list(anchors)) | Q(anchor=""), text_id=text_id, stale_since=None
    ).update(stale_since=now)


# --- papers and exams ------------------------------------------------------------------------------


class NotFeasible(Exception):
    """The bank cannot fill the blueprint; ``report`` tells row by row what is missing."""

    def __init__(self, report: Sequence[drawing.RowReport]) -> None:
        self.report = tuple(report)
        super().__init__(
            "; ".join(f"row {r.row.number}: {r.short} short" for r in report if r.short)
        )


class PaperRefused(Exception):
    """The deed does not fit the paper's state."""


def create_blueprint(
    title: str, rows: Sequence[BlueprintRow], *, by: Person, now: datetime
) -> Blueprint:
    """Save a blueprint with its lines, numbered in the order given."""
    with transaction.atomic():
        blueprint = Blueprint.objects.create(title=title, created_by=by, created_at=now)
        for number, row in enumerate(rows, 1):
            row.blueprint, row.number = blueprint, number
        BlueprintRow.objects.bulk_create(rows)
    return blueprint


def draw_paper(
    blueprint_id: int, *, seed: str, by: Person, now: datetime, on: date, title: str = ""
) -> Paper:
    """Draw a draft paper from what is ready on the day; the seed makes it reproducible.

    Raises NotFeasible; then nothing is stored.
    """
    blueprint = Blueprint.objects.get(pk=blueprint_id)
    drawn = drawing.draw(queries.rows_of(blueprint), queries.drawable(on), seed)
    if not drawn.feasible or not drawn.lines:
        raise NotFeasible(drawn.report)
    with transaction.atomic():
        paper = Paper.objects.create(
            title=title or blueprint.title,
            blueprint=blueprint,
            seed=seed,
            points=sum((line.row.points for line in drawn.lines), Decimal(0)),
            created_by=by,
            created_at=now,
        )
        PaperItem.objects.bulk_create(
            PaperItem(
                paper=paper, number=n, version_id=line.candidate.version, points=line.row.points
            )
            for n, line in enumerate(drawn.lines, 1)
        )
        audit(by, "exams.paper.draw", f"exams.paper:{paper.pk}", {"seed": seed}, now=now)
    return paper


def compose_paper(
    title: str, lines: Sequence[tuple[int, Decimal]], *, by: Person, now: datetime
) -> Paper:
    """A paper of chosen versions: (version id, points) in order. Only ready questions may enter."""
    ids = [version for version, _ in lines]
    ready = Question.objects.filter(current__in=ids, status=QuestionStatus.READY).count()
    if not ids or ready != len(set(ids)) or len(set(ids)) != len(ids):
        raise PaperRefused("not_ready")
    with transaction.atomic():
        paper = Paper.objects.create(
            title=title,
            seed="",
            points=sum((points for _, points in lines), Decimal(0)),
            created_by=by,
            created_at=now,
        )
        PaperItem.objects.bulk_create(
            PaperItem(paper=paper, number=n, version_id=version, points=points)
            for n, (version, points) in enumerate(lines, 1)
        )
        audit(by, "exams.paper.compose", f"exams.paper:{paper.pk}", now=now)
    return paper


def publish_paper(paper_id: int, *, by: Person, now: datetime) -> None:
    """Freeze a paper for use; from now on the database refuses any change. Twice is once."""
    with transaction.atomic():
        moved = Paper.objects.filter(pk=paper_id, state=PaperState.DRAFT).update(
            state=PaperState.PUBLISHED, published_by=by, published_at=now
        )
        if moved:
            audit(by, "exams.paper.publish", f"exams.paper:{paper_id}", now=now)
        elif not Paper.objects.filter(pk=paper_id, state=PaperState.PUBLISHED).exists():
            raise PaperRefused("not_draft")


def discard_paper(paper_id: int, *, by: Person, now: datetime) -> None:
    """Put a draft aside. Raises PaperRefused once it is published."""
    with transaction.atomic():
        if not Paper.objects.filter(pk=paper_id, state=PaperState.DRAFT).update(
            state=PaperState.DISCARDED
        ):
            raise PaperRefused("not_draft")
        audit(by, "exams.paper.discard", f"exams.paper:{paper_id}", now=now)


def open_exam(
    *,
    title: str,
    opens_at: datetime,
    closes_at: datetime,
    duration: timedelta,
    by: Person,
    now: datetime,
    paper_id: int | None = None,
    blueprint_id: int | None = None,
    grace: timedelta = timedelta(seconds=30),
    unit_ids: Sequence[int] = (),
    person_ids: Sequence[int] = (),
    **options: Any,
) -> Exam:
    """Announce an exam on a published paper, or on a blueprint drawn anew for each candidate.

    ``options`` are further fields of Exam. Raises PaperRefused when the paper is not published.
    """
    if (
        paper_id is not None
        and not Paper.objects.filter(pk=paper_id, state=PaperState.PUBLISHED).exists()
    ):
        raise PaperRefused("not_published")
    with transaction.atomic():
        exam = Exam.objects.create(
            title=title,
            paper_id=paper_id,
            blueprint_id=blueprint_id,
            opens_at=opens_at,
            closes_at=closes_at,
            duration=duration,
            grace=grace,
            created_by=by,
            created_at=now,
            **options,
        )
        exam.units.set(unit_ids)
        exam.persons.set(person_ids)
        audit(by, "exams.exam.open", f"exams.exam:{exam.pk}", {"title": title}, now=now)
    return exam


# --- an attempt --------------------------------------------------------------------------------------


class StartRefused(Exception):
    """The person cannot begin now; ``code``: not_open, closed, not_invited, used_up, no_questions."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class AttemptClosed(Exception):
    """The attempt takes no more answers: its time is over, or it was declared void."""


class DeadlineRefused(Exception):
    """A deadline only moves later, with a reason, while nothing was handed in."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of one answer. ``status``: accepted, duplicate, refused; ``reason`` when refused:
    late, submitted, void, newer_elsewhere, unknown_item."""

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
    """One answer as it came in: question number, sequence, and its JSON text."""

    item: int
    seq: int
    value: str


def prepare_attempts(exam_id: int, person_ids: Sequence[int], *, now: datetime) -> int:
    """Lay out first attempts before the opening, so that starting is one small update.

    Returns how many were made; those who have one already are left alone.
    """
    exam = Exam.objects.get(pk=exam_id)
    people = Person.objects.filter(pk__in=person_ids).values_list("pk", "unit_id")
    have = set(Attempt.objects.filter(exam=exam).values_list("person_id", flat=True))
    attempts = []
    for person_id, unit_id in people:
        if person_id in have:
            continue
        attempt = Attempt(
            exam=exam,
            person_id=person_id,
            unit_id=unit_id,
            ordinal=1,
            state=AttemptState.PREPARED,
        )
        attempt.drawn = _draw_for(exam, attempt.pk, now)
        attempts.append(attempt)
    made = Attempt.objects.bulk_create(attempts, batch_size=500, ignore_conflicts=True)
    return len(made)


def _draw_for(exam: Exam, pk: UUID, now: datetime) -> list[list[Any]] | None:
    """The candidate's own paper, or None when the exam has one for all. The attempt is the seed."""
    if exam.blueprint_id is None or exam.blueprint is None:
        return None
    on = timing_day(now)
    drawn = drawing.draw(queries.rows_of(exam.blueprint), queries.drawable(on), str(pk))
    if not drawn.feasible:
        raise StartRefused("no_questions")
    return [[line.candidate.version, str(line.row.points)] for line in drawn.lines]


def timing_day(now: datetime) -> date:
    """The local calendar day of an instant."""
    return now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def start_attempt(exam_id: int, person: Person, *, now: datetime) -> Attempt:
    """Begin, or go on with the attempt that is running: the same attempt however often it is asked.

    One write: a prepared attempt is updated, otherwise one is inserted. Raises StartRefused.
    """
    exam = queries.exams_of(person).filter(pk=exam_id).first()
    if exam is None:
        raise StartRefused("not_invited")
    mine = list(Attempt.objects.filter(exam=exam, person=person).order_by("ordinal"))
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
    extra = timedelta(seconds=live.extra_seconds if live else 0)
    due = timing.due_at(now, exam.duration, exam.closes_at, extra)
    timed = {
        "state": AttemptState.IN_PROGRESS,
        "started_at": now,
        "due_at": due,
        "accepts_until": timing.accepts_until(due, exam.grace),
    }
    if live is not None:
        Attempt.objects.filter(pk=live.pk, state=AttemptState.PREPARED).update(**timed)
        return Attempt.objects.get(pk=live.pk)
    pk = attempt_id()
    attempt = Attempt(
        pk=pk,
        exam=exam,
        person=person,
        unit_id=person.unit_id,
        ordinal=max((a.ordinal for a in mine), default=0) + 1,
        drawn=_draw_for(exam, pk, now),
        **timed,
    )
    try:
        with transaction.atomic():
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


# The whole save path is this one statement: the guard (state and deadline), the sequence rule and
# the write are decided together by the database, so nothing can come between them. On PostgreSQL
# the attempt's row is share-locked: an answer is either in before the hand-in reads, or refused.
_UPSERT = {
    "postgresql": """
        INSERT INTO exams_answer (attempt_id, item, seq, value, received_at)
        SELECT a.id, v.item, v.seq, v.value, %s
        FROM (VALUES {rows}) AS v (item, seq, value),
             (SELECT id FROM exams_attempt
              WHERE id = %s AND state = 20 AND accepts_until >= %s FOR SHARE) AS a
        ON CONFLICT (attempt_id, item) DO UPDATE
        SET seq = excluded.seq, value = excluded.value, received_at = excluded.received_at
        WHERE excluded.seq > exams_answer.seq
        RETURNING item, seq""",
    "sqlite": """
        INSERT INTO exams_answer (attempt_id, item, seq, value, received_at)
        SELECT a.id, v.column1, v.column2, v.column3, %s
        FROM (VALUES {rows}) AS v
        JOIN exams_attempt AS a ON a.id = %s AND a.state = 20 AND a.accepts_until >= %s
        WHERE true
        ON CONFLICT (attempt_id, item) DO UPDATE
        SET seq = excluded.seq, value = excluded.value, received_at = excluded.received_at
        WHERE excluded.seq > exams_answer.seq
        RETURNING item, seq""",
}
_ROW = {
    "postgresql": "(%s::smallint, %s::integer, %s)",
    "sqlite": "(%s, %s, %s)",
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
    instant = connection.ops.adapt_datetimefield_value(now)
    pk = attempt if vendor == "postgresql" else attempt.hex
    values: list[Any] = [v for a in answers for v in (a.item, a.seq, a.value)]
    with connection.cursor() as cursor:
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
        .values_list("state", "accepts_until", "held__item", "held__seq", "held__value")
    )
    if not rows:
        return [Saved(a.item, a.seq, "refused", "void") for a in given]
    state, until = rows[0][0], rows[0][1]
    held = {item: (seq, value) for _, _, item, seq, value in rows if item is not None}
    closed = _why_closed(state, until, now)
    out: list[Saved] = []
    refused: list[Given] = []
    for answer in given:
        seq, value = held.get(answer.item, (0, ""))
        if (answer.item, answer.seq) in accepted:
            out.append(Saved(answer.item, answer.seq, "accepted"))
        elif seq > answer.seq or (seq == answer.seq and value == answer.value):
            out.append(Saved(answer.item, answer.seq, "duplicate"))
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
            "answers": [[answer.item, answer.seq, answer.value[:4000]] for answer in refused],
        },
    )


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the candidate keeps: the code, how many questions were answered, when it was handed in."""

    attempt_id: UUID
    code: str
    answered: int
    submitted_at: datetime


def submit_attempt(
    attempt: UUID, *, now: datetime, last: Sequence[Given] = ()
) -> tuple[Receipt, list[Saved]]:
    """Hand in. ``last`` are answers not sent before; they are saved by the same rules first.

    Handing in again gives the same receipt (E9). After the deadline what was saved in time is handed
    in as of the deadline. Raises AttemptClosed when the attempt is void or was never started.
    """
    saved = save_answers(attempt, last, now=now) if last else []
    receipt = _hand_in(attempt, now)
    return receipt, saved


def _hand_in(pk: UUID, now: datetime) -> Receipt:
    with transaction.atomic():
        attempt = Attempt.objects.select_for_update().get(pk=pk)
        if attempt.state in (AttemptState.SUBMITTED, AttemptState.GRADED):
            return _receipt(attempt)
        if attempt.state != AttemptState.IN_PROGRESS or attempt.accepts_until is None:
            raise AttemptClosed(pk)
        by_clock = now > attempt.accepts_until
        held = list(
            Answer.objects.filter(attempt=attempt)
            .values_list("item", "seq", "value")
            .order_by("item")
        )
        attempt.state = AttemptState.SUBMITTED
        attempt.submitted_at = attempt.accepts_until if by_clock else now
        attempt.answered = sum(not is_blank(json.loads(value)) for _, _, value in held)
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


def _receipt(attempt: Attempt) -> Receipt:
    if attempt.receipt is None or attempt.submitted_at is None:
        raise AttemptClosed(attempt.pk)
    return Receipt(attempt.pk, attempt.receipt, attempt.answered or 0, attempt.submitted_at)


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


def void_attempt(pk: UUID, *, because: str, by: Person, now: datetime) -> None:
    """Declare an attempt void; its answers stay. Raises DeadlineRefused without a reason."""
    if not because.strip():
        raise DeadlineRefused(pk)
    with transaction.atomic():
        moved = (
            Attempt.objects.filter(pk=pk)
            .exclude(state=AttemptState.VOID)
            .update(state=AttemptState.VOID, overrides=F("overrides") + 1)
        )
        if moved:
            detail = {"reason": because.strip()}
            AttemptEvent.objects.create(
                attempt_id=pk, kind=AttemptEventKind.VOIDED, at=now, by=by, detail=detail
            )
            audit(by, "exams.attempt.void", f"exams.attempt:{pk}", detail, now=now)


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
    return {"closed": len(expired), "graded": graded}


# --- import --------------------------------------------------------------------------------------


class ImportRefused(Exception):
    """Rows of the file cannot be taken; nothing was. ``errors``: (row number from 1, message code,
    value)."""

    def __init__(self, errors: Sequence[tuple[int, str, str]]) -> None:
        self.errors = tuple(errors)
        super().__init__(f"{len(errors)} rows refused")


def import_questions(
    records: Sequence[Record],
    articles: Sequence[Sequence[Article]],
    *,
    author: Person,
    now: datetime,
    dry_run: bool = False,
) -> list[Question]:
    """Put all records into the bank as drafts, or none. ``articles`` holds each record's citations.

    Raises ImportRefused: code_taken, category_missing.
    """
    errors: list[tuple[int, str, str]] = []
    codes = [record.code for record in records if record.code]
    taken = set(Question.objects.filter(code__in=codes).values_list("code", flat=True))
    seen: set[str] = set()
    for row, record in enumerate(records, 1):
        if record.code and (record.code in taken or record.code in seen):
            errors.append((row, "code_taken", record.code))
        seen.add(record.code)
        if not record.category:
            errors.append((row, "category_missing", record.code))
    if errors:
        raise ImportRefused(errors)
    if dry_run:
        return []
    with transaction.atomic():
        return [
            create_question(record, author=author, articles=cites, now=now)
            for record, cites in zip(records, articles, strict=True)
        ]


class CiteUnknown(Exception):
    """A file cites what is not there; ``code``: text_unknown, text_ambiguous, anchor_unknown."""

    def __init__(self, code: str, said: str) -> None:
        self.code, self.said = code, said
        super().__init__(f"{code}: {said}")


def articles_of_record(
    record: Record, person: Person, names: dict[str, list[int]]
) -> list[Article]:
    """The articles a record cites. ``names`` maps number, title and id of texts to page ids.

    Raises CiteUnknown.
    """
    found = []
    for cite in record.cites:
        ids = names.get(cite.text, [])
        if len(ids) != 1:
            raise CiteUnknown("text_ambiguous" if ids else "text_unknown", cite.text)
        facts = content.queries.article(ids[0], cite.anchor) if cite.anchor else None
        if cite.anchor and facts is None:
            raise CiteUnknown("anchor_unknown", f"{cite.text}#{cite.anchor}")
        label = f"{facts.text_title} {facts.label}".strip() if facts else cite.text
        found.append(Article(ids[0], cite.anchor, label))
    return found


def names_of_texts(person: Person) -> dict[str, list[int]]:
    """Number, title and id of every policy text the person may read → page ids."""
    names: dict[str, list[int]] = {}
    for pk, title, number in content.queries.texts(person):
        for name in {str(pk), title, number} - {""}:
            names.setdefault(name, []).append(pk)
    return names
