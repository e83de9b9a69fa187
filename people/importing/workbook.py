"""Workbooks to fill in: a sheet for each list with its headings and choices, and one that explains them."""

import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import xlsxwriter

_LAST_ROW = 50_000


@dataclass(frozen=True)
class Sheet:
    """A list to fill in. ``columns`` is by name, each with its headings, the first of which is shown."""

    title: str
    columns: Mapping[str, Sequence[str]]
    required: Collection[str]
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    days: Collection[str] = ()
    # Kept as they are typed: a number such as 007 is no quantity.
    texts: Collection[str] = ()
    widths: Mapping[str, int] = field(default_factory=dict)


def to_fill_in(sheets: Iterable[Sheet], notes: Iterable[tuple[str, str]]) -> bytes:
    """The workbook as XLSX; the last sheet, 填写说明, says of each topic what ``notes`` say."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    needed = book.add_format({"bold": True, "bottom": 1, "font_color": "#9E2A2B"})
    bold = book.add_format({"bold": True, "bottom": 1})
    text = book.add_format({"num_format": "@"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for each in sheets:
        sheet = book.add_worksheet(each.title)
        for column, (name, headings) in enumerate(each.columns.items()):
            if name in each.required:
                sheet.write_string(0, column, f"{headings[0]}*", needed)
            else:
                sheet.write_string(0, column, headings[0], bold)
            cells = day if name in each.days else text if name in each.texts else None
            sheet.set_column(column, column, each.widths.get(name, 14), cells)
            if each.choices.get(name):
                sheet.data_validation(
                    1, column, _LAST_ROW, column, {"validate": "list", "source": each.choices[name]}
                )
        sheet.freeze_panes(1, 0)
    said = book.add_worksheet("填写说明")
    said.set_column(0, 0, 18)
    said.set_column(1, 1, 100)
    for row, (topic, words) in enumerate(notes):
        said.write_string(row, 0, topic, bold)
        said.write_string(row, 1, words)
    book.close()
    return buffer.getvalue()
