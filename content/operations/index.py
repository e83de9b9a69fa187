"""The search index."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from content import fulltext
from content.enums import ArticleKind
from content.models import (
    Article,
    IndexEntry,
    LessonPage,
    MicroLecturePage,
    PackagePage,
    PolicyTextPage,
    TopicPage,
)
from content.queries import seconds_to_read
from content.sanitise import plain_text
from content.words import fold


@dataclass(frozen=True, slots=True)
class Indexed:
    """A row to be, with what is searched in it: ``heading`` counts as its title."""

    entry: IndexEntry
    heading: str
    body: str


def index_page(page: Any, *, today: date) -> None:
    """Write the page's rows of the index as of a day; a page that is not published has none."""
    with transaction.atomic():
        unindex_page(page.pk)
        if page.live:
            store(_entries(page, today))


def store(rows: Iterable[Indexed]) -> None:
    """Write rows of the index, and what the full-text index knows of them."""
    rows = list(rows)
    for row in rows:
        row.entry.title_words, row.entry.words = fold(row.heading), fold(row.body)
    IndexEntry.objects.bulk_create([row.entry for row in rows], batch_size=500)
    fulltext.write((row.entry.pk, row.heading, row.body) for row in rows)


def unindex_page(page_id: int) -> None:
    """Take a page out of lists and search."""
    rows = IndexEntry.objects.filter(page_id=page_id)
    with transaction.atomic():
        fulltext.forget(list(rows.values_list("pk", flat=True)))
        rows.delete()


def rebuild_index(*, today: date) -> int:
    """Write the whole index as of a day; return the number of pages in it."""
    pages = 0
    with transaction.atomic():
        IndexEntry.objects.all().delete()
        fulltext.clear()
        for model in (PolicyTextPage, MicroLecturePage, LessonPage, PackagePage, TopicPage):
            for page in model.objects.live().order_by("pk"):
                index_page(page, today=today)
                pages += 1
    return pages


def _entries(page: Any, today: date) -> list[Indexed]:
    articles: list[Article] = []
    note, dated_on, seconds = "", None, 0
    if isinstance(page, PolicyTextPage):
        articles = list(Article.objects.filter(edition=page.edition_id).order_by("order"))
        text = page.summary
        note, dated_on = page.number or page.issuer, page.issued_on
        whole = sum(len(a.heading) + len(a.text) for a in articles)
        seconds = seconds_to_read(whole)
    elif isinstance(page, MicroLecturePage):
        text = " ".join([page.summary, page.speaker, *(cue.text for cue in page.cues)])
        note, dated_on = page.speaker, page.recorded_on
        seconds = page.media.length_seconds
    elif isinstance(page, PackagePage):
        text = " ".join([page.summary, *(part.title for part in page.package.outline)]).strip()
        seconds = page.minutes * 60
    else:
        text = " ".join([page.summary, stream_text(page.body)]).strip()
        seconds = seconds_to_read(len(text))
    common = {
        "page_id": page.pk,
        "kind": page.kind,
        "theme": page.theme,
        "training_group": page.training_group,
        "resource_kind": page.resource_kind,
        "public": page.is_public,
        "dated_on": dated_on,
        "published_at": page.first_published_at,
    }
    extra = ""
    if isinstance(page, PolicyTextPage):
        extra = " ".join([page.notice_title, page.number, page.issuer])
        common |= {"issuer": page.issuer, "status": page.status_on(today)}
    entry = IndexEntry(
        **common, anchor="", title=page.title, text=text, note=note[:200], length_seconds=seconds
    )
    rows = [Indexed(entry, f"{page.title} {extra}", f"{text} {extra}")]
    for article, below in _with_clauses(articles):
        entry = IndexEntry(
            **common,
            anchor=article.anchor,
            title=f"{article.number}{article.heading}"[:300],
            text=below or article.heading,
            note=page.title[:200],
        )
        # 第八条 is what people ask for; a bare （一） or 1. would be found everywhere.
        number = article.number if article.number.startswith("第") else ""
        heading = f"{number} {article.heading}".strip()
        rows.append(Indexed(entry, heading, f"{heading}\n{below}"))
    return rows


_CLAUSES = (ArticleKind.PARAGRAPH, ArticleKind.ITEM, ArticleKind.NUMBER, ArticleKind.SUBNUMBER)


def _with_clauses(articles: list[Article]) -> list[tuple[Article, str]]:
    """The parts that are found by themselves, each with its text and that of the clauses below it.

    A 款 or 项 is found in its article, a point in its item: what one sentence begins and the next
    ends is one place.
    """
    host: dict[str, Article] = {}
    texts: dict[str, list[str]] = {}
    for article in articles:
        above = host.get(article.parent_anchor)
        if article.kind in _CLAUSES and above is not None and above.kind in _HOSTS:
            host[article.anchor] = above
            parts = [article.number, article.heading, article.text]
            texts[above.anchor].append(" ".join(part for part in parts if part))
        else:
            host[article.anchor] = article
            texts[article.anchor] = [article.text] if article.text else []
    return [(a, "\n".join(texts[a.anchor])) for a in articles if a.anchor in texts]


_HOSTS = (ArticleKind.ARTICLE, ArticleKind.ITEM, ArticleKind.NUMBER)


def stream_text(body: Any) -> str:
    """The words of a stream of blocks, for the index and for the time it takes to read them."""
    words = []
    for block in body:
        if block.block_type == "check":  # a code of the bank, no words
            continue
        if block.block_type == "table":
            values = [block.value["caption"], _rows_in_words(block.value["rows"])]
        elif hasattr(block.value, "items"):
            values = [value for name, value in block.value.items() if name != "anchor"]
        else:
            values = [block.value]
        for value in values:
            if isinstance(value, str):
                words.append(value)
            elif hasattr(value, "source"):
                words.append(plain_text(value.source))
    return " ".join(word for word in words if word)


def _rows_in_words(rows: str) -> str:
    """A table as one would read it out, for nobody is to find the bars between its cells."""
    lines = [[cell.strip() for cell in row.split("|")] for row in rows.splitlines()]
    read = ["，".join(cell for cell in cells if cell) for cells in lines]
    return "；".join(row for row in read if row)
