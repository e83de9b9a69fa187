"""Reads about notices: each person reads his own."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from notices.enums import NoticeKind
from notices.models import Notice, UnitManners
from people.models import OrgUnit, Person
from people.own_data import Section, section
from people.queries import lineage


def notices_of(person: Person) -> QuerySet[Notice]:
    """The person's own notices, the latest first."""
    return (
        Notice.objects.filter(person=person).select_related("sent_by").order_by("-sent_at", "-pk")
    )


def unread_count(person: Person) -> int:
    """How many notices the person has not opened."""
    return Notice.objects.filter(person=person, read_at=None).count()


def manners_of(unit: OrgUnit | None) -> UnitManners:
    """How a unit wants to be reminded: its own word, else that of the nearest unit above."""
    if unit is not None:
        above = UnitManners.objects.filter(unit__path__in=lineage(unit.path))
        found = above.order_by("-unit__path").first()
        if found is not None:
            return found
    return UnitManners()


def reminded_since(person_ids: Iterable[int], now: datetime) -> dict[int, list[datetime]]:
    """Moments of the reminders each person had in the last seven days."""
    rows = Notice.objects.filter(
        person__in=list(person_ids),
        kind=NoticeKind.REMINDER,
        sent_at__gt=now - timedelta(days=7),
    ).values_list("person", "sent_at")
    found: dict[int, list[datetime]] = {}
    for person_id, moment in rows:
        found.setdefault(person_id, []).append(moment)
    return found


def own_data(person: Person) -> list[Section]:
    """What the person was told, to take with him."""
    told = Notice.objects.filter(person=person).order_by("sent_at", "pk")
    return [
        section("notices", _("Notices"), told, ("sent_at", "kind", "text", "read_at", "mailed_at"))
    ]
