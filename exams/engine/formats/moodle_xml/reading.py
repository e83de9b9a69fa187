"""Moodle XML (question/format/xml/format.php): multichoice, truefalse, shortanswer, numerical, match,
essay, ordering, gapselect and ddwtos, and cloze where its pieces are ours; category, tags, idnumber.

Not representable (calculated, ddmarker, ddimageortext, random …) is left out and named.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from urllib.parse import unquote

from exams.engine import items as it
from exams.engine.formats.base import (
    FILE,
    Collector,
    Place,
    Reading,
    Refused,
    Unreadable,
    clip,
    facts_of_tags,
    fraction_of_percent,
    path_of,
    percent,
)
from exams.engine.formats.cloze import cloze_of
from exams.engine.formats.gift import blank_of, choice_of
from exams.engine.formats.markup import looks_like_html, plain_of_html
from exams.engine.formats.xml import Element, inner, parse, text_at

# Texts Moodle puts into every new question: no loss when they go.
_STOCK = {
    "your answer is correct.",
    "your answer is partially correct.",
    "your answer is incorrect.",
    "回答正确。",
    "回答部分正确。",
    "回答不正确。",
    "您的答案正确。",
    "您的答案部分正确。",
    "您的答案不正确。",
}
_GRADING = {
    "-1": "exact",
    "ALL_OR_NOTHING": "exact",
    "0": "position",
    "ABSOLUTE_POSITION": "position",
}
_READ = {
    "name", "questiontext", "generalfeedback", "defaultgrade", "penalty", "hidden", "idnumber", "single",
    "shuffleanswers", "answernumbering", "correctfeedback", "partiallycorrectfeedback",
    "incorrectfeedback", "shownumcorrect", "answer", "tags", "usecase", "subquestion", "hint", "units",
    "unitgradingtype", "unitpenalty", "showunits", "unitsleft", "responseformat", "responserequired",
    "responsefieldlines", "attachments", "attachmentsrequired", "graderinfo", "responsetemplate",
    "minwordlimit", "maxwordlimit", "maxbytes", "filetypeslist", "layouttype", "selecttype",
    "selectcount", "gradingtype", "showgrading", "numberingstyle", "selectoption", "dragbox",
    "showstandardinstruction", "truefalse", "image", "image_base64", "fraction", "instructions",
}  # fmt: skip


def read(content: bytes) -> Reading:
    """Read a Moodle XML file. Raises Unreadable."""
    out = Collector()
    root = parse(content, out=out)
    if root.tag != "quiz":
        # A single question is taken too.
        if root.tag != "question":
            raise Unreadable("not_this_format", format="Moodle XML", reason=f"<{root.tag}>")
        wrapped = Element("quiz")
        wrapped.append(root)
        root = wrapped
    category: list[str] = []
    count = 0
    for element in root:
        if element.tag != "question":
            continue
        kind = element.get("type", "")
        if kind == "category":
            category = path_of(text_at(element, "category/text").strip())
            if said := _text(element.find("info"), out):
                out.note_file("description_skipped", FILE, value=said)
            continue
        count += 1
        place = Place("question", count)
        _one(element, kind, category, place, out)
    return out.reading()


def _one(element: Element, kind: str, category: list[str], place: Place, out: Collector) -> None:
    stem = _text(element.find("questiontext"), out)
    name = text_at(element, "name/text").strip()
    if kind == "description":
        out.note_file("description_skipped", place, value=stem or name)
        out.drop_notes(place)
        return
    reader = _READERS.get(kind)
    if reader is None:
        out.note_file("not_representable", place, value=f"{kind}: {name or clip(stem)}")
        out.drop_notes(place)
        return
    plain: it.Plain = facts_of_tags(text_at(tag, "text") for tag in element.iterfind("tags/tag"))
    code = text_at(element, "idnumber").strip()
    if code:
        plain["code"] = code
    if category:
        plain["category"] = list(category)
    plain["stem"] = stem or name
    explanation = _text(element.find("generalfeedback"), out)
    if explanation:
        plain["explanation"] = explanation
    if name and stem and name != code and not _squeezed(stem).startswith(_squeezed(name)):
        out.note("field_dropped", name="name", value=name)
    _note_rest(element, out)
    if text_at(element, "shuffleanswers").strip().lower() in ("0", "false"):
        out.note("shuffle_dropped")
    try:
        plain |= reader(element, plain["stem"], out)
        if not plain["stem"]:
            raise Refused("no_stem")
    except Refused as refusal:
        if refusal.code == "not_representable":
            out.note_file("not_representable", place, **dict(refusal.params))
            out.drop_notes(place)
        else:
            out.refuse(place, refusal, plain)
        return
    grade = it.decimal_of(text_at(element, "defaultgrade"))
    # One is what Moodle writes when nobody said anything.
    out.add(place, plain, None if grade == 1 else grade)


def _squeezed(text: str) -> str:
    return re.sub(r"[\s….]+", "", text)


def _note_rest(element: Element, out: Collector) -> None:
    """What every type may say and this house has no place for."""
    penalty = it.decimal_of(text_at(element, "penalty"))
    if penalty:
        out.note("retry_penalty", value=str(penalty.normalize()))
    if element.find("hint") is not None and any(
        text_at(hint, "text").strip() for hint in element.iterfind("hint")
    ):
        out.note("hint_dropped")
    for name in ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"):
        words = _text(element.find(name), out)
        if words and words.casefold() not in _STOCK:
            out.note("feedback_dropped", value=f"{name}: {words}")
    if _true(text_at(element, "hidden")):
        out.note("field_dropped", name="hidden", value="1")
    for child in element:
        if child.tag not in _READ:
            out.note("field_dropped", name=child.tag, value=clip("".join(child.itertext())))


def _text(element: Element | None, out: Collector) -> str:
    """A ``<text>`` with its format: HTML becomes plain text; embedded files are named."""
    if element is None:
        return ""
    kind = element.get("format", "")
    inside = element.find("text")
    raw = (element.text if inside is None else inside.text) or ""
    if inside is not None and len(inside):  # HTML written without CDATA
        kind, raw = "html", inner(inside)
    named = {file.get("name", "") for file in element.iterfind("file")}
    if kind == "html" or (kind != "plain_text" and kind != "markdown" and looks_like_html(raw)):
        text = plain_of_html(raw, out)
        for name in named:
            if f"@@PLUGINFILE@@/{name}" not in unquote(raw):
                out.note("attachment", value=name)
        return text
    for name in named:
        out.note("attachment", value=name)
    if kind == "markdown":
        out.note("markdown")
    return raw.strip()


def _answers(element: Element, out: Collector) -> list[tuple[str, Decimal, str]]:
    """(text, fraction, feedback) of every answer."""
    found = []
    for answer in element.iterfind("answer"):
        fraction = fraction_of_percent(answer.get("fraction", "0") or "0")
        found.append((_text(answer, out), fraction, _text(answer.find("feedback"), out)))
    return found


def _true(text: str) -> bool:
    return text.strip().lower() in ("true", "1", "yes")


def _multichoice(element: Element, _stem: str, out: Collector) -> it.Plain:
    single = text_at(element, "single").strip()
    return _choice(element, out, several=bool(single) and not _true(single))


def _choice(element: Element, out: Collector, *, several: bool) -> it.Plain:
    options: list[it.Plain] = []
    credits, right = [], []
    for index, (text, fraction, feedback) in enumerate(_answers(element, out)):
        options.append({"text": text} | ({"feedback": feedback} if feedback else {}))
        credits.append(fraction)
        if fraction == 1 or (several and fraction > 0):
            right.append(index)
    return choice_of(options, credits, right, several=several)


def _all_or_nothing(element: Element, _stem: str, out: Collector) -> it.Plain:
    """multichoiceset: every right answer says 100, and only all of them together earn anything."""
    plain = _choice(element, out, several=True)
    for option in plain["options"]:
        option.pop("credit", None)
    return plain | {"rule": "exact"}


def _truefalse(element: Element, _stem: str, out: Collector) -> it.Plain:
    said: dict[str, str] = {}
    key = None
    for text, fraction, feedback in _answers(element, out):
        name = "true" if text.strip().lower() in ("true", "对", "正确", "1") else "false"
        if fraction > 0:
            key = name == "true"
        if feedback:
            said[name] = feedback
    if key is None:
        raise Refused("no_key")
    return {"type": "true_false", "key": key} | ({"feedback": said} if said else {})


def _shortanswer(element: Element, stem: str, out: Collector) -> it.Plain:
    blank = blank_of(_answers(element, out), out, case_sensitive=_true(text_at(element, "usecase")))
    plain: it.Plain = {"type": "fill_in", "blanks": [blank]}
    if len(it.blank_numbers(stem)) > 1:
        pieces = re.split(r"(_{4,}|＿{2,}|\[\[\d{1,2}\]\])", stem)
        pieces[3::2] = ["___"] * len(pieces[3::2])
        plain["stem"] = "".join(pieces)
    return plain


def _numerical(element: Element, _stem: str, out: Collector) -> it.Plain:
    accept: list[it.Plain] = []
    for answer in element.iterfind("answer"):
        value = text_at(answer, "text").strip() or (answer.text or "").strip()
        credit = fraction_of_percent(answer.get("fraction", "100") or "100")
        feedback = _text(answer.find("feedback"), out)
        if value == "*":
            if feedback:
                out.note("feedback_dropped", value=feedback)
            if credit > 0:
                out.note("field_dropped", name="*", value=f"{percent(credit)} %")
            continue
        number, tolerance = it.decimal_of(value), it.decimal_of(text_at(answer, "tolerance") or "0")
        if number is None or tolerance is None:
            wrong = value if number is None else text_at(answer, "tolerance")
            raise Refused("bad_number", value=wrong)
        if credit < 0:
            out.note("fraction_negative", value=f"{percent(credit)} %")
            credit = Decimal(0)
        entry: it.Plain = {
            "value": it.plain_number(number),
            "tolerance": it.plain_number(abs(tolerance)),
        }
        if credit != 1:
            entry["credit"] = it.plain_number(credit)
        if feedback:
            entry["feedback"] = feedback
        accept.append(entry)
    if not any(entry.get("credit", 1) != 0 for entry in accept):
        raise Refused("no_key")
    plain: it.Plain = {"type": "numeric", "accept": accept}
    others: dict[str, int | str] = {}
    for unit in element.iterfind("units/unit"):
        name, factor = (
            text_at(unit, "unit_name").strip(),
            it.decimal_of(text_at(unit, "multiplier") or "1"),
        )
        if not name or not factor:
            continue
        if factor == 1 and "unit" not in plain:
            plain["unit"] = name
        else:
            others[name] = it.plain_number(factor)
    if others:
        plain["units"] = others
    if text_at(element, "unitgradingtype").strip() not in ("", "0"):
        out.note(
            "field_dropped", name="unitgradingtype", value=text_at(element, "unitpenalty") or "1"
        )
    return plain


def _matching(element: Element, _stem: str, out: Collector) -> it.Plain:
    pairs, distractors = [], []
    for each in element.iterfind("subquestion"):
        left, right = _text(each, out), _text(each.find("answer"), out)
        if left:
            pairs.append([left, right])
        elif right:
            distractors.append(right)
    if len(pairs) < 2:
        raise Refused("no_key")
    plain: it.Plain = {"type": "matching", "pairs": pairs}
    return plain | ({"distractors": distractors} if distractors else {})


def _essay(element: Element, _stem: str, out: Collector) -> it.Plain:
    plain: it.Plain = {"type": "essay"}
    model = _text(element.find("graderinfo"), out)
    if model:
        plain["model_answer"] = model
    template = _text(element.find("responsetemplate"), out)
    if template:
        out.note("field_dropped", name="responsetemplate", value=template)
    for name in ("attachments", "minwordlimit", "maxwordlimit"):
        value = text_at(element, name).strip()
        if value not in ("", "0"):
            out.note("field_dropped", name=name, value=value)
    return plain


def _ordering(element: Element, _stem: str, out: Collector) -> it.Plain:
    answers = _answers(element, out)
    if len({fraction for _t, fraction, _f in answers}) == len(answers):
        answers.sort(key=lambda entry: entry[1])  # old files number the items by their fraction
    grading = text_at(element, "gradingtype").strip()
    rule = _GRADING.get(grading, "neighbours" if grading else "position")
    if text_at(element, "selecttype").strip() not in ("", "0", "ALL"):
        count = text_at(element, "selectcount").strip()
        out.note("field_dropped", name="selectcount", value=count)
    if rule == "neighbours" and grading not in ("1", "RELATIVE_NEXT_EXCLUDE_LAST"):
        out.note("scoring_simplified", value=grading, read="neighbours")
    return {"type": "ordering", "sequence": [text for text, _c, _f in answers], "rule": rule}


def _gaps(element: Element, stem: str, out: Collector) -> it.Plain:
    """gapselect and ddwtos: ``[[3]]`` in the text is a gap whose right choice is the third."""
    choices = [
        (_text(each, out), text_at(each, "group").strip() or "1")
        for each in (*element.iterfind("selectoption"), *element.iterfind("dragbox"))
    ]
    numbers = [int(n) for n in re.findall(r"\[\[(\d+)\]\]", stem)]
    if not numbers or any(not 1 <= n <= len(choices) for n in numbers):
        raise Refused("no_key")
    if len({group for _t, group in choices}) > 1:
        out.note("scoring_simplified", value="groups of choices", read="one list of choices")
    if len(numbers) == 1:
        text, group = choices[numbers[0] - 1]
        options = [each for each, its in choices if its == group]
        return {
            "type": "single",
            "stem": re.sub(r"\[\[\d+\]\]", "_____", stem),
            "options": options,
            "key": it.LETTERS[options.index(text)],
        }
    count = iter(range(1, len(numbers) + 1))
    return {
        "type": "matching",
        "stem": re.sub(r"\[\[\d+\]\]", lambda _m: f"（{next(count)}）___", stem),
        "pairs": [[f"（{place}）", choices[n - 1][0]] for place, n in enumerate(numbers, 1)],
        "distractors": [text for n, (text, _g) in enumerate(choices, 1) if n not in numbers],
    }


def _cloze(_element: Element, stem: str, out: Collector) -> it.Plain:
    return cloze_of(stem, out)


_READERS: dict[str, Callable[[Element, str, Collector], it.Plain]] = {
    "multichoice": _multichoice,
    "multichoiceset": _all_or_nothing,
    "truefalse": _truefalse,
    "shortanswer": _shortanswer,
    "numerical": _numerical,
    "matching": _matching,
    "match": _matching,
    "ddmatch": _matching,
    "essay": _essay,
    "essayautograde": _essay,
    "ordering": _ordering,
    "gapselect": _gaps,
    "ddwtos": _gaps,
    "cloze": _cloze,
    "multianswer": _cloze,
}
