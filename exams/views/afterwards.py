"""After the hand-in, for whoever holds the exam: marking, corrected keys, appeals; and for candidates."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams import operations, queries, tasks
from exams.enums import CorrectionState, QuestionType, Ruling
from exams.forms.marking import (
    AppealAnswerForm,
    AppealForm,
    CorrectionForm,
    DecisionForm,
    MarkingForm,
)
from exams.models import Exam, KeyCorrection
from exams.permissions import BANK_ROLES, EXAM_ROLES
from exams.views.attempts import own_attempt, result_page
from people.enums import Role
from people.permissions import me, role_required
from people.queries import has_role

HOLDERS = (*BANK_ROLES, Role.TRAINING_ADMIN)
DECIDERS = (Role.QUESTION_REVIEWER, Role.TRAINING_ADMIN)
# More attempts than this are regraded behind the page.
REGRADED_AT_ONCE = 300

REFUSALS = {
    "not_asked": gettext_lazy("This exam does not ask that question."),
    "pending": gettext_lazy("A correction of this question waits for a decision already."),
    "no_reason": gettext_lazy("Please give a reason."),
    "not_a_key": gettext_lazy(
        "Please choose a later version of the same question that a second person approved."
    ),
    "other_shape": gettext_lazy(
        "That version has other options or blanks: answers to the old one cannot be judged by it."
    ),
    "decided": gettext_lazy("Somebody decided this already."),
    "own_proposal": gettext_lazy("You proposed it: a second person decides."),
    "too_late": gettext_lazy("The time in which one may ask to look again is over."),
    "not_released": gettext_lazy("This result cannot be appealed against."),
    "asked_before": gettext_lazy("You asked already; the answer will stand here."),
    "answered": gettext_lazy("Somebody answered this already."),
    "own_attempt": gettext_lazy("This is your own attempt."),
    "marked_it": gettext_lazy("You marked this attempt: somebody else looks again."),
}


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*HOLDERS)
def afterwards(request: HttpRequest, pk: int) -> HttpResponse:
    """How marking stands, what was corrected, who appealed; POST settles how answers are marked."""
    exam = get_object_or_404(Exam, pk=pk)
    may_hold = has_role(me(request), *EXAM_ROLES)
    form = MarkingForm(request.POST or None, instance=exam)
    if request.method == "POST":
        if not may_hold:
            raise Http404
        if form.is_valid():
            try:
                operations.set_marking(pk, by=me(request), now=timezone.now(), **form.cleaned_data)
            except operations.MarkingBegan:
                messages.error(request, _("Marks were given already: only the days can change."))
            else:
                messages.success(request, _("Saved."))
            return redirect("exams:afterwards", pk)
        exam = get_object_or_404(Exam, pk=pk)
    return render(
        request,
        "exams/afterwards/exam.html",
        {
            "exam": exam,
            "form": form,
            "may_hold": may_hold,
            "progress": queries.marking_progress(exam),
            "corrections": list(queries.corrections_of(pk)[:50]),
            "appeals": list(queries.appeals_of(pk)[:100]),
        },
        status=422 if form.is_bound else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*EXAM_ROLES)
def correction_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the question and how it is judged; see whom it concerns; then propose it."""
    exam = get_object_or_404(Exam, pk=pk)
    asked = queries.asked_questions(exam)
    form = CorrectionForm(request.POST or None, asked=asked)
    effect = draft = None
    if request.method == "POST" and form.is_valid():
        try:
            draft = operations.drafted_correction(pk, **form.choice())
            if "propose" in request.POST:
                stored = operations.propose_correction(draft, by=me(request), now=timezone.now())
                messages.success(request, _("Proposed. A second person decides."))
                return redirect("exams:correction", stored.pk)
            effect = queries.effect_of(draft)
        except operations.CorrectionRefused as refusal:
            form.add_error(None, str(REFUSALS[refusal.code]))
    return render(
        request,
        "exams/afterwards/correction_form.html",
        {"exam": exam, "form": form, "effect": effect, "draft": draft},
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*HOLDERS)
def correction(request: HttpRequest, pk: int) -> HttpResponse:
    """A correction with whom it concerns; POST is the decision of a second person."""
    found = get_object_or_404(
        KeyCorrection.objects.select_related(
            "exam", "version__question", "replacement", "proposed_by", "decided_by"
        ),
        pk=pk,
    )
    person = me(request)
    may_decide = (
        found.state == CorrectionState.PROPOSED
        and found.proposed_by_id != person.pk
        and has_role(person, *DECIDERS)
    )
    form = DecisionForm(request.POST or None)
    if request.method == "POST":
        if not has_role(person, *DECIDERS):
            raise Http404
        if form.is_valid():
            return _decide(request, found, form)
    waits = found.state == CorrectionState.PROPOSED
    return render(
        request,
        "exams/afterwards/correction.html",
        {
            "correction": found,
            "exam": found.exam,
            "effect": queries.effect_of(found) if waits else None,
            "page_obj": Paginator(queries.changes_by(pk), 25).get_page(request.GET.get("page")),
            "form": form,
            "may_decide": may_decide,
            "item": found.version.item(),
            "by_key": found.ruling == Ruling.NEW_KEY,
        },
        status=422 if form.is_bound else 200,
    )


def _decide(request: HttpRequest, found: KeyCorrection, form: DecisionForm) -> HttpResponse:
    approve = "approve" in request.POST
    now = timezone.now()
    try:
        operations.decide_correction(
            found.pk,
            approve=approve,
            answer=form.cleaned_data["answer"],
            by=me(request),
            now=now,
        )
    except operations.CorrectionRefused as refusal:
        messages.error(request, REFUSALS[refusal.code])
        return redirect("exams:correction", found.pk)
    if not approve:
        messages.success(request, _("Not approved; every score stays as it is."))
    elif queries.graded_count(found.exam_id) > REGRADED_AT_ONCE:
        tasks.apply_correction.enqueue(found.pk)
        messages.success(request, _("Approved. Scores are being worked out anew; look again soon."))
    else:
        changed = operations.apply_correction(found.pk, now=now)
        messages.success(
            request, _("Approved. Results worked out anew; {n} changed.").format(n=changed)
        )
    return redirect("exams:correction", found.pk)


# --- appeals -----------------------------------------------------------------------------------------


@require_POST
def appeal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The candidate asks to look again."""
    mine = own_attempt(request, pk)
    form = AppealForm(request.POST)
    if not form.is_valid():
        return result_page(request, mine, form)
    try:
        operations.file_appeal(
            mine.pk, by=me(request), text=form.cleaned_data["text"], now=timezone.now()
        )
    except operations.AppealRefused as refusal:
        messages.error(request, REFUSALS[refusal.code])
    else:
        messages.success(
            request, _("Sent. Somebody who did not mark it looks again; the answer stands here.")
        )
    return redirect("exams:result", mine.pk)


@require_safe
@role_required(Role.MARKER)
def appeal_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(queries.appeals_for(me(request)), 25).get_page(request.GET.get("page"))
    return render(request, "exams/marking/appeals.html", {"page_obj": page, "tab": "appeals"})


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.MARKER)
def appeal_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The attempt without a name, question by question, and the answer to give."""
    found = queries.appeals_for(me(request)).filter(pk=pk).first()
    if found is None:
        # Answered meanwhile, in another window or by another marker: what was written is not lost
        # without a word.
        if not queries.was_answered(pk, me(request)):
            raise Http404
        messages.warning(request, REFUSALS["answered"])
        return redirect("exams:appeals")
    attempt = found.attempt
    lines = queries.reviewed_lines(attempt, with_key=True, keyed=queries.new_keys(attempt.exam_id))
    form = AppealAnswerForm(request.POST or None, lines=lines)
    if request.method == "POST" and form.is_valid():
        number: int | None = form.cleaned_data["question"]
        points: Decimal | None = form.cleaned_data["points"]
        try:
            operations.answer_appeal(
                pk,
                answer=form.cleaned_data["answer"],
                by=me(request),
                now=timezone.now(),
                number=number,
                points=points,
            )
        except operations.AppealRefused as refusal:
            messages.error(request, REFUSALS[refusal.code])
        else:
            messages.success(request, _("Answered; the candidate reads it beside the result."))
        return redirect("exams:appeals")
    context: dict[str, Any] = {
        "appeal": found,
        "attempt": attempt,
        "exam": attempt.exam,
        "lines": [(line, QuestionType(line.type).label) for line in lines],
        "form": form,
    }
    return render(
        request, "exams/marking/appeal.html", context, status=422 if form.is_bound else 200
    )
