"""Questions written as Moodle XML, and what of them it does not carry."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from exams.engine import items as it
from exams.engine.formats.base import (
    Note,
    Writing,
    clip,
    lost_bookkeeping,
    percent,
    place_of,
    tags_with_facts,
)
from exams.engine.formats.cloze import cloze_of_case, cloze_text
from exams.engine.formats.gift import lost_details
from exams.engine.formats.xml import Element, SubElement, clean, document


def write(records: Sequence[it.Record]) -> Writing:
    """A Moodle XML file of these questions."""
    root = Element("quiz")
    losses: list[Note] = []
    category: tuple[str, ...] | None = None
    for number, record in enumerate(records, 1):
        place = place_of(record, number)
        gaps = cloze_of_case(record.item) if isinstance(record.item, it.Case) else ""
        if gaps is None:
            losses.append(Note(place, "type_not_carried", (("value", record.item.type),)))
            continue
        if record.category and record.category != category:
            category = record.category
            path = "/".join(name.replace("/", "//") for name in category)
            _put(SubElement(root, "question", type="category"), "category", f"$course$/top/{path}")
        for name in [*lost_bookkeeping(record, has_points=True), *_lost(record.item)]:
            losses.append(Note(place, "not_carried", (("value", name),)))
        _write_one(root, record, gaps)
    return Writing(document(root), tuple(losses))


def _lost(item: it.Item) -> list[str]:
    carried = {"unit", "model_answer", "case_sensitive"}
    return [name for name in lost_details(item) if name not in carried]


def _put(parent: Element, tag: str, text: str, **attributes: str) -> Element:
    element = SubElement(parent, tag, attributes)
    SubElement(element, "text").text = clean(text)
    return element


def _plain(parent: Element, tag: str, text: str, **attributes: str) -> Element:
    return _put(parent, tag, text, format="plain_text", **attributes)


def _simple(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = text


def _write_one(root: Element, record: it.Record, gaps: str) -> None:
    """Write a question; ``gaps`` is the text of one made of gaps of several kinds."""
    item = record.item
    many = isinstance(item, it.FillIn) and len(item.blanks) > 1
    kind = "cloze" if many else _NAMES[item.type]
    question = SubElement(root, "question", type=kind)
    _put(question, "name", record.code or clip(item.stem, 60))
    stem = cloze_text(item) if isinstance(item, it.FillIn) and many else gaps or item.stem
    _plain(question, "questiontext", stem)
    _plain(question, "generalfeedback", item.explanation)
    points = 1 if record.points is None else it.plain_number(record.points)
    _simple(question, "defaultgrade", str(points))
    _simple(question, "penalty", "0")
    _simple(question, "hidden", "0")
    _simple(question, "idnumber", clean(record.code))
    match item:
        case it.SingleChoice():
            _simple(question, "single", "true")
            _simple(question, "shuffleanswers", "true")
            for option in item.options:
                worth = Decimal(1) if option.id == item.key else option.credit or Decimal(0)
                _answer(question, option.text, worth, option.feedback)
        case it.MultipleChoice():
            _simple(question, "single", "false")
            _simple(question, "shuffleanswers", "true")
            share = (Decimal(1) / len(item.key)).quantize(Decimal("0.0000001"))
            for option in item.options:
                worth = share if option.id in item.key else Decimal(0)
                if item.rule == "weights" and option.credit is not None:
                    worth = option.credit
                _answer(question, option.text, worth, option.feedback)
        case it.TrueFalse():
            for value in (True, False):
                _answer(
                    question, str(value).lower(), Decimal(value == item.key), item.said_to(value)
                )
        case it.FillIn() if not many:
            blank = item.blanks[0]
            _simple(question, "usecase", str(int(blank.case_sensitive)))
            for entry in blank.accept:
                text = entry.text if blank.match == "wildcard" else entry.text.replace("*", "\\*")
                _answer(question, text, entry.credit, entry.feedback)
        case it.Numeric():
            _numbers(question, item)
        case it.Matching():
            texts = {option.id: option.text for option in item.right}
            names = {option.id: option.text for option in item.left}
            used = {right for _left, right in item.key}
            _simple(question, "shuffleanswers", "true")
            for left, right in item.key:
                _plain(_plain(question, "subquestion", names[left]), "answer", texts[right])
            for option in item.right:
                if option.id not in used:
                    _plain(_plain(question, "subquestion", ""), "answer", option.text)
        case it.Ordering():
            texts = {option.id: option.text for option in item.options}
            _simple(question, "layouttype", "VERTICAL")
            _simple(question, "selecttype", "ALL")
            _simple(question, "selectcount", "0")
            grading = {"exact": "ALL_OR_NOTHING", "position": "ABSOLUTE_POSITION"}
            _simple(question, "gradingtype", grading.get(item.rule, "RELATIVE_NEXT_EXCLUDE_LAST"))
            for ident in item.key:
                _answer(question, texts[ident], Decimal(1), "")
        case it.ShortAnswer():
            _simple(question, "responseformat", "plain")
            _plain(question, "graderinfo", "\n".join(point.text for point in item.key_points))
        case it.Essay():
            _simple(question, "responseformat", "plain")
            _plain(question, "graderinfo", item.model_answer)
    tags = tags_with_facts(record)
    if tags:
        parent = SubElement(question, "tags")
        for tag in tags:
            _put(parent, "tag", tag)


_NAMES = {
    "single": "multichoice",
    "multiple": "multichoice",
    "true_false": "truefalse",
    "fill_in": "shortanswer",
    "numeric": "numerical",
    "matching": "matching",
    "ordering": "ordering",
    "short_answer": "essay",
    "essay": "essay",
    "case": "cloze",
}


def _answer(parent: Element, text: str, fraction: Decimal, feedback: str) -> Element:
    answer = _plain(parent, "answer", text, fraction=percent(fraction))
    if feedback:
        _plain(answer, "feedback", feedback)
    return answer


def _numbers(question: Element, item: it.Numeric) -> None:
    for accepted in item.accept:
        answer = _answer(question, f"{accepted.value:f}", accepted.credit, accepted.feedback)
        _simple(answer, "tolerance", f"{accepted.tolerance:f}")
    units: list[tuple[str, Any]] = [(item.unit, Decimal(1))] if item.unit else []
    units += item.units
    if units:
        parent = SubElement(question, "units")
        for name, factor in units:
            unit = SubElement(parent, "unit")
            _simple(unit, "multiplier", f"{factor:f}")
            _simple(unit, "unit_name", name)
    _simple(question, "unitgradingtype", "0")
    _simple(question, "showunits", "0" if units else "3")
