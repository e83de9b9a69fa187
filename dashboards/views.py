"""Homes by role, and the overview of a part of the tree down to one person."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from certificates import queries as certificates
from content import queries as content
from courses import queries as courses
from dashboards import queries, words
from dashboards.desks import desks_for, first_desk
from dashboards.export import MEDIA_TYPE, Cell, workbook
from dashboards.figures import SHOWN
from dashboards.forms import STATES, PeopleFilter
from dashboards.health import health
from dashboards.own_data import archive_of
from exams import queries as exams
from people.enums import ROLES_THAT_SEE_PEOPLE, Rank, Role
from people.models import OrgUnit, Person
from people.operations import audit
from people.permissions import role_required
from people.queries import grants_of, has_role, persons_visible_to
from tracker import queries as tracker

PER_PAGE = 25
# What one answer may carry without being a job of its own.
LARGEST_EXPORT = 20_000


class SignedIn(HttpRequest):
    """A request past the sign-in, which every view here asks for unless it says otherwise."""

    user: Person


# --- Homes ------------------------------------------------------------------------------------------------


@require_safe
def home(request: SignedIn, desk: str = "") -> HttpResponseBase:
    """The person's home: the own study, or the one desk held; tabs lead to the others."""
    desks = desks_for(grant.role for grant in grants_of(request.user))
    chosen = next((d for d in desks if d.slug == desk), None) if desk else first_desk(desks)
    if chosen is None:
        raise Http404
    context = {"desks": desks if len(desks) > 1 else [], "desk": chosen}
    return _HOMES[chosen.slug](request, context)


def _study(request: SignedIn, context: dict[str, Any]) -> HttpResponse:
    now = timezone.now()
    person = request.user
    assessments = tracker.assessments_of(person.pk, on=timezone.localdate(now), known_at=now)
    context |= {
        "sentence": words.sentence_on(assessments),
        "others": words.others_sentence(assessments),
        "requirements": [_requirement(each) for each in words.by_urgency(assessments)],
        "begun": courses.continue_where_stopped(person),
        "exams": exams.exams_open_to(person, now)[:5],
        "texts": content.latest_texts(person, 5),
        "certificates": certificates.certificates_of(person)[:3],
        "posts_lines": has_role(person, Role.INSTITUTION_STAFF),
    }
    return render(request, "dashboards/home_study.html", context)


def _requirement(assessment: Any) -> dict[str, Any]:
    """A requirement as the bars show it: each part of the nearest way in its own unit."""
    way = assessment.nearest_way
    return {
        "code": assessment.duty.code,
        "title": words.title_of(assessment),
        "state": assessment.state.value,
        "due_on": assessment.due_on,
        "bars": [
            {
                "value": part.official,
                "max": part.required,
                "unit": words.unit_of(part.measure.value),
            }
            for part in (way.parts if way else ())
            if part.required
        ],
    }


def _department(request: SignedIn, context: dict[str, Any]) -> HttpResponseBase:
    today = timezone.localdate()
    units = queries.top_units_of(request.user)
    unit = units[0] if units else None
    if unit is not None:
        whole = queries.whole_of(unit)
        titles = queries.requirement_titles()
        context |= {
            "unit": unit,
            "whole": whole,
            "overdue": _pressing(queries.overdue_in(unit), titles),
            "due_soon": _pressing(queries.due_soon_in(unit, today), titles),
        }
    context["other_units"] = units[1:]
    context["issues_certificates"] = has_role(request.user, Role.TRAINING_ADMIN)
    context["remarks"] = tracker.open_remarks_for(request.user).count()
    return render(request, "dashboards/home_department.html", context)


def _pressing(standings: Any, titles: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "standing": standing,
            "title": titles.get(standing.requirement, standing.requirement),
            "missing": _missing(standing),
        }
        for standing in standings[: queries.SHOWN_AT_ONCE]
    ]


def _missing(standing: Any) -> str:
    return words.joined(
        words.quantity(part.required - part.amount, part.measure)
        for part in queries.parts_of(standing)
        if part.required is not None and part.required > part.amount
    )


def _editing(request: SignedIn, context: dict[str, Any]) -> HttpResponse:
    context["waiting"] = content.editor_desk(request.user, today=timezone.localdate())
    context["texts"] = content.latest_texts(request.user, 5)
    return render(request, "dashboards/home_editing.html", context)


def _questions(request: SignedIn, context: dict[str, Any]) -> HttpResponse:
    context["waiting"] = exams.setter_desk(request.user)
    return render(request, "dashboards/home_questions.html", context)


def _system(request: SignedIn, context: dict[str, Any]) -> HttpResponse:
    context["health"] = health(now=timezone.now())
    return render(request, "dashboards/home_system.html", context)


_HOMES = {
    "study": _study,
    "department": _department,
    "editing": _editing,
    "questions": _questions,
    "system": _system,
}


# --- The overview -------------------------------------------------------------------------------------------


@require_safe
@role_required(*ROLES_THAT_SEE_PEOPLE)
def overviews(request: SignedIn) -> HttpResponse:
    """Straight to the one unit managed; a choice when there are several."""
    units = queries.top_units_of(request.user)
    if len(units) == 1:
        return redirect("dashboards:unit", code=units[0].code)
    return render(request, "dashboards/overviews.html", {"units": units})


@require_safe
@role_required(*ROLES_THAT_SEE_PEOPLE)
def unit(request: SignedIn, code: str) -> HttpResponse:
    """How the people of a unit stand: by requirement, by sub-unit, by rank."""
    place = _unit(request, code)
    today = timezone.localdate()
    titles = queries.requirement_titles()
    requirement = request.GET.get("requirement", "")
    if requirement not in titles:
        requirement = ""
    shown = queries.overview(place, requirement=requirement, titles=titles, today=today)
    return render(
        request,
        "dashboards/unit.html",
        {
            "unit": place,
            "above": queries.path_to(request.user, place),
            "requirement": requirement,
            "requirement_title": titles.get(requirement, ""),
            "overview": shown,
            "people": _people_address(code, requirement=requirement),
            "by_requirement": [
                _line(
                    line,
                    code,
                    drill=f"?{urlencode({'requirement': line.key})}",
                    requirement=line.key,
                )
                for line in shown.by_requirement
            ],
            "by_unit": [_unit_line(line, code, requirement) for line in shown.by_unit],
            "by_rank": [
                _line(line, code, requirement=requirement, rank=line.key) for line in shown.by_rank
            ],
            "chart": _chart(shown.by_requirement),
        },
    )


def _people_address(code: str, **chosen: str) -> str:
    """The list behind a figure; a template only adds the state."""
    chosen = {name: value for name, value in chosen.items() if value}
    return f"{reverse('dashboards:people', args=[code])}?{urlencode({**chosen, 'state': ''})}"


def _line(line: queries.Line, code: str, drill: str = "", **chosen: str) -> dict[str, Any]:
    return {
        "label": line.label,
        "tally": line.tally,
        "drill": drill,
        "people": _people_address(code, **chosen),
    }


def _unit_line(line: queries.Line, code: str, requirement: str) -> dict[str, Any]:
    if line.unit is None:
        return _line(line, code, requirement=requirement, direct="on") | {"direct": True}
    drill = reverse("dashboards:unit", args=[line.key])
    if requirement:
        drill += f"?{urlencode({'requirement': requirement})}"
    return _line(line, line.key, drill=drill, requirement=requirement)


def _chart(lines: list[queries.Line]) -> dict[str, Any]:
    names = dict(STATES)
    return {
        "kind": "stacked",
        "horizontal": True,
        "unit": pgettext("unit", "persons"),
        "labels": [line.label for line in lines],
        "series": [
            {
                "name": str(names[state]),
                "state": state,
                "values": [getattr(line.tally, state) for line in lines],
            }
            for state in SHOWN
        ],
    }


@require_safe
@role_required(*ROLES_THAT_SEE_PEOPLE)
def people(request: SignedIn, code: str) -> HttpResponse:
    """The people behind a figure, a page at a time."""
    place = _unit(request, code)
    titles = queries.requirement_titles()
    filters = PeopleFilter(request.GET, requirements=titles)
    choice = filters.choice()
    found = queries.people_in(place, choice, timezone.localdate())
    pages = Paginator(found, PER_PAGE)
    pages.count = queries.number_of_people_in(place, choice, timezone.localdate())
    page = pages.get_page(request.GET.get("page"))
    standings = queries.standings_of_page(page.object_list, choice.requirement)
    rows = [
        {
            "person": person,
            "rank": Rank(person.rank).label,
            "standings": [_standing(row, titles) for row in standings.get(person.pk, [])],
        }
        for person in page.object_list
    ]
    return render(
        request,
        "dashboards/people.html",
        {
            "unit": place,
            "above": queries.path_to(request.user, place),
            "filters": filters,
            "choice": choice,
            "page": page,
            "rows": rows,
            "too_many": page.paginator.count > LARGEST_EXPORT,
            "largest": LARGEST_EXPORT,
        },
    )


def _standing(row: Any, titles: dict[str, str]) -> dict[str, Any]:
    return {
        "code": row.requirement,
        "title": titles.get(row.requirement, row.requirement),
        "state": row.state,
        "due_on": row.due_on,
        "missing": _missing(row) if row.state not in ("met", "exempt") else "",
        "bars": [
            {"value": part.amount, "max": part.required, "unit": words.unit_of(part.measure)}
            for part in queries.parts_of(row)
            if part.required
        ],
    }


@require_safe
@role_required(*ROLES_THAT_SEE_PEOPLE)
def people_export(request: SignedIn, code: str) -> HttpResponse:
    """The same list as a spreadsheet, in the asker's scope, with an audit row."""
    place = _unit(request, code)
    now = timezone.now()
    titles = queries.requirement_titles()
    choice = PeopleFilter(request.GET, requirements=titles).choice()
    found = list(queries.people_in(place, choice, timezone.localdate(now))[: LARGEST_EXPORT + 1])
    if len(found) > LARGEST_EXPORT:
        return render(
            request,
            "dashboards/export_too_large.html",
            {"unit": place, "largest": LARGEST_EXPORT},
            status=413,
        )
    raw = workbook(
        place.name,
        [
            _("Staff number"),
            _("Name"),
            _("Unit"),
            _("Post"),
            _("Rank"),
            _("Requirement"),
            _("Standing"),
            _("Still missing"),
            _("Due on"),
        ],
        _rows(found, choice, titles),
    )
    audit(
        request.user,
        "dashboards.people.export",
        f"people.orgunit:{place.pk}",
        {"unit": place.code, "persons": len(found), "filters": request.GET.dict()},
        now=now,
    )
    name = f"{place.name}-{timezone.localdate(now).isoformat()}.xlsx"
    return HttpResponse(
        raw,
        content_type=MEDIA_TYPE,
        headers={
            "Content-Disposition": f"attachment; filename=\"people.xlsx\"; filename*=UTF-8''{quote(name)}",
            "Cache-Control": "private, no-store",
        },
    )


def _rows(found: list[Any], choice: queries.Choice, titles: dict[str, str]) -> Iterator[list[Cell]]:
    """One row a person and requirement; a person to whom nothing applies has one row too."""
    states = {state: str(label) for state, label in STATES}
    standings = queries.standings_of_page(found, choice.requirement)
    for person in found:
        who: list[Cell] = [
            person.staff_number,
            person.name,
            person.unit.name,
            person.post_title,
            str(Rank(person.rank).label),
        ]
        rows = standings.get(person.pk, [])
        for row in rows:
            shown = _standing(row, titles)
            yield [
                *who, shown["title"], states.get(row.state, row.state), shown["missing"], row.due_on
            ]  # fmt: skip
        if not rows:
            yield [*who, "", states["not_applicable"], "", None]


@require_safe
@role_required(*ROLES_THAT_SEE_PEOPLE)
def person(request: SignedIn, pk: int) -> HttpResponse:
    """One person: standings, certificates, and the way to the explanation of each."""
    who = get_object_or_404(
        persons_visible_to(request.user).exclude(pk=request.user.pk).select_related("unit"), pk=pk
    )
    now = timezone.now()
    today = timezone.localdate(now)
    titles = queries.requirement_titles()
    standings = tracker.standings_of([who.pk]).get(who.pk, [])
    audit(request.user, "dashboards.person.view", f"people.person:{who.pk}", {}, now=now)
    return render(
        request,
        "dashboards/person.html",
        {
            "who": who,
            "posts": queries.posts_of(who, today),
            "standings": [_standing(row, titles) for row in standings],
            "certificates": certificates.certificates_of(who)[:20],
            "courses": courses.enrolments_of(who)[:20],
            "record_url": _url("tracker:person_record", who.pk),
            "may_post": has_role(request.user, Role.TRAINING_ADMIN)
            and tracker.puts_right(request.user, who.pk),
        },
    )


def _url(name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def _unit(request: SignedIn, code: str) -> OrgUnit:
    try:
        return queries.unit_for(request.user, code)
    except OrgUnit.DoesNotExist as error:
        raise Http404 from error


# --- One's own record, to take away -------------------------------------------------------------------------


@require_safe
def own_data(request: SignedIn) -> HttpResponse:
    """Everything held about the person who asks; about nobody else."""
    now = timezone.now()
    with transaction.atomic():
        body = archive_of(request.user, now)
        subject = f"people.person:{request.user.pk}"
        audit(request.user, "dashboards.own_data.download", subject, {}, now=now)
    response = HttpResponse(body, content_type="application/zip")
    name = f"{request.user.staff_number}-{timezone.localdate(now):%Y%m%d}.zip"
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response
