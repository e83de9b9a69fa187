"""Practice: what may be practised, and a person's book of wrong answers, derived from rows alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from exams.engine.practice import Outcome, Weak, wrong_book
from exams.enums import (
    AttemptState,
    Audience,
    Decision,
    QuestionStatus,
    QuestionType,
    Review,
)
from exams.models import (
    Attempt,
    AttemptEvent,
    Exam,
    PaperItem,
    Question,
    QuestionVersion,
    Redo,
)
from exams.queries.bank import in_category
from exams.queries.results import _eligible, answering, review_level
from people.models import Person
from people.queries import lineage_of

JUDGED_AT_ONCE = frozenset(QuestionType) - {
    QuestionType.SHORT_ANSWER,
    QuestionType.ESSAY,
    QuestionType.CASE,
}
OUTCOMES_KEPT = 400  # attempts looked through for the book, the newest


def _keeping(now: datetime) -> QuerySet[Exam]:
    """Exams, open now, to open or still answered, whose questions' keys are a secret."""
    asks = Q(closes_at__gt=now) | Q(pk__in=answering(now).values("exam"))
    return Exam.objects.filter(asks, cancelled_at=None, is_practice=False).exclude(
        # What a course asks at its end is open for years and shown at once.
        audience=Audience.COURSE
    )


def _asked_in(keeping: QuerySet[Exam]) -> QuerySet[PaperItem]:
    return PaperItem.objects.filter(
        Q(paper__in=keeping.values("paper")) | Q(paper__in=keeping.values("other_forms"))
    )


def _drawn_in(keeping: QuerySet[Exam]) -> set[int]:
    """Questions that were drawn for single candidates. Two statements, mostly one."""
    drawn = Attempt.objects.filter(exam__in=keeping, drawn__isnull=False)
    versions = {line[0] for lines in drawn.values_list("drawn", flat=True) for line in lines or []}
    if not versions:
        return set()
    return set(
        QuestionVersion.objects.filter(pk__in=versions).values_list("question_id", flat=True)
    )


def questions_held_back(now: datetime) -> set[int]:
    """Questions of papers that some exam, open now, to open or still answered, asks: their key is a secret."""
    keeping = _keeping(now)
    in_papers = set(_asked_in(keeping).values_list("version__question_id", flat=True))
    return in_papers | _drawn_in(keeping)


def wordings_to_ask(codes: Iterable[str], now: datetime) -> dict[str, tuple[QuestionVersion, bool]]:
    """Approved wordings by code, each with whether an exam keeps it secret. Three statements at most."""
    keeping = _keeping(now)
    asked = _asked_in(keeping).filter(version__question=OuterRef("question"))
    found = list(_approved(codes).annotate(in_paper=Exists(asked)))
    drawn = _drawn_in(keeping) if found else set()
    return {
        each.question.code: (each, each.in_paper or each.question_id in drawn) for each in found
    }


def approved_wording(code: str) -> QuestionVersion | None:
    """The present wording of the question of this code, if a second person approved it."""
    return approved_wordings([code]).get(code)


def approved_wordings(codes: Iterable[str]) -> dict[str, QuestionVersion]:
    """The present wordings of these questions, by code, as far as they are approved. One statement."""
    return {each.question.code: each for each in _approved(codes)}


def _approved(codes: Iterable[str]) -> QuerySet[QuestionVersion]:
    return QuestionVersion.objects.filter(
        question__code__in=list(codes),
        question__status=QuestionStatus.READY,
        question__current=F("pk"),
    ).select_related("question")


def codes_to_ask(codes: Iterable[str]) -> set[str]:
    """Of these codes, those of approved questions that are judged by themselves. One statement."""
    return set(
        Question.objects.filter(
            code__in=list(codes), status=QuestionStatus.READY, current__type__in=JUDGED_AT_ONCE
        ).values_list("code", flat=True)
    )


def questions_for_lessons(
    now: datetime, *, words: str = "", category: str = ""
) -> QuerySet[Question]:
    """Approved questions that a page can judge by itself and no exam keeps secret, by category and code."""
    found = (
        Question.objects.filter(status=QuestionStatus.READY, current__type__in=JUDGED_AT_ONCE)
        .exclude(pk__in=questions_held_back(now))
        .select_related("current", "category")
        .order_by("category__full_name", "code")
    )
    for word in words.split()[:5]:
        found = found.filter(
            Q(code__icontains=word)
            | Q(current__body__stem__icontains=word)
            | Q(current__knowledge_point__icontains=word)
        )
    return in_category(found, category) if category else found


def question_of(version_id: int) -> int:
    """The question a wording belongs to."""
    return int(QuestionVersion.objects.values_list("question_id", flat=True).get(pk=version_id))


def practices_open_to(person: Person, now: datetime) -> QuerySet[Exam]:
    """Practices the person may begin or go on with now, soonest closing first."""
    return (
        Exam.objects.filter(
            _eligible(person.pk, lineage_of(person)),
            is_practice=True,
            cancelled_at=None,
            opens_at__lte=now,
            closes_at__gt=now,
        )
        .select_related("paper", "blueprint")
        .order_by("closes_at", "id")
    )


def running_practice(person: Person, now: datetime) -> dict[int, tuple[UUID, int]]:
    """Of each practice under way: the attempt, and how many questions are answered."""
    rows = (
        Attempt.objects.filter(
            person=person,
            exam__is_practice=True,
            state=AttemptState.IN_PROGRESS,
            accepts_until__gte=now,
        )
        .annotate(given=Count("answers__item"))
        .values_list("exam_id", "pk", "given")
    )
    return {exam: (pk, given) for exam, pk, given in rows}


@dataclass(frozen=True, slots=True)
class WrongLine:
    """A question of the book, with the wording to practise again."""

    version: QuestionVersion
    weak: Weak


def wrong_answers_of(person: Person, now: datetime) -> list[WrongLine]:
    """The book: wrong answers of practice, of exams whose key was released, less what was since
    answered right twice running. Questions of an exam still to be sat stay hidden till it is over."""
    outcomes = _outcomes(person, now)
    held_back = questions_held_back(now) if outcomes else set()
    entries = [weak for weak in wrong_book(outcomes) if weak.question not in held_back]
    wordings = _wordings_now([weak.question for weak in entries])
    return [
        WrongLine(wordings[weak.question], weak) for weak in entries if weak.question in wordings
    ]


def _wordings_now(question_ids: list[int]) -> dict[int, QuestionVersion]:
    """The latest approved wording of each question, whose key may have been corrected since it was
    asked; none of a question that was retired. One statement."""
    approved = QuestionVersion.objects.filter(
        question__in=question_ids, reviews__decision=Decision.APPROVED
    ).exclude(question__status=QuestionStatus.RETIRED)
    in_order = approved.select_related("question__category").order_by("number")
    return {version.question_id: version for version in in_order}


def _outcomes(person: Person, now: datetime) -> list[Outcome]:
    attempts = list(
        Attempt.objects.filter(person=person, state=AttemptState.GRADED)
        .select_related("exam")
        .order_by("-started_at")[:OUTCOMES_KEPT]
    )
    shown = [a for a in attempts if a.exam.is_practice or review_level(a, now) == Review.KEY]
    practised = list(
        AttemptEvent.objects.filter(
            attempt__person=person,
            attempt__exam__is_practice=True,
            attempt__state=AttemptState.IN_PROGRESS,
            kind="marked",
        ).values_list("detail", "at")
    )
    papers = {a.exam.paper_id for a in shown if a.drawn is None and a.exam.paper_id}
    lines: dict[int, dict[int, int]] = {}
    for paper, number, version in PaperItem.objects.filter(paper__in=papers).values_list(
        "paper_id", "number", "version_id"
    ):
        lines.setdefault(paper, {})[number] = version
    found: list[tuple[int, datetime, bool]] = []
    for attempt in shown:
        numbers = (
            {n: line[0] for n, line in enumerate(attempt.drawn, 1)}
            if attempt.drawn is not None
            else lines.get(attempt.exam.paper_id or 0, {})
        )
        at = attempt.submitted_at or attempt.started_at or now
        for number, _points, reason in attempt.marks or []:
            if number in numbers and reason in ("right", "partly", "wrong"):
                found.append((numbers[number], at, reason == "right"))
    found += [(d["version"], at, d["right"]) for d, at in practised if "version" in d]
    redone = Redo.objects.filter(person=person).values_list("version_id", "at", "right")
    found += list(redone)
    questions = dict(
        QuestionVersion.objects.filter(pk__in={v for v, _, _ in found}).values_list(
            "pk", "question_id"
        )
    )
    return [Outcome(questions[v], v, at, right) for v, at, right in found]


PRACTICE_TIME = timedelta(days=7)  # a practice begun may be gone on with for so long
