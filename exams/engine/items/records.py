"""One question of a bank file: the item, and its bookkeeping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from exams.engine.items.base import InvalidItem, Item, Plain, Problem, plain_number
from exams.engine.items.reading import Reader
from exams.engine.items.whole import item_to_dict, read_item


@dataclass(frozen=True, slots=True)
class Cite:
    """A policy text as the file names it (number, title or page id) and an article's anchor."""

    text: str
    anchor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One question of a bank file."""

    item: Item
    code: str = ""
    category: tuple[str, ...] = ()
    knowledge_point: str = ""
    difficulty: int = 3
    tags: tuple[str, ...] = ()
    cites: tuple[Cite, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    points: Decimal | None = None  # what a paper gives for it unless told otherwise


def record_from_dict(source: Mapping[str, Any]) -> Record:
    """Read one question of a bank file. Raises InvalidItem naming every wrong field."""
    if not isinstance(source, Mapping):
        raise InvalidItem([Problem("question", "not_mapping")])
    r = Reader(source)
    code = r.text("code", limit=40)
    category = r.raw("category")
    if isinstance(category, (list, tuple)):
        path = [r.as_text("category", name, limit=100) for name in category]
    else:
        names = r.as_text("category", category, required=False, limit=400).split("/")
        path = [name.strip() for name in names if name.strip()]
    for name in path:
        if len(name) > 100:
            r.fail("category", "too_long", limit=100)
    if len(path) > 6:
        r.fail("category", "too_many", most=6)
    cites = []
    for index, entry in enumerate(r.listed("cites", 0, 20)):
        if not isinstance(entry, Mapping):
            entry = {"text": entry}
        inner = r.sub(f"cites[{index}]", entry)
        cites.append(
            Cite(inner.text("text", required=True, limit=300), inner.text("anchor", limit=40))
        )
        inner.finish()
    valid_from, valid_to = r.day("valid_from"), r.day("valid_to")
    if valid_from and valid_to and valid_to <= valid_from:
        r.fail("valid_to", "empty_range")
    kept: dict[str, Any] = {
        "code": code,
        "category": tuple(path),
        "knowledge_point": r.text("knowledge_point", limit=200),
        "difficulty": r.whole("difficulty", 3, 1, 5),
        "tags": tuple(r.as_text("tags", tag, limit=50) for tag in r.listed("tags", 0, 20)),
        "cites": tuple(cites),
        "valid_from": valid_from,
        "valid_to": valid_to,
        "points": r.number("points", "0", "0.01", "1000") or None,
    }
    item = read_item(r)
    r.finish()
    if item is None or r.problems:
        raise InvalidItem(r.problems)
    return Record(item=item, **kept)


def record_to_dict(record: Record) -> Plain:
    """The canonical dictionary of a question, dates as ISO text."""
    out: Plain = {}
    if record.code:
        out["code"] = record.code
    if record.category:
        out["category"] = "/".join(record.category)
    if record.knowledge_point:
        out["knowledge_point"] = record.knowledge_point
    out["difficulty"] = record.difficulty
    if record.points is not None:
        out["points"] = plain_number(record.points)
    if record.tags:
        out["tags"] = list(record.tags)
    if record.cites:
        out["cites"] = [
            {"text": cite.text} | ({"anchor": cite.anchor} if cite.anchor else {})
            for cite in record.cites
        ]
    if record.valid_from:
        out["valid_from"] = record.valid_from.isoformat()
    if record.valid_to:
        out["valid_to"] = record.valid_to.isoformat()
    return out | item_to_dict(record.item)
