"""Sessions: who was there, and what the door shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from classes.enums import EXPECTED, PresenceKind
from classes.models import Place, Presence, Session, TrainingClass
from classes.queries.plans import is_institution_of, is_organiser_of
from classes.rules import Attended
from people.models import Person

# One may sign in from half an hour before a session until it ends.
EARLY = timedelta(minutes=30)


def door_key() -> bytes:
    """The key of the rotating codes: derived from the site's secret, kept nowhere."""
    return salted_hmac("classes.door", "sign-in", algorithm="sha256").digest()


def sign_in_window(session: Session) -> tuple[datetime, datetime]:
    """From when until when (exclusive) one may sign in."""
    return session.starts_at - EARLY, session.ends_at


def sessions_of(training_class: TrainingClass) -> QuerySet[Session]:
    """The timetable of a class. Not scoped."""
    return (
        Session.objects.filter(training_class=training_class)
        .select_related("record")
        .order_by("starts_at", "pk")
    )


def session_at_institution(person: Person, session_id: int) -> Session | None:
    """The session, if the person keeps its attendance: the institution's staff or the organiser."""
    session = (
        Session.objects.filter(pk=session_id)
        .select_related("training_class__unit", "training_class__institution__unit", "record")
        .first()
    )
    if session is None:
        return None
    of = session.training_class
    if is_institution_of(person, of) or is_organiser_of(person, of):
        return session
    return None


def presences_of(session: Session) -> list[tuple[Place, Presence | None]]:
    """Everybody expected, with what is recorded of him, in the roster's order. Two statements."""
    recorded = {row.place_id: row for row in Presence.objects.filter(session=session)}
    places = (
        Place.objects.filter(training_class=session.training_class_id, state__in=EXPECTED)
        .select_related("person", "unit")
        .order_by("unit__path", "person__staff_number")
    )
    return [(place, recorded.get(place.pk)) for place in places]


def timetable_for(
    training_class: TrainingClass, place: Place | None, now: datetime
) -> list[tuple[Session, Presence | None, bool]]:
    """The timetable, what is recorded of the place at each session, and whether it may sign in now.

    Two statements; one without a place.
    """
    recorded: dict[int, Presence] = {}
    if place is not None:
        recorded = {row.session_id: row for row in Presence.objects.filter(place=place)}
    rows = []
    for session in sessions_of(training_class):
        opens, closes = sign_in_window(session)
        had = recorded.get(session.pk)
        expected = place is not None and place.state in EXPECTED and not training_class.confirmed_at
        rows.append((session, had, expected and had is None and opens <= now < closes))
    return rows


@dataclass(frozen=True)
class Attendance:
    """One place's hours over all sessions of its class."""

    place: Place
    attended: Attended


def attended_hours(
    training_class: TrainingClass, places: Iterable[Place], *, over_by: datetime | None = None
) -> list[Attendance]:
    """Hours present, on leave and absent of each place; a session without a record was missed.

    With ``over_by`` nobody has missed yet what ends after that moment. Two statements.
    """
    sessions = list(Session.objects.filter(training_class=training_class))
    rows = {
        (row.place_id, row.session_id): row
        for row in Presence.objects.filter(session__training_class=training_class)
    }
    zero = Decimal(0)
    found = []
    for place in places:
        present = leave = absent = zero
        for session in sessions:
            row = rows.get((place.pk, session.pk))
            if row is None and over_by is not None and session.ends_at > over_by:
                continue
            if row is None or row.kind == PresenceKind.ABSENT:
                absent += session.hours
            elif row.kind == PresenceKind.LEAVE:
                missed = min(row.missed, session.hours)
                leave += missed
                present += session.hours - missed
            else:
                present += session.hours
        found.append(Attendance(place, Attended(present, leave, absent)))
    return found
