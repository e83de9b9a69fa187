"""Blueprints, papers and the announcing of exams."""

import re
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams import operations, queries, tasks
from exams.engine import drawing
from exams.enums import QuestionType
from exams.forms.sittings import BlueprintForm, BlueprintRows, ExamForm, FixedPaperForm
from exams.models import Blueprint, BlueprintRow, Exam, Paper, Question
from exams.permissions import BANK_ROLES, EXAM_ROLES, may_withdraw
from exams.views.question import question_view
from exams.views.sittings import WATCHERS
from people.enums import Role
from people.numbers import whole_number
from people.permissions import me, role_required
from people.queries import has_role

MOST_FORMS = 4
ROW_FIELDS = ("category", "knowledge_point", "type", "difficulty", "count", "points")
PAPER_ROLES = (*BANK_ROLES, Role.TRAINING_ADMIN)

WITHDRAW_REFUSED = {
    "no_reason": gettext_lazy("Please give a reason."),
    "begun": gettext_lazy("Somebody has begun: this exam can no longer be withdrawn."),
    "built_upon": gettext_lazy("A course, a contest or a make-up sitting rests on this exam."),
    "withdrawn": gettext_lazy("This exam is withdrawn already."),
}


@require_safe
@role_required(*PAPER_ROLES)
def paper_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(queries.papers(), 25).get_page(request.GET.get("page"))
    return render(
        request,
        "exams/papers/list.html",
        {
            "page_obj": page,
            "blueprints": list(queries.blueprints()),
            "is_setter": has_role(me(request), Role.QUESTION_SETTER),
            "tab": "papers",
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.QUESTION_SETTER)
def blueprint_new(request: HttpRequest) -> HttpResponse:
    """Write a blueprint; before it is saved one sees whether the bank can fill it."""
    data: Any = request.POST or None
    model = Blueprint.objects.filter(pk=whole_number(request.GET.get("like"))).first()
    form = BlueprintForm(data, initial={"title": model.title} if model else None)
    rows = BlueprintRows(
        data, prefix="rows", initial=list(model.rows.values(*ROW_FIELDS)) if model else None
    )
    report: list[drawing.RowReport] = []
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        lines = [
            BlueprintRow(number=n, **row.cleaned_data)
            for n, row in enumerate((r for r in rows if r.cleaned_data), 1)
        ]
        report = list(_feasibility([queries.engine_row(line) for line in lines]))
        # What cannot be drawn is told first; saving it all the same is a second press.
        is_short = any(line.short for line in report)
        if "save" in request.POST and (not is_short or "save_short" in request.POST):
            blueprint = operations.create_blueprint(
                form.cleaned_data["title"], lines, by=me(request), now=timezone.now()
            )
            return redirect("exams:blueprint", blueprint.pk)
    return render(
        request,
        "exams/papers/blueprint_form.html",
        {
            "form": form,
            "rows": rows,
            "report": report,
            "is_short": any(line.short for line in report),
            "knowledge_points": queries.knowledge_points(),
        },
    )


def _feasibility(rows: list[drawing.Row]) -> tuple[drawing.RowReport, ...]:
    return drawing.draw(rows, queries.drawable(timezone.localdate()), "feasibility").report


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*PAPER_ROLES)
def blueprint_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A blueprint with what the bank has for it; POST draws a paper."""
    blueprint = get_object_or_404(Blueprint.objects.select_related("created_by"), pk=pk)
    if request.method == "POST":
        if not has_role(me(request), Role.QUESTION_SETTER):
            raise Http404
        now = timezone.now()
        seed = request.POST.get("seed", "").strip()[:40] or get_random_string(10)
        forms = whole_number(request.POST.get("forms"), least=1, most=MOST_FORMS, otherwise=1)
        try:
            drawn = operations.draw_parallel(
                pk,
                forms,
                seed=seed,
                by=me(request),
                now=now,
                on=timezone.localdate(now),
                even="even" in request.POST,
            )
        except operations.NotFeasible:
            messages.error(request, _("The bank has too few questions for this blueprint."))
            return redirect("exams:blueprint", pk)
        if forms > 1:
            shared = queries.questions_shared(drawn)
            messages.success(
                request,
                _("%(n)s forms are drawn; %(shared)s questions stand on more than one.")
                % {"n": forms, "shared": shared},
            )
            return redirect("exams:blueprint", pk)
        messages.success(request, _("Drawn. Look it through, then publish it."))
        return redirect("exams:paper", drawn[0].pk)
    rows = list(blueprint.rows.select_related("category"))
    report = _feasibility([queries.engine_row(row) for row in rows])
    return render(
        request,
        "exams/papers/blueprint.html",
        {
            "blueprint": blueprint,
            "rows": list(zip(rows, report, strict=True)),
            "feasible": all(not line.short for line in report),
            "questions": sum(row.count for row in rows),
            "points": sum(row.count * row.points for row in rows),
            "papers": queries.papers().filter(blueprint=blueprint),
            "is_setter": has_role(me(request), Role.QUESTION_SETTER),
        },
    )


@require_safe
@role_required(*PAPER_ROLES)
def paper_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper as it will be asked, with the key for those who made it."""
    paper = get_object_or_404(queries.papers(), pk=pk)
    counts = queries.exposures(timezone.now())
    asked = dict(paper.items.values_list("version_id", "version__question_id"))
    lines = []
    for number, version_id, points, item in queries.paper_lines(pk):
        arrangement = drawing.arrange(item, "preview", number, shuffle=False)
        lines.append(
            {
                "number": number,
                "version_id": version_id,
                "points": points,
                "item": item,
                "view": question_view(drawing.shown(item, arrangement), None, f"p{number}"),
                "keys": drawing.key_labels(item, arrangement),
                "key": drawing.key_in_words(item),
                "type_name": QuestionType(item.type).label,
                # On this paper once; the rest is how often it was used besides.
                "used": max(counts[asked[version_id]] - 1, 0),
            }
        )
    layout = request.GET.get("print", "")
    return render(
        request,
        "exams/papers/print.html" if layout in ("paper", "key") else "exams/papers/paper.html",
        {
            "paper": paper,
            "lines": lines,
            "with_key": layout == "key",
            "stale": queries.stale_on([pk]),
            "lapsing": queries.not_valid_through([pk], timezone.localdate(), timezone.localdate()),
            "may_see_bank": has_role(me(request), *BANK_ROLES),
            "is_setter": has_role(me(request), Role.QUESTION_SETTER),
            "may_announce": has_role(me(request), *EXAM_ROLES),
        },
    )


@require_POST
@role_required(Role.QUESTION_SETTER)
def paper_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    get_object_or_404(Paper, pk=pk)
    now = timezone.now()
    try:
        if deed == "publish":
            operations.publish_paper(pk, by=me(request), now=now)
            messages.success(request, _("Published. From now on it cannot be changed."))
        elif deed == "discard":
            operations.discard_paper(pk, by=me(request), now=now)
            messages.success(request, _("The draft was discarded."))
            return redirect("exams:papers")
        else:
            raise Http404
    except operations.PaperRefused:
        messages.error(request, _("This paper is no longer a draft."))
    return redirect("exams:paper", pk)


@require_safe
@role_required(*PAPER_ROLES)
def exam_admin_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(queries.exams_with_counts(), 25).get_page(request.GET.get("page"))
    return render(
        request,
        "exams/papers/exams.html",
        {
            "page_obj": page,
            "now": timezone.now(),
            "may_announce": has_role(me(request), *EXAM_ROLES),
            "tab": "exams",
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*EXAM_ROLES)
def exam_new(request: HttpRequest) -> HttpResponse:
    initial: dict[str, Any] = {}
    paper = whole_number(request.GET.get("paper"))
    if paper:
        initial["paper"] = paper
        chosen = Paper.objects.filter(pk=paper).first()
        initial["title"] = chosen.title if chosen else ""
        beside = list(queries.forms_drawn_with(chosen)) if chosen else []
        if beside:
            initial["other_forms"] = [form.pk for form in beside]
            initial["title"] = re.sub(rf" [{drawing.FORMS}]卷$", "", initial["title"])
    form = ExamForm(request.POST or None, request.FILES or None, initial=initial, by=me(request))
    if request.method == "POST" and form.is_valid():
        exam = operations.open_exam(by=me(request), now=timezone.now(), **form.options())
        messages.success(request, _("The exam is announced."))
        return redirect("exams:exam_page", exam.pk)
    return render(
        request, "exams/papers/exam_form.html", {"form": form}, status=422 if form.errors else 200
    )


@require_safe
@role_required(*PAPER_ROLES)
def exam_page(request: HttpRequest, pk: int) -> HttpResponse:
    """An exam with its figures; no names: results of persons are for the training department."""
    exam = get_object_or_404(queries.exams_with_counts(), pk=pk)
    questions, worth = queries.size_of(exam)
    other_forms = list(exam.other_forms.order_by("pk"))
    forms = [exam.paper_id, *(form.pk for form in other_forms)]
    over = exam.cancelled_at is not None or exam.closes_at <= timezone.now()
    return render(
        request,
        "exams/papers/exam.html",
        {
            "exam": exam,
            "questions": questions,
            "worth": worth,
            "units": exam.units.all(),
            "other_forms": other_forms,
            "stale": [] if over else queries.stale_on(forms),
            "lapsing": [] if over else _not_valid_through(exam, forms),
            "may_see_bank": has_role(me(request), *BANK_ROLES),
            "may_watch": has_role(me(request), *WATCHERS),
            "may_withdraw": has_role(me(request), *EXAM_ROLES)
            and may_withdraw(me(request), exam)
            and queries.may_be_withdrawn(exam),
        },
    )


def _not_valid_through(exam: Exam, papers: list[int | None]) -> list[Question]:
    """Questions asked on a day of the exam on which they may not be drawn; closing is exclusive."""
    last = timezone.localdate(exam.closes_at - timedelta.resolution)
    return queries.not_valid_through(papers, timezone.localdate(exam.opens_at), last)


@require_POST
@role_required(*EXAM_ROLES)
def exam_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what was announced by mistake, as long as nobody has begun."""
    if not may_withdraw(me(request), get_object_or_404(Exam, pk=pk)):
        raise Http404
    try:
        operations.withdraw_exam(
            pk, because=request.POST.get("reason", "")[:300], by=me(request), now=timezone.now()
        )
    except operations.WithdrawRefused as refusal:
        messages.error(request, WITHDRAW_REFUSED[refusal.code])
    else:
        tasks.tell_withdrawn.enqueue(pk)
        messages.success(request, _("Withdrawn. Candidates get a notice with the reason."))
    return redirect("exams:exam_page", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.QUESTION_SETTER)
def paper_new(request: HttpRequest) -> HttpResponse:
    """A fixed paper: question by question, by code, in this order."""
    form = FixedPaperForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        paper = operations.compose_paper(
            form.cleaned_data["title"], form.lines, by=me(request), now=timezone.now()
        )
        messages.success(request, _("Put together. Look it through, then publish it."))
        return redirect("exams:paper", paper.pk)
    return render(
        request, "exams/papers/fixed_form.html", {"form": form}, status=422 if form.errors else 200
    )
