"""Documents as spreadsheets, written row by row: memory does not grow with the list."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from dashboards.files.document import Cell, Document, Progress, Table
from people.spreadsheets import MEDIA_TYPE

__all__ = ["MEDIA_TYPE", "write"]

# A sheet holds 1 048 576 rows; a longer list goes on in the next one.
ROWS_A_SHEET = 1_000_000
REPORT_EVERY = 500


def write(document: Document, path: Path, progress: Progress) -> None:
    """Write the XLSX file at ``path``.

    Text stays text: what looks like a formula or an address is written as it is, never run.
    """
    book = xlsxwriter.Workbook(
        str(path),
        {
            "constant_memory": True,
            "tmpdir": str(path.parent),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"title": document.title})
    formats = {
        "bold": book.add_format({"bold": True, "bottom": 1}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    try:
        names: set[str] = set()
        before = 0
        for table in document.tables:
            _table(book, formats, table, names, before, progress)
            before += table.total
        if document.lines or document.closing:
            about = book.add_worksheet(_name("说明", names))
            for number, line in enumerate([document.title, *document.lines, *document.closing]):
                about.write_string(number, 0, line)
            about.set_column(0, 0, 80)
    finally:
        book.close()


def _table(
    book: Any,
    formats: dict[str, Any],
    table: Table,
    names: set[str],
    before: int,
    progress: Progress,
) -> None:
    sheet: Any = None
    line = 0
    for written, row in enumerate(table.rows, 1):
        if sheet is None or line > ROWS_A_SHEET:
            sheet, line = _sheet(book, formats, table, names), 1
        for column, cell in enumerate(row):
            _write(sheet, line, column, cell, formats["day"])
        line += 1
        if written % REPORT_EVERY == 0:
            progress(before + table.done(written))
    if sheet is None:
        _sheet(book, formats, table, names)


def _sheet(book: Any, formats: dict[str, Any], table: Table, names: set[str]) -> Any:
    sheet = book.add_worksheet(_name(table.title, names))
    sheet.freeze_panes(1, 0)
    for column, heading in enumerate(table.headings):
        width = 36 if column in table.wide else max(10, min(40, 2 * len(heading) + 4))
        sheet.set_column(column, column, width)
    for column, heading in enumerate(table.headings):
        sheet.write_string(0, column, heading, formats["bold"])
    return sheet


def _write(sheet: Any, line: int, column: int, cell: Cell, day: Any) -> None:
    if isinstance(cell, date):
        sheet.write_datetime(line, column, cell, day)
    elif isinstance(cell, int | Decimal):
        sheet.write_number(line, column, cell)
    elif cell:
        # A cell holds 32 767 characters.
        sheet.write_string(line, column, cell[:32_767])


def _name(title: str, taken: set[str]) -> str:
    """A sheet's name: at most 31 characters, none of ``[]:*?/\\'``, and no two alike."""
    plain = "".join(c for c in title if c not in "[]:*?/\\'").strip()[:31] or "Sheet"
    name, number = plain, 1
    while name.lower() in taken:
        number += 1
        name = f"{plain[:26]} ({number})"
    taken.add(name.lower())
    return name
