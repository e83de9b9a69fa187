"""How a unit's figures moved from month to month, and the three rates of requirements and courses."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from courses import queries as courses
from dashboards import queries
from dashboards.rates import Roster, decimals, percent
from dashboards.views.common import unit_of
from people.enums import ROLES_THAT_SEE_PEOPLE
from people.permissions import me, role_required
from tracker import queries as tracker


@require_safe
@role_required(*ROLES_THAT_SEE_PEOPLE)
def trend(request: HttpRequest, code: str) -> HttpResponse:
    """The dated rosters of one requirement, newest first beneath the chart, and the courses' rates."""
    unit = unit_of(request, code)
    titles = queries.requirement_titles()
    requirement = request.GET.get("requirement", "")
    if requirement not in titles:
        requirement = next(iter(titles), "")
    days = tracker.rosters_in(unit, requirement)
    return render(
        request,
        "dashboards/trend.html",
        {
            "unit": unit,
            "above": queries.path_to(me(request), unit),
            "titles": titles,
            "requirement": requirement,
            "days": [_day(day) for day in reversed(days)],
            "chart": _chart(days),
            "courses": [_course(figures) for figures in courses.figures_in(unit)],
        },
    )


def _day(day: Any) -> dict[str, Any]:
    return {
        "day": day,
        "rate": percent(day.met, day.obliged, decimals(day.obliged)),
        "roster": Roster(day.obliged, day.registered, day.studying, day.finished),
    }


def _course(figures: Any) -> dict[str, Any]:
    return {
        "figures": figures,
        "roster": Roster(
            figures.registered,
            figures.registered,
            figures.studying,
            min(figures.finished, figures.studying),
        ),
    }


def _chart(days: list[Any]) -> dict[str, Any]:
    rates = [percent(day.met, day.obliged, decimals(day.obliged)) for day in days]
    return {
        "kind": "line",
        "unit": "%",
        "whole": False,
        "labels": [date_format(day.taken_on, "DATE_FORMAT") for day in days],
        "series": [
            {
                "name": _("Rate met"),
                "state": "met",
                "values": [None if rate is None else float(rate) for rate in rates],
            }
        ],
    }
