"""``manage.py item_statistics MATRIX.csv [--key KEY]``: item and test figures as JSON.

One row a person, one column an item. Without a key the cells are points (0, 1, 0.5 …), with one they
are chosen options (``B``, or ``ACD`` for several). Never touches the database. See docs/formats.md.
"""

import codecs
import csv
import json
import re
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exams.engine.statistics import Analysis, Number, Tally

MISSING = {"", "NA", "N/A", "NULL", "NONE", "NAN", "-", "—", "未答", "缺考", "."}
# What heads the column of persons: id, student_id, Candidate No., 考生号, and what R and pandas write.
_PERSON = re.compile(
    r"(.*[ _.-])?(id|no|nr|number)\.?|(user|student|person|candidate|subject|examinee|[sup])id|(row\.?)?names?|unnamed: 0|"
    r"(\w+[ _])?(person|candidate|student|user|name|respondent|subject|examinee|case)|"
    r".*(学号|工号|姓名|考号|证号|考生号?|编号|序号|学员|人员)"
)
TOTALS = {"total", "sum", "total score", "score", "总分", "合计", "总成绩", "得分"}
TRUTH = {"TRUE": 1, "FALSE": 0}  # as spreadsheets and R write right and wrong
_COMMA = re.compile(r"^([+-]?\d+),(\d+)$")
MOST = 1e12  # points of a cell
LARGEST = 500 * 1024 * 1024  # bytes


def encoding_of(file: Path) -> str:
    """UTF-8, or GB18030, in which Excel writes CSV on a Chinese machine. Raises OSError."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with file.open("rb") as stream:
        try:
            while chunk := stream.read(2**20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "gb18030"
    return "utf-8-sig"


def cells_of(file: Path) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of every row that is not empty. Raises CommandError."""
    try:
        if file.stat().st_size > LARGEST:
            raise CommandError(f"{file.name} is larger than {LARGEST // 2**20} MB.")
        with file.open(encoding=encoding_of(file), newline="") as stream:
            head = stream.read(20_000)
            first = head.split("\n", 1)[0]
            delimiter = max(",;\t", key=first.count)
            stream.seek(0)
            if told := re.match(r"sep=([,;\t])\r?\n", head):  # Excel's own first line
                delimiter = told.group(1)
                stream.readline()
            reader = csv.reader(stream, delimiter=delimiter)
            try:
                for row in reader:
                    if any(cell.strip() for cell in row):
                        cells = [cell.strip() for cell in row]
                        if delimiter == ";":  # 0,5 where the comma is the decimal point
                            cells = [_COMMA.sub(r"\1.\2", cell) for cell in cells]
                        yield reader.line_num, cells
            except csv.Error as error:
                raise CommandError(f"{file.name}, line {reader.line_num}: {error}.") from error
    except OSError as error:
        raise CommandError(f"{file.name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{file.name} is not text in UTF-8 or GB18030.") from error


def key_of(given: str) -> list[str]:
    """The key from the command line or a file: ``BACD…``, or parted by commas, spaces or lines.

    A key file may hold a first line of item names. Raises CommandError.
    """
    text, path = given, Path(given)
    try:
        if len(given) < 250 and path.is_file():
            text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"The key {given} cannot be read: {error}.") from error
    lines = [line for line in text.strip().splitlines() if line.strip()]
    rows = [[part for part in re.split(r'[\s,;"]+', line) if part] for line in lines]
    if len(rows) == 2 and len(rows[0]) == len(rows[1]):
        key = rows[1]  # names above, answers below
    elif len(rows) > 1 and all(len(row) == 2 for row in rows):
        pairs = rows[1:] if rows[0][1].lower() in ("key", "answer", "答案") else rows
        key = [answer for _name, answer in pairs]
    else:
        key = [part for row in rows for part in row]
    if len(key) == 1 and len(key[0]) > 1:
        key = list(key[0])
    if not key:
        raise CommandError("The key is empty.")
    return [answer.upper() for answer in key]


def points_in(cell: str) -> Number | None:
    """The points a cell holds; None when nothing was answered. Raises ValueError."""
    if cell.upper() in MISSING:
        return None
    if cell.upper() in TRUTH:
        return TRUTH[cell.upper()]
    if re.fullmatch(r"[+-]?\d{1,9}", cell):
        return int(cell)
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?", cell):
        raise ValueError(cell)
    points = float(cell)
    if abs(points) > MOST:
        raise ValueError(cell)
    return points


def _is_number(cell: str) -> bool:
    try:
        return points_in(cell) is not None
    except ValueError:
        return False


def _heads_persons(cell: str) -> bool:
    return _PERSON.fullmatch(cell.casefold()) is not None


def _are_numbers_of_persons(body: list[list[str]]) -> bool:
    """Is the first column of whole numbers, no two alike and each above every cell beside it?"""
    if len(body) < 3 or not all(cells and re.fullmatch(r"\d{1,18}", cells[0]) for cells in body):
        return False
    numbers = [int(cells[0]) for cells in body]
    beside = [float(cell) for cells in body for cell in cells[1:] if _is_number(cell) and cell.upper() not in TRUTH]  # fmt: skip
    return len(set(numbers)) == len(numbers) and min(numbers) > max(beside, default=1) + 1


class Matrix:
    """The layout of a file: has it a line of names, and a column of persons?"""

    def __init__(self, rows: list[tuple[int, list[str]]], key: list[str] | None, file: str) -> None:
        first, rest = rows[0][1], [cells for _line, cells in rows[1:]]
        if key is None:
            # Numbers name nothing: a first line without any number is a line of names.
            # Items may be called 1, 2, 3 when the persons have a name.
            self.has_names = not any(_is_number(cell) for cell in first[1:] or first) or (
                len(first) > 1 and _heads_persons(first[0])
            )
        else:
            met = [
                {cells[i].upper() for cells in rest if i < len(cells)} for i in range(len(first))
            ]
            fitting = sum(
                cell.upper() in met[i] or cell.upper() in MISSING for i, cell in enumerate(first)
            )
            wanted = {letter for answer in key for letter in answer}
            lettered = sum(set(cell.upper()) <= wanted for cell in first)
            self.has_names = bool(rest) and fitting * 2 < len(first) and lettered * 2 < len(first)
        body = rest if self.has_names else [first, *rest]
        width = len(first)
        if self.has_names:  # a separator after the last name, and nothing ever behind it
            while (
                width > 1
                and not first[width - 1]
                and not any("".join(r[width - 1 :]) for r in rest)
            ):
                width -= 1
        named = self.has_names and (not first[0] or _heads_persons(first[0]))
        if key is not None:
            self.has_person = len(key) == width - 1
            if len(key) not in (width, width - 1):
                raise CommandError(
                    f"{file}, line {rows[0][0]}: {width} columns, but the key names {len(key)} items."
                )
        else:
            words = bool(body) and all(
                cells and not _is_number(cells[0]) and cells[0].upper() not in MISSING
                for cells in body
            )
            self.has_person = width > 1 and (named or words or _are_numbers_of_persons(body))
        start = int(self.has_person)
        self.cells, self.width = len(first), width
        self.names = (
            [name or f"item {n}" for n, name in enumerate(first[start:width], 1)]
            if self.has_names
            else [f"item {n}" for n in range(1, width - start + 1)]
        )
        if key is None and self.has_names and width - start > 2:
            self._refuse_total(first[width - 1], [cells[start:width] for cells in body], file)

    def _refuse_total(self, name: str, body: list[list[str]], file: str) -> None:
        """The sum of the items would count as one more of them. Raises CommandError."""
        if name.casefold() not in TOTALS or not all(map(_is_number, (r[-1] for r in body if r))):
            return
        try:
            rows = [[points_in(cell) or 0 for cell in row] for row in body]
        except ValueError:
            return
        if rows and all(abs(sum(row[:-1]) - row[-1]) < 1e-6 for row in rows if row):
            raise CommandError(
                f"{file}: the column {name} is the sum of the others; leave it out, it is no item."
            )


def read(file: Path, key: list[str] | None, points: list[float] | None) -> Analysis:
    """The figures of a file, row by row. Raises CommandError naming line and column."""
    stream = cells_of(file)
    sample = [row for _, row in zip(range(200), stream, strict=False)]
    if not sample:
        raise CommandError(f"{file.name} holds no rows.")
    layout = Matrix(sample, key, file.name)
    names, start = layout.names, int(layout.has_person)
    if points is not None and len(points) != len(names):
        raise CommandError(f"--points names {len(points)} items, {file.name} has {len(names)}.")
    keys = None if key is None else [frozenset(answer) for answer in key]
    tally = Tally(names, points or (None if keys is None else [1.0] * len(names)), keys)
    rows = sample[int(layout.has_names) :]
    count = 0

    def everything() -> Iterator[tuple[int, list[str]]]:
        yield from rows
        yield from stream

    for line, cells in everything():
        where = f"{file.name}, line {line}"
        if len(cells) not in (layout.cells, layout.width) or any(cells[layout.width :]):
            raise CommandError(f"{where}: {len(cells)} columns, expected {layout.width}.")
        answers = cells[start : layout.width]
        if keys is not None:
            chosen = [
                frozenset() if cell.upper() in MISSING else frozenset(re.sub(r"[\s,;]", "", cell.upper()))
                for cell in answers
            ]  # fmt: skip
            worth = points or [1.0] * len(names)
            tally.add(
                [
                    (p if p != 1 else 1) * (picked == right) if picked else None
                    for picked, right, p in zip(chosen, keys, worth, strict=True)
                ],
                chosen,
            )
        else:
            scores: list[Number | None] = []
            for column, cell in enumerate(answers):
                try:
                    scores.append(points_in(cell))
                except ValueError:
                    said = f"{where}, column {column + start + 1} ({names[column]}): {cell!r} is not a number"
                    hint = "; chosen options need --key." if cell.isalpha() else "."
                    raise CommandError(said + hint) from None
                if points is not None and (scores[-1] or 0) > points[column]:
                    raise CommandError(
                        f"{where}, column {column + start + 1} ({names[column]}): {cell} is more than "
                        f"the {points[column]:.15g} points of the item."
                    )
            tally.add(scores)
        count += 1
    if not count:
        raise CommandError(f"{file.name} holds a line of names and no persons.")
    return tally.analysis()


def plain(analysis: Analysis) -> dict[str, Any]:
    """The figures as JSON carries them, ten decimals, null where undefined."""

    def rounded(value: Any) -> Any:
        if isinstance(value, float):
            return round(value, 10) + 0.0  # no −0.0
        if isinstance(value, dict):
            return {name: rounded(each) for name, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [rounded(each) for each in value]
        return value

    out: dict[str, Any] = rounded(asdict(analysis))
    out["scores"] = [{"score": score, "persons": persons} for score, persons in out["scores"]]
    return out


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="MATRIX.csv")
        parser.add_argument(
            "--key", help="the right options, e.g. BACDA or B,A,CD, or a file of them"
        )
        parser.add_argument("--points", help="the points of the items, e.g. 1,1,2")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        key = key_of(options["key"]) if options["key"] else None
        points = None
        if options["points"]:
            try:
                points = [float(part) for part in re.split(r"[\s,;]+", options["points"].strip())]
            except ValueError as error:
                raise CommandError(f"--points: {error}.") from error
            if not all(0 < p <= MOST for p in points):
                raise CommandError("--points: every item needs more than 0 points, 10^12 at most.")
        analysis = read(file, key, points)
        self.stdout.write(
            json.dumps(plain(analysis), ensure_ascii=False, indent=1, allow_nan=False)
        )
