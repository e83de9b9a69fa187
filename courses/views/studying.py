"""Pages of courses: the shelf, a course, an item being studied, the evidence of study time."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

import content.queries
import tracker.queries
from courses import operations, queries, wording
from courses.enums import ItemKind
from courses.forms import RemarkForm
from courses.models import CourseEdition, Enrolment
from courses.views.items import check_context, class_context, exam_context
from people.permissions import me

# Choices of the shelf's second facet: study time up to so many minutes.
LENGTHS = (30, 60, 120)


def catalogue(request: HttpRequest) -> HttpResponse:
    """All courses on offer, what I began first; by the three divisions and by length."""
    chosen = {
        facet.name: value
        for facet in content.queries.DIVISIONS
        if (value := request.GET.get(facet.name, "")) in dict(facet.values)
    }
    longest = _one_of(request.GET.get("minutes", ""), [str(minutes) for minutes in LENGTHS])
    cards, facets = queries.shelf(
        me(request), chosen, longest_minutes=int(longest) if longest else None
    )
    return render(
        request,
        "courses/catalogue.html",
        {
            "cards": cards,
            "begun": [c for c in cards if c.enrolment and not c.enrolment.completed_at],
            "open": [c for c in cards if not c.enrolment],
            "completed": [c for c in cards if c.enrolment and c.enrolment.completed_at],
            "facets": facets,
            "lengths": LENGTHS,
            "minutes": int(longest) if longest else None,
            "filtered": bool(chosen or longest),
        },
    )


def mine(request: HttpRequest) -> HttpResponse:
    """My courses, begun and completed."""
    return render(
        request, "courses/mine.html", {"cards": queries.catalogue(me(request), mine=True)}
    )


def course(request: HttpRequest, slug: str) -> HttpResponse:
    """A course: what it is, what it gives, its items with my progress, one thing to do next."""
    enrolment = queries.enrolment_in(me(request), slug)
    edition = _edition(enrolment, slug)
    outline = queries.outline(edition.pk, enrolment.pk if enrolment else None)
    missing = [] if enrolment else queries.prerequisites_missing(me(request).pk, edition.course_id)
    return render(
        request,
        "courses/course.html",
        {
            "edition": edition,
            "enrolment": enrolment,
            "outline": outline,
            "slug": slug,
            "missing": missing,
            "valued_by": tracker.queries.valued_by(edition.valuation),
        },
    )


@require_POST
def begin(request: HttpRequest, slug: str) -> HttpResponse:
    """Enrol, and go to the first item; who is enrolled already simply goes on."""
    enrolment = queries.enrolment_in(me(request), slug)
    if enrolment is None:
        edition = _edition(None, slug)
        try:
            enrolment = operations.enrol(me(request).pk, edition.course_id, now=timezone.now())
        except operations.CourseNotOffered:
            raise Http404 from None
        except operations.PrerequisiteMissing as refusal:
            messages.warning(
                request,
                _("Please complete first: %(titles)s.") % {"titles": _("; ").join(refusal.titles)},
            )
            return redirect("courses:course", slug)
    following = queries.outline(enrolment.edition_id, enrolment.pk).next_item
    if following is None:
        return redirect("courses:course", slug)
    return redirect("courses:item", slug, following.position)


def item(request: HttpRequest, slug: str, position: int) -> HttpResponse:
    """An item of a course I take: the page to read or play, or the way to the exam."""
    enrolment = queries.enrolment_in(me(request), slug)
    if enrolment is None:
        _edition(None, slug)
        return redirect("courses:course", slug)
    outline = queries.outline(enrolment.edition_id, enrolment.pk)
    current = outline.at(position)
    if current is None:
        raise Http404
    context: dict[str, Any] = {
        "enrolment": enrolment,
        "edition": enrolment.edition,
        "outline": outline,
        "item": current,
        "previous": outline.at(position - 1),
        "next": outline.at(position + 1),
        "slug": slug,
    }
    if not current.is_timed:
        particular = {
            ItemKind.EXAM: exam_context,
            ItemKind.CLASS: class_context,
            ItemKind.CHECK: check_context,
        }[ItemKind(current.kind)]
        context |= particular(request, enrolment, current)
        return render(request, f"courses/item_{current.kind}.html", context)
    context["page"] = content.queries.live_page(current.page_id)
    context["words"] = wording.script_words(get_language())
    context["presence_minutes"] = settings.STUDY_PRESENCE_MINUTES
    context["body"] = None
    if current.kind == ItemKind.PACKAGE:
        context["body"] = _package_player(request, enrolment, current)
    return render(request, "courses/item_study.html", context)


def _package_player(
    request: HttpRequest, enrolment: Enrolment, current: queries.OutlineItem
) -> dict[str, Any]:
    """The package of the edition begun with, and where its parts go on."""
    assert current.package_id is not None  # noqa: S101  an item of kind package has one
    told = queries.told_by_packages(enrolment.pk).get(current.id)
    player = content.queries.player(current.package_id, me(request).name)
    player["reports"] = {
        at: {
            "status": report.status,
            "score": None if report.score_percent is None else float(report.score_percent),
            "model": json.loads(report.state),
        }
        for at, report in (told.parts.items() if told else ())
    }
    return player


def evidence(request: HttpRequest, slug: str) -> HttpResponse:
    """Every sitting at a course of mine: what was verified, what was not, and why."""
    enrolment = queries.enrolment_in(me(request), slug)
    if enrolment is None:
        raise Http404
    return render(
        request,
        "courses/evidence.html",
        {
            "enrolment": enrolment,
            "edition": enrolment.edition,
            "outline": queries.outline(enrolment.edition_id, enrolment.pk),
            "sittings": queries.sittings(enrolment.pk),
            "form": RemarkForm(auto_id=False),
            "slug": slug,
        },
    )


def _edition(enrolment: Enrolment | None, slug: str) -> CourseEdition:
    """The edition begun with, else the one on offer, else 404."""
    edition = enrolment.edition if enrolment else queries.course_on_offer(slug)
    if edition is None:
        raise Http404
    return edition


def _one_of(value: str, allowed: list[str]) -> str:
    return value if value in allowed else ""
