"""What the pure marking needs to grade an attempt, and whole exams graded anew without writing."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from exams.engine import certainty, drawing
from exams.engine.items import Item, item_from_dict
from exams.engine.scoring import Graded, Line, Reason, grade
from exams.enums import AttemptState, CorrectionState, Ruling
from exams.models import Answer, Attempt, Exam, KeyCorrection, QuestionVersion
from exams.queries.sheet import SheetLine, answers_of, certainties_of, paper_lines, sheet_of
from people.statements import Kept

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Judged:
    """How a question is judged otherwise than it was asked; ``item`` holds the key of a new one."""

    ruling: str
    item: Item | None = None


Rulings = Mapping[int, Judged]  # by question version


def rulings_of(exam_id: int, *, besides: KeyCorrection | None = None) -> dict[int, Judged]:
    """The corrections in force of an exam by question version; ``besides`` as if it were the latest."""
    rulings = {correction.version_id: _judged(correction) for correction in _approved(exam_id)}
    if besides is not None:
        rulings[besides.version_id] = _judged(besides)
    return rulings


@Kept
def _approved(exam_id: int) -> QuerySet[KeyCorrection]:
    return (
        KeyCorrection.objects.filter(exam_id=exam_id, state=CorrectionState.APPROVED)
        .select_related("replacement")
        .order_by("decided_at", "id")
    )


def _judged(correction: KeyCorrection) -> Judged:
    if correction.replacement is not None:
        return Judged(Ruling.NEW_KEY, item_from_dict(correction.replacement.body))
    return Judged(correction.ruling)


def grading_input(
    attempt: Attempt, answers: dict[int, tuple[int, Any]]
) -> tuple[list[Line], dict[int, Any]]:
    """Lines and answers in canonical ids, as the pure marking takes them, with corrections in force."""
    return _input(sheet_of(attempt), answers, rulings_of(attempt.exam_id))


def _input(
    sheet: Iterable[SheetLine], answers: Mapping[int, tuple[int, Any]], rulings: Rulings
) -> tuple[list[Line], dict[int, Any]]:
    lines, said = [], {}
    for line in sheet:
        judged = rulings.get(line.version_id)
        item = line.item
        ruling = ""
        if judged is not None and judged.item is not None:
            item = judged.item
        elif judged is not None:
            granted = judged.ruling == Ruling.GRANTED
            ruling = Reason.GRANTED if granted else Reason.NOT_COUNTED
        lines.append(Line(line.number, item, line.points, ruling))
        if line.number in answers:
            # What was chosen is read by the wording the candidate saw.
            value = answers[line.number][1]
            said[line.number] = drawing.canonical(line.item, value, line.arrangement)
    return lines, said


def graded(attempt: Attempt) -> Graded:
    """The attempt marked from its rows alone, as it would be now (E6)."""
    lines, said = grading_input(attempt, answers_of(attempt.pk))
    return grade(
        lines,
        said,
        by_hand_of(attempt),
        certainties=certainties_of(attempt),
        scheme=certainty.scheme_of(attempt.exam.certainty_scheme),
    )


def by_hand_of(attempt: Attempt) -> dict[int, Decimal]:
    """Points that persons settled on, by question number."""
    return {int(n): Decimal(points) for n, points in (attempt.by_hand or {}).items()}


@dataclass(frozen=True, slots=True)
class Anew:
    """A graded attempt beside what the marking says of it now."""

    attempt: Attempt
    graded: Graded
    passed: bool

    @property
    def marks(self) -> list[list[Any]]:
        return marks_of(self.graded)

    @property
    def changes_score(self) -> bool:
        """Whether points, worth or passing differ from what is stored."""
        held = self.attempt
        return (held.score, held.worth, held.passed) != (
            self.graded.points,
            self.graded.worth,
            self.passed,
        )

    @property
    def changes_marks(self) -> bool:
        """Whether any question's points or reason differ; the sum may still be the same."""
        stored = [(n, Decimal(p), reason) for n, p, reason in self.attempt.marks or []]
        return stored != [(n, Decimal(p), reason) for n, p, reason in self.marks]


def marks_of(result: Graded) -> list[list[Any]]:
    """Marks as an attempt stores them: [[number, "points", reason], …] in order of number."""
    in_order = sorted(result.marks, key=lambda mark: mark.number)
    return [[mark.number, str(mark.points), mark.reason] for mark in in_order]


def has_passed(exam: Exam, result: Graded) -> bool:
    """Whether the result reaches the pass mark; nothing to be had is not passed."""
    return result.worth > 0 and result.points * 100 >= exam.pass_percent * result.worth


@dataclass
class _Papers:
    """The questions of an exam, each read once however many attempts ask it."""

    exam: Exam
    _fixed: list[tuple[int, int, Decimal, Item]] | None = None
    _items: dict[int, Item] = field(default_factory=dict)

    def lines(self, attempt: Attempt) -> list[tuple[int, int, Decimal, Item]]:
        if attempt.drawn is None:
            if self._fixed is None:
                self._fixed = paper_lines(self.exam.paper_id) if self.exam.paper_id else []
            return self._fixed
        return [
            (number, version, Decimal(points), self._items[version])
            for number, (version, points) in enumerate(attempt.drawn, 1)
        ]

    def read(self, attempts: Sequence[Attempt]) -> None:
        """Fetch the questions these attempts ask and that are not known yet."""
        wanted = {version for a in attempts for version, _ in a.drawn or []} - self._items.keys()
        bodies = QuestionVersion.objects.filter(pk__in=wanted).values_list("pk", "body")
        self._items |= {pk: item_from_dict(body) for pk, body in bodies}

    def sheet(self, attempt: Attempt) -> Iterator[SheetLine]:
        """The lines without regard to their order on the page, which marking does not need."""
        seed = str(attempt.pk)
        for number, version, points, item in self.lines(attempt):
            arrangement = drawing.arrange(item, seed, number, shuffle=self.exam.shuffle_options)
            yield SheetLine(number, number, version, points, item, arrangement)


def graded_anew(exam: Exam, rulings: Rulings) -> Iterator[Anew]:
    """Every graded attempt of an exam marked again; bounded memory, two statements a chunk."""
    marker = Marker(exam, rulings)
    last: UUID | None = None
    while True:
        attempts = Attempt.objects.filter(exam=exam, state=AttemptState.GRADED).order_by("pk")
        if last is not None:
            attempts = attempts.filter(pk__gt=last)
        chunk = list(attempts[:_CHUNK])
        if not chunk:
            return
        for attempt, result in marker.marked(chunk):
            yield Anew(attempt, result, has_passed(exam, result))
        last = chunk[-1].pk


class Marker:
    """Marks many attempts of one exam; its questions and corrections are read once."""

    def __init__(self, exam: Exam, rulings: Rulings | None = None) -> None:
        self.rulings = rulings_of(exam.pk) if rulings is None else rulings
        self.scheme = certainty.scheme_of(exam.certainty_scheme)
        self.papers = _Papers(exam)

    def marked(self, attempts: Sequence[Attempt]) -> Iterator[tuple[Attempt, Graded]]:
        """Each attempt with its marks, from its rows alone (E6); two statements for all of them."""
        self.papers.read(attempts)
        ids = [attempt.pk for attempt in attempts]
        answers = _answers(ids)
        sure = certainties_in(ids) if self.scheme else {}
        for attempt in attempts:
            lines, said = _input(self.papers.sheet(attempt), answers[attempt.pk], self.rulings)
            yield (
                attempt,
                grade(
                    lines,
                    said,
                    by_hand_of(attempt),
                    certainties=sure.get(attempt.pk),
                    scheme=self.scheme,
                ),
            )


def _answers(attempts: Sequence[UUID]) -> dict[UUID, dict[int, tuple[int, Any]]]:
    held: dict[UUID, dict[int, tuple[int, Any]]] = defaultdict(dict)
    rows = Answer.objects.filter(attempt__in=attempts).values_list(
        "attempt_id", "item", "seq", "value"
    )
    for attempt, number, seq, value in rows:
        held[attempt][number] = (seq, json.loads(value))
    return held


def certainties_in(attempts: Sequence[UUID]) -> dict[UUID, dict[int, int]]:
    """How sure candidates are: attempt → question number → level; one statement."""
    stated: dict[UUID, dict[int, int]] = defaultdict(dict)
    rows = Answer.objects.filter(attempt__in=attempts, certainty__isnull=False)
    for attempt, number, sure in rows.values_list("attempt_id", "item", "certainty"):
        if sure is not None:
            stated[attempt][number] = sure
    return stated
