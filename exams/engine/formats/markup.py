"""HTML of other systems as the plain text this house keeps, and what is lost reported by name."""

from __future__ import annotations

import posixpath
import re
from html.parser import HTMLParser
from typing import Any, Final

from exams.engine.formats.base import Collector

_BLOCKS: Final = frozenset(
    [
        "p",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "table",
        "tr",
        "blockquote",
        "pre",
        "section",
        "article",
        "figure",
        "hr",
        "dl",
        "dt",
        "dd",
        "prompt",
        "simpleassociablechoice",
        "caption",
        "tbody",
        "thead",
    ]
)
_FORMATTING: Final = frozenset(["b", "strong", "i", "em", "u", "s", "strike", "del", "ins", "font", "mark", "small", "big", "h1", "h2", "h3", "h4", "h5", "h6", "table"])  # fmt: skip
_MEDIA: Final = frozenset(["audio", "video", "object", "iframe", "embed", "source"])
_SILENT: Final = frozenset(["script", "style", "head", "title", "noscript"])
_KNOWN_TAG: Final = re.compile(
    r"</?(?:p|br|div|span|b|strong|i|em|u|img|sub|sup|ul|ol|li|table|tr|td|th|a|h[1-6]|font|pre|code"
    r"|hr|blockquote|math|audio|video|script|style|iframe|object|center|tt|small|big|tbody|thead)\b[^<>]*>"
    r"|<!--",
    re.IGNORECASE,
)
_RAISED: Final = str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")
_LOWERED: Final = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")


def looks_like_html(text: str) -> bool:
    """Does the text hold a tag of HTML (``a < b`` and ``<书名>`` are none)?"""
    return _KNOWN_TAG.search(text) is not None


class _Plain(HTMLParser):
    def __init__(self, notes: Collector) -> None:
        super().__init__(convert_charrefs=True)
        self.notes, self.out = notes, [""]
        self.silent = 0
        self.raised: list[tuple[str, int]] = []
        self.links: list[tuple[str, int]] = []
        self.lists: list[list[Any]] = []
        self.pre = 0
        self.formula: list[tuple[str, list[str]]] = []  # the elements of MathML that stand open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self.formula or tag == "math":
            if len(self.formula) < 60:
                self.formula.append((tag, []))
            return
        if tag in _SILENT:
            self.silent += 1
        if tag == "br":
            self.out.append("\n")
        elif tag in _BLOCKS:
            self._break()
            if tag in ("ul", "ol"):
                self.lists.append([tag, 0])
            elif tag == "li" and self.lists:
                self.lists[-1][1] += 1
                self.out.append("• " if self.lists[-1][0] == "ul" else f"{self.lists[-1][1]}. ")
            self.pre += tag == "pre"
        elif tag in ("td", "th"):
            if self.out[-1] and not self.out[-1].endswith("\n"):
                self.out.append(" | ")
        elif tag in ("sub", "sup"):
            self.raised.append((tag, len(self.out)))
        elif tag == "a":
            self.links.append((given.get("href", ""), len(self.out)))
        elif tag == "img":
            self._image(given)
        elif tag in _MEDIA:
            name = given.get("src") or given.get("data") or tag
            if tag == "object" and given.get("type", "").startswith("image/"):
                self._image({"src": name})
                return
            self.notes.note("media", value=name.removeprefix("@@PLUGINFILE@@/"))
        if tag in _FORMATTING or "style" in given:
            self.notes.note("formatting")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self.formula:
            self.handle_endtag(tag)

    def _formula_ends(self, tag: str) -> None:
        """MathML on one line: x^{2}, x_{1}, (a)/(b), √(c)."""
        while self.formula:
            name, pieces = self.formula.pop()
            one, *more = pieces or [""]
            two, three = [*more, "", ""][:2]
            match name:
                case "msup" | "mover":
                    text = f"{one}^{two}" if len(two) == 1 else f"{one}^{{{two}}}"
                case "msub" | "munder":
                    text = f"{one}_{two}" if len(two) == 1 else f"{one}_{{{two}}}"
                case "msubsup" | "munderover":
                    text = f"{one}_{{{two}}}^{{{three}}}"
                case "mfrac":
                    a, b = (p if len(p) == 1 or p.isalnum() else f"({p})" for p in (one, two))
                    text = f"{a}/{b}"
                case "msqrt":
                    text = f"√({''.join(pieces)})"
                case "mroot":
                    text = f"({one})^(1/{two})"
                case "mfenced":
                    text = f"({','.join(pieces)})"
                case "annotation" | "annotation-xml":
                    text = ""
                case _:
                    text = "".join(pieces)
            if self.formula:
                if text:
                    self.formula[-1][1].append(text)
            else:
                self.out.append(text)
            if name == tag:
                return

    def _image(self, given: dict[str, str]) -> None:
        if formula := given.get("data-equation-content"):
            self.out.append(f"\\({formula}\\)")
            return
        source = given.get("src", "")
        name = "data:" if source.startswith("data:") else source.removeprefix("@@PLUGINFILE@@/")
        self.notes.note("image", value=name or given.get("alt", ""))
        # Without words the file tells one picture from another; two options may be nothing else.
        named = "" if name == "data:" else posixpath.basename(name)
        alt = given.get("alt", "").strip() or named
        self.out.append(f"〔图：{alt}〕" if alt else "〔图〕")

    def handle_endtag(self, tag: str) -> None:
        if self.formula:
            if any(name == tag for name, _pieces in self.formula):
                self._formula_ends(tag)
            return
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in _BLOCKS:
            self._break()
            if tag in ("ul", "ol") and self.lists:
                self.lists.pop()
            self.pre -= tag == "pre" and self.pre > 0
        elif tag in ("sub", "sup") and self.raised:
            kind, start = self.raised.pop()
            inner = "".join(self.out[start:])
            del self.out[start:]
            table = _RAISED if kind == "sup" else _LOWERED
            moved = inner.translate(table)
            sign = "^" if kind == "sup" else "_"
            whole = all(ord(char) in table for char in inner)
            self.out += ["", moved if whole else f"{sign}{{{inner}}}"]
        elif tag == "a" and self.links:
            address, start = self.links.pop()
            if address.startswith(("http://", "https://")) and address not in "".join(
                self.out[start:]
            ):
                self.out.append(f"（{address}）")

    def _break(self) -> None:
        if any(self.out) and not self.out[-1].endswith("\n"):
            self.out.append("\n")

    def handle_data(self, data: str) -> None:
        if self.formula:
            if data.strip():
                self.formula[-1][1].append(data.strip())
            return
        if not self.silent:
            self.out.append(data if self.pre else re.sub(r"[ \t\r\n\f]+", " ", data))


def plain_of_html(html: str, notes: Collector) -> str:
    """The text of a piece of HTML. Images, media and formatting are reported to ``notes``."""
    parser = _Plain(notes)
    parser.feed(html)
    parser.close()
    while parser.formula:
        parser.handle_endtag(parser.formula[-1][0])
    text = "".join(parser.out).replace("\xa0", " ")
    lines = [re.sub(r" {2,}", " ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
