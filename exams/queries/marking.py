"""What waits to be marked by hand."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from exams.engine import alike, drawing, marking
from exams.engine.items import Essay, Item, ShortAnswer, item_from_dict
from exams.engine.scoring import Reason
from exams.enums import (
    AttemptState,
)
from exams.models import (
    Answer,
    Attempt,
    Exam,
    Mark,
    PaperItem,
    QuestionVersion,
)
from exams.queries.sheet import asks
from people.models import Person

ALIKE_LOOKED_AT = 2000
ALIKE_SHOWN = 50


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


def _marked_by(marker: Person, exam_id: int | None = None) -> set[tuple[UUID, int]]:
    """The answers still open that this marker has marked already: another's turn."""
    marks = Mark.objects.filter(marker=marker, attempt__state=AttemptState.SUBMITTED)
    if exam_id is not None:
        marks = marks.filter(attempt__exam=exam_id)
    return set(marks.values_list("attempt_id", "number"))


def was_marked_by(marker: Person, attempt_id: UUID, version_id: int) -> bool:
    """Did this marker mark the answer to the question, whatever became of the attempt since?"""
    return Mark.objects.filter(marker=marker, attempt=attempt_id, version=version_id).exists()


def _attempts_to_mark(marker: Person) -> QuerySet[Attempt]:
    """Handed in, looked at by the machine, not settled; nobody marks an attempt of his own."""
    return (
        Attempt.objects.filter(
            state=AttemptState.SUBMITTED, marks__isnull=False, exam__is_practice=False
        )
        .exclude(person=marker)
        .order_by("exam__closes_at", "exam_id", "pk")
    )


def marking_queues(marker: Person) -> list[MarkingQueue]:
    """What waits for this marker, exam by exam in order of closing; four statements at most."""
    rows = list(
        _attempts_to_mark(marker).values_list(
            "pk", "exam_id", "exam__title", "exam__paper_id", "marks", "by_hand", "drawn"
        )
    )
    mine = _marked_by(marker) if rows else set()
    papers = {paper for _, _, _, paper, _, _, drawn in rows if drawn is None}
    on_paper = {
        (paper, number): version
        for paper, number, version in PaperItem.objects.filter(paper_id__in=papers).values_list(
            "paper_id", "number", "version_id"
        )
    }
    counts: Counter[tuple[int, str, int]] = Counter()
    for pk, exam_id, title, paper, marks, by_hand, drawn in rows:
        for number in _open_numbers(marks, by_hand):
            if (pk, number) in mine:
                continue
            version = on_paper[paper, number] if drawn is None else drawn[number - 1][0]
            counts[exam_id, title, version] += 1
    ids = {version for _, _, version in counts}
    bodies = dict(QuestionVersion.objects.filter(pk__in=ids).values_list("pk", "body"))
    return [
        MarkingQueue(exam_id, title, version, bodies[version]["type"], bodies[version]["stem"], n)
        for (exam_id, title, version), n in counts.items()
    ]


def answers_waiting(exam_id: int, version_id: int, marker: Person) -> list[WaitingAnswer]:
    """The answers to one question this marker may mark; three statements.

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
    mine = _marked_by(marker, exam_id) if rows else set()
    found = []
    for pk, marks, by_hand, drawn, shuffle in rows:
        place = on_paper
        if drawn is not None:
            versions = [version for version, _ in drawn]
            place = None
            if version_id in versions:
                at = versions.index(version_id)
                place = (at + 1, Decimal(drawn[at][1]))
        if place is None or (pk, place[0]) in mine:
            continue
        if place[0] in _open_numbers(marks, by_hand):
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


def alike_answers(
    answer: WaitingAnswer, waiting: Sequence[WaitingAnswer], item: Item
) -> list[alike.Alike[UUID]]:
    """Other waiting answers that say the same or nearly so, for marking together; one statement.

    Only of questions answered in one text. The first ``ALIKE_LOOKED_AT`` waiting are compared.
    """
    if not isinstance(item, (ShortAnswer, Essay)):
        return []
    compared = waiting[:ALIKE_LOOKED_AT]
    numbers = {one.attempt_id: one.number for one in (answer, *compared)}
    rows = Answer.objects.filter(attempt__in=numbers, item__in=set(numbers.values()))
    texts: dict[UUID, str] = {}
    for pk, number, value in rows.values_list("attempt_id", "item", "value"):
        said = json.loads(value)
        if number == numbers[pk] and isinstance(said, str):
            texts[pk] = said
    mine = texts.pop(answer.attempt_id, "")
    order = {one.attempt_id: texts[one.attempt_id] for one in compared if one.attempt_id in texts}
    return alike.alike_to(mine, order)[:ALIKE_SHOWN]


def marked_question(exam_id: int, version_id: int) -> tuple[str, Item] | None:
    """The exam's title and the question; None when this exam does not ask it. Four statements."""
    title = Exam.objects.filter(pk=exam_id).values_list("title", flat=True).first()
    if title is None or not asks(exam_id, version_id):
        return None
    body = QuestionVersion.objects.values_list("body", flat=True).get(pk=version_id)
    return title, item_from_dict(body)
