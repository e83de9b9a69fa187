"""Search."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from content.models import (
    IndexEntry,
)
from content.words import bigrams, fold, snippet, terms


@dataclass(frozen=True, slots=True)
class Hit:
    """A page or an article that was found. ``pieces`` are words of it and whether to mark them."""

    entry: IndexEntry
    title: list[tuple[str, bool]]
    pieces: list[tuple[str, bool]]
    in_title: bool

    @property
    def anchor(self) -> str:
        return self.entry.anchor


def search(
    person: Any, query: str, limit: int = 20, *, kind: str = "", theme: str = ""
) -> list[Hit]:
    """Pages and articles that hold every term of the query; titles first, then the newest.

    One query to the database. When no place holds the terms as they stand, places that hold all their
    two-character parts are offered.
    """
    wanted = terms(query)
    if not wanted:
        return []
    entries = _searchable(person, kind, theme)
    found = _ranked(entries, wanted)[:limit]
    hits = list(found)
    if not hits and any(len(term) > 2 for term in wanted):
        wanted = sorted({pair for term in wanted for pair in bigrams(term)})[:12]
        hits = list(_ranked(entries, wanted)[:limit])
    return [_hit(entry, wanted) for entry in hits]


def _searchable(person: Any, kind: str, theme: str) -> QuerySet[IndexEntry]:
    entries = IndexEntry.objects.select_related("page")
    if not person.is_authenticated:
        entries = entries.filter(public=True)
    if kind:
        entries = entries.filter(kind=kind)
    if theme:
        entries = entries.filter(theme=theme)
    return entries


def _ranked(entries: QuerySet[IndexEntry], wanted: Sequence[str]) -> QuerySet[IndexEntry]:
    holds, in_title = Q(), Q()
    for term in wanted:
        holds &= Q(title_words__contains=term) | Q(words__contains=term)
        in_title &= Q(title_words__contains=term)
    rank = Case(
        When(in_title & Q(anchor=""), then=Value(0)),
        When(in_title, then=Value(1)),
        When(anchor="", then=Value(3)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return (
        entries.filter(holds).annotate(rank=rank).order_by("rank", "-published_at", "page_id", "id")
    )


def _hit(entry: IndexEntry, wanted: list[str]) -> Hit:
    folded = fold(entry.title)
    return Hit(
        entry=entry,
        title=snippet(entry.title, wanted, around=200),
        pieces=snippet(entry.text, wanted),
        in_title=all(term in folded for term in wanted),
    )
