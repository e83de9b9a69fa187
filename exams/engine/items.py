"""Questions as values, and the plain dictionaries in which they are exchanged and stored.

A *record* is one question of a bank file: its bookkeeping and its item side by side. Files are
YAML or JSON: a list of records, or a mapping with the key ``questions``. Common keys::

    code: DZ-001                  # unique in the bank; may be left out, then it is numbered
    category: 党章党规/党章         # path in the category tree, made when missing
    knowledge_point: 党员义务       # free words (optional)
    difficulty: 2                 # 1 easy … 5 hard; default 3
    tags: [基础]                   # optional
    cites:                        # optional: articles of policy texts the question rests on
      - {text: 沪委发〔2019〕18号, anchor: i3}    # number, title or page id of the text; anchor
    valid_from: 2026-01-01        # optional, first day it may be drawn
    valid_to: 2027-01-01          # optional, first day it may no longer be drawn
    type: single
    stem: 题干……
    explanation: 解析……            # optional, shown after release only
    penalty: 0.25                 # optional: fraction of the points lost by a wrong answer

What follows depends on the type. ``options`` may always be written as a list of texts (named A,
B, C … in that order), as a mapping ``{A: text}``, or as a list of ``{id, text, feedback, credit}``.

single — one right option; ``credit`` gives a wrong option part of the points::

    {type: single, stem: …, options: [甲, 乙, 丙, 丁], key: B}

multiple — ``rule`` is one of exact (all or nothing), half (default: half for a part of the key and
nothing wrong), per_option (each right one counts, a wrong one voids), balanced (right minus wrong,
never below 0), weights (the sum of the options' ``credit``, never below 0)::

    {type: multiple, stem: …, options: {A: 甲, B: 乙, C: 丙}, key: [A, C], rule: half}

true_false — ``feedback`` (optional) is said to whoever answered so::

    {type: true_false, stem: …, key: true, feedback: {"true": 对。, "false": 请看第三条。}}

fill_in — one or several blanks, marked ``[[1]]``, ``[[2]]`` … or by runs of four or more
underscores in the stem. Each blank accepts one text, a list of texts, or
``{accept: [text or {text, credit}], case_sensitive: false, match: normalised}``; ``match`` is
normalised (width, punctuation, spaces, numerals, simplified/traditional), exact, or wildcard (a
``*`` stands for any run of characters, ``\\*`` for itself; the first wording that fits
counts). ``any_order: true`` lets the answers stand in any blank.
``rule`` is per_blank (default) or exact::

    {
        type: fill_in,
        stem: "[[1]]年召开[[2]]。",
        blanks: [["2022"], [二十大, 中国共产党第二十次全国代表大会]],
    }

numeric — ``tolerance`` is absolute, or relative when written ``"5%"``; both ends are included; or
several ``accept`` of ``{value, tolerance, credit}`` or ``{from, to, credit}``; ``unit`` is shown behind
the box; ``units`` are others that may be written after the number, and how many of them make one::

    {type: numeric, stem: …, key: 86.97, tolerance: 0.01, unit: "%"}
    {type: numeric, stem: …, key: 1.5, tolerance: "2%", unit: m, units: {cm: 100}}

matching — ``pairs`` (and ``distractors`` on the right), or ``left``, ``right`` and a ``key`` that
maps left ids to right ids. ``rule`` is per_pair (default) or exact::

    {type: matching, stem: …, pairs: [[北京, 中国], [东京, 日本]], distractors: [法国]}

ordering — ``sequence`` in the right order, or ``options`` and ``key`` as a list of ids. ``rule`` is
exact (default), position (each in its place) or neighbours (each pair of right neighbours)::

    {type: ordering, stem: …, sequence: [申请入党, 积极分子, 发展对象, 预备党员]}

short_answer — key points; each is found when one of its wordings occurs in the answer. ``marking``
is manual (default: the finding is proposed to a marker) or auto. ``weight`` defaults to 1::

    {type: short_answer, stem: …, key_points: [{text: 坚持党的领导, any_of: [党的领导], weight: 2}, 人民至上]}

essay — marked by a person along a rubric; lengths in characters::

    {type: essay, stem: …, rubric: [{text: 观点正确, weight: 4}], min_length: 300, max_length: 1500}

case — a stem and several parts, each an item of another type with an ``id`` (default 1, 2, …) and a
``weight`` (default 1), the share of the question's points::

    {type: case, stem: 案例……, parts: [{type: single, …}, {type: short_answer, weight: 2, …}]}

An *answer* is plain JSON: single ``"B"``; multiple and ordering ``["A", "C"]``; true_false ``true``;
fill_in ``["2022", "二十大"]``; numeric ``"86.97"``; matching ``{"1": "A"}``; short_answer and essay
a string; case ``{"1": answer of part 1}``. ``null`` is "not answered".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, TypeAlias

Plain: TypeAlias = dict[str, Any]  # JSON: str, int, bool, None, list, dict

MAX_TEXT = 20_000  # characters of a stem or an explanation
MAX_OPTIONS = 26
MAX_PARTS = 20
MAX_BLANKS = 20
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,15}")
_BLANK = re.compile(r"\[\[(\d{1,2})\]\]")
_UNDERSCORES = re.compile(r"_{4,}|＿{2,}")


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


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose, to order or to match."""

    id: str
    text: str
    feedback: str = ""
    credit: Decimal | None = None  # fraction of the points, −1…1; None: by the key


@dataclass(frozen=True, slots=True)
class Accepted:
    """A wording that fills a blank, and the fraction of the blank it earns."""

    text: str
    credit: Decimal = Decimal(1)
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Blank:
    accept: tuple[Accepted, ...]
    match: str = "normalised"  # normalised | exact | wildcard
    case_sensitive: bool = False


@dataclass(frozen=True, slots=True)
class AcceptedNumber:
    """Right when ``|answer − value| ≤ tolerance``."""

    value: Decimal
    tolerance: Decimal = Decimal(0)
    credit: Decimal = Decimal(1)
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class KeyPoint:
    """One point of an answer: found when any of its wordings occurs. ``weight`` is relative."""

    text: str
    any_of: tuple[str, ...] = ()
    weight: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of a marking rubric. ``weight`` is relative."""

    text: str
    weight: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What every type has. ``penalty`` is the fraction of the points lost by a wrong answer."""

    type: ClassVar[str] = ""
    stem: str
    explanation: str = ""
    penalty: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleChoice(Item):
    type: ClassVar[str] = "single"
    options: tuple[Option, ...]
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MultipleChoice(Item):
    type: ClassVar[str] = "multiple"
    options: tuple[Option, ...]
    key: frozenset[str]
    rule: str = "half"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueFalse(Item):
    type: ClassVar[str] = "true_false"
    key: bool
    when_true: str = ""  # said to whoever answered "true"
    when_false: str = ""

    def said_to(self, answer: bool) -> str:
        return self.when_true if answer else self.when_false


@dataclass(frozen=True, slots=True, kw_only=True)
class FillIn(Item):
    type: ClassVar[str] = "fill_in"
    blanks: tuple[Blank, ...]
    any_order: bool = False
    rule: str = "per_blank"


@dataclass(frozen=True, slots=True, kw_only=True)
class Numeric(Item):
    type: ClassVar[str] = "numeric"
    accept: tuple[AcceptedNumber, ...]
    unit: str = ""
    units: tuple[tuple[str, Decimal], ...] = ()  # (name, how many of it make one ``unit``)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching(Item):
    type: ClassVar[str] = "matching"
    left: tuple[Option, ...]
    right: tuple[Option, ...]
    key: tuple[tuple[str, str], ...]  # (left id, right id), in the order of ``left``
    rule: str = "per_pair"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering(Item):
    type: ClassVar[str] = "ordering"
    options: tuple[Option, ...]
    key: tuple[str, ...]
    rule: str = "exact"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortAnswer(Item):
    type: ClassVar[str] = "short_answer"
    key_points: tuple[KeyPoint, ...]
    marking: str = "manual"
    max_length: int = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Essay(Item):
    type: ClassVar[str] = "essay"
    rubric: tuple[Criterion, ...] = ()
    min_length: int = 0
    max_length: int = 10_000
    model_answer: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    id: str
    item: Item
    weight: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Item):
    type: ClassVar[str] = "case"
    parts: tuple[Part, ...]


TYPES: tuple[str, ...] = (
    "single",
    "multiple",
    "true_false",
    "fill_in",
    "numeric",
    "matching",
    "ordering",
    "short_answer",
    "essay",
    "case",
)
RULES: dict[str, tuple[str, ...]] = {
    "multiple": ("half", "exact", "per_option", "balanced", "weights"),
    "fill_in": ("per_blank", "exact"),
    "matching": ("per_pair", "exact"),
    "ordering": ("exact", "position", "neighbours"),
}
MATCHES = ("normalised", "exact", "wildcard")


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


# --- reading ------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reader:
    """Reads fields of one mapping, collecting problems instead of stopping at the first."""

    source: Mapping[str, Any]
    path: str = ""
    problems: list[Problem] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def fail(self, name: str, code: str, **params: object) -> None:
        self.problems.append(Problem(self.at(name), code, tuple(params.items())))

    def sub(self, name: str, source: Mapping[str, Any]) -> _Reader:
        return _Reader(source, self.at(name), self.problems)

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
        if any(ord(char) < 32 and char not in "\n\t" for char in text):
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
            if not _ID.fullmatch(ident):
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


def _shuffled_ids(texts: Sequence[str]) -> list[int]:
    """Positions in an order that says nothing about the order given, the same every time."""
    return sorted(
        range(len(texts)),
        key=lambda i: hashlib.sha256(f"{i}\x1f{texts[i]}".encode()).digest(),
    )


def _single(r: _Reader) -> Item:
    options = r.options("options")
    key = r.known("key", r.raw("key"), options)
    return SingleChoice(options=options, key=key, **_common(r))


def _multiple(r: _Reader) -> Item:
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
    rule = r.choice("rule", RULES["multiple"])
    return MultipleChoice(options=options, key=frozenset(chosen), rule=rule, **_common(r))


def _true_false(r: _Reader) -> Item:
    key = r.raw("key")
    if isinstance(key, str):
        key = {"true": True, "false": False, "对": True, "错": False, "正确": True, "错误": False,
               "t": True, "f": False, "√": True, "×": False}.get(key.strip().lower())  # fmt: skip
    if not isinstance(key, bool):
        r.fail("key", "required" if r.source.get("key") is None else "not_bool")
    said = _mapping(r, "feedback")
    inner = r.sub("feedback", {str(name).lower(): words for name, words in said.items()})
    when = {name: inner.text(name, limit=4000) for name in ("true", "false")}
    inner.finish()
    return TrueFalse(key=bool(key), when_true=when["true"], when_false=when["false"], **_common(r))


def _mapping(r: _Reader, name: str) -> Mapping[str, Any]:
    value = r.raw(name)
    if value is not None and not isinstance(value, Mapping):
        r.fail(name, "not_mapping")
        return {}
    return value or {}


def _fill_in(r: _Reader) -> Item:
    blanks: list[Blank] = []
    for index, entry in enumerate(r.listed("blanks", 1, MAX_BLANKS)):
        where = f"blanks[{index}]"
        if not isinstance(entry, Mapping):
            entry = {"accept": entry}
        reader = r.sub(where, entry)
        accept = reader.raw("accept")
        if accept is not None and not isinstance(accept, (list, tuple)):
            reader.source = {**entry, "accept": [accept]}
        accepted = []
        for number, wording in enumerate(reader.listed("accept", 1, 50)):
            if not isinstance(wording, Mapping):
                wording = {"text": wording}
            inner = reader.sub(f"accept[{number}]", wording)
            accepted.append(
                Accepted(
                    inner.text("text", required=True, limit=500),
                    inner.number("credit", "1", "0", "1"),
                    inner.text("feedback", limit=4000),
                )
            )
            inner.finish()
        blanks.append(
            Blank(
                tuple(accepted), reader.choice("match", MATCHES), reader.boolean("case_sensitive")
            )
        )
        reader.finish()
    common = _common(r)
    marked = len(blank_numbers(common["stem"]))
    if blanks and marked > 0 and marked != len(blanks):
        r.fail("blanks", "blanks_mismatch", marked=marked, given=len(blanks))
    return FillIn(
        blanks=tuple(blanks),
        any_order=r.boolean("any_order"),
        rule=r.choice("rule", RULES["fill_in"]),
        **common,
    )


def _numeric(r: _Reader) -> Item:
    accept: list[AcceptedNumber] = []
    if r.source.get("accept") is not None:
        for index, entry in enumerate(r.listed("accept", 1, 20)):
            where = f"accept[{index}]"
            if not isinstance(entry, Mapping):
                entry = {"value": entry}
            reader = r.sub(where, entry)
            if "from" in entry or "to" in entry:
                low = reader.number("from", None, None, None)
                high = reader.number("to", None, None, None)
                if high < low:
                    reader.fail("to", "empty_range")
                value, tolerance = (low + high) / 2, (high - low) / 2
            else:
                value = reader.number("value", None, None, None)
                tolerance = _tolerance(reader, value)
            credit = reader.number("credit", "1", "0", "1")
            feedback = reader.text("feedback", limit=4000)
            accept.append(AcceptedNumber(value, tolerance, credit, feedback))
            reader.finish()
    else:
        value = r.number("key", None, None, None)
        accept.append(AcceptedNumber(value, _tolerance(r, value)))
    inner = r.sub("units", _mapping(r, "units"))
    units = []
    for name in inner.source:
        factor = inner.number(name, None, "1e-12", "1e12")
        if not str(name).strip() or len(str(name)) > 20:
            inner.fail(str(name), "too_long", limit=20)
        units.append((str(name).strip(), factor))
    return Numeric(
        accept=tuple(accept), unit=r.text("unit", limit=20), units=tuple(units), **_common(r)
    )


def _tolerance(r: _Reader, value: Decimal) -> Decimal:
    """The absolute tolerance; ``"5%"`` is relative to the value."""
    given = r.source.get("tolerance")
    if isinstance(given, str) and given.strip().endswith(("%", "％")):
        r.source = {**r.source, "tolerance": given.strip()[:-1]}
        share = r.number("tolerance", "0", "0", "100")
        return (abs(value) * share / 100).quantize(Decimal("1e-12")).normalize()
    return r.number("tolerance", "0", "0", None)


def _matching(r: _Reader) -> Item:
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
        order = _shuffled_ids(rights)
        right = tuple(Option(LETTERS[place], rights[i]) for place, i in enumerate(order))
        ids = {option.text: option.id for option in right}
        left = tuple(Option(str(n), text) for n, (text, _) in enumerate(texts, 1))
        key = tuple((str(n), ids.get(text, "")) for n, (_, text) in enumerate(texts, 1))
    else:
        left = r.options("left", ids="123456789")
        right = r.options("right")
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
    rule = r.choice("rule", RULES["matching"])
    return Matching(left=left, right=right, key=key, rule=rule, **_common(r))


def _ordering(r: _Reader) -> Item:
    if r.source.get("sequence") is not None:
        texts = [r.as_text(f"sequence[{i}]", v) for i, v in enumerate(r.listed("sequence", 2))]
        order = _shuffled_ids(texts)
        options = tuple(Option(LETTERS[place], texts[i]) for place, i in enumerate(order))
        key = tuple(LETTERS[order.index(i)] for i in range(len(texts)))
    else:
        options = r.options("options")
        key = tuple(r.known("key", value, options) for value in r.listed("key", 2))
        if options and key and sorted(key) != sorted(option.id for option in options):
            r.fail("key", "incomplete")
    rule = r.choice("rule", RULES["ordering"])
    return Ordering(options=options, key=key, rule=rule, **_common(r))


def _short_answer(r: _Reader) -> Item:
    points: list[KeyPoint] = []
    for index, entry in enumerate(r.listed("key_points", 1, 30)):
        if not isinstance(entry, Mapping):
            entry = {"text": entry}
        reader = r.sub(f"key_points[{index}]", entry)
        any_of = tuple(reader.as_text("any_of", value) for value in reader.listed("any_of", 0, 30))
        points.append(
            KeyPoint(
                reader.text("text", required=True, limit=1000),
                any_of,
                reader.number("weight", "1", "0.01", "100"),
            )
        )
        reader.finish()
    return ShortAnswer(
        key_points=tuple(points),
        marking=r.choice("marking", ("manual", "auto")),
        max_length=r.whole("max_length", 2000, 1, 10_000),
        **_common(r),
    )


def _essay(r: _Reader) -> Item:
    rubric: list[Criterion] = []
    for index, entry in enumerate(r.listed("rubric", 0, 30)):
        if not isinstance(entry, Mapping):
            entry = {"text": entry}
        reader = r.sub(f"rubric[{index}]", entry)
        text = reader.text("text", required=True, limit=1000)
        rubric.append(Criterion(text, reader.number("weight", "1", "0.01", "100")))
        reader.finish()
    least = r.whole("min_length", 0, 0, 10_000)
    most = r.whole("max_length", 10_000, 1, 10_000)
    if most < least:
        r.fail("max_length", "empty_range")
    return Essay(
        rubric=tuple(rubric),
        min_length=least,
        max_length=most,
        model_answer=r.text("model_answer"),
        **_common(r),
    )


def _case(r: _Reader) -> Item:
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
        if not _ID.fullmatch(ident):
            reader.fail("id", "bad_id")
        if ident in taken:
            reader.fail("id", "duplicate", value=ident)
        taken.add(ident)
        weight = reader.number("weight", "1", "0.01", "100")
        item = _read(reader)
        if item is not None:
            parts.append(Part(ident, item, weight))
        reader.finish()
    return Case(parts=tuple(parts), **_common(r))


def _common(r: _Reader) -> dict[str, Any]:
    return {
        "stem": r.text("stem", required=True),
        "explanation": r.text("explanation"),
        "penalty": r.number("penalty", "0", "0", "1"),
    }


_READERS = {
    "single": _single,
    "multiple": _multiple,
    "true_false": _true_false,
    "fill_in": _fill_in,
    "numeric": _numeric,
    "matching": _matching,
    "ordering": _ordering,
    "short_answer": _short_answer,
    "essay": _essay,
    "case": _case,
}


def _read(reader: _Reader) -> Item | None:
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
    reader = _Reader(source)
    item = _read(reader)
    reader.finish()
    if item is None or reader.problems:
        raise InvalidItem(reader.problems)
    return item


def record_from_dict(source: Mapping[str, Any]) -> Record:
    """Read one question of a bank file. Raises InvalidItem naming every wrong field."""
    if not isinstance(source, Mapping):
        raise InvalidItem([Problem("question", "not_mapping")])
    r = _Reader(source)
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
    common: dict[str, Any] = {
        "code": code,
        "category": tuple(path),
        "knowledge_point": r.text("knowledge_point", limit=200),
        "difficulty": r.whole("difficulty", 3, 1, 5),
        "tags": tuple(r.as_text("tags", tag, limit=50) for tag in r.listed("tags", 0, 20)),
        "cites": tuple(cites),
        "valid_from": valid_from,
        "valid_to": valid_to,
    }
    item = _read(r)
    r.finish()
    if item is None or r.problems:
        raise InvalidItem(r.problems)
    return Record(item=item, **common)


# --- writing ------------------------------------------------------------------------------------


def plain_number(value: Decimal) -> int | str:
    """A number as JSON carries it without loss: a small whole number, otherwise its digits."""
    if value == value.to_integral_value() and abs(value) < 2**53:
        return int(value)
    return format(value.normalize(), "f")


def _options(options: Iterable[Option]) -> list[Plain]:
    out: list[Plain] = []
    for option in options:
        entry: Plain = {"id": option.id, "text": option.text}
        if option.feedback:
            entry["feedback"] = option.feedback
        if option.credit is not None:
            entry["credit"] = plain_number(option.credit)
        out.append(entry)
    return out


def _credited(entry: Plain, credit: Decimal, feedback: str) -> Plain:
    if credit != 1:
        entry["credit"] = plain_number(credit)
    if feedback:
        entry["feedback"] = feedback
    return entry


def item_to_dict(item: Item) -> Plain:
    """The canonical dictionary of an item; ``item_from_dict`` of it gives the same item."""
    out: Plain = {"type": item.type, "stem": item.stem}
    match item:
        case SingleChoice():
            out |= {"options": _options(item.options), "key": item.key}
        case MultipleChoice():
            key = [option.id for option in item.options if option.id in item.key]
            out |= {"options": _options(item.options), "key": key, "rule": item.rule}
        case TrueFalse():
            out["key"] = item.key
            said = {"true": item.when_true, "false": item.when_false}
            if any(said.values()):
                out["feedback"] = {name: words for name, words in said.items() if words}
        case FillIn():
            out["blanks"] = [_blank(blank) for blank in item.blanks]
            if item.any_order:
                out["any_order"] = True
            out["rule"] = item.rule
        case Numeric():
            out["accept"] = [
                _credited(
                    {"value": plain_number(a.value), "tolerance": plain_number(a.tolerance)},
                    a.credit,
                    a.feedback,
                )
                for a in item.accept
            ]
            if item.unit:
                out["unit"] = item.unit
            if item.units:
                out["units"] = {name: plain_number(factor) for name, factor in item.units}
        case Matching():
            out |= {"left": _options(item.left), "right": _options(item.right)}
            out |= {"key": dict(item.key), "rule": item.rule}
        case Ordering():
            out |= {"options": _options(item.options), "key": list(item.key), "rule": item.rule}
        case ShortAnswer():
            out["key_points"] = [
                {"text": p.text}
                | ({"any_of": list(p.any_of)} if p.any_of else {})
                | ({"weight": plain_number(p.weight)} if p.weight != 1 else {})
                for p in item.key_points
            ]
            out |= {"marking": item.marking, "max_length": item.max_length}
        case Essay():
            out["rubric"] = [
                {"text": c.text} | ({"weight": plain_number(c.weight)} if c.weight != 1 else {})
                for c in item.rubric
            ]
            out |= {"min_length": item.min_length, "max_length": item.max_length}
            if item.model_answer:
                out["model_answer"] = item.model_answer
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


def _blank(blank: Blank) -> Plain:
    out: Plain = {
        "accept": [
            a.text
            if a.credit == 1 and not a.feedback
            else _credited({"text": a.text}, a.credit, a.feedback)
            for a in blank.accept
        ]
    }
    if blank.match != "normalised":
        out["match"] = blank.match
    if blank.case_sensitive:
        out["case_sensitive"] = True
    return out


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


# --- what others ask ----------------------------------------------------------------------------


def blank_numbers(stem: str) -> list[int]:
    """The numbers of the blanks a stem marks, in reading order; underscores count 1, 2, 3 …"""
    numbered = [int(match.group(1)) for match in _BLANK.finditer(stem)]
    if numbered:
        return numbered
    return list(range(1, len(_UNDERSCORES.findall(stem)) + 1))


def stem_pieces(stem: str) -> Iterator[tuple[str, int | None]]:
    """The stem cut at its blanks: (text, number of the blank that follows it, or None)."""
    pattern = _BLANK if _BLANK.search(stem) else _UNDERSCORES
    start = 0
    for count, match in enumerate(pattern.finditer(stem), 1):
        number = int(match.group(1)) if pattern is _BLANK else count
        yield stem[start : match.start()], number
        start = match.end()
    yield stem[start:], None


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
