"""Papers and answer sheets as printed pages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from exams import queries
from exams.engine import drawing
from exams.engine import items as it
from exams.enums import QuestionType
from exams.models import Exam, Paper
from exams.queries import PaperLine
from exams.views.question import question_view
from people.models import Person
from people.printing import pdf

SHORT_OPTION, TINY_OPTION = 16, 6  # characters that fit into a half and a quarter of a line
ANSWER_LINES, ESSAY_LINES = range(5), range(14)  # to write on by hand
NUMERALS = "一二三四五六七八九十"


@dataclass
class Section:
    """Questions of one type that follow each other; ``each`` when all are worth the same."""

    part: str
    title: str
    each: Decimal | None
    lines: list[dict[str, Any]] = field(default_factory=list)


def _sections(
    lines: Sequence[PaperLine],
) -> Iterator[tuple[str, str, Decimal | None, list[PaperLine]]]:
    """(numeral, title, points of each or None, lines) of each run of one type, as Chinese papers have it."""
    for place, (kind, run) in enumerate(groupby(lines, key=lambda line: line[3].type)):
        some = list(run)
        worths = {points for _number, _version, points, _item in some}
        each = worths.pop() if len(worths) == 1 else None
        part = NUMERALS[place] if place < len(NUMERALS) else str(place + 1)
        facts = {
            "part": part,
            "type": QuestionType(kind).label,
            "n": len(some),
            "points": it.plain_number(sum((points for _, _, points, _ in some), Decimal(0))),
        }
        if each is None:
            title = _("%(part)s. %(type)s (%(n)s questions, %(points)s points)") % facts
        else:
            facts["each"] = it.plain_number(each)
            title = (
                _("%(part)s. %(type)s (%(n)s questions, %(each)s points each, %(points)s in all)")
                % facts
            )
        yield part, title, each, some


def printed_paper(paper: Paper, *, with_key: bool) -> bytes:
    """A paper, without its key or with it."""
    lines = queries.paper_lines(paper.pk)
    sections = []
    for part, title, each, some in _sections(lines):
        section = Section(part, title, each)
        for number, _version, points, item in some:
            arrangement = drawing.arrange(item, "preview", number, shuffle=False)
            view = question_view(drawing.shown(item, arrangement), None, f"p{number}")
            for each_view in [view, *view.get("parts", ())]:
                longest = max((len(o["text"]) for o in each_view.get("options", ())), default=0)
                few = len(each_view.get("options", ())) <= 4
                each_view["option_width"] = (
                    "long" if longest > SHORT_OPTION
                    else "short" if longest <= TINY_OPTION and few
                    else ""
                )  # fmt: skip
            section.lines.append(
                {
                    "number": number,
                    "points": points,
                    "item": item,
                    "view": view,
                    "is_long": item.type in ("case", "essay", "short_answer"),
                    "room": not with_key,
                    "keys": drawing.key_labels(item, arrangement),
                    "key": drawing.key_in_words(item),
                }
            )
        sections.append(section)
    return pdf(
        "exams/pdf/paper.html",
        {
            "paper": paper,
            "sections": sections,
            "with_key": with_key,
            "questions": len(lines),
            "answer_lines": ANSWER_LINES,
            "essay_lines": ESSAY_LINES,
        },
    )


def _sheet_sections(paper: Paper) -> list[dict[str, Any]]:
    """What an answer sheet has for each section: letters to mark, lines to write on, or boxes."""
    out = []
    for _part, title, _each, some in _sections(queries.paper_lines(paper.pk)):
        marks: list[dict[str, Any]] = []
        boxes: list[dict[str, Any]] = []
        written: list[dict[str, Any]] = []
        for number, _version, _points, item in some:
            match item:
                case it.SingleChoice() | it.MultipleChoice():
                    marks.append({"number": number, "marks": it.LETTERS[: len(item.options)]})
                case it.TrueFalse():
                    marks.append({"number": number, "marks": "√×"})
                case it.ShortAnswer() | it.Essay() | it.Case():
                    is_large = not isinstance(item, it.ShortAnswer)
                    boxes.append({"number": number, "is_large": is_large})
                case it.FillIn():
                    blanks = range(1, len(item.blanks) + 1)
                    written.append({"number": number, "blanks": blanks})
                case it.Matching():
                    written.append({"number": number, "blanks": range(1, len(item.left) + 1)})
                case _:
                    written.append({"number": number, "blanks": range(1, 2)})
        out.append(
            {
                "title": title,
                "marks": marks,
                "boxes": boxes,
                "lines": written,
                "is_wide": any(len(line["marks"]) > 4 for line in marks),
            }
        )
    return out


def printed_sheets(exam: Exam, people: Sequence[Person]) -> bytes:
    """A sheet to fill in by hand for each of these persons; the exam has a common paper."""
    assert exam.paper is not None  # noqa: S101 - who asks has looked
    return pdf(
        "exams/pdf/sheets.html",
        {
            "exam": exam,
            "people": people,
            "sections": _sheet_sections(exam.paper),
            "has_forms": exam.other_forms.exists(),
        },
    )
