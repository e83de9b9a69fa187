"""Figures of a sitting: what its questions did, for those who keep the bank."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice
from operator import attrgetter
from statistics import fmean, stdev
from typing import Any

from exams.engine import certainty as cbm
from exams.engine import drawing
from exams.engine import items as it
from exams.engine.statistics import Analysis, ItemFigures, Tally
from exams.enums import AttemptState
from exams.models import Answer, Attempt, Exam, Paper, PaperItem, QuestionVersion
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
    forms: tuple["FormFigures", ...] = ()


@dataclass(frozen=True, slots=True)
class FormFigures:
    """One of the parallel forms beside the others: mean and standard deviation in points."""

    paper: Paper
    persons: int
    mean: float | None
    sd: float | None


Sat = tuple[Any, list[list[Any]], list[list[Any]] | None, Decimal]  # id, marks, drawn, score


def _first_attempts(exam: Exam, form: "_Form | None" = None) -> Iterator[Sat]:
    """(id, marks, drawn, score) of each person's first graded attempt: later ones know the questions.

    With ``form``, of those alone who had this one of the parallel forms.
    """
    rows = (
        Attempt.objects.filter(exam=exam, state=AttemptState.GRADED, marks__isnull=False)
        .order_by("person_id", "ordinal")
        .values_list("person_id", "pk", "marks", "drawn", "score")
    )
    last = None
    for person, pk, marks, drawn, score in rows.iterator(chunk_size=500):
        if person != last:
            last = person
            if form is not None and not form.was_sat(drawn):
                continue
            yield pk, marks or [], drawn, score or Decimal(0)


@dataclass(frozen=True)
class _Form:
    """A parallel form, recognised by its questions in their order."""

    paper: Paper
    is_own: bool  # the exam's own paper is not noted on the attempt
    versions: list[int]

    def was_sat(self, drawn: list[list[Any]] | None) -> bool:
        if drawn is None:
            return self.is_own
        return [version for version, _points in drawn] == self.versions


def forms_in(exam: Exam) -> list[Paper]:
    """The parallel forms of an exam as they were drawn; empty when there is but one paper."""
    others = list(exam.other_forms.all())
    if exam.paper is None or not others:
        return []
    return sorted([exam.paper, *others], key=attrgetter("pk"))


def _forms(exam: Exam) -> list[_Form]:
    papers = forms_in(exam)
    rows = PaperItem.objects.filter(paper__in=papers).order_by("paper_id", "number")
    versions: dict[int, list[int]] = {}
    for paper, version in rows.values_list("paper_id", "version_id"):
        versions.setdefault(paper, []).append(version)
    return [_Form(paper, paper.pk == exam.paper_id, versions.get(paper.pk, [])) for paper in papers]


@dataclass
class _Rightness:
    """First attempts of an exam marked by certainty, with points as if it had not been asked.

    What the level of certainty did to the points is taken back; ``said`` gathers how sure candidates
    were and how right, level by level.
    """

    exam: Exam
    scheme: cbm.Scheme
    common: list[tuple[int, Any]]
    form: _Form | None
    said: cbm.Calibration = field(init=False)
    _asks: dict[int, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.said = cbm.Calibration(self.scheme)

    def attempts(self) -> Iterator[Sat]:
        first = _first_attempts(self.exam, self.form)
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


def exam_figures(exam: Exam, paper_id: int | None = None) -> ExamFigures:
    """Item and test statistics over the graded first attempts of an exam.

    With ``paper_id``, which must be one of ``forms_in``, over those alone who had this form.
    """
    forms = _forms(exam)
    form = next((each for each in forms if each.paper.pk == paper_id), None)
    # With parallel forms, whoever has no paper noted on the attempt sat the exam's own.
    common = list(
        PaperItem.objects.filter(paper=exam.paper_id)
        .order_by("number")
        .values_list("version_id", "points")
    )
    scheme = cbm.scheme_of(exam.certainty_scheme)
    rightness = _Rightness(exam, scheme, common, form) if scheme is not None else None
    sat = rightness.attempts() if rightness is not None else _first_attempts(exam, form)
    if form is not None or (exam.paper_id is not None and not forms):
        figures = _of_one_paper(exam, sat, paper_id if form is not None else exam.paper_id)
    else:
        figures = _of_own_papers(common, sat, forms)
    return figures if rightness is None else replace(figures, levels=rightness.said.figures())


def _of_one_paper(exam: Exam, sat: Iterator[Sat], paper_id: int | None) -> ExamFigures:
    lines = list(
        PaperItem.objects.filter(paper=paper_id)
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


def _of_own_papers(
    common: list[tuple[int, Any]], sat: Iterator[Sat], forms: list[_Form]
) -> ExamFigures:
    """Each question against the rest of the paper it stood in: papers differ, so α has no meaning."""
    tallies: dict[int, Tally] = {}
    scores: dict[float, int] = {}
    by_form: list[list[float]] = [[] for _form in forms]
    persons, worth = 0, 0.0
    for _pk, marks, drawn, score in sat:
        persons += 1
        scores[float(score)] = scores.get(float(score), 0) + 1
        for reached, form in zip(by_form, forms, strict=True):
            if form.was_sat(drawn):
                reached.append(float(score))
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
    compared = tuple(
        FormFigures(
            form.paper,
            len(reached),
            fmean(reached) if reached else None,
            stdev(reached) if len(reached) > 1 else None,
        )
        for form, reached in zip(forms, by_form, strict=True)
    )
    return ExamFigures(
        persons, worth, tuple(sorted(scores.items())), lines, None, 0, forms=compared
    )
