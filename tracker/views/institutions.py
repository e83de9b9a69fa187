"""Institutions: the list, one with its recognitions, and the lines that no recognition covers."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people.enums import Role
from people.permissions import me, role_required
from people.queries import has_role
from tracker import operations, queries
from tracker.forms.institutions import InstitutionForm, RecognitionForm, WithdrawForm
from tracker.models import Institution, Recognition
from tracker.views.record import PER_PAGE

_READERS = (Role.TRAINING_ADMIN, Role.LIAISON, Role.AUDITOR)


@require_http_methods(["GET", "POST"])
@role_required(*_READERS)
def institutions(request: HttpRequest) -> HttpResponse:
    """The list, to be searched by name or code; a training administrator adds to it."""
    may_keep = has_role(me(request), Role.TRAINING_ADMIN)
    form = InstitutionForm(request.POST or None)
    if request.method == "POST":
        if not may_keep:
            raise Http404
        if form.is_valid():
            try:
                added = operations.add_institution(
                    **form.cleaned_data, unit_id=None, by=me(request), now=timezone.now()
                )
            except operations.CodeTaken:
                form.add_error("code", _("Another institution has this code already."))
            else:
                messages.success(request, _("“%(name)s” is on the list.") % {"name": added.name})
                return redirect("tracker:institution", pk=added.pk)
    words = request.GET.get("q", "").strip()[:60]
    page = Paginator(queries.institutions_with_recognition(words), PER_PAGE).get_page(
        request.GET.get("page")
    )
    counts = queries.counts_without_recognition(me(request), [each.pk for each in page])
    return render(
        request,
        "tracker/institutions.html",
        {
            "page": page,
            "rows": [(each, queries.recognised_on(each), counts.get(each.pk, 0)) for each in page],
            "words": words,
            "form": form,
            "may_keep": may_keep,
        },
        status=422 if form.errors else 200,
    )


@require_GET
@role_required(*_READERS)
def institution(request: HttpRequest, pk: int) -> HttpResponse:
    """One institution: who recognised it when, and which lines that leaves out."""
    return _page(request, _institution(pk))


@require_POST
@role_required(Role.TRAINING_ADMIN)
def recognise(request: HttpRequest, pk: int) -> HttpResponse:
    """Recognise an institution from a day on."""
    found = _institution(pk)
    form = RecognitionForm(request.POST, levels=queries.levels_recognised_by(me(request)))
    if not form.is_valid():
        return _page(request, found, form=form, status=422)
    chosen = form.cleaned_data
    try:
        operations.recognise_institution(
            pk,
            level=chosen["level"],
            starts_on=chosen["starts_on"],
            ends_on=chosen["ends_on"],
            recognised_by=chosen["recognised_by"],
            by=me(request),
            now=timezone.now(),
        )
    except operations.MayNotRecognise:
        raise Http404 from None
    messages.success(request, _("The recognition is recorded."))
    return redirect("tracker:institution", pk=pk)


@require_POST
@role_required(Role.TRAINING_ADMIN)
def withdraw_recognition(request: HttpRequest, pk: int, recognition_pk: int) -> HttpResponse:
    """End a recognition on a day."""
    found = _institution(pk)
    held = get_object_or_404(Recognition.ever, pk=recognition_pk, institution=found)
    if held.superseded_at is not None:  # sent from a page drawn before
        messages.warning(request, _("This recognition was withdrawn meanwhile."))
        return redirect("tracker:institution", pk=pk)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return _page(request, found, withdraw=(held.pk, form), status=422)
    try:
        operations.withdraw_recognition(
            held.pk,
            ends_on=form.cleaned_data["ends_on"],
            because=form.cleaned_data["because"],
            by=me(request),
            now=timezone.now(),
        )
    except operations.MayNotRecognise:
        raise Http404 from None
    except operations.NotRecognised:
        form.add_error("ends_on", _("The recognition ends before this day, or begins after it."))
        return _page(request, found, withdraw=(held.pk, form), status=422)
    messages.success(request, _("The recognition is withdrawn from that day on."))
    return redirect("tracker:institution", pk=pk)


def _institution(pk: int) -> Institution:
    return get_object_or_404(queries.institutions_with_recognition(), pk=pk)


def _page(
    request: HttpRequest,
    found: Institution,
    *,
    form: RecognitionForm | None = None,
    withdraw: tuple[int, WithdrawForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    levels = queries.levels_recognised_by(me(request))
    today = timezone.localdate()
    recognitions: list[dict[str, Any]] = []
    for held in found.recognitions.all():
        open_ = held.ends_on is None or held.ends_on > today
        own_form = None
        if open_ and held.level in levels:
            own_form = (
                withdraw[1]
                if withdraw and withdraw[0] == held.pk
                else WithdrawForm(auto_id=f"end{held.pk}_%s")
            )
        recognitions.append({"held": held, "form": own_form, "over": not open_})
    page = Paginator(queries.lines_without_recognition(me(request), found), PER_PAGE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "tracker/institution.html",
        {
            "institution": found,
            "recognitions": recognitions,
            "form": (form or RecognitionForm(levels=levels)) if levels else None,
            "page": page,
            "places": queries.places_then(page),
        },
        status=status,
    )
