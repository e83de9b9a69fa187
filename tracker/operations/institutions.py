"""Institutions added, recognised and struck off in somebody's name."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from people.models import Person
from people.operations import audit
from tracker import queries
from tracker.models import Entry, Institution, Recognition, StandingMark
from tracker.operations.ledger import ReasonMissing
from tracker.operations.standings import _refresh_on_commit

# Beyond so many persons the standings follow with the next sweep.
_AT_ONCE = 200


class CodeTaken(Exception):
    """Another institution has this code."""


class MayNotRecognise(Exception):
    """The department of this person does not recognise at that level."""


class NotRecognised(Exception):
    """The recognition ended before, or would end before it began."""


def add_institution(
    *, code: str, name: str, kind: str, unit_id: int | None, by: Person, now: datetime
) -> Institution:
    """Put an institution on the list. Raises CodeTaken."""
    try:
        with transaction.atomic():
            added = Institution.objects.create(code=code, name=name, kind=kind, unit_id=unit_id)
            audit(by, "tracker.institution.add", f"tracker.institution:{added.pk}", now=now)
    except IntegrityError:
        raise CodeTaken(code) from None
    return added


def recognise_institution(
    institution_id: int,
    *,
    level: str,
    starts_on: date,
    ends_on: date | None,
    recognised_by: str,
    by: Person,
    now: datetime,
) -> Recognition:
    """Recognise an institution from a day on; the same again is one. Raises MayNotRecognise."""
    if level not in queries.levels_recognised_by(by):
        raise MayNotRecognise(level)
    with transaction.atomic():
        Institution.objects.select_for_update().get(pk=institution_id)
        recognition, fresh = Recognition.objects.get_or_create(
            institution_id=institution_id,
            level=level,
            starts_on=starts_on,
            ends_on=ends_on,
            defaults={"recognised_by": recognised_by, "recorded_at": now},
        )
        if fresh:
            audit(
                by,
                "tracker.institution.recognise",
                f"tracker.institution:{institution_id}",
                {"level": level, "from": str(starts_on), "until": str(ends_on or "")},
                now=now,
            )
            _concerned_change(institution_id, now)
    return recognition


def withdraw_recognition(
    recognition_id: int, *, ends_on: date, because: str, by: Person, now: datetime
) -> None:
    """End a recognition: ``ends_on`` is the first day it no longer holds; a row of its own says so.

    Raises MayNotRecognise, ReasonMissing, NotRecognised.
    """
    if not because.strip():
        raise ReasonMissing(recognition_id)
    with transaction.atomic():
        held = Recognition.ever.select_for_update().get(pk=recognition_id)
        if held.level not in queries.levels_recognised_by(by):
            raise MayNotRecognise(held.level)
        if held.superseded_at is not None:
            raise NotRecognised(recognition_id)
        if ends_on <= held.starts_on or (held.ends_on is not None and held.ends_on <= ends_on):
            raise NotRecognised(recognition_id)
        held.superseded_at = now
        held.save(update_fields=["superseded_at"])
        shortened = Recognition.objects.create(
            institution_id=held.institution_id,
            level=held.level,
            recognised_by=held.recognised_by,
            starts_on=held.starts_on,
            ends_on=ends_on,
            recorded_at=now,
        )
        audit(
            by,
            "tracker.institution.withdraw",
            f"tracker.institution:{held.institution_id}",
            {"recognition": shortened.pk, "until": str(ends_on), "because": because.strip()[:300]},
            now=now,
        )
        _concerned_change(held.institution_id, now)


def _concerned_change(institution_id: int, now: datetime) -> None:
    """Whoever has lines there stands anew: a few at once, many with the next sweep."""
    persons = (
        Entry.objects.filter(institution_id=institution_id, person__isnull=False)
        .order_by()
        .values_list("person_id", flat=True)
        .distinct()
    )
    few = list(persons[: _AT_ONCE + 1])
    if len(few) <= _AT_ONCE:
        _refresh_on_commit(few, now)
    else:
        # The sweep takes a mark that knows no row yet for one to be computed.
        StandingMark.objects.filter(pk__in=persons).update(last_entry_id=-1)
