"""A row as a question: its columns, and beside them the column 补充 of the writer.

A row that somebody changed tells so itself: its cells are not those the addition would have been
written beside.
"""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import zip_longest
from typing import Any

from exams.engine import items as it
from exams.engine.formats.base import Collector, Refused
from exams.engine.formats.xlsx.cells import facts_of, question_of, type_of
from exams.engine.formats.xlsx.columns import COLUMNS, cells_of


def plain_of_row(
    cells: dict[str, str], options: list[str], default: str, out: Collector
) -> it.Plain:
    """The exchange form of one row. Raises Refused."""
    word = cells.get("type", "")
    kind = type_of(word) if word else default
    if word and not kind:
        raise Refused("unknown_type", value=word)
    plain = facts_of(cells, out)
    if cells.get("extra"):
        return _completed(cells, options, kind, plain, out)
    if not cells.get("stem"):
        raise Refused("no_stem")
    return {"stem": cells["stem"]} | plain | question_of(cells, options, kind)


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
        asked = {"stem": cells.get("stem", "")} | question_of(cells, options, kind)
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
        details = {k: v for k, v in beside.items() if k not in ("id", "text", "value", "tolerance", "open", "weight", *mine)}  # fmt: skip
        if "accept" in mine and "accept" in beside:
            mine["accept"] = _detailed(mine["accept"], beside["accept"], out)
        elif details and words(mine) != words(beside):
            told = "；".join(str(value) for value in details.values())
            out.note("addition_counts", value=f"{words(mine)}: {told}")
        merged.append(mine | details if details or isinstance(entry, dict) else entry)
    return merged
