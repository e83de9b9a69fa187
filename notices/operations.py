"""Sending notices once, politely; mailing what is due."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.message import EmailMessage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from notices import queries
from notices.enums import NoticeKind
from notices.models import Notice, UnitManners
from notices.rules import may_remind, next_polite_moment
from people.enums import Role
from people.models import OrgUnit, Person
from people.operations import audit
from people.permissions import may_in_unit

_MAIL_BATCH = 200
_NEWS_FOR = timedelta(days=7)
_log = logging.getLogger(__name__)


class NotYourUnit(Exception):
    """The unit is not one the person answers for."""


@dataclass(frozen=True)
class Sent:
    """What became of a message: how many have it now, had it before, were spared by the cap."""

    sent: int = 0
    had_it: int = 0
    spared: int = 0


@transaction.atomic
def notify(
    person_ids: Iterable[int],
    *,
    source: str,
    text: str,
    url: str = "",
    kind: NoticeKind = NoticeKind.NEWS,
    by_id: int | None = None,
    now: datetime,
) -> Sent:
    """Send a message to each of the persons, once for its ``source``.

    A reminder is not sent to somebody who had the week's share already. In-house notices appear
    at once and make no sound; a mail waits for the end of the quiet hours. Safe to repeat.
    """
    people = list(
        Person.objects.select_for_update(of=("self",))
        .filter(pk__in=set(person_ids), is_active=True)
        .select_related("unit")
        .order_by("pk")
    )
    ids = [person.pk for person in people]
    had = set(Notice.objects.filter(source=source, person__in=ids).values_list("person", flat=True))
    reminded = queries.reminded_since(ids, now) if kind == NoticeKind.REMINDER else {}
    manners: dict[int | None, UnitManners] = {}
    rows: list[Notice] = []
    spared = 0
    for person in people:
        if person.pk in had:
            continue
        if person.unit_id not in manners:
            manners[person.unit_id] = queries.manners_of(person.unit)
        way = manners[person.unit_id]
        if kind == NoticeKind.REMINDER and not may_remind(
            reminded.get(person.pk, []), now, way.weekly_cap
        ):
            spared += 1
            continue
        due = None
        if way.by_mail and person.email:
            due = next_polite_moment(timezone.localtime(now), way.quiet_from, way.quiet_until)
        rows.append(
            Notice(
                person=person,
                source=source[:120],
                kind=kind,
                text=text[:400],
                url=url[:200],
                sent_by_id=by_id,
                sent_at=now,
                mail_due_at=due,
            )
        )
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    return Sent(sent=len(rows), had_it=len(had), spared=spared)


def mark_read(person: Person, *, now: datetime, notice_id: int | None = None) -> int:
    """The person has opened a notice of his, or all of them. Returns how many were new."""
    unread = Notice.objects.filter(person=person, read_at=None)
    if notice_id is not None:
        unread = unread.filter(pk=notice_id)
    return unread.update(read_at=now)


def set_manners(
    unit: OrgUnit,
    *,
    by_mail: bool,
    quiet_from: time,
    quiet_until: time,
    weekly_cap: int,
    by: Person,
    roles: Iterable[Role],
    now: datetime,
) -> UnitManners:
    """Say how a unit and all below it want to be reminded. Raises NotYourUnit."""
    if not may_in_unit(by, unit, *roles):
        raise NotYourUnit(unit.pk)
    with transaction.atomic():
        manners, _created = UnitManners.objects.update_or_create(
            unit=unit,
            defaults={
                "by_mail": by_mail,
                "quiet_from": quiet_from,
                "quiet_until": quiet_until,
                "weekly_cap": weekly_cap,
            },
        )
        detail = {"by_mail": by_mail, "weekly_cap": weekly_cap}
        audit(by, "notices.manners.set", f"people.unit:{unit.pk}", detail, now=now)
    return manners


def choose_address(person: Person, address: str, *, now: datetime) -> None:
    """The person says where notices are mailed to; blank is nowhere. The log keeps no address."""
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(email=address)
        subject = f"people.person:{person.pk}"
        audit(person, "notices.address.choose", subject, {"given": bool(address)}, now=now)


def sweep(now: datetime) -> int:
    """Mail what is due; what no server takes now stays due for a week. Returns how many were sent.

    A mail that the server refuses for itself is given up: by the next sweep its address would be as
    wrong, and nobody behind it would get any. The notice stands in the inbox all the same.
    """
    if not settings.EMAIL_HOST:
        return 0
    due = (
        Notice.objects.filter(mail_due_at__lte=now, mail_due_at__gt=now - _NEWS_FOR, mailed_at=None)
        .select_related("person")
        .order_by("mail_due_at", "pk")[:_MAIL_BATCH]
    )
    count = 0
    connection = get_connection(fail_silently=False)
    for notice in due:
        # Taken before it is sent: two sweeps at once must not mail twice.
        if not Notice.objects.filter(pk=notice.pk, mailed_at=None).update(mailed_at=now):
            continue
        body = notice.text + (f"\n\n{settings.SITE_URL}{notice.url}" if notice.url else "")
        subject = _("%(site)s: a notice for you") % {"site": settings.SITE_NAME}
        try:
            EmailMessage(subject, body, to=[notice.person.email], connection=connection).send()
        except (SMTPRecipientsRefused, SMTPDataError) as refused:
            _log.warning("Notice %s was not mailed: %s", notice.pk, refused)
            continue
        except OSError as error:
            Notice.objects.filter(pk=notice.pk).update(mailed_at=None)
            _log.warning("No mail can be sent: %s", error)
            break
        count += 1
    return count
