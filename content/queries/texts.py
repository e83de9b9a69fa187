"""Policy texts: body, articles, editions, citations."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.apps import apps
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Length, Substr

from content.comparing import Change, Row, Wording, compare
from content.enums import ArticleKind, Mark
from content.models import (
    Article,
    Citation,
    Edition,
    PolicyTextPage,
    TextNaming,
    place_url,
)
from content.permissions import may_see_drafts
from content.queries.pages import seconds_to_read


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
    asked_on: date | None = None
    held_on: Edition | None = None
    related: "Related | None" = None

    @property
    def in_force_from(self) -> date | None:
        """The day from which the wording shown holds, an earlier one from its own day."""
        if self.edition is not None and self.edition.pk != self.page.edition_id:
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
_SHOWN_SOURCES = ("content.", "courses.")


def policy_body(
    page: PolicyTextPage, person: Any, ordinal: int | None = None, *, on: date | None = None
) -> PolicyBody:
    """The present wording, or with ``ordinal`` an earlier published one, with its citations.

    ``on`` asks for the wording that held on a day; on a day before the first, and after a repeal, there is none and
    ``held_on`` is None.

    Three queries, however many articles. Editors and reviewers see every citation, readers those by
    lessons and courses.
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
    related = _related(page, person)
    return PolicyBody(page, edition, editions, shown, outline, everyone, on, held_on, related)


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
    everything = may_see_drafts(person)
    return [
        citation
        for citation in Citation.objects.filter(text=page).order_by("label", "id")
        if everything or citation.source.startswith(_SHOWN_SOURCES)
    ]


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


_READ_AS_ONE = {
    ArticleKind.BOOK,
    ArticleKind.CHAPTER,
    ArticleKind.SECTION,
    ArticleKind.CASE,
    ArticleKind.APPENDIX,
    ArticleKind.FRONT,
    ArticleKind.TEXT,
}


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
        if everything or citation.source.startswith(_SHOWN_SOURCES):
            cited[citation.anchor].append(citation)
    levels = {chosen: 0}
    for pk in wanted:
        article = texts[pk]
        level = levels.get(article.parent_anchor, 0) + (article.anchor != chosen)
        levels[article.anchor] = level
        shown = ShownArticle(article, level, _citation(page, article, names), cited[article.anchor])
        body.articles.append(shown)
    return body


def _is_clause(article: Article, names: dict[str, Article]) -> bool:
    """A 项 inside a 条: too fine for an outline."""
    parent = names.get(article.parent_anchor)
    return parent is not None and parent.kind not in HEADINGS


def _citation(page: PolicyTextPage, article: Article, names: Mapping[str, Article]) -> str:
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
        elif at.label or at.kind in (ArticleKind.TEXT, ArticleKind.FRONT):
            path.append(at.label or f"“{at.heading}”" if at.label or at.heading else "")
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
        url=place_url(page.get_url() or "", wanted.anchor, page.kind),
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
