"""Policy texts: body, articles, editions, citations."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.apps import apps
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from content.comparing import Change, Row, Wording, compare
from content.enums import ArticleKind, Mark, Status
from content.models import (
    Article,
    Citation,
    Edition,
    PolicyTextPage,
    TextNaming,
)
from content.permissions import may_see_drafts
from content.queries.articles import citation_of
from people.enums import Role
from people.queries import has_role
from people.statements import Kept


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
    asked_on: date | None = None
    held_on: Edition | None = None
    related: "Related | None" = None
    status: Status = Status.IN_FORCE  # today's, whatever day's wording is read
    head: PolicyTextPage | None = None  # issuer, number and dates as that wording was issued

    @property
    def is_earlier(self) -> bool:
        """Whether it is not the present wording, of which the page's own dates speak."""
        return self.edition is not None and self.edition.pk != self.page.edition_id

    @property
    def in_force_from(self) -> date | None:
        """The day from which the wording shown holds, an earlier one from its own day."""
        if self.edition is not None and self.is_earlier:
            return self.edition.effective_from
        return self.page.effective_on


@dataclass(frozen=True, slots=True)
class Related:
    """Texts that stand beside one: what it replaces and puts into effect, and what does so to it."""

    replaces: list[PolicyTextPage]
    replaced_by: list[PolicyTextPage]
    implements: list[PolicyTextPage]
    implemented_by: list[PolicyTextPage]
    names: list[PolicyTextPage]
    named_by: list[PolicyTextPage]

    def __bool__(self) -> bool:
        return any(
            (
                self.replaces,
                self.replaced_by,
                self.implements,
                self.implemented_by,
                self.names,
                self.named_by,
            )
        )


HEADINGS = {ArticleKind.BOOK, ArticleKind.CHAPTER, ArticleKind.SECTION, ArticleKind.HEADING}

_IN_OUTLINE = HEADINGS | {ArticleKind.ARTICLE, ArticleKind.ITEM, ArticleKind.APPENDIX}

# Who cites an article may be shown to every reader when it is itself something to read.
# That a question cites it would give the question away.
SHOWN_SOURCES = ("content.", "courses.")


def policy_body(
    page: PolicyTextPage, person: Any, ordinal: int | None = None, *, on: date | None = None
) -> PolicyBody:
    """The present wording, or with ``ordinal`` an earlier published one, with its citations.

    ``on`` asks for the wording that held on a day; on a day before the first, and after a repeal, there is none and
    ``held_on`` is None.

    Three queries, however many articles, one more for an earlier wording. Editors and reviewers see every
    citation, readers those by lessons and courses.
    """
    editions = _published_editions(page)
    by_ordinal = {edition.ordinal: edition for edition in editions}
    present = next((e for e in editions if e.pk == page.edition_id), None)
    edition = by_ordinal.get(ordinal, present) if ordinal else present
    held_on = None
    if on is not None:
        held_on = _held_on(page, editions, on)
        edition = held_on or edition
    articles = list(edition.articles.order_by("order")) if edition else []
    cited: dict[str, list[Citation]] = defaultdict(list)
    for citation in citations_shown(page, person):
        cited[citation.anchor].append(citation)
    shown, levels = [], {"": 0}
    head = _head_of(page, edition)
    names = {article.anchor: article for article in articles}
    for article in articles:
        level = levels.get(article.parent_anchor, 0) + 1
        levels[article.anchor] = level
        shown.append(
            ShownArticle(article, level, citation_of(head, article, names), cited[article.anchor])
        )
    outline = [
        s
        for s in shown
        if s.article.kind in _IN_OUTLINE and (s.is_heading or not _is_clause(s.article, names))
    ]
    gone = _as_last_printed(page, cited.keys() - names.keys())
    everyone = []
    for anchor, group in cited.items():
        for citation in group:
            here = names.get(anchor)
            citation.place = here.number if here else gone.get(anchor, anchor)
            citation.lapsed = here is None
            everyone.append(citation)
    related = _related(page, person)
    status = page.status_on(timezone.localdate())
    return PolicyBody(
        page, edition, editions, shown, outline, everyone, on, held_on, related, status, head
    )


def _head_of(page: PolicyTextPage, edition: Edition | None) -> PolicyTextPage:
    """The page as it was while this wording was its present one: an amendment has a number of its own."""
    if edition is None or edition.pk == page.edition_id:
        return page
    then = page.revisions.filter(content__edition=edition.pk).order_by("-pk").first()
    return then.as_object() if then is not None else page


def _published_editions(page: PolicyTextPage) -> list[Edition]:
    return list(
        Edition.objects.filter(Q(text=page) & (~Q(published_at=None) | Q(pk=page.edition_id)))
        .defer("report")
        .order_by("ordinal")
    )


def _held_on(page: PolicyTextPage, editions: Sequence[Edition], on: date) -> Edition | None:
    """The wording in force on the day. An edition without a day holds from the beginning."""
    if page.repealed_on is not None and on >= page.repealed_on:
        return None
    held = [e for e in editions if e.effective_from is None or e.effective_from <= on]
    return max(held, key=lambda e: (e.effective_from or date.min, e.ordinal), default=None)


def _related(page: PolicyTextPage, person: Any) -> Related:
    """One query: the other texts that name this one or are named by it, as far as the person may read them."""
    others = PolicyTextPage.objects.live().exclude(pk=page.pk).order_by("title")
    if not person.is_authenticated:
        others = others.filter(mark=Mark.PUBLIC)
    named = TextNaming.objects.filter(text=page.pk).values("named")
    others = others.annotate(is_named=Exists(named.filter(named=OuterRef("pk")))).filter(
        Q(pk__in=[pk for pk in (page.replaces_id, page.implements_id) if pk])
        | Q(is_named=True)
        | Q(replaces=page)
        | Q(implements=page)
        | Q(pk__in=TextNaming.objects.filter(named=page.pk).values("text"))
    )
    related = Related([], [], [], [], [], [])
    for other in others:
        known = True
        if other.pk == page.replaces_id:
            related.replaces.append(other)
        elif other.replaces_id == page.pk:
            related.replaced_by.append(other)
        elif other.pk == page.implements_id:
            related.implements.append(other)
        elif other.implements_id == page.pk:
            related.implemented_by.append(other)
        else:
            known = False
        if not known:
            (related.names if other.is_named else related.named_by).append(other)
    return related


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two editions of a text side by side."""

    page: PolicyTextPage
    editions: list[Edition]
    old: Edition
    new: Edition
    rows: list[Row]

    def count(self, change: str) -> int:
        return sum(row.change == change for row in self.rows)

    @property
    def changed(self) -> int:
        return self.count(Change.CHANGED)

    @property
    def added(self) -> int:
        return self.count(Change.ADDED)

    @property
    def dropped(self) -> int:
        return self.count(Change.DROPPED)


def comparison(
    page: PolicyTextPage, old: int | None = None, new: int | None = None
) -> Comparison | None:
    """Two published editions article by article, by default the last two; None when there is but one.

    Two queries.
    """
    editions = _published_editions(page)
    if len(editions) < 2:
        return None
    by_ordinal = {edition.ordinal: edition for edition in editions}
    later = by_ordinal.get(new or 0) or editions[-1]
    before = [e for e in editions if e.ordinal != later.ordinal]
    earlier = by_ordinal.get(old or 0)
    if earlier is None or earlier.ordinal == later.ordinal:
        earlier = max(
            (e for e in before if e.ordinal < later.ordinal),
            key=lambda e: e.ordinal,
            default=before[0],
        )
    wordings: dict[int, list[Wording]] = {earlier.pk: [], later.pk: []}
    for part in Article.objects.filter(edition__in=wordings).order_by("order"):
        text = "\n".join(words for words in (part.heading, part.text) if words)
        wordings[part.edition_id].append(Wording(part.anchor, part.number, text))
    rows = compare(wordings[earlier.pk], wordings[later.pk])
    return Comparison(page, editions, earlier, later, rows)


def citations_shown(page: PolicyTextPage, person: Any) -> list[Citation]:
    """Who cites the text, as far as the person is shown it. One statement."""
    # Readers are the many and the bank's questions are most of what cites, so these are not fetched for them.
    if not may_see_drafts(person):
        return _citations_for_readers(page.pk)
    out = _citations_of(page.pk)
    if not has_role(person, Role.QUESTION_SETTER, Role.QUESTION_REVIEWER):
        for citation in out:
            if citation.source.startswith("exams."):
                # An editor is told which questions cite it; the bank is not open to him.
                citation.url = ""
    return out


@Kept
def _citations_of(text_id: int) -> QuerySet[Citation]:
    return Citation.objects.filter(text_id=text_id).order_by("label", "id")


@Kept
def _citations_for_readers(text_id: int) -> QuerySet[Citation]:
    shown = Q(*(("source__startswith", source) for source in SHOWN_SOURCES), _connector=Q.OR)
    return Citation.objects.filter(shown, text_id=text_id).order_by("label", "id")


def _is_clause(article: Article, names: dict[str, Article]) -> bool:
    """A 项 inside a 条: too fine for an outline."""
    parent = names.get(article.parent_anchor)
    return parent is not None and parent.kind not in HEADINGS


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


def text_called(title: str) -> str:
    """Name of the policy text, draft or published, that bears this title; "" when none does."""
    found = PolicyTextPage.objects.filter(title=title).order_by("pk").first() if title else None
    return f"{found.title} {found.number}".strip() if found else ""


def text_by_slug(slug: str) -> int | None:
    """The id of the policy text with this slug."""
    found: int | None = (
        PolicyTextPage.objects.filter(slug=slug).values_list("pk", flat=True).first()
    )
    return found


def _as_last_printed(page: PolicyTextPage, anchors: Collection[str]) -> dict[str, str]:
    """The numbers of articles that are not in the edition shown, as the last edition with them prints them."""
    if not anchors:
        return {}
    rows = Article.objects.filter(edition__text=page.pk, anchor__in=anchors)
    # Of editions that print an article differently the last one stays.
    return {row.anchor: row.number for row in rows.order_by("edition__ordinal")}


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
