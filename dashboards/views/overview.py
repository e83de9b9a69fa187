"""Homes by role, and the overview of a part of the tree down to one person."""

from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils import timezone
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from certificates import queries as certificates
from classes import queries as classes
from content import queries as content
from courses import queries as courses
from dashboards import queries, wording
from dashboards.desks import desks_for, first_desk
from dashboards.figures import SHOWN
from dashboards.forms import MONTHS, STATES, PeopleFilter
from dashboards.health import health
from dashboards.views.common import unit_of
from exams import queries as exams
from people.enums import ROLES_THAT_SEE_PEOPLE, Rank, Role
from people.models import Person
from people.operations import audit
from people.permissions import me, role_required
from people.queries import full_names, grants_of, has_role, persons_visible_to, places_within
from tracker import queries as tracker

PER_PAGE = 25
# What Django leaves as it is in an address.
_KEPT = "!$&'()*+,;=/~:@"


# --- Homes ------------------------------------------------------------------------------------------------


@require_safe
def home(request: HttpRequest, desk: str = "") -> HttpResponseBase:
    """The person's home: the own study, or the one desk held; tabs lead to the others."""
    desks = desks_for(grant.role for grant in grants_of(me(request)))
    chosen = next((d for d in desks if d.slug == desk), None) if desk else first_desk(desks)
    if chosen is None:
        raise Http404
    context = {"desks": desks if len(desks) > 1 else [], "desk": chosen}
    return _HOMES[chosen.slug](request, context)


def _study(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    now = timezone.now()
    person = me(request)
    assessments = tracker.assessments_of(person.pk, on=timezone.localdate(now), known_at=now)
    context |= {
        "sentence": wording.sentence_on(assessments),
        "others": wording.others_sentence(assessments),
        "requirements": [_requirement(each) for each in wording.by_urgency(assessments)],
        "begun": courses.continue_where_stopped(person),
        "places": classes.coming_places(person, timezone.localdate(now))[:5],
        "exams": exams.exams_open_to(person, now)[:5],
        "announcements": content.announcements_at_home(person, today=timezone.localdate(now)),
        "texts": content.latest_texts(person),
        "certificates": certificates.certificates_of(person)[:3],
    }
    if has_role(person, Role.MARKER):
        context["answers"] = sum(queue.waiting for queue in exams.marking_queues(person))
    if has_role(person, Role.INSTITUTION_STAFF):
        hosted = classes.classes_to_confirm_by(person)[:5]
        waiting = _waiting(person, timezone.localdate(now))
        context |= {"is_host": True, "hosted": hosted, "waiting": waiting}
    return render(request, "dashboards/home_study.html", context)


def _requirement(assessment: Any) -> dict[str, Any]:
    """A requirement as the bars show it: each part of the nearest way in its own unit."""
    way = assessment.nearest_way
    return {
        "code": assessment.duty.code,
        "title": wording.title_of(assessment),
        "state": assessment.state.value,
        "due_on": assessment.due_on,
        "bars": [
            {
                "value": part.official,
                "max": part.required,
                "unit": wording.unit_of(part.measure.value),
            }
            for part in (way.parts if way else ())
            if part.required
        ],
    }


def _department(request: HttpRequest, context: dict[str, Any]) -> HttpResponseBase:
    today = timezone.localdate()
    units = queries.top_units_of(me(request))
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
        rows = [*context["overdue"], *context["due_soon"]]
        context["places"] = places_within(unit, (row["standing"].unit for row in rows))
    context["other_units"] = units[1:]
    context["issues_certificates"] = has_role(me(request), Role.TRAINING_ADMIN)
    context["sees_stock"] = has_role(me(request), Role.TRAINING_ADMIN, Role.AUDITOR)
    context["waiting"] = _waiting(me(request), today)
    return render(request, "dashboards/home_department.html", context)


def _waiting(person: Person, today: date) -> list[tuple[str, str]]:
    """What waits for the person's own hand, in words, and where it is done."""
    counts = {
        "tracker:claim_queue": tracker.claims_waiting_for(person).count(),
        "classes:answers": len(classes.waiting_call_ups(person, today)),
    }
    if has_role(person, Role.TRAINING_ADMIN):
        counts["classes:plans"] = len(classes.plans_waiting_for(person))
        counts["classes:excuses"] = classes.open_excuses_for(person).count()
        counts["tracker:changes"] = tracker.changes_waiting_for(person).count()
    if has_role(person, Role.TRAINING_ADMIN, Role.LIAISON):
        counts["tracker:remarks"] = tracker.open_remarks_for(person).count()
        counts["courses:remarks"] = courses.open_remarks_for(person).count()
    return [(wording.waiting(name, n), reverse(name)) for name, n in counts.items() if n]


def _pressing(standings: Any, titles: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "standing": standing,
            "title": titles.get(standing.requirement, standing.requirement),
            "missing": wording.missing(standing),
        }
        for standing in standings[: queries.SHOWN_AT_ONCE]
    ]


def _editing(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    context["waiting"] = content.editor_desk(me(request), today=timezone.localdate())
    context["texts"] = content.latest_texts(me(request))
    return render(request, "dashboards/home_editing.html", context)


def _questions(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    context["waiting"] = exams.setter_desk(me(request))
    context["is_reviewer"] = has_role(me(request), Role.QUESTION_REVIEWER)
    context["is_setter"] = has_role(me(request), Role.QUESTION_SETTER)
    return render(request, "dashboards/home_questions.html", context)


def _system(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
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
def overviews(request: HttpRequest) -> HttpResponse:
    """Straight to the one unit managed; a choice when there are several."""
    units = queries.top_units_of(me(request))
    if len(units) == 1:
        return redirect("dashboards:unit", code=units[0].code)
    return render(request, "dashboards/overviews.html", {"units": units})


@require_safe
@role_required(*ROLES_THAT_SEE_PEOPLE)
def unit(request: HttpRequest, code: str) -> HttpResponse:
    """How the people of a unit stand: by requirement, by sub-unit, by rank."""
    place = unit_of(request, code)
    titles = queries.requirement_titles()
    requirement = request.GET.get("requirement", "")
    if requirement not in titles:
        requirement = ""
    shown = queries.overview(place, requirement=requirement, titles=titles)
    return render(
        request,
        "dashboards/unit.html",
        {
            "unit": place,
            "above": queries.path_to(me(request), place),
            "requirement": requirement,
            "requirement_title": titles.get(requirement, ""),
            "overview": shown,
            "horizons": [(months, wording.due_within(months)) for months in MONTHS],
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
    return f"{_address('dashboards:people', code)}?{urlencode({**chosen, 'state': ''})}"


@lru_cache(maxsize=8)
def _pattern(name: str, script: str) -> str:
    return reverse(name, args=["0"])


def _address(name: str, code: str) -> str:
    """What ``reverse`` says of a unit, asked once for the hundreds of units of a page."""
    before, _zero, after = _pattern(name, get_script_prefix()).rpartition("0")
    return f"{before}{quote(code, safe=_KEPT)}{after}"


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
    drill = _address("dashboards:unit", line.key)
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
def people(request: HttpRequest, code: str) -> HttpResponse:
    """The people behind a figure, a page at a time."""
    place = unit_of(request, code)
    titles = queries.requirement_titles()
    filters = PeopleFilter(request.GET, requirements=titles, places=queries.places_in(place))
    choice = filters.choice()
    found = queries.list_of_people_in(place, choice, timezone.localdate())
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    standings = queries.standings_of_page(page.object_list, choice.requirement)
    places = places_within(place, (person.unit for person in page.object_list))
    rows = [
        {
            "person": person,
            "place": places.get(person.unit_id),
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
            "above": queries.path_to(me(request), place),
            "filters": filters,
            "choice": choice,
            "page": page,
            "rows": rows,
        },
    )


def _standing(row: Any, titles: dict[str, str]) -> dict[str, Any]:
    return {
        "code": row.requirement,
        "title": titles.get(row.requirement, row.requirement),
        "state": row.state,
        "due_on": row.due_on,
        "missing": wording.missing(row),
        "bars": [
            {"value": part.amount, "max": part.required, "unit": wording.unit_of(part.measure)}
            for part in queries.parts_of(row)
            if part.required
        ],
    }


@require_safe
@role_required(*ROLES_THAT_SEE_PEOPLE)
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: standings, certificates, and the way to the explanation of each."""
    who = get_object_or_404(
        persons_visible_to(me(request)).exclude(pk=me(request).pk).select_related("unit"), pk=pk
    )
    now = timezone.now()
    today = timezone.localdate(now)
    titles = queries.requirement_titles()
    posts = queries.posts_of(who, today)
    standings = tracker.standings_of([who.pk]).get(who.pk, [])
    audit(me(request), "dashboards.person.view", f"people.person:{who.pk}", {}, now=now)
    return render(
        request,
        "dashboards/person.html",
        {
            "who": who,
            "posts": posts,
            "units": full_names(post.unit for post in posts if post.unit_id != who.unit_id),
            "standings": [_standing(row, titles) for row in standings],
            "certificates": certificates.certificates_of(who)[:20],
            "courses": courses.enrolments_of(who)[:20],
            "record_url": _url("tracker:person_record", who.pk),
            "may_post": has_role(me(request), Role.TRAINING_ADMIN)
            and tracker.puts_right(me(request), who.pk),
        },
    )


def _url(name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
