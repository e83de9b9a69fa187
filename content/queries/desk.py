"""The editor's desk and the review page."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.compare import diff_text
from wagtail.models import Page, Revision, TaskState, WorkflowState

from content.models import (
    Article,
    Citation,
    Edition,
    LessonPage,
    MicroLecturePage,
    PackagePage,
    PolicyTextPage,
    TopicPage,
)
from content.permissions import may_see_drafts
from content.words import squeeze

_REVIEW_AHEAD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A page that waits for somebody, and since when."""

    page: Any
    since: datetime | None
    by: str = ""
    due_on: date | None = None
    # The task it waits on, when it waits for a reviewer.
    task_id: int | None = None
    reason: str = ""
    # When it appears by itself: approved, with a time that is still to come.
    appears_at: datetime | None = None

    @property
    def url(self) -> str:
        """Where one acts on it: its review, or the editor."""
        if self.task_id is not None:
            return reverse("content:review", args=[self.task_id])
        return reverse("wagtailadmin_pages:edit", args=[self.page.pk])

    @property
    def edit_url(self) -> str:
        """The same, by the name the home pages know."""
        return self.url


@dataclass(frozen=True, slots=True)
class Desk:
    """What waits on an editor's or reviewer's desk."""

    to_review: list[Waiting]
    in_review: list[Waiting]
    returned: list[Waiting]
    drafts: list[Waiting]
    flagged: list[Citation]
    due: list[Waiting]
    scheduled: list[Waiting] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many things wait for this person to act."""
        return sum(len(g) for g in (self.to_review, self.returned, self.flagged, self.due))


def editor_desk(person: Any, *, today: date | None = None) -> Desk:
    """What waits for the person, oldest first. Who neither edits nor reviews sees his flagged citations.

    ``today`` is the local day from which pages due for review are looked ahead.
    """
    today = today or timezone.localdate()
    if not may_see_drafts(person):
        return Desk([], [], [], [], _with_places(person), [])
    states = list(
        WorkflowState.objects.filter(
            status__in=(WorkflowState.STATUS_IN_PROGRESS, WorkflowState.STATUS_NEEDS_CHANGES)
        )
        .select_related(
            "requested_by", "current_task_state__revision", "current_task_state__finished_by"
        )
        .order_by("created_at")
    )
    ids = {int(state.object_id) for state in states}
    pages = Page.objects.in_bulk(ids)
    groups = set(person.groups.values_list("name", flat=True))
    reviews = "content_reviewer" in groups or person.is_superuser
    to_review, in_review, returned = [], [], []
    for state in states:
        page = pages.get(int(state.object_id))
        if page is None:
            continue
        by = state.requested_by.name if state.requested_by else ""
        task = state.current_task_state
        waiting = Waiting(page, state.created_at, by, task_id=task.pk if task else None)
        wrote = {state.requested_by_id, task.revision.user_id if task else None}
        if state.status == WorkflowState.STATUS_NEEDS_CHANGES:
            if person.pk in (state.requested_by_id, page.owner_id):
                who = task.finished_by.name if task and task.finished_by else ""
                since = task.finished_at if task else None
                returned.append(Waiting(page, since, who, reason=task.comment if task else ""))
        elif reviews and person.pk not in wrote:
            to_review.append(waiting)
        elif person.pk in wrote:
            in_review.append(waiting)
    times = dict(
        Revision.objects.page_revisions()
        .exclude(approved_go_live_at=None)
        .values_list("object_id", "approved_go_live_at")
    )
    approved = Page.objects.in_bulk([int(pk) for pk in times])
    scheduled = [Waiting(page, None, appears_at=times[str(page.pk)]) for page in approved.values()]
    scheduled.sort(key=lambda waiting: (waiting.appears_at, waiting.page.pk))
    mine = Revision.objects.page_revisions().filter(user=person).values("object_id")
    drafts = [
        Waiting(page, page.latest_revision_created_at)
        for page in Page.objects.filter(has_unpublished_changes=True)
        .filter(
            Q(owner=person) | Q(pk__in=[int(pk) for pk in mine.values_list("object_id", flat=True)])
        )
        .exclude(pk__in=ids | approved.keys())
        .order_by("latest_revision_created_at")[:20]
    ]
    due = []
    for model in (PolicyTextPage, MicroLecturePage, LessonPage, PackagePage, TopicPage):
        for page in model.objects.live().filter(review_by_on__lte=today + _REVIEW_AHEAD):
            due.append(Waiting(page, None, due_on=page.review_by_on))
    due.sort(key=lambda waiting: (waiting.due_on or date.max, waiting.page.pk))
    return Desk(to_review, in_review, returned, drafts, _with_places(person), due, scheduled)


@dataclass(frozen=True, slots=True)
class ArticleChange:
    """An article that a new edition words anew, adds or drops. ``html`` marks what differs."""

    number: str
    kind: str
    html: str


@dataclass(frozen=True, slots=True)
class PageReview:
    """A page that was handed to a reviewer, as it was submitted."""

    task: Any
    page: Any
    live: Any
    submitted_by: str
    submitted_at: datetime
    written_by: str
    may_decide: bool
    is_author: bool

    def appears_later(self, now: datetime) -> bool:
        """Whether approval does not publish at once, because a later moment was set."""
        return bool(self.page.go_live_at and self.page.go_live_at > now)

    @property
    def is_open(self) -> bool:
        return bool(self.task.status == TaskState.STATUS_IN_PROGRESS)

    @property
    def was_returned(self) -> bool:
        return bool(self.task.status == TaskState.STATUS_REJECTED)


def page_review(task_id: int, person: Any) -> PageReview | None:
    """What a reviewer decides on; None when there is no such task."""
    task = (
        TaskState.objects.select_related(
            "revision__user",
            "revision__content_type",
            "workflow_state__requested_by",
            "finished_by",
            "task",
        )
        .filter(pk=task_id, revision__isnull=False)
        .first()
    )
    stored = Page.objects.filter(pk=int(task.revision.object_id)).first() if task else None
    if task is None or stored is None:
        return None
    page = task.revision.as_object()
    requested, wrote = task.workflow_state.requested_by, task.revision.user
    decides = task.task.specific
    may_decide = bool(
        task.status == TaskState.STATUS_IN_PROGRESS
        and hasattr(decides, "may_decide")
        and decides.may_decide(task, person)
    )
    return PageReview(
        task=task,
        page=page,
        live=stored.specific if stored.live else None,
        submitted_by=requested.name if requested else "",
        submitted_at=task.started_at,
        written_by=wrote.name if wrote else "",
        may_decide=may_decide,
        is_author=person.pk in {requested and requested.pk, wrote and wrote.pk},
    )


def import_doubts(page: Any) -> list[dict[str, Any]]:
    """The import report of the page's edition, as it is stored; empty for what is no policy text."""
    if not getattr(page, "edition_id", None):
        return []
    found = Edition.objects.filter(pk=page.edition_id).values_list("report", flat=True).first()
    return list(found or [])


def edition_changes(old_id: int | None, new_id: int | None) -> list[ArticleChange]:
    """What a reader of the earlier edition would find worded anew, added or dropped. One query."""
    if old_id is None or new_id is None or old_id == new_id:
        return []
    old: dict[str, Article] = {}
    new: dict[str, Article] = {}
    for part in Article.objects.filter(edition__in=(old_id, new_id)).order_by("order"):
        (old if part.edition_id == old_id else new)[part.anchor] = part
    changes = []
    for anchor, part in new.items():
        after = _worded(part)
        if anchor not in old:
            changes.append(ArticleChange(part.number, "added", diff_text("", after).to_html()))
        elif squeeze(_worded(old[anchor])) != squeeze(after):
            html = diff_text(_worded(old[anchor]), after).to_html()
            changes.append(ArticleChange(part.number, "changed", html))
    for anchor, part in old.items():
        if anchor not in new:
            html = diff_text(_worded(part), "").to_html()
            changes.append(ArticleChange(part.number, "dropped", html))
    return changes


def _worded(part: Article) -> str:
    return "\n".join(words for words in (part.heading, part.text) if words)


def _with_places(person: Any) -> list[Citation]:
    """Flagged citations with the number of the article they cite, as last printed."""
    citations = list(flagged_citations(person))
    labels = {
        (text_id, anchor): label
        for text_id, anchor, label in Article.objects.filter(
            edition__text__in={c.text_id for c in citations},
            anchor__in={c.anchor for c in citations},
        )
        .order_by("edition__ordinal")
        .values_list("edition__text_id", "anchor", "label")
    }
    for citation in citations:
        citation.place = labels.get((citation.text_id, citation.anchor), citation.anchor)
    return citations


def flagged_sources(prefix: str) -> set[str]:
    """Names of the citations posted under a prefix that wait for their owner to look at them."""
    flagged = Citation.objects.filter(source__startswith=prefix).exclude(flagged_at=None)
    return set(flagged.values_list("source", flat=True))


def flagged_citations(person: Any) -> QuerySet[Citation]:
    """Citations of the person's whose article changed or lapsed; editors also see those without owner."""
    mine = Q(owner=person.pk)
    if may_see_drafts(person):
        mine |= Q(owner=None)
    return (
        Citation.objects.filter(mine)
        .exclude(flagged_at=None)
        .select_related("text")
        .order_by("flagged_at", "id")
    )
