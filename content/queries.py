"""Reads of the library, scoped to who is asking."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.apps import apps
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.compare import diff_text
from wagtail.models import Page, Revision, TaskState, WorkflowState

from content.enums import ArticleKind, Kind, Mark
from content.models import (
    Article,
    Citation,
    Edition,
    IndexEntry,
    LessonPage,
    MediaFile,
    MicroLecturePage,
    PolicyTextPage,
    TopicPage,
)
from content.permissions import may_see_drafts
from content.words import bigrams, fold, snippet, squeeze, terms

# 400 characters a minute is slow, attentive reading of Chinese prose.
CHARACTERS_A_MINUTE = 400
_LONGEST_READING_SECONDS = 3 * 3600
LIBRARY_URL_PATH = "/site/library/"
_REVIEW_AHEAD = timedelta(days=30)


# --- the list and single pages --------------------------------------------------------------------


def entries_visible_to(person: Any) -> QuerySet[IndexEntry]:
    """Published pages: all for those signed in, the public ones for everybody. Newest first."""
    entries = IndexEntry.objects.filter(anchor="").select_related("page")
    if not person.is_authenticated:
        entries = entries.filter(public=True)
    return entries.order_by("-published_at", "-page_id")


def latest_texts(person: Any, limit: int = 5) -> list[IndexEntry]:
    """The policy texts published last."""
    return list(entries_visible_to(person).filter(kind=Kind.POLICY)[:limit])


def page_at(path: str) -> Any:
    """The published page at this path below the library, as its own class; None when there is none."""
    slug = path.rstrip("/").rsplit("/", 1)[-1]
    # By the slug as well, because only the slug has an index.
    found = Page.objects.live().filter(slug=slug, url_path=f"{LIBRARY_URL_PATH}{path}").first()
    return found.specific if found else None


def may_read(page: Any, person: Any) -> bool:
    """Whether the published page may be shown to the person."""
    return bool(page.live) and (person.is_authenticated or bool(getattr(page, "is_public", False)))


def pages_by_id(ids: Iterable[int], person: Any) -> dict[int, Any]:
    """The published pages among these that the person may read, as their own classes."""
    pages = Page.objects.live().filter(pk__in=list(ids)).specific()
    return {page.pk: page for page in pages if may_read(page, person)}


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


# --- policy texts -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ArticleFacts:
    """An article as others show it: its wording and how it is cited."""

    text_id: int
    text_title: str
    anchor: str
    label: str
    heading: str
    text: str
    citation: str
    url: str
    edition: int


@dataclass(slots=True)
class ShownArticle:
    """An article on its page: what it says, its place in the outline, who cites it."""

    article: Article
    level: int
    citation: str
    cited_by: list[Citation] = field(default_factory=list)

    @property
    def is_heading(self) -> bool:
        return self.article.kind in HEADINGS

    @property
    def is_counted(self) -> bool:
        """第一章, 第一条: a word follows such a number after a gap, as it does in print."""
        return self.article.label.startswith("第")


@dataclass(slots=True)
class PolicyBody:
    """Everything the page of a policy text shows, in a fixed number of queries."""

    page: PolicyTextPage
    edition: Edition | None
    editions: list[Edition]
    articles: list[ShownArticle]
    outline: list[ShownArticle]
    cited_by: list[Citation]


HEADINGS = {ArticleKind.BOOK, ArticleKind.CHAPTER, ArticleKind.SECTION, ArticleKind.HEADING}
_IN_OUTLINE = HEADINGS | {ArticleKind.ARTICLE, ArticleKind.ITEM, ArticleKind.APPENDIX}


# Who cites an article may be shown to every reader when it is itself something to read.
# That a question cites it would give the question away.
_SHOWN_SOURCES = ("content.", "courses.")


def policy_body(page: PolicyTextPage, person: Any, ordinal: int | None = None) -> PolicyBody:
    """The present wording, or with ``ordinal`` an earlier published one, with its citations.

    Three queries, however many articles. Editors and reviewers see every citation, readers those by
    lessons and courses.
    """
    editions = list(
        Edition.objects.filter(Q(text=page) & (~Q(published_at=None) | Q(pk=page.edition_id)))
        .defer("report")
        .order_by("ordinal")
    )
    by_ordinal = {edition.ordinal: edition for edition in editions}
    present = next((e for e in editions if e.pk == page.edition_id), None)
    edition = by_ordinal.get(ordinal, present) if ordinal else present
    articles = list(edition.articles.order_by("order")) if edition else []
    cited: dict[str, list[Citation]] = defaultdict(list)
    everything = may_see_drafts(person)
    for citation in Citation.objects.filter(text=page).order_by("label", "id"):
        if everything or citation.source.startswith(_SHOWN_SOURCES):
            cited[citation.anchor].append(citation)
    shown, levels = [], {"": 0}
    names = {article.anchor: article for article in articles}
    for article in articles:
        level = levels.get(article.parent_anchor, 0) + 1
        levels[article.anchor] = level
        shown.append(
            ShownArticle(article, level, _citation(page, article, names), cited[article.anchor])
        )
    outline = [
        s
        for s in shown
        if s.article.kind in _IN_OUTLINE and (s.is_heading or not _is_clause(s.article, names))
    ]
    everyone = []
    for anchor, group in cited.items():
        for citation in group:
            citation.place = names[anchor].number if anchor in names else anchor
            everyone.append(citation)
    return PolicyBody(page, edition, editions, shown, outline, everyone)


def _is_clause(article: Article, names: dict[str, Article]) -> bool:
    """A 项 inside a 条: too fine for an outline."""
    parent = names.get(article.parent_anchor)
    return parent is not None and parent.kind not in HEADINGS


def _citation(page: PolicyTextPage, article: Article, names: dict[str, Article]) -> str:
    """《Title》（number）第五条第二款第（一）项, as one writes it."""
    path: list[str] = []
    at: Article | None = article
    while at is not None and len(path) < 8:
        if at.kind == ArticleKind.PARAGRAPH:
            # A paragraph is counted, not numbered; drafting practice writes the count in words.
            path.append(f"第{_han(int(at.anchor.rsplit('-k', 1)[-1]))}款")
        elif at.kind == ArticleKind.ITEM:
            path.append(f"第{at.number}项")
        elif at.kind == ArticleKind.HEADING:
            path.append(f"第{at.label.rstrip('、')}部分")
        elif at.kind in (ArticleKind.NUMBER, ArticleKind.SUBNUMBER):
            path.append(f"第{at.label.rstrip('.．、')}点")
        elif at.kind == ArticleKind.ARTICLE:
            path.append(at.label)
            break
        elif at.label:
            path.append(at.label)
        if at.kind == ArticleKind.ITEM and at.anchor.startswith("i") and "-" not in at.anchor:
            break
        at = names.get(at.parent_anchor)
    number = f"（{page.number}）" if page.number else ""
    return f"《{page.title}》{number}{''.join(reversed(path))}"


def _han(number: int) -> str:
    digits = "〇一二三四五六七八九"
    if number < 10:
        return digits[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return f"{digits[tens] if tens > 1 else ''}十{digits[ones] if ones else ''}"
    return str(number)


def article(text_id: int, anchor: str) -> ArticleFacts | None:
    """The present, published wording of an article with all below it; None when there is none."""
    page = PolicyTextPage.objects.live().filter(pk=text_id).first()
    return _present_articles([page], [(text_id, anchor)]).get((text_id, anchor)) if page else None


def articles_by_anchor(
    places: Sequence[tuple[int, str]],
) -> dict[tuple[int, str], ArticleFacts]:
    """The present, published wording of many articles, by text id and anchor. Two queries.

    What is not there, or no more, is left out.
    """
    pages = PolicyTextPage.objects.live().filter(pk__in={text_id for text_id, _ in places})
    return _present_articles(list(pages), places)


def cited_articles(body: Any) -> dict[tuple[int, str], ArticleFacts]:
    """The present wording of every article a lesson's blocks cite, by text and anchor.

    Two queries, however many citations: the texts are fetched with the blocks.
    """
    blocks = [block.value for block in body if block.block_type == "citation"]
    texts = {value["text"].pk: value["text"] for value in blocks if value["text"] is not None}
    wanted = [(value["text"].pk, value["anchor"]) for value in blocks if value["text"] is not None]
    return _present_articles([text for text in texts.values() if text.live], wanted)


def _present_articles(
    pages: Sequence[PolicyTextPage], wanted: Sequence[tuple[int, str]]
) -> dict[tuple[int, str], ArticleFacts]:
    by_text: dict[int, list[Article]] = defaultdict(list)
    editions = [page.edition_id for page in pages if page.edition_id]
    if editions:
        found = (
            Article.objects.filter(edition__in=editions)
            .select_related("edition")
            .defer("edition__report", "edition__notice", "edition__closing")
        )
        for part in found.order_by("order"):
            by_text[part.edition.text_id].append(part)
    facts = {}
    for page in pages:
        names = {part.anchor: part for part in by_text[page.pk]}
        for text_id, anchor in wanted:
            if text_id == page.pk and anchor in names:
                facts[text_id, anchor] = _facts(page, names[anchor], names)
    return facts


def _facts(page: PolicyTextPage, wanted: Article, names: dict[str, Article]) -> ArticleFacts:
    inside, lines = {wanted.anchor}, [wanted.text] if wanted.text else []
    for other in names.values():
        if other.parent_anchor in inside:
            inside.add(other.anchor)
            parts = (other.number, other.heading, other.text)
            lines.append(" ".join(part for part in parts if part))
    return ArticleFacts(
        text_id=page.pk,
        text_title=page.title,
        anchor=wanted.anchor,
        label=wanted.number,
        heading=wanted.heading,
        text="\n".join(lines),
        citation=_citation(page, wanted, names),
        url=f"{page.get_url() or ''}#{wanted.anchor}",
        edition=wanted.edition.ordinal,
    )


def articles_of(text_id: int) -> list[tuple[str, str]]:
    """Anchor and name of every part of the present wording, in order: for choosers."""
    articles = Article.objects.filter(edition__in=_present_editions(text_id)).order_by("order")
    return [(a.anchor, f"{a.label}{a.heading or a.text[:24]}") for a in articles]


def _present_editions(text_id: int) -> Any:
    return PolicyTextPage.objects.live().filter(pk=text_id).values("edition_id")


def texts(person: Any) -> list[tuple[int, str, str]]:
    """Id, title and number of the published policy texts the person may read: for choosers."""
    pages = PolicyTextPage.objects.live()
    if not person.is_authenticated:
        pages = pages.filter(mark=Mark.PUBLIC)
    return list(pages.order_by("title").values_list("pk", "title", "number"))


def all_texts() -> list[tuple[int, str]]:
    """Id and name of every policy text, drafts too: for the editors' choosers."""
    texts = PolicyTextPage.objects.order_by("title").values_list("pk", "title", "number")
    return [(pk, f"{title} {number}".strip()) for pk, title, number in texts]


def text_by_slug(slug: str) -> int | None:
    """The id of the policy text with this slug."""
    found: int | None = (
        PolicyTextPage.objects.filter(slug=slug).values_list("pk", flat=True).first()
    )
    return found


def place_for(app_label: str, model_name: str) -> Any:
    """The first page of the tree under which a page of this model goes; None when there is none."""
    model: Any = apps.get_model(app_label, model_name)
    for parent in model.allowed_parent_page_models():
        found = parent.objects.live().order_by("path").first()
        if found is not None:
            return found
    return None


def citations_below(page: Any) -> int:
    """How many citations point at the page or at pages below it."""
    return Citation.objects.filter(text__path__startswith=page.path).count()


# --- media --------------------------------------------------------------------------------------------


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


# --- search -------------------------------------------------------------------------------------------


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


# --- the editor's desk --------------------------------------------------------------------------------


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
    mine = Revision.objects.page_revisions().filter(user=person).values("object_id")
    drafts = [
        Waiting(page, page.latest_revision_created_at)
        for page in Page.objects.filter(has_unpublished_changes=True)
        .filter(
            Q(owner=person) | Q(pk__in=[int(pk) for pk in mine.values_list("object_id", flat=True)])
        )
        .exclude(pk__in=ids)
        .order_by("latest_revision_created_at")[:20]
    ]
    due = []
    for model in (PolicyTextPage, MicroLecturePage, LessonPage, TopicPage):
        for page in model.objects.live().filter(review_by_on__lte=today + _REVIEW_AHEAD):
            due.append(Waiting(page, None, due_on=page.review_by_on))
    due.sort(key=lambda waiting: (waiting.due_on or date.max, waiting.page.pk))
    return Desk(to_review, in_review, returned, drafts, _with_places(person), due)


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
