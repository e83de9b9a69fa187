"""Asking for a change of a career, and deciding it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from people.models import Person
from people.operations import AppointmentOutOfOrder, appoint, audit
from tracker import queries
from tracker.enums import ChangeState
from tracker.models import CareerChange
from tracker.operations.ledger import ReasonMissing
from tracker.operations.register import approve_event


class MayNotAsk(Exception):
    """The person's record is kept by somebody else."""


class MayNotDecideChange(Exception):
    """Not a training administrator of the units concerned, or the one who asked, or the one concerned."""


class ChangeDecidedBefore(Exception):
    """Somebody decided or withdrew it already; that stays."""


def ask_change(
    person_id: int, *, by: Person, token: UUID, fields: Mapping[str, Any], now: datetime
) -> CareerChange:
    """Ask for a change; the same ``token`` again returns what it asked. Raises MayNotAsk.

    ``fields``: kind, starts_on, note; ends_on, requirements, due_on of an event; unit, post_title,
    rank, grade, leading, authority of an appointment or a transfer.
    """
    if not queries.persons_changes_are_asked_for(by).filter(pk=person_id).exists():
        raise MayNotAsk(person_id)
    try:
        with transaction.atomic():
            change = CareerChange.objects.create(
                person_id=person_id, asked_by=by, asked_at=now, token=token, **fields
            )
            audit(
                by,
                "tracker.change.ask",
                f"people.person:{person_id}",
                {"change": change.pk, "kind": change.kind},
                now=now,
            )
    except IntegrityError:
        earlier = CareerChange.objects.filter(token=token, asked_by=by).first()
        if earlier is None:
            raise
        return earlier
    return change


def approve_change(change_id: int, *, by: Person, now: datetime) -> CareerChange:
    """Approve a change, and let it happen in the same transaction.

    An appointment or transfer moves the person; what was recorded before keeps its place. Raises
    MayNotDecideChange, ChangeDecidedBefore, people.operations.AppointmentOutOfOrder.
    """
    with transaction.atomic():
        change = _decide(change_id, by, ChangeState.APPROVED, "", now)
        if change.kind in queries.MOVES:
            assert change.unit is not None  # noqa: S101  the database holds it
            appoint(
                change.person_id,
                unit=change.unit,
                starts_on=change.starts_on,
                by=by,
                now=now,
                title=change.post_title,
                rank=change.rank,
                grade=change.grade,
                leading=change.leading,
                authority=change.authority,
            )
        else:
            approve_event(
                person_id=change.person_id,
                kind=change.kind,
                starts_on=change.starts_on,
                ends_on=change.ends_on,
                requirements=change.requirements,
                due_on=change.due_on,
                note=change.note,
                by=by,
                now=now,
            )
    return change


def refuse_change(change_id: int, *, by: Person, reason: str, now: datetime) -> CareerChange:
    """Refuse a change with a reason. Raises ReasonMissing, MayNotDecideChange, ChangeDecidedBefore."""
    if not reason.strip():
        raise ReasonMissing(change_id)
    with transaction.atomic():
        return _decide(change_id, by, ChangeState.REFUSED, reason.strip()[:300], now)


def withdraw_change(change_id: int, *, by: Person, now: datetime) -> None:
    """Take back what one asked for. Raises MayNotAsk, ChangeDecidedBefore."""
    with transaction.atomic():
        change = CareerChange.objects.select_for_update().get(pk=change_id)
        if change.asked_by_id != by.pk:
            raise MayNotAsk(change_id)
        if not CareerChange.objects.filter(pk=change_id, state=ChangeState.ASKED).update(
            state=ChangeState.WITHDRAWN, decided_at=now
        ):
            raise ChangeDecidedBefore(change_id)


def _decide(
    change_id: int, by: Person, state: ChangeState, reason: str, now: datetime
) -> CareerChange:
    change = (
        CareerChange.objects.select_for_update(of=("self",))
        .select_related("person__unit", "unit")
        .get(pk=change_id)
    )
    if not queries.may_decide_change(by, change):
        raise MayNotDecideChange(change_id)
    if not CareerChange.objects.filter(pk=change_id, state=ChangeState.ASKED).update(
        state=state, decided_by=by, decided_at=now, reason=reason
    ):
        raise ChangeDecidedBefore(change_id)
    change.refresh_from_db()
    audit(
        by,
        "tracker.change.approve" if state == ChangeState.APPROVED else "tracker.change.refuse",
        f"people.person:{change.person_id}",
        {"change": change_id, "kind": change.kind, **({"because": reason} if reason else {})},
        now=now,
    )
    return change


__all__ = [
    "AppointmentOutOfOrder",
    "ChangeDecidedBefore",
    "MayNotAsk",
    "MayNotDecideChange",
    "approve_change",
    "ask_change",
    "refuse_change",
    "withdraw_change",
]
