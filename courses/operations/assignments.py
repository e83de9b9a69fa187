"""Assigning courses, catching later joiners, reminding, moving people to a newer edition."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import groupby

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

import notices.operations
from courses import queries
from courses.enums import Way
from courses.models import Assignment, EditionItem, Enrolment, ItemProgress
from courses.operations.completion import NotProven, complete_course
from courses.operations.enrolment import CourseNotOffered
from courses.queries import Whom
from notices.enums import NoticeKind
from notices.operations import Sent
from people.dates import day_in_words
from people.enums import Role
from people.models import OrgUnit, Person
from people.operations import audit
from people.permissions import may_in_unit

ASSIGNERS = (Role.TRAINING_ADMIN, Role.LIAISON)
_BATCH = 2000
# So long before a deadline, one reminder.
BEFORE_DEADLINE = timedelta(days=3)


class NotYours(Exception):
    """The unit, a person or the assignment is not within what the actor answers for."""


class ReasonMissing(Exception):
    """People are moved to another edition with a reason only."""


@transaction.atomic
def assign(
    course_id: int,
    whom: Whom,
    *,
    unit: OrgUnit,
    deadline_on: date,
    by: Person,
    now: datetime,
) -> Assignment:
    """Assign a course within a unit, enrol whom it means today, and tell them.

    Raises NotYours when the unit, or any unit or person named, is not the actor's;
    CourseNotOffered.
    """
    if not may_in_unit(by, unit, *ASSIGNERS):
        raise NotYours(unit.pk)
    units = list(OrgUnit.objects.filter(pk__in=whom.units))
    persons = list(Person.objects.filter(pk__in=whom.persons).select_related("unit"))
    homes = [each.unit for each in persons]
    if (
        len(units) != len(set(whom.units))
        or len(persons) != len(set(whom.persons))
        or any(each is None or not each.path.startswith(unit.path) for each in [*units, *homes])
    ):
        raise NotYours(unit.pk)
    if not queries.current_editions().filter(course=course_id).exists():
        raise CourseNotOffered(course_id)
    assignment = Assignment.objects.create(
        course_id=course_id,
        unit=unit,
        min_rank=whom.min_rank,
        max_rank=whom.max_rank,
        duties=list(whom.duties),
        stages=list(whom.stages),
        deadline_on=deadline_on,
        assigned_by=by,
        assigned_at=now,
    )
    assignment.units.set(units)
    assignment.persons.set(persons)
    count = catch_up(assignment, now=now)
    detail = {"course": course_id, "persons": count}
    audit(by, "courses.assignment.make", f"courses.assignment:{assignment.pk}", detail, now=now)
    return assignment


@transaction.atomic
def catch_up(assignment: Assignment, *, now: datetime) -> int:
    """Enrol everybody the assignment means today and who is not enrolled; returns how many.

    Who chose the course himself keeps edition and progress and is given the deadline. Whoever is
    caught after the first day has at least ``days_for_later`` days. Safe to repeat and to race.
    """
    edition = queries.current_editions().filter(course=assignment.course_id).first()
    if edition is None or assignment.ended_at is not None:
        return 0
    today = timezone.localdate(now)
    deadline = assignment.deadline_on
    if timezone.localdate(assignment.assigned_at) < today:
        deadline = max(deadline, today + timedelta(days=assignment.days_for_later))
    meant = queries.matching(assignment, today)
    Enrolment.objects.filter(
        course=assignment.course_id,
        person__in=meant,
        way=Way.SELF,
        completed_at=None,
        withdrawn_at=None,
    ).update(
        way=Way.ASSIGNED,
        assignment=assignment,
        assigned_by=assignment.assigned_by_id,
        deadline_on=deadline,
    )
    there = Enrolment.objects.filter(course=assignment.course_id, withdrawn_at=None)
    missing = list(meant.exclude(pk__in=there.values("person")).values_list("pk", "unit"))
    Enrolment.objects.bulk_create(
        [
            Enrolment(
                person_id=person_id,
                course_id=assignment.course_id,
                edition=edition,
                unit_id=unit_id,
                way=Way.ASSIGNED,
                assignment=assignment,
                assigned_by_id=assignment.assigned_by_id,
                deadline_on=deadline,
                enrolled_at=now,
            )
            for person_id, unit_id in missing
        ],
        batch_size=_BATCH,
        # Somebody may be enrolling himself at this moment; one enrolment is enough.
        ignore_conflicts=True,
    )
    said = {"title": edition.title, "day": day_in_words(deadline)}
    for start in range(0, len(missing), _BATCH):
        notices.operations.notify(
            [person_id for person_id, _unit in missing[start : start + _BATCH]],
            source=f"courses.assigned:{assignment.pk}",
            text=_("The course “%(title)s” is assigned to you, to be completed by %(day)s.") % said,
            url=f"/courses/{edition.course.slug}/",
            by_id=assignment.assigned_by_id,
            now=now,
        )
    return len(missing)


def end_assignment(assignment_id: int, *, by: Person, now: datetime) -> None:
    """Stop catching later joiners; who is enrolled stays. Raises NotYours."""
    assignment = _own(assignment_id, by)
    with transaction.atomic():
        if Assignment.objects.filter(pk=assignment.pk, ended_at=None).update(ended_at=now):
            audit(by, "courses.assignment.end", f"courses.assignment:{assignment.pk}", now=now)


def _own(assignment_id: int, by: Person) -> Assignment:
    assignment = Assignment.objects.select_related("unit", "course").get(pk=assignment_id)
    if not may_in_unit(by, assignment.unit, *ASSIGNERS):
        raise NotYours(assignment_id)
    return assignment


def remind(assignment_id: int, *, by: Person, now: datetime) -> Sent:
    """One polite reminder to everybody of an assignment who is not done; at most one a day.

    Who had the week's share of reminders is spared. Raises NotYours.
    """
    assignment = _own(assignment_id, by)
    day = timezone.localdate(now)
    waiting = list(
        queries.of_assignment(assignment).filter(completed_at=None).values_list("person", flat=True)
    )
    due = assignment.deadline_on
    sent = notices.operations.notify(
        waiting,
        source=f"courses.remind:{assignment.pk}:{day.isoformat()}",
        text=_("Please complete “%(title)s” by %(day)s.")
        % {"title": assignment.course.title, "day": day_in_words(due)},
        url=f"/courses/{assignment.course.slug}/",
        kind=NoticeKind.REMINDER,
        by_id=by.pk,
        now=now,
    )
    detail = {"sent": sent.sent, "spared": sent.spared}
    audit(by, "courses.assignment.remind", f"courses.assignment:{assignment.pk}", detail, now=now)
    return sent


@transaction.atomic
def move_to_current_edition(
    enrolment_id: int, *, because: str, by: Person, now: datetime
) -> Enrolment:
    """Move an open enrolment to the course's latest edition, on purpose and with a reason.

    What was proven of an item that the new edition has as well (the same page or exam, as long as
    before) counts there; what it no longer has stays as evidence of the old edition. Raises
    NotYours, ReasonMissing; does nothing to a completed enrolment.
    """
    if not because.strip():
        raise ReasonMissing(enrolment_id)
    enrolment = (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("person__unit", "edition")
        .get(pk=enrolment_id, withdrawn_at=None)
    )
    home = enrolment.person.unit
    if home is None or not may_in_unit(by, home, Role.TRAINING_ADMIN):
        raise NotYours(enrolment_id)
    latest = enrolment.course.editions.order_by("-number").first()
    if latest is None or latest.pk == enrolment.edition_id or enrolment.completed_at:
        return enrolment
    new = {_same_as(item): item for item in EditionItem.objects.filter(edition=latest)}
    kept = 0
    for row in ItemProgress.objects.filter(enrolment=enrolment).select_related("item"):
        item = row.item
        same = new.pop(_same_as(item), None)
        if same is not None:
            ItemProgress.objects.filter(pk=row.pk).update(item=same)
            kept += 1
    old = enrolment.edition.number
    enrolment.edition = latest
    enrolment.save(update_fields=["edition"])
    detail = {"because": because.strip()[:300], "from": old, "to": latest.number, "kept": kept}
    audit(by, "courses.enrolment.move", f"courses.enrolment:{enrolment.pk}", detail, now=now)
    said = {"title": latest.title, "because": because.strip()[:200]}
    notices.operations.notify(
        [enrolment.person_id],
        source=f"courses.moved:{enrolment.pk}:{latest.number}",
        text=_(
            "“%(title)s” goes on for you in its current edition: %(because)s What both editions "
            "have in common stays proven."
        )
        % said,
        url=f"/courses/{enrolment.course.slug}/",
        by_id=by.pk,
        now=now,
    )
    if kept:
        try:
            return complete_course(enrolment.pk, now=now)
        except NotProven:
            pass
    return enrolment


def _same_as(item: EditionItem) -> tuple[object, ...]:
    things = item.page_id, item.exam_id, item.package_id, item.training_class_id
    return item.kind, *things, tuple(item.questions), item.length_seconds


def sweep_deadlines(now: datetime) -> int:
    """One polite reminder shortly before a deadline, once for each; returns how many were sent."""
    today = timezone.localdate(now)
    waiting = (
        Enrolment.objects.filter(
            completed_at=None,
            withdrawn_at=None,
            deadline_on__gte=today,
            deadline_on__lte=today + BEFORE_DEADLINE,
        )
        .order_by("course", "deadline_on", "person")
        .values_list("course", "course__slug", "edition__title", "deadline_on", "person")
    )
    sent = 0
    for (course, slug, title, due), rows in groupby(waiting, key=lambda row: row[:4]):
        if due is None:
            continue
        sent += notices.operations.notify(
            [row[4] for row in rows],
            source=f"courses.due:{course}:{due.isoformat()}",
            text=_("Please complete “%(title)s” by %(day)s.")
            % {"title": title, "day": day_in_words(due)},
            url=f"/courses/{slug}/",
            kind=NoticeKind.REMINDER,
            now=now,
        ).sent
    return sent


def sweep_assignments(now: datetime) -> int:
    """Catch later joiners of every assignment that goes on; returns how many were enrolled."""
    open_ones = Assignment.objects.filter(ended_at=None).select_related("unit").order_by("pk")
    return sum(catch_up(assignment, now=now) for assignment in open_ones)
