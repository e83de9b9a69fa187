"""HTML from outside: one policy. bleach cleans what an importer brings, nh3 has the last word."""

import re

import bleach
import nh3
from bleach.sanitizer import Cleaner

TAGS = {
    "a", "b", "blockquote", "br", "caption", "cite", "code", "dd", "del", "div", "dl", "dt", "em",
    "figcaption", "figure", "h2", "h3", "h4", "h5", "hr", "i", "ins", "li", "ol", "p", "pre", "q",
    "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "u", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
    "blockquote": {"cite"},
    "q": {"cite"},
}
SCHEMES = {"http", "https", "mailto"}
# Their contents are no prose: they go with the tag.
_SILENT = {"script", "style", "iframe", "object", "embed", "template", "noscript", "svg", "math"}
_SILENT_PATTERN = re.compile(
    rf"<\s*({'|'.join(sorted(_SILENT))})\b[^>]*>.*?<\s*/\s*\1\s*>", re.IGNORECASE | re.DOTALL
)
_MAX_CHARACTERS = 5_000_000


class TooMuchHtml(ValueError):
    """More HTML than any document brings."""


def clean_html(html: str) -> str:
    """Return the prose of the HTML with nothing in it that could act. Raises TooMuchHtml.

    Idempotent: cleaning what was cleaned changes nothing.
    """
    if len(html) > _MAX_CHARACTERS:
        raise TooMuchHtml
    html = _SILENT_PATTERN.sub("", html.replace("\x00", ""))
    cleaner = Cleaner(
        tags=TAGS,
        attributes={tag: sorted(names) for tag, names in ATTRIBUTES.items()},
        protocols=SCHEMES,
        strip=True,
        strip_comments=True,
    )
    return last_word(cleaner.clean(html))


def last_word(html: str) -> str:
    """What nh3 lets through; everything stored passes here."""
    return nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags={"script", "style"},
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


def stored_prose(html: str) -> str:
    """Rich text as it is stored: the last word, with the links to pages that Wagtail keeps by id."""
    return nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags={"script", "style"},
        attributes=ATTRIBUTES | {"a": {"href", "title", "linktype", "id"}},
        url_schemes=SCHEMES,
        link_rel=None,
        strip_comments=True,
    )


def plain_text(html: str) -> str:
    """The words alone, for the index."""
    stripped = bleach.clean(html, tags=set(), strip=True)
    return re.sub(r"\s+", " ", nh3.clean(stripped, tags=set())).strip()
