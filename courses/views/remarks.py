"""Contesting study time, and answering for one's units."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses import operations, queries
from courses.forms import AnswerForm, RemarkForm
from courses.models import StudyLease
from courses.views.assigning import ASSIGNERS
from people.permissions import me, role_required

PAGE_SIZE = 20


@require_POST
def contest(request: HttpRequest, slug: str, sitting: int) -> HttpResponse:
    """I say what is wrong with a sitting of mine."""
    enrolment = queries.enrolment_in(me(request), slug)
    if enrolment is None:
        raise Http404
    form = RemarkForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please say in at most 1000 characters what is wrong."))
        return redirect("courses:evidence", slug)
    try:
        operations.contest_sitting(
            sitting, by=me(request), text=form.cleaned_data["text"], now=timezone.now()
        )
    except StudyLease.DoesNotExist:
        raise Http404 from None
    except operations.RemarkPending:
        messages.info(request, _("This sitting is contested already and waits for an answer."))
    else:
        messages.success(
            request, _("Your remark was sent to your unit; the answer will stand here.")
        )
    return redirect("courses:evidence", slug)


@require_safe
@role_required(*ASSIGNERS)
def remarks(request: HttpRequest) -> HttpResponse:
    """Contested study time of my units that waits for an answer, with what the platform has of it."""
    page = Paginator(queries.open_remarks_for(me(request)), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    rows = [(remark, queries.sitting_of(remark.lease)) for remark in page]
    context = {"page": page, "rows": rows, "form": AnswerForm(auto_id=False)}
    return render(request, "courses/remarks.html", context)


@require_POST
@role_required(*ASSIGNERS)
def answer_remark(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer once; the answer stays."""
    form = AnswerForm(request.POST)
    text = form.cleaned_data["answer"] if form.is_valid() else ""
    try:
        operations.answer_sitting(pk, by=me(request), answer=text, now=timezone.now())
    except operations.NotYours:
        raise Http404 from None
    except operations.ReasonMissing:
        messages.error(request, _("Please write an answer of at most 1000 characters."))
    except operations.AnsweredBefore:
        messages.info(request, _("Somebody answered this remark before you; that answer stays."))
    else:
        messages.success(request, _("The answer was kept and is shown to the person."))
    return redirect("courses:remarks")
