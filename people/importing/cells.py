"""What cells say, and which column is which: common to every list that is read from a spreadsheet."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from people.importing.tables import Cell, Formula

# The first heading of each column is the template's; the others are met in files from elsewhere.
Columns = Mapping[str, tuple[str, ...]]

_FIRST_YEAR = 1949
_EXCEL_EPOCH = date(1899, 12, 30)


@dataclass(frozen=True)
class Problem:
    """What is wrong with a row. ``column`` is the template's heading, ``code`` is for programs."""

    row: int
    column: str
    code: str
    text: str

    def as_plain(self) -> dict[str, object]:
        return {"row": self.row, "column": self.column, "code": self.code, "reason": self.text}


def plain(text: str) -> str:
    """Full-width letters and digits as half-width ones, spaces of every kind gone."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def columns_of(
    heading: Sequence[str], columns: Columns, required: Sequence[str]
) -> tuple[dict[str, int], list[str], list[str]]:
    """(column name → position, headings nobody knows, required headings that are missing).

    Widths, spaces, asterisks and what stands in brackets make no difference.
    """
    names = {heading: name for name, headings in columns.items() for heading in headings}
    places: dict[str, int] = {}
    unknown: list[str] = []
    for position, text in enumerate(heading):
        if not text:
            continue
        name = names.get(re.sub(r"\(.*?\)|[*_:]", "", plain(text)).lower())
        if name is None or name in places:
            unknown.append(text)
        else:
            places[name] = position
    return places, unknown, [columns[name][0] for name in required if name not in places]


def text_of(cell: Cell) -> str:
    """A cell as text; a number as a person would write it."""
    if cell is None or isinstance(cell, Formula):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def day_of(cell: Cell) -> date | None:
    """A day from a cell: a date, 2026-3-2, 2026/3/2, 2026.3.2, 2026年3月2日, 20260302, or a day number."""
    if isinstance(cell, date):
        return cell if cell.year >= _FIRST_YEAR else None
    text = plain(text_of(cell))
    text = re.sub(r"(?:T?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)$", "", text)
    match = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text) or re.fullmatch(
        r"(\d{4})(\d{2})(\d{2})", text
    )
    if match:
        try:
            day = date(*(int(part) for part in match.groups()))
        except ValueError:
            return None
        return day if day.year >= _FIRST_YEAR else None
    if isinstance(cell, int | float) and 20_000 <= cell <= 75_000:
        return _EXCEL_EPOCH + timedelta(days=int(cell))
    return None


def same_name(one: str, other: str) -> bool:
    """Whether two spellings are the same name: widths, spaces and middle dots make no difference."""
    return _name(one) == _name(other)


def _name(text: str) -> str:
    return re.sub(r"[·•・‧∙.\-]", "", plain(text)).lower()
