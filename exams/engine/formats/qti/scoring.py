"""How a QTI item is scored: what its responses declare, and its response processing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from exams.engine import items as it
from exams.engine.formats.base import Collector, Refused
from exams.engine.formats.qti.conditions import (
    COMPARED,
    Comparison,
    Gain,
    gains_in,
    is_score,
    range_of,
    turned_round,
    within,
)
from exams.engine.formats.xml import Element

# Branches whose answer is read, each with what it earns.
_SPELLED = ("equal", "equalRounded", "gte", "gt", "lte", "lt", "stringMatch", "match/baseValue")
_ENDS = {"gte": "from", "gt": "from", "lte": "to", "lt": "to"}
_STRANGE = {
    "substring", "patternMatch", "customOperator", "lookupOutcomeValue", "random", "mathOperator",
}  # fmt: skip
# A product of these only brings the score to what the item is worth.
_PLAIN = {"variable", "baseValue", "mapResponse"}


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
    told: dict[str, Decimal] = field(default_factory=dict)  # worths spelled out in conditions

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
        self.element, self.declared, self.out = element, declared, out
        self.maps = template.startswith("map_response") or bool(
            {"mapResponse", "mapResponsePoint"} & tags
        )
        if turned_round(element):
            raise Refused("not_representable", value="responseProcessing: not")
        self.gains = gains_in(element)
        if not template and not tags & {"mapResponse", *COMPARED}:
            self.maps = any(one.worth for one in declared.values())
            if element is not None and len(element):
                out.note("scoring_simplified", value="responseProcessing", read="match_correct")
        for name, one in declared.items():
            self._declare(name, one)
        self._note_rest(out)

    def _declare(self, name: str, one: Declared) -> None:
        """The right answer a condition spells out is the right answer, whatever is declared."""
        told = [(c.values, gain.points) for gain, c in self._about(name) if c.values is not None]
        if not told or one.base not in ("identifier", "pair", "directedPair"):
            return
        if one.cardinality != "single":
            every = [(c.values or tuple(one.correct), gain.points) for gain, c in self._about(name)]
            most = max((points for _v, points in every if points is not None), default=None)
            one.correct = list(next(v for v, points in every if points in (most, None)))
            if len(every) > 1:
                self.out.note("scoring_simplified", value="match", read=" ".join(one.correct))
            return
        about = self._about(name)
        best = max((g.points for g, _c in about if g.points is not None), default=Decimal(1))
        for gain, comparison in about:
            values = comparison.values or tuple(one.correct)
            for value in values:
                one.told.setdefault(value, (best if gain.points is None else gain.points) / best)

    def _about(self, name: str) -> list[tuple[Gain, Comparison]]:
        return [(g, c) for g in self.gains for c in g.comparisons if c.response == name]

    def _note_rest(self, out: Collector) -> None:
        """Rules of marking beyond one comparison a response."""
        if self.element is None:
            return
        for element in self.element.iter():
            scaled = element.tag in ("product", "divide")
            if element.tag in _STRANGE or (scaled and any(c.tag not in _PLAIN for c in element)):
                out.note("scoring_simplified", value=element.tag, read=self.read_as)
        for branch in self.element.iter("responseElse"):
            for given in branch.iterfind("setOutcomeValue/baseValue"):
                worth = it.decimal_of((given.text or "").strip())
                if worth is not None and worth < 0:
                    out.note("scoring_simplified", value=f"responseElse: {worth}", read="0")
        most = max((gain.points for gain in self.gains if gain.points is not None), default=None)
        for branch in self.element.iter("responseElseIf"):
            spelled = any(branch.find(f".//{tag}") is not None for tag in _SPELLED)
            for given in branch.iterfind("setOutcomeValue"):
                worth = it.decimal_of((given.findtext("baseValue") or "").strip())
                if (
                    worth
                    and worth != most
                    and not spelled
                    and is_score(given.get("identifier", ""))
                ):
                    out.note("scoring_simplified", value=f"responseElseIf: {worth}", read=self.read_as)  # fmt: skip

    @property
    def read_as(self) -> str:
        return "map_response" if self.maps else "match_correct"

    @property
    def joint(self) -> bool:
        """Are points given for several responses only together?"""
        return any(len(gain.responses) > 1 for gain in self.gains)

    @property
    def adds_up(self) -> bool:
        """Does each response add its own points?"""
        return not self.joint and len(self.gains) > 1 and all(gain.adds for gain in self.gains)

    def weights(self, names: Sequence[str]) -> list[Decimal] | None:
        """What each response adds to the score; None when they do not, or all the same."""
        found = [self._weight(name) for name in names]
        known = [weight for weight in found if weight]
        if self.joint or len(known) != len(names) or len(set(known)) < 2:
            return None
        return known

    def _weight(self, name: str) -> Decimal | None:
        if self.element is not None:
            for product in self.element.iter("product"):
                if any(m.get("identifier") == name for m in product.iter("mapResponse")):
                    times = it.decimal_of((product.findtext("baseValue") or "").strip())
                    return times and times * self.declared[name].whole
            if any(m.get("identifier") == name for m in self.element.iter("mapResponse")):
                return self.declared[name].whole if name in self.declared else None
        points = [gain.points for gain, _c in self._about(name) if gain.adds and gain.points]
        return max(points, default=None)

    def wordings(self, name: str) -> tuple[list[tuple[str, Decimal]], bool]:
        """What a text is compared with, each with its credit; and whether letter case counts."""
        found: dict[str, Decimal] = {}
        about = self._about(name)
        points = [gain.points for gain, _c in about if gain.points is not None]
        most = max(points, default=Decimal(1))
        for gain, comparison in about:
            if comparison.element.get("substring", "false") == "true":
                self.out.note("scoring_simplified", value="substring", read="stringMatch")
            declared = self.declared[name].correct if name in self.declared else []
            for text in comparison.values or declared:
                share = (most if gain.points is None else gain.points) / most
                found.setdefault(text, share.quantize(Decimal("0.0000001")).normalize())
        sensitive = any(c.element.get("caseSensitive") == "true" for _g, c in about)
        return list(found.items()), sensitive

    def numbers(self, name: str) -> list[it.Plain]:
        """Values with tolerance a number is compared with, in order. Raises Refused."""
        found: list[it.Plain] = []
        for gain in self.gains:
            entry = self._compared([c for c in gain.comparisons if c.response == name], name)
            if entry is not None:
                found.append(entry if gain.points is None else {**entry, "credit": gain.points})
        most = max((entry.get("credit", Decimal(1)) for entry in found), default=Decimal(1))
        for entry in found:
            share = entry.pop("credit", most) / most
            if share != 1:
                entry["credit"] = it.plain_number(share.quantize(Decimal("0.0000001")).normalize())
        return found

    def _compared(self, comparisons: list[Comparison], name: str) -> it.Plain | None:
        bounds: dict[str, tuple[str, bool]] = {}
        for comparison in comparisons:
            element = comparison.element
            given = comparison.values or tuple(self.declared[name].correct)
            if not given:
                raise Refused("no_key")
            if element.tag in _ENDS:
                whole = self.declared[name].base == "integer"
                bounds[_ENDS[element.tag]] = within(element.tag, given[0], whole=whole)
                continue
            number = it.decimal_of(given[0])
            if number is None:
                raise Refused("bad_number", value=given[0])
            if element.tag == "equalRounded":
                return self._rounded(number, element)
            return self._near(number, element)
        if len(bounds) == 1:
            raise Refused("not_representable", value=f"responseProcessing: {comparisons[0].element.tag}")  # fmt: skip
        return range_of(bounds["from"], bounds["to"]) if bounds else None

    def _near(self, number: Decimal, element: Element) -> it.Plain:
        entry: it.Plain = {"value": it.plain_number(number)}
        mode = element.get("toleranceMode", "exact")
        if mode == "exact":
            return entry
        written = (element.get("tolerance", "") or "0").split()
        ends = [it.decimal_of(text) for text in (written * 2)[:2] if len(written) < 3]
        if len(ends) != 2 or ends[0] is None or ends[1] is None:
            raise Refused("bad_number", value=element.get("tolerance", ""))
        low, high = ends[0], ends[1]
        without = [
            element.get(f"include{end}Bound") == "false" and any(ends) for end in ("Lower", "Upper")
        ]
        if low == high:
            entry["tolerance"] = f"{low:f}%" if mode == "relative" else f"{low:f}"
            return entry | it.open_ends(lower=without[0], upper=without[1])
        if mode == "relative":
            low, high = abs(number) * low / 100, abs(number) * high / 100
        return range_of((f"{number - low:f}", without[0]), (f"{number + high:f}", without[1]))

    def _rounded(self, number: Decimal, element: Element) -> it.Plain:
        """What rounds to the same: half a step of the last figure to either side."""
        try:
            figures = int(element.get("figures", ""))
            if element.get("roundingMode", "significantFigures") == "significantFigures":
                figures -= number.adjusted() + 1
            step = Decimal(1).scaleb(-figures)
            middle = number.quantize(step, ROUND_HALF_UP)
        except (ValueError, ArithmeticError):
            raise Refused("bad_number", value=element.get("figures", "")) from None
        self.out.note("scoring_simplified", value=element.tag, read=f"{middle:f} ± {step / 2:f}")
        return {"value": f"{middle:f}", "tolerance": f"{step / 2:f}"}
