"""Figures of a sitting: what its questions did, for those who keep the bank."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice
from typing import Any

from exams.engine import certainty as cbm
from exams.engine import drawing
from exams.engine import items as it
from exams.engine.statistics import Analysis, ItemFigures, Tally
from exams.enums import AttemptState
from exams.models import Answer, Attempt, Exam, PaperItem, QuestionVersion
from exams.queries.grading import certainties_in
from exams.queries.sheet import asks_certainty

MOST_DISTRACTORS = 3_000  # attempts whose answers are read for the tables of options


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One question of a sitting with its figures."""

    number: int
    version: QuestionVersion
    figures: ItemFigures


@dataclass(frozen=True, slots=True)
class ExamFigures:
    """``analysis`` is None when candidates had different papers: then only items are compared.

    ``scores``: (score, persons), ascending. ``tables_of`` says how many answers the distractor tables
    rest on. Of an exam marked by certainty all figures rest on how right the answers were, and
    ``levels`` tell how often they were right at each level of certainty.
    """

    persons: int
    worth: float
    scores: tuple[tuple[float, int], ...]
    lines: tuple[ItemLine, ...]
    analysis: Analysis | None
    tables_of: int
    levels: tuple[cbm.LevelFigures, ...] = ()


Sat = tuple[Any, list[list[Any]], list[list[Any]] | None, Decimal]  # id, marks, drawn, score


def _first_attempts(exam: Exam) -> Iterator[Sat]:
    """(id, marks, drawn, score) of each person's first graded attempt: later ones know the questions."""
    rows = (
        Attempt.objects.filter(exam=exam, state=AttemptState.GRADED, marks__isnull=False)
        .order_by("person_id", "ordinal")
        .values_list("person_id", "pk", "marks", "drawn", "score")
    )
    last = None
    for person, pk, marks, drawn, score in rows.iterator(chunk_size=500):
        if person != last:
            last = person
            yield pk, marks or [], drawn, score or Decimal(0)


@dataclass
class _Rightness:
    """First attempts of an exam marked by certainty, with points as if it had not been asked.

    What the level of certainty did to the points is taken back; ``said`` gathers how sure candidates
    were and how right, level by level.
    """

    exam: Exam
    scheme: cbm.Scheme
    common: list[tuple[int, Any]]
    said: cbm.Calibration = field(init=False)
    _asks: dict[int, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.said = cbm.Calibration(self.scheme)

    def attempts(self) -> Iterator[Sat]:
        first = _first_attempts(self.exam)
        while some := list(islice(first, 300)):
            stated = certainties_in([pk for pk, *_ in some])
            papers = [self.common if drawn is None else drawn for _, _, drawn, _ in some]
            self._read({version for paper in papers for version, _ in paper})
            for (pk, marks, drawn, _score), paper in zip(some, papers, strict=True):
                plain = [self._plain(mark, paper, stated.get(pk, {})) for mark in marks]
                yield pk, plain, drawn, sum((Decimal(p) for _, p, _ in plain), Decimal(0))

    def _read(self, versions: set[int]) -> None:
        unknown = versions - self._asks.keys()
        for version, item in QuestionVersion.objects.in_bulk(list(unknown)).items():
            self._asks[version] = asks_certainty(item.item())

    def _plain(self, mark: list[Any], paper: Any, stated: dict[int, int]) -> list[Any]:
        number, points, reason = mark
        version, worth = paper[number - 1]
        if not self._asks[version] or reason not in ("right", "partly", "wrong"):
            return mark
        sure = stated.get(number)
        right = cbm.accuracy(Decimal(points), Decimal(worth), sure, self.scheme)
        self.said.add(sure, right)
        return [number, str(round(Decimal(float(right)) * Decimal(worth), 2)), reason]


def exam_figures(exam: Exam) -> ExamFigures:
    """Item and test statistics over the graded first attempts of an exam."""
    # With parallel forms, whoever has no paper noted on the attempt sat the exam's own.
    common = list(
        PaperItem.objects.filter(paper=exam.paper_id)
        .order_by("number")
        .values_list("version_id", "points")
    )
    scheme = cbm.scheme_of(exam.certainty_scheme)
    rightness = _Rightness(exam, scheme, common) if scheme is not None else None
    sat = rightness.attempts() if rightness is not None else _first_attempts(exam)
    if exam.paper_id is not None and not exam.other_forms.exists():
        figures = _of_one_paper(exam, sat)
    else:
        figures = _of_own_papers(common, sat)
    return figures if rightness is None else replace(figures, levels=rightness.said.figures())


def _of_one_paper(exam: Exam, sat: Iterator[Sat]) -> ExamFigures:
    lines = list(
        PaperItem.objects.filter(paper=exam.paper_id)
        .select_related("version__question__author")
        .order_by("number")
    )
    names = [str(line.number) for line in lines]
    items = {line.number: line.version.item() for line in lines}
    keys = [_key(items[line.number]) for line in lines]
    tally = Tally(names, [float(line.points) for line in lines], keys)
    numbers = [line.number for line in lines]
    held: list[tuple[Any, list[int | float | None]]] = []
    for pk, marks, _drawn, _score in sat:
        by_number = {number: (points, reason) for number, points, reason in marks}
        row: list[int | float | None] = []
        for number in numbers:
            points, reason = by_number.get(number, ("0", "blank"))
            value = float(points)
            row.append(None if reason == "blank" else int(value) if value.is_integer() else value)
        if len(held) < MOST_DISTRACTORS:
            held.append((pk, row))
        else:
            tally.add(row)
    chosen = _chosen([pk for pk, _row in held], items, shuffle=exam.shuffle_options)
    # Tables of options rest on the held rows alone; where there are more, they are counted apart,
    # or each share would be of persons whose options nobody read.
    is_part = bool(tally.persons)
    tables = Tally(names, [float(line.points) for line in lines], keys) if is_part else tally
    for pk, row in held:
        tables.add(row, [chosen.get((pk, number), ()) for number in numbers])
        if is_part:
            tally.add(row)
    analysis = tally.analysis()
    if is_part:
        analysis = _with_tables(analysis, tables.analysis())
    return ExamFigures(
        analysis.test.persons,
        analysis.test.points,
        analysis.scores,
        tuple(
            ItemLine(line.number, line.version, figures)
            for line, figures in zip(lines, analysis.items, strict=True)
        ),
        analysis,
        len(held),
    )


def _with_tables(whole: Analysis, part: Analysis) -> Analysis:
    """The figures of all persons with the tables of options, and what these show, of a part."""
    items = tuple(
        replace(
            item,
            options=other.options,
            flags=(*item.flags, *(flag for flag in other.flags if flag.startswith("distractor"))),
        )
        for item, other in zip(whole.items, part.items, strict=True)
    )
    return replace(whole, items=items)


def _key(item: it.Item) -> frozenset[str]:
    match item:
        case it.SingleChoice():
            return frozenset([item.key])
        case it.MultipleChoice():
            return item.key
        case it.TrueFalse():
            return frozenset(["true" if item.key else "false"])
    return frozenset()


def _chosen(
    attempts: list[Any], items: dict[int, it.Item], *, shuffle: bool
) -> dict[tuple[Any, int], tuple[str, ...]]:
    """Options chosen, in the items' own ids, by attempt and number; choice questions only."""
    numbers = [
        number
        for number, item in items.items()
        if isinstance(item, (it.SingleChoice, it.MultipleChoice, it.TrueFalse))
    ]
    found: dict[tuple[Any, int], tuple[str, ...]] = {}
    for start in range(0, len(attempts), 300):
        rows = Answer.objects.filter(
            attempt_id__in=attempts[start : start + 300], item__in=numbers
        ).values_list("attempt_id", "item", "value")
        for attempt, number, raw in rows:
            item = items[number]
            arrangement = drawing.arrange(item, str(attempt), number, shuffle=shuffle)
            value = drawing.canonical(item, json.loads(raw), arrangement)
            if isinstance(value, bool):
                value = "true" if value else "false"
            options = value if isinstance(value, list) else [value]
            found[(attempt, number)] = tuple(o for o in options if isinstance(o, str) and o)
    return found


def _of_own_papers(common: list[tuple[int, Any]], sat: Iterator[Sat]) -> ExamFigures:
    """Each question against the rest of the paper it stood in: papers differ, so α has no meaning."""
    tallies: dict[int, Tally] = {}
    scores: dict[float, int] = {}
    persons, worth = 0, 0.0
    for _pk, marks, drawn, score in sat:
        persons += 1
        scores[float(score)] = scores.get(float(score), 0) + 1
        by_number = {number: (float(points), reason) for number, points, reason in marks}
        paper = common if drawn is None else drawn
        worth = sum(float(points) for _version, points in paper)
        for number, (version, points) in enumerate(paper, 1):
            mine, reason = by_number.get(number, (0.0, "blank"))
            tally = tallies.setdefault(
                version, Tally(["item", "rest"], [float(points), worth - float(points) or 1.0])
            )
            tally.add([None if reason == "blank" else mine, float(score) - mine])
    versions = QuestionVersion.objects.select_related("question__author").in_bulk(list(tallies))
    lines = tuple(
        ItemLine(number, versions[version], tally.analysis().items[0])
        for number, (version, tally) in enumerate(sorted(tallies.items()), 1)
    )
    return ExamFigures(persons, worth, tuple(sorted(scores.items())), lines, None, 0)
