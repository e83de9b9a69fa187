"""Reads of the examination rooms, scoped to who is asking."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet

from exams.engine import drawing, marking, timing
from exams.engine.drawing import Arrangement
from exams.engine.items import Item, item_from_dict
from exams.engine.scoring import Line, Reason
from exams.enums import (
    AttemptEventKind,
    AttemptState,
    Audience,
    Counts,
    PaperState,
    QuestionStatus,
    Review,
    ReviewWhen,
)
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
)
from people.models import OrgUnit, Person

# --- exams and results, for candidates and for the apps above ------------------------------------


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


def _eligible(person: Person) -> Q:
    """Exams meant for this person: the units count with everything below them."""
    path = person.unit.path if person.unit is not None else ""
    step = OrgUnit.steplen
    above = [path[:end] for end in range(step, len(path) + 1, step)]
    in_units = Exam.units.through.objects.filter(exam=OuterRef("pk"), orgunit__path__in=above)
    named = Exam.persons.through.objects.filter(exam=OuterRef("pk"), person=person)
    return (
        Q(audience__in=[Audience.EVERYONE, Audience.COURSE])
        | Q(Exists(in_units), audience=Audience.UNITS)
        | Q(Exists(named), audience=Audience.PERSONS)
    )


def exams_of(person: Person) -> QuerySet[Exam]:
    """Exams the person may sit or has sat, whenever they open, soonest closing first."""
    tried = Attempt.objects.filter(exam=OuterRef("pk"), person=person)
    return (
        Exam.objects.filter(_eligible(person) | Q(Exists(tried)), cancelled_at=None)
        .select_related("paper", "blueprint")
        .order_by("closes_at", "id")
    )


def exams_open_to(person: Person, now: datetime) -> QuerySet[Exam]:
    """Listed exams that are open now to this person, soonest closing first."""
    return (
        Exam.objects.filter(
            _eligible(person), cancelled_at=None, opens_at__lte=now, closes_at__gt=now
        )
        .exclude(audience=Audience.COURSE)
        .select_related("paper", "blueprint")
        .order_by("closes_at", "id")
    )


def exams_coming_to(person: Person, now: datetime) -> QuerySet[Exam]:
    """Listed exams that open later, soonest first."""
    return (
        Exam.objects.filter(_eligible(person), cancelled_at=None, opens_at__gt=now)
        .exclude(audience=Audience.COURSE)
        .order_by("opens_at", "id")
    )


def attempts_of(person: Person) -> QuerySet[Attempt]:
    """The person's own attempts, newest first."""
    return (
        Attempt.objects.filter(person=person)
        .exclude(state=AttemptState.PREPARED)
        .select_related("exam")
        .order_by("-started_at", "id")
    )


def attempt_facts(attempt_id: UUID) -> AttemptFacts:
    """Raises Attempt.DoesNotExist."""
    row = Attempt.objects.values_list(
        "exam_id", "person_id", "passed", "score", "worth", "submitted_at"
    ).get(pk=attempt_id)
    return AttemptFacts(*row)


def best_result(exam_id: int, person_id: int) -> Result | None:
    """The graded attempt that counts (the best, or the last, as the exam says)."""
    graded = Attempt.objects.filter(
        exam_id=exam_id, person_id=person_id, state=AttemptState.GRADED
    ).select_related("exam")
    attempts = list(graded)
    if not attempts:
        return None
    if attempts[0].exam.counts == Counts.LAST:
        chosen = max(attempts, key=lambda attempt: attempt.ordinal)
    else:
        chosen = max(attempts, key=lambda a: (a.passed, a.score, -a.ordinal))
    return result_of(chosen)


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


def exam_titles(exam_ids: list[int]) -> dict[int, str]:
    """Titles by id, for apps that only hold ids."""
    return dict(Exam.objects.filter(pk__in=exam_ids).values_list("pk", "title"))


def exam_choices() -> list[tuple[int, str]]:
    """Exams a course may end with, newest first."""
    return list(Exam.objects.filter(cancelled_at=None).order_by("-pk").values_list("pk", "title"))


def state_of(attempt: Attempt, now: datetime) -> AttemptState:
    """The state as the clock sees it, whatever a sweep has or has not done yet (E5)."""
    named = timing.derived_state(
        AttemptState(attempt.state).name.lower(), attempt.accepts_until, now
    )
    return AttemptState[named.upper()]


def review_level(attempt: Attempt, now: datetime) -> Review:
    """What the candidate may see of this attempt now."""
    if attempt.state != AttemptState.GRADED:
        return Review.NOTHING
    exam = attempt.exam
    if exam.review_when == ReviewWhen.AFTER_CLOSE and now < exam.closes_at:
        return Review.NOTHING
    return Review(exam.review)


# --- the sheet in front of a candidate -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One question of an attempt: ``place`` on the page, ``number`` on the paper."""

    place: int
    number: int
    version_id: int
    points: Decimal
    item: Item
    arrangement: Arrangement

    def shown(self) -> dict[str, Any]:
        """What the candidate may see of it (E7)."""
        return drawing.shown(self.item, self.arrangement)


def paper_lines(paper_id: int) -> list[tuple[int, int, Decimal, Item]]:
    """(number, version id, points, item) of a paper in order of number; one statement."""
    rows = PaperItem.objects.filter(paper_id=paper_id).order_by("number")
    return [
        (number, version_id, points, item_from_dict(body))
        for number, version_id, points, body in rows.values_list(
            "number", "version_id", "points", "version__body"
        )
    ]


def lines_of(attempt: Attempt) -> list[tuple[int, int, Decimal, Item]]:
    """The same of the paper this attempt has: the exam's, or its own."""
    if attempt.drawn is None:
        if attempt.exam.paper_id is None:
            return []
        return paper_lines(attempt.exam.paper_id)
    ids = [version_id for version_id, _ in attempt.drawn]
    bodies = dict(QuestionVersion.objects.filter(pk__in=ids).values_list("pk", "body"))
    return [
        (number, version_id, Decimal(points), item_from_dict(bodies[version_id]))
        for number, (version_id, points) in enumerate(attempt.drawn, 1)
    ]


def sheet_of(attempt: Attempt) -> list[SheetLine]:
    """The questions in the order and arrangement this candidate sees; the same every time."""
    seed = str(attempt.pk)
    lines = lines_of(attempt)
    if attempt.exam.shuffle_questions:
        lines = drawing.shuffled(lines, seed, "questions")
    return [
        SheetLine(
            place,
            number,
            version_id,
            points,
            item,
            drawing.arrange(item, seed, number, shuffle=attempt.exam.shuffle_options),
        )
        for place, (number, version_id, points, item) in enumerate(lines, 1)
    ]


def answers_of(attempt_id: UUID) -> dict[int, tuple[int, Any]]:
    """The answers held: number → (seq, value)."""
    rows = Answer.objects.filter(attempt_id=attempt_id).values_list("item", "seq", "value")
    return {item: (seq, json.loads(value)) for item, seq, value in rows}


def grading_input(
    attempt: Attempt, answers: dict[int, tuple[int, Any]]
) -> tuple[list[Line], dict[int, Any]]:
    """Lines and answers in canonical ids, as the pure marking takes them."""
    sheet = sheet_of(attempt)
    lines = [Line(line.number, line.item, line.points) for line in sheet]
    said = {
        line.number: drawing.canonical(line.item, answers[line.number][1], line.arrangement)
        for line in sheet
        if line.number in answers
    }
    return lines, said


# --- marking by hand -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MarkingQueue:
    """The answers to one question of one exam that wait for a marker."""

    exam_id: int
    exam_title: str
    version_id: int
    type: str
    stem: str
    waiting: int


@dataclass(frozen=True, slots=True)
class WaitingAnswer:
    """An answer that waits: of which attempt, its number on that paper, what it is worth."""

    attempt_id: UUID
    number: int
    worth: Decimal
    shuffle_options: bool


def _open_numbers(
    marks: list[tuple[int, str, str]] | None, by_hand: dict[str, str] | None
) -> Iterator[int]:
    done = by_hand or {}
    return (n for n, _, reason in marks or [] if reason == Reason.TO_MARK and str(n) not in done)


def _attempts_to_mark(marker: Person) -> QuerySet[Attempt]:
    """Handed in, looked at by the machine, not settled; nobody marks an attempt of his own."""
    return (
        Attempt.objects.filter(state=AttemptState.SUBMITTED, marks__isnull=False)
        .exclude(person=marker)
        .order_by("exam__closes_at", "exam_id", "pk")
    )


def marking_queues(marker: Person) -> list[MarkingQueue]:
    """What waits for this marker, exam by exam in order of closing; three statements at most."""
    rows = list(
        _attempts_to_mark(marker).values_list(
            "exam_id", "exam__title", "exam__paper_id", "marks", "by_hand", "drawn"
        )
    )
    papers = {paper for _, _, paper, _, _, drawn in rows if drawn is None}
    on_paper = {
        (paper, number): version
        for paper, number, version in PaperItem.objects.filter(paper_id__in=papers).values_list(
            "paper_id", "number", "version_id"
        )
    }
    counts: Counter[tuple[int, str, int]] = Counter()
    for exam_id, title, paper, marks, by_hand, drawn in rows:
        for number in _open_numbers(marks, by_hand):
            version = on_paper[paper, number] if drawn is None else drawn[number - 1][0]
            counts[exam_id, title, version] += 1
    ids = {version for _, _, version in counts}
    bodies = dict(QuestionVersion.objects.filter(pk__in=ids).values_list("pk", "body"))
    return [
        MarkingQueue(exam_id, title, version, bodies[version]["type"], bodies[version]["stem"], n)
        for (exam_id, title, version), n in counts.items()
    ]


def answers_waiting(exam_id: int, version_id: int, marker: Person) -> list[WaitingAnswer]:
    """The answers to one question this marker may mark; two statements.

    Each marker has an order of his own, without rhyme: two at once seldom meet, and no answer
    tells by its place whose it is.
    """
    rows = list(
        _attempts_to_mark(marker)
        .filter(exam=exam_id)
        .values_list("pk", "marks", "by_hand", "drawn", "exam__shuffle_options")
    )
    on_paper = (
        PaperItem.objects.filter(paper__exam=exam_id, version=version_id)
        .values_list("number", "points")
        .first()
    )
    found = []
    for pk, marks, by_hand, drawn, shuffle in rows:
        place = on_paper
        if drawn is not None:
            versions = [version for version, _ in drawn]
            place = None
            if version_id in versions:
                at = versions.index(version_id)
                place = (at + 1, Decimal(drawn[at][1]))
        if place is not None and place[0] in _open_numbers(marks, by_hand):
            found.append(WaitingAnswer(pk, place[0], place[1], shuffle))
    return sorted(found, key=lambda answer: marking_order(answer.attempt_id, marker))


def marking_order(attempt_id: UUID, marker: Person) -> str:
    """Where an attempt stands in the order of this marker."""
    return hashlib.sha256(f"{marker.pk}:{attempt_id.hex}".encode()).hexdigest()


def answer_to_mark(waiting: WaitingAnswer, item: Item) -> marking.ToMark:
    """One answer laid out for the marker, without a name; one statement."""
    held = Answer.objects.filter(attempt=waiting.attempt_id, item=waiting.number)
    text = held.values_list("value", flat=True).first()
    arrangement = drawing.arrange(
        item, str(waiting.attempt_id), waiting.number, shuffle=waiting.shuffle_options
    )
    value = None if text is None else json.loads(text)
    return marking.to_mark(item, value, arrangement, waiting.worth)


def marked_question(exam_id: int, version_id: int) -> tuple[str, Item] | None:
    """The exam's title and the question; None when this exam does not ask it. Two statements."""
    exam = Exam.objects.filter(pk=exam_id).values_list("title", "paper_id").first()
    if exam is None:
        return None
    title, paper_id = exam
    versions = QuestionVersion.objects.filter(pk=version_id)
    if paper_id is not None:
        on_paper = PaperItem.objects.filter(paper=paper_id, version=OuterRef("pk"))
        versions = versions.filter(Exists(on_paper))
    body = versions.values_list("body", flat=True).first()
    return None if body is None else (title, item_from_dict(body))


# --- the bank ------------------------------------------------------------------------------------


def questions() -> QuerySet[Question]:
    """The whole bank with what a list shows, newest change first. For holders of a bank role."""
    stale = QuestionCite.objects.filter(question=OuterRef("pk"), stale_since__isnull=False)
    return (
        Question.objects.select_related("current", "category", "author")
        .annotate(is_stale=Exists(stale))
        .order_by("-changed_at", "-pk")
    )


def questions_to_review(person: Person) -> QuerySet[Question]:
    """Questions that wait for a second person, which this one may be; oldest first."""
    return (
        questions()
        .filter(status=QuestionStatus.IN_REVIEW)
        .exclude(author=person)
        .exclude(current__created_by=person)
        .order_by("changed_at", "pk")
    )


@dataclass(frozen=True, slots=True)
class SetterDesk:
    """What waits for a question setter or reviewer, as counts."""

    drafts: int
    returned: int
    stale: int
    in_review: int
    to_review: int


def setter_desk(person: Person) -> SetterDesk:
    """Own drafts, returned ones, ones whose article changed; and what waits for a reviewer."""
    returned = QuestionReview.objects.filter(version=OuterRef("current"), decision="returned")
    stale = QuestionCite.objects.filter(question=OuterRef("pk"), stale_since__isnull=False)
    mine = Q(author=person)
    waiting = Q(status=QuestionStatus.IN_REVIEW)
    counts = Question.objects.aggregate(
        drafts=Count("pk", filter=mine & Q(status=QuestionStatus.DRAFT)),
        returned=Count("pk", filter=mine & Q(Exists(returned), status=QuestionStatus.DRAFT)),
        stale=Count("pk", filter=mine & ~Q(status=QuestionStatus.RETIRED) & Q(Exists(stale))),
        in_review=Count("pk", filter=mine & waiting),
        to_review=Count("pk", filter=~mine & ~Q(current__created_by=person) & waiting),
    )
    return SetterDesk(**counts)


def versions_of(question: Question) -> QuerySet[QuestionVersion]:
    """All versions with their reviews, newest first."""
    reviews = QuestionReview.objects.select_related("reviewer").order_by("-at")
    return (
        QuestionVersion.objects.filter(question=question)
        .select_related("created_by")
        .prefetch_related(Prefetch("reviews", queryset=reviews))
        .order_by("-number")
    )


def drawable(on: date) -> list[drawing.Candidate]:
    """Every question that may be drawn on this day: ready, valid, its cited articles unchanged."""
    stale = QuestionCite.objects.filter(question=OuterRef("pk"), stale_since__isnull=False)
    rows = (
        Question.objects.filter(
            Q(current__valid_from=None) | Q(current__valid_from__lte=on),
            Q(current__valid_to=None) | Q(current__valid_to__gt=on),
            ~Exists(stale),
            status=QuestionStatus.READY,
        )
        .order_by("pk")
        .values_list(
            "current_id",
            "pk",
            "current__type",
            "category_id",
            "current__knowledge_point",
            "current__difficulty",
        )
    )
    above = _categories_above()
    return [
        drawing.Candidate(version, question, kind, above[category], point, difficulty)
        for version, question, kind, category, point, difficulty in rows
    ]


def _categories_above() -> dict[int, frozenset[int]]:
    """For each category itself and all above it."""
    parents = dict(Category.objects.values_list("pk", "parent_id"))
    above: dict[int, frozenset[int]] = {}
    for start in parents:
        chain: list[int] = [start]
        node: int | None = parents[start]
        while node is not None:
            chain.append(node)
            node = parents[node]
        above[start] = frozenset(chain)
    return above


def rows_of(blueprint: Blueprint) -> list[drawing.Row]:
    """The lines of a blueprint as the pure draw takes them."""
    return [engine_row(row) for row in blueprint.rows.all()]


def engine_row(row: BlueprintRow) -> drawing.Row:
    """One line, saved or not."""
    return drawing.Row(
        row.number,
        row.count,
        row.points,
        row.type,
        row.category_id,
        row.knowledge_point,
        row.difficulty,
    )


def papers() -> QuerySet[Paper]:
    """Papers that were not discarded, newest first, with the number of their questions."""
    return (
        Paper.objects.exclude(state=PaperState.DISCARDED)
        .select_related("created_by", "published_by", "blueprint")
        .annotate(questions=Count("items"))
        .order_by("-created_at", "-pk")
    )


def blueprints() -> QuerySet[Blueprint]:
    """Blueprints, newest first, with sums over their lines."""
    return Blueprint.objects.prefetch_related(
        Prefetch("rows", queryset=BlueprintRow.objects.select_related("category"))
    ).order_by("-created_at", "-pk")


def exams_with_counts() -> QuerySet[Exam]:
    """All exams for those who hold them, newest first, with how many sat, finished and passed."""
    done = Q(attempts__state=AttemptState.GRADED)
    return (
        Exam.objects.select_related("paper", "blueprint", "created_by")
        .annotate(
            begun=Count("attempts", filter=Q(attempts__state__gte=AttemptState.IN_PROGRESS)),
            graded=Count("attempts", filter=done),
            passes=Count("attempts", filter=done & Q(attempts__passed=True)),
        )
        .order_by(F("opens_at").desc(), "-pk")
    )


def size_of(exam: Exam) -> tuple[int, Decimal]:
    """How many questions an exam asks, and the points of all."""
    if exam.paper is not None:
        return exam.paper.items.count(), exam.paper.points
    rows = BlueprintRow.objects.filter(blueprint=exam.blueprint_id).values_list("count", "points")
    return (
        sum(count for count, _ in rows),
        sum((count * points for count, points in rows), Decimal(0)),
    )


@dataclass(frozen=True, slots=True)
class ReviewedLine:
    """One question as shown after the exam: as the candidate saw it, answered it, and its marks.

    Answers and key are plain lines of text. ``key`` and ``explanation`` are empty unless released.
    """

    place: int
    stem: str
    type: str
    options: list[dict[str, Any]]
    given: list[str]
    key: list[str]
    explanation: str
    reason: str
    points: Decimal
    worth: Decimal
    comment: str


def reviewed_lines(attempt: Attempt, *, with_key: bool) -> list[ReviewedLine]:
    """The graded sheet in the candidate's own order."""
    held = answers_of(attempt.pk)
    marks = {number: (Decimal(points), reason) for number, points, reason in attempt.marks or []}
    events = AttemptEvent.objects.filter(attempt=attempt, kind=AttemptEventKind.MARKED)
    details = events.order_by("at", "pk").values_list("detail", flat=True)
    comments = {detail["item"]: detail.get("comment", "") for detail in details}
    out = []
    for line in sheet_of(attempt):
        value = held.get(line.number, (0, None))[1]
        points, reason = marks.get(line.number, (Decimal(0), "blank"))
        view = line.shown()
        chosen = value if isinstance(value, list) else [value]
        keys = drawing.key_labels(line.item, line.arrangement) if with_key else []
        options = [
            {**o, "chosen": o["id"] in chosen, "right": o["id"] in keys}
            for o in (view["options"] if line.item.type in ("single", "multiple") else [])
        ]
        out.append(
            ReviewedLine(
                place=line.place,
                stem=line.item.stem,
                type=line.item.type,
                options=options,
                given=drawing.said(view, value),
                key=drawing.key_in_words(line.item) if with_key else [],
                explanation=line.item.explanation if with_key else "",
                reason=reason,
                points=points,
                worth=line.points,
                comment=comments.get(line.number, ""),
            )
        )
    return out
