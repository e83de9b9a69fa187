"""Announcements, for those they are meant for."""

from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, TruncDate

from content.models import AnnouncementAudience, AnnouncementPage
from content.permissions import may_see_drafts
from people.queries import lineage_of
from people.statements import Kept

_SHOWN_AT_HOME = 3


def announcements_visible_to(person: Any, *, today: date) -> QuerySet[AnnouncementPage]:
    """Published announcements from their first day on, newest first, each with its first ``day``.

    Visitors read the public ones; a person besides those for everybody and for the own units; editors
    and reviewers all.
    """
    found = _begun(today)
    if not person.is_authenticated:
        return found.filter(public=True)
    if may_see_drafts(person):
        return found
    return found.filter(Q(public=True) | _meant_for(lineage_of(person)))


def _begun(today: date) -> QuerySet[AnnouncementPage]:
    found: QuerySet[AnnouncementPage] = (
        AnnouncementPage.objects.live()
        .filter(Q(shown_from_on=None) | Q(shown_from_on__lte=today))
        .annotate(day=Coalesce("shown_from_on", TruncDate("first_published_at")))
        .order_by(F("day").desc(nulls_last=True), "-pk")
    )
    return found


def _meant_for(above: list[str]) -> Q:
    """For everybody, or for one of these units."""
    addressed = AnnouncementAudience.objects.filter(announcement=OuterRef("pk"))
    return ~Exists(addressed) | Q(Exists(addressed.filter(unit__path__in=above)))


def current(found: QuerySet[AnnouncementPage], *, today: date) -> QuerySet[AnnouncementPage]:
    """Those that have not ended, pinned ones first."""
    return found.filter(Q(shown_until_on=None) | Q(shown_until_on__gte=today)).order_by(
        "-pinned", F("day").desc(nulls_last=True), "-pk"
    )


def archived(
    found: QuerySet[AnnouncementPage], *, today: date, words: str = "", year: int | None = None
) -> QuerySet[AnnouncementPage]:
    """Those that have ended, newest first; with these words in the title, of this year."""
    found = found.filter(shown_until_on__lt=today)
    for word in words.split()[:5]:
        found = found.filter(title__icontains=word)
    return found.filter(day__year=year) if year is not None else found


def archive_years(found: QuerySet[AnnouncementPage], *, today: date) -> list[int]:
    """The years of archived announcements, newest first."""
    days = found.filter(shown_until_on__lt=today).order_by().values_list("day", flat=True)
    return sorted({day.year for day in days if day}, reverse=True)


def announcements_at_home(person: Any, *, today: date) -> list[AnnouncementPage]:
    """What stands on the person's first page: a few that are meant for him, pinned ones first."""
    return _at_home(today, lineage_of(person))


@Kept
def _at_home(today: date, above: list[str]) -> QuerySet[AnnouncementPage]:
    return current(_begun(today).filter(_meant_for(above)), today=today)[:_SHOWN_AT_HOME]


def announcements_at_the_door(*, today: date) -> list[AnnouncementPage]:
    """What a visitor finds on the front page: a few public ones, pinned ones first."""
    return list(current(_begun(today).filter(public=True), today=today)[:_SHOWN_AT_HOME])


def units_addressed(page: AnnouncementPage) -> list[str]:
    """The names of the units an announcement is for, in tree order; none when it is for everybody."""
    rows = page.audience.all()
    return [row.unit.name for row in sorted(rows, key=lambda row: row.unit.path)]
