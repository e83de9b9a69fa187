"""Exams and results, for candidates and for the apps above."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from exams.engine import timing
from exams.enums import (
    AttemptEventKind,
    AttemptState,
    Audience,
    Counts,
    Review,
    ReviewWhen,
)
from exams.models import (
    Attempt,
    AttemptEvent,
    Exam,
    ScoreChange,
)
from people.models import Person
from people.queries import lineage_of
from people.statements import Kept


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """A graded attempt for the apps above. ``score`` of ``worth`` points; None before grading."""

    exam_id: int
    person_id: int
    passed: bool | None
    score: Decimal | None
    worth: Decimal | None
    submitted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Result:
    """The attempt of a person that counts in an exam."""

    attempt_id: UUID
    score: Decimal
    worth: Decimal
    passed: bool
    submitted_at: datetime

    @property
    def percent(self) -> Decimal:
        return self.score * 100 / self.worth if self.worth else Decimal(0)


def _eligible(person_id: int, above: list[str]) -> Q:
    """Exams meant for a person of the lowest of these units: they count with everything below them."""
    in_units = Exam.units.through.objects.filter(exam=OuterRef("pk"), orgunit__path__in=above)
    named = Exam.persons.through.objects.filter(exam=OuterRef("pk"), person_id=person_id)
    return (
        Q(audience__in=[Audience.EVERYONE, Audience.COURSE])
        | Q(Exists(in_units), audience=Audience.UNITS)
        | Q(Exists(named), audience__in=[Audience.PERSONS, Audience.RULE])
    )


def exam_for(person: Person, pk: int) -> Exam | None:
    """The exam, when the person may sit or has sat it, whenever it opens."""
    return _exam_for.first(pk, person.pk, lineage_of(person))


@Kept
def _exam_for(pk: int, person_id: int, above: list[str]) -> QuerySet[Exam]:
    # A laid-out attempt gives no right to sit: its person may have been taken off the list.
    tried = Attempt.objects.filter(
        exam=OuterRef("pk"), person_id=person_id, state__gte=AttemptState.IN_PROGRESS
    )
    meant = _eligible(person_id, above) | Q(Exists(tried))
    return Exam.objects.filter(meant, pk=pk, cancelled_at=None).select_related("paper", "blueprint")


def withdrawn_exams_of(person: Person) -> QuerySet[Exam]:
    """Exams that were announced to the person and taken back."""
    meant = _eligible(person.pk, lineage_of(person))
    return Exam.objects.filter(meant, cancelled_at__isnull=False).order_by("pk")


def reopenings_of(attempt: Attempt) -> QuerySet[AttemptEvent]:
    """Each time the attempt was opened again, the latest first; its detail keeps the receipt given."""
    return attempt.events.filter(kind=AttemptEventKind.REOPENED).order_by("-at", "-pk")


def why_void(attempt: Attempt) -> str:
    """The reason a void attempt was declared void for; blank for any other."""
    if attempt.state != AttemptState.VOID:
        return ""
    voided = attempt.events.filter(kind=AttemptEventKind.VOIDED).order_by("-pk").first()
    return str(voided.detail.get("reason", "")) if voided is not None else ""


def exams_open_to(person: Person, now: datetime) -> list[Exam]:
    """Listed exams that are open now to this person, soonest closing first."""
    return _open_exams(person.pk, lineage_of(person), now)


@Kept
def _open_exams(person_id: int, above: list[str], now: datetime) -> QuerySet[Exam]:
    return (
        Exam.objects.filter(
            _eligible(person_id, above),
            cancelled_at=None,
            opens_at__lte=now,
            closes_at__gt=now,
            is_practice=False,
        )
        .exclude(audience=Audience.COURSE)
        .select_related("paper", "blueprint")
        .order_by("closes_at", "id")
    )


def exams_coming_to(person: Person, now: datetime) -> list[Exam]:
    """Listed exams that open later, soonest first; a hundred at most."""
    return _coming_exams(person.pk, lineage_of(person), now)


@Kept
def _coming_exams(person_id: int, above: list[str], now: datetime) -> QuerySet[Exam]:
    return (
        Exam.objects.filter(
            _eligible(person_id, above), cancelled_at=None, opens_at__gt=now, is_practice=False
        )
        .exclude(audience=Audience.COURSE)
        .order_by("opens_at", "id")[:100]
    )


def attempts_of(person: Person) -> QuerySet[Attempt]:
    """The person's own attempts, newest first."""
    return _attempts_of(person.pk)


def _attempts_of(person_id: int) -> QuerySet[Attempt]:
    return (
        Attempt.objects.filter(person_id=person_id)
        .exclude(state=AttemptState.PREPARED)
        .exclude(exam__is_practice=True)
        .select_related("exam")
        .order_by("-started_at", "id")
    )


@Kept
def _attempts_at(exam_id: int, person_id: int) -> QuerySet[Attempt]:
    return _attempts_of(person_id).filter(exam_id=exam_id)


def attempts_at(exam: Exam, person: Person) -> list[Attempt]:
    """The person's own attempts at an exam, newest first."""
    return _attempts_at(exam.pk, person.pk)


def own_attempt(pk: UUID, person: Person) -> Attempt | None:
    """The person's own attempt at an exam with its paper; practice has pages of its own."""
    return _own_attempt.first(pk, person.pk)


@Kept
def _own_attempt(pk: UUID, person_id: int) -> QuerySet[Attempt]:
    return Attempt.objects.select_related("exam__paper").filter(
        pk=pk, person_id=person_id, exam__is_practice=False
    )


def extra_time(exam: Exam, person: Person) -> timedelta:
    """What was given to the person beyond the time allowed; it holds for each of his attempts."""
    return timedelta(seconds=max(_extra_seconds(exam.pk, person.pk), default=0))


@Kept
def _extra_seconds(exam_id: int, person_id: int) -> QuerySet[Attempt, int]:
    rows = Attempt.objects.filter(exam_id=exam_id, person_id=person_id)
    return rows.values_list("extra_seconds", flat=True)


def attempt_facts(attempt_id: UUID) -> AttemptFacts:
    """Raises Attempt.DoesNotExist."""
    row = _facts_of.first(attempt_id)
    if row is None:
        raise Attempt.DoesNotExist(attempt_id)
    return AttemptFacts(*row)


@Kept
def _facts_of(attempt_id: UUID) -> QuerySet[Attempt, tuple[Any, ...]]:
    return Attempt.objects.filter(pk=attempt_id).values_list(
        "exam_id", "person_id", "passed", "score", "worth", "submitted_at"
    )


def best_result(exam_id: int, person_id: int) -> Result | None:
    """The graded attempt that counts (the best, or the last, as the exam says)."""
    attempts = _graded(exam_id, person_id)
    if not attempts:
        return None
    if attempts[0].exam.counts == Counts.LAST:
        chosen = max(attempts, key=lambda attempt: attempt.ordinal)
    else:
        chosen = max(attempts, key=lambda a: (a.passed, a.score, -a.ordinal))
    return result_of(chosen)


@Kept
def _graded(exam_id: int, person_id: int) -> QuerySet[Attempt]:
    return Attempt.objects.filter(
        exam_id=exam_id, person_id=person_id, state=AttemptState.GRADED
    ).select_related("exam")


def result_of(attempt: Attempt) -> Result:
    """The result of a graded attempt."""
    assert attempt.score is not None  # noqa: S101
    assert attempt.worth is not None  # noqa: S101
    assert attempt.submitted_at is not None  # noqa: S101
    return Result(
        attempt.pk, attempt.score, attempt.worth, bool(attempt.passed), attempt.submitted_at
    )


def passed(exam_id: int, person_id: int) -> bool:
    """Did the attempt that counts pass?"""
    result = best_result(exam_id, person_id)
    return result is not None and result.passed


def passes_lost_since(moment: datetime) -> set[tuple[int, int]]:
    """(exam, person) whose passing result may have become another since then; ask ``passed``."""
    changed = ScoreChange.objects.filter(passed_before=True, passed_after=False, at__gte=moment)
    undone = Q(kind=AttemptEventKind.VOIDED) | Q(kind=AttemptEventKind.REOPENED)
    events = AttemptEvent.objects.filter(undone, at__gte=moment)
    # Where the last attempt counts, a later one that fails takes the pass away.
    failed = Attempt.objects.filter(
        exam__counts=Counts.LAST,
        exam__closes_at__gte=moment,
        ordinal__gt=1,
        state=AttemptState.GRADED,
        passed=False,
        graded_at__gte=moment,
    )
    return {
        *changed.values_list("attempt__exam", "attempt__person"),
        *events.values_list("attempt__exam", "attempt__person"),
        *failed.values_list("exam", "person"),
    }


def pass_taken_by(exam_id: int, person_id: int) -> int:
    """Whose deed took a pass away: who voided or opened again, who decided a correction or an appeal;
    and where only a later attempt that counts failed, who announced the exam so."""
    mine = {"attempt__exam": exam_id, "attempt__person": person_id}
    undone = (AttemptEventKind.VOIDED, AttemptEventKind.REOPENED)
    event = AttemptEvent.objects.filter(kind__in=undone, **mine).order_by("-pk").first()
    change = (
        ScoreChange.objects.filter(passed_before=True, passed_after=False, **mine)
        .select_related("correction", "appeal")
        .order_by("-pk")
        .first()
    )
    if event is not None and event.by_id and (change is None or event.at >= change.at):
        return event.by_id
    if change is not None and change.correction is not None and change.correction.decided_by_id:
        return change.correction.decided_by_id
    if change is not None and change.appeal is not None and change.appeal.decided_by_id:
        return change.appeal.decided_by_id
    return Exam.objects.get(pk=exam_id).created_by_id


def exam_titles(exam_ids: list[int]) -> dict[int, str]:
    """Titles by id, for apps that only hold ids."""
    return dict(Exam.objects.filter(pk__in=exam_ids).values_list("pk", "title"))


@dataclass(frozen=True, slots=True)
class KnownReceipt:
    """What a receipt's code stands for. ``reopened_at`` when the attempt was opened again since:
    then the paper was handed in once more under another code, or is still to be."""

    attempt: Attempt
    code: str
    submitted_at: datetime
    answered: int
    reopened_at: datetime | None = None


def receipt_known(code: str, only_of: Person | None = None) -> KnownReceipt | None:
    """The hand-in a code was given for, also one since reopened; of one person only, if named."""
    attempts = Attempt.objects.select_related("exam", "person").filter(receipt=code)
    # Reopening takes the receipt off the attempt and leaves it in the record of events.
    events = AttemptEvent.objects.select_related("attempt__exam", "attempt__person").filter(
        kind=AttemptEventKind.REOPENED, detail__receipt=code
    )
    if only_of is not None:
        attempts = attempts.filter(person=only_of)
        events = events.filter(attempt__person=only_of)
    attempt = attempts.first()
    if attempt is not None and attempt.submitted_at is not None:
        return KnownReceipt(attempt, code, attempt.submitted_at, attempt.answered or 0)
    event = events.first()
    if event is None:
        return None
    said = event.detail
    return KnownReceipt(
        event.attempt,
        code,
        datetime.fromisoformat(said["submitted_at"]),
        said["answered"] or 0,
        event.at,
    )


def state_of(attempt: Attempt, now: datetime) -> AttemptState:
    """The state as the clock sees it, whatever a sweep has or has not done yet (E5)."""
    named = timing.derived_state(
        AttemptState(attempt.state).name.lower(), attempt.accepts_until, now
    )
    return AttemptState[named.upper()]


# Extra time reaches some hours beyond the closing: of older exams nobody needs to be asked.
MAY_RUN_ON = timedelta(days=1)


def answering(now: datetime) -> QuerySet[Attempt]:
    """The attempts whose answers are still taken, those with more time than the exam is open for too."""
    return Attempt.objects.filter(state=AttemptState.IN_PROGRESS, accepts_until__gte=now)


def review_level(attempt: Attempt, now: datetime) -> Review:
    """What the candidate may see of this attempt now.

    What waits for the closing waits for the last one who was given more time, too (E7).
    """
    if attempt.state != AttemptState.GRADED:
        return Review.NOTHING
    exam = attempt.exam
    if exam.review_when == ReviewWhen.AFTER_CLOSE and (
        now < exam.closes_at
        or (now < exam.closes_at + MAY_RUN_ON and answering(now).filter(exam=exam).exists())
    ):
        return Review.NOTHING
    return Review(exam.review)
