"""How a QTI item is scored: what its responses declare, and its response processing."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from exams.engine import items as it
from exams.engine.formats.base import (
    Collector,
)
from exams.engine.formats.xml import Element

_COMPARED = ("equal", "equalRounded", "gte", "gt", "lte", "lt")
_STRANGE = {
    "substring", "patternMatch", "customOperator", "lookupOutcomeValue", "random", "product", "mathOperator",
}  # fmt: skip


@dataclass(slots=True)
class Declared:
    """A response declaration: right values and what values are worth."""

    cardinality: str = "single"
    base: str = "identifier"
    correct: list[str] = field(default_factory=list)
    worth: dict[str, Decimal] = field(default_factory=dict)
    sensitive: bool = False
    upper: Decimal | None = None
    lower: Decimal | None = None
    default: Decimal = Decimal(0)

    @property
    def whole(self) -> Decimal:
        """What a perfect answer is worth by the mapping."""
        positive = [value for value in self.worth.values() if value > 0]
        most = (
            (max(positive) if self.cardinality == "single" else sum(positive, Decimal(0)))
            if positive
            else Decimal(0)
        )
        return min(most, self.upper) if self.upper is not None and self.upper > 0 else most


def declared_in(root: Element) -> dict[str, Declared]:
    found = {}
    for element in root.iter("responseDeclaration"):
        one = Declared(element.get("cardinality", "single"), element.get("baseType", "identifier"))
        one.correct = [(v.text or "").strip() for v in element.iterfind("correctResponse/value")]
        mapping = element.find("mapping")
        if mapping is not None:
            one.upper = it.decimal_of(mapping.get("upperBound", ""))
            one.lower = it.decimal_of(mapping.get("lowerBound", ""))
            one.default = it.decimal_of(mapping.get("defaultValue", "0")) or Decimal(0)
            for entry in mapping.iterfind("mapEntry"):
                one.worth[entry.get("mapKey", "")] = it.decimal_of(
                    entry.get("mappedValue", "0")
                ) or Decimal(0)
                one.sensitive = one.sensitive or entry.get("caseSensitive") == "true"
            folded: dict[str, Decimal] = {}
            for key, worth in one.worth.items():  # York 1, york 0.5: then the case must count
                if folded.setdefault(key.casefold(), worth) != worth:
                    one.sensitive = True
        found[element.get("identifier", "")] = one
    return found


class Processing:
    """How responses are scored, as far as it is one of the usual ways."""

    def __init__(self, root: Element, declared: dict[str, Declared], out: Collector) -> None:
        element = root.find("responseProcessing")
        template = "" if element is None else (element.get("template", "") or "").rsplit("/", 1)[-1]
        template = template.removesuffix(".xml")
        tags = set() if element is None else {child.tag for child in element.iter()}
        self.element = element
        self.maps = template.startswith("map_response") or bool(
            {"mapResponse", "mapResponsePoint"} & tags
        )
        if not template and not tags & {
            "match",
            "mapResponse",
            "equal",
            "gte",
            "stringMatch",
            "equalRounded",
        }:
            self.maps = any(one.worth for one in declared.values())
            if element is not None and len(element):
                out.note("scoring_simplified", value="responseProcessing", read="match_correct")

        self._note_rest(out)

    def _note_rest(self, out: Collector) -> None:
        """Rules of marking beyond one comparison a response."""
        if self.element is None:
            return
        for tag in sorted(_STRANGE & {child.tag for child in self.element.iter()}):
            out.note("scoring_simplified", value=tag, read=self.read_as)
        for branch in self.element.iter("responseElseIf"):
            numeric = any(branch.find(f".//{tag}") is not None for tag in _COMPARED)
            for given in branch.iterfind("setOutcomeValue"):
                worth = it.decimal_of((given.findtext("baseValue") or "").strip())
                if worth and not numeric and "SCORE" in given.get("identifier", "").upper():
                    out.note("scoring_simplified", value=f"responseElseIf: {worth}", read=self.read_as)  # fmt: skip

    @property
    def read_as(self) -> str:
        return "map_response" if self.maps else "match_correct"

    def numbers(self, name: str) -> list[it.Plain]:
        """Values with tolerance a number is compared with, in order."""
        found: list[it.Plain] = []
        if self.element is None:
            return found
        for branch in (*self.element.iter("responseIf"), *self.element.iter("responseElseIf")):
            entry = self._compared(branch, name)
            if entry is None:
                continue
            value = branch.find("setOutcomeValue/baseValue")
            credit = it.decimal_of((value.text or "").strip()) if value is not None else None
            if credit is not None and credit > 0:
                entry["credit"] = credit
                found.append(entry)
            elif value is None:
                found.append(entry)
        most = max((entry.get("credit", Decimal(1)) for entry in found), default=Decimal(1))
        for entry in found:
            share = entry.pop("credit", most) / most
            if share != 1:
                entry["credit"] = it.plain_number(share.quantize(Decimal("0.0000001")).normalize())
        return found

    def _compared(self, branch: Element, name: str) -> it.Plain | None:
        for equal in branch.iter("equal"):
            if not any(v.get("identifier") == name for v in equal.iter("variable")):
                continue
            base = equal.find("baseValue")
            entry: it.Plain = {"value": (base.text or "").strip() if base is not None else None}
            if equal.get("toleranceMode", "exact") != "exact":
                tolerance = (equal.get("tolerance", "0") or "0").split()[0]
                entry["tolerance"] = (
                    f"{tolerance}%" if equal.get("toleranceMode") == "relative" else tolerance
                )
            return entry
        bounds = {}
        for tag, end in (("gte", "from"), ("gt", "from"), ("lte", "to"), ("lt", "to")):
            for compare in branch.iter(tag):
                base = compare.find("baseValue")
                if base is not None and any(
                    v.get("identifier") == name for v in compare.iter("variable")
                ):
                    bounds[end] = (base.text or "").strip()
        return bounds if len(bounds) == 2 else None
