"""XML from outside: no entities, no network, no names beyond the local ones, bounded in depth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final
from xml.etree.ElementTree import (
    Element,
    ParseError,
    SubElement,
    indent,
    tostring,
)

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from lxml import etree

from exams.engine.formats.base import FILE, LARGEST, Collector, Place, Unreadable, decoded

DEEPEST: Final = 60
_INVALID: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

__all__ = ["Element", "SubElement", "clean", "document", "inner", "parse", "text_at"]


def parse(content: bytes, place: Place = FILE, out: Collector | None = None) -> Element:
    """The root of a document, names without namespaces. Raises Unreadable.

    A document type is let pass (old QTI files carry one), entities and everything external are not.
    With ``out`` a document that is whole but has a tag left open is mended, and that is noted.
    """
    if len(content) > LARGEST:
        raise Unreadable("too_large", place, limit=LARGEST // 2**20)
    try:
        root: Element = fromstring(_in_utf_8(content), forbid_dtd=False, forbid_entities=True)
    except DefusedXmlException as error:
        raise Unreadable("unsafe", place, reason=f"XML: {type(error).__name__}") from error
    except (ParseError, ValueError, LookupError) as error:
        mended = _mended(content) if out is not None and isinstance(error, ParseError) else None
        if mended is None:
            raise Unreadable("not_this_format", place, format="XML", reason=str(error)) from error
        root = mended
        if out is not None:
            out.note_file("mended", place, reason=str(error))
    level = [root]
    for _depth in range(DEEPEST):
        below: list[Element] = []
        for element in level:
            if isinstance(element.tag, str):
                element.tag = element.tag.rpartition("}")[2]
            for name in [name for name in element.attrib if name.startswith("{")]:
                element.attrib.setdefault(name.rpartition("}")[2], element.attrib.pop(name))
            below += list(element)
        if not below:
            return root
        level = below
    raise Unreadable("unsafe", place, reason=f"XML: more than {DEEPEST} levels")


def _in_utf_8(content: bytes) -> bytes:
    """The document as its parser can take it: of the Chinese encodings it knows none."""
    named = _ENCODING.match(content[:200])
    if named is None or named.group(1).lower() in (b"utf-8", b"utf-16", b"us-ascii", b"iso-8859-1"):
        return content
    text = _unencoded(content)
    return content if text is None else _DECLARATION.sub("", text).encode()


_ENCODING: Final = re.compile(rb"""\s*<\?xml[^>]*encoding\s*=\s*["']([\w.-]{1,40})""")
_DECLARATION: Final = re.compile(r"^\s*<\?xml.*?\?>", re.DOTALL)
_REFERENCE: Final = re.compile(r"&(#?\w{1,32};)?")
_AMPERSAND: Final = "\ufdd0"  # a non-character stands for & while tags are mended


def _mended(content: bytes) -> Element | None:
    """The root of a document with a tag left open, a bare & or a name of HTML (&nbsp;); None when its
    end is missing too.

    The mending parser drops every reference that follows an error, so they are hidden from it.
    """
    text = _unencoded(content)
    if text is None:
        return None
    text = _DECLARATION.sub("", text)
    opening = re.search(r"<([A-Za-z][\w:.-]*)", re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL))
    if opening is None or not text.rstrip().endswith(f"</{opening.group(1)}>"):
        return None
    pieces = re.split(r"(<!\[CDATA\[.*?\]\]>)", text, flags=re.DOTALL)
    pieces[::2] = [
        _REFERENCE.sub(lambda m: _AMPERSAND + (m.group(1) or ""), piece) for piece in pieces[::2]
    ]
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring("".join(pieces).encode(), parser)
        found: Element = fromstring(etree.tostring(root), forbid_dtd=True)
    except (etree.XMLSyntaxError, ParseError, ValueError, DefusedXmlException):
        return None
    for element in found.iter():
        element.text, element.tail = _shown(element.text), _shown(element.tail)
        for name, value in element.attrib.items():
            element.set(name, _shown(value) or "")
    return found


def _shown(text: str | None) -> str | None:
    """A text with its references told: &lt; and &nbsp; as they are meant, any other as written."""
    if not text or _AMPERSAND not in text:
        return text
    return re.sub(
        f"{_AMPERSAND}(#?\\w{{1,32}};)?", lambda m: unescape("&" + (m.group(1) or "")), text
    )


def _unencoded(content: bytes) -> str | None:
    """The text of a document in the encoding it names, or the usual ones."""
    named = _ENCODING.match(content[:200])
    encoding = named.group(1).decode().lower() if named else "utf-8-sig"
    try:  # gb18030 holds all that gb2312 and gbk hold
        return content.decode(
            "gb18030" if encoding in ("gb2312", "gbk", "gb_2312-80") else encoding
        )
    except (UnicodeError, LookupError):
        pass
    try:
        return decoded(content)
    except Unreadable:
        return None


def text_at(element: Element | None, path: str = ".") -> str:
    """The text of a child, '' when it is missing."""
    found = None if element is None else element.find(path)
    return "" if found is None or found.text is None else found.text


def inner(element: Element, skip: frozenset[str] = frozenset()) -> str:
    """What stands inside an element, as HTML; the elements named in ``skip`` and their like are left out."""

    def pieces(node: Element) -> Iterator[str]:
        yield _escaped(node.text or "")
        for child in node:
            if child.tag not in skip:
                attributes = "".join(
                    f' {name}="{_escaped(value)}"' for name, value in child.attrib.items()
                )
                yield f"<{child.tag}{attributes}>"
                yield from pieces(child)
                yield f"</{child.tag}>"
            yield _escaped(child.tail or "")

    return "".join(pieces(element))


def _escaped(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )


def clean(text: str) -> str:
    """A text without the few characters XML cannot hold."""
    return _INVALID.sub("\ufffd", text)


def document(root: Element) -> bytes:
    """The document as UTF-8, indented where no text stands between the elements."""
    if root.tag != "assessmentItem":  # space within running text would be read as text
        indent(root, " ")
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content
