"""Spreadsheets in the layout Chinese question banks use: 题型 题干 选项A … 答案 解析 分值 难度 …

Headers are read tolerantly (题目 for 题干, 正确答案 for 答案 …), every sheet that has them is read, and a
sheet named 单选题 gives its rows their type. CSV with the same columns is read too. The writer adds a
column 补充 (JSON) only for rows whose columns alone would not bring the question back as it was, so
that a bank written and read again is the same.
"""

from __future__ import annotations

import csv
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from exams.engine import items as it
from exams.engine.formats.archive import opened, without_document_types
from exams.engine.formats.base import (
    Collector,
    Place,
    Reading,
    Refused,
    Unreadable,
    decoded,
)
from exams.engine.formats.xlsx.cells import type_of
from exams.engine.formats.xlsx.columns import COLUMNS
from exams.engine.formats.xlsx.rows import plain_of_row

MOST_ROWS: Final = 50_000
MOST_COLUMNS: Final = 80

_OPTION = re.compile(
    r"^(?:选项|备选项|备选答案|答案选项|option)?[\s_（(\-]*([A-Z])[)）]?(?:选项|项)?$",
    re.IGNORECASE,
)
_OPTION_NUMBER = re.compile(
    r"^(?:选项|备选项|备选答案)[\s_（(\-]*(\d{1,2}|[一二三四五六七八九十])[)）]?$"
)


def read(content: bytes) -> Reading:
    """Read a workbook, or CSV with the same columns. Raises Unreadable."""
    out = Collector()
    if content[:2] == b"PK":
        sheets = list(_sheets(content))
    elif content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Unreadable("old_xls")
    else:
        text = decoded(content)
        heading = text.lstrip().partition("\n")[0]
        delimiter = max(",;\t", key=heading.count)
        try:
            rows: list[tuple[Any, ...]] = [
                tuple(r[:MOST_COLUMNS]) for r in csv.reader(io.StringIO(text), delimiter=delimiter)
            ]
        except csv.Error as error:
            raise Unreadable("not_this_format", format="CSV", reason=str(error)) from error
        sheets = [("", rows)]
    read_any = False
    for title, rows in sheets:
        found = _header(rows)
        if found is None:
            if (
                any(any(cell not in (None, "") for cell in row) for row in rows)
                and title != "填写说明"
            ):
                out.note_file("field_dropped", name="工作表", value=title)
            continue
        read_any = True
        _Sheet(title, len(sheets) > 1, found, out).run(rows)
    if not read_any:
        raise Unreadable("column_missing", name="题干")
    return out.reading()


def _sheets(content: bytes) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    with opened(content, "XLSX") as archive:
        without_document_types(archive)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        try:
            for sheet in book.worksheets:
                sheet.reset_dimensions()
                rows: list[tuple[Any, ...]] = []
                for row in sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS):
                    if len(rows) >= MOST_ROWS:
                        raise Unreadable("too_many_questions", limit=MOST_ROWS)
                    rows.append(row)
                yield sheet.title, rows
        finally:
            book.close()
    except (
        InvalidFileException,
        BadZipFile,
        LookupError,  # a text by a number the workbook does not have
        SyntaxError,  # what its XML parser raises
        ArithmeticError,
        ValueError,
        TypeError,
        OSError,
        AttributeError,
        EOFError,
        zlib.error,
    ) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("not_this_format", format="XLSX", reason=str(error)) from error


def read_table(title: str, rows: Sequence[tuple[Any, ...]], out: Collector) -> bool:
    """Read a table with a heading row as of a sheet, such as one in a Word file; False for another."""
    found = _header(rows)
    if found is None:
        return False
    _Sheet(title, bool(title), found, out).run(rows)
    return True


def _header(
    rows: Sequence[tuple[Any, ...]],
) -> tuple[int, dict[str, int], list[int], dict[int, str]] | None:
    """(row index, name → column, option columns in order, unknown columns) of a sheet."""
    for index, row in enumerate(rows[:20]):
        columns: dict[str, int] = {}
        options: dict[int, int] = {}
        unknown: dict[int, str] = {}
        for place, cell in enumerate(row):
            word = re.sub(r"[\s*＊]|（必填）|\(必填\)|（选填）", "", str(cell or "")).casefold()
            if not word:
                continue
            name = COLUMNS.get(word) or COLUMNS.get(re.sub(r"[（(].*?[)）]$", "", word))
            option, numbered = _OPTION.match(word), _OPTION_NUMBER.match(word)
            if name and name not in columns:
                columns[name] = place
            elif option:
                options[ord(option.group(1).upper()) - 65] = place
            elif numbered:
                digit = numbered.group(1)
                options[
                    int(digit) - 1 if digit.isdigit() else "一二三四五六七八九十".index(digit)
                ] = place
            else:
                unknown[place] = str(cell).strip()
        if "stem" in columns and ("answer" in columns or "type" in columns):
            return index, columns, [options[key] for key in sorted(options)], unknown
    return None


def text_of(value: Any) -> str:
    """A cell as text: 1.0 is 1, a day its ISO form, TRUE 对."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "对" if value else "错"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return (
            value.date().isoformat()
            if value.time().isoformat() == "00:00:00"
            else value.isoformat()
        )
    if isinstance(value, date):
        return value.isoformat()
    return str(value).replace("\r\n", "\n").replace("\r", "\n").strip()


class _Sheet:
    def __init__(
        self,
        title: str,
        several: bool,
        found: tuple[int, dict[str, int], list[int], dict[int, str]],
        out: Collector,
    ) -> None:
        self.title, self.several, self.out = title, several, out
        self.start, self.columns, self.options, self.unknown = found
        self.kind = type_of(title)
        self.case: tuple[Place, it.Plain, Decimal | None] | None = None

    def run(self, rows: Sequence[tuple[Any, ...]]) -> None:
        used = {
            place for row in rows[self.start + 1 :] for place in self.unknown if _at(row, place)
        }
        for place in sorted(used):
            self.out.note_file("column_ignored", name=self.unknown[place])
        for number, row in enumerate(rows[self.start + 1 :], self.start + 2):
            if any(_at(row, place) for place in (*self.columns.values(), *self.options)):
                self._row(number, row)
        self._close_case()

    def _row(self, number: int, row: tuple[Any, ...]) -> None:
        place = Place("row", f"{self.title}!{number}" if self.several else number)
        cells = {name: _at(row, column) for name, column in self.columns.items()}
        options = [_at(row, column) for column in self.options]
        if set(cells) <= {"number"} or not any(v for n, v in cells.items() if n != "number"):
            return
        points = it.decimal_of(cells.get("points", "").removesuffix("分"))
        try:
            plain = plain_of_row(cells, options, self.kind, self.out)
        except Refused as refusal:
            if not cells.get("parent"):
                self._close_case()
            self.out.refuse(place, refusal, {"stem": cells.get("stem", "")})
            return
        if cells.get("parent") and self.case is not None:
            part = {k: v for k, v in plain.items() if k not in _BOOKKEEPING}
            if points:
                part["weight"] = it.plain_number(points)
            self.case[1].setdefault("parts", []).append(part)
            return
        self._close_case()
        if plain["type"] == "case" and "parts" not in plain:
            self.case = (place, plain, points)
        else:
            self.out.add(place, plain, points)

    def _close_case(self) -> None:
        if self.case is not None:
            place, plain, points = self.case
            self.case = None
            self.out.add(place, plain, points)


_BOOKKEEPING = {
    "code", "category", "knowledge_point", "difficulty", "tags", "cites", "valid_from", "valid_to",
}  # fmt: skip


def _at(row: Sequence[Any], column: int) -> str:
    return text_of(row[column]) if column < len(row) else ""
