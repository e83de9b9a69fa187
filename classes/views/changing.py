"""A department adds a class to a plan, changes it, and gives out its seats."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

import tracker.queries
from classes import operations, queries, wording
from classes.enums import CallKind
from classes.forms import ClassForm, typed_of
from classes.models import TrainingClass
from classes.views.planning import plan_or_404
from classes.views.shared import attempt, clash_warnings, own_class, was_told
from people.enums import Role
from people.numbers import whole_number
from people.permissions import may_in_unit, me, role_required
from people.queries import level_below


@require_http_methods(["GET", "POST"])
@role_required(Role.TRAINING_ADMIN)
def add_class(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a class to a plan."""
    plan = plan_or_404(request, pk)
    if not may_in_unit(me(request), plan.unit, Role.TRAINING_ADMIN):
        raise Http404
    form = ClassForm(
        request.POST or None,
        institutions=tracker.queries.institutions_vouched_by(me(request)),
        today=timezone.localdate(),
        initial={"call": CallKind.QUOTA},
    )
    warnings: list[str] = []
    if request.method == "POST" and form.is_valid():
        values = form.values()
        warnings = wording.outside_the_year(plan.year, values["starts_on"], values["ends_on"])
        made: list[TrainingClass] = []
        if was_told(request, warnings) and attempt(
            request,
            lambda: made.append(
                operations.add_class(pk, **values, by=me(request), now=timezone.now())
            ),
            _("The class is in the plan. Now give seats to units, or name who is called."),
        ):
            return redirect("classes:detail", made[0].pk)
    context = {"plan": plan, "form": form, "warnings": warnings}
    return _form_page(request, context)


def _form_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    return render(request, "classes/class_form.html", context, status=status)


@require_http_methods(["GET", "POST"])
@role_required(Role.TRAINING_ADMIN)
def change_class(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a class: what may not be changed any more is shown and cannot be typed over."""
    of, asker, now = own_class(request, pk), me(request), timezone.now()
    fields = operations.open_fields(of, now)
    if not fields:
        messages.error(request, wording.refusal(operations.NoLongerChangeable([])))
        return redirect("classes:detail", pk)
    form = ClassForm(
        request.POST or None,
        institutions=tracker.queries.institutions_vouched_by(asker),
        today=timezone.localdate(now),
        initial=typed_of(of),
        only=fields,
    )
    warnings: list[str] = []
    if request.method == "POST" and form.is_valid():
        values = form.values()
        warnings = _warnings(request, of, values)
        if was_told(request, warnings):
            try:
                changed = operations.change_class(pk, values, by=asker, now=now)
            except operations.NotYours:
                raise Http404 from None
            except operations.MoreThanTheSeats as error:
                form.add_error("seats", wording.refusal(error))
            except operations.SessionsOnOtherDays as error:
                form.add_error("last_day", wording.refusal(error))
            except (operations.ClassHasBegun, operations.NoLongerChangeable) as error:
                form.add_error("first_day", wording.refusal(error))
            else:
                _say(request, of, changed)
                return redirect("classes:detail", pk)
    context = {"class": of, "plan": of.plan, "form": form, "warnings": warnings}
    return _form_page(request, context)


def _warnings(request: HttpRequest, of: TrainingClass, values: dict[str, Any]) -> list[str]:
    """What the new days bring about."""
    days = values["starts_on"], values["ends_on"]
    if days == (of.starts_on, of.ends_on):
        return []
    moved = TrainingClass(pk=of.pk, starts_on=days[0], ends_on=days[1])
    expected = [place.person_id for place in queries.roster(of)]
    return [
        *wording.outside_the_year(of.plan.year, *days),
        *clash_warnings(me(request), moved, expected),
    ]


def _say(request: HttpRequest, of: TrainingClass, changed: list[str]) -> None:
    if not changed:
        messages.info(request, _("Nothing was different; nothing was changed."))
    elif of.called_at is not None and set(changed) - {"audience", "seats"}:
        messages.success(request, _("The class is changed; those concerned have been told."))
    else:
        messages.success(request, _("The class is changed."))


@require_http_methods(["GET", "POST"])
@role_required(Role.TRAINING_ADMIN)
def seats(request: HttpRequest, pk: int) -> HttpResponse:
    """Seats by unit, in one table; what is typed is kept when something is wrong."""
    of = own_class(request, pk)
    have = {row.unit_id: row for row in queries.quotas_of(of)}
    units = list(level_below(of.unit, me(request), Role.TRAINING_ADMIN)) or [of.unit]
    shown = {unit.pk for unit in units}
    units += [row.unit for row in have.values() if row.unit_id not in shown]
    typed: dict[int, int] = {}
    if request.method == "POST":
        typed = {unit.pk: whole_number(request.POST.get(f"seats-{unit.pk}")) for unit in units}
        if attempt(
            request,
            lambda: operations.set_seats(pk, typed, by=me(request), now=timezone.now()),
            _("The seats are given out."),
        ):
            return redirect("classes:detail", pk)
    seats_shown = typed or {pk: row.seats for pk, row in have.items()}
    rows = [{"unit": unit, "seats": seats_shown.get(unit.pk) or ""} for unit in units]
    total = sum(row.seats for row in have.values())
    context = {"class": of, "rows": rows, "total": total}
    return render(request, "classes/seats.html", context, status=422 if typed else 200)
