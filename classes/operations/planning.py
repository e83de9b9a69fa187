"""Writing and approving a year's plan; its classes and their timetables."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from classes import queries
from classes.enums import SessionKind
from classes.models import AnnualPlan, Session, TrainingClass
from people.enums import Role
from people.models import OrgUnit, Person
from people.operations import audit
from people.permissions import may_in_unit


class NotYours(Exception):
    """The unit, class or person is not within what the actor answers for."""


class PlanExists(Exception):
    """The unit has a plan for the year already."""


class MayNotApprove(Exception):
    """Whoever wrote a plan does not approve it."""


class PlanIsApproved(Exception):
    """The plan was approved before."""


class NothingToCall(Exception):
    """``code`` says what stands in the way of calling up: plan, called, over, seats or persons."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def write_plan(
    unit: OrgUnit, year: int, *, title: str, aim: str, by: Person, now: datetime
) -> AnnualPlan:
    """Begin a unit's plan for a year. Raises NotYours, PlanExists."""
    if not may_in_unit(by, unit, Role.TRAINING_ADMIN):
        raise NotYours(unit.pk)
    try:
        with transaction.atomic():
            plan = AnnualPlan.objects.create(
                unit=unit, year=year, title=title, aim=aim, written_by=by
            )
            audit(by, "classes.plan.write", f"classes.plan:{plan.pk}", {"year": year}, now=now)
    except IntegrityError:
        raise PlanExists(unit.pk, year) from None
    return plan


@transaction.atomic
def approve_plan(plan_id: int, *, by: Person, now: datetime) -> AnnualPlan:
    """Approve a plan: a training administrator of its unit or above, who wrote nothing of it.

    Raises NotYours, MayNotApprove, PlanIsApproved.
    """
    plan = AnnualPlan.objects.select_for_update(of=("self",)).select_related("unit").get(pk=plan_id)
    if not may_in_unit(by, plan.unit, Role.TRAINING_ADMIN):
        raise NotYours(plan_id)
    if plan.approved_at is not None:
        raise PlanIsApproved(plan_id)
    if by in queries.writers_of(plan):
        raise MayNotApprove(plan_id)
    plan.approved_by, plan.approved_at = by, now
    plan.save(update_fields=["approved_by", "approved_at"])
    audit(by, "classes.plan.approve", f"classes.plan:{plan.pk}", {}, now=now)
    return plan


def make_draft_again(plan: AnnualPlan, *, by: Person) -> None:
    """Take the approval back from a plan that is no longer what was approved.

    Who changed it is its author from now on: what others wrote had been approved.
    """
    if plan.approved_at is not None:
        plan.approved_by = plan.approved_at = None
        plan.written_by = by
        plan.save(update_fields=["approved_by", "approved_at", "written_by"])


@transaction.atomic
def add_class(
    plan_id: int,
    *,
    title: str,
    audience: str,
    institution_id: int,
    bucket: str,
    call: str,
    starts_on: date,
    ends_on: date,
    answer_by: date,
    training_days: Decimal,
    hours: Decimal,
    seats: int,
    by: Person,
    now: datetime,
) -> TrainingClass:
    """Add a class to a plan; ``ends_on`` is the first day after it. Raises NotYours.

    A class added to an approved plan makes the plan a draft again: it was not what was approved.
    """
    plan = AnnualPlan.objects.select_for_update(of=("self",)).select_related("unit").get(pk=plan_id)
    if not may_in_unit(by, plan.unit, Role.TRAINING_ADMIN):
        raise NotYours(plan_id)
    make_draft_again(plan, by=by)
    made = TrainingClass.objects.create(
        plan=plan,
        unit=plan.unit,
        title=title,
        audience=audience,
        institution_id=institution_id,
        bucket=bucket,
        call=call,
        starts_on=starts_on,
        ends_on=ends_on,
        answer_by=answer_by,
        training_days=training_days,
        hours=hours,
        seats=seats,
    )
    audit(by, "classes.class.add", f"classes.class:{made.pk}", {"title": title}, now=now)
    return made


def add_session(
    training_class: TrainingClass,
    *,
    kind: SessionKind | str,
    title: str,
    teacher: str,
    room: str,
    starts_at: datetime,
    ends_at: datetime,
    hours: Decimal,
    by: Person,
    now: datetime,
) -> Session:
    """Add a session to a class's timetable. The caller has asked whether ``by`` may."""
    with transaction.atomic():
        session = Session.objects.create(
            training_class=training_class,
            kind=kind,
            title=title,
            teacher=teacher,
            room=room,
            starts_at=starts_at,
            ends_at=ends_at,
            hours=hours,
        )
        audit(by, "classes.session.add", f"classes.session:{session.pk}", {}, now=now)
    return session


@transaction.atomic
def remove_session(session_id: int, *, by: Person, now: datetime) -> bool:
    """Take a session out of the timetable while nobody is recorded at it; False when somebody is."""
    session = Session.objects.select_for_update(of=("self",)).get(pk=session_id)
    if session.presences.exists() or session.training_class.confirmed_at is not None:
        return False
    audit(by, "classes.session.remove", f"classes.session:{session.pk}", {}, now=now)
    session.delete()
    return True
