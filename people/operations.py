"""Writes about people: one verb each, safe to race, told the time."""

import secrets
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.crypto import constant_time_compare
from pypinyin import Style, lazy_pinyin

from people.enums import DutyKind, OrgKind, Role, Stage
from people.models import (
    AuditEntry,
    MembershipStage,
    OrgUnit,
    PartyDuty,
    Person,
    Post,
    RoleGrant,
)
from people.permissions import may_grant, may_keep_account
from people.queries import in_force, merged_into, without_password
from people.signals import career_changed

# First passwords issued in one request: some 20 ms each.
FIRST_AT_ONCE = 100


class MayNotGrant(Exception):
    """The granter does not hold the role for this part of the tree."""


class NotToOneself(MayNotGrant):
    """A second person gives a role: a system administrator, who may give every one, reads no records."""


class BeyondReach(Exception):
    """The account bears a role beyond the keeper's part of the tree."""


class AppointmentOutOfOrder(Exception):
    """A primary post cannot begin before or on the day the present one began."""


class StaffNumberTaken(Exception):
    """Somebody on the roster already has this staff number."""


class ChosenBefore(Exception):
    """The first password no longer holds: another was chosen, or issued, since it was typed."""


class MergedAway(Exception):
    """The record was merged into another; undoing that reopens its account."""


class MoveIntoItself(Exception):
    """A unit cannot be moved below itself."""


def audit(
    actor: Person | None,
    verb: str,
    subject: str,
    detail: dict[str, Any] | None = None,
    *,
    now: datetime,
) -> None:
    """Add a row to the audit log, in the caller's transaction: no deed without its trace.

    ``verb`` names app, thing and deed ("exams.paper.publish"); ``subject`` the row ("exams.paper:17").
    """
    AuditEntry.objects.create(at=now, actor=actor, verb=verb, subject=subject, detail=detail or {})


def pinyin_key(name: str) -> str:
    """Spelling and initials of a Chinese name: 王晓明 → ``wangxiaoming wxm``."""
    spelled = "".join(lazy_pinyin(name))
    initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))
    return f"{spelled} {initials}"[:160]


def grant_role(
    person: Person, role: Role, unit: OrgUnit, *, by: Person | None, now: datetime, on: date
) -> RoleGrant:
    """Give a role for a part of the tree, from a day on. Granting twice is one grant.

    ``by`` None is the command line, which stands outside the tree. Raises MayNotGrant, NotToOneself.
    """
    if by is not None and not may_grant(by, role, unit):
        raise MayNotGrant(role)
    if by == person:
        raise NotToOneself(role)
    with transaction.atomic():
        grant, created = RoleGrant.objects.get_or_create(
            person=person,
            role=role,
            unit=unit,
            ends_on=None,
            defaults={"starts_on": on, "granted_by": by},
        )
        if created:
            # Wagtail hangs its page permissions on groups; the group bears the role's name.
            person.groups.add(Group.objects.get_or_create(name=role.value)[0])
            audit(
                by,
                "people.role.grant",
                f"people.person:{person.pk}",
                {"role": role.value, "unit": unit.code},
                now=now,
            )
    person.__dict__.pop("_grants", None)
    return grant


def revoke_role(grant_id: int, *, by: Person | None, now: datetime, on: date) -> None:
    """End a grant on a day. The row stays as history. Raises MayNotGrant."""
    with transaction.atomic():
        grant = RoleGrant.objects.select_related("unit", "person").get(pk=grant_id)
        role = Role(grant.role)
        if by is not None and not may_grant(by, role, grant.unit):
            raise MayNotGrant(role)
        if not RoleGrant.objects.filter(pk=grant_id, ends_on=None).update(
            ends_on=max(on, grant.starts_on)
        ):
            return
        still = RoleGrant.objects.filter(in_force(on), person=grant.person, role=role)
        if not still.exists():
            grant.person.groups.remove(*Group.objects.filter(name=role.value))
        audit(
            by,
            "people.role.revoke",
            f"people.person:{grant.person_id}",
            {"role": role.value, "unit": grant.unit.code},
            now=now,
        )


def appoint(
    person_id: int,
    *,
    unit: OrgUnit,
    starts_on: date,
    by: Person | None,
    now: datetime,
    **post_fields: Any,
) -> Post:
    """Give a person a new primary post; the old one ends the day the new one begins.

    The person's home moves with it; facts recorded before keep the place they had.
    Raises AppointmentOutOfOrder.
    """
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person_id)
        present = Post.objects.filter(person=person, primary=True, ends_on=None).first()
        if present is not None:
            if present.starts_on >= starts_on:
                raise AppointmentOutOfOrder(person_id)
            _end(present, starts_on, now)
        post = Post.objects.create(
            person=person,
            unit=unit,
            starts_on=starts_on,
            primary=True,
            recorded_at=now,
            **post_fields,
        )
        person.unit = unit
        person.save(update_fields=["unit"])
        detail = {"unit": unit.code, "title": post.title, "starts_on": starts_on.isoformat()}
        _career_changed(person_id, by, "people.post.appoint", detail, now)
    return post


def add_person(
    *, staff_number: str, name: str, unit: OrgUnit, by: Person | None, now: datetime, on: date
) -> Person:
    """Put a person on the roster, without a password and so without sign-in. Raises StaffNumberTaken."""
    with transaction.atomic():
        person, created = Person.objects.get_or_create(
            staff_number=staff_number,
            defaults={
                "name": name,
                "pinyin": pinyin_key(name),
                "unit": unit,
                "joined_on": on,
                "password": make_password(None),
            },
        )
        if not created:
            raise StaffNumberTaken(staff_number)
        _career_changed(person.pk, by, "people.person.add", {"unit": unit.code}, now)
    return person


def set_active(person_id: int, active: bool, *, by: Person, now: datetime) -> None:
    """Close or reopen an account. Records stay; a closed account's sessions end with it.

    Raises BeyondReach; MergedAway for reopening what was merged into another record.
    """
    with transaction.atomic():
        _lock_kept_by(by, person_id)
        if active and merged_into([person_id]).get(person_id):
            raise MergedAway(person_id)
        Person.objects.filter(pk=person_id).update(is_active=active)
        verb = "people.person.reopen" if active else "people.person.close"
        _career_changed(person_id, by, verb, {}, now)


def issue_password(person_id: int, *, by: Person, now: datetime) -> str:
    """Replace the password by a random one and return it, to be shown once and handed over.

    Raises BeyondReach.
    """
    password = _random_password()
    with transaction.atomic():
        person = _lock_kept_by(by, person_id)
        person.set_password(password)
        person.must_choose_password = True
        person.save(update_fields=["password", "must_choose_password"])
        audit(by, "people.password.issue", f"people.person:{person_id}", now=now)
    return password


def issue_first_passwords(unit: OrgUnit, *, by: Person, now: datetime) -> list[tuple[Person, str]]:
    """Give a random password to those in the unit and below who have none, to be handed over.

    At most FIRST_AT_ONCE at a time, in the order of units and staff numbers: checking a password is
    slow by design, and so is storing one. Whose account bears a role beyond the keeper's reach is
    passed over.
    """
    waiting = without_password(unit).select_related("unit").order_by("unit__path", "staff_number")
    chosen = [each for each in waiting[:FIRST_AT_ONCE] if may_keep_account(by, each)]
    passwords = {each.pk: _random_password() for each in chosen}
    # Before anything is locked: others would wait for all of them.
    hashes = {pk: make_password(password) for pk, password in passwords.items()}
    with transaction.atomic():
        still = without_password(unit).select_for_update(of=("self",)).filter(pk__in=hashes)
        ids = set(still.values_list("pk", flat=True))
        issued = [each for each in chosen if each.pk in ids]
        for person in issued:
            person.password, person.must_choose_password = hashes[person.pk], True
            audit(by, "people.password.issue", f"people.person:{person.pk}", now=now)
        Person.objects.bulk_update(issued, ["password", "must_choose_password"])
    return [(person, passwords[person.pk]) for person in issued]


def choose_password(person_id: int, password: str, *, instead_of: str, now: datetime) -> Person:
    """Put one's own password in the place of a first one.

    ``instead_of`` is ``get_session_auth_hash`` of the person who typed the first password, so that
    it serves once. Raises ChosenBefore.
    """
    fresh = make_password(password)
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person_id)
        holds = constant_time_compare(person.get_session_auth_hash(), instead_of)
        if not (holds and person.must_choose_password and person.is_active):
            raise ChosenBefore(person_id)
        person.password, person.must_choose_password = fresh, False
        person.save(update_fields=["password", "must_choose_password"])
        audit(person, "people.password.choose", f"people.person:{person_id}", now=now)
    return person


def _random_password() -> str:
    return "-".join(secrets.token_hex(2) for _ in range(4))


def _lock_kept_by(by: Person, person_id: int) -> Person:
    people = Person.objects.select_for_update(of=("self",)).select_related("unit")
    person: Person = people.get(pk=person_id)
    if not may_keep_account(by, person):
        raise BeyondReach(person_id)
    return person


def give_duty(
    person_id: int,
    *,
    kind: DutyKind,
    unit: OrgUnit,
    starts_on: date,
    by: Person | None,
    now: datetime,
) -> PartyDuty:
    """Record a party duty taken on a day."""
    with transaction.atomic():
        duty = PartyDuty.objects.create(
            person_id=person_id, kind=kind, unit=unit, starts_on=starts_on, recorded_at=now
        )
        _career_changed(person_id, by, "people.duty.give", {"kind": kind, "unit": unit.code}, now)
    return duty


def end_duty(duty_id: int, *, ends_on: date, by: Person | None, now: datetime) -> None:
    """End a duty on a day (exclusive), but not before it began; ended before, it stays so."""
    with transaction.atomic():
        duty = PartyDuty.objects.select_for_update().get(pk=duty_id)
        if duty.ends_on is not None:
            return
        _end(duty, max(ends_on, duty.starts_on + timedelta(days=1)), now)
        _career_changed(duty.person_id, by, "people.duty.end", {"kind": duty.kind}, now)


def enter_stage(
    person_id: int, *, stage: Stage, starts_on: date, by: Person | None, now: datetime
) -> MembershipStage:
    """Enter a membership stage; the one before ends that day. Raises AppointmentOutOfOrder."""
    with transaction.atomic():
        present = MembershipStage.objects.filter(person_id=person_id, ends_on=None).first()
        if present is not None:
            if present.starts_on >= starts_on:
                raise AppointmentOutOfOrder(person_id)
            _end(present, starts_on, now)
        entered = MembershipStage.objects.create(
            person_id=person_id, stage=stage, starts_on=starts_on, recorded_at=now
        )
        _career_changed(person_id, by, "people.stage.enter", {"stage": stage}, now)
    return entered


def _end(fact: Post | PartyDuty | MembershipStage, ends_on: date, now: datetime) -> None:
    fact.ends_on, fact.end_recorded_at = ends_on, now
    fact.save(update_fields=["ends_on", "end_recorded_at"])


def add_unit(
    *, code: str, name: str, kind: OrgKind, parent: OrgUnit, by: Person, now: datetime
) -> OrgUnit:
    """Add a unit below another."""
    with transaction.atomic():
        # treebeard keeps the child count on the parent in memory; read it afresh under the lock.
        parent = OrgUnit.objects.select_for_update().get(pk=parent.pk)
        unit: OrgUnit = parent.add_child(code=code, name=name, kind=kind)
        audit(by, "people.unit.add", f"people.unit:{unit.pk}", {"parent": parent.code}, now=now)
    return unit


def move_unit(unit_id: int, *, below: OrgUnit, by: Person, now: datetime) -> None:
    """Hang a unit, with all below it, under another. Facts recorded before keep their old place.

    Raises MoveIntoItself.
    """
    with transaction.atomic():
        unit = OrgUnit.objects.select_for_update().get(pk=unit_id)
        if below.path.startswith(unit.path):
            raise MoveIntoItself(unit_id)
        before = unit.get_parent().code if unit.depth > 1 else None
        unit.move(OrgUnit.objects.get(pk=below.pk), "last-child")
        audit(
            by,
            "people.unit.move",
            f"people.unit:{unit_id}",
            {"from": before, "to": below.code},
            now=now,
        )


def _career_changed(
    person_id: int, by: Person | None, verb: str, detail: dict[str, Any], now: datetime
) -> None:
    audit(by, verb, f"people.person:{person_id}", detail, now=now)
    tell_of_career(person_id)


def tell_of_career(person_id: int) -> None:
    """Let the apps above know, once it is committed, that the person's career changed."""
    career_changed.tell(Person, person_id=person_id)
