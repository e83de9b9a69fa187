"""Seat plans: proposed by the rule, adjusted by hand."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from dashboards import queries, seating
from dashboards.models import PlannedSeat, SeatPlan
from people.enums import Role
from people.models import OrgUnit, Person
from people.operations import audit
from people.permissions import may_in_unit


class MayNotPlan(Exception):
    """Only a training administrator of the unit plans."""


class TooManySeats(Exception):
    """More people than the class has seats."""


class PlanChanged(Exception):
    """Somebody else changed the plan since the page was opened."""


def make_plan(
    unit: OrgUnit,
    *,
    title: str,
    requirement: str,
    horizon_on: date,
    class_days: Decimal,
    capacity: int,
    most_of_a_unit: int | None,
    by: Person,
    now: datetime,
) -> SeatPlan:
    """Find who is short, propose whom to call up, and keep both. Raises MayNotPlan."""
    if not may_in_unit(by, unit, Role.TRAINING_ADMIN):
        raise MayNotPlan(unit.code)
    candidates = queries.candidates_in(unit, requirement)
    chosen = {
        one.person_id
        for one in seating.proposal(
            candidates,
            horizon=horizon_on,
            class_days=class_days,
            capacity=capacity,
            most_of_a_unit=most_of_a_unit,
        )
    }
    units = dict(OrgUnit.objects.filter(path__startswith=unit.path).values_list("code", "pk"))
    with transaction.atomic():
        plan = SeatPlan.objects.create(
            unit=unit,
            title=title,
            requirement=requirement,
            horizon_on=horizon_on,
            class_days=class_days,
            capacity=capacity,
            most_of_a_unit=most_of_a_unit,
            made_by=by,
            made_at=now,
            changed_at=now,
        )
        PlannedSeat.objects.bulk_create(
            [
                PlannedSeat(
                    plan=plan,
                    person_id=one.person_id,
                    unit_id=units[one.unit],
                    rank=one.rank,
                    urgency=one.group(horizon_on),
                    due_on=one.due_on,
                    missing_days=one.missing,
                    proposed=one.person_id in chosen,
                    called=one.person_id in chosen,
                )
                for one in candidates
            ],
            batch_size=1000,
        )
        detail = {"unit": unit.code, "persons": len(candidates), "seats": len(chosen)}
        audit(by, "dashboards.plan.make", f"dashboards.seatplan:{plan.pk}", detail, now=now)
    return plan


def call_up(
    plan_id: int,
    *,
    shown: Iterable[int],
    called: Iterable[int],
    seen_at: datetime,
    by: Person,
    now: datetime,
) -> SeatPlan:
    """Set who of the persons ``shown`` on the page is called up.

    Raises MayNotPlan, PlanChanged when another saved after ``seen_at``, and TooManySeats.
    """
    with transaction.atomic():
        plan = (
            SeatPlan.objects.select_for_update(of=("self",)).select_related("unit").get(pk=plan_id)
        )
        if not may_in_unit(by, plan.unit, Role.TRAINING_ADMIN):
            raise MayNotPlan(plan.unit.code)
        if plan.changed_at != seen_at:
            raise PlanChanged(plan_id)
        wanted, on_page = set(called), set(shown)
        seats = PlannedSeat.objects.filter(plan=plan)
        elsewhere = seats.filter(called=True).exclude(person_id__in=on_page).count()
        here = seats.filter(person_id__in=on_page & wanted).count()
        if elsewhere + here > plan.capacity:
            raise TooManySeats(elsewhere + here)
        seats.filter(person_id__in=on_page & wanted).update(called=True)
        seats.filter(person_id__in=on_page - wanted).update(called=False)
        plan.changed_at = now
        plan.save(update_fields=["changed_at"])
        detail = {"called": elsewhere + here}
        audit(by, "dashboards.plan.call_up", f"dashboards.seatplan:{plan.pk}", detail, now=now)
    return plan


def discard_plan(plan_id: int, *, by: Person, now: datetime) -> None:
    """Throw a plan away. Raises MayNotPlan."""
    with transaction.atomic():
        plan = SeatPlan.objects.select_related("unit").get(pk=plan_id)
        if not may_in_unit(by, plan.unit, Role.TRAINING_ADMIN):
            raise MayNotPlan(plan.unit.code)
        detail = {"title": plan.title, "unit": plan.unit.code}
        audit(by, "dashboards.plan.discard", f"dashboards.seatplan:{plan.pk}", detail, now=now)
        plan.delete()
