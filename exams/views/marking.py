"""Marking by hand: one question at a time across all papers, without names."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from exams import operations, queries
from exams.engine.items import Item, plain_number
from exams.enums import AttemptState, QuestionType
from exams.forms.marking import MarkForm
from exams.models import Attempt
from exams.queries import WaitingAnswer
from people.enums import Role
from people.permissions import me, role_required

GONE = gettext_lazy(
    "Another marker was faster: that answer is marked already, and yours was not counted. "
    "Here is the next one."
)
MINE = gettext_lazy(
    "You marked that answer already, perhaps in another window; that mark stands. "
    "Here is the next one."
)
TAKEN_BACK = gettext_lazy(
    "That paper was declared void or opened again: the answer waits no more, and your points were "
    "not counted."
)


@require_safe
@role_required(Role.MARKER)
def queue_list(request: HttpRequest) -> HttpResponse:
    exams: dict[int, dict[str, Any]] = {}
    total = 0
    for queue in queries.marking_queues(me(request)):
        exam = exams.setdefault(queue.exam_id, {"title": queue.exam_title, "rows": []})
        exam["rows"].append({"queue": queue, "type_name": QuestionType(queue.type).label})
        total += queue.waiting
    appeals = queries.appeals_for(me(request)).count()
    return render(
        request, "exams/marking/list.html", {"exams": exams, "total": total, "appeals": appeals}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.MARKER)
def queue_page(request: HttpRequest, exam: int, version: int) -> HttpResponse:
    """The next answer of this queue; a POST marks one and leads to the next."""
    found = queries.marked_question(exam, version)
    if found is None:
        raise Http404
    title, item = found
    waiting = queries.answers_waiting(exam, version, me(request))
    context = {"title": title, "item": item, "exam_id": exam, "version_id": version}
    if request.method == "POST":
        return _mark(request, context, waiting)
    return _show(request, context, waiting, _next(request, waiting))


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _next(request: HttpRequest, waiting: list[WaitingAnswer]) -> WaitingAnswer | None:
    """The first answer, or that after the one put off; after the last comes the first."""
    after = _uuid(request.GET.get("after"))
    if after is not None:
        place = queries.marking_order(after, me(request))
        for answer in waiting:
            if queries.marking_order(answer.attempt_id, me(request)) > place:
                return answer
    return waiting[0] if waiting else None


def _mark(
    request: HttpRequest, context: dict[str, Any], waiting: list[WaitingAnswer]
) -> HttpResponse:
    pk = _uuid(request.POST.get("attempt"))
    # Nobody marks his own: to him it is as if it were not there.
    attempt = get_object_or_404(
        Attempt.objects.exclude(person=me(request)), pk=pk, exam=context["exam_id"]
    )
    here = reverse("exams:marking_item", args=[context["exam_id"], context["version_id"]])
    answer = next((one for one in waiting if one.attempt_id == attempt.pk), None)
    if answer is None:
        messages.warning(request, _why_gone(request, attempt.pk, context["version_id"]))
        return redirect(here)
    laid = queries.answer_to_mark(answer, context["item"])
    form = MarkForm(request.POST, worth=answer.worth)
    if not form.is_valid():
        return _show(request, context, waiting, answer, form)
    ticked = set(request.POST.getlist("met"))
    met = [t.text for piece in laid.pieces for t in piece.ticks if t.name in ticked]
    # Alike answers marked with it: each has a mark of its own, as if it had been marked alone.
    chosen = {_uuid(text) for text in request.POST.getlist("also")}
    also = [one for one in waiting if one.attempt_id in chosen and one != answer]
    marked, graded = 0, 0
    for one in (answer, *also):
        try:
            graded += operations.mark_by_hand(
                one.attempt_id,
                one.number,
                form.cleaned_data["points"],
                by=me(request),
                now=timezone.now(),
                comment=form.cleaned_data["comment"],
                met=met,
            )
            marked += 1
        except (operations.MarkRefused, operations.AttemptClosed):
            messages.warning(request, _why_gone(request, one.attempt_id, context["version_id"]))
    if marked:
        messages.success(request, _said(marked, graded))
    return redirect(here)


def _why_gone(request: HttpRequest, attempt_id: UUID, version_id: int) -> str:
    """Why an answer cannot be marked any more; a second window of one's own is nobody else."""
    attempt = Attempt.objects.get(pk=attempt_id)
    if attempt.state not in (AttemptState.SUBMITTED, AttemptState.GRADED):
        return str(TAKEN_BACK)
    return str(MINE if queries.was_marked_by(me(request), attempt_id, version_id) else GONE)


def _said(marked: int, graded: int) -> str:
    if marked == 1 and graded:
        return _("Saved. That was the last open answer of its paper: it is graded now.")
    if marked == 1:
        return _("Saved.")
    if not graded:
        return _("Saved for {marked} answers alike.").format(marked=marked)
    return ngettext(
        "Saved for {marked} answers alike; {graded} paper is graded now.",
        "Saved for {marked} answers alike; {graded} papers are graded now.",
        graded,
    ).format(marked=marked, graded=graded)


def _show(
    request: HttpRequest,
    context: dict[str, Any],
    waiting: list[WaitingAnswer],
    answer: WaitingAnswer | None,
    form: MarkForm | None = None,
) -> HttpResponse:
    item: Item = context["item"]
    laid = None if answer is None else queries.answer_to_mark(answer, item)
    ticked: set[str] = set()
    if laid is not None and form is not None:
        ticked = set(request.POST.getlist("met"))
    elif laid is not None:
        ticked = {t.name for piece in laid.pieces for t in piece.ticks if t.found}
        proposed = None if laid.proposed is None else plain_number(laid.proposed)
        form = MarkForm(initial={"points": proposed}, worth=laid.worth)
    response = render(
        request,
        "exams/marking/item.html",
        {
            **context,
            "answer": answer,
            "laid": laid,
            "ticked": ticked,
            "alike": [] if answer is None else queries.alike_answers(answer, waiting, item),
            "also": request.POST.getlist("also"),
            "form": form,
            "waiting": len(waiting),
            "type_name": QuestionType(item.type).label,
            "is_case": item.type == QuestionType.CASE,
        },
        status=422 if form is not None and form.is_bound else 200,
    )
    # A page from the browser's store would offer an answer that is marked.
    response["Cache-Control"] = "no-store"
    return response
