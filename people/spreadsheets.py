"""Lists as spreadsheets, written and read."""

import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from unicodedata import east_asian_width

import xlsxwriter

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Cell = str | int | Decimal | date | None


MEASURED = 200  # rows whose cells are looked at for the widths of the columns


def _width(text: str) -> int:
    """In half widths: a Chinese character takes two."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def workbook(title: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return an XLSX file with one sheet: headings, then rows.

    Text stays text: what looks like a formula or an address is written as it is, never run.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    # A sheet's name is at most 31 characters and has none of these.
    sheet = book.add_worksheet("".join(c for c in title if c not in "[]:*?/\\'")[:31] or None)
    bold = book.add_format({"bold": True, "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    widths = [_width(heading) for heading in headings]
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading, bold)
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if number <= MEASURED and column < len(widths):
                widths[column] = max(widths[column], _width(str(cell or "")))
            if isinstance(cell, date):
                sheet.write_datetime(number, column, cell, day)
            elif isinstance(cell, int | Decimal):
                sheet.write_number(number, column, cell)
            elif cell:
                sheet.write_string(number, column, cell)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, max(10, min(40, width + 2)))
    sheet.freeze_panes(1, 0)
    book.close()
    return buffer.getvalue()
