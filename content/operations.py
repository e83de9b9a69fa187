"""Writes of the library: import, publish, cite, index. One verb each, told the time."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from itertools import count
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.text import slugify
from pypinyin import lazy_pinyin
from wagtail.models import Collection, Locale, Page, Site, TaskState, UploadedFile

from content import importing
from content.articles import Node, ParsedPolicy, PublicationMark, parse
from content.enums import FlagReason, Kind, Mark
from content.models import (
    Article,
    Citation,
    Edition,
    IndexEntry,
    LessonPage,
    LibraryPage,
    MediaFile,
    MicroLecturePage,
    PolicyTextPage,
    TopicPage,
)
from content.queries import seconds_to_read
from content.sanitise import plain_text
from content.signals import article_changed
from content.words import fold, squeeze
from people.operations import audit

LIBRARY_SLUG = "library"
_UPLOADS_KEPT = timedelta(days=1)
# What an editor may correct in the preview before the text is stored.
EDITABLE = (
    "title", "notice_title", "issuer", "banner", "number", "serial", "mark",
    "passed_on", "issued_on", "effective_on",
)  # fmt: skip


class NoSuchParent(Exception):
    """There is no page of this slug to put the text under."""


class NoSuchText(Exception):
    """There is no such policy text."""


class NotReadyToPublish(Exception):
    """The page has nothing that could be published."""


class ChangedMeanwhile(Exception):
    """What waits for review is no longer what the reviewer looked at."""


class NoReason(Exception):
    """A page is not returned without saying what is to be changed."""


# --- importing a policy text ------------------------------------------------------------------------


@dataclass(frozen=True)
class Imported:
    """What an import did. ``created`` is False when this very file was imported before."""

    page: PolicyTextPage
    edition: Edition
    parsed: ParsedPolicy
    created: bool
    changed: list[str] = field(default_factory=list)
    lapsed: list[str] = field(default_factory=list)


def digest(data: bytes) -> str:
    """SHA-256 of a source file, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def read_policy(data: bytes) -> ParsedPolicy:
    """Decode and parse a policy text. Raises a subclass of importing.ImportRefused."""
    parsed = parse(importing.read_text(data))
    if not parsed.numbered:
        raise importing.NoArticles
    return parsed


def import_policy(
    data: bytes,
    *,
    source_name: str = "",
    parent_slug: str = LIBRARY_SLUG,
    edition_of: int | None = None,
    by: Any = None,
    corrections: Mapping[str, Any] | None = None,
    submit: bool = True,
    now: datetime,
) -> Imported:
    """Store a policy text as a draft with its articles, and submit it to review when ``by`` is known.

    ``edition_of`` names the policy text of which this is a new wording; without it a new page is made,
    for numbers and titles are not unique. The same file a second time changes nothing. All or nothing.
    Raises importing.ImportRefused, NoSuchParent, NoSuchText.
    """
    parsed = read_policy(data)
    source_digest = digest(data)
    values = metadata(parsed, corrections)
    try:
        with transaction.atomic():
            known = Edition.objects.filter(source_digest=source_digest).first()
            if known is None:
                return _store(
                    parsed,
                    values,
                    source_digest,
                    source_name,
                    parent_slug,
                    edition_of,
                    by,
                    submit,
                    now,
                )
    except IntegrityError:
        # Another import of the same file was a moment faster.
        known = Edition.objects.filter(source_digest=source_digest).first()
        if known is None:
            raise
    page = PolicyTextPage.objects.get(pk=known.text_id)
    return Imported(page, known, parsed, created=False)


def _store(
    parsed: ParsedPolicy,
    values: dict[str, Any],
    source_digest: str,
    source_name: str,
    parent_slug: str,
    edition_of: int | None,
    by: Any,
    submit: bool,
    now: datetime,
) -> Imported:
    if edition_of is None:
        parent = _parent(parent_slug)
        page = PolicyTextPage(
            slug=_free_slug(parent, values["title"]), live=False, owner=by, **values
        )
        parent.add_child(instance=page)
        ordinal = 1
    else:
        stored = PolicyTextPage.objects.select_for_update().filter(pk=edition_of).first()
        if stored is None:
            raise NoSuchText(edition_of)
        page = stored.get_latest_revision_as_object()
        for name, value in values.items():
            setattr(page, name, value)
        ordinal = stored.editions.count() + 1
    edition = Edition.objects.create(
        text_id=page.pk,
        ordinal=ordinal,
        effective_from=values["effective_on"] or values["issued_on"],
        source_digest=source_digest,
        source_name=source_name[-200:],
        notice=list(parsed.notice),
        closing=list(parsed.closing),
        report=[
            {
                "kind": remark.kind.value,
                "reason": remark.reason.value,
                "line": remark.line,
                "before": remark.before,
                "after": remark.after,
            }
            for remark in parsed.report
        ],
        imported_by=by,
        imported_at=now,
    )
    Article.objects.bulk_create(
        _article(edition, node, order) for order, node in enumerate(parsed.nodes)
    )
    changed, lapsed = _differences(page.edition_id, parsed.nodes)
    page.edition = edition
    revision = page.save_revision(user=by, clean=False)
    audit(
        by,
        "content.policy.import",
        f"content.page:{page.pk}",
        {"edition": ordinal, "digest": source_digest, "articles": len(parsed.nodes)},
        now=now,
    )
    if by is not None and submit:
        _submit(revision.as_object(), by)
    return Imported(page, edition, parsed, created=True, changed=changed, lapsed=lapsed)


def imported_before(data: bytes) -> Edition | None:
    """The edition that was made of this very file, if there is one."""
    return Edition.objects.filter(source_digest=digest(data)).first()


def metadata(parsed: ParsedPolicy, corrections: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The page's fields as the parser read them, with the editor's corrections laid over."""
    mark = Mark.PUBLIC if parsed.mark is PublicationMark.PUBLIC else Mark.INTERNAL
    values: dict[str, Any] = {
        "title": parsed.title or parsed.numbered[0].heading or parsed.numbered[0].label,
        "notice_title": parsed.notice_title,
        "issuer": parsed.issuer,
        "banner": parsed.banner,
        "number": parsed.number,
        "serial": parsed.serial,
        "mark": mark,
        "passed_on": parsed.passed_on,
        "issued_on": parsed.issued_on,
        "effective_on": parsed.effective_on,
    }
    values |= {name: value for name, value in (corrections or {}).items() if name in EDITABLE}
    limits = {
        "title": 255,
        "notice_title": 300,
        "issuer": 120,
        "banner": 120,
        "number": 60,
        "serial": 12,
    }
    for name, limit in limits.items():
        values[name] = str(values[name])[:limit]
    return values


def _article(edition: Edition, node: Node, order: int) -> Article:
    return Article(
        edition=edition,
        anchor=node.anchor,
        kind=node.kind.value,
        label=node.label[:30],
        heading=node.heading[:300],
        text=node.text,
        parent_anchor=node.parent,
        order=order,
    )


def _parent(slug: str) -> Page:
    library = ensure_library()
    if slug == library.slug:
        return library
    parent = library.get_descendants().filter(slug=slug).first()
    if parent is None or PolicyTextPage not in parent.specific_class.allowed_subpage_models():
        raise NoSuchParent(slug)
    return parent.specific


def _free_slug(parent: Page, title: str) -> str:
    """An address that can be read aloud: the pinyin of the title, with a number when it is taken."""
    base = slugify("-".join(lazy_pinyin(title[:24])))[:60].strip("-") or "text"
    taken = set(parent.get_children().filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for n in count(1) if (slug := base if n == 1 else f"{base}-{n}") not in taken)


# --- review and publication -------------------------------------------------------------------------


def _submit(page: Any, by: Any) -> None:
    workflow = page.get_workflow()
    if workflow is not None:
        if page.workflow_in_progress:
            page.current_workflow_state.cancel(user=by)
        workflow.start(page, by)


def submit_for_review(page_id: int, *, by: Any) -> None:
    """Hand the latest draft to a second person."""
    page = Page.objects.get(pk=page_id).specific
    if page.latest_revision is None:
        page.save_revision(user=by, clean=False)
        page.refresh_from_db()
    _submit(page.get_latest_revision_as_object(), by)


def approve(page_id: int, *, by: Any, comment: str = "", seen: int | None = None) -> None:
    """Approve the task the page waits on; the last approval publishes.

    ``seen`` is the revision that was looked at. Raises content.models.SelfApproval for whoever wrote or
    submitted it, PermissionDenied for who is no reviewer, NotReadyToPublish when the page waits for no
    approval, ChangedMeanwhile when another revision waits than the one seen.
    """
    with transaction.atomic():
        state = _waiting_task(page_id, by, seen)
        state.task.specific.on_action(state, by, "approve", comment=comment)


def return_for_changes(page_id: int, *, by: Any, reason: str, seen: int | None = None) -> None:
    """Give the page back to who submitted it, with what is to be changed.

    Raises NoReason for an empty reason, and what ``approve`` raises.
    """
    if not reason.strip():
        raise NoReason(page_id)
    with transaction.atomic():
        state = _waiting_task(page_id, by, seen)
        state.task.specific.on_action(state, by, "reject", comment=reason.strip())


def _waiting_task(page_id: int, by: Any, seen: int | None) -> Any:
    """The task the page waits on, when the person may decide it."""
    page = Page.objects.get(pk=page_id).specific
    current = page.current_workflow_task_state
    if current is None or current.status != TaskState.STATUS_IN_PROGRESS:
        raise NotReadyToPublish(page_id)
    # Two reviewers at once: the second waits here and then finds it decided.
    state = TaskState.objects.select_for_update().get(pk=current.pk).specific
    if state.status != TaskState.STATUS_IN_PROGRESS:
        raise NotReadyToPublish(page_id)
    if seen is not None and state.revision_id != seen:
        raise ChangedMeanwhile(page_id)
    # That it is not one's own work is the task's own guard, which Wagtail's editor passes too.
    if not state.task.specific.user_can_access_editor(page, by):
        raise PermissionDenied
    return state


def publish_without_review(page_id: int, *, now: datetime) -> None:
    """Publish the latest draft outside the review: for the command line and demo data only."""
    page = Page.objects.get(pk=page_id).specific
    revision = page.get_latest_revision() or page.save_revision(clean=False)
    revision.publish()
    audit(None, "content.page.publish", f"content.page:{page_id}", {"review": False}, now=now)


def page_was_published(page: Any, *, now: datetime) -> None:
    """What follows from a publication: the edition holds, citations are posted, the index is written.

    Safe to repeat; ``sweep`` repeats it for pages whose publication was cut short.
    """
    with transaction.atomic():
        if isinstance(page, PolicyTextPage):
            _let_edition_hold(page, now)
        if isinstance(page, LessonPage):
            _post_lesson_citations(page, now)
        index_page(page)


def _let_edition_hold(page: PolicyTextPage, now: datetime) -> None:
    edition = Edition.objects.select_for_update().filter(pk=page.edition_id).first()
    if edition is None:
        return
    first_time = Edition.objects.filter(pk=edition.pk, published_at=None).update(published_at=now)
    if not first_time:
        return
    before = (
        Edition.objects.filter(text_id=page.pk, ordinal__lt=edition.ordinal)
        .exclude(published_at=None)
        .order_by("-ordinal")
        .first()
    )
    if before is None:
        return
    nodes = edition.articles.order_by("order")
    changed, lapsed = _differences(before.pk, nodes)
    citations = Citation.objects.filter(text_id=page.pk)
    for anchors, reason in ((changed, FlagReason.CHANGED), (lapsed, FlagReason.LAPSED)):
        citations.filter(anchor__in=anchors).update(flagged_at=now, flagged_because=reason)
    if changed or lapsed:
        transaction.on_commit(
            lambda: article_changed.send(
                sender=PolicyTextPage, text_id=page.pk, anchors=[*changed, *lapsed]
            )
        )


def _differences(
    edition_id: int | None, nodes: Iterable[Node | Article]
) -> tuple[list[str], list[str]]:
    """Anchors whose wording changed, and anchors that are no more, against an earlier edition."""
    if edition_id is None:
        return [], []
    old = {a.anchor: a for a in Article.objects.filter(edition=edition_id).order_by("order")}
    new = {node.anchor: node for node in nodes}
    changed = [
        anchor
        for anchor, article in old.items()
        if anchor in new
        and (squeeze(article.heading), squeeze(article.text))
        != (squeeze(new[anchor].heading[:300]), squeeze(new[anchor].text))
    ]
    return changed, [anchor for anchor in old if anchor not in new]


# --- citations ------------------------------------------------------------------------------------------


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


# --- the index ------------------------------------------------------------------------------------------


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


# --- the root -------------------------------------------------------------------------------------------


def ensure_library() -> LibraryPage:
    """Return the library's root; where it is missing, plant it with its groups and its review.

    A migration does the same in every database; this is for one that was emptied since.
    """
    library: LibraryPage | None = LibraryPage.objects.first()
    if library is None:
        with transaction.atomic():
            if not Page.objects.filter(depth=1).exists():
                Locale.objects.get_or_create(language_code=settings.LANGUAGE_CODE)
                Page.add_root(instance=Page(title="Root", slug="root"))
            if not Site.objects.exists():
                root = Page.objects.get(depth=1)
                Site.objects.create(hostname="localhost", root_page=root, is_default_site=True)
            if not Collection.objects.exists():
                Collection.add_root(name="Root")
            import_module(_PLANTING).plant(apps, None)
        Site.clear_site_root_paths_cache()
        planted: LibraryPage = LibraryPage.objects.get()
        return planted
    return library


_PLANTING = "content.migrations.0002_plant_the_library_its_groups_and_its_review"


# --- pages made by code ------------------------------------------------------------------------------------


def add_media(file: "File[bytes]", *, title: str, length_seconds: int, by: Any = None) -> MediaFile:
    """Store a lecture file. Raises django's ValidationError for what is no video or audio file."""
    media = MediaFile(title=title, length_seconds=length_seconds, uploaded_by=by)
    media.file = file
    media.full_clean()
    media.save()
    return media


_MODELS: dict[str, type[Page]] = {
    Kind.LECTURE: MicroLecturePage,
    Kind.LESSON: LessonPage,
    Kind.TOPIC: TopicPage,
}


def create_page(
    kind: str, *, title: str, by: Any = None, parent_slug: str = LIBRARY_SLUG, **fields: Any
) -> Any:
    """Make a draft of a lecture, lesson or topic; ``fields`` are the model's. Raises NoSuchParent.

    ``body`` and ``chapters`` take a list of ``(block type, value)``.
    """
    model = _MODELS[kind]
    library = ensure_library()
    parent: Any = library
    if parent_slug != library.slug:
        found = library.get_descendants().filter(slug=parent_slug).first()
        if found is None or model not in found.specific_class.allowed_subpage_models():
            raise NoSuchParent(parent_slug)
        parent = found.specific
    with transaction.atomic():
        page = model(title=title, slug=_free_slug(parent, title), live=False, owner=by, **fields)
        parent.add_child(instance=page)
        page.save_revision(user=by, clean=False)
    return page


# --- what a kill may leave ------------------------------------------------------------------------------------


def sweep(now: datetime) -> int:
    """Finish publications that were cut short; return how many there were."""
    unfinished = 0
    indexed = IndexEntry.objects.filter(anchor="").values("page_id")
    for model in (PolicyTextPage, MicroLecturePage, LessonPage, TopicPage):
        left = Q(pk__in=model.objects.live().exclude(pk__in=indexed).values("pk"))
        if model is PolicyTextPage:
            left |= Q(edition__published_at=None) & ~Q(edition=None)
        for page in model.objects.live().filter(left).order_by("pk"):
            page_was_published(page, now=now)
            unfinished += 1
    IndexEntry.objects.filter(page__live=False).delete()
    _forget_uploads(now - _UPLOADS_KEPT)
    return unfinished


def _forget_uploads(before: datetime) -> None:
    """Delete uploads for import that nobody confirmed."""
    content_type = ContentType.objects.get_for_model(PolicyTextPage)
    for upload in UploadedFile.objects.filter(for_content_type=content_type):
        storage, name = upload.file.storage, upload.file.name
        if not storage.exists(name) or storage.get_modified_time(name) < before:
            storage.delete(name)
            upload.delete()
