"""Review by a second person, and publication; pages made by code."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from importlib import import_module
from itertools import count
from typing import Any, BinaryIO, cast

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify
from pypinyin import lazy_pinyin
from wagtail.models import Collection, Locale, Page, Site, TaskState, UploadedFile

from content.articles import Node
from content.enums import FlagReason, Kind
from content.models import (
    Article,
    Citation,
    DocumentUse,
    Edition,
    IndexEntry,
    LessonPage,
    LibraryPage,
    MediaFile,
    MicroLecturePage,
    Package,
    PackagePage,
    PolicyTextPage,
    TextNaming,
    TopicPage,
    no_longer_hold,
)
from content.operations.citations import _post_lesson_citations
from content.operations.index import index_page, unindex_page
from content.package_manifest import examined
from content.signals import article_changed
from content.words import squeeze
from people.operations import audit

LIBRARY_SLUG = "library"

_UPLOADS_KEPT = timedelta(days=1)


class NoSuchParent(Exception):
    """There is no page of this slug to put the text under."""


class NotReadyToPublish(Exception):
    """The page has nothing that could be published."""


class ChangedMeanwhile(Exception):
    """What waits for review is no longer what the reviewer looked at."""


class NoReason(Exception):
    """A page is not returned without saying what is to be changed."""


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
    """Publish the latest draft outside the review, which the log says. No address leads here:
    with it tests and benchmarks fill a library."""
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
            _note_namings(page)
            _tell_lapse(page, now)
            _settle_replaced(page, now)
        if isinstance(page, LessonPage):
            _post_lesson_citations(page, now)
            note_documents(page)
        index_page(page, today=timezone.localdate(now))


def note_documents(page: Any) -> None:
    """Write down which documents a published page shows. Safe to repeat."""
    shown = {
        block.value["document"].pk
        for block in getattr(page, "body", [])
        if block.block_type == "document" and block.value["document"] is not None
    }
    DocumentUse.objects.filter(page=page.pk).exclude(document__in=shown).delete()
    rows = [DocumentUse(page_id=page.pk, document_id=pk) for pk in sorted(shown)]
    DocumentUse.objects.bulk_create(rows, ignore_conflicts=True)


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
        # Whoever cites the whole text cites each article of it.
        citations.filter(anchor="").update(flagged_at=now, flagged_because=FlagReason.CHANGED)
        article_changed.tell(PolicyTextPage, text_id=page.pk, anchors=[*changed, *lapsed])


def page_was_unpublished(page: Any, *, now: datetime) -> None:
    """It is found no more, and what it replaced holds again."""
    unindex_page(page.pk)
    if isinstance(page, PolicyTextPage):
        _settle_replaced(page, now)


def _settle_replaced(page: PolicyTextPage, now: datetime) -> None:
    older = PolicyTextPage.objects.live().filter(pk=page.replaces_id).first()
    if older is not None:
        _tell_lapse(older, now)
        index_page(older, today=timezone.localdate(now))


def _tell_lapse(page: PolicyTextPage, now: datetime) -> None:
    """Flag, once, whatever cites a text that holds no more; a text that holds again may lapse again."""
    edition = Edition.objects.filter(pk=page.edition_id)
    if page.status_on(timezone.localdate(now)).holds:
        edition.exclude(lapse_told_at=None).update(lapse_told_at=None)
        return
    if not edition.filter(lapse_told_at=None).update(lapse_told_at=now):
        return
    citations = Citation.objects.filter(text_id=page.pk)
    anchors = sorted(set(citations.values_list("anchor", flat=True)))
    citations.update(flagged_at=now, flagged_because=FlagReason.LAPSED)
    if anchors:
        article_changed.tell(PolicyTextPage, text_id=page.pk, anchors=anchors)


_TITLED = re.compile(r"《([^《》]{2,120}(?:《[^《》]{1,80}》[^《》]{0,40})?)》")


def _note_namings(page: PolicyTextPage) -> None:
    """Which texts this one names by title, and which published ones name it."""
    words = Article.objects.filter(edition=page.edition_id).values_list("text", flat=True)
    titles = {squeeze(found) for text in words for found in _TITLED.findall(text)}
    others = PolicyTextPage.objects.live().exclude(pk=page.pk)
    named = [pk for pk, title in others.values_list("pk", "title") if squeeze(title) in titles]
    TextNaming.objects.filter(text=page.pk).delete()
    rows = [TextNaming(text_id=page.pk, named_id=pk) for pk in named]
    naming = (
        others.filter(
            edition__in=Article.objects.filter(text__contains=f"《{page.title}》").values("edition")
        )
        .values_list("pk", flat=True)
        .distinct()
    )
    TextNaming.objects.filter(named=page.pk).delete()
    rows += [TextNaming(text_id=pk, named_id=page.pk) for pk in naming]
    TextNaming.objects.bulk_create(rows, ignore_conflicts=True)


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


def add_media(file: "File[bytes]", *, title: str, length_seconds: int, by: Any = None) -> MediaFile:
    """Store a lecture file. Raises django's ValidationError for what is no video or audio file."""
    media = MediaFile(title=title, length_seconds=length_seconds, uploaded_by=by)
    media.file = file
    media.full_clean()
    media.save()
    return media


def add_package(file: "File[bytes]", *, title: str = "", by: Any = None) -> Package:
    """Examine a package and store it. Raises PackageRefused, with nothing stored."""
    found = examined(cast(BinaryIO, file))
    package = Package(
        title=(title or found.title)[:200],
        kind=found.kind,
        parts=[part.plain() for part in found.parts],
        file_count=found.file_count,
        uploaded_by=by,
    )
    package.file = file
    package.save()
    return package


_MODELS: dict[str, type[Page]] = {
    Kind.LECTURE: MicroLecturePage,
    Kind.LESSON: LessonPage,
    Kind.PACKAGE: PackagePage,
    Kind.TOPIC: TopicPage,
}


def create_page(
    kind: str, *, title: str, by: Any = None, parent_slug: str = LIBRARY_SLUG, **fields: Any
) -> Any:
    """Make a draft of a lecture, lesson, package or topic; ``fields`` are the model's. Raises NoSuchParent.

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


def sweep(now: datetime) -> int:
    """Finish publications that were cut short, and tell of texts that lapsed or hold again since.

    Returns how many pages there were.
    """
    unfinished = 0
    indexed = IndexEntry.objects.filter(anchor="").values("page_id")
    for model in (PolicyTextPage, MicroLecturePage, LessonPage, PackagePage, TopicPage):
        left = Q(pk__in=model.objects.live().exclude(pk__in=indexed).values("pk"))
        if model is PolicyTextPage:
            left |= Q(edition__published_at=None) & ~Q(edition=None)
            lapsed, told = no_longer_hold(timezone.localdate(now)), ~Q(edition__lapse_told_at=None)
            left |= (lapsed & ~told | ~lapsed & told) & ~Q(edition=None)
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
