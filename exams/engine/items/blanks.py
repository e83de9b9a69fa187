"""Questions answered by filling in: words in blanks of the stem, or one number."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from exams.engine.items.base import Item, Plain, plain_number
from exams.engine.items.reading import Reader, common, credited, mapping_of

MAX_BLANKS = 20
FILL_IN_RULES = ("per_blank", "exact")
MATCHES = ("normalised", "exact", "wildcard")

_BLANK = re.compile(r"\[\[(\d{1,2})\]\]")
_UNDERSCORES = re.compile(r"_{4,}|＿{2,}")


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


def plain_stem(stem: str) -> str:
    """A stem with its blanks drawn as lines, for lists."""
    return "".join(text + ("____" if number else "") for text, number in stem_pieces(stem))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class FillIn(Item):
    type: ClassVar[str] = "fill_in"
    blanks: tuple[Blank, ...]
    any_order: bool = False
    rule: str = "per_blank"


def fill_in(r: Reader) -> Item:
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
    shared = common(r)
    marked = len(blank_numbers(shared["stem"]))
    if blanks and marked > 0 and marked != len(blanks):
        r.fail("blanks", "blanks_mismatch", marked=marked, given=len(blanks))
    return FillIn(
        blanks=tuple(blanks),
        any_order=r.boolean("any_order"),
        rule=r.choice("rule", FILL_IN_RULES),
        **shared,
    )


def fill_in_to_dict(item: FillIn) -> Plain:
    out: Plain = {"blanks": [_blank(blank) for blank in item.blanks]}
    if item.any_order:
        out["any_order"] = True
    return out | {"rule": item.rule}


def _blank(blank: Blank) -> Plain:
    out: Plain = {
        "accept": [
            a.text
            if a.credit == 1 and not a.feedback
            else credited({"text": a.text}, a.credit, a.feedback)
            for a in blank.accept
        ]
    }
    if blank.match != "normalised":
        out["match"] = blank.match
    if blank.case_sensitive:
        out["case_sensitive"] = True
    return out


@dataclass(frozen=True, slots=True)
class AcceptedNumber:
    """Right when ``|answer − value| ≤ tolerance``; an ``open`` end is itself no answer."""

    value: Decimal
    tolerance: Decimal = Decimal(0)
    credit: Decimal = Decimal(1)
    feedback: str = ""
    open: str = ""  # from, to or both

    @property
    def without_lower(self) -> bool:
        return self.open in ("from", "both")

    @property
    def without_upper(self) -> bool:
        return self.open in ("to", "both")

    def interval(self, digits: Callable[[Decimal], object]) -> str:
        """(3.13, 3.15]: a round bracket at an end that is itself no answer."""
        low, high = digits(self.value - self.tolerance), digits(self.value + self.tolerance)
        opening = "(" if self.without_lower else "["
        return f"{opening}{low}, {high}" + (")" if self.without_upper else "]")


OPEN_ENDS = ("", "from", "to", "both")


def open_ends(*, lower: bool, upper: bool) -> Plain:
    """What an accepted number carries of ends that are no answers; nothing where both count."""
    ends = OPEN_ENDS[lower + 2 * upper]
    return {"open": ends} if ends else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Numeric(Item):
    type: ClassVar[str] = "numeric"
    accept: tuple[AcceptedNumber, ...]
    unit: str = ""
    units: tuple[tuple[str, Decimal], ...] = ()  # (name, how many of it make one ``unit``)


def numeric(r: Reader) -> Item:
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
            ends = reader.choice("open", OPEN_ENDS)
            if ends and not tolerance:
                reader.fail("open", "empty_range")
            accept.append(AcceptedNumber(value, tolerance, credit, feedback, ends))
            reader.finish()
    else:
        value = r.number("key", None, None, None)
        accept.append(AcceptedNumber(value, _tolerance(r, value)))
    inner = r.sub("units", mapping_of(r, "units"))
    units = []
    for name in inner.source:
        factor = inner.number(name, None, "1e-12", "1e12")
        if not str(name).strip() or len(str(name)) > 20:
            inner.fail(str(name), "too_long", limit=20)
        units.append((str(name).strip(), factor))
    return Numeric(
        accept=tuple(accept), unit=r.text("unit", limit=20), units=tuple(units), **common(r)
    )


def _tolerance(r: Reader, value: Decimal) -> Decimal:
    """The absolute tolerance; ``"5%"`` is relative to the value."""
    given = r.source.get("tolerance")
    if isinstance(given, str) and given.strip().endswith(("%", "％")):
        r.source = {**r.source, "tolerance": given.strip()[:-1]}
        share = r.number("tolerance", "0", "0", "100")
        return (abs(value) * share / 100).quantize(Decimal("1e-12")).normalize()
    return r.number("tolerance", "0", "0", None)


def numeric_to_dict(item: Numeric) -> Plain:
    out: Plain = {
        "accept": [
            credited(
                {"value": plain_number(a.value), "tolerance": plain_number(a.tolerance)}
                | ({"open": a.open} if a.open else {}),
                a.credit,
                a.feedback,
            )
            for a in item.accept
        ]
    }
    if item.unit:
        out["unit"] = item.unit
    if item.units:
        out["units"] = {name: plain_number(factor) for name, factor in item.units}
    return out
