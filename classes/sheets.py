"""Reading an attendance sheet: XLSX or CSV with staff number, state, hours missed.

The file comes from outside: its size, rows and unpacked size are bounded, formulas are not
computed, and nothing is stored before a person has seen the preview.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import openpyxl
from django.utils.translation import gettext as _

from classes.enums import PresenceKind

MOST_BYTES = 2 * 1024 * 1024
MOST_UNPACKED = 40 * 1024 * 1024
MOST_ROWS = 5000

NUMBER = ("工号", "staff number", "staff_number")
STATE = ("状态", "出勤", "state", "presence")
MISSED = ("缺课学时", "请假学时", "hours missed", "missed")
KINDS = {
    "出勤": PresenceKind.PRESENT,
    "到课": PresenceKind.PRESENT,
    "present": PresenceKind.PRESENT,
    "√": PresenceKind.PRESENT,
    "请假": PresenceKind.LEAVE,
    "leave": PresenceKind.LEAVE,
    "缺勤": PresenceKind.ABSENT,
    "缺课": PresenceKind.ABSENT,
    "旷课": PresenceKind.ABSENT,
    "absent": PresenceKind.ABSENT,
}


class UnreadableSheet(Exception):
    """The file cannot be taken; the message says why and how to mend it."""


@dataclass(frozen=True)
class SheetLine:
    """A row of the sheet: what it says, and what is wrong with it (empty: nothing)."""

    row: int
    staff_number: str
    name: str = ""
    place_id: int = 0
    kind: str = ""
    missed: str = "0"
    error: str = ""


def read_sheet(name: str, data: bytes) -> list[list[str]]:
    """All cells as text, the heading first. Raises UnreadableSheet."""
    if len(data) > MOST_BYTES:
        raise UnreadableSheet(_("The file is larger than 2 MB."))
    rows = _xlsx(data) if data[:2] == b"PK" else _csv(name, data)
    found: list[list[str]] = []
    for row in rows:
        if any(row):
            found.append(row)
        if len(found) > MOST_ROWS:
            raise UnreadableSheet(_("The sheet has more than 5000 rows."))
    if not found:
        raise UnreadableSheet(_("The sheet is empty."))
    return found


def _xlsx(data: bytes) -> Iterable[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(each.file_size for each in packed.infolist()) > MOST_UNPACKED:
                raise UnreadableSheet(_("The file unpacks to more than it should."))
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows = [
            ["" if cell is None else str(cell).strip() for cell in row]
            for row in sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=20, values_only=True)
        ]
        book.close()
    except UnreadableSheet:
        raise
    except Exception as error:  # openpyxl raises what its parsers raise
        raise UnreadableSheet(_("This is not a readable XLSX or CSV file.")) from error
    return rows


def _csv(name: str, data: bytes) -> Iterable[list[str]]:
    if not name.lower().endswith((".csv", ".txt")):
        raise UnreadableSheet(_("This is not a readable XLSX or CSV file."))
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise UnreadableSheet(_("This is not a readable XLSX or CSV file."))
    if "\0" in text:
        raise UnreadableSheet(_("This is not a readable XLSX or CSV file."))
    try:
        return [[cell.strip() for cell in row[:20]] for row in csv.reader(io.StringIO(text))]
    except csv.Error as error:
        raise UnreadableSheet(_("This is not a readable XLSX or CSV file.")) from error


def _column(heading: list[str], names: tuple[str, ...]) -> int | None:
    lowered = [cell.lower() for cell in heading]
    return next((lowered.index(name) for name in names if name in lowered), None)


def match_sheet(
    rows: list[list[str]], places: Mapping[str, tuple[int, str]], hours: Decimal
) -> list[SheetLine]:
    """Each row matched to a place (by staff number → (place, name)), with what is wrong with it.

    Raises UnreadableSheet when the headings are missing.
    """
    heading = rows[0]
    number, state, missed = (_column(heading, names) for names in (NUMBER, STATE, MISSED))
    if number is None or state is None:
        raise UnreadableSheet(_("The first row needs the headings 工号 and 状态."))
    lines: list[SheetLine] = []
    seen: set[str] = set()
    for index, row in enumerate(rows[1:], start=2):
        cells = [*row, *[""] * 20]
        who = cells[number]
        place_id, name = places.get(who, (0, ""))
        kind = KINDS.get(cells[state].lower())
        error, lost = "", Decimal(0)
        if not place_id:
            error = _("This staff number is not on the roster.")
        elif who in seen:
            error = _("This staff number stands in the sheet twice.")
        elif kind is None:
            error = _("The state is 出勤, 请假 or 缺勤.")
        elif kind == PresenceKind.LEAVE and missed is not None and cells[missed]:
            try:
                lost = Decimal(cells[missed])
            except InvalidOperation:
                lost = Decimal(-1)
            if not lost.is_finite() or not 0 < lost <= hours:
                error, lost = (
                    _("The hours missed are more than 0 and at most the session's."),
                    hours,
                )
        seen.add(who)
        lines.append(SheetLine(index, who[:40], name, place_id, str(kind or ""), str(lost), error))
    return lines
