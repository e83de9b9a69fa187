"""Which questions a paper takes, and in which order a candidate sees them.

Everything follows from a seed through SHA-256, not from the random module: the same seed gives the
same paper in any version of Python, on any machine, years later.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, TypeVar

from exams.engine import items as it

T = TypeVar("T")

# Parallel forms of one drawing, by letter: the first has the drawing's seed, each other one its own.
FORMS = "ABCDEFGH"


def seed_of_form(seed: str, letter: str) -> str:
    """The seed of a parallel form."""
    return seed if letter == FORMS[0] else f"{seed}/{letter}"


def shuffled(values: Sequence[T], *seed: object) -> list[T]:
    """The values in an order fixed by the seed; every order is equally likely over seeds."""
    label = "\x1f".join(str(part) for part in seed).encode()
    keys = [hashlib.sha256(label + b"\x1e%d" % i).digest() for i in range(len(values))]
    return [values[i] for i in sorted(range(len(values)), key=keys.__getitem__)]


def one_of(count: int, *seed: object) -> int:
    """A number from 0 to ``count`` - 1 fixed by the seed; each is equally likely over seeds."""
    label = "\x1f".join(str(part) for part in seed).encode()
    return int.from_bytes(hashlib.sha256(label).digest()[:8], "big") % max(count, 1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that may be drawn."""

    version: int
    question: int
    type: str
    categories: frozenset[int]  # its category and every category above it
    knowledge_point: str = ""
    difficulty: int = 3
    exposure: int = 0  # how often it was drawn before; the least used go first


def with_exposure(candidate: Candidate, times: int) -> Candidate:
    """The candidate, known to have been drawn so often."""
    return replace(candidate, exposure=times)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a blueprint: how many questions of what kind, and the points of each."""

    number: int
    count: int
    points: Decimal
    type: str = ""
    category: int | None = None
    knowledge_point: str = ""
    difficulty: int | None = None

    def admits(self, candidate: Candidate) -> bool:
        return (
            (not self.type or candidate.type == self.type)
            and (self.category is None or self.category in candidate.categories)
            and (not self.knowledge_point or candidate.knowledge_point == self.knowledge_point)
            and (self.difficulty is None or candidate.difficulty == self.difficulty)
        )


@dataclass(frozen=True, slots=True)
class RowReport:
    """``ready`` questions fit the row, ``granted`` of the ``wanted`` can be had beside the others."""

    row: Row
    wanted: int
    ready: int
    granted: int

    @property
    def short(self) -> int:
        return self.wanted - self.granted


@dataclass(frozen=True, slots=True)
class Drawn:
    row: Row
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Draw:
    lines: tuple[Drawn, ...]
    report: tuple[RowReport, ...]

    @property
    def feasible(self) -> bool:
        return all(not row.short for row in self.report)


def draw(rows: Sequence[Row], bank: Iterable[Candidate], seed: str, *, even: bool = False) -> Draw:
    """Draw a paper: no question twice, as many of each row as can be had.

    Rows may overlap (one asks for any type of a category, another for a type anywhere): questions
    are moved along augmenting paths until every row is full or no exchange can help, so a paper
    that can be drawn is drawn. With ``even`` the least exposed questions are preferred.
    """
    pool = sorted(bank, key=lambda candidate: candidate.version)
    order = shuffled(pool, seed, "draw")
    if even:
        order.sort(key=lambda candidate: candidate.exposure)
    # Of one question only one version takes part.
    unique = {candidate.question: candidate for candidate in reversed(order)}
    order = [candidate for candidate in order if unique[candidate.question] is candidate]

    fits = {row.number: [i for i, c in enumerate(order) if row.admits(c)] for row in rows}
    by_number = {row.number: row for row in rows}
    owner: dict[int, int] = {}  # index in ``order`` → row number

    def place(number: int, seen: set[int]) -> bool:
        for index in fits[number]:
            if index not in owner and index not in seen:
                owner[index] = number
                return True
        for index in fits[number]:
            if index in seen or owner[index] == number:
                continue
            seen.add(index)
            if place(owner[index], seen):
                owner[index] = number
                return True
        return False

    # The row with the least choice goes first, so that exchanges stay few.
    for row in sorted(rows, key=lambda row: (len(fits[row.number]) - row.count, row.number)):
        for _ in range(row.count):
            if not place(row.number, set()):
                break
    granted = Counter(owner.values())
    report = tuple(
        RowReport(row, row.count, len(fits[row.number]), granted[row.number]) for row in rows
    )
    taken = sorted((number, index) for index, number in owner.items())
    lines = tuple(Drawn(by_number[number], order[index]) for number, index in taken)
    return Draw(lines, report)


# --- what a candidate is shown --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The order in which one item is shown: canonical ids by place.

    The page only ever sees places ("A" is whatever stands first), so no id written by an author can
    hint at the key. ``parts`` holds the arrangements of a case's parts.
    """

    options: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    parts: Mapping[str, Arrangement] = field(default_factory=dict)


def arrange(item: it.Item, seed: str, number: int | str, *, shuffle: bool = True) -> Arrangement:
    """The order of an item's options for one attempt. What gives the key away is always shuffled."""

    def order(options: Sequence[it.Option], *, always: bool = False) -> tuple[str, ...]:
        ids = [option.id for option in options]
        return tuple(shuffled(ids, seed, number) if shuffle or always else ids)

    match item:
        case it.SingleChoice() | it.MultipleChoice():
            return Arrangement(order(item.options))
        case it.Ordering():
            return Arrangement(order(item.options, always=True))
        case it.Matching():
            left = tuple(option.id for option in item.left)
            return Arrangement(order(item.right, always=True), left)
        case it.Case():
            return Arrangement(
                parts={
                    part.id: arrange(part.item, seed, f"{number}.{part.id}", shuffle=shuffle)
                    for part in item.parts
                }
            )
        case _:
            return Arrangement()


def shown(item: it.Item, arrangement: Arrangement) -> dict[str, Any]:
    """What a candidate may see of an item: built up field by field, so no key can slip through."""
    out: dict[str, Any] = {"type": item.type, "stem": item.stem}
    if item.penalty:
        out["penalty"] = it.plain_number(item.penalty)
    match item:
        case it.SingleChoice() | it.MultipleChoice() | it.Ordering():
            out["options"] = _labelled(item.options, arrangement.options, it.LETTERS)
        case it.Matching():
            numbers = [str(n) for n in range(1, len(item.left) + 1)]
            out["left"] = _labelled(item.left, arrangement.left, numbers)
            out["options"] = _labelled(item.right, arrangement.options, it.LETTERS)
        case it.FillIn():
            out["blanks"] = len(item.blanks)
        case it.Numeric():
            out["unit"] = item.unit
        case it.ShortAnswer():
            out["max_length"] = item.max_length
        case it.Essay():
            out["min_length"], out["max_length"] = item.min_length, item.max_length
        case it.Case():
            out["parts"] = [
                {"id": part.id, **shown(part.item, arrangement.parts[part.id])}
                for part in item.parts
            ]
    return out


def _labelled(
    options: Sequence[it.Option], order: Sequence[str], labels: Sequence[str]
) -> list[dict[str, str]]:
    texts = {option.id: option.text for option in options}
    return [{"id": labels[place], "text": texts[ident]} for place, ident in enumerate(order)]


def canonical(item: it.Item, answer: Any, arrangement: Arrangement) -> Any:
    """An answer given in places, said in the item's own ids. What names no place is left as it is,
    so that scoring calls it malformed."""

    def back(label: Any) -> Any:
        if isinstance(label, str) and label in it.LETTERS[: len(arrangement.options)] and label:
            return arrangement.options[it.LETTERS.index(label)]
        return label if is_empty(label) else f"?{label}"

    def is_empty(label: Any) -> bool:
        return label is None or label == ""

    match item:
        case it.SingleChoice():
            return back(answer)
        case it.MultipleChoice() | it.Ordering():
            return [back(a) for a in answer] if isinstance(answer, list) else answer
        case it.Matching():
            if not isinstance(answer, dict):
                return answer
            numbers = {str(n): ident for n, ident in enumerate(arrangement.left, 1)}
            return {numbers.get(left, f"?{left}"): back(right) for left, right in answer.items()}
        case it.Case():
            if not isinstance(answer, dict):
                return answer
            parts = {part.id: part.item for part in item.parts}
            return {
                ident: canonical(parts[ident], value, arrangement.parts[ident])
                if ident in parts
                else value
                for ident, value in answer.items()
            }
        case _:
            return answer


def key_labels(item: it.Item, arrangement: Arrangement) -> list[str]:
    """The places of the right options of a choice, for showing after release."""
    keys = {item.key} if isinstance(item, it.SingleChoice) else set()
    if isinstance(item, it.MultipleChoice):
        keys = set(item.key)
    return [it.LETTERS[n] for n, ident in enumerate(arrangement.options) if ident in keys]


TRUE, FALSE = "\u2713", "\u2717"  # ✓ ✗: signs that need no translation


def said(view: dict[str, Any], value: Any) -> list[str]:
    """An answer in words, line by line, as the candidate saw the question; [] when there is none.

    Whatever was received can be shown, also what is no answer to this type.
    """
    if value is None or value == "" or value == [] or value == {}:
        return []
    texts = {option["id"]: option["text"] for option in view.get("options", [])}
    match view["type"], value:
        case "true_false", bool():
            return [TRUE if value else FALSE]
        case ("single", str()):
            return [f"{value}　{texts.get(value, '')}".strip()]
        case ("multiple" | "ordering", list()):
            return [f"{label}　{texts.get(str(label), '')}".strip() for label in value]
        case ("fill_in", list()):
            return [str(text or "—") for text in value]
        case ("matching", dict()):
            lefts = {left["id"]: left["text"] for left in view["left"]}
            return [
                f"{lefts.get(left, left)} → {texts.get(str(right), right) or '—'}"
                for left, right in value.items()
            ]
        case ("case", dict()):
            parts = {part["id"]: part for part in view["parts"]}
            return [
                f"({ident}) {line}"
                for ident, answer in value.items()
                if ident in parts
                for line in said(parts[ident], answer)
            ]
        case _:
            return [str(value)]


def _range_in_words(accepted: it.AcceptedNumber) -> str:
    """3.14 ± 0.01, or as an interval where an end is none of it: (3.13, 3.15]."""
    value, off = accepted.value, accepted.tolerance
    if not accepted.open:
        return f"{it.plain_number(value)}" + (f" ± {it.plain_number(off)}" if off else "")
    return accepted.interval(it.plain_number)


def key_in_words(item: it.Item) -> list[str]:
    """The key in words, line by line, for showing after release and to setters."""
    match item:
        case it.SingleChoice():
            return [option.text for option in item.options if option.id == item.key]
        case it.MultipleChoice():
            return [option.text for option in item.options if option.id in item.key]
        case it.TrueFalse():
            return [TRUE if item.key else FALSE]
        case it.FillIn():
            return [" / ".join(wording.text for wording in blank.accept) for blank in item.blanks]
        case it.Numeric():
            return [f"{_range_in_words(a)} {item.unit}".rstrip() for a in item.accept]
        case it.Matching():
            lefts = {option.id: option.text for option in item.left}
            rights = {option.id: option.text for option in item.right}
            return [f"{lefts[left]} → {rights[right]}" for left, right in item.key]
        case it.Ordering():
            texts = {option.id: option.text for option in item.options}
            return [f"{n}. {texts[ident]}" for n, ident in enumerate(item.key, 1)]
        case it.ShortAnswer():
            return [point.text for point in item.key_points]
        case it.Essay():
            return [criterion.text for criterion in item.rubric] or [item.model_answer]
        case it.Case():
            return [
                f"({part.id}) {line}" for part in item.parts for line in key_in_words(part.item)
            ]
        case _:  # pragma: no cover
            return []
