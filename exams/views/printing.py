"""Papers and answer sheets as PDF."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from exams import queries
from exams.engine import drawing
from exams.engine import items as it
from exams.enums import QuestionType
from exams.models import Paper
from exams.permissions import BANK_ROLES
from exams.queries import PaperLine
from exams.views.candidates import SHEETS_A_FILE
from exams.views.question import question_view
from exams.views.sittings import sitting_exam
from people.enums import Role
from people.numbers import whole_number
from people.operations import audit
from people.permissions import me, role_required
from people.printing import MEDIA_TYPE, pdf
from people.queries import persons_visible_to
from people.spreadsheets import attachment

SHORT_OPTION, TINY_OPTION = 16, 6  # characters that fit into a half and a quarter of a line
ANSWER_LINES, ESSAY_LINES = range(5), range(14)  # to write on by hand
LAYOUTS = ("paper", "key")
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


@require_safe
@role_required(*BANK_ROLES, Role.TRAINING_ADMIN)
def paper_pdf(request: HttpRequest, pk: int, layout: str) -> HttpResponse:
    """A paper for printing, without its key or with it; the key leaves an audit row."""
    if layout not in LAYOUTS:
        raise Http404
    paper = get_object_or_404(queries.papers(), pk=pk)
    with_key = layout == "key"
    lines = queries.paper_lines(pk)
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
    raw = pdf(
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
    if with_key:
        now = timezone.now()
        audit(me(request), "exams.paper.print_key", f"exams.paper:{pk}", {}, now=now)
    name = f"{paper.title}-{_('with key')}.pdf" if with_key else f"{paper.title}.pdf"
    return HttpResponse(raw, content_type=MEDIA_TYPE, headers=attachment(name, "paper.pdf"))


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


@require_safe
@role_required(Role.TRAINING_ADMIN)
def answer_sheets(request: HttpRequest, pk: int) -> HttpResponse:
    """A sheet to fill in by hand for each candidate in reach, a hundred a file; audited."""
    exam = sitting_exam(request, pk, Role.TRAINING_ADMIN)
    if exam.paper is None:
        messages.error(
            request, _("Every candidate has a paper of his own: there is no common answer sheet.")
        )
        return redirect("exams:candidates", pk)
    part = max(whole_number(request.GET.get("part"), most=1000), 1)
    reach = persons_visible_to(me(request), Role.TRAINING_ADMIN).order_by()
    found = queries.candidates_of(exam).filter(pk__in=reach).select_related("unit")
    start = (part - 1) * SHEETS_A_FILE
    people = list(found.order_by("staff_number")[start : start + SHEETS_A_FILE])
    if not people:
        raise Http404
    raw = pdf(
        "exams/pdf/sheets.html",
        {
            "exam": exam,
            "people": people,
            "sections": _sheet_sections(exam.paper),
            "has_forms": exam.other_forms.exists(),
        },
    )
    detail = {"persons": len(people), "part": part}
    audit(me(request), "exams.sheets.print", f"exams.exam:{pk}", detail, now=timezone.now())
    name = f"{exam.title}-{_('Answer sheets')}-{part}.pdf"
    return HttpResponse(raw, content_type=MEDIA_TYPE, headers=attachment(name, "sheets.pdf"))
