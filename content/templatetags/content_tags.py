"""Showing a page's body, here and inside a course."""

from datetime import date
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from wagtail import hooks

from content import queries
from content.captions import clock
from content.enums import Kind
from content.kept import Kept
from content.models import AnnouncementPage, PolicyTextPage

register = template.Library()
register.filter(clock)


def _policy(context: Any, page: PolicyTextPage) -> queries.PolicyBody:
    request = context["request"]
    asked = request.GET.get("edition", "")
    ordinal = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else None
    return queries.policy_body(page, request.user, ordinal, on=_day(request.GET.get("on", "")))


def _day(asked: str) -> date | None:
    try:
        return date.fromisoformat(asked) if len(asked) == len("2026-01-01") else None
    except ValueError:
        return None


@register.simple_tag(takes_context=True)
def policy_body(context: Any, page: PolicyTextPage) -> queries.PolicyBody:
    """What the page of a policy text shows: ``{% policy_body page as body %}``."""
    return _policy(context, page)


@register.simple_tag(takes_context=True)
def book_body(context: Any, page: PolicyTextPage) -> queries.BookBody:
    """What the page of a book shows: ``{% book_body page as body %}``."""
    request = context["request"]
    return queries.book_body(page, request.user, request.GET.get("part", "")[:60])


@register.simple_tag(takes_context=True)
def page_body(context: Any, page: Any, *, standalone: bool = False, body: Any = None) -> SafeString:
    """The body of a library page, whatever its kind. Without ``standalone`` it brings no h1."""
    kind = queries.page_kind(page)
    if not kind:
        return SafeString("")
    own: dict[str, Any] = {"page": page, "standalone": standalone, "user": context.get("user")}
    if kind == Kind.POLICY:
        return _policy_text(context, page, own, body)
    if kind == Kind.BOOK:
        own["copy_icon"] = render_to_string("partials/icon.html", {"name": "copy"})
        own["body"] = body if body is not None else book_body(context, page)
    if kind == Kind.PACKAGE:
        own["player"] = body or queries.player(page.package_id, context["request"].user.name)
    if kind == Kind.LESSON:
        own["cited_articles"] = queries.cited_articles(page.body)
        own["drawn_questions"] = _drawn_questions(context, page)
    if kind == Kind.TOPIC:
        own["gathered"] = queries.pages_gathered(page.body, context["request"].user)
    rendered = render_to_string(f"content/body/{kind}.html", own, request=context["request"])
    return SafeString(rendered)


def _drawn_questions(context: Any, page: Any) -> dict[str, SafeString]:
    """The bank's questions that stand in a lesson, as who keeps the bank draws them."""
    codes = [block.value["question"] for block in page.body if block.block_type == "check"]
    found: dict[str, SafeString] = {}
    for draw in hooks.get_hooks("draw_lesson_questions") if codes else ():
        found |= draw(context["request"], page.pk, list(dict.fromkeys(filter(None, codes))))
    return found


# A wording never changes; of what is drawn with it only citations and the page's head may.
_WORDINGS = Kept(64)


def _policy_text(
    context: Any, page: PolicyTextPage, own: dict[str, Any], body: queries.PolicyBody | None
) -> SafeString:
    request = context["request"]
    if body is None and {"edition", "on"} & request.GET.keys():
        body = _policy(context, page)
    if body is None:
        edition_id, citations = page.edition_id, queries.citations_shown(page, request.user)
    else:
        edition_id = body.edition.pk if body.edition else None
        citations = body.cited_by

    def draw() -> str:
        # The icon is rendered once and not for each article.
        own["copy_icon"] = render_to_string("partials/icon.html", {"name": "copy"})
        own["body"] = body if body is not None else _policy(context, page)
        return render_to_string("content/body/policy.html", own, request=request)

    key = (
        page.translation_key,
        edition_id,
        tuple(getattr(page, name) for name in _HEAD),
        own["standalone"],
        get_language(),
        frozenset((each.anchor, each.pk, each.label, each.url) for each in citations),
    )
    return SafeString(_WORDINGS.get(key, draw))


# What content/body/policy.html shows of the page itself.
_HEAD = (
    "title", "banner", "issuer", "number", "passed_on", "issued_on", "effective_on", "notice_title",
)  # fmt: skip


@register.filter
def minutes(seconds: int) -> int:
    """Whole minutes, at least one."""
    return max(1, round(seconds / 60))


@register.simple_tag(takes_context=True)
def cited(context: Any, value: Any) -> queries.ArticleFacts | None:
    """The present wording of the article a block cites, or None when it lapsed."""
    text, anchor = value["text"], value["anchor"]
    if text is None:
        return None
    together = context.get("cited_articles")
    if together is not None:
        return together.get((text.pk, anchor))
    return queries.article(text.pk, anchor)


@register.simple_tag
def played(lecture: Any) -> Any:
    """The published lecture a block of a lesson plays, or None when it was withdrawn."""
    return queries.live_page(lecture.pk) if lecture is not None else None


@register.simple_tag(takes_context=True)
def pages_of(context: Any, pages: Any) -> list[tuple[Any, str]]:
    """The pages of a list that the reader may read, in the list's order, each with its address."""
    request = context["request"]
    found = context.get("gathered")
    if found is None:
        found = queries.pages_gathered(context["page"].body, request.user)
    # With the request Wagtail looks the site up once, not for every page.
    return [
        (found[page.pk], found[page.pk].get_url(request))
        for page in pages
        if page is not None and page.pk in found
    ]


@register.simple_tag(takes_context=True)
def more_for_members(context: Any, pages: Any, shown: list[tuple[Any, str]]) -> int:
    """How many published pages of a list a visitor is not shown; 0 for whoever is signed in."""
    if context["request"].user.is_authenticated:
        return 0
    known = {page.pk for page, _address in shown}
    return len({page.pk for page in pages if page is not None and page.live} - known)


@register.simple_tag
def addressed(page: AnnouncementPage) -> list[str]:
    """The names of the units an announcement is for."""
    return queries.units_addressed(page)
