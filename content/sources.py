"""From a Word document, a page of HTML or Markdown to lines of plain text. What it cannot read it refuses.

Cells of a table are parted by tabs. No entity is expanded, nothing is fetched, and what a file claims to unpack to is
checked before it is unpacked.
"""

import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from html.parser import HTMLParser
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from content.articles import Reason, Remark, RemarkKind

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PART = "word/document.xml"
_FILES_TO = 5000
_UNPACKED_TO = 60 * 1024 * 1024
_DOCUMENT_TO = 30 * 1024 * 1024
_RATIO_TO = 200
_DEEP = 200
_MAX_CHARACTERS = 5_000_000
_CELLS_TO = 100_000
_TAGS_TO = 400_000
# Comments, and what Word marks for itself (<![if …]>), on which the parser stumbles when it is another word.
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|<!\[[^>]*(?:>|\Z)", re.DOTALL)
_NO_TAG = re.compile(r"<(?![A-Za-z/!?])")


class Unreadable(Exception):
    """It is not what its name says, or it is damaged."""


class Excessive(Exception):
    """It would unpack to more than any text holds, or is nested deeper than any document."""


@dataclass(slots=True)
class Source:
    """Plain text, and what an editor should know of how it was read."""

    text: str
    remarks: list[Remark] = field(default_factory=list)


def from_docx(data: bytes) -> Source:
    """Read the body of a Word document. Raises Unreadable, Excessive."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            whole = sum(info.file_size for info in infos)
            if len(infos) > _FILES_TO or whole > _UNPACKED_TO:
                raise Excessive
            info = archive.getinfo(_PART)
            if info.file_size > max(_RATIO_TO * info.compress_size, 1 << 20) or (
                info.file_size > _DOCUMENT_TO
            ):
                raise Excessive
            with archive.open(info) as part:
                # Not one byte more than the archive claims, whatever it really unpacks to.
                document = part.read(info.file_size + 1)
    except (
        zipfile.BadZipFile,
        KeyError,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        zlib.error,
    ) as error:
        raise Unreadable from error
    try:
        return _Word().read(document)
    except (ParseError, DefusedXmlException, UnicodeDecodeError, ValueError) as error:
        raise Unreadable from error


class _Word:
    """Collects paragraphs and rows of tables as the elements end."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.words: list[str] = []
        self.cells: list[str] | None = None
        self.cell: list[str] = []
        self.depth = self.tables = self.numbered = self.size = self.count = 0
        self.is_numbered = self.deleted = False

    def read(self, document: bytes) -> Source:
        for event, element in iterparse(io.BytesIO(document), events=("start", "end")):
            name = element.tag.removeprefix(_WORD)
            if event == "start":
                self.depth += 1
                if self.depth > _DEEP:
                    raise Excessive
                if name == "tbl":
                    self.tables += 1
                elif name == "tr" and self.tables == 1:
                    self.cells = []
                elif name == "tc" and self.tables == 1:
                    self.cell = []
                continue
            self.depth -= 1
            self._ended(name, element)
            if name in ("p", "tbl", "r"):
                element.clear()
        remarks = []
        if self.numbered:
            remarks = [Remark(RemarkKind.DOUBTED, Reason.AUTOMATIC_NUMBERS, 0, str(self.numbered))]
        return Source("\n".join(self.lines), remarks)

    def _ended(self, name: str, element: "object") -> None:
        if name == "t":
            self._take(getattr(element, "text", None) or "")
        elif name == "tab":
            self._take(" ")
        elif name in ("br", "cr"):
            self._take("\n" if self.cells is None else " ")
        elif name == "numPr":
            self.is_numbered = True
        elif name == "p":
            text = "".join(self.words)
            self.words = []
            if self.is_numbered and text.strip():
                self.numbered += 1
            self.is_numbered = False
            if self.cells is None:
                self.lines.append(text)
            else:
                self.cell.append(text.strip())
        elif name == "tc" and self.tables == 1 and self.cells is not None:
            self.cells.append(" ".join(part for part in self.cell if part))
            self.count += 1
            if self.count > _CELLS_TO:
                raise Excessive
        elif name == "tr" and self.tables == 1 and self.cells is not None:
            self.lines.append("\t".join(self.cells))
            self.cells = None
        elif name == "tbl":
            self.tables -= 1
            if not self.tables:
                self.lines.append("")

    def _take(self, words: str) -> None:
        self.size += len(words)
        if self.size > _MAX_CHARACTERS:
            raise Excessive
        self.words.append(words)


_BLOCKS = {
    "p", "div", "section", "article", "header", "footer", "main", "aside", "br", "hr", "li", "ul", "ol", "dl", "dt",
    "dd", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "table", "caption", "tr", "title", "center",
}  # fmt: skip
_SILENT = {
    "script",
    "style",
    "template",
    "noscript",
    "svg",
    "math",
    "iframe",
    "object",
    "select",
    "head",
}


class _Page(HTMLParser):
    """The words of a page, a line for each block; a row of a table is a line of cells parted by tabs."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent: list[str] = []
        self.rows = 0
        self.first_cell = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            if tag != "object" or self.silent:
                self.silent.append(tag)
        elif tag in ("td", "th"):
            if not self.first_cell:
                self.parts.append("\t")
            self.first_cell = False
        elif tag == "tr":
            self.parts.append("\n")
            self.first_cell = True
        elif tag in _BLOCKS and self.first_cell:
            self.parts.append("\n")
        if tag in ("h1", "h2", "h3"):
            self.parts.append("#" * int(tag[1]) + " ")

    def handle_endtag(self, tag: str) -> None:
        if self.silent and tag == self.silent[-1]:
            self.silent.pop()
        elif tag == "tr":
            self.first_cell = True
            self.parts.append("\n")
        elif tag in _BLOCKS and self.first_cell:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(re.sub(r"\s+", " ", data))


def from_html(text: str) -> Source:
    """Read the words of a page; scripts, styles and whatever is not words stay behind. Raises Excessive."""
    if text.count("<") > _TAGS_TO:
        raise Excessive
    # For what never ends the parser looks anew to the end of the file, each time it begins.
    text = _NO_TAG.sub("&lt;", _COMMENT.sub("", text))
    end = text.rfind(">") + 1
    page = _Page()
    page.feed(text[:end] + text[end:].replace("<", "&lt;"))
    page.close()
    lines = (line.strip(" ") for line in "".join(page.parts).split("\n"))
    return Source("\n".join(re.sub(r"^#+ *$", "", line) for line in lines))


_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
_LINK = re.compile(r"!?\[([^\[\]]{0,200})\]\([^()\s]{0,500}(?:\s[^()]{0,200})?\)")


def from_markdown(text: str) -> Source:
    """Take the marks of Markdown off: links to their words, rows of tables to cells parted by tabs."""
    lines = []
    for line in text.splitlines():
        if "|" in line and _RULE.match(line):
            continue
        if line.count("|") >= 2 and line.strip().startswith("|"):
            line = "\t".join(cell.strip() for cell in line.strip().strip("|").split("|"))
        lines.append(_LINK.sub(r"\1", line).replace("__", "").replace("`", ""))
    return Source("\n".join(lines))


def looks_like_html(text: str) -> bool:
    """Whether the text begins as a page of HTML does, or is full of its blocks."""
    start = text[:2000].lstrip().lower()
    return (
        start.startswith(("<!doctype html", "<html", "<?xml"))
        or len(re.findall(r"</(?:p|div|td|li|h[1-6])>", text[:20_000], re.IGNORECASE)) > 3
    )
