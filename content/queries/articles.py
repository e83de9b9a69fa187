"""Articles as others show them: their present wording, and how one cites them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from content.enums import ArticleKind
from content.models import Article, PolicyTextPage, place_url
from content.models.index import library_address


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
        citation=citation_of(page, wanted, names),
        url=place_url(library_address(page), wanted.anchor, page.kind),
        edition=wanted.edition.ordinal,
    )


def articles_of(text_id: int) -> list[tuple[str, str]]:
    """Anchor and name of every part of the present wording, in order: for choosers."""
    articles = Article.objects.filter(edition__in=_present_editions(text_id)).order_by("order")
    return [(a.anchor, a.number or a.heading or a.text[:24]) for a in articles]


def _present_editions(text_id: int) -> Any:
    return PolicyTextPage.objects.live().filter(pk=text_id).values("edition_id")


def citation_of(page: PolicyTextPage, article: Article, names: Mapping[str, Article]) -> str:
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
