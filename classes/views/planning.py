"""A department's plans, seats, named call-ups, excuses; its evaluation of institutions."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

import tracker.queries
from classes import operations, queries, wording
from classes.enums import CallKind
from classes.forms import PlanForm, ReviewForm
from classes.models import AnnualPlan, Excuse, MakeupTask
from classes.views.shared import attempt, clash_warnings, own_class, was_told
from people.enums import Role
from people.models import OrgUnit
from people.numbers import whole_number
from people.permissions import may_in_unit, me, role_required
from people.queries import full_names, has_role, units_managed_by


@require_http_methods(["GET", "POST"])
@role_required(Role.TRAINING_ADMIN, Role.AUDITOR)
def plans(request: HttpRequest) -> HttpResponse:
    """Plans of my units by year, and the form to begin one."""
    asker, today = me(request), timezone.localdate()
    may_write = has_role(asker, Role.TRAINING_ADMIN)
    if request.method == "POST" and not may_write:
        raise Http404
    units = units_managed_by(asker, Role.TRAINING_ADMIN)
    first = units.first()
    form = PlanForm(
        request.POST or None,
        units=units,
        initial={"year": today.year + (today.month > 9), "unit": first},
    )
    if request.method == "POST" and form.is_valid():
        made: list[AnnualPlan] = []
        if attempt(
            request,
            lambda: made.append(
                operations.write_plan(**form.cleaned_data, by=asker, now=timezone.now())
            ),
            _("The plan is begun. Add its classes, then let somebody else approve it."),
        ):
            return redirect("classes:plan", made[0].pk)
    context = {"plans": queries.plans_visible_to(asker), "form": form, "may_write": may_write}
    return render(request, "classes/plans.html", context, status=422 if form.errors else 200)


def plan_or_404(request: HttpRequest, pk: int) -> AnnualPlan:
    found = queries.plans_visible_to(me(request)).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_safe
@role_required(Role.TRAINING_ADMIN, Role.AUDITOR)
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """A plan with its classes, in the order of the year."""
    found, today = plan_or_404(request, pk), timezone.localdate()
    classes = [(each, wording.state_of(each, today)) for each in queries.classes_of(found)]
    writes = may_in_unit(me(request), found.unit, Role.TRAINING_ADMIN)
    writers = queries.writers_of(found)
    context = {
        "plan": found,
        "writers": writers,
        "classes": classes,
        "writes": writes,
        "may_approve": writes
        and not found.approved_at
        and me(request) not in writers
        and bool(classes),
        "days": sum(each.training_days for each, _state in classes),
        "seats": sum(each.seats for each, _state in classes),
    }
    return render(request, "classes/plan.html", context)


@require_POST
@role_required(Role.TRAINING_ADMIN)
def approve_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person approves a plan."""
    plan_or_404(request, pk)
    attempt(
        request,
        lambda: operations.approve_plan(pk, by=me(request), now=timezone.now()),
        _("The plan is approved; its classes can be called up."),
    )
    return redirect("classes:plan", pk)


@require_http_methods(["GET", "POST"])
@role_required(Role.TRAINING_ADMIN)
def name(request: HttpRequest, pk: int) -> HttpResponse:
    """Name who is called, for a named call-up."""
    of = own_class(request, pk)
    if of.call != CallKind.NAMED:
        raise Http404
    chosen: list[int] = []
    warnings: list[str] = []
    asker = me(request)
    if request.method == "POST":
        chosen = [whole_number(value) for value in request.POST.getlist("person")]
        warnings = clash_warnings(asker, of, chosen)
        if was_told(request, warnings) and _name(request, pk, chosen):
            return redirect("classes:name", pk)
    words = request.GET.get("q", "").strip()[:60]
    places = list(queries.roster(of))
    there = {place.person_id for place in places}
    found = queries.nameable(asker, [Role.TRAINING_ADMIN], words, besides=there)
    context = {
        "class": of,
        "places": places,
        "found": found,
        "units": full_names(
            [*(place.unit for place in places), *(person.unit for person in found)]
        ),
        "words": words,
        "chosen": chosen,
        "warnings": warnings,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "classes/name.html", context, status=status)


def _name(request: HttpRequest, pk: int, chosen: list[int]) -> bool:
    """Take the one off whose button was pressed, or name those ticked."""
    off = whole_number(request.POST.get("off"))
    if off:
        return attempt(
            request, lambda: operations.take_off(off, by=me(request), now=timezone.now())
        )
    return attempt(
        request,
        lambda: operations.name_persons(pk, chosen, by=me(request), now=timezone.now()),
        _("They are on the roster of the call-up."),
    )


@require_safe
@role_required(Role.TRAINING_ADMIN)
def excuses(request: HttpRequest) -> HttpResponse:
    """Excuses that wait for me."""
    excuses = list(queries.open_excuses_for(me(request)))
    units = full_names(excuse.place.unit for excuse in excuses)
    return render(request, "classes/excuses.html", {"excuses": excuses, "units": units})


@require_POST
@role_required(Role.TRAINING_ADMIN)
def answer_excuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Grant an excuse or refuse it."""
    grant = request.POST.get("grant") == "1"
    try:
        attempt(
            request,
            lambda: operations.answer_excuse(
                pk,
                grant=grant,
                answer=request.POST.get("answer", "").strip(),
                by=me(request),
                now=timezone.now(),
            ),
            _("The excuse is granted; the unit has been told.")
            if grant
            else _("The excuse is refused; the unit has been told."),
        )
    except Excuse.DoesNotExist:
        raise Http404 from None
    return redirect("classes:excuses")


@require_POST
@role_required(Role.TRAINING_ADMIN)
def waive_makeup(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody off a make-up task."""
    try:
        attempt(
            request,
            lambda: operations.waive_makeup(
                pk, because=request.POST.get("reason", ""), by=me(request), now=timezone.now()
            ),
            _("The task is waived."),
        )
    except MakeupTask.DoesNotExist:
        raise Http404 from None
    return redirect("classes:makeups")


@require_safe
@role_required(Role.TRAINING_ADMIN, Role.AUDITOR)
def institutions(request: HttpRequest) -> HttpResponse:
    """Institutions that held classes for my units in a year, and how they were judged."""
    asker, today = me(request), timezone.localdate()
    year = whole_number(request.GET.get("year")) or today.year
    held = queries.classes_visible_to(asker).filter(
        unit__in=units_managed_by(asker, *queries.PLANNERS),
        starts_on__year=year,
        called_at__isnull=False,
    )
    counted: dict[int, dict[str, Any]] = {}
    for each in held:
        row = counted.setdefault(
            each.institution_id, {"institution": each.institution, "classes": 0, "reviews": []}
        )
        row["classes"] += 1
    for review in queries.reviews_in(asker, year):
        row = counted.setdefault(
            review.institution_id, {"institution": review.institution, "classes": 0, "reviews": []}
        )
        row["reviews"].append(review)
    for pk, row in counted.items():
        row["opinion"] = queries.institution_opinion(pk, year, today)
        scores = [review.score for review in row["reviews"]]
        row["average"] = sum(scores) / len(scores) if scores else None
    years = [year - 1, year, year + 1]
    rows = sorted(counted.values(), key=lambda row: str(row["institution"].name))
    return render(
        request, "classes/institutions.html", {"rows": rows, "year": year, "years": years}
    )


@require_http_methods(["GET", "POST"])
@role_required(Role.TRAINING_ADMIN, Role.AUDITOR)
def institution(request: HttpRequest, pk: int, year: int) -> HttpResponse:
    """The yearly evaluation of an institution by my department: six criteria. An auditor reads it."""
    asker = me(request)
    unit: OrgUnit | None = units_managed_by(asker, Role.TRAINING_ADMIN).first()
    may_judge = unit is not None
    if unit is None and request.method != "POST":
        unit = units_managed_by(asker, Role.AUDITOR).first()
    place = tracker.queries.institutions_with_recognition().filter(pk=pk).first()
    if unit is None or place is None or not 2000 <= year <= 2100:
        raise Http404
    have = queries.institution_reviews(pk, unit, year)
    initial: dict[str, Any] = {}
    for criterion, review in have.items():
        initial |= {criterion: str(review.score), f"{criterion}_note": review.note}
    form = ReviewForm(request.POST or None, initial=initial or None)
    if request.method == "POST" and form.is_valid():
        attempt(
            request,
            lambda: operations.review_institution(
                pk, unit, year, form.scores(), by=asker, now=timezone.now()
            ),
            _("The evaluation is recorded."),
        )
        return redirect("classes:institutions")
    context = {
        "institution": place,
        "unit": unit,
        "year": year,
        "form": form if may_judge else None,
        "reviews": have.values(),
        "opinion": queries.institution_opinion(pk, year, timezone.localdate()),
    }
    return render(request, "classes/institution.html", context, status=422 if form.errors else 200)
