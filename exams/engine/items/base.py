"""What every type of question stands on: the item, its options, and what can be wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, TypeAlias

Plain: TypeAlias = dict[str, Any]  # JSON: str, int, bool, None, list, dict

MAX_TEXT = 20_000  # characters of a stem or an explanation
MAX_OPTIONS = 26
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field. ``code`` is translated by the interface; ``str()`` is English."""

    field: str  # path such as "options[2].text"
    code: str
    params: tuple[tuple[str, object], ...] = ()

    MESSAGES: ClassVar[dict[str, str]] = {
        "required": "is required",
        "not_text": "must be text",
        "not_number": "must be a number",
        "not_integer": "must be a whole number",
        "not_bool": "must be true or false",
        "not_list": "must be a list",
        "not_mapping": "must be a mapping",
        "not_date": "must be a date like 2026-01-31",
        "not_choice": "must be one of: {allowed}",
        "bad_id": "may hold only letters, digits, '.', '_' and '-', at most 16",
        "duplicate": "occurs twice: {value}",
        "unknown_id": "names what is not there: {value}",
        "unknown_field": "is not a field of this type",
        "too_long": "is longer than {limit}",
        "too_few": "needs at least {least}",
        "too_many": "has more than {most}",
        "out_of_range": "must lie between {least} and {most}",
        "blanks_mismatch": "the stem marks {marked} blanks, {given} are given",
        "incomplete": "must name each one exactly once",
        "nested_case": "a part cannot be a case itself",
        "empty_range": "ends before it starts",
        "bad_character": "holds a control character",
    }

    def __str__(self) -> str:
        return f"{self.field}: {self.MESSAGES[self.code].format(**dict(self.params))}"


class InvalidItem(ValueError):
    """The dictionary is not a question; ``problems`` names every field that is wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What every type has. ``penalty`` is the fraction of the points lost by a wrong answer."""

    type: ClassVar[str] = ""
    stem: str
    explanation: str = ""
    penalty: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose, to order or to match."""

    id: str
    text: str
    feedback: str = ""
    credit: Decimal | None = None  # fraction of the points, −1…1; None: by the key


def decimal_of(value: object) -> Decimal | None:
    """The number a value or a text stands for (full-width digits and ``1,348`` too), or None."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        return None
    text = str(value).strip().translate(_WIDTH)
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    if len(text) > 40 or not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?", text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:  # pragma: no cover - the pattern admits only numbers
        return None


_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x2212: 0x2D}


def plain_number(value: Decimal) -> int | str:
    """A number as JSON carries it without loss: a small whole number, otherwise its digits."""
    if value == value.to_integral_value() and abs(value) < 2**53:
        return int(value)
    return format(value.normalize(), "f")
