"""Changing a class and its seats by unit, while that is honest to those who rely on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

import notices.operations
from classes.enums import EXPECTED, CallKind
from classes.models import Place, Seats, Session, TrainingClass
from classes.operations.calling import (
    ClassHasBegun,
    _liaisons_of,
    _locked,
    _tell_concerned,
)
from classes.operations.planning import NothingToCall, NotYours, make_draft_again
from classes.rules import changeable
from people.dates import day_in_words, days_in_words
from people.enums import Role
from people.models import OrgUnit, Person
from people.operations import audit
from people.permissions import may_in_unit


class MoreThanTheSeats(Exception):
    """More seats would be given out than the class has."""

    def __init__(self, given: int, seats: int) -> None:
        super().__init__(given, seats)
        self.given = given
        self.seats = seats


class FewerThanNamed(Exception):
    """A unit would have fewer seats than it has named persons."""

    def __init__(self, unit: OrgUnit, named: int) -> None:
        super().__init__(unit.pk, named)
        self.unit = unit
        self.named = named


class NoLongerChangeable(Exception):
    """``fields`` may not be changed any more: people rely on them."""

    def __init__(self, fields: Iterable[str]) -> None:
        self.fields = sorted(fields)
        super().__init__(*self.fields)


class SessionsOnOtherDays(Exception):
    """The timetable has sessions on days that would not belong to the class."""


def open_fields(of: TrainingClass, now: datetime) -> frozenset[str]:
    """What may be changed of a class now; how people come only while nobody has a seat."""
    if of.cancelled_at is not None:
        return frozenset()
    begun = timezone.localdate(now) >= of.starts_on and of.called_at is not None
    found = changeable(
        called=of.called_at is not None, begun=begun, confirmed=of.confirmed_at is not None
    )
    return found if not _given(of) else found - {"call"}


def _given(of: TrainingClass) -> int:
    """Seats that are given out to units, or taken, whichever are more."""
    given = Seats.objects.filter(training_class=of).aggregate(all=Sum("seats", default=0))["all"]
    taken = Place.objects.filter(training_class=of, state__in=EXPECTED).count()
    return max(int(given), taken)


@transaction.atomic
def change_class(
    class_id: int, values: Mapping[str, Any], *, by: Person, now: datetime
) -> list[str]:
    """Change a class; return the names of the fields that are other than before.

    Before the call-up everything changes, and an approved plan is a draft again. After it those who are
    expected and the liaisons are told. Nothing is changed when it raises NotYours, NoLongerChangeable,
    MoreThanTheSeats (fewer than are given), SessionsOnOtherDays, or ClassHasBegun for a first day that
    is past.
    """
    of = _locked(class_id)
    if not may_in_unit(by, of.unit, Role.TRAINING_ADMIN):
        raise NotYours(class_id)
    before = {name: getattr(of, name) for name in values}
    changed = [name for name, value in values.items() if value != before[name]]
    closed = set(changed) - open_fields(of, now)
    if closed:
        raise NoLongerChangeable(closed)
    if not changed:
        return []
    for name in changed:
        setattr(of, name, values[name])
    if "seats" in changed and _given(of) > of.seats:
        raise MoreThanTheSeats(_given(of), of.seats)
    _ask_days(of, changed, now)
    of.save(update_fields=changed)
    detail = {name: [str(before[name]), str(values[name])] for name in changed}
    audit(by, "classes.class.change", f"classes.class:{of.pk}", {"changed": detail}, now=now)
    if of.called_at is None:
        make_draft_again(of.plan, by=by)
    else:
        _tell_what_changed(class_id, changed, str(before.get("title", of.title)), by, now)
    return changed


def _ask_days(of: TrainingClass, changed: Collection[str], now: datetime) -> None:
    if "starts_on" in changed and of.called_at and of.starts_on <= timezone.localdate(now):
        raise ClassHasBegun(of.pk)
    for session in Session.objects.filter(training_class=of):
        if not of.starts_on <= timezone.localtime(session.starts_at).date() < of.ends_on:
            raise SessionsOnOtherDays(of.pk)


def _tell_what_changed(
    class_id: int, changed: Collection[str], title: str, by: Person, now: datetime
) -> None:
    of = TrainingClass.objects.select_related("institution").get(pk=class_id)
    said = []
    if "title" in changed:
        said.append(_("it is now called “%(title)s”") % {"title": of.title})
    if {"starts_on", "ends_on"} & set(changed):
        days = days_in_words(of.starts_on, of.last_day)
        said.append(_("it is held %(days)s") % {"days": days})
    if "institution_id" in changed:
        said.append(_("it is held at %(institution)s") % {"institution": of.institution.name})
    if "answer_by" in changed:
        said.append(_("units answer by %(day)s") % {"day": day_in_words(of.answer_by)})
    if not said:
        return
    text = _("“%(title)s” has changed: %(what)s.") % {"title": title, "what": _("; ").join(said)}
    # Every change is told, also one that takes an earlier one back.
    _tell_concerned(of, f"classes.changed:{of.pk}:{now:%Y%m%d%H%M%S%f}", text, by, now)


@transaction.atomic
def set_seats(class_id: int, seats: Mapping[int, int], *, by: Person, now: datetime) -> None:
    """Give seats to units (id → number; 0 takes them away), until the class begins.

    Units must lie below the class's own unit. After the call-up the liaisons of units whose seats changed
    are told. Raises NotYours, NothingToCall("called") for a class that is cancelled, has begun or is
    not called by seats, MoreThanTheSeats, FewerThanNamed; nothing is changed then.
    """
    of = _locked(class_id)
    if not may_in_unit(by, of.unit, Role.TRAINING_ADMIN):
        raise NotYours(class_id)
    if of.called_at is not None and (
        of.call != CallKind.QUOTA or "seats" not in open_fields(of, now)
    ):
        raise NothingToCall("called")
    units = OrgUnit.objects.in_bulk(list(seats))
    if len(units) != len(seats) or any(
        not unit.path.startswith(of.unit.path) for unit in units.values()
    ):
        raise NotYours(class_id)
    have = dict(Seats.objects.filter(training_class=of).values_list("unit", "seats"))
    given = sum((have | dict(seats)).values())
    if given > of.seats:
        raise MoreThanTheSeats(given, of.seats)
    changed = {pk: number for pk, number in seats.items() if number != have.get(pk, 0)}
    for pk, number in changed.items():
        named = Place.objects.filter(training_class=of, unit=pk, state__in=EXPECTED).count()
        if number < named:
            raise FewerThanNamed(units[pk], named)
        if number > 0:
            Seats.objects.update_or_create(
                training_class=of, unit_id=pk, defaults={"seats": number}
            )
        else:
            Seats.objects.filter(training_class=of, unit=pk).delete()
    if not changed:
        return
    detail = {"units": len(seats), "changed": {str(pk): n for pk, n in changed.items()}}
    audit(by, "classes.seats.set", f"classes.class:{class_id}", detail, now=now)
    if of.called_at is None:
        return
    for pk, number in changed.items():
        notices.operations.notify(
            _liaisons_of([units[pk]], timezone.localdate(now)),
            source=f"classes.seats:{of.pk}:{pk}:{now:%Y%m%d%H%M%S%f}",
            text=_("%(unit)s now has %(seats)s seats in “%(title)s”: please answer for your unit.")
            % {"unit": units[pk].name, "seats": number, "title": of.title},
            url=f"/classes/{of.pk}/answer/",
            by_id=by.pk,
            now=now,
        )
