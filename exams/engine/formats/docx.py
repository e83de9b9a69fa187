"""Word papers: the lines of a .docx as ``papertext`` reads them, and a paper written as .docx.

Numbers and letters that Word counts itself (1. 2. 3., A. B. C., 一、二、) are counted here again;
underlined spaces are blanks; a table gives a line a row, its cells parted by tabs. A table whose
first row says 题型, 题干, 答案 as a sheet of the bank does holds a question a row.
"""

from __future__ import annotations

import functools
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Final
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import docx.oxml.ns
from docx import Document
from docx.shared import Pt
from lxml.etree import XMLSyntaxError

from exams.engine import items as it
from exams.engine.formats import papertext, paperwriting
from exams.engine.formats.archive import opened, without_document_types
from exams.engine.formats.base import Collector, Reading, Unreadable, Writing
from exams.engine.formats.xlsx.reading import read_table

# The name as the parser has it; a paper asks for a name a hundred times a question.
qn = functools.cache(docx.oxml.ns.qn)

_CHINESE: Final = "一二三四五六七八九十"
_FORMATS: Final = {"decimal", "upperLetter", "lowerLetter", "chineseCounting", "chineseCountingThousand", "japaneseCounting", "decimalFullWidth", "decimalEnclosedCircle", "upperRoman"}  # fmt: skip


def read(content: bytes) -> Reading:
    """Read a Word paper. Raises Unreadable."""
    out = Collector()
    return papertext.read_lines(list(enumerate(lines_of(content, out), 1)), out)


def lines_of(content: bytes, out: Collector) -> list[str]:
    """The text of a document line by line; pictures are noted."""
    with opened(content, "DOCX") as archive:
        without_document_types(archive)
    try:
        document = Document(io.BytesIO(content))
        return list(_lines(document, out))
    except (
        KeyError,
        ValueError,
        AttributeError,
        XMLSyntaxError,
        IndexError,
        OSError,
        BadZipFile,
        zlib.error,
    ) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("not_this_format", format="DOCX", reason=str(error)) from error


def _lines(document: Any, out: Collector) -> Iterator[str]:
    numbering = _Numbering(document)
    tables = 0
    for child in document.element.body.iterchildren():
        if child.tag == qn("w:p"):
            yield from _paragraph(child, numbering, out).split("\n")
        elif child.tag == qn("w:tbl"):
            tables += 1
            rows = [
                tuple(
                    "\n".join(_paragraph(p, numbering, out) for p in cell.iter(qn("w:p"))).strip()
                    for cell in row.iterchildren(qn("w:tc"))
                )
                for row in child.iter(qn("w:tr"))
            ]
            if read_table(f"表{tables}", rows, out):
                continue
            for cells in rows:
                if len(cells) == 1:
                    yield from cells[0].split("\n")
                else:
                    yield "\t".join(cell.replace("\n", " ") for cell in cells)
        elif child.tag == qn("w:sdt"):
            for paragraph in child.iter(qn("w:p")):
                yield from _paragraph(paragraph, numbering, out).split("\n")


def _paragraph(paragraph: Any, numbering: _Numbering, out: Collector) -> str:
    pieces: list[str] = []
    for node in paragraph.iter("{*}*"):
        if node.tag == qn("w:t"):
            text = node.text or ""
            run = node.getparent()
            underline = run.find(f"{qn('w:rPr')}/{qn('w:u')}") if run.tag == qn("w:r") else None
            if (
                underline is not None
                and underline.get(qn("w:val")) != "none"
                and text
                and not text.strip()
            ):
                text = "____"
            pieces.append(text)
        elif node.tag == qn("w:tab"):
            if node.getparent().tag == qn("w:r"):
                pieces.append("\t")
        elif node.tag in (qn("w:br"), qn("w:cr")):
            pieces.append("\n")
        elif node.tag in (qn("w:drawing"), qn("w:pict"), qn("w:object")):
            drawn = next(iter(node.iter("{*}docPr")), None)
            name = "" if drawn is None else drawn.get("descr") or drawn.get("name") or ""
            out.note_file("image", value=name or "picture")
            # By its name an option that is nothing but a picture is told from the next.
            pieces.append(f"〔图：{name}〕" if name else "〔图〕")
        elif node.tag.endswith("}oMath"):
            pieces.append("")
        elif node.tag == qn("m:t"):
            pieces.append(node.text or "")
    text = re.sub(r"_{4}(?:_{4})+", "____", "".join(pieces))
    return numbering.prefix(paragraph) + text


class _Numbering:
    """Counts the lists of a document as Word does when it shows them."""

    def __init__(self, document: Any) -> None:
        self.levels: dict[tuple[str, int], tuple[str, str, int]] = {}
        self.counts: dict[tuple[str, int], int] = {}
        self.abstract: dict[str, str] = {}
        self.styles: dict[str, Any] = {
            style.get(qn("w:styleId")): style.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
            for style in document.styles.element.iter(qn("w:style"))
        }
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError):
            return
        for definition in root.iter(qn("w:abstractNum")):
            ident = definition.get(qn("w:abstractNumId"))
            for level in definition.iter(qn("w:lvl")):
                at = int(level.get(qn("w:ilvl"), "0"))
                self.levels[(ident, at)] = (
                    _value(level, "w:numFmt", "decimal"),
                    _value(level, "w:lvlText", "%1."),
                    int(_value(level, "w:start", "1")),
                )
        for num in root.iter(qn("w:num")):
            self.abstract[num.get(qn("w:numId"))] = _value(num, "w:abstractNumId", "")

    def prefix(self, paragraph: Any) -> str:
        """The number Word shows before a paragraph, '' when it has none."""
        props = paragraph.find(qn("w:pPr"))
        found = None if props is None else props.find(qn("w:numPr"))
        if found is None and props is not None:
            style = props.find(qn("w:pStyle"))
            found = self.styles.get(style.get(qn("w:val"))) if style is not None else None
        if found is None:
            return ""
        num, level = _value(found, "w:numId", "0"), int(_value(found, "w:ilvl", "0"))
        form = self.levels.get((self.abstract.get(num, ""), level))
        if form is None or num == "0" or form[0] not in _FORMATS:
            return ""
        self.counts[(num, level)] = self.counts.get((num, level), form[2] - 1) + 1
        for other in [key for key in self.counts if key[0] == num and key[1] > level]:
            del self.counts[other]
        text = form[1]
        for at in range(level + 1):
            kind = self.levels.get((self.abstract.get(num, ""), at), form)[0]
            text = text.replace(f"%{at + 1}", _shown(self.counts.get((num, at), 1), kind))
        return f"{text} "


def _value(element: Any, name: str, default: str) -> str:
    found = element.find(qn(name))
    return default if found is None else str(found.get(qn("w:val"), default))


def _shown(number: int, kind: str) -> str:
    if kind == "upperLetter":
        return it.LETTERS[(number - 1) % 26]
    if kind == "lowerLetter":
        return it.LETTERS[(number - 1) % 26].lower()
    if kind in ("chineseCounting", "chineseCountingThousand", "japaneseCounting") and number <= 19:
        return _CHINESE[number - 1] if number <= 10 else f"十{_CHINESE[number - 11]}"
    return str(number)


_XML_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


_DOCUMENT: Final = "word/document.xml"
_SPACING: Final = {
    "heading": '<w:pPr><w:spacing w:after="40" w:before="200"/></w:pPr>',
    "option": '<w:pPr><w:spacing w:after="40"/><w:ind w:left="440"/></w:pPr>',
}
_PLAIN_SPACING: Final = '<w:pPr><w:spacing w:after="40"/></w:pPr>'
_SIGNS: Final = {"\t": "<w:tab/>", "\r": "<w:br/>"}


def write(records: Sequence[it.Record]) -> Writing:
    """A Word paper of these questions, one paragraph a line.

    The library looks for the place of each paragraph among all before it, so that a bank took time
    by its square: it makes the paper around them, the paragraphs are written into it in one pass.
    """
    empty = io.BytesIO()
    _empty_paper().save(empty)
    out = io.BytesIO()
    with ZipFile(empty) as given, ZipFile(out, "w", ZIP_DEFLATED) as made:
        for member in given.infolist():
            content = given.read(member)
            if member.filename != _DOCUMENT:
                made.writestr(member, content)
                continue
            at = content.index(b"<w:sectPr")
            with made.open(member, "w") as stream:
                stream.write(content[:at])
                for kind, text in paperwriting.lines_of(records):
                    for line in _XML_ILLEGAL.sub("\ufffd", text).split("\n"):
                        stream.write(_written(kind, line).encode())
                stream.write(content[at:])
    return paperwriting.checked(out.getvalue(), records, read)


def _empty_paper() -> Any:
    document = Document()
    style = document.styles["Normal"]
    style.font.name = "Noto Serif CJK SC"
    style.font.size = Pt(11)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "宋体")
    return document


def _written(kind: str, line: str) -> str:
    """A paragraph: headings bold with room above, options indented."""
    pieces = []
    for piece in re.split("([\t\r])", line):
        if piece in _SIGNS:
            pieces.append(_SIGNS[piece])
        elif piece:
            kept = ' xml:space="preserve"' if piece != piece.strip() else ""
            pieces.append(f"<w:t{kept}>{escape(piece)}</w:t>")
    said = "<w:rPr><w:b/></w:rPr>" if kind == "heading" else ""
    said += "".join(pieces)
    run = f"<w:r>{said}</w:r>" if said else "<w:r/>"
    return f"<w:p>{_SPACING.get(kind, _PLAIN_SPACING)}{run}</w:p>"
