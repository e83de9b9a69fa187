"""Figures judged person by person: of a unit as of another day, and of a pack not yet in force."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from dashboards import as_of as dated
from dashboards import operations, queries, statements, tasks, wording
from dashboards.enums import JobForm, JobKind, JobState
from dashboards.forms import AsOfForm, PeopleFilter
from dashboards.models import Job
from dashboards.views.common import unit_of
from people.enums import ROLES_THAT_SEE_PEOPLE, Rank
from people.permissions import me, role_required
from people.queries import names_at
from tracker import queries as tracker
from tracker.rules.urgency import BY_URGENCY, UNMET

PER_PAGE = 25


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*ROLES_THAT_SEE_PEOPLE)
def as_of(request: HttpRequest, code: str) -> HttpResponse:
    """The figures of a unit as of two days: asked for once, found again by the address."""
    unit, now = unit_of(request, code), timezone.now()
    today = timezone.localdate(now)
    data = request.POST if request.method == "POST" else request.GET
    form = AsOfForm(
        data if "on" in data else None, today=today, initial={"on": today, "known": today}
    )
    context: dict[str, Any] = {
        "unit": unit,
        "above": queries.path_to(me(request), unit),
        "form": form,
    }
    if not form.is_bound:
        return render(request, "dashboards/as_of.html", context)
    if not form.is_valid():
        return render(request, "dashboards/as_of.html", context, status=422)
    on, known = form.cleaned_data["on"], form.cleaned_data["known"]
    days = {"on": on.isoformat(), "known": known.isoformat()}
    if request.method == "POST":
        address = f"{reverse('dashboards:as_of', args=[code])}?{urlencode(days)}"
        title = wording.as_of(unit.name, on)
        known_at = min(statements.end_of(known), now)
        asked = {"unit": code, **days, "known_at": known_at.isoformat(), "url": address}
        _ask(request, JobKind.AS_OF, title, asked, now)
        return redirect(address)
    job = queries.last_job(me(request), JobKind.AS_OF, {"unit": code, **days})
    context |= {"job": job, "on": on, "known": known}
    if job is not None and job.state == JobState.DONE:
        context |= _shown(request, unit, job, days)
    return render(request, "dashboards/as_of.html", context)


def _shown(request: HttpRequest, unit: Any, job: Job, days: dict[str, str]) -> dict[str, Any]:
    titles = queries.requirement_titles()
    requirement = request.GET.get("requirement", "")
    if requirement not in titles:
        requirement = ""
    overview = dated.overview_of(unit, job.result["cells"], requirement=requirement, titles=titles)
    noted = [
        day
        for day in (tracker.rosters_in(unit, requirement) if requirement else [])
        if day.taken_on.isoformat() == days["on"]
    ]
    listed = queries.has_people(job)

    def people(**chosen: str) -> str:
        """The list behind a figure; a template only adds the state."""
        if not listed:
            return ""
        asked = {**days, "requirement": requirement, **chosen, "state": ""}
        address = reverse("dashboards:as_of_people", args=[unit.code])
        return f"{address}?{urlencode({k: v for k, v in asked.items() if v or k == 'state'})}"

    return {
        "listed": listed,
        "people": people(),
        "overview": overview,
        "requirement": requirement,
        "requirement_title": titles.get(requirement, ""),
        "judged_at": datetime.fromisoformat(job.result["judged_at"]),
        "persons": job.result["persons"],
        "noted": noted[0] if noted else None,
        "by_requirement": [
            {
                "label": line.label,
                "tally": line.tally,
                "drill": f"?{urlencode({**days, 'requirement': line.key})}",
                "people": people(requirement=line.key),
            }
            for line in overview.by_requirement
        ],
        "by_rank": [
            {"label": line.label, "tally": line.tally, "people": people(rank=line.key)}
            for line in overview.by_rank
        ],
        "by_unit": [
            {
                "label": line.label,
                "tally": line.tally,
                "direct": line.unit is None,
                "people": people(direct="on") if line.unit is None else people(place=line.key),
                "drill": ""
                if line.unit is None
                else f"{reverse('dashboards:as_of', args=[line.key])}?{urlencode(days)}",
            }
            for line in overview.by_unit
        ],
    }


@require_safe
@role_required(*ROLES_THAT_SEE_PEOPLE)
def as_of_people(request: HttpRequest, code: str) -> HttpResponse:
    """The people behind a figure of another day, as one's own reading of these days counted them."""
    unit = unit_of(request, code)
    form = AsOfForm(request.GET, today=timezone.localdate())
    if not form.is_valid():
        return redirect("dashboards:as_of", code=code)
    on, known = form.cleaned_data["on"], form.cleaned_data["known"]
    days = {"on": on.isoformat(), "known": known.isoformat()}
    figures = f"{reverse('dashboards:as_of', args=[code])}?{urlencode(days)}"
    job = queries.last_reading(me(request), unit, days)
    if job is None:
        return redirect(figures)
    titles = queries.requirement_titles()
    filters = PeopleFilter(request.GET, requirements=titles, places=queries.places_in(unit))
    choice = filters.choice()
    found = queries.judged_of(job, unit, choice)
    if found is None:
        raise Http404
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    places = names_at((row.place for row in page.object_list), unit)
    seen = queries.seen_among(me(request), [row.person_id for row in page.object_list])
    rows = [
        {
            "person": row.person,
            "state": row.states.get(choice.requirement, row.state),
            "unit": places.get(row.place, ""),
            "rank": Rank(row.rank).label,
            "url": _record_of(row.person_id, choice.requirement, days)
            if row.person_id in seen and row.person != me(request)
            else "",
            "since": wording.since_then(row.person, seen=row.person_id in seen),
            "standings": [
                {"title": titles.get(each, each), "state": state}
                for each, state in sorted(row.states.items(), key=_by_urgency)
                if not choice.requirement and state in UNMET
            ],
        }
        for row in page.object_list
    ]
    return render(
        request,
        "dashboards/as_of_people.html",
        {
            "unit": unit,
            "above": queries.path_to(me(request), unit),
            "filters": filters,
            "choice": choice,
            "days": days,
            "title": wording.people_as_of(unit.name, on),
            "lead": wording.judged_on(job),
            "figures": figures,
            "page": page,
            "rows": rows,
        },
    )


def _record_of(person_id: int, requirement: str, days: dict[str, str]) -> str:
    """Where the person stood on these days: the explanation of the figure one came from."""
    where = reverse("tracker:person_record", args=[person_id])
    if requirement:
        where = reverse("tracker:person_requirement", args=[person_id, requirement])
    return f"{where}?{urlencode(days)}"


def _by_urgency(standing: tuple[str, str]) -> tuple[int, str]:
    requirement, state = standing
    return (BY_URGENCY.index(state) if state in BY_URGENCY else len(BY_URGENCY), requirement)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*queries.EFFECT_READERS)
def effect(request: HttpRequest, pk: int) -> HttpResponse:
    """What a draft would change for everybody one sees: asked for, and found again."""
    row, now = get_object_or_404(tracker.rule_packs(), pk=pk), timezone.now()
    title = tracker.title_of_pack(row, get_language() or "zh")
    if request.method == "POST":
        asked = {
            "pack": row.pk,
            "on": timezone.localdate(now).isoformat(),
            "url": reverse("dashboards:effect", args=[row.pk]),
        }
        _ask(request, JobKind.EFFECT, f"{JobKind.EFFECT.label} · {title}", asked, now)
        return redirect("dashboards:effect", pk=pk)
    job = queries.last_job(me(request), JobKind.EFFECT, {"pack": row.pk})
    context: dict[str, Any] = {"row": row, "title": title, "job": job}
    if job is not None and job.state == JobState.DONE:
        english = (get_language() or "").startswith("en")
        context |= {
            "persons": job.result["persons"],
            "known_at": datetime.fromisoformat(job.result["known_at"]),
            "flips": [
                {"title": en if english and en else zh, "before": b, "after": a, "persons": n}
                for zh, en, b, a, n in job.result["flips"]
            ],
        }
    return render(request, "dashboards/effect.html", context)


def _ask(
    request: HttpRequest, kind: JobKind, title: str, parameters: dict[str, Any], now: datetime
) -> None:
    job = operations.ask(
        me(request),
        kind=kind,
        form=JobForm.DEED,
        title=title,
        parameters=parameters,
        language=get_language() or "zh-hans",
        now=now,
    )
    tasks.run_job.enqueue(job.pk)
