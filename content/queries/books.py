"""Books: their contents, and one part at a time."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models.functions import Length, Substr

from content.enums import ArticleKind
from content.models import (
    Article,
    Citation,
    Edition,
    PolicyTextPage,
)
from content.permissions import may_see_drafts
from content.queries.articles import citation_of
from content.queries.pages import seconds_to_read
from content.queries.texts import SHOWN_SOURCES, ShownArticle

_READ_AS_ONE = {
    ArticleKind.BOOK,
    ArticleKind.CHAPTER,
    ArticleKind.SECTION,
    ArticleKind.CASE,
    ArticleKind.APPENDIX,
    ArticleKind.FRONT,
    ArticleKind.TEXT,
}


@dataclass(slots=True)
class BookPart:
    """A part of a book that is read as one page: a chapter's opening, a section, a case, a paper."""

    anchor: str
    kind: str
    number: str
    heading: str
    level: int
    opening: str  # the first words, where there is no heading
    seconds: int = 0
    above: str = ""  # the name of what it stands in

    @property
    def name(self) -> str:
        return self.heading or self.opening

    @property
    def is_counted(self) -> bool:
        return self.number.startswith("第")


@dataclass(slots=True)
class BookBody:
    """A book's contents and, when one is chosen, a part of it with what stands before and after."""

    page: PolicyTextPage
    edition: Edition | None
    parts: list[BookPart]
    part: BookPart | None = None
    articles: list[ShownArticle] = field(default_factory=list)
    before: BookPart | None = None
    after: BookPart | None = None


def book_body(page: PolicyTextPage, person: Any, anchor: str = "") -> BookBody:
    """The contents of a book and the part in which the anchor stands; without one the contents alone.

    Four queries, however large the book: the text of other parts is not fetched.
    """
    edition = Edition.objects.filter(pk=page.edition_id).defer("report").first()
    rows = list(
        Article.objects.filter(edition=page.edition_id)
        .order_by("order")
        .annotate(opening=Substr("text", 1, 24), characters=Length("text"))
        .defer("text")
    )
    part_of: dict[str, str] = {}
    parts: dict[str, BookPart] = {}
    characters: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.kind in _READ_AS_ONE or row.parent_anchor not in part_of:
            above = parts.get(part_of.get(row.parent_anchor, ""))
            level = above.level + 1 if above else 1
            opening = row.opening.split("\n")[0]
            parts[row.anchor] = BookPart(
                row.anchor,
                row.kind,
                row.number,
                row.heading,
                level,
                opening,
                above=f"{above.number}　{above.name}".strip("　") if above else "",
            )
            part_of[row.anchor] = row.anchor
        else:
            part_of[row.anchor] = part_of[row.parent_anchor]
        characters[part_of[row.anchor]] += row.characters
    for name, part in parts.items():
        part.seconds = seconds_to_read(characters[name])
    body = BookBody(page, edition, list(parts.values()))
    chosen = part_of.get(anchor)
    if chosen is None:
        return body
    order = list(parts)
    at = order.index(chosen)
    body.part = parts[chosen]
    body.before = parts[order[at - 1]] if at else None
    body.after = parts[order[at + 1]] if at + 1 < len(order) else None
    wanted = [row.pk for row in rows if part_of[row.anchor] == chosen]
    texts = Article.objects.in_bulk(wanted)
    names = {row.anchor: row for row in rows}
    cited: dict[str, list[Citation]] = defaultdict(list)
    everything = may_see_drafts(person)
    anchors = [texts[pk].anchor for pk in wanted]
    for citation in Citation.objects.filter(text=page, anchor__in=anchors).order_by("label", "id"):
        if everything or citation.source.startswith(SHOWN_SOURCES):
            cited[citation.anchor].append(citation)
    levels = {chosen: 0}
    for pk in wanted:
        article = texts[pk]
        level = levels.get(article.parent_anchor, 0) + (article.anchor != chosen)
        levels[article.anchor] = level
        shown = ShownArticle(
            article, level, citation_of(page, article, names), cited[article.anchor]
        )
        body.articles.append(shown)
    return body
