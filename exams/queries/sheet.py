"""The sheet in front of a candidate, and as it is reviewed afterwards."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from exams.engine import certainty as cbm
from exams.engine import drawing
from exams.engine.drawing import Arrangement
from exams.engine.items import Item, is_automatic, item_from_dict
from exams.engine.scoring import is_blank
from exams.models import (
    Answer,
    Attempt,
    Exam,
    Mark,
    PaperItem,
    QuestionVersion,
)
from people.statements import Kept


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

    def stakes(self, scheme: cbm.Scheme | None) -> tuple[cbm.Stake, ...]:
        """What certainty brings and costs here; nothing where none is asked."""
        return cbm.stakes(self.points, scheme) if scheme and asks_certainty(self.item) else ()


def asks_certainty(item: Item) -> bool:
    """Whether certainty can be marked: not where a person weighs the answer."""
    return is_automatic(item)


# Number, version id, points, item.
PaperLine = tuple[int, int, Decimal, Item]


def paper_lines(paper_id: int) -> list[PaperLine]:
    """(number, version id, points, item) of a paper in order of number; one statement."""
    return [
        (number, version_id, points, _item(body))
        for number, version_id, points, body in _paper_lines(paper_id)
    ]


@Kept
def _paper_lines(paper_id: int) -> QuerySet[PaperItem, tuple[int, int, Decimal, str]]:
    rows = PaperItem.objects.filter(paper_id=paper_id).order_by("number")
    body_text = Cast("version__body", TextField())
    return rows.values_list("number", "version_id", "points", body_text)


@lru_cache(maxsize=2048)
def _item(body: str) -> Item:
    """Read from its text once: thousands of candidates open the same paper within a minute."""
    return item_from_dict(json.loads(body))


def forms_of(exam_id: int) -> Q:
    """Lines of an exam's papers: its own and the parallel forms beside it; none of a blueprint."""
    own = Exam.objects.filter(pk=exam_id)
    return Q(paper__in=own.values("paper")) | Q(paper__in=own.values("other_forms"))


def asks(exam_id: int, version_id: int) -> bool:
    """Whether the exam asks this wording, on any of its papers or on one drawn for a candidate."""
    if PaperItem.objects.filter(forms_of(exam_id), version=version_id).exists():
        return True
    # The text of [[version, "points"], …] is the same on both databases; the number stands first.
    drawn = Attempt.objects.filter(exam=exam_id, drawn__isnull=False)
    as_text = drawn.annotate(text=Cast("drawn", TextField()))
    return as_text.filter(text__contains=f"[{version_id}, ").exists()


def lines_of(attempt: Attempt) -> list[PaperLine]:
    """The same of the paper this attempt has: the exam's, or its own."""
    if attempt.drawn is None:
        if attempt.exam.paper_id is None:
            return []
        return paper_lines(attempt.exam.paper_id)
    ids = [version_id for version_id, _ in attempt.drawn]
    body_text = Cast("body", TextField())
    bodies = dict(QuestionVersion.objects.filter(pk__in=ids).values_list("pk", body_text))
    return [
        (number, version_id, Decimal(points), _item(bodies[version_id]))
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
    return {item: (seq, json.loads(value)) for item, seq, value in _answers_of(attempt_id)}


@Kept
def _answers_of(attempt_id: UUID) -> QuerySet[Answer, tuple[int, int, str]]:
    return Answer.objects.filter(attempt_id=attempt_id).values_list("item", "seq", "value")


def certainties_of(attempt: Attempt) -> dict[int, int]:
    """How sure the candidate is, by question number; empty without a statement where none is asked."""
    if attempt.exam.certainty_scheme is None:
        return {}
    rows = Answer.objects.filter(attempt=attempt, certainty__isnull=False)
    return {item: sure for item, sure in rows.values_list("item", "certainty") if sure is not None}


@dataclass(frozen=True, slots=True)
class ReviewedLine:
    """One question as shown after the exam: as the candidate saw it, answered it, and its marks.

    Answers and key are plain lines of text. ``key`` and ``explanation`` are empty unless released.
    ``certainty`` is the level the answer was marked by, None where none is asked; ``stake`` the points
    that being right and being wrong brought at it.
    """

    place: int
    number: int
    stem: str
    type: str
    options: list[dict[str, Any]]
    given: list[str]
    key: list[str]
    explanation: str
    reason: str
    points: Decimal
    worth: Decimal
    comments: list[str]
    certainty: int | None = None
    stake: tuple[Decimal, Decimal] | None = None


def reviewed_lines(
    attempt: Attempt, *, with_key: bool, keyed: Mapping[int, Item] | None = None
) -> list[ReviewedLine]:
    """The graded sheet in the candidate's own order.

    ``keyed`` are questions whose key was corrected, by the version that was asked.
    """
    keyed = keyed or {}
    held, sure = answers_of(attempt.pk), certainties_of(attempt)
    scheme = cbm.scheme_of(attempt.exam.certainty_scheme)
    marks = {number: (Decimal(points), reason) for number, points, reason in attempt.marks or []}
    comments: dict[int, list[str]] = {}
    for number, comment in _comments_on(attempt.pk):
        comments.setdefault(number, []).append(comment)
    out = []
    for line in sheet_of(attempt):
        value = held.get(line.number, (0, None))[1]
        points, reason = marks.get(line.number, (Decimal(0), "blank"))
        view = line.shown()
        chosen = value if isinstance(value, list) else [value]
        judged_by = keyed.get(line.version_id, line.item)
        keys = drawing.key_labels(judged_by, line.arrangement) if with_key else []
        options = [
            {**o, "chosen": o["id"] in chosen, "right": o["id"] in keys}
            for o in (view["options"] if line.item.type in ("single", "multiple") else [])
        ]
        certainty = (
            cbm.level_of(sure.get(line.number), scheme)
            if scheme and asks_certainty(judged_by) and not is_blank(value)
            else None
        )
        at_stake = {s.level: (s.right, s.wrong) for s in line.stakes(scheme)}
        out.append(
            ReviewedLine(
                place=line.place,
                number=line.number,
                stem=line.item.stem,
                type=line.item.type,
                options=options,
                given=drawing.said(view, value),
                key=drawing.key_in_words(judged_by) if with_key else [],
                explanation=judged_by.explanation if with_key else "",
                reason=reason,
                points=points,
                worth=line.points,
                comments=comments.get(line.number, []),
                certainty=certainty,
                stake=at_stake.get(certainty) if certainty is not None else None,
            )
        )
    return out


@Kept
def _comments_on(attempt_id: UUID) -> QuerySet[Mark, tuple[int, str]]:
    said = Mark.objects.filter(attempt_id=attempt_id).exclude(comment="")
    return said.order_by("number", "round").values_list("number", "comment")
