"""Institutions with their recognition, and approved events of a career."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from people.models import Person
from people.operations import audit
from tracker.models import (
    CareerEvent,
    Institution,
    Recognition,
)
from tracker.operations.standings import _refresh_on_commit


def register_institution(
    *, code: str, name: str, kind: str, unit_id: int | None = None
) -> Institution:
    """The institution of that code, made when there is none yet."""
    institution, _ = Institution.objects.get_or_create(
        code=code, defaults={"name": name, "kind": kind, "unit_id": unit_id}
    )
    return institution


def recognise(
    institution_id: int,
    *,
    level: str,
    starts_on: date,
    ends_on: date | None = None,
    recognised_by: str = "",
) -> Recognition:
    """Note that a department of some level recognised an institution, half-open in days."""
    recognition, _ = Recognition.objects.get_or_create(
        institution_id=institution_id,
        level=level,
        starts_on=starts_on,
        ends_on=ends_on,
        defaults={"recognised_by": recognised_by},
    )
    return recognition


def approve_event(
    *,
    person_id: int,
    kind: str,
    starts_on: date,
    by: Person | None,
    now: datetime,
    ends_on: date | None = None,
    requirements: Sequence[str] = (),
    due_on: date | None = None,
    note: str = "",
) -> CareerEvent:
    """Note an approved exemption, extension, leave or posting away, and refresh the standing."""
    with transaction.atomic():
        event = CareerEvent.objects.create(
            person_id=person_id,
            kind=kind,
            starts_on=starts_on,
            ends_on=ends_on,
            requirements=list(requirements),
            due_on=due_on,
            note=note,
            approved_by=by,
            approved_at=now,
        )
        audit(
            by,
            "tracker.event.approve",
            f"people.person:{person_id}",
            {"kind": kind, "from": starts_on.isoformat(), "note": note},
            now=now,
        )
        _refresh_on_commit([person_id], now)
    return event
