"""Assigned courses: whom a rule means today, how far they are, who is behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet

from courses.models import Assignment, Enrolment
from people.enums import Role
from people.models import MembershipStage, OrgUnit, PartyDuty, Person, Post
from people.queries import in_force, units_managed_by

# Who is not done so long before the deadline is worth a word.
SOON = timedelta(days=14)


def _below(units: list[OrgUnit], prefix: str = "unit__") -> Q:
    found = Q(pk__in=[])
    for unit in units:
        found |= Q(**{f"{prefix}path__startswith": unit.path})
    return found


@dataclass(frozen=True)
class Whom:
    """Whom an assignment means: persons by name, units, and a rule over those units."""

    persons: Sequence[int] = ()
    units: Sequence[int] = ()
    min_rank: int | None = None
    max_rank: int | None = None
    duties: Sequence[str] = ()
    stages: Sequence[str] = ()


def meant_by(whom: Whom, within: OrgUnit, today: date) -> QuerySet[Person]:
    """Active persons within a unit who are named, or described by the rule on that day.

    A rule without a single condition means everybody of its units; without units it means only
    the persons named.
    """
    people = Person.objects.filter(is_active=True, unit__path__startswith=within.path)
    described = _below(list(OrgUnit.objects.filter(pk__in=whom.units)))
    of_person = {"person": OuterRef("pk")}
    if whom.min_rank is not None or whom.max_rank is not None:
        posts = Post.objects.filter(in_force(today), **of_person, primary=True)
        if whom.min_rank is not None:
            posts = posts.filter(rank__gte=whom.min_rank)
        if whom.max_rank is not None:
            posts = posts.filter(rank__lte=whom.max_rank)
        described &= Q(Exists(posts))
    if whom.duties:
        duties = PartyDuty.objects.filter(in_force(today), **of_person, kind__in=whom.duties)
        described &= Q(Exists(duties))
    if whom.stages:
        stages = MembershipStage.objects.filter(in_force(today), **of_person, stage__in=whom.stages)
        described &= Q(Exists(stages))
    return people.filter(described | Q(pk__in=whom.persons)).order_by("pk")


def matching(assignment: Assignment, today: date) -> QuerySet[Person]:
    """Active persons an assignment means on a day."""
    whom = Whom(
        persons=list(assignment.persons.values_list("pk", flat=True)),
        units=list(assignment.units.values_list("pk", flat=True)),
        min_rank=assignment.min_rank,
        max_rank=assignment.max_rank,
        duties=assignment.duties,
        stages=assignment.stages,
    )
    return meant_by(whom, assignment.unit, today)


def assignments_visible_to(person: Person) -> QuerySet[Assignment]:
    """Assignments by units the person administers or audits, the latest first, with figures."""
    units = units_managed_by(person, Role.TRAINING_ADMIN, Role.LIAISON, Role.AUDITOR)
    live = Q(enrolments__withdrawn_at=None)
    return (
        Assignment.objects.filter(unit__in=units)
        .select_related("course", "unit", "assigned_by")
        .annotate(
            registered=Count("enrolments", filter=live),
            studying=Count("enrolments", filter=live & Q(enrolments__studied_at__isnull=False)),
            finished=Count("enrolments", filter=live & Q(enrolments__completed_at__isnull=False)),
        )
        .order_by("-assigned_at", "-pk")
    )


def of_assignment(assignment: Assignment) -> QuerySet[Enrolment]:
    """Everybody enrolled by an assignment in the order of units, open ones first. Not scoped."""
    return (
        Enrolment.objects.filter(assignment=assignment, withdrawn_at=None)
        .select_related("person__unit", "edition")
        .order_by(F("completed_at").asc(nulls_first=True), "person__unit__path", "person")
    )


def on_older_editions(assignment: Assignment) -> QuerySet[Enrolment]:
    """Open enrolments of an assignment in an edition that is not the latest. Not scoped."""
    return (
        Enrolment.objects.filter(assignment=assignment, completed_at=None, withdrawn_at=None)
        .annotate(latest=Max("course__editions__number"))
        .filter(edition__number__lt=F("latest"))
    )


@dataclass(frozen=True)
class Behind:
    """An assigned course a person has not completed, with its deadline near or past."""

    enrolment_id: int
    person_id: int
    title: str
    deadline_on: date
    began: bool
    overdue: bool


def behind_in(units: QuerySet[OrgUnit], today: date) -> list[Behind]:
    """Courses with a deadline near or past, of active persons of these units, by deadline.

    One statement; at most 5 000 lines.
    """
    rows = (
        Enrolment.objects.filter(
            person__unit__in=units,
            person__is_active=True,
            completed_at=None,
            withdrawn_at=None,
            deadline_on__lte=today + SOON,
        )
        .order_by("deadline_on", "person", "pk")
        .values_list("pk", "person", "edition__title", "deadline_on", "studied_at")[:5000]
    )
    return [
        Behind(pk, person, title, deadline, studied is not None, deadline < today)
        for pk, person, title, deadline, studied in rows
        if deadline is not None
    ]
