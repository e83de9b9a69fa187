"""Spreadsheets in the layout Chinese question banks use: 题型 题干 选项A … 答案 解析 分值 难度 …

Headers are read tolerantly (题目 for 题干, 正确答案 for 答案 …), every sheet that has them is read, and a
sheet named 单选题 gives its rows their type. CSV with the same columns is read too. The writer adds a
column 补充 (JSON) only for rows whose columns alone would not bring the question back as it was, so
that a bank written and read again is the same.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from itertools import zip_longest
from typing import Any, Final
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from exams.engine import items as it
from exams.engine.formats.answers import (
    DIFFICULTY_WORDS,
    alternatives,
    blanks_of,
    key_points_of,
    letters_of,
    pairs_of,
    quantity_of,
    truth_of,
)
from exams.engine.formats.archive import opened, without_document_types
from exams.engine.formats.base import (
    Collector,
    Place,
    Reading,
    Refused,
    Unreadable,
    decoded,
    path_of,
)
from exams.engine.formats.papersections import TYPE_WORDS
from exams.engine.formats.xlsx.columns import RULE_NAMES, cells_of

MOST_ROWS: Final = 50_000
MOST_COLUMNS: Final = 80

_RULES = {name: rule for rule, name in RULE_NAMES.items()} | {rule: rule for rule in RULE_NAMES}
_HEADERS: Final = {
    "code": "编号 试题编号 题目编号 题号编码 code",
    "type": "题型 试题类型 题目类型 类型 题类 type questiontype",
    "stem": "题干 题目 试题 题目内容 试题内容 题干内容 问题 试题题干 题目描述 stem question questiontext",
    "options": "选项 备选项 备选答案 选项内容 options",
    "answer": "答案 正确答案 标准答案 参考答案 正确选项 试题答案 answer key correctanswer rightanswer",
    "explanation": "解析 答案解析 试题解析 题目解析 分析 解释 说明 explanation",
    "points": "分值 分数 得分 默认分值 points score",
    "difficulty": "难度 难易度 难易程度 难度等级 难度系数 difficulty",
    "knowledge_point": "知识点 考点 所属知识点 考查点",
    "category": "分类 类别 试题分类 所属分类 章节 目录 题库 所属题库 题库分类 category",
    "tags": "标签 关键词 关键字 tags",
    "cites": "依据 出处 引用条款 依据条款 文件依据",
    "valid_from": "有效期起 有效起 启用日期 生效日期 起用日期",
    "valid_to": "有效期止 有效止 停用日期 失效日期 截止日期",
    "rule": "计分规则 评分规则 得分规则",
    "penalty": "倒扣 倒扣比例 扣分比例",
    "parent": "所属案例 所属大题 上级编号 父题编号 材料题编号",
    "extra": "补充 扩展 补充（JSON）",
    "number": "序号 题号 行号",
}
COLUMNS = {word.casefold(): name for name, words in _HEADERS.items() for word in words.split()}
_OPTION = re.compile(
    r"^(?:选项|备选项|备选答案|答案选项|option)?[\s_（(\-]*([A-Z])[)）]?(?:选项|项)?$",
    re.IGNORECASE,
)
_OPTION_NUMBER = re.compile(
    r"^(?:选项|备选项|备选答案)[\s_（(\-]*(\d{1,2}|[一二三四五六七八九十])[)）]?$"
)
_ENGLISH_TYPES = {
    "multiplechoice": "choice", "choice": "choice", "mcq": "choice", "singlechoice": "single",
    "singleselect": "single", "multiselect": "multiple", "multipleanswer": "multiple",
    "multipleanswers": "multiple", "multipleresponse": "multiple", "truefalse": "true_false", "tf": "true_false",
    "fillin": "fill_in", "fillintheblank": "fill_in", "fillintheblanks": "fill_in", "shortanswer": "short_answer",
    "numerical": "numeric",
}  # fmt: skip
_TYPES = dict(TYPE_WORDS) | {"匹配": "matching", "判断正误": "true_false"}


def read(content: bytes) -> Reading:
    """Read a workbook, or CSV with the same columns. Raises Unreadable."""
    out = Collector()
    if content[:2] == b"PK":
        sheets = list(_sheets(content))
    elif content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Unreadable("old_xls")
    else:
        text = decoded(content)
        delimiter = "\t" if text.count("\t") > text.count(",") else ","
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


def type_of(word: str) -> str:
    """The type a Chinese (or our own) word names, '' when none."""
    word = word.strip()
    if word in it.TYPES:
        return word
    if english := _ENGLISH_TYPES.get(re.sub("[^a-z]", "", word.casefold())):
        return english
    for name, kind in _TYPES.items():
        if word.startswith(name) or f"（{name}" in word:
            return kind
    return ""


def plain_of_row(
    cells: dict[str, str], options: list[str], default: str, out: Collector
) -> it.Plain:
    """The exchange form of one row. Raises Refused."""
    word = cells.get("type", "")
    kind = type_of(word) if word else default
    if word and not kind:
        raise Refused("unknown_type", value=word)
    plain = _facts(cells, out)
    if cells.get("extra"):
        return _completed(cells, options, kind, plain, out)
    if not cells.get("stem"):
        raise Refused("no_stem")
    return {"stem": cells["stem"]} | plain | _columns(cells, options, kind)


def _completed(
    cells: dict[str, str], options: list[str], kind: str, facts: it.Plain, out: Collector
) -> it.Plain:
    """A row with a column 补充. Raises Refused.

    The cells the addition would have been written beside tell which ones somebody changed: a changed
    cell wins, and of the addition counts what has a place beside it.
    """
    try:
        extra = json.loads(cells["extra"])
    except (ValueError, RecursionError) as error:
        raise Refused("syntax", reason=f"补充: {error}") from error
    if not isinstance(extra, dict):
        raise Refused("syntax", reason="补充: {…}")
    said: it.Plain | None = None  # what the columns ask
    with suppress(Refused, it.InvalidItem):
        asked = {"stem": cells.get("stem", "")} | _columns(cells, options, kind)
        said = it.item_to_dict(it.item_from_dict(asked))
    base = {"stem": cells.get("stem", ""), "type": kind or "single"}
    whole = (base if said is None or "type" in extra else said) | facts | extra
    whole = {name: value for name, value in whole.items() if value is not None}
    points = {"points": cells["points"]} if cells.get("points") else {}
    try:
        record = it.record_from_dict(points | whole)
    except it.InvalidItem:
        return whole  # its own faults are told
    changed = _changed(cells_of(record), cells, options)
    for name in sorted(changed & extra.keys() - _ASKED):
        if not cells.get(name):
            out.note("addition_counts", value=f"{name}: {extra[name]}")
        elif name == "points":
            del whole[name]  # the cell is read beside the question
        else:
            whole[name] = facts[name] if name in facts else cells[name]
    if not changed & _ASKED or record.item.type == "case" == kind:
        if "key" not in extra and _contradicts(whole):
            raise Refused("addition_differs")
        return whole
    if said is None:
        raise Refused("addition_differs")
    old = it.item_to_dict(record.item)
    said = _with_details(said, old, out)
    if _contradicts(said):
        raise Refused("addition_differs")
    kept = ("stem", "explanation", "penalty")
    return said | {k: v for k, v in whole.items() if k in kept or k not in old}


def _changed(written: dict[str, str], cells: dict[str, str], options: list[str]) -> set[str]:
    """The fields whose cells do not hold what a writer puts beside the addition."""
    there = [written.pop(f"选项{letter}", "").strip() for letter in it.LETTERS]
    named = {COLUMNS[heading.casefold()]: text.strip() for heading, text in written.items()}
    asked = any(options) or any(cells.get(name) for name in ("options", "answer"))
    changed = {name for name in {*named, *cells} & _SAID if named.get(name, "") != cells.get(name, "")}  # fmt: skip
    if any(a != b for a, b in zip_longest(there, options, fillvalue="")):
        changed.add("options")
    # A row may leave all that is asked to the addition.
    return changed if asked else changed - _ASKED | changed & {"type"}


_ASKED = {"type", "options", "answer", "rule"}
_SAID = {
    "code", "type", "stem", "answer", "explanation", "points", "difficulty", "knowledge_point", "category",
    "tags", "cites", "valid_from", "valid_to", "rule", "penalty",
}  # fmt: skip


def _contradicts(plain: it.Plain) -> bool:
    """Do the weights of the options say another key than the key?"""
    key = plain.get("key", ())
    for option in plain.get("options", ()):
        credit = it.decimal_of(option.get("credit")) if isinstance(option, dict) else None
        if credit is not None:
            right = credit == 1 if plain["type"] == "single" else credit > 0
            if right != (option["id"] in key):
                return True
    return False


def _with_details(new: it.Plain, old: it.Plain, out: Collector) -> it.Plain:
    """What the columns ask, with the details the addition has of the same options and wordings.

    An entry is known again by its words, otherwise by its place when there are as many as before;
    that a detail stays beside changed words is told.
    """
    if new["type"] == old["type"]:
        new = {k: v for k, v in old.items() if k not in _COLUMN_FIELDS} | new
        new |= {k: old[k] for k in ("marking", "max_length", "min_length", "rubric") if k in old}
    for name in _ENTRIES:
        if name in new and name in old:
            new[name] = _detailed(new[name], old[name], out)
    return new


_COLUMN_FIELDS = {"options", "key", "rule", "any_order", "blanks", "accept", "left", "right", "key_points", "unit",
                  "model_answer"}  # fmt: skip
_ENTRIES = ("options", "blanks", "accept", "left", "right", "key_points")


def _detailed(new: list[Any], old: list[Any], out: Collector) -> list[Any]:
    def words(entry: Any) -> str:
        if isinstance(entry, dict):
            return str(entry.get("text", entry.get("value", "")))
        return str(entry)

    known = {words(entry): entry for entry in old}
    merged = []
    for place, entry in enumerate(new):
        beside = known.get(words(entry))
        if beside is None or "accept" in (entry if isinstance(entry, dict) else {}):
            beside = old[place] if len(old) == len(new) else None
        if not isinstance(beside, dict):
            merged.append(entry)
            continue
        mine = entry if isinstance(entry, dict) else {"text": entry}
        details = {k: v for k, v in beside.items() if k not in ("id", "text", "value", "tolerance", "weight", *mine)}  # fmt: skip
        if "accept" in mine and "accept" in beside:
            mine["accept"] = _detailed(mine["accept"], beside["accept"], out)
        elif details and words(mine) != words(beside):
            told = "；".join(str(value) for value in details.values())
            out.note("addition_counts", value=f"{words(mine)}: {told}")
        merged.append(mine | details if details or isinstance(entry, dict) else entry)
    return merged


def _columns(cells: dict[str, str], options: list[str], kind: str) -> it.Plain:
    """What the columns of stem, options, answer and rule make. Raises Refused."""
    stem, answer = cells.get("stem", ""), cells.get("answer", "")
    return _typed(kind, stem, answer, _options(options, cells.get("options", "")), cells)


def _facts(cells: dict[str, str], out: Collector) -> it.Plain:
    plain: it.Plain = {}
    for name in ("code", "explanation", "knowledge_point"):
        if cells.get(name):
            plain[name] = cells[name]
    for name in ("valid_from", "valid_to"):
        if cells.get(name):
            plain[name] = re.sub(r"^(\d{4})[/.年](\d{1,2})[/.月](\d{1,2})日?$", _iso, cells[name])
    if cells.get("category"):
        plain["category"] = path_of(re.sub(r"\s*[>＞→]\s*", "/", cells["category"]))
    if cells.get("tags"):
        plain["tags"] = [tag for tag in re.split(r"[,，、;；\n]+", cells["tags"]) if tag.strip()]
    if cells.get("cites"):
        plain["cites"] = [
            {"text": text.strip()} | ({"anchor": anchor.strip()} if anchor else {})
            for text, _hash, anchor in (line.partition("#") for line in cells["cites"].split("\n"))
            if text.strip()
        ]
    if cells.get("penalty"):
        given = cells["penalty"]
        number = it.decimal_of(given.rstrip("%％"))
        if number is None:
            raise Refused("bad_number", value=given)
        plain["penalty"] = it.plain_number(number / 100 if given.endswith(("%", "％")) else number)
    level = cells.get("difficulty", "")
    if level:
        number = it.decimal_of(level)
        if level.casefold() in DIFFICULTY_WORDS:
            plain["difficulty"] = DIFFICULTY_WORDS[level.casefold()]
        elif number is not None and 0 < number < 1:  # 难度系数: share of right answers
            plain["difficulty"] = 5 - min(4, int(number * 5))
        else:
            out.note("field_dropped", name="难度", value=level)
    return plain


def _iso(match: re.Match[str]) -> str:
    return f"{match.group(1)}-{int(match.group(2)):02}-{int(match.group(3)):02}"


def _options(options: list[str], together: str) -> list[str]:
    while options and not options[-1]:
        options = options[:-1]
    if options or not together:
        return options
    lines = [
        line
        for line in re.split(r"\n|\$;\$|\|\||(?<!\|)\|(?!\|)|[；;](?=\s*[A-Z][.．、])", together)
        if line.strip()
    ]
    if len(lines) == 1:
        lines = [p for p in re.split(r"(?:^|\s+)(?=[A-Z]\s*[.．、:：])", lines[0]) if p.strip()]
    if len(lines) == 1:
        lines = [p for p in re.split(r"[；;]", lines[0]) if p.strip()]
    return [re.sub(r"^\s*[A-Z]\s*[.．、:：)）]\s*", "", line).strip() for line in lines]


def _key(answer: str, options: list[str]) -> list[str]:
    """The letters an answer names; its options may also be named by their words. Raises Refused."""
    said = answer.strip()
    names = [said] if said in options else [p.strip() for p in re.split(r"[、，,；;|\n]", said)]
    worded = [it.LETTERS[options.index(name)] for name in names if options.count(name) == 1]
    by_words = sorted(worded) if len(worded) == len(names) == len(set(worded)) else []
    try:
        letters = letters_of(answer, len(options))
    except Refused:
        if by_words:
            return by_words
        raise
    # 4 of the options 3, 4, 5, 6: the second by what it says, the fourth by its number.
    if by_words and by_words != letters and re.fullmatch(r"[\d\s、，,；;|]+", said):
        a, b = "".join(by_words), "".join(letters)
        raise Refused("two_readings", value=said, words=a, number=b)
    return letters


def _typed(
    kind: str, stem: str, answer: str, options: list[str], cells: dict[str, str]
) -> it.Plain:
    """What depends on the type. Raises Refused."""
    rule = cells.get("rule", "")
    ruled: it.Plain = {}
    if rule:
        if rule not in _RULES and rule != "不分顺序":
            raise Refused("field_dropped", name="计分规则", value=rule)
        ruled = {"rule": _RULES[rule]} if rule in _RULES else {"any_order": True}
    truth = truth_of(answer)
    if (
        kind == ""
        and len(options) <= 2
        and truth is not None
        and (not options or {truth_of(o) for o in options} == {True, False})
    ):
        kind = "true_false"  # fmt: skip
    if kind in ("", "choice") and options:
        kind = "single" if answer and len(_key(answer, options)) == 1 else "multiple"
    if kind == "":
        kind = "fill_in" if it.blank_numbers(stem) else "short_answer"
    if kind not in ("essay", "case") and not answer:
        raise Refused("no_key")
    match kind:
        case "single" | "multiple" | "choice":
            if not options:
                raise Refused("bad_key", value=answer)
            letters = _key(answer, options)
            if kind == "single" and len(letters) > 1:
                raise Refused("bad_key", value=answer)
            key: Any = letters[0] if kind == "single" else letters
            return {"type": kind, "options": options, "key": key} | ruled
        case "true_false":
            if truth is None and options and answer.strip().upper() in ("A", "B"):
                place = "AB".index(answer.strip().upper())
                truth = truth_of(options[place]) if place < len(options) else None
            elif truth is None and answer.strip().upper() in ("A", "B"):
                truth = answer.strip().upper() == "A"
            if truth is None:
                raise Refused("bad_key", value=answer)
            return {"type": "true_false", "key": truth}
        case "fill_in":
            if options and not it.blank_numbers(stem):  # each blank's wordings in a column
                return {"type": kind, "blanks": [alternatives(o) for o in options]} | ruled
            return blanks_of(stem, answer) | ruled
        case "numeric":
            return quantity_of(answer)
        case "matching":
            left = [line.strip() for line in answer.split("\n") if line.strip()]
            pairs = [re.split(r"\s*(?:——|->|→|＝|=)\s*", line, maxsplit=1) for line in left]
            if all(len(pair) == 2 for pair in pairs):
                used = {right for _left, right in pairs}
                extra = [o for o in options if o not in used]
                return (
                    {"type": kind, "pairs": pairs}
                    | ({"distractors": extra} if extra else {})
                    | ruled
                )
            return pairs_of(stem, [], options, answer)
        case "ordering":
            letters = letters_of(answer, len(options), ordered=True)
            return {
                "type": kind,
                "sequence": [options[it.LETTERS.index(x)] for x in letters],
            } | ruled
        case "short_answer":
            return key_points_of(answer)
        case "essay":
            return {"type": kind} | ({"model_answer": answer} if answer else {})
        case _:
            return {"type": "case"}
