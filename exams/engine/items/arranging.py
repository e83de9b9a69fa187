"""Questions answered by arranging: pairs to match, options to put in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from exams.engine.items.base import LETTERS, MAX_OPTIONS, Item, Option, Plain
from exams.engine.items.reading import Reader, common, options_to_dicts, shuffled_ids

MATCHING_RULES = ("per_pair", "exact")
ORDERING_RULES = ("exact", "position", "neighbours")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching(Item):
    type: ClassVar[str] = "matching"
    left: tuple[Option, ...]
    right: tuple[Option, ...]
    key: tuple[tuple[str, str], ...]  # (left id, right id), in the order of ``left``
    rule: str = "per_pair"


def matching(r: Reader) -> Item:
    if r.source.get("pairs") is not None:
        texts: list[tuple[str, str]] = []
        for index, entry in enumerate(r.listed("pairs", 2)):
            if isinstance(entry, Mapping):
                entry = [entry.get("left"), entry.get("right")]
            if not isinstance(entry, (list, tuple)) or len(entry) != 2:
                r.fail(f"pairs[{index}]", "not_list")
                continue
            texts.append(
                (
                    r.as_text(f"pairs[{index}].left", entry[0]),
                    r.as_text(f"pairs[{index}].right", entry[1]),
                )
            )
        extra = [r.as_text("distractors", value) for value in r.listed("distractors")]
        # Two lefts may share one right: it is shown once.
        rights = list(dict.fromkeys([right for _, right in texts] + extra))
        if len(rights) > MAX_OPTIONS:
            r.fail("pairs", "too_many", most=MAX_OPTIONS)
            rights = rights[:MAX_OPTIONS]
        order = shuffled_ids(rights)
        right = tuple(Option(LETTERS[place], rights[i]) for place, i in enumerate(order))
        ids = {option.text: option.id for option in right}
        left = tuple(Option(str(n), text) for n, (text, _) in enumerate(texts, 1))
        key = tuple((str(n), ids.get(text, "")) for n, (_, text) in enumerate(texts, 1))
    else:
        left = r.options("left", ids="123456789")
        right = r.options("right", least=1)  # two lefts may share the only one
        given = r.raw("key")
        if not isinstance(given, Mapping):
            r.fail("key", "required" if given is None else "not_mapping")
            given = {}
        given = {str(name): value for name, value in given.items()}
        if given and set(given) != {option.id for option in left}:
            r.fail("key", "incomplete")
        key = tuple(
            (option.id, r.known(f"key.{option.id}", given[option.id], right))
            for option in left
            if option.id in given
        )
    rule = r.choice("rule", MATCHING_RULES)
    return Matching(left=left, right=right, key=key, rule=rule, **common(r))


def matching_to_dict(item: Matching) -> Plain:
    out: Plain = {"left": options_to_dicts(item.left), "right": options_to_dicts(item.right)}
    return out | {"key": dict(item.key), "rule": item.rule}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering(Item):
    type: ClassVar[str] = "ordering"
    options: tuple[Option, ...]
    key: tuple[str, ...]
    rule: str = "exact"


def ordering(r: Reader) -> Item:
    if r.source.get("sequence") is not None:
        texts = [r.as_text(f"sequence[{i}]", v) for i, v in enumerate(r.listed("sequence", 2))]
        order = shuffled_ids(texts)
        options = tuple(Option(LETTERS[place], texts[i]) for place, i in enumerate(order))
        key = tuple(LETTERS[order.index(i)] for i in range(len(texts)))
    else:
        options = r.options("options")
        key = tuple(r.known("key", value, options) for value in r.listed("key", 2))
        if options and key and sorted(key) != sorted(option.id for option in options):
            r.fail("key", "incomplete")
    rule = r.choice("rule", ORDERING_RULES)
    return Ordering(options=options, key=key, rule=rule, **common(r))


def ordering_to_dict(item: Ordering) -> Plain:
    return {"options": options_to_dicts(item.options), "key": list(item.key), "rule": item.rule}
