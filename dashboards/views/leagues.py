"""Rankings of units: asked for, approved by a second person, read, switched off."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboards import operations, queries
from dashboards.enums import LeagueState
from dashboards.forms import LeagueForm, RefusalForm
from dashboards.models import League
from people.enums import ROLES_THAT_SEE_PEOPLE, Role
from people.permissions import may_in_unit, me, role_required
from people.queries import has_role

PER_PAGE = 20


@require_safe
@role_required(*ROLES_THAT_SEE_PEOPLE)
def leagues(request: HttpRequest) -> HttpResponse:
    """The rankings one sees, and those that wait for one's decision."""
    page = Paginator(queries.leagues_visible_to(me(request)), PER_PAGE).get_page(
        request.GET.get("page")
    )
    titles = queries.requirement_titles()
    return render(
        request,
        "dashboards/leagues.html",
        {
            "page": page,
            "rows": [(league, _title(league, titles)) for league in page.object_list],
            "waiting": {league.pk for league in queries.leagues_waiting_for(me(request))},
            "may_ask": has_role(me(request), Role.TRAINING_ADMIN),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.TRAINING_ADMIN)
def league_new(request: HttpRequest) -> HttpResponse:
    """Ask for a ranking of the units below one."""
    scope: dict[str, Any] = {
        "units": queries.units_administered_by(me(request)).filter(numchild__gt=1),
        "requirements": queries.requirement_titles(),
    }
    form = LeagueForm(request.POST or None, initial={"unit": request.GET.get("unit")}, **scope)
    if request.method == "POST" and form.is_valid():
        fields = dict(form.cleaned_data)
        try:
            league = operations.ask_league(
                fields.pop("unit"), by=me(request), now=timezone.now(), **fields
            )
        except operations.RankedAlready:
            form.add_error(None, _("This very ranking is switched on or waits for approval."))
        else:
            messages.success(request, _("It was asked for. A second person approves it."))
            return redirect("dashboards:league", pk=league.pk)
    status = 422 if form.errors else 200
    return render(request, "dashboards/league_new.html", {"form": form}, status=status)


@require_safe
@role_required(*ROLES_THAT_SEE_PEOPLE)
def league(request: HttpRequest, pk: int) -> HttpResponse:
    """One ranking: the table once it is on, and for those who decide already before."""
    return _page(request, _league(request, pk))


@require_POST
@role_required(Role.TRAINING_ADMIN)
def league_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Approve, refuse, withdraw, switch off."""
    found, now, by = _league(request, pk), timezone.now(), me(request)
    try:
        if deed == "approve":
            operations.approve_league(pk, by=by, now=now)
            messages.success(request, _("The ranking is switched on."))
        elif deed == "refuse":
            form = RefusalForm(request.POST)
            if not form.is_valid():
                return _page(request, found, form, status=422)
            operations.refuse_league(pk, by=by, reason=form.cleaned_data["reason"], now=now)
            messages.success(request, _("It is refused; the reason stands beside it."))
        elif deed == "withdraw":
            operations.withdraw_league(pk, by=by, now=now)
            messages.success(request, _("It is withdrawn."))
        elif deed == "end":
            operations.end_league(pk, by=by, now=now)
            messages.success(request, _("The ranking is switched off."))
        else:
            raise Http404
    except operations.MayNotRank:
        raise Http404 from None
    except operations.LeagueDecidedBefore:
        messages.info(request, _("Somebody decided it in the meantime; that decision stays."))
    return redirect("dashboards:league", pk=pk)


def _league(request: HttpRequest, pk: int) -> League:
    found: League = get_object_or_404(queries.leagues_visible_to(me(request)), pk=pk)
    return found


def _title(league: League, titles: dict[str, str]) -> str:
    about = titles.get(league.requirement, league.requirement) or _("all requirements")
    return _("%(metric)s, %(about)s") % {"metric": league.get_metric_display(), "about": about}


def _page(
    request: HttpRequest, found: League, form: RefusalForm | None = None, status: int = 200
) -> HttpResponse:
    leads = may_in_unit(me(request), found.unit, Role.TRAINING_ADMIN)
    asked, mine = found.state == LeagueState.ASKED, found.asked_by_id == me(request).pk
    rows = queries.table_of(found) if found.state in (LeagueState.ON, LeagueState.ASKED) else []
    return render(
        request,
        "dashboards/league.html",
        {
            "league": found,
            "title": _title(found, queries.requirement_titles()),
            "rows": rows,
            "heads": max((row.tally.obliged for row in rows), default=0),
            "refusal": (form or RefusalForm()) if asked and leads and not mine else None,
            "may_withdraw": asked and leads and mine,
            "may_end": found.state == LeagueState.ON and leads,
        },
        status=status,
    )
