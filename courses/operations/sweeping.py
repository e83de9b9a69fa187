"""What a lost signal, a killed process or a later joiner left undone, found from rows alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Subquery

import exams.queries
from courses.enums import TIMED, ItemKind
from courses.models import CourseEdition, CoursePage, Enrolment, ItemProgress
from courses.operations.assignments import sweep_assignments, sweep_deadlines
from courses.operations.completion import (
    NotProven,
    class_credited,
    complete_course,
    complete_item,
    exam_not_passed,
    exam_passed,
    post_completion,
)
from courses.operations.editions import freeze_edition

LOOK_BACK = timedelta(days=30)  # news of a lost pass older than this was heard or swept before


@dataclass(frozen=True)
class Swept:
    """What a sweep found missing and mended."""

    editions: int = 0
    items: int = 0
    courses: int = 0
    posted: int = 0
    joined: int = 0
    reminded: int = 0
    undone: int = 0


def sweep(now: datetime) -> Swept:
    """Find from rows alone what a lost signal or a killed process left undone, and do it."""
    return Swept(
        editions=_sweep_editions(now),
        items=_sweep_studied_items(now) + _sweep_exams(now) + _sweep_classes(now),
        courses=_sweep_courses(now),
        posted=_sweep_posts(now),
        joined=sweep_assignments(now),
        reminded=sweep_deadlines(now),
        undone=_sweep_undone(now),
    )


def _sweep_editions(now: datetime) -> int:
    count = CourseEdition.objects.count()
    behind = CoursePage.objects.filter(live=True).exclude(
        editions__frozen_at__gte=F("last_published_at")
    )
    for course_id in behind.values_list("pk", flat=True):
        freeze_edition(course_id, now=now)
    # A package of theirs was published anew since.
    latest = CourseEdition.objects.filter(course=OuterRef("pk")).order_by("-number")
    frozen_at = Subquery(latest.values("frozen_at")[:1])
    for course_id in (
        CoursePage.objects.filter(live=True, editions__items__kind=ItemKind.PACKAGE)
        .annotate(frozen_at=frozen_at)
        .filter(items__page__last_published_at__gt=F("frozen_at"))
        .values_list("pk", flat=True)
        .distinct()
    ):
        freeze_edition(course_id, now=now)
    return CourseEdition.objects.count() - count


def _sweep_studied_items(now: datetime) -> int:
    # share proven = covered_ms / (length_seconds * 1000) >= min_share / 100
    proven = ItemProgress.objects.filter(
        completed_at=None,
        enrolment__withdrawn_at=None,
        item__length_seconds__gt=0,
        covered_ms__gte=F("item__length_seconds") * F("item__min_share") * 10,
        item__kind__in=TIMED,
    )
    count = 0
    for enrolment_id, item_id in list(proven.values_list("enrolment", "item")):
        try:
            complete_item(enrolment_id, item_id, now=now)
        except NotProven:  # a package that has not said yet that it is completed
            continue
        count += 1
    return count


def _sweep_exams(now: datetime) -> int:
    return sum(
        exam_passed(exam_id, person_id, now=now)
        for exam_id, person_id in _waiting_for(ItemKind.EXAM, "edition__items__exam")
        if exams.queries.passed(exam_id, person_id)
    )


def _sweep_undone(now: datetime) -> int:
    return sum(
        exam_not_passed(exam_id, person_id, now=now)
        for exam_id, person_id in sorted(exams.queries.passes_lost_since(now - LOOK_BACK))
    )


def _sweep_classes(now: datetime) -> int:
    waiting = _waiting_for(ItemKind.CLASS, "edition__items__training_class")
    return sum(class_credited(class_id, now=now) for class_id in {each[0] for each in waiting})


def _waiting_for(kind: ItemKind, proves: str) -> list[tuple[int, int]]:
    """What items of a kind are proven by, and the person, where such an item is still open."""
    completed = ItemProgress.objects.filter(
        enrolment=OuterRef("pk"), item=OuterRef("open_item"), completed_at__isnull=False
    )
    return list(
        Enrolment.objects.filter(completed_at=None, withdrawn_at=None, edition__items__kind=kind)
        .annotate(open_item=F("edition__items__pk"), proven_by=F(proves))
        .filter(~Exists(completed))
        .values_list("proven_by", "person")
        .distinct()
    )


def _sweep_courses(now: datetime) -> int:
    count = 0
    open_ones = Enrolment.objects.filter(
        completed_at=None, withdrawn_at=None, progress__completed_at__isnull=False
    ).distinct()
    for enrolment_id in list(open_ones.values_list("pk", flat=True)):
        try:
            complete_course(enrolment_id, now=now)
        except NotProven:
            continue
        count += 1
    return count


def _sweep_posts(now: datetime) -> int:
    waiting = Enrolment.objects.filter(completed_at__isnull=False, posted_at=None)
    count = 0
    for enrolment_id in list(waiting.values_list("pk", flat=True)):
        post_completion(enrolment_id, now=now)
        count += 1
    return count
