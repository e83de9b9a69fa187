"""The search index."""

from typing import Any

from django.db import transaction

from content.models import (
    Article,
    IndexEntry,
    LessonPage,
    MicroLecturePage,
    PolicyTextPage,
    TopicPage,
)
from content.queries import seconds_to_read
from content.sanitise import plain_text
from content.words import fold


def index_page(page: Any) -> None:
    """Write the page's rows of the index anew; a page that is not published has none."""
    with transaction.atomic():
        IndexEntry.objects.filter(page_id=page.pk).delete()
        if page.live:
            IndexEntry.objects.bulk_create(_entries(page))


def unindex_page(page_id: int) -> None:
    """Take a page out of lists and search."""
    IndexEntry.objects.filter(page_id=page_id).delete()


def rebuild_index() -> int:
    """Write the whole index anew; return the number of pages in it."""
    pages = 0
    with transaction.atomic():
        IndexEntry.objects.all().delete()
        for model in (PolicyTextPage, MicroLecturePage, LessonPage, TopicPage):
            for page in model.objects.live().order_by("pk"):
                index_page(page)
                pages += 1
    return pages


def _entries(page: Any) -> list[IndexEntry]:
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
    else:
        text = " ".join([page.summary, stream_text(page.body)]).strip()
        seconds = seconds_to_read(len(text))
    common = {
        "page_id": page.pk,
        "kind": page.kind,
        "theme": page.theme,
        "public": page.is_public,
        "dated_on": dated_on,
        "published_at": page.first_published_at,
    }
    extra = " ".join([page.notice_title, page.number, page.issuer]) if articles else ""
    rows = [
        IndexEntry(
            **common,
            anchor="",
            title=page.title,
            text=text,
            title_words=fold(f"{page.title} {extra}" if articles else page.title),
            words=fold(f"{text} {extra}"),
            note=note[:200],
            length_seconds=seconds,
        )
    ]
    for article in articles:
        title = f"{article.number}{article.heading}"
        rows.append(
            IndexEntry(
                **common,
                anchor=article.anchor,
                title=title[:300],
                text=article.text or article.heading,
                title_words=fold(article.heading),
                words=fold(f"{article.heading} {article.text}"),
                note=page.title[:200],
            )
        )
    return rows


def stream_text(body: Any) -> str:
    """The words of a stream of blocks, for the index and for the time it takes to read them."""
    words = []
    for block in body:
        if hasattr(block.value, "items"):
            values = [value for name, value in block.value.items() if name != "anchor"]
        else:
            values = [block.value]
        for value in values:
            if isinstance(value, str):
                words.append(value)
            elif hasattr(value, "source"):
                words.append(plain_text(value.source))
    return " ".join(word for word in words if word)
