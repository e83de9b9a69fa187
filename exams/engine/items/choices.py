"""Questions answered by choosing: one option, several, true or false."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from exams.engine.items.base import MAX_OPTIONS, Item, Option, Plain
from exams.engine.items.reading import Reader, common, mapping_of, options_to_dicts

MULTIPLE_RULES = ("half", "exact", "per_option", "balanced", "weights")


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleChoice(Item):
    type: ClassVar[str] = "single"
    options: tuple[Option, ...]
    key: str


def single(r: Reader) -> Item:
    options = r.options("options")
    key = r.known("key", r.raw("key"), options)
    return SingleChoice(options=options, key=key, **common(r))


def single_to_dict(item: SingleChoice) -> Plain:
    return {"options": options_to_dicts(item.options), "key": item.key}


@dataclass(frozen=True, slots=True, kw_only=True)
class MultipleChoice(Item):
    type: ClassVar[str] = "multiple"
    options: tuple[Option, ...]
    key: frozenset[str]
    rule: str = "half"


def multiple(r: Reader) -> Item:
    options = r.options("options")
    key = r.raw("key")
    if isinstance(key, str):  # "ACD", "A,C", "A、C"
        parts = re.split(r"[\s,;，、；]+", key.strip())
        key = list(key) if len(parts) == 1 and len(key) <= MAX_OPTIONS else parts
        key = [part for part in key if part]
        r.source = {**r.source, "key": key}
    chosen = [r.known("key", value, options) for value in r.listed("key", 1)]
    if len(set(chosen)) != len(chosen):
        r.fail("key", "duplicate", value=", ".join(chosen))
    rule = r.choice("rule", MULTIPLE_RULES)
    return MultipleChoice(options=options, key=frozenset(chosen), rule=rule, **common(r))


def multiple_to_dict(item: MultipleChoice) -> Plain:
    key = [option.id for option in item.options if option.id in item.key]
    return {"options": options_to_dicts(item.options), "key": key, "rule": item.rule}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueFalse(Item):
    type: ClassVar[str] = "true_false"
    key: bool
    when_true: str = ""  # said to whoever answered "true"
    when_false: str = ""

    def said_to(self, answer: bool) -> str:
        return self.when_true if answer else self.when_false


def true_false(r: Reader) -> Item:
    key = r.raw("key")
    if isinstance(key, str):
        key = {"true": True, "false": False, "对": True, "错": False, "正确": True, "错误": False,
               "t": True, "f": False, "√": True, "×": False}.get(key.strip().lower())  # fmt: skip
    if not isinstance(key, bool):
        r.fail("key", "required" if r.source.get("key") is None else "not_bool")
    said = mapping_of(r, "feedback")
    inner = r.sub("feedback", {str(name).lower(): words for name, words in said.items()})
    when = {name: inner.text(name, limit=4000) for name in ("true", "false")}
    inner.finish()
    return TrueFalse(key=bool(key), when_true=when["true"], when_false=when["false"], **common(r))


def true_false_to_dict(item: TrueFalse) -> Plain:
    out: Plain = {"key": item.key}
    said = {"true": item.when_true, "false": item.when_false}
    if any(said.values()):
        out["feedback"] = {name: words for name, words in said.items() if words}
    return out
