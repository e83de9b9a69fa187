"""What a sitting says about its questions: words, charts, tables, and tasks for authors."""

import csv
import io
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams import operations, queries
from exams.engine import items as it
from exams.engine.statistics import ItemFigures, groups_by_score
from exams.models import Exam, Paper, WeakItem
from exams.operations.statistics import FEWEST, TASKS
from exams.permissions import BANK_ROLES
from people.downloads import download
from people.enums import Role
from people.permissions import me, role_required
from people.queries import has_role

FLAGS = {
    "few_persons": gettext_lazy("too few candidates to say"),
    "no_variance": gettext_lazy("everybody scored the same"),
    "too_hard": gettext_lazy("very hard"),
    "too_easy": gettext_lazy("very easy"),
    "weak": gettext_lazy("hardly tells good from weak candidates"),
    "negative": gettext_lazy("weak candidates do better: look at the key"),
    "distractor_unused": gettext_lazy("an option nobody chose"),
    "distractor_attracts_the_best": gettext_lazy("a wrong option draws the better candidates"),
}
# Said above the table, or by ``in_words`` on the same line.
SAID = {"few_persons", "too_hard", "too_easy"}
ROLES = (*BANK_ROLES, Role.TRAINING_ADMIN)


def figure(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _options(line: queries.ItemLine) -> list[dict[str, Any]]:
    """The distractor table with the options' texts."""
    item = line.version.item()
    texts = {"true": _("true"), "false": _("false")}
    if isinstance(item, (it.SingleChoice, it.MultipleChoice)):
        texts = {option.id: option.text for option in item.options}
    figures = {each.option: each for each in line.figures.options}
    rows = []
    for ident in [*texts, *(name for name in figures if name not in texts)]:
        each = figures.get(ident)
        if each is None and ident in ("true", "false") and not figures:
            continue
        rows.append(
            {
                "id": ident if len(ident) == 1 else "",
                "text": texts.get(ident, ""),
                "count": each.count if each else 0,
                "share": round(each.share * 100) if each else 0,
                "upper": round(each.upper * 100) if each else 0,
                "lower": round(each.lower * 100) if each else 0,
                "right": bool(each and each.is_key),
            }
        )
    return rows if figures else []


def in_words(figures: ItemFigures) -> str:
    """How hard a question was and whether it tells candidates apart, as a sentence."""
    if figures.facility is None:
        return _("Nobody has answered it.")
    p, d = figures.facility, figures.discrimination
    hard = _("very easy") if p > 0.9 else _("easy") if p > 0.7 else _("of medium difficulty") if p > 0.4 else _("hard") if p > 0.2 else _("very hard")  # fmt: skip
    if d is None or "few_persons" in figures.flags:
        return hard
    tells = _("tells candidates apart very well") if d >= 0.4 else _("tells candidates apart well") if d >= 0.3 else _("tells candidates apart tolerably") if d >= 0.2 else _("hardly tells candidates apart")  # fmt: skip
    return _("%(hard)s; %(tells)s") % {"hard": hard, "tells": tells}


def reliability_in_words(alpha: float | None) -> str:
    """The customary reading of α."""
    if alpha is None:
        return _("not defined for this sitting")
    if alpha >= 0.9:
        return _("very reliable")
    if alpha >= 0.8:
        return _("reliable enough for decisions on persons")
    if alpha >= 0.7:
        return _("acceptable for groups, weak for single persons")
    return _("too unreliable to tell persons apart")


def _form_asked(request: HttpRequest, exam: Exam) -> Paper | None:
    """The parallel form whose figures are wanted, None for all; 404 for a paper not sat here."""
    asked = request.GET.get("form", "")
    if not asked:
        return None
    found = [paper for paper in queries.forms_in(exam) if str(paper.pk) == asked]
    if not found:
        raise Http404
    return found[0]


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*ROLES)
def exam_statistics(request: HttpRequest, pk: int) -> HttpResponse:
    exam = get_object_or_404(Exam.objects.select_related("paper", "blueprint"), pk=pk)
    person = me(request)
    if request.method == "POST":
        count = operations.hand_weak_items_over(pk, by=person, now=timezone.now())
        if count:
            words = ngettext(
                "%(n)d question was put on its author's desk.",
                "%(n)d questions were put on their authors' desks.",
                count,
            ) % {"n": count}
            messages.success(request, words)
        else:
            messages.info(request, _("There is nothing new for the authors."))
        return redirect("exams:exam_statistics", pk)
    form = _form_asked(request, exam)
    figures = queries.exam_figures(exam, form.pk if form else None)
    analysis = figures.analysis
    bins = groups_by_score(figures.scores)
    test = analysis.test if analysis else None
    known = set(WeakItem.objects.filter(exam=exam).values_list("version_id", flat=True))
    weak = [line for line in figures.lines if TASKS & set(line.figures.flags)]
    rows = [
        {
            "line": line,
            "stem": it.plain_stem(line.version.stem),
            "words": in_words(line.figures),
            "facility": None
            if line.figures.facility is None
            else round(line.figures.facility * 100),
            "discrimination": figure(line.figures.discrimination),
            "correlation": figure(line.figures.corrected_point_biserial),
            "without": figure(line.figures.alpha_if_deleted),
            "flags": [str(FLAGS[flag]) for flag in line.figures.flags if flag not in SAID],
            "options": _options(line),
        }
        for line in figures.lines
    ]
    return render(
        request,
        "exams/papers/statistics.html",
        {
            "exam": exam,
            "form": form,
            "forms": [
                {
                    "paper": each.paper,
                    "persons": each.persons,
                    "mean": figure(each.mean, 1),
                    "sd": figure(each.sd, 1),
                }
                for each in figures.forms
            ],
            "figures": figures,
            "test": test,
            "rows": rows,
            "alpha": figure(test.alpha if test else None),
            "alpha_words": reliability_in_words(test.alpha if test else None),
            "sem": figure(test.sem if test else None, 1),
            "mean": figure(_mean(figures.scores), 1),
            "sd": figure(test.sd if test else None, 1),
            "bins": [
                {"label": f"{low:g}–{high:g}" if high - low > 1 else f"{low:g}", "persons": persons}
                for low, high, persons in bins
            ],
            "score_chart": {
                "kind": "bar",
                "labels": [f"{low:g}–{high:g}" for low, high, _n in bins],
                "unit": pgettext("unit of a chart", "persons"),
                "series": [{"name": _("Candidates"), "values": [n for _a, _b, n in bins]}],
            },
            "item_chart": {
                "kind": "bar",
                "labels": [str(line.number) for line in figures.lines],
                "unit": "%",
                "series": [
                    {
                        "name": pgettext("statistics", "Right"),
                        "values": [row["facility"] for row in rows],
                    }
                ],
            },
            "few": figures.persons < FEWEST,
            "least": FEWEST,
            "weak": sum(line.version.pk not in known for line in weak),
            "may_open": has_role(person, *BANK_ROLES),
        },
    )


def _mean(scores: tuple[tuple[float, int], ...]) -> float | None:
    persons = sum(n for _score, n in scores)
    return sum(score * n for score, n in scores) / persons if persons else None


@require_safe
@role_required(*ROLES)
def statistics_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """The items' figures, one row each; cells never begin a formula."""
    exam = get_object_or_404(Exam.objects.select_related("paper"), pk=pk)
    form = _form_asked(request, exam)
    figures = queries.exam_figures(exam, form.pk if form else None)
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(
        [_("Number"), _("Code"), _("Question"), _("Candidates"), _("Not answered"), _("Facility"), _("Discrimination"),
         _("Correlation with the rest"), _("α without it"), _("Findings")]
    )  # fmt: skip
    for line in figures.lines:
        each = line.figures
        cells = [
            line.number, line.version.question.code, it.plain_stem(line.version.stem)[:200], each.persons, each.missing,
            figure(each.facility, 4), figure(each.discrimination, 4), figure(each.corrected_point_biserial, 4),
            figure(each.alpha_if_deleted, 4), "；".join(str(FLAGS[flag]) for flag in each.flags),
        ]  # fmt: skip
        writer.writerow([f"'{c}" if str(c)[:1] in "=+@\t\r" else c for c in cells])
    text = "\ufeff" + stream.getvalue()
    return download(text, f"statistics-{pk}.csv", "text/csv; charset=utf-8")


@require_POST
@role_required(Role.QUESTION_SETTER)
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """The question stays as it is after a look at its figures."""
    weak = get_object_or_404(WeakItem.objects.select_related("version"), pk=pk)
    operations.settle_weak_item(pk, by=me(request), now=timezone.now())
    messages.success(request, _("Noted: the question stays as it is."))
    return redirect("exams:question", weak.version.question_id)
