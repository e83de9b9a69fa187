"""Freezing what a course offers into editions."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from decimal import Decimal

from django.db import transaction

import content.queries
import exams.queries
from courses.enums import ItemKind
from courses.models import (
    CourseEdition,
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
    items = _items_to_freeze(course)
    if not items:
        return None
    fields = {
        "title": course.title,
        "summary": course.summary,
        "theme": course.theme,
        "speaker": course.speaker,
        "hours": course.hours,
        "credits": course.credits,
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


def _items_to_freeze(course: CoursePage) -> list[dict[str, object]]:
    frozen: list[dict[str, object]] = []
    for item in course.items.select_related("page").order_by("sort_order", "pk"):
        if item.exam_id is not None:
            kind, length, package = ItemKind.EXAM, 0, _NO_PACKAGE
            title = item.title or exams.queries.exam_titles([item.exam_id])[item.exam_id]
            revision = None
        else:
            kind, length, package = _how_studied(item.page_id)
            title = item.title or item.page.title
            revision = item.page.live_revision_id
        frozen.append(
            {
                "position": len(frozen) + 1,
                "kind": kind,
                "title": title,
                "page_id": item.page_id,
                "page_revision": revision,
                "exam_id": item.exam_id,
                "required": item.required,
                "min_share": item.min_share,
                "length_seconds": length,
                **package,
            }
        )
    return frozen


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
