"""Contested sittings, for the learner and for whoever answers."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from courses.models import SittingRemark
from people.enums import Role
from people.models import Person, RoleGrant
from people.queries import in_force, lineage, persons_visible_to


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


def told_of_a_remark(learner: Person, *, on: date) -> set[int]:
    """Who hears that this learner contests a sitting: whoever answers for the nearest unit, never himself.

    Everybody above may answer too and finds it in the list; a message to all of them would reach many
    who need not act.
    """
    if learner.unit is None:
        return set()
    grants = (
        RoleGrant.objects.filter(
            in_force(on),
            role__in=(Role.LIAISON, Role.TRAINING_ADMIN),
            unit__path__in=lineage(learner.unit.path),
            person__is_active=True,
        )
        .exclude(person=learner)
        .values_list("unit__path", "role", "person")
    )
    # The longest path is the nearest unit; there the liaison comes before the department.
    nearest = max(
        ((len(path), role == Role.LIAISON) for path, role, _person in grants), default=None
    )
    return {person for path, role, person in grants if (len(path), role == Role.LIAISON) == nearest}
