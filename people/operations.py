"""Writes about people: one verb each, safe to race, told the time."""

from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from pypinyin import Style, lazy_pinyin

from people.enums import Role
from people.models import AuditEntry, OrgUnit, Person, Post, RoleGrant
from people.permissions import may_grant
from people.queries import in_force
from people.signals import career_changed


class MayNotGrant(Exception):
    """The granter does not hold the role for this part of the tree."""


class AppointmentOutOfOrder(Exception):
    """A primary post cannot begin before or on the day the present one began."""


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

    ``by`` None is the command line, which stands outside the tree. Raises MayNotGrant.
    """
    if by is not None and not may_grant(by, role, unit):
        raise MayNotGrant(role)
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
            present.ends_on = starts_on
            present.save(update_fields=["ends_on"])
        post = Post.objects.create(
            person=person, unit=unit, starts_on=starts_on, primary=True, **post_fields
        )
        person.unit = unit
        person.save(update_fields=["unit"])
        audit(
            by,
            "people.post.appoint",
            f"people.person:{person_id}",
            {"unit": unit.code, "title": post.title, "starts_on": starts_on.isoformat()},
            now=now,
        )
        transaction.on_commit(lambda: career_changed.send(sender=Post, person_id=person_id))
    return post
