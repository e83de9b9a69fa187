"""Enrolling in a course."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from courses import queries
from courses.enums import Way
from courses.models import (
    Enrolment,
)
from people.models import Person


class CourseNotOffered(Exception):
    """The course is not published, or has no item."""


class PrerequisiteMissing(Exception):
    """Other courses come first; ``titles`` names them."""

    def __init__(self, titles: Sequence[str]) -> None:
        super().__init__(", ".join(titles))
        self.titles = list(titles)


@transaction.atomic
def enrol(
    person_id: int,
    course_id: int,
    *,
    way: Way = Way.SELF,
    by_id: int | None = None,
    deadline_on: date | None = None,
    now: datetime,
) -> Enrolment:
    """Enrol a person in the current edition, or return the enrolment there is.

    Assigning a course that was self-selected makes it assigned, with its deadline; the edition
    begun with stays. Raises CourseNotOffered, and PrerequisiteMissing for the self-selected.
    """
    existing = Enrolment.objects.filter(
        person_id=person_id, course_id=course_id, withdrawn_at=None
    ).first()
    if existing is None:
        edition = queries.current_editions().filter(course=course_id).first()
        if edition is None:
            raise CourseNotOffered(course_id)
        if way == Way.SELF:
            missing = queries.prerequisites_missing(person_id, course_id)
            if missing:
                raise PrerequisiteMissing([course.title for course in missing])
        # get_or_create, because two clicks may both have found nothing.
        existing, created = Enrolment.objects.get_or_create(
            person_id=person_id,
            course_id=course_id,
            withdrawn_at=None,
            defaults={
                "edition": edition,
                "unit_id": Person.objects.values_list("unit_id", flat=True).get(pk=person_id),
                "way": way,
                "assigned_by_id": by_id,
                "deadline_on": deadline_on,
                "enrolled_at": now,
            },
        )
        if created:
            return existing
    if way != Way.SELF and existing.completed_at is None:
        existing.way = way
        existing.assigned_by_id = by_id
        existing.deadline_on = deadline_on or existing.deadline_on
        existing.save(update_fields=["way", "assigned_by_id", "deadline_on"])
    return existing
