"""Questions written as a QTI 2.2 package: a manifest with metadata, one item a question."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from exams.engine import items as it
from exams.engine.formats import paperwriting
from exams.engine.formats.base import Note, Writing, place_of, tags_with_facts
from exams.engine.formats.qti.reading import read
from exams.engine.formats.xml import Element, SubElement, clean, document

QTI: Final = "http://www.imsglobal.org/xsd/imsqti_v2p2"
_PACKAGE: Final = "http://www.imsglobal.org/xsd/imscp_v1p1"
_LOM: Final = "http://ltsc.ieee.org/xsd/LOM"
_TEMPLATES: Final = "http://www.imsglobal.org/question/qti_v2p2/rptemplates"
# A fixed day, so that the same questions give the same bytes.
_DAY: Final = (2026, 1, 1, 0, 0, 0)


def write(records: Sequence[it.Record]) -> Writing:
    """A package of these questions; what reading it again does not bring back is named."""
    kept = [record for record in records if not _unsayable(record.item)]
    left_out = tuple(
        Note(place_of(record, number), "type_not_carried", (("value", record.item.type),))
        for number, record in enumerate(records, 1)
        if _unsayable(record.item)
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        manifest = Element("manifest", {"xmlns": _PACKAGE, "identifier": "xiangxu"})
        metadata = SubElement(manifest, "metadata")
        SubElement(metadata, "schema").text = "QTIv2.2 Package"
        SubElement(metadata, "schemaversion").text = "1.0.0"
        SubElement(manifest, "organizations")
        resources = SubElement(manifest, "resources")
        for number, record in enumerate(kept, 1):
            name = f"items/q{number:05}.xml"
            resource = SubElement(
                resources,
                "resource",
                {"identifier": f"q{number:05}", "type": "imsqti_item_xmlv2p2", "href": name},
            )
            _metadata(resource, record)
            SubElement(resource, "file", {"href": name})
            _put(archive, name, _Item(record, number).root)
        _put(archive, "imsmanifest.xml", manifest)
    checked = paperwriting.checked(stream.getvalue(), kept, read)
    return Writing(checked.content, left_out + checked.losses)


def _unsayable(item: it.Item) -> bool:
    """A short answer would be read as an essay without its key points."""
    return isinstance(item, it.Case) and any(
        isinstance(p.item, (it.ShortAnswer, it.Case)) for p in item.parts
    )


def _put(archive: zipfile.ZipFile, name: str, root: Element) -> None:
    info = zipfile.ZipInfo(name, _DAY)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, document(root))


def _metadata(resource: Element, record: it.Record) -> None:
    lom = SubElement(SubElement(resource, "metadata"), "lom", {"xmlns": _LOM})
    general = SubElement(lom, "general")
    if record.code:
        identifier = SubElement(general, "identifier")
        SubElement(identifier, "catalog").text = "xiangxu"
        SubElement(identifier, "entry").text = clean(record.code)
    for tag in tags_with_facts(record):
        SubElement(SubElement(general, "keyword"), "string").text = clean(tag)
    if record.category:
        path = SubElement(SubElement(lom, "classification"), "taxonPath")
        for name in record.category:
            entry = SubElement(SubElement(path, "taxon"), "entry")
            SubElement(entry, "string").text = clean(name)


def _any_of(name: str, blank: it.Blank) -> Element:
    """The test whether a text is one of those a blank accepts."""
    tests = Element("or")
    for entry in blank.accept:
        sensitive = str(blank.case_sensitive).lower()
        test = SubElement(tests, "stringMatch", {"caseSensitive": sensitive})
        SubElement(test, "variable", {"identifier": name})
        SubElement(test, "baseValue", {"baseType": "string"}).text = clean(entry.text)
    return tests


def _words(parent: Element, text: str) -> None:
    """Plain text as content of an element; line breaks become ``br``."""
    first, *rest = clean(text).split("\n")
    parent.text = first
    for line in rest:
        SubElement(parent, "br").tail = line


class _Item:
    """One assessmentItem."""

    def __init__(self, record: it.Record, number: int) -> None:
        item = record.item
        self.points = record.points
        self.count = 0
        # What a right answer to the interaction being written adds, and what all add up to.
        self.weight = self.whole = Decimal(1)
        self.root = Element(
            "assessmentItem",
            {
                "xmlns": QTI,
                "identifier": f"q{number:05}",
                "title": clean(record.code or item.stem[:40].replace("\n", " ")),
                "adaptive": "false",
                "timeDependent": "false",
            },
        )
        self.conditions: list[Element] = []
        self.template = ""
        self.sums: list[Element] = []
        self.body = Element("itemBody")
        if isinstance(item, it.Case):
            _words(SubElement(self.body, "p"), item.stem)
            self.whole = sum((part.weight for part in item.parts), Decimal(0))
            for part in item.parts:
                self.weight = part.weight
                self.write(SubElement(self.body, "div"), part.item)
        else:
            self.write(self.body, item)
        self.outcomes()
        self.root.append(self.body)
        self.processing()
        if item.explanation:
            feedback = SubElement(
                self.root,
                "modalFeedback",
                {"outcomeIdentifier": "SHOWN", "identifier": "explanation", "showHide": "show"},
            )
            _words(SubElement(feedback, "p"), item.explanation)

    def outcomes(self) -> None:
        """The score, and where points are suggested what it can be at most."""
        points = None if self.points is None else str(it.plain_number(self.points))
        declared = [("SCORE", "0")] if points is None else [("SCORE", "0"), ("MAXSCORE", points)]
        for name, value in declared:
            attributes = {"identifier": name, "cardinality": "single", "baseType": "float"}
            if points is not None:
                attributes["normalMaximum"] = points
            outcome = SubElement(self.root, "outcomeDeclaration", attributes)
            SubElement(SubElement(outcome, "defaultValue"), "value").text = value

    def processing(self) -> None:
        # A template can only give one point, or what a mapping gives.
        if self.template and self.count == 1 and self.points is None:
            SubElement(
                self.root, "responseProcessing", {"template": f"{_TEMPLATES}/{self.template}"}
            )
            return
        element = SubElement(self.root, "responseProcessing")
        element.extend(self.conditions)
        if self.sums:
            value = SubElement(element, "setOutcomeValue", {"identifier": "SCORE"})
            before = [Element("variable", {"identifier": "SCORE"})] if self.conditions else []
            SubElement(value, "sum").extend(before + self.sums)
        if self.whole != 1 and len(element):
            quotient = self._scaled(element, "divide")
            SubElement(quotient, "baseValue", {"baseType": "float"}).text = f"{self.whole:f}"
        if self.points is not None and len(element):
            SubElement(self._scaled(element, "product"), "variable", {"identifier": "MAXSCORE"})

    def _scaled(self, parent: Element, by: str) -> Element:
        value = SubElement(parent, "setOutcomeValue", {"identifier": "SCORE"})
        scaled = SubElement(value, by)
        SubElement(scaled, "variable", {"identifier": "SCORE"})
        return scaled

    def earns(self, branch: Element, points: Decimal) -> None:
        """What a branch gives: set when it is all there is, added when others add theirs."""
        value: Element = SubElement(branch, "setOutcomeValue", {"identifier": "SCORE"})
        if self.whole != self.weight:
            value = SubElement(value, "sum")
            SubElement(value, "variable", {"identifier": "SCORE"})
        SubElement(value, "baseValue", {"baseType": "float"}).text = f"{points:f}"

    def declare(self, cardinality: str, base: str, correct: Sequence[str]) -> tuple[str, Element]:
        self.count += 1
        name = "RESPONSE" if self.count == 1 else f"RESPONSE{self.count}"
        element = SubElement(
            self.root,
            "responseDeclaration",
            {"identifier": name, "cardinality": cardinality, "baseType": base},
        )
        if correct:
            parent = SubElement(element, "correctResponse")
            for value in correct:
                SubElement(parent, "value").text = clean(value)
        return name, element

    def mapping(
        self, name: str, element: Element, worth: dict[str, Decimal], *, sensitive: bool = False
    ) -> None:
        attributes = {"defaultValue": "0"}
        if any(value < 0 for value in worth.values()) and element.get("cardinality") == "multiple":
            attributes |= {"lowerBound": "0", "upperBound": "1"}
        mapping = SubElement(element, "mapping", attributes)
        for key, value in worth.items():
            entry = {"mapKey": clean(key), "mappedValue": f"{value:f}"}
            SubElement(
                mapping, "mapEntry", entry | ({"caseSensitive": "true"} if sensitive else {})
            )
        self.template = "map_response"
        mapped = Element("mapResponse", {"identifier": name})
        if self.weight != 1:
            product = Element("product")
            SubElement(product, "baseValue", {"baseType": "float"}).text = f"{self.weight:f}"
            product.append(mapped)
            mapped = product
        self.sums.append(mapped)

    def match(self, name: str) -> None:
        self.template = "match_correct"
        condition = Element("responseCondition")
        branch = SubElement(condition, "responseIf")
        test = SubElement(branch, "match")
        SubElement(test, "variable", {"identifier": name})
        SubElement(test, "correct", {"identifier": name})
        self.earns(branch, self.weight)
        self.conditions.append(condition)

    def write(self, parent: Element, item: it.Item) -> None:
        """The interaction of an item, after (or within) its stem."""
        if isinstance(item, it.FillIn):
            self.blanks(parent, item)
            return
        _words(SubElement(parent, "p"), item.stem)
        writers: dict[type[it.Item], Callable[[Element, it.Item], None]] = {
            it.SingleChoice: self.choice,
            it.MultipleChoice: self.choice,
            it.TrueFalse: self.truth,
            it.Numeric: self.number,
            it.Matching: self.pairs,
            it.Ordering: self.order,
            it.ShortAnswer: self.essay,
            it.Essay: self.essay,
        }
        writers[type(item)](parent, item)

    def interaction(self, parent: Element, kind: str, name: str, **attributes: str) -> Element:
        return SubElement(parent, kind, {"responseIdentifier": name, **attributes})

    def options(self, parent: Element, options: Sequence[it.Option]) -> None:
        for option in options:
            choice = SubElement(parent, "simpleChoice", {"identifier": f"C_{option.id}"})
            _words(choice, option.text)
            self.feedback(choice, f"C_{option.id}", option.feedback)

    def feedback(self, choice: Element, ident: str, text: str) -> None:
        if text:
            element = SubElement(
                choice,
                "feedbackInline",
                {"outcomeIdentifier": "SHOWN", "identifier": ident, "showHide": "show"},
            )
            _words(element, text)

    def choice(self, parent: Element, item: it.Item) -> None:
        if isinstance(item, it.SingleChoice):
            name, declared = self.declare("single", "identifier", [f"C_{item.key}"])
            worth = {f"C_{o.id}": o.credit for o in item.options if o.credit and o.id != item.key}
            if worth:
                self.mapping(name, declared, {f"C_{item.key}": Decimal(1), **worth})
            else:
                self.match(name)
            element = self.interaction(
                parent, "choiceInteraction", name, maxChoices="1", shuffle="true"
            )
            self.options(element, item.options)
        elif isinstance(item, it.MultipleChoice):
            key = [f"C_{o.id}" for o in item.options if o.id in item.key]
            name, declared = self.declare("multiple", "identifier", key)
            if item.rule == "weights":
                share = (Decimal(1) / len(key)).quantize(Decimal("0.0000001"))
                credits = {
                    f"C_{o.id}": o.credit if o.credit is not None else share * (o.id in item.key)
                    for o in item.options
                }
                self.mapping(
                    name, declared, {ident: credit for ident, credit in credits.items() if credit}
                )
            else:
                self.match(name)
            element = self.interaction(
                parent, "choiceInteraction", name, maxChoices="0", shuffle="true"
            )
            self.options(element, item.options)

    def truth(self, parent: Element, item: it.Item) -> None:
        if isinstance(item, it.TrueFalse):
            name, _declared = self.declare("single", "identifier", [str(item.key).lower()])
            self.match(name)
            element = self.interaction(
                parent, "choiceInteraction", name, maxChoices="1", shuffle="false"
            )
            for value, words in ((True, "正确"), (False, "错误")):
                choice = SubElement(element, "simpleChoice", {"identifier": str(value).lower()})
                choice.text = words
                self.feedback(choice, str(value).lower(), item.said_to(value))

    def blanks(self, parent: Element, item: it.FillIn) -> None:
        paragraph = SubElement(parent, "p")
        pieces = list(it.stem_pieces(item.stem))
        if all(number is None for _text, number in pieces):
            _words(paragraph, item.stem)
            pieces = [("", number) for number in range(1, len(item.blanks) + 1)]
            paragraph = SubElement(parent, "p")
        together = item.rule == "exact" and len(item.blanks) > 1
        alone = (
            self.body is parent
        )  # not a part of a case, whose share the blanks would have to share
        if alone and not together:
            self.whole = Decimal(len(item.blanks))
        elif not together:
            self.weight /= len(item.blanks)
        tests: list[Element] = []
        for text, number in pieces:
            self.append(paragraph, text)
            if number is not None:
                blank = item.blanks[number - 1]
                correct = [entry.text for entry in blank.accept if entry.credit == 1][:1]
                name, declared = self.declare("single", "string", correct)
                if together:
                    tests.append(_any_of(name, blank))
                else:
                    worth = {entry.text: entry.credit for entry in blank.accept}
                    self.mapping(name, declared, worth, sensitive=blank.case_sensitive)
                self.interaction(paragraph, "textEntryInteraction", name)
        if together:
            condition = Element("responseCondition")
            branch = SubElement(condition, "responseIf")
            SubElement(branch, "and").extend(tests)
            self.earns(branch, self.weight)
            self.conditions.append(condition)

    def append(self, parent: Element, text: str) -> None:
        """Text after what already stands in an element."""
        first, *rest = clean(text).split("\n")
        children = list(parent)
        if children:
            children[-1].tail = (children[-1].tail or "") + first
        else:
            parent.text = (parent.text or "") + first
        for line in rest:
            SubElement(parent, "br").tail = line

    def number(self, parent: Element, item: it.Item) -> None:
        if isinstance(item, it.Numeric):
            name, _declared = self.declare("single", "float", [f"{item.accept[0].value:f}"])
            condition = Element("responseCondition")
            for place, accepted in enumerate(item.accept):
                branch = SubElement(condition, "responseElseIf" if place else "responseIf")
                tolerance = f"{accepted.tolerance:f} {accepted.tolerance:f}"
                equal = SubElement(
                    branch, "equal", {"toleranceMode": "absolute", "tolerance": tolerance}
                )
                if accepted.without_lower:
                    equal.set("includeLowerBound", "false")
                if accepted.without_upper:
                    equal.set("includeUpperBound", "false")
                SubElement(equal, "variable", {"identifier": name})
                SubElement(equal, "baseValue", {"baseType": "float"}).text = f"{accepted.value:f}"
                self.earns(branch, accepted.credit * self.weight)
            self.conditions.append(condition)
            self.interaction(SubElement(parent, "p"), "textEntryInteraction", name)

    def pairs(self, parent: Element, item: it.Item) -> None:
        if isinstance(item, it.Matching):
            correct = [f"L_{left} R_{right}" for left, right in item.key]
            name, declared = self.declare("multiple", "directedPair", correct)
            if item.rule == "per_pair":
                share = (Decimal(1) / len(correct)).quantize(Decimal("0.0000001"))
                self.mapping(name, declared, dict.fromkeys(correct, share))
            else:
                self.match(name)
            element = self.interaction(
                parent, "matchInteraction", name, maxAssociations="0", shuffle="true"
            )
            for prefix, options in (("L", item.left), ("R", item.right)):
                each = SubElement(element, "simpleMatchSet")
                for option in options:
                    most = "1" if prefix == "L" else "0"
                    _words(
                        SubElement(
                            each,
                            "simpleAssociableChoice",
                            {"identifier": f"{prefix}_{option.id}", "matchMax": most},
                        ),
                        option.text,
                    )

    def order(self, parent: Element, item: it.Item) -> None:
        if isinstance(item, it.Ordering):
            name, _declared = self.declare(
                "ordered", "identifier", [f"C_{ident}" for ident in item.key]
            )
            self.match(name)
            element = self.interaction(parent, "orderInteraction", name, shuffle="true")
            self.options(element, item.options)

    def essay(self, parent: Element, item: it.Item) -> None:
        name, _declared = self.declare("single", "string", [])
        self.interaction(parent, "extendedTextInteraction", name)
        model = item.model_answer if isinstance(item, it.Essay) else ""
        if isinstance(item, it.ShortAnswer):
            model = "\n".join(point.text for point in item.key_points)
        if model:
            block = SubElement(parent, "rubricBlock", {"view": "scorer", "use": "scoring"})
            _words(SubElement(block, "p"), model)
