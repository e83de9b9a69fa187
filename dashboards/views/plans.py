"""Seat plans: whom to call up for which class."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

import classes.operations
import classes.queries
import classes.wording
from dashboards import operations, queries, wording
from dashboards.forms import PlanForm
from dashboards.models import SeatPlan
from people.enums import ROLES_THAT_SEE_PEOPLE, Rank, Role
from people.numbers import whole_number
from people.permissions import may_in_unit, me, role_required
from people.queries import places_within

PER_PAGE = 100


@require_safe
@role_required(*ROLES_THAT_SEE_PEOPLE)
def plans(request: HttpRequest) -> HttpResponse:
    """Plans for my units, newest first."""
    page = Paginator(queries.plans_visible_to(me(request)), 25).get_page(request.GET.get("page"))
    return render(
        request,
        "dashboards/plans.html",
        {
            "page": page,
            "titles": queries.requirement_titles(),
            "may_plan": queries.units_administered_by(me(request)).exists(),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.TRAINING_ADMIN)
def plan_new(request: HttpRequest) -> HttpResponse:
    """Choose requirement, horizon and class; the proposal follows."""
    now = timezone.now()
    form = PlanForm(
        request.POST or None,
        units=queries.units_administered_by(me(request)),
        requirements=queries.requirement_titles(),
        today=timezone.localdate(now),
    )
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        plan = operations.make_plan(
            chosen["unit"],
            title=chosen["title"],
            requirement=chosen["requirement"],
            horizon_on=chosen["horizon_on"],
            class_days=chosen["class_days"],
            capacity=chosen["capacity"],
            most_of_a_unit=chosen["most_of_a_unit"],
            by=me(request),
            now=now,
        )
        return redirect("dashboards:plan", pk=plan.pk)
    return render(request, "dashboards/plan_new.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*ROLES_THAT_SEE_PEOPLE)
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """One plan: seats by unit and rank, people by urgency; adjusted by hand."""
    one = _plan(request, pk)
    may_plan = may_in_unit(me(request), one.unit, Role.TRAINING_ADMIN)
    if request.method == "POST":
        if not may_plan:
            raise Http404
        _save(request, one)
        return redirect(f"{request.path}?page={request.GET.get('page', '1')}")
    return _page(request, one, may_plan=may_plan)


@require_POST
@role_required(Role.TRAINING_ADMIN)
def plan_name(request: HttpRequest, pk: int) -> HttpResponse:
    """Name whom the plan calls up for a class of the annual plan."""
    one, asker, now = _plan(request, pk), me(request), timezone.now()
    if not may_in_unit(asker, one.unit, Role.TRAINING_ADMIN):
        raise Http404
    named_for = classes.queries.classes_to_name_for(asker, one.unit, timezone.localdate(now))
    of = get_object_or_404(named_for, pk=whole_number(request.POST.get("class")))
    called = queries.called_in(one)
    clashing = classes.queries.clashes(called, of.starts_on, of.ends_on, besides=of.pk)
    warnings = [classes.wording.clash(place) for place in clashing]
    if request.POST.getlist("told") != warnings:
        return _page(request, one, may_plan=True, warnings=warnings, asked=of.pk, status=422)
    try:
        places = classes.operations.name_persons(of.pk, called, by=asker, now=now)
    except classes.operations.NotYours:
        raise Http404 from None
    except (
        classes.operations.NobodyChosen,
        classes.operations.ClassHasBegun,
        classes.operations.NoSeatLeft,
    ) as refused:
        messages.error(request, classes.wording.refusal(refused))
        return redirect("dashboards:plan", pk)
    if places:
        said = {"n": len(places), "title": of.title}
        messages.success(
            request,
            _("%(n)s people of the plan are named for “%(title)s”; call it up when all is right.")
            % said,
        )
    else:
        messages.info(request, _("They were named before; nobody was added."))
    return redirect("classes:name", of.pk)


def _page(
    request: HttpRequest,
    one: SeatPlan,
    *,
    may_plan: bool,
    warnings: Sequence[str] = (),
    asked: int = 0,
    status: int = 200,
) -> HttpResponse:
    page = Paginator(queries.seats_of_plan(one), PER_PAGE).get_page(request.GET.get("page"))
    seats = queries.planned_seats(one)
    names = queries.names_of_units(seat.unit for seat in seats)
    places = places_within(one.unit, (seat.person.unit for seat in page.object_list))
    return render(
        request,
        "dashboards/plan.html",
        {
            "plan": one,
            "requirement_title": queries.requirement_titles().get(one.requirement, one.requirement),
            "page": page,
            "people": [
                {
                    "seat": seat,
                    "place": places.get(seat.person.unit_id or 0, ""),
                    "rank": Rank(seat.rank).label,
                    "urgency": wording.URGENCIES[seat.urgency],
                    "missing": wording.quantity(seat.missing_days, "training_days"),
                }
                for seat in page.object_list
            ],
            "seats": [
                {
                    "unit": names.get(seat.unit, seat.unit),
                    "rank": Rank(seat.rank).label,
                    "n": seat.seats,
                }
                for seat in seats
            ],
            "called": sum(seat.seats for seat in seats),
            "groups": queries.groups_of_plan(one),
            "may_plan": may_plan,
            "classes": classes.queries.classes_to_name_for(
                me(request), one.unit, timezone.localdate()
            )
            if may_plan
            else [],
            "warnings": warnings,
            "asked": asked,
        },
        status=status,
    )


def _save(request: HttpRequest, one: SeatPlan) -> None:
    try:
        seen_at = datetime.fromisoformat(request.POST.get("seen_at", ""))
    except ValueError as error:
        raise Http404 from error
    shown = [whole_number(value) for value in request.POST.getlist("shown")]
    called = [whole_number(value) for value in request.POST.getlist("called")]
    if 0 in shown or 0 in called:
        raise Http404
    try:
        operations.call_up(
            one.pk,
            shown=shown,
            called=called,
            seen_at=seen_at,
            by=me(request),
            now=timezone.now(),
        )
    except operations.TooManySeats as error:
        messages.error(
            request,
            _("%(n)s people are marked, but the class has %(seats)s seats. Nothing was changed.")
            % {"n": error.args[0], "seats": one.capacity},
        )
    except operations.PlanChanged:
        messages.error(
            request,
            _("Somebody else changed this plan meanwhile. Please look at it as it is now."),
        )
    else:
        messages.success(request, _("The plan was kept."))


@require_POST
@role_required(Role.TRAINING_ADMIN)
def plan_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a plan away."""
    one = _plan(request, pk)
    try:
        operations.discard_plan(one.pk, by=me(request), now=timezone.now())
    except operations.MayNotPlan as error:
        raise Http404 from error
    messages.success(request, _("The plan was thrown away."))
    return redirect("dashboards:plans")


def _plan(request: HttpRequest, pk: int) -> SeatPlan:
    found: Any = get_object_or_404(queries.plans_visible_to(me(request)), pk=pk)
    return found
