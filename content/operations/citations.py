"""Citations of articles, flagged when the article changes."""

from datetime import datetime
from typing import Any

from django.db import transaction

from content.models import (
    Citation,
    LessonPage,
    PolicyTextPage,
)
from people.operations import audit


class NoSuchText(Exception):
    """There is no such policy text."""


def cite(
    *,
    source: str,
    text_id: int,
    anchor: str,
    label: str,
    url: str,
    owner_id: int | None,
    now: datetime,
) -> Citation:
    """Record that something relies on an article. Citing again renews label, address and owner.

    A flag stays until ``reviewed``. Raises NoSuchText.
    """
    if not PolicyTextPage.objects.filter(pk=text_id).exists():
        raise NoSuchText(text_id)
    citation, _created = Citation.objects.update_or_create(
        source=source,
        text_id=text_id,
        anchor=anchor,
        defaults={"label": label[:200], "url": url[:300], "owner_id": owner_id},
        create_defaults={
            "label": label[:200],
            "url": url[:300],
            "owner_id": owner_id,
            "cited_at": now,
        },
    )
    return citation


def uncite(source: str) -> int:
    """Forget everything the source cites; return how many citations there were."""
    return Citation.objects.filter(source=source).delete()[0]


def reviewed(citation_id: int, *, by: Any, now: datetime) -> None:
    """Take the flag off: the owner looked, and what cites the article still holds."""
    with transaction.atomic():
        done = Citation.objects.filter(pk=citation_id).exclude(flagged_at=None)
        if done.update(flagged_at=None, flagged_because=""):
            audit(by, "content.citation.reviewed", f"content.citation:{citation_id}", now=now)


def _post_lesson_citations(page: LessonPage, now: datetime) -> None:
    source = f"content.page:{page.pk}"
    cited = {
        (block.value["text"].pk, block.value["anchor"])
        for block in page.body
        if block.block_type == "citation" and block.value["text"] is not None
    }
    for old in Citation.objects.filter(source=source):
        if (old.text_id, old.anchor) not in cited:
            old.delete()
    for text_id, anchor in sorted(cited):
        cite(
            source=source,
            text_id=text_id,
            anchor=anchor,
            label=page.title,
            url=page.get_url() or "",
            owner_id=page.owner_id,
            now=now,
        )
