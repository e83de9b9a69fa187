"""The list of the library, single pages, and media."""

import math
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from wagtail.models import Page

from content.enums import Kind
from content.models import (
    AnnouncementPage,
    IndexEntry,
    LessonPage,
    MediaFile,
    MicroLecturePage,
)
from content.models.index import LIBRARY_URL_PATH
from content.permissions import may_see_drafts
from content.queries.announcements import announcements_visible_to
from people.statements import Kept

# 400 characters a minute is slow, attentive reading of Chinese prose.
CHARACTERS_A_MINUTE = 400

_LONGEST_READING_SECONDS = 3 * 3600


def entries_visible_to(person: Any) -> QuerySet[IndexEntry]:
    """Published pages: all for those signed in, the public ones for everybody. Newest first."""
    entries = _entries()
    return entries if person.is_authenticated else entries.filter(public=True)


def _entries() -> QuerySet[IndexEntry]:
    entries = IndexEntry.objects.filter(anchor="").select_related("page")
    return entries.order_by("-published_at", "-page_id")


def latest_texts(person: Any) -> list[IndexEntry]:
    """A few that were published last, of whatever kind; what is worked at within a course is left out."""
    return _latest() if person.is_authenticated else _latest_public()


@Kept
def _latest() -> QuerySet[IndexEntry]:
    return _entries().exclude(kind=Kind.PACKAGE)[:LATEST]


@Kept
def _latest_public() -> QuerySet[IndexEntry]:
    return _entries().filter(public=True).exclude(kind=Kind.PACKAGE)[:LATEST]


LATEST = 5  # texts told of as new


def page_at(path: str) -> Any:
    """The published page at this path below the library, as its own class; None when there is none."""
    slug = path.rstrip("/").rsplit("/", 1)[-1]
    # By the slug as well, because only the slug has an index.
    found = Page.objects.live().filter(slug=slug, url_path=f"{LIBRARY_URL_PATH}{path}").first()
    return found.specific if found else None


def may_read(page: Any, person: Any) -> bool:
    """Whether the published page may be shown to the person."""
    if isinstance(page, AnnouncementPage):
        visible = announcements_visible_to(person, today=timezone.localdate())
        return visible.filter(pk=page.pk).exists()
    return bool(page.live) and (person.is_authenticated or bool(getattr(page, "is_public", False)))


def pages_by_id(ids: Iterable[int], person: Any) -> dict[int, Any]:
    """The published pages among these that the person may read, as their own classes."""
    pages = list(Page.objects.live().filter(pk__in=list(ids)).specific())
    announced = [page.pk for page in pages if isinstance(page, AnnouncementPage)]
    visible: set[int] = set()
    if announced:
        shown = announcements_visible_to(person, today=timezone.localdate())
        visible = set(shown.filter(pk__in=announced).values_list("pk", flat=True))
    return {
        page.pk: page
        for page in pages
        if (page.pk in visible if isinstance(page, AnnouncementPage) else may_read(page, person))
    }


def pages_gathered(body: Any, person: Any) -> dict[int, Any]:
    """What the lists of a body gather and the person may read, by id: asked for all lists together."""
    ids = {
        page.pk
        for block in body
        if block.block_type == "pages"
        for page in block.value
        if page is not None
    }
    return pages_by_id(ids, person) if ids else {}


def questions_in_lesson(page_id: int, person: Any) -> set[str]:
    """The codes of the bank's questions that a published lesson puts to this person."""
    page = pages_by_id([page_id], person).get(page_id)
    if not isinstance(page, LessonPage):
        return set()
    return {block.value["question"] for block in page.body if block.block_type == "check"}


def live_page(page_id: int | None) -> Any:
    """A published page as its own class, None where there is none. Mostly one statement.

    Of what class a page is never changes, so it is asked once; an answer that fits no more (the
    page was deleted) is found out by the row not being there. Not scoped: the caller has been.
    """
    known = _CLASSES.get(page_id or 0)
    if known is not None:
        page = _published(known).first(page_id)
        if page is not None:
            return page
    found = Page.objects.live().filter(pk=page_id).first()
    if found is None:
        return None
    page = found.specific
    if len(_CLASSES) > 10_000:
        _CLASSES.clear()
    _CLASSES[page.pk] = type(page)
    return page


def _published(kind: type[Page]) -> Kept[Any]:
    if kind not in _PUBLISHED:
        _PUBLISHED[kind] = Kept(lambda pk: kind.objects.live().filter(pk=pk))
    return _PUBLISHED[kind]


_CLASSES: dict[int, type[Page]] = {}
_PUBLISHED: dict[type[Page], Kept[Any]] = {}


def page_kind(page: Any) -> str:
    """The kind of a library page, "" for a page that is none."""
    return str(getattr(page, "kind", ""))


def lecture_media(page_id: int) -> tuple[int, str] | None:
    """Length in seconds and kind ("video" or "audio") of a lecture; None for another page."""
    media = MediaFile.objects.filter(lectures=page_id).first()
    return None if media is None else (media.length_seconds, str(media.kind))


def reading_seconds(page_id: int) -> int:
    """How long attentive reading of the page takes, bounded by its length; 0 for an unknown page.

    For a lecture: its own length.
    """
    entry = IndexEntry.objects.filter(page_id=page_id, anchor="").values_list(
        "length_seconds", flat=True
    )
    return next(iter(entry), 0)


def seconds_to_read(characters: int) -> int:
    """Whole seconds of attentive reading, at least ten and at most three hours."""
    seconds = math.ceil(characters * 60 / CHARACTERS_A_MINUTE)
    return min(max(seconds, 10), _LONGEST_READING_SECONDS) if characters else 0


def media_visible_to(person: Any) -> QuerySet[MediaFile]:
    """Files of published lectures for whoever is signed in; all of them for the editors."""
    if not person.is_authenticated:
        return MediaFile.objects.none()
    if may_see_drafts(person):
        return MediaFile.objects.order_by("pk")
    return MediaFile.objects.filter(lectures__live=True).distinct().order_by("pk")


def lectures_visible_to(person: Any) -> QuerySet[MicroLecturePage]:
    """Published lectures for whoever is signed in; all of them for the editors."""
    lectures: QuerySet[MicroLecturePage] = MicroLecturePage.objects.order_by("pk")
    if not person.is_authenticated:
        return lectures.none()
    return lectures if may_see_drafts(person) else lectures.filter(live=True)
