"""Signing in at the door, keeping attendance, writing up an interactive lecture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F

from classes import queries, rules
from classes.enums import EXPECTED, PresenceKind, PresenceWay
from classes.models import InteractiveRecord, Place, Presence, Session
from people.models import Person
from people.operations import audit


class NotOnRoster(Exception):
    """The person is not expected at this class."""


class CodeOutOfDate(Exception):
    """The digits are not those shown at the door now."""


class NotSignInTime(Exception):
    """The session is not open for signing in: too early, or over."""


class TooManyWrongCodes(Exception):
    """So many wrong digits that the institution has to record the person by hand."""


class OtherPersonsBrowser(Exception):
    """This browser has signed somebody else in to the session."""


# Of a million codes two are right: twenty guesses are no way in.
_MOST_WRONG_CODES = 20


def sign_in(session_id: int, code: str, *, person: Person, device: str, now: datetime) -> Presence:
    """Somebody signs himself in with the digits of the door. Signing in twice is once.

    Only the server's clock counts. Raises NotOnRoster, NotSignInTime, CodeOutOfDate, TooManyWrongCodes,
    OtherPersonsBrowser; Session.DoesNotExist.
    """
    session = Session.objects.select_related("training_class").get(pk=session_id)
    place = Place.objects.filter(
        training_class=session.training_class, person=person, state__in=EXPECTED
    ).first()
    if place is None or not session.training_class.is_live:
        raise NotOnRoster(session_id)
    opens, closes = queries.sign_in_window(session)
    if not opens <= now < closes or session.training_class.confirmed_at is not None:
        raise NotSignInTime(session_id)
    # The try is counted before it is weighed: guesses made at once are all counted.
    counted = Place.objects.filter(pk=place.pk, wrong_codes__lt=_MOST_WRONG_CODES).update(
        wrong_codes=F("wrong_codes") + 1
    )
    if not counted:
        raise TooManyWrongCodes(session_id)
    if not rules.code_is_current(queries.door_key(), session_id, code, now.timestamp()):
        raise CodeOutOfDate(session_id)
    Place.objects.filter(pk=place.pk).update(wrong_codes=0)
    try:
        with transaction.atomic():
            presence, _created = Presence.objects.get_or_create(
                session=session,
                place=place,
                defaults={
                    "kind": PresenceKind.PRESENT,
                    "way": PresenceWay.CODE,
                    "recorded_at": now,
                    "recorded_by": person,
                    "device": device[:40],
                },
            )
    except IntegrityError:
        raise OtherPersonsBrowser(session_id) from None
    return presence


@dataclass(frozen=True)
class Mark:
    """What is to be recorded of one place: its kind, and the hours missed on leave."""

    place_id: int
    kind: PresenceKind
    missed: Decimal = Decimal(0)


@transaction.atomic
def record_presences(
    session_id: int, marks: Sequence[Mark], *, way: PresenceWay, by: Person, now: datetime
) -> int:
    """Record who was there, from a sheet or by hand; returns how many rows changed.

    A later record replaces an earlier one, and the audit log keeps both. Somebody who was
    present or absent has no hours of leave. Raises NotSignInTime once results are confirmed,
    NotOnRoster for a place of another class.
    """
    session = Session.objects.select_related("training_class").get(pk=session_id)
    if session.training_class.confirmed_at is not None:
        raise NotSignInTime(session_id)
    places = set(
        Place.objects.filter(training_class=session.training_class, state__in=EXPECTED).values_list(
            "pk", flat=True
        )
    )
    if any(mark.place_id not in places for mark in marks):
        raise NotOnRoster(session_id)
    before = {row.place_id: row for row in Presence.objects.filter(session=session)}
    changed: dict[str, list[str]] = {}
    for mark in marks:
        missed = {
            PresenceKind.PRESENT: Decimal(0),
            PresenceKind.ABSENT: session.hours,
            PresenceKind.LEAVE: min(mark.missed, session.hours) or session.hours,
        }[mark.kind]
        had = before.get(mark.place_id)
        if had is not None and had.kind == mark.kind and had.missed == missed:
            continue
        Presence.objects.update_or_create(
            session=session,
            place_id=mark.place_id,
            defaults={
                "kind": mark.kind,
                "missed": missed,
                "way": way,
                "recorded_at": now,
                "recorded_by": by,
                "device": "",
            },
        )
        changed[str(mark.place_id)] = [had.kind if had else "", str(mark.kind), str(missed)]
    if changed:
        detail = {"way": str(way), "changed": changed}
        audit(by, "classes.presence.record", f"classes.session:{session.pk}", detail, now=now)
    return len(changed)


def write_interactive_record(
    session_id: int,
    *,
    moderator: str,
    opening: str,
    talk: str,
    comment: str,
    spoke: int,
    by: Person,
    now: datetime,
) -> InteractiveRecord:
    """Write, or write anew, what happened at an interactive lecture."""
    with transaction.atomic():
        record, _created = InteractiveRecord.objects.update_or_create(
            session_id=session_id,
            defaults={
                "moderator": moderator,
                "opening": opening,
                "talk": talk,
                "comment": comment,
                "spoke": spoke,
                "written_by": by,
                "written_at": now,
            },
        )
        audit(by, "classes.record.write", f"classes.session:{session_id}", {}, now=now)
    return record
