"""A question of any type: the case with its parts; read, written, compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from exams.engine.items import arranging, blanks, choices, written
from exams.engine.items.arranging import Matching, Ordering
from exams.engine.items.base import InvalidItem, Item, Option, Plain, Problem, plain_number
from exams.engine.items.blanks import FillIn, Numeric
from exams.engine.items.choices import MultipleChoice, SingleChoice, TrueFalse
from exams.engine.items.reading import ID, Reader, common
from exams.engine.items.written import Essay, ShortAnswer

MAX_PARTS = 20


@dataclass(frozen=True, slots=True)
class Part:
    id: str
    item: Item
    weight: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Item):
    type: ClassVar[str] = "case"
    parts: tuple[Part, ...]


def _case(r: Reader) -> Item:
    parts: list[Part] = []
    taken: set[str] = set()
    for index, entry in enumerate(r.listed("parts", 1, MAX_PARTS)):
        where = f"parts[{index}]"
        if not isinstance(entry, Mapping):
            r.fail(where, "not_mapping")
            continue
        reader = r.sub(where, entry)
        if entry.get("type") == "case":
            reader.fail("type", "nested_case")
            continue
        ident = reader.as_text("id", reader.raw("id"), required=False) or str(index + 1)
        if not ID.fullmatch(ident):
            reader.fail("id", "bad_id")
        if ident in taken:
            reader.fail("id", "duplicate", value=ident)
        taken.add(ident)
        weight = reader.number("weight", "1", "0.01", "100")
        item = read_item(reader)
        if item is not None:
            parts.append(Part(ident, item, weight))
        reader.finish()
    return Case(parts=tuple(parts), **common(r))


_READERS: dict[str, Callable[[Reader], Item]] = {
    "single": choices.single,
    "multiple": choices.multiple,
    "true_false": choices.true_false,
    "fill_in": blanks.fill_in,
    "numeric": blanks.numeric,
    "matching": arranging.matching,
    "ordering": arranging.ordering,
    "short_answer": written.short_answer,
    "essay": written.essay,
    "case": _case,
}
TYPES = tuple(_READERS)
RULES = {  # of each type that has several; the first is the default
    "multiple": choices.MULTIPLE_RULES,
    "fill_in": blanks.FILL_IN_RULES,
    "matching": arranging.MATCHING_RULES,
    "ordering": arranging.ORDERING_RULES,
}


def read_item(reader: Reader) -> Item | None:
    kind = reader.raw("type")
    if not isinstance(kind, str) or kind not in _READERS:
        code = "required" if kind in (None, "") else "not_choice"
        reader.fail("type", code, **({} if code == "required" else {"allowed": ", ".join(TYPES)}))
        reader.seen.update(reader.source)  # nothing more can be said about the other fields
        return None
    return _READERS[kind](reader)


def item_from_dict(source: Mapping[str, Any]) -> Item:
    """Read one item. Raises InvalidItem naming every wrong field; unknown fields are wrong too."""
    if not isinstance(source, Mapping):
        raise InvalidItem([Problem("question", "not_mapping")])
    reader = Reader(source)
    item = read_item(reader)
    reader.finish()
    if item is None or reader.problems:
        raise InvalidItem(reader.problems)
    return item


def item_to_dict(item: Item) -> Plain:
    """The canonical dictionary of an item; ``item_from_dict`` of it gives the same item."""
    out: Plain = {"type": item.type, "stem": item.stem}
    match item:
        case SingleChoice():
            out |= choices.single_to_dict(item)
        case MultipleChoice():
            out |= choices.multiple_to_dict(item)
        case TrueFalse():
            out |= choices.true_false_to_dict(item)
        case FillIn():
            out |= blanks.fill_in_to_dict(item)
        case Numeric():
            out |= blanks.numeric_to_dict(item)
        case Matching():
            out |= arranging.matching_to_dict(item)
        case Ordering():
            out |= arranging.ordering_to_dict(item)
        case ShortAnswer():
            out |= written.short_answer_to_dict(item)
        case Essay():
            out |= written.essay_to_dict(item)
        case Case():
            out["parts"] = [
                {"id": part.id, "weight": plain_number(part.weight), **item_to_dict(part.item)}
                for part in item.parts
            ]
        case _:  # pragma: no cover - every type is above
            raise TypeError(type(item))
    if item.explanation:
        out["explanation"] = item.explanation
    if item.penalty:
        out["penalty"] = plain_number(item.penalty)
    return out


def same_shape(one: Item, other: Item) -> bool:
    """Whether an answer given to ``one`` means the same to ``other``: the same type and the same ids.

    Of choices the wording may differ (a misprint mended); what is matched or put in order must be
    the same under each id, because there the ids carry the meaning.
    """
    match one, other:
        case SingleChoice(), SingleChoice():
            return [o.id for o in one.options] == [o.id for o in other.options]
        case MultipleChoice(), MultipleChoice():
            return [o.id for o in one.options] == [o.id for o in other.options]
        case FillIn(), FillIn():
            return len(one.blanks) == len(other.blanks)
        case Ordering(), Ordering():
            return _texts(one.options) == _texts(other.options)
        case Matching(), Matching():
            return _texts(one.left) == _texts(other.left) and _texts(one.right) == _texts(
                other.right
            )
        case Case(), Case():
            mine, theirs = ({part.id: part.item for part in case.parts} for case in (one, other))
            return mine.keys() == theirs.keys() and all(
                same_shape(item, theirs[ident]) for ident, item in mine.items()
            )
        case _:
            return type(one) is type(other)


def _texts(options: Iterable[Option]) -> dict[str, str]:
    return {option.id: option.text for option in options}


def is_automatic(item: Item) -> bool:
    """True when no person has to look at the answer."""
    match item:
        case Essay():
            return False
        case ShortAnswer():
            return item.marking == "auto"
        case Case():
            return all(is_automatic(part.item) for part in item.parts)
        case _:
            return True
