"""A spreadsheet of unknown origin as rows of plain cells, or a clear refusal.

Nothing is believed: neither the name of the file, nor the size a workbook says it has. Rows come
one at a time, so memory stays bounded by the limits below however the file was made.
"""

import codecs
import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from people.progress import Stage, Tell

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED = 120 * 1024 * 1024
# openpyxl holds this one part in memory whole.
MAX_SHARED_TEXT = 24 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 40
MAX_CELL = 2_000

_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_FORMULA_STARTS = ("=", "+", "@", "\t", "\r")


class FileRefused(Exception):
    """The file cannot be read at all; the text says why and what to do."""


@dataclass(frozen=True)
class Formula:
    """A cell that holds a formula: its result is somebody else's word, so it is not taken."""

    text: str


Cell = str | int | float | date | Formula | None


@dataclass(frozen=True)
class Table:
    """The first row, and then (row number as the spreadsheet shows it, cells) without empty rows.

    ``expected`` is how many rows the file itself says follow; 0: it does not say. Good for a bar
    on a page and for nothing else.
    """

    heading: list[str]
    rows: Iterator[tuple[int, list[Cell]]]
    expected: int = 0


def rows_told(table: Table, tell: Tell) -> Iterator[tuple[int, list[Cell]]]:
    """The rows of a table; of each is told that it was read."""
    for count, row in enumerate(table.rows, 1):
        tell(Stage.READING, count, table.expected)
        yield row


def digest_of(file: BinaryIO) -> str:
    """SHA-256 of the whole file, from a place in it that is kept."""
    place, found = file.tell(), hashlib.sha256()
    file.seek(0)
    while chunk := file.read(2**18):
        found.update(chunk)
    file.seek(place)
    return found.hexdigest()


def open_table(file: BinaryIO, name: str) -> Table:
    """Open an XLSX or CSV file. Raises FileRefused, also while the rows are being read."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size == 0:
        raise FileRefused(_("The file is empty."))
    if size > MAX_BYTES:
        raise FileRefused(
            _("The file has %(size)s MB; at most %(limit)s MB are read. Split it into parts.")
            % {"size": -(-size // 2**20), "limit": MAX_BYTES // 2**20}
        )
    start = file.read(8)
    file.seek(0)
    ending = name.rpartition(".")[2].lower()
    if start.startswith(_ZIP):
        if ending not in ("xlsx", "xlsm"):
            raise FileRefused(_("The content is a workbook, but the name does not end in .xlsx."))
        if ending == "xlsm":
            raise FileRefused(_("The workbook holds macros. Save it as .xlsx and try again."))
        book, sheet, says = _opened(file)
        rows = _sheet_rows(book, sheet)
    elif start.startswith(_OLD_EXCEL):
        raise FileRefused(
            _("This is an old or an encrypted Excel file. Save it as .xlsx without a password.")
        )
    elif ending in ("csv", "txt", "tsv"):
        text = _decoded(file.read())
        rows, says = _text_rows(text), text.count("\n")
    else:
        raise FileRefused(_("This is neither an XLSX workbook nor a CSV file."))
    return _with_heading(rows, says - 1)


def _with_heading(rows: Iterator[tuple[int, list[Cell]]], expected: int) -> Table:
    for _number, cells in rows:
        heading = [str(cell).strip() if isinstance(cell, str) else "" for cell in cells]
        if any(heading):
            # Whoever says more than is read says nothing: a sheet formatted down to its last row.
            return Table(heading, _limited(rows), expected if 0 < expected <= MAX_ROWS else 0)
    raise FileRefused(_("There is no row with headings in the file."))


def _limited(rows: Iterator[tuple[int, list[Cell]]]) -> Iterator[tuple[int, list[Cell]]]:
    for count, (number, cells) in enumerate(rows, 1):
        if count > MAX_ROWS:
            raise FileRefused(
                _("The file has more than %(limit)s rows. Split it into parts.")
                % {"limit": MAX_ROWS}
            )
        yield number, cells


# --- workbooks -----------------------------------------------------------------------------------


def _damaged() -> FileRefused:
    return FileRefused(
        _("The workbook is damaged. Open it in your spreadsheet program and save it anew.")
    )


def _opened(file: BinaryIO) -> tuple[Any, Any, int]:
    """The workbook, its first sheet, and how many rows that says it has (0: it does not say)."""
    _check_package(file)
    try:
        book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0] if book.worksheets else None
    except (InvalidFileException, ParseError, LookupError, ValueError, OSError, TypeError):
        raise _damaged() from None
    except (zipfile.BadZipFile, SyntaxError):
        raise _damaged() from None
    if sheet is None:
        raise FileRefused(_("There is no sheet in the workbook."))
    says = sheet.max_row or 0
    # What the sheet says about its own size is not believed.
    sheet.reset_dimensions()
    return book, sheet, says


def _sheet_rows(book: Any, sheet: Any) -> Iterator[tuple[int, list[Cell]]]:
    try:
        blank = 0
        for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS), 1):
            cells = [_workbook_cell(cell) for cell in row]
            if any(cell is not None for cell in cells):
                blank = 0
                yield number, cells
                continue
            blank += 1
            if blank > MAX_ROWS:
                return
    except (ParseError, LookupError, ArithmeticError, ValueError, OSError, TypeError, SyntaxError):
        raise _damaged() from None
    except zipfile.BadZipFile:
        raise _damaged() from None
    finally:
        book.close()


def _check_package(file: BinaryIO) -> None:
    """Refuse bombs, entities and what is no workbook, before a byte of it is unpacked."""
    try:
        with zipfile.ZipFile(file) as package:
            parts = package.infolist()
            names = {part.filename for part in parts}
            if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
                raise FileRefused(_("This is neither an XLSX workbook nor a CSV file."))
            if any(part.flag_bits & 1 for part in parts):
                raise FileRefused(_("The workbook is protected by a password. Save it without."))
            shared = sum(p.file_size for p in parts if "sharedstrings" in p.filename.lower())
            unpacked = sum(part.file_size for part in parts)
            if unpacked > MAX_UNPACKED or shared > MAX_SHARED_TEXT or len(parts) > 2000:
                raise FileRefused(_("The workbook unpacks to more than a list ever needs."))
            for part in parts:
                if part.filename.endswith("vbaProject.bin"):
                    raise FileRefused(
                        _("The workbook holds macros. Save it as .xlsx and try again.")
                    )
                if part.filename.endswith((".xml", ".rels")):
                    with package.open(part) as stream:
                        head = stream.read(2048).replace(b"\x00", b"").upper()
                    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                        raise FileRefused(
                            _("The workbook declares entities, which no spreadsheet program does.")
                        )
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise _damaged() from None
    file.seek(0)


def _workbook_cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return None
    if cell.data_type == "f":
        return Formula(str(value)[:80])
    if cell.data_type == "e":
        return Formula(str(value)[:80])
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date | int | float):
        return value
    text = str(value).strip()
    return text[:MAX_CELL] or None


# --- text ----------------------------------------------------------------------------------------


def _text_rows(text: str) -> Iterator[tuple[int, list[Cell]]]:
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",\t;，", key=first.count)
    if not first.count(delimiter):
        delimiter = ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            cells = [_text_cell(cell) for cell in row[:MAX_COLUMNS]]
            if any(cell is not None for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise FileRefused(
            _("Line %(line)s of the CSV file cannot be read: %(why)s")
            % {"line": reader.line_num, "why": error}
        ) from None


def _decoded(data: bytes) -> str:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            encodings: tuple[str, ...] = (encoding,)
            break
    else:
        encodings = ("utf-8", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise FileRefused(_("The text is neither UTF-8 nor GB18030. Save it as “CSV UTF-8”."))


def _text_cell(cell: str) -> Cell:
    text = cell.strip(" \u3000\ufeff")
    if text.startswith(_FORMULA_STARTS):
        return Formula(text[:80])
    return text.strip()[:MAX_CELL] or None
