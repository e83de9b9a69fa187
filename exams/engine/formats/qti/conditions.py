"""What the conditions of a response processing say: which answer earns what, and added or set.

One ``Gain`` a branch that gives points: the comparisons of its test by the response they are about,
and the points. A condition this cannot take apart is left to the one who reads the whole to name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from exams.engine import items as it
from exams.engine.formats.base import Refused
from exams.engine.formats.xml import Element

COMPARED = ("match", "stringMatch", "equal", "equalRounded", "gte", "gt", "lte", "lt")
_BRANCHES = ("responseIf", "responseElseIf")
_CONDITIONS = ("responseCondition", *_BRANCHES, "responseElse")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One response compared with a value, or with the declared right answer."""

    response: str
    element: Element
    negated: bool

    @property
    def values(self) -> tuple[str, ...] | None:
        """The values written in the comparison; None when it names the declared ones."""
        found = tuple((base.text or "").strip() for base in self.element.iter("baseValue"))
        return found or None


@dataclass(frozen=True, slots=True)
class Gain:
    """A branch that gives points; ``points`` is None where it gives all there are."""

    comparisons: tuple[Comparison, ...]
    points: Decimal | None
    adds: bool

    @property
    def responses(self) -> frozenset[str]:
        return frozenset(each.response for each in self.comparisons)


def gains_in(processing: Element | None) -> list[Gain]:
    """Every branch that gives points, in the order of the file."""
    found: list[Gain] = []
    for branch in _branches(processing, _BRANCHES):
        for given in _given(branch):
            points, adds = _points(given)
            if points is None or points > 0:
                found.append(Gain(tuple(_comparisons(branch)), points, adds))
                break
    return found


def turned_round(processing: Element | None) -> bool:
    """Does the wrong answer earn the points: a ``not`` before a comparison, or all in the else?"""
    if any(each.negated for gain in gains_in(processing) for each in gain.comparisons):
        return True
    for condition in _branches(processing, ("responseCondition",)):
        rest = condition.find("responseElse")
        earns = rest is not None and any((_points(given)[0] or 0) > 0 for given in _given(rest))
        tests = [
            each for branch in condition if branch is not rest for each in _comparisons(branch)
        ]
        if earns and tests and not all(each.negated for each in tests):
            return True
    return False


def _branches(processing: Element | None, tags: tuple[str, ...]) -> Iterator[Element]:
    return iter(()) if processing is None else (e for e in processing.iter() if e.tag in tags)


def _given(branch: Element) -> list[Element]:
    """What a branch sets of the score; feedback and the like are none."""
    return [e for e in branch.findall("setOutcomeValue") if is_score(e.get("identifier", ""))]


def is_score(name: str) -> bool:
    upper = name.upper()
    return "SCORE" in upper and not upper.startswith(("MAX", "MIN"))


def _points(given: Element) -> tuple[Decimal | None, bool]:
    adds = given.find("sum") is not None
    base = given.find("sum/baseValue" if adds else "baseValue")
    return (None if base is None else it.decimal_of((base.text or "").strip())), adds


def _comparisons(branch: Element) -> Iterator[Comparison]:
    """The comparisons of the test of a branch; conditions within it have branches of their own."""

    def walk(element: Element, *, negated: bool = False) -> Iterator[Comparison]:
        for child in element:
            if child.tag in COMPARED:
                names = [variable.get("identifier", "") for variable in child.iter("variable")]
                if names and not is_score(names[0]):
                    yield Comparison(names[0], child, negated)
            elif child.tag not in _CONDITIONS and child.tag != "setOutcomeValue":
                yield from walk(child, negated=negated != (child.tag == "not"))

    return walk(branch)


def within(tag: str, bound: str, *, whole: bool) -> tuple[str, bool]:
    """The bound of a range, and whether it is open: of whole numbers above 3, it is 4, and closed.

    Raises Refused.
    """
    if not tag.endswith(("gt", "lt")):
        return bound, False
    number = it.decimal_of(bound)
    if number is None:
        raise Refused("bad_number", value=bound)
    if not whole or number != number.to_integral_value():
        return bound, True
    return f"{number + (1 if tag.endswith('gt') else -1):f}", False


def range_of(low: tuple[str, bool], high: tuple[str, bool]) -> it.Plain:
    """An accepted range of these bounds, each with whether it is open."""
    return {"from": low[0], "to": high[0]} | it.open_ends(lower=low[1], upper=high[1])
