"""Freezing what a course offers into editions."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

import content.queries
import exams.queries
import tracker.queries
from courses.enums import TIMED, ItemKind
from courses.models import (
    CourseEdition,
    CourseItem,
    CoursePage,
    EditionItem,
)

# A page whose length is unknown must not be proven by a glance.
_LEAST_READING_SECONDS = 30
_NO_PACKAGE: dict[str, object] = {}


@transaction.atomic
def freeze_edition(course_id: int, *, now: datetime) -> CourseEdition | None:
    """Freeze what is published of a course as its next edition.

    Returns the latest edition unchanged when nothing differs from it, None for a course that is
    not live or has no items.
    """
    course = CoursePage.objects.select_for_update().filter(pk=course_id, live=True).first()
    if course is None:
        return None
    items = items_to_freeze(course)
    if not items:
        return None
    fields = {
        "title": course.title,
        "summary": course.summary,
        "theme": course.theme,
        "speaker": course.speaker,
        **_worth(course, items),
        "grants_certificate": course.grants_certificate,
    }
    fingerprint = _fingerprint(fields, items)
    latest: CourseEdition | None = course.editions.order_by("-number").first()
    if latest is not None and latest.fingerprint == fingerprint:
        return latest
    edition = CourseEdition.objects.create(
        course=course,
        number=latest.number + 1 if latest else 1,
        frozen_at=now,
        fingerprint=fingerprint,
        **fields,
    )
    EditionItem.objects.bulk_create([EditionItem(edition=edition, **item) for item in items])
    return edition


def _worth(course: CoursePage, items: list[dict[str, Any]]) -> dict[str, object]:
    """Hours and credits of the course itself, and the rule that gave the hours if one did.

    A rule values the minutes of what must be studied, rounded down to a tenth of an hour.

    A class credits its own, and a self-check is worth none: a course with nothing that is studied
    or examined gives no hours besides, or the days of its class would count twice.
    """
    if not any(item["kind"] in (*TIMED, ItemKind.EXAM) for item in items):
        return {"hours": Decimal(0), "credits": Decimal(0)}
    rule = tracker.queries.length_rule(course.valuation) if course.valuation else None
    if rule is None:
        return {"hours": course.hours, "credits": course.credits}
    seconds = sum(item["length_seconds"] for item in items if item["required"])
    hours = rule.hours(Decimal(seconds) / 60).quantize(Decimal("0.1"), ROUND_DOWN)
    return {"hours": hours, "credits": course.credits, "valuation": rule.code}


def items_to_freeze(course: CoursePage) -> list[dict[str, Any]]:
    """The items of a course, published or a draft, as an edition would have them.

    An item with nothing chosen, which a draft may have, is none.
    """
    frozen: list[dict[str, Any]] = []
    for item in course.items.select_related("page", "training_class").order_by("sort_order", "pk"):
        if item.is_empty:
            continue
        frozen.append(
            {
                "position": len(frozen) + 1,
                "page_id": item.page_id,
                "page_revision": item.page.live_revision_id if item.page else None,
                "exam_id": item.exam_id,
                "required": item.required,
                "min_share": item.min_share,
                "length_seconds": 0,
                **_what_it_is(item),
            }
        )
    return frozen


def _what_it_is(item: CourseItem) -> dict[str, object]:
    """Kind and title, and what else is particular to the kind."""
    if item.exam_id is not None:
        title = item.title or exams.queries.exam_titles([item.exam_id])[item.exam_id]
        return {"kind": ItemKind.EXAM, "title": title}
    if item.training_class is not None:
        title = item.title or item.training_class.title
        of_class = {"training_class_id": item.training_class_id}
        return {"kind": ItemKind.CLASS, "title": title, **of_class}
    if item.page is None:
        with translation.override(settings.LANGUAGE_CODE):  # one title, whoever publishes
            title = item.title or _("Check yourself")
        return {"kind": ItemKind.CHECK, "title": title, "questions": item.codes}
    kind, length, package = _how_studied(item.page.pk)
    title = item.title or item.page.title
    return {"kind": kind, "title": title, "length_seconds": length, **package}


def _how_studied(page_id: int) -> tuple[ItemKind, int, dict[str, object]]:
    """A page with a recording is played, one with a package worked at, every other page is read.

    With its length in seconds, and what is frozen of the package.
    """
    media = content.queries.lecture_media(page_id)
    if media is not None:
        return ItemKind.MEDIA, int(media[0]), _NO_PACKAGE
    facts = content.queries.package_facts(page_id)
    if facts is not None:
        package: dict[str, object] = {
            "package_id": facts.package_id,
            "part_count": facts.part_count,
            "must_report": facts.must_report,
        }
        return ItemKind.PACKAGE, facts.length_seconds, package
    length = max(_LEAST_READING_SECONDS, content.queries.reading_seconds(page_id))
    return ItemKind.READING, length, _NO_PACKAGE


def package_published(page_id: int, *, now: datetime) -> int:
    """Freeze anew every live course with this page, when it has a package; return how many."""
    if content.queries.package_facts(page_id) is None:
        return 0
    courses = CoursePage.objects.filter(live=True, items__page=page_id).distinct().order_by("pk")
    found = list(courses.values_list("pk", flat=True))
    for course_id in found:
        freeze_edition(course_id, now=now)
    return len(found)


def _fingerprint(fields: dict[str, object], items: list[dict[str, object]]) -> str:
    def plain(value: object) -> str:
        return str(value.normalize()) if isinstance(value, Decimal) else str(value)

    canonical = json.dumps([fields, items], sort_keys=True, ensure_ascii=False, default=plain)
    return hashlib.sha256(canonical.encode()).hexdigest()
