"""Calling up, answering, excusing, standing in, choosing an open class."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

import notices.operations
from classes.enums import EXPECTED, CallKind, ExcuseState, PlaceState, Result
from classes.models import Excuse, MakeupTask, Place, Seats, TrainingClass
from classes.operations.planning import NothingToCall, NotYours
from classes.rules import excuse_is_in_time, makeup_due_on
from people.dates import day_in_words
from people.enums import Role
from people.models import OrgUnit, Person, RoleGrant
from people.operations import audit
from people.permissions import may_in_unit
from people.queries import in_force, lineage

ANSWERERS = (Role.LIAISON, Role.TRAINING_ADMIN)


class NoSeatLeft(Exception):
    """The unit, or the whole class, has no seat left for so many."""


class ClassHasBegun(Exception):
    """What was asked is possible only before the class begins."""


class JoiningIsOver(Exception):
    """The last day on which a seat could be taken is past."""

    def __init__(self, last_day: date) -> None:
        super().__init__(last_day)
        self.last_day = last_day


class NobodyChosen(Exception):
    """Nobody was ticked who could be named."""


class AlreadyAnswered(Exception):
    """Somebody has answered meanwhile; nothing was changed."""


class NotExpected(Exception):
    """The person is not, or no longer, expected at the class."""


def _locked(class_id: int) -> TrainingClass:
    return (
        TrainingClass.objects.select_for_update(of=("self",))
        .select_related("unit", "institution")
        .get(pk=class_id)
    )


def _address(of: TrainingClass) -> str:
    return f"/classes/{of.pk}/"


def _liaisons_of(units: Sequence[OrgUnit], today: date) -> set[int]:
    """Liaisons of these units: those named for the unit itself or for one above it."""
    paths = {path for unit in units for path in lineage(unit.path)}
    return set(
        RoleGrant.objects.filter(
            in_force(today), role=Role.LIAISON, unit__path__in=paths
        ).values_list("person", flat=True)
    )


@transaction.atomic
def call_up(class_id: int, *, by: Person, now: datetime) -> TrainingClass:
    """Send the call-up out: to the liaisons of the units, to the persons named, or to everybody.

    Raises NotYours; NothingToCall when the plan is not approved, the class was called or has
    begun, or there is nobody to call.
    """
    of = _locked(class_id)
    today = timezone.localdate(now)
    if not may_in_unit(by, of.unit, Role.TRAINING_ADMIN):
        raise NotYours(class_id)
    if of.plan.approved_at is None:
        raise NothingToCall("plan")
    if of.called_at is not None or of.cancelled_at is not None:
        raise NothingToCall("called")
    if today >= of.starts_on:
        raise NothingToCall("over")
    quotas = list(Seats.objects.filter(training_class=of).select_related("unit"))
    if of.call == CallKind.QUOTA and not quotas:
        raise NothingToCall("seats")
    places = list(Place.objects.filter(training_class=of).select_related("unit"))
    if of.call == CallKind.NAMED and not places:
        raise NothingToCall("persons")
    of.called_at = now
    of.save(update_fields=["called_at"])
    audit(by, "classes.class.call_up", f"classes.class:{of.pk}", {"title": of.title}, now=now)
    if of.call == CallKind.OPEN:
        return of
    said = {"title": of.title, "day": day_in_words(of.starts_on)}
    units = [row.unit for row in quotas] + [place.unit for place in places]
    notices.operations.notify(
        _liaisons_of(units, today),
        source=f"classes.call_up:{of.pk}",
        text=_("Call-up to “%(title)s” from %(day)s: please answer for your unit.") % said,
        url=f"/classes/{of.pk}/answer/",
        by_id=by.pk,
        now=now,
    )
    notices.operations.notify(
        [place.person_id for place in places],
        source=f"classes.called:{of.pk}",
        text=_("You are called up to “%(title)s” from %(day)s.") % said,
        url=_address(of),
        by_id=by.pk,
        now=now,
    )
    return of


@transaction.atomic
def cancel_class(class_id: int, *, because: str, by: Person, now: datetime) -> None:
    """Cancel a class whose results are not confirmed; everybody expected is told.

    Raises NotYours, NothingToCall("called") when it was cancelled or confirmed before.
    """
    of = _locked(class_id)
    if not may_in_unit(by, of.unit, Role.TRAINING_ADMIN):
        raise NotYours(class_id)
    if of.cancelled_at is not None or of.confirmed_at is not None:
        raise NothingToCall("called")
    of.cancelled_at, of.cancelled_because = now, because[:300]
    of.save(update_fields=["cancelled_at", "cancelled_because"])
    audit(by, "classes.class.cancel", f"classes.class:{of.pk}", {"because": because}, now=now)
    if of.called_at is None:
        return
    text = _("“%(title)s” will not take place: %(because)s")
    said = {"title": of.title, "because": because}
    _tell_concerned(of, f"classes.cancelled:{of.pk}", text % said, by, now)


def _tell_concerned(of: TrainingClass, source: str, text: str, by: Person, now: datetime) -> None:
    """Tell everybody expected, and the liaisons of the units that send or sent them."""
    places = Place.objects.filter(training_class=of, state__in=EXPECTED).select_related("unit")
    concerned = {place.person_id for place in places}
    units = [place.unit for place in places]
    units += [row.unit for row in Seats.objects.filter(training_class=of).select_related("unit")]
    notices.operations.notify(
        concerned | _liaisons_of(units, timezone.localdate(now)),
        source=source,
        text=text,
        url=_address(of),
        by_id=by.pk,
        now=now,
    )


def _seats_left(of: TrainingClass, unit: OrgUnit) -> int:
    """Seats a unit still has: of the nearest quota at or above it; 0 without one."""
    quotas = Seats.objects.filter(training_class=of).select_related("unit")
    fitting = [row for row in quotas if unit.path.startswith(row.unit.path)]
    if not fitting:
        return 0
    quota = max(fitting, key=lambda row: len(row.unit.path))
    taken = Place.objects.filter(
        training_class=of, state__in=EXPECTED, unit__path__startswith=quota.unit.path
    ).count()
    return quota.seats - taken


def _home(person: Person, quotas: Sequence[OrgUnit]) -> OrgUnit:
    """The unit that answers for a person: the nearest with a quota, else his own home."""
    assert person.unit is not None  # noqa: S101  only persons with a home are offered
    fitting = [unit for unit in quotas if person.unit.path.startswith(unit.path)]
    return max(fitting, key=lambda unit: len(unit.path), default=person.unit)


@transaction.atomic
def name_persons(
    class_id: int, person_ids: Sequence[int], *, by: Person, now: datetime
) -> list[Place]:
    """Name who comes: the department before a named call-up, the unit after a call-up by seats.

    By the department people are *called*, by their own unit they are *coming*. Naming somebody
    twice changes nothing. Raises NobodyChosen, NotYours, ClassHasBegun, NoSeatLeft (nobody is named then).
    """
    if not person_ids:
        raise NobodyChosen(class_id)
    of = _locked(class_id)
    if of.cancelled_at is not None or timezone.localdate(now) >= of.starts_on:
        raise ClassHasBegun(class_id)
    people = list(
        Person.objects.filter(pk__in=person_ids, is_active=True, unit__isnull=False)
        .select_related("unit")
        .order_by("pk")
    )
    if len(people) != len(set(person_ids)):
        raise NotYours(class_id)
    there = set(
        Place.objects.filter(training_class=of, person__in=people).values_list("person", flat=True)
    )
    fresh = [person for person in people if person.pk not in there]
    if of.call == CallKind.NAMED:
        if not may_in_unit(by, of.unit, Role.TRAINING_ADMIN) or any(
            person.unit is None or not person.unit.path.startswith(of.unit.path)
            for person in people
        ):
            raise NotYours(class_id)
        state = PlaceState.CALLED
    else:
        if of.called_at is None or any(
            person.unit is None or not may_in_unit(by, person.unit, *ANSWERERS) for person in people
        ):
            raise NotYours(class_id)
        state = PlaceState.COMING
    expected = Place.objects.filter(training_class=of, state__in=EXPECTED).count()
    if expected + len(fresh) > of.seats:
        raise NoSeatLeft(class_id)
    quotas = [row.unit for row in Seats.objects.filter(training_class=of).select_related("unit")]
    made = []
    for person in fresh:
        home = _home(person, quotas)
        if of.call == CallKind.QUOTA and _seats_left(of, home) < 1:
            raise NoSeatLeft(class_id)
        answered = state == PlaceState.COMING
        made.append(
            Place.objects.create(
                training_class=of,
                person=person,
                unit=home,
                state=state,
                named_by=by,
                named_at=now,
                answered_by=by if answered else None,
                answered_at=now if answered else None,
            )
        )
    if made:
        names = [place.person_id for place in made]
        audit(by, "classes.place.name", f"classes.class:{of.pk}", {"persons": names}, now=now)
        if of.called_at is not None:
            _tell_called(of, names, by, now)
    return made


@transaction.atomic
def take_off(place_id: int, *, by: Person, now: datetime) -> None:
    """Take somebody off the list of a named call-up that has not gone out: nobody was told yet.

    Raises NotYours, NothingToCall("called") once it has.
    """
    place = Place.objects.filter(pk=place_id).first()
    of = _locked(place.training_class_id) if place else None
    if place is None or of is None or not may_in_unit(by, of.unit, Role.TRAINING_ADMIN):
        raise NotYours(place_id)
    if of.called_at is not None:
        raise NothingToCall("called")
    names = {"persons": [place.person_id]}
    audit(by, "classes.place.take_off", f"classes.class:{of.pk}", names, now=now)
    place.delete()


def _tell_called(of: TrainingClass, person_ids: Sequence[int], by: Person, now: datetime) -> None:
    notices.operations.notify(
        person_ids,
        source=f"classes.called:{of.pk}",
        text=_("You are called up to “%(title)s” from %(day)s.")
        % {"title": of.title, "day": day_in_words(of.starts_on)},
        url=_address(of),
        by_id=by.pk,
        now=now,
    )


def _place(place_id: int, by: Person) -> Place:
    """The place, locked after its class, if the actor answers for its unit. Raises NotYours."""
    place = Place.objects.filter(pk=place_id).select_related("unit").first()
    if place is None or not may_in_unit(by, place.unit, *ANSWERERS):
        raise NotYours(place_id)
    of = _locked(place.training_class_id)
    place = Place.objects.select_for_update(of=("self",)).select_related("unit").get(pk=place_id)
    place.training_class = of
    return place


@transaction.atomic
def accept(place_id: int, *, by: Person, now: datetime) -> Place:
    """The unit says that the person comes. Raises NotYours, AlreadyAnswered."""
    place = _place(place_id, by)
    if place.state != PlaceState.CALLED or place.training_class.cancelled_at is not None:
        raise AlreadyAnswered(place_id)
    place.state, place.answered_by, place.answered_at = PlaceState.COMING, by, now
    place.save(update_fields=["state", "answered_by", "answered_at"])
    audit(by, "classes.place.accept", f"classes.place:{place.pk}", {}, now=now)
    return place


@transaction.atomic
def ask_excuse(place_id: int, *, reason: str, by: Person, now: datetime) -> Excuse:
    """The unit asks the authority that called to excuse a person.

    Before the class starts the excuse waits for an answer. On its first day or later it is noted
    as late: the person did not come, and has to make it up by the end of the next quarter.
    Raises NotYours, NotExpected.
    """
    place = _place(place_id, by)
    of = place.training_class
    if place.state not in (PlaceState.CALLED, PlaceState.COMING) or place.result or not of.is_live:
        raise NotExpected(place_id)
    today = timezone.localdate(now)
    in_time = excuse_is_in_time(today, of.starts_on)
    excuse = Excuse.objects.create(
        place=place,
        reason=reason[:500],
        asked_by=by,
        asked_at=now,
        state=ExcuseState.OPEN if in_time else ExcuseState.LATE,
    )
    if in_time:
        place.state = PlaceState.EXCUSE_ASKED
    elif not place.presences.filter(kind="present").exists():
        place.result = Result.NO_SHOW
        MakeupTask.objects.get_or_create(
            place=place, defaults={"due_on": makeup_due_on(of.starts_on)}
        )
    place.save(update_fields=["state", "result"])
    detail = {"reason": reason, "late": not in_time}
    audit(by, "classes.excuse.ask", f"classes.place:{place.pk}", detail, now=now)
    return excuse


@transaction.atomic
def answer_excuse(excuse_id: int, *, grant: bool, answer: str, by: Person, now: datetime) -> Excuse:
    """The authority that called grants or refuses; refused, the person is to come.

    Raises NotYours for anybody else, also for the person's own unit; AlreadyAnswered.
    """
    excuse = Excuse.objects.select_related("place__training_class__unit").get(pk=excuse_id)
    of = _locked(excuse.place.training_class_id)
    if not may_in_unit(by, of.unit, Role.TRAINING_ADMIN):
        raise NotYours(excuse_id)
    changed = Excuse.objects.filter(pk=excuse_id, state=ExcuseState.OPEN).update(
        state=ExcuseState.GRANTED if grant else ExcuseState.REFUSED,
        answer=answer[:300],
        answered_by=by,
        answered_at=now,
    )
    if not changed:
        raise AlreadyAnswered(excuse_id)
    Place.objects.filter(pk=excuse.place_id, state=PlaceState.EXCUSE_ASKED).update(
        state=PlaceState.EXCUSED if grant else PlaceState.COMING
    )
    detail = {"granted": grant, "answer": answer}
    audit(by, "classes.excuse.answer", f"classes.place:{excuse.place_id}", detail, now=now)
    said = {"title": of.title}
    text = (
        _("The excuse from “%(title)s” is granted.")
        if grant
        else _("The excuse from “%(title)s” is not granted; please take part.")
    ) % said
    notices.operations.notify(
        {excuse.place.person_id, excuse.asked_by_id},
        source=f"classes.excuse:{excuse.pk}",
        text=text,
        url=_address(of),
        by_id=by.pk,
        now=now,
    )
    excuse.refresh_from_db()
    return excuse


@transaction.atomic
def substitute(place_id: int, person_id: int, *, by: Person, now: datetime) -> Place:
    """Somebody of the same unit takes the place of a person, before the class starts.

    Raises NobodyChosen for nobody, NotYours, NotExpected, ClassHasBegun; AlreadyAnswered when the other is
    in the class.
    """
    if not person_id:
        raise NobodyChosen(place_id)
    place = _place(place_id, by)
    of = place.training_class
    if timezone.localdate(now) >= of.starts_on:
        raise ClassHasBegun(place_id)
    if place.state not in (*EXPECTED, PlaceState.EXCUSED) or not of.is_live:
        raise NotExpected(place_id)
    other = Person.objects.select_related("unit").filter(pk=person_id, is_active=True).first()
    if other is None or other.unit is None or not other.unit.path.startswith(place.unit.path):
        raise NotYours(person_id)
    if Place.objects.filter(training_class=of, person=other).exists():
        raise AlreadyAnswered(person_id)
    Excuse.objects.filter(place=place, state=ExcuseState.OPEN).update(
        state=ExcuseState.GRANTED, answered_by=by, answered_at=now, answer=other.name
    )
    place.state = PlaceState.REPLACED
    place.save(update_fields=["state"])
    taken = Place.objects.create(
        training_class=of,
        person=other,
        unit=place.unit,
        state=PlaceState.COMING,
        named_by=by,
        named_at=now,
        answered_by=by,
        answered_at=now,
        stands_in_for=place,
    )
    detail = {"by": other.pk}
    audit(by, "classes.place.substitute", f"classes.place:{place.pk}", detail, now=now)
    _tell_called(of, [other.pk], by, now)
    notices.operations.notify(
        [place.person_id],
        source=f"classes.replaced:{place.pk}",
        text=_("%(name)s takes part in “%(title)s” in your place; you are not expected.")
        % {"name": other.name, "title": of.title},
        url=_address(of),
        by_id=by.pk,
        now=now,
    )
    return taken


@transaction.atomic
def choose_open_class(class_id: int, *, by: Person, now: datetime) -> Place:
    """A person takes a seat in an open class. Raises JoiningIsOver, NoSeatLeft, NotYours."""
    of = _locked(class_id)
    if of.call != CallKind.OPEN or not of.is_live or by.unit is None:
        raise NotYours(class_id)
    if timezone.localdate(now) > of.answer_by:
        raise JoiningIsOver(of.answer_by)
    mine = Place.objects.filter(training_class=of, person=by).first()
    if mine is not None and mine.state == PlaceState.COMING:
        return mine
    if Place.objects.filter(training_class=of, state__in=EXPECTED).count() >= of.seats:
        raise NoSeatLeft(class_id)
    if mine is not None:
        mine.state = PlaceState.COMING
        mine.save(update_fields=["state"])
        return mine
    return Place.objects.create(
        training_class=of,
        person=by,
        unit=by.unit,
        state=PlaceState.COMING,
        named_by=by,
        named_at=now,
        answered_by=by,
        answered_at=now,
    )


@transaction.atomic
def leave_open_class(class_id: int, *, by: Person, now: datetime) -> None:
    """A person gives back the seat he chose, before the class starts. Raises ClassHasBegun."""
    of = _locked(class_id)
    if timezone.localdate(now) >= of.starts_on:
        raise ClassHasBegun(class_id)
    left = Place.objects.filter(
        training_class=of, person=by, named_by=F("person"), state=PlaceState.COMING
    ).update(state=PlaceState.WITHDRAWN)
    if not left:
        raise NotExpected(class_id)
