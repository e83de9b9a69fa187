"""For the member: why a requirement is not met yet, and which courses would actually count."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from courses import queries as courses
from dashboards import wording
from people.permissions import me
from tracker import queries as tracker
from tracker.rules import Confirmer, Form, Measures, Row

# What a page tries at most: each course is judged by the law engine itself.
TRIED = 60


@require_safe
def gap(request: HttpRequest, requirement: str) -> HttpResponse:
    """What is missing, and each course not completed that would bring it nearer if completed today.

    Whether a course counts is not looked up but tried: its hours are added to a copy of the record
    and the requirement is judged anew. Nothing is stored.
    """
    now = timezone.now()
    today = timezone.localdate(now)
    facts = tracker.facts_of([me(request).pk])[me(request).pk]
    packs = tracker.packs_in_force(today, now)

    def judged(rows: tuple[Row, ...]) -> Any:
        known = replace(facts, rows=rows)
        found = tracker.assess_facts(known, packs, on=today, known_at=now)
        return next((one for one in found if one.duty.code == requirement), None)

    present = judged(facts.rows)
    if present is None:
        raise Http404
    helpful = []
    for card in courses.catalogue(me(request))[:TRIED]:
        if card.enrolment is not None and card.enrolment.completed_at:
            continue
        row = Row(
            key=f"trial:{card.slug}",
            form=Form.ONLINE,
            title=card.edition.title,
            since=today,
            after_last=today + timedelta(days=1),
            measures=Measures(card.edition.hours, card.edition.credits, Decimal(0), 1),
            recorded_at=now,
            confirmer=Confirmer.PLATFORM,
            institution=None,
            course=card.slug,
            reverses=None,
            because="",
        )
        after = judged((*facts.rows, row))
        if after is not None and _done(after) > _done(present):
            helpful.append({"card": card, "closes": after.state.value == "met"})
    return render(
        request,
        "dashboards/gap.html",
        {
            "assessment": present,
            "title": wording.title_of(present),
            "missing": wording.gap_of(present) if present.gap else "",
            "sentence": wording.sentence_on([present]),
            "state": present.state.value,
            "helpful": helpful,
            "requirement": requirement,
        },
    )


def _done(assessment: Any) -> tuple[bool, Decimal]:
    """How far: met first, then the sum of what is done on the nearest way."""
    way = assessment.nearest_way
    parts = way.parts if way else ()
    return assessment.state.value == "met", sum((part.official for part in parts), Decimal(0))
