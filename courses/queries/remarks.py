"""Contested sittings, for the learner and for whoever answers."""

from __future__ import annotations

from django.db.models import QuerySet

from courses.models import SittingRemark
from people.enums import Role
from people.models import Person
from people.queries import persons_visible_to


def remarks_answered_by(person: Person) -> QuerySet[SittingRemark]:
    """Remarks on sittings of persons whose records this one keeps, never his own, oldest first."""
    keeps = persons_visible_to(person, Role.TRAINING_ADMIN, Role.LIAISON).exclude(pk=person.pk)
    return (
        SittingRemark.objects.filter(lease__person__in=keeps)
        .select_related(
            "lease__person__unit",
            "lease__progress__item",
            "lease__progress__enrolment__edition",
            "lease__progress__enrolment__course",
        )
        .order_by("written_at", "pk")
    )


def open_remarks_for(person: Person) -> QuerySet[SittingRemark]:
    """Of these, what waits for an answer."""
    return remarks_answered_by(person).filter(answered_at=None)
