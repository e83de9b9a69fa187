"""Reads the fields of one mapping of the exchange form, collecting what is wrong; and writes them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from exams.engine.items.base import (
    LETTERS,
    MAX_OPTIONS,
    MAX_TEXT,
    Option,
    Plain,
    Problem,
    decimal_of,
    plain_number,
)

# Half of a surrogate pair is no character: neither a database nor a page can hold it.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,15}")


@dataclass(slots=True)
class Reader:
    """Reads fields of one mapping, collecting problems instead of stopping at the first."""

    source: Mapping[str, Any]
    path: str = ""
    problems: list[Problem] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def fail(self, name: str, code: str, **params: object) -> None:
        self.problems.append(Problem(self.at(name), code, tuple(params.items())))

    def sub(self, name: str, source: Mapping[str, Any]) -> Reader:
        return Reader(source, self.at(name), self.problems)

    def raw(self, name: str) -> Any:
        self.seen.add(name)
        return self.source.get(name)

    def text(self, name: str, *, required: bool = False, limit: int = MAX_TEXT) -> str:
        return self.as_text(name, self.raw(name), required=required, limit=limit)

    def as_text(self, name: str, value: Any, *, required: bool = True, limit: int = 2000) -> str:
        if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal, type(None))):
            self.fail(name, "not_text")
            return ""
        text = "" if value is None else str(value).replace("\r\n", "\n").strip()
        if required and not text:
            self.fail(name, "required")
        if len(text) > limit:
            self.fail(name, "too_long", limit=limit)
        if _CONTROL.search(text):
            self.fail(name, "bad_character")
        return text

    def choice(self, name: str, allowed: Sequence[str]) -> str:
        value = self.raw(name)
        if value is None or value == "":
            return allowed[0]
        if value not in allowed:
            self.fail(name, "not_choice", allowed=", ".join(allowed))
            return allowed[0]
        return str(value)

    def boolean(self, name: str) -> bool:
        value = self.raw(name)
        if value is None:
            return False
        if not isinstance(value, bool):
            self.fail(name, "not_bool")
        return bool(value)

    def number(
        self, name: str, default: str | None, least: str | None, most: str | None
    ) -> Decimal:
        value = self.raw(name)
        if value is None or value == "":
            if default is None:
                self.fail(name, "required")
                return Decimal(0)
            return Decimal(default)
        number = decimal_of(value)
        if number is None:
            self.fail(name, "not_number")
            return Decimal(0)
        low, high = Decimal(least or "-1e15"), Decimal(most or "1e15")
        if not low <= number <= high or -number.as_tuple().exponent > 12:  # type: ignore[operator]
            self.fail(name, "out_of_range", least=low, most=high)
            return Decimal(0)
        return number

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        value = self.raw(name)
        if value is None or value == "":
            return default
        if isinstance(value, str) and value.strip().isdigit():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self.fail(name, "not_integer")
            return default
        if not least <= value <= most:
            self.fail(name, "out_of_range", least=least, most=most)
            return default
        return value

    def listed(self, name: str, least: int = 0, most: int = MAX_OPTIONS) -> list[Any]:
        value = self.raw(name)
        if value is None:
            value = []
        if not isinstance(value, (list, tuple)):
            self.fail(name, "not_list")
            return []
        if len(value) < least:
            self.fail(name, "too_few" if value else "required", least=least)
        if len(value) > most:
            self.fail(name, "too_many", most=most)
            return []
        return list(value)

    def day(self, name: str) -> date | None:
        value = self.raw(name)
        if value is None or value == "" or type(value) is date:
            return value or None
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(name, "not_date")
            return None

    def options(self, name: str, least: int = 2, ids: str = LETTERS) -> tuple[Option, ...]:
        value = self.raw(name)
        if isinstance(value, Mapping):
            value = [{"id": key, "text": text} for key, text in value.items()]
            self.source = {**self.source, name: value}
        found: list[Option] = []
        taken: set[str] = set()
        for index, entry in enumerate(self.listed(name, least)):
            where = f"{name}[{index}]"
            if not isinstance(entry, Mapping):
                entry = {"text": entry}
            reader = self.sub(where, entry)
            ident = reader.as_text("id", reader.raw("id"), required=False) or ids[index]
            if not ID.fullmatch(ident):
                reader.fail("id", "bad_id")
            if ident in taken:
                reader.fail("id", "duplicate", value=ident)
            taken.add(ident)
            given = entry.get("credit") not in (None, "")
            credit = reader.number("credit", "0", "-1", "1")
            found.append(
                Option(
                    ident,
                    reader.text("text", required=True, limit=4000),
                    reader.text("feedback", limit=4000),
                    credit if given else None,
                )
            )
            reader.finish()
        return tuple(found)

    def known(self, name: str, value: Any, options: Iterable[Option]) -> str:
        ident = self.as_text(name, value)
        if ident and ident not in {option.id for option in options}:
            self.fail(name, "unknown_id", value=ident)
        return ident

    def finish(self) -> None:
        for name in self.source:
            if name not in self.seen:
                self.fail(str(name), "unknown_field")


def common(r: Reader) -> dict[str, Any]:
    return {
        "stem": r.text("stem", required=True),
        "explanation": r.text("explanation"),
        "penalty": r.number("penalty", "0", "0", "1"),
    }


def mapping_of(r: Reader, name: str) -> Mapping[str, Any]:
    value = r.raw(name)
    if value is not None and not isinstance(value, Mapping):
        r.fail(name, "not_mapping")
        return {}
    return value or {}


def shuffled_ids(texts: Sequence[str]) -> list[int]:
    """Positions in an order that says nothing about the order given, the same every time."""
    return sorted(
        range(len(texts)),
        key=lambda i: hashlib.sha256(f"{i}\x1f{texts[i]}".encode()).digest(),
    )


def options_to_dicts(options: Iterable[Option]) -> list[Plain]:
    out: list[Plain] = []
    for option in options:
        entry: Plain = {"id": option.id, "text": option.text}
        if option.feedback:
            entry["feedback"] = option.feedback
        if option.credit is not None:
            entry["credit"] = plain_number(option.credit)
        out.append(entry)
    return out


def credited(entry: Plain, credit: Decimal, feedback: str) -> Plain:
    if credit != 1:
        entry["credit"] = plain_number(credit)
    if feedback:
        entry["feedback"] = feedback
    return entry
