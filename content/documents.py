"""What an attached document is, and how it is shown in a page. Its bytes are looked at, not its name alone."""

from html import escape

from content.enums import DocumentKind
from content.media_check import extension
from content.pdf_check import PdfFinding, finding
from content.sanitise import TooMuchHtml, clean_html
from content.sources import Excessive, Unreadable, from_docx

MAX_DOCUMENT_BYTES = 20 * 1024 * 1024
KINDS = {
    ".pdf": DocumentKind.PDF,
    ".docx": DocumentKind.WORD,
}
CONTENT_TYPES = {
    DocumentKind.PDF: "application/pdf",
    DocumentKind.WORD: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_PDF_HEAD, _PDF_TAIL, _PDF_LOOKED_AT = b"%PDF-", b"%%EOF", 2048


class DocumentRefused(Exception):
    """It is none of the kinds that are shown, or not what its name says; ``found`` is what it carries instead."""

    def __init__(self, found: PdfFinding | None = None) -> None:
        super().__init__(found)
        self.found = found


def examined(name: str, data: bytes) -> tuple[DocumentKind, str]:
    """The kind of a document, and what is shown of it in a page: inert HTML, "" for a PDF.

    Raises DocumentRefused.
    """
    kind = KINDS.get(extension(name))
    if kind is None or not data or len(data) > MAX_DOCUMENT_BYTES:
        raise DocumentRefused
    if kind is DocumentKind.PDF:
        if _PDF_HEAD not in data[:_PDF_LOOKED_AT] or _PDF_TAIL not in data[-_PDF_LOOKED_AT:]:
            raise DocumentRefused
        if found := finding(data):
            raise DocumentRefused(found)
        return kind, ""
    try:
        return kind, clean_html("".join(_word(data)))
    except (Unreadable, Excessive, TooMuchHtml) as error:
        raise DocumentRefused from error


def _word(data: bytes) -> list[str]:
    """The paragraphs and tables of a Word document, as the importer of texts reads them."""
    return _paragraphs_and_tables([line.split("\t") for line in from_docx(data).text.split("\n")])


def _paragraphs_and_tables(lines: list[list[str]]) -> list[str]:
    made: list[str] = []
    rows: list[list[str]] = []
    for cells in [*lines, [""]]:
        if len(cells) > 1:
            rows.append(cells)
            continue
        if rows:
            made += _table(rows)
            rows = []
        if cells[0].strip():
            made.append(f"<p>{escape(cells[0].strip())}</p>")
    return made


def _table(rows: list[list[str]]) -> list[str]:
    made = ["<table>"]
    for n, cells in enumerate(rows):
        tag = "td" if n else 'th scope="col"'
        made.append("<tr>")
        made += [f"<{tag}>{escape(cell)}</{tag[:2]}>" for cell in cells]
        made.append("</tr>")
    return [*made, "</table>"]
