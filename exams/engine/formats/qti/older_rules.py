"""What the conditions of a QTI 1.2 item say: which values earn how much."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from exams.engine import items as it
from exams.engine.formats.xml import Element


def conditions_of(item: Element) -> Iterator[tuple[Element, Decimal]]:
    """(conditionvar, points) of every condition; what it takes away is negative."""
    names = {_variable(given) for given in item.iter("setvar")}
    # Beside the score D2L counts what is wrong, others count tries.
    scores = {n for n in names if "score" in n or n.endswith("_correct")} or names
    most = next(item.iter("decvar"), None)
    whole = it.decimal_of("" if most is None else most.get("maxvalue", "")) or Decimal(1)
    for condition in item.iter("respcondition"):
        tests = condition.find("conditionvar")
        if tests is None:
            continue
        points = Decimal(0)
        for given in condition.findall("setvar"):
            if _variable(given) in scores:
                said = (given.text or "0").strip()
                worth = whole if said.casefold().endswith(".max") else it.decimal_of(said)
                taken = given.get("action", "Set").casefold() == "subtract"
                points += -(worth or Decimal(0)) if taken else worth or Decimal(0)
        yield tests, points


def _variable(given: Element) -> str:
    return (given.get("varname") or given.get("variablename") or "SCORE").casefold()


def tags_in(element: Element) -> set[str]:
    return {child.tag for child in element.iter()}


def values_of(tests: Element, name: str, *, negated: bool = False) -> list[str]:
    """Values a response is compared with; those under ``not`` only when asked for."""
    under = {id(e) for no in tests.iter("not") for e in no.iter("varequal")}
    return [
        (e.text or "").strip()
        for e in tests.iter("varequal")
        if (not name or e.get("respident") == name) and (id(e) in under) == negated
    ]
