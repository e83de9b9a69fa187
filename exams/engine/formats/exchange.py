"""The exchange form itself (see ``exams.engine.items``) as YAML or JSON: carries everything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import yaml

from exams.engine import items as it
from exams.engine.formats.base import Collector, Place, Reading, Unreadable, Writing, decoded

MOST_VALUES: Final = 3_000_000


def read_yaml(content: bytes) -> Reading:
    """Read YAML. Raises Unreadable."""
    return _read(content, "YAML")


def read_json(content: bytes) -> Reading:
    """Read JSON. Raises Unreadable."""
    return _read(content, "JSON")


def _read(content: bytes, kind: str) -> Reading:
    text = decoded(content)
    try:
        rows = json.loads(text) if kind == "JSON" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        reason = " ".join(str(error).split()) or "too deep"
        raise Unreadable("not_this_format", format=kind, reason=reason) from error
    if _size(rows) > MOST_VALUES:
        raise Unreadable("unsafe", reason=f"{kind}: more than {MOST_VALUES} values")
    if isinstance(rows, dict):
        rows = rows.get("questions", [rows] if "stem" in rows else None)
    if not isinstance(rows, list):
        raise Unreadable("no_questions")
    out = Collector()
    for number, row in enumerate(rows, 1):
        out.add(Place("row", number), row if isinstance(row, dict) else {"stem": row})
    return out.reading()


def _size(rows: object) -> int:
    """How many values there are, those that stand at several places counted at each, as far as the limit."""
    count, waiting = 0, [rows]
    while waiting and count <= MOST_VALUES:
        value = waiting.pop()
        count += 1
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return count


def write_yaml(records: Sequence[it.Record]) -> Writing:
    rows = {"questions": [it.record_to_dict(record) for record in records]}
    return Writing(yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, width=100).encode())


def write_json(records: Sequence[it.Record]) -> Writing:
    rows = {"questions": [it.record_to_dict(record) for record in records]}
    return Writing(json.dumps(rows, ensure_ascii=False, indent=1).encode())
