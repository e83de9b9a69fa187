"""Search."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from django.db.models import Q, QuerySet

from content import fulltext, ranking
from content.enums import Kind, Status
from content.models import IndexEntry, Synonyms
from content.models.index import parted
from content.queries.nearest import meant_by
from content.ranking import Asked, Place, Ranked, Tier
from content.words import (
    by_words,
    fold,
    part_asked_for,
    raw_terms,
    snippet,
    without_asking,
)

_READINGS_TO = 4


def _holds(status: str) -> bool:
    """What is no policy text has no status and is never repealed."""
    return not status or Status(status).holds


@dataclass(frozen=True, slots=True)
class Hit:
    """A page or an article that was found. ``pieces`` are words of it and whether to mark them."""

    entry: IndexEntry
    title: list[tuple[str, bool]]
    pieces: list[tuple[str, bool]]
    in_title: bool
    in_part: bool  # not everything that was asked for stands there

    @property
    def anchor(self) -> str:
        return self.entry.anchor

    @property
    def note(self) -> str:
        """What stands beside the title, unless it is the title."""
        return self.entry.note if self.entry.title else ""

    @property
    def no_longer_holds(self) -> bool:
        return not _holds(self.entry.status)


def search(
    person: Any,
    query: str,
    limit: int = 20,
    *,
    kind: str = "",
    theme: str = "",
    issuer: str = "",
    status: str = "",
    year: int | None = None,
) -> list[Hit]:
    """Pages and articles that hold every word of the query, titles first; then those that hold a part of it.

    A word and its synonyms are one, traditional and simplified characters, half and full width too. Six
    queries to the database at most, and thirteen where a title and the number of a part are typed.
    """
    narrowed = _narrowed(person, kind=kind, theme=theme, issuer=issuer, status=status, year=year)
    return _hits(places_for(query, narrowed, enough=limit)[:limit])


def _narrowed(person: Any, *, year: int | None = None, **equal: str) -> fulltext.Narrowed:
    return fulltext.Narrowed(not person.is_authenticated, equal, year)


# The words of the index are read to order the places, and of their pages only the address is shown.
_SHOWN = [
    field.name for field in IndexEntry._meta.concrete_fields if "words" not in field.name
] + ["page__url_path"]  # fmt: skip


def _hits(ranked: Sequence[Ranked]) -> list[Hit]:
    shown = IndexEntry.objects.select_related("page").only(*_SHOWN)
    entries = shown.in_bulk([found.pk for found in ranked])
    return [_hit(entries[found.pk], found) for found in ranked if found.pk in entries]


FEW = 2  # places; no more than these, and something else may have been meant


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to: the hits, and what else may have been meant.

    ``instead`` says that the hits are those of ``meant``, because nothing holds what was typed.
    """

    hits: list[Hit]
    meant: str = ""
    instead: bool = False


def search_forgiving(
    person: Any, query: str, limit: int = 20, *, exactly: bool = False, **filters: Any
) -> Found:
    """Like ``search``; where it finds next to nothing, also what was probably meant.

    With ``exactly``, or with the number of a part in the query, only what was typed is looked for: another
    number is another article. Twenty-five statements at most.
    """
    narrowed = _narrowed(person, **filters)
    ranked = places_for(query, narrowed, enough=limit)[:limit]
    near = [found.pk for found in ranked if found.tier is Tier.PART]
    whole = len(ranked) - len(near)
    if exactly or whole > FEW or part_asked_for(query):
        return Found(_hits(ranked))
    meant = meant_by(query, narrowed, near=near, found=whole)
    if meant is None:
        return Found(_hits(ranked))
    if not meant.sure:
        return Found(_hits(ranked), meant.query)
    # Only what is shown is read and cut to its words.
    instead = places_for(meant.query, narrowed, enough=limit)[:limit]
    return Found(_hits(instead), meant.query, instead=True)


def places_for(query: str, narrowed: fulltext.Narrowed, *, enough: int = 20) -> list[Ranked]:
    """The index entries that answer the query, best first."""
    named = _numbered_part(query, narrowed)
    readings = _readings(query)
    if not readings:
        return []
    asked = {token for reading in readings for token in reading.every_token}
    total, counted = fulltext.holding(asked)
    proposed = fulltext.with_every_token(readings, counted, narrowed)
    if len(proposed) < enough:
        rare = fulltext.with_rare_tokens(readings, counted, narrowed)
        proposed = list(dict.fromkeys([*proposed, *rare]))
    places = [
        Place(pk, not anchor, title, words, _holds(status))
        for pk, anchor, title, words, status in IndexEntry.objects.filter(
            pk__in=proposed
        ).values_list("pk", "anchor", "title_words", "words", "status")
    ]
    already = {found.pk for found in named}
    ranked = [f for f in ranking.rank(readings, places, counted, total) if f.pk not in already]
    if named and named[0].tier is Tier.PART:
        return [*ranked, *named]
    return [*named, *ranked]


def _numbered_part(query: str, narrowed: fulltext.Narrowed) -> list[Ranked]:
    """Where a title and a number are typed, 实施办法 第十五条: the parts of that number in texts of that title.

    Where they have none of that number, the texts themselves.
    """
    asked = part_asked_for(query)
    if asked is None:
        return []
    title, numbers = asked
    texts = [f for f in places_for(title, narrowed) if f.tier is Tier.TITLE_OF_PAGE]
    order = [found.pk for found in texts]
    pages = dict(IndexEntry.objects.filter(pk__in=order).values_list("page", "pk"))
    begun = Q(*[("title__startswith", number) for number in numbers], _connector=Q.OR)
    parts = IndexEntry.objects.filter(begun, page__in=pages).order_by("pk")
    ordered = sorted(parts.values_list("page", "pk"), key=lambda row: order.index(pages[row[0]]))
    if not ordered:
        return [replace(found, tier=Tier.PART) for found in texts]
    return [Ranked(pk, Tier.HEADING, 0.0, numbers) for _page, pk in ordered]


def _readings(query: str) -> list[Asked]:
    """The query as it stands, and with a word replaced by one of the same meaning."""
    typed = raw_terms(query)
    words = by_words(typed)
    plain = [term for term in map(without_asking, typed) if fold(term)]
    if not plain:
        return []
    readings = [plain]
    for group in _synonyms():
        here = [word for word in group if any(word in fold(term) for term in plain)]
        if not here:
            continue
        longest = max(here, key=len)
        for other in group:
            if other != longest and len(readings) < _READINGS_TO:
                readings.append([_replaced(term, longest, other) for term in plain])
    return [
        reading for terms in readings if (reading := Asked.of(terms, by_words=words)).every_token
    ]


def _replaced(term: str, word: str, other: str) -> str:
    folded = fold(term)
    return folded.replace(word, other) if word in folded else term


def _synonyms() -> list[list[str]]:
    return [
        list(_group(words))
        for words in Synonyms.objects.order_by("pk").values_list("words", flat=True)
    ]


@lru_cache(maxsize=2000)
def _group(words: str) -> tuple[str, ...]:
    return tuple(parted(words))


def _hit(entry: IndexEntry, found: Ranked) -> Hit:
    # What stands before the first number has no title of its own; a chapter's only text is its title.
    named = entry.title or entry.note
    return Hit(
        entry=entry,
        title=snippet(named, found.marks, around=200),
        pieces=[] if entry.text in entry.title else snippet(entry.text, found.marks),
        in_title=found.tier in (Tier.TITLE_OF_PAGE, Tier.HEADING),
        in_part=found.tier is Tier.PART,
    )


def issuers_and_years(person: Any) -> tuple[list[str], list[int]]:
    """Who issued the texts the person may read, and in which years, newest first: for filters."""
    entries: QuerySet[IndexEntry] = IndexEntry.objects.filter(anchor="", kind=Kind.POLICY)
    if not person.is_authenticated:
        entries = entries.filter(public=True)
    facts: Sequence[tuple[str, Any]] = list(entries.values_list("issuer", "dated_on"))
    issuers = sorted({issuer for issuer, _ in facts if issuer})
    return issuers, sorted({day.year for _, day in facts if day}, reverse=True)
