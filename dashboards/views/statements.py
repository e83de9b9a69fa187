"""Statements: the list and its schedule, one statement, its approval and its check."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboards import operations, queries, tasks, wording
from dashboards.enums import JobForm, JobKind
from dashboards.forms import ScheduleForm, StatementForm, WithdrawalForm
from dashboards.models import Statement
from people.enums import ROLES_THAT_SEE_PEOPLE, Role
from people.permissions import may_in_unit, me, role_required

PER_PAGE = 50


@require_safe
@role_required(*ROLES_THAT_SEE_PEOPLE)
def statements(request: HttpRequest) -> HttpResponse:
    """Statements of my units, newest first, and what is drawn up by itself."""
    page = Paginator(queries.statements_visible_to(me(request)), PER_PAGE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "dashboards/statements.html",
        {
            "page": page,
            "rows": [
                {"statement": one, "title": wording.title_of_statement(one)}
                for one in page.object_list
            ],
            "schedules": queries.schedules_visible_to(me(request)),
            "may_draw": queries.units_administered_by(me(request)).exists(),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.TRAINING_ADMIN)
def statement_new(request: HttpRequest) -> HttpResponse:
    """Choose unit, period and dates; the drawing goes on as a job."""
    now = timezone.now()
    units = queries.units_administered_by(me(request))
    form = StatementForm(request.POST or None, units=units, now=now)
    if request.method == "POST" and form.is_valid():
        statement = operations.order_statement(
            form.cleaned_data["unit"],
            kind=form.cleaned_data["kind"],
            activity_on=form.cleaned_data["activity_on"],
            known_at=form.known_at(),
            by=me(request),
            now=now,
        )
        _start(request, statement, JobKind.DRAW)
        return redirect("dashboards:statement", pk=statement.pk)
    return render(request, "dashboards/statement_new.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.TRAINING_ADMIN)
def statement_schedule(request: HttpRequest) -> HttpResponse:
    """Which statements a unit gets by themselves."""
    form = ScheduleForm(request.POST or None, units=queries.units_administered_by(me(request)))
    if request.method == "POST" and form.is_valid():
        operations.set_schedule(
            form.cleaned_data["unit"],
            half_year=form.cleaned_data["half_year"],
            year_end=form.cleaned_data["year_end"],
            by=me(request),
            now=timezone.now(),
        )
        messages.success(request, _("The schedule was kept."))
        return redirect("dashboards:statements")
    return render(request, "dashboards/statement_schedule.html", {"form": form})


@require_safe
@role_required(*ROLES_THAT_SEE_PEOPLE)
def statement(request: HttpRequest, pk: int) -> HttpResponse:
    """One statement: figures, persons, who approved it, and whether the ledger still says the same."""
    one = _statement(request, pk)
    rows = Paginator(queries.rows_of_statement(one), PER_PAGE).get_page(request.GET.get("page"))
    administers = may_in_unit(me(request), one.unit, Role.TRAINING_ADMIN)
    check = queries.last_job(me(request), JobKind.CHECK, {"statement": one.pk})
    drawing = one.state == "drawing"
    draw = queries.last_job(me(request), JobKind.DRAW, {"statement": one.pk}) if drawing else None
    return render(
        request,
        "dashboards/statement.html",
        {
            "statement": one,
            "title": wording.title_of_statement(one),
            "figures": queries.statement_by_requirement(one),
            "units": queries.statement_by_unit(one),
            "page": rows,
            "rows": [
                {
                    "row": row,
                    "done": wording.done_of(row.figures),
                    "rank": row.get_rank_display(),
                }
                for row in rows.object_list
            ],
            "may_seal": administers and one.state == "drawn" and one.drawn_by_id != me(request).pk,
            "waits_for_another": administers
            and one.state == "drawn"
            and one.drawn_by_id == me(request).pk,
            "may_withdraw": administers and one.state in ("drawn", "sealed"),
            "withdrawal": WithdrawalForm(),
            "check": check,
            "job": draw or check,
            "differs": [
                {
                    **row,
                    "then": wording.said_of(row["then"], beside=row["now"]),
                    "now": wording.said_of(row["now"], beside=row["then"]),
                }
                for row in (check.result.get("differs", []) if check else [])
            ],
        },
    )


@require_POST
@role_required(Role.TRAINING_ADMIN)
def statement_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Approve and seal, withdraw, or check against the ledger."""
    one = _statement(request, pk)
    now = timezone.now()
    try:
        if deed == "seal":
            operations.seal_statement(one.pk, by=me(request), now=now)
            messages.success(request, _("The statement is approved and sealed."))
        elif deed == "withdraw":
            because = request.POST.get("because", "")
            operations.withdraw_statement(one.pk, because=because, by=me(request), now=now)
            messages.success(request, _("The statement is withdrawn."))
        elif deed == "check":
            _start(request, one, JobKind.CHECK)
        else:
            raise Http404
    except operations.SecondPersonNeeded:
        messages.error(
            request, _("You drew this statement up yourself; a second person approves it.")
        )
    except operations.NotDrawn:
        one.refresh_from_db(fields=["state"])
        said = {"state": one.get_state_display()}
        messages.error(request, _("Nothing was done: the statement is “%(state)s” now.") % said)
    except operations.MayNotState as error:
        raise Http404 from error
    return redirect("dashboards:statement", pk=pk)


def _start(request: HttpRequest, statement: Statement, kind: str) -> None:
    job = operations.ask(
        me(request),
        kind=kind,
        form=JobForm.DEED,
        title=f"{JobKind(kind).label} · {wording.title_of_statement(statement)}",
        parameters={
            "statement": statement.pk,
            "url": reverse("dashboards:statement", args=[statement.pk]),
        },
        language=get_language() or "zh-hans",
        now=timezone.now(),
    )
    tasks.run_job.enqueue(job.pk)


def _statement(request: HttpRequest, pk: int) -> Statement:
    found: Any = get_object_or_404(queries.statements_visible_to(me(request)), pk=pk)
    return found
