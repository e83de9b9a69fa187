r"""Moodle's cloze text: ``{1:SHORTANSWER:=Berlin~%50%Bonn#nearly}`` inside running text.

Gaps of one kind, all words, become a question with several blanks; one gap alone the type it is;
everything else a case whose parts are the gaps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from exams.engine import items as it
from exams.engine.formats.base import Collector, Refused, fraction_of_percent, percent
from exams.engine.formats.gift import blank_of, choice_of

_GAP = re.compile(
    r"\{(\d*):(SHORTANSWER(?:_C)?|SAC?|MWC?|NUMERICAL|NM|MULTICHOICE(?:_[VHS]+)?|MC[VHS]{0,2}"
    r"|MULTIRESPONSE(?:_[HS]+)?|MR[HS]{0,2}):((?:\\.|[^\\}])*)\}"
)
_ANY_GAP = re.compile(r"\{\d*:([A-Za-z]\w{0,40}):")
_WEIGHT = re.compile(r"%(-?\d{1,3}(?:\.\d*)?)%")


def _pieces(body: str) -> list[tuple[str, Decimal, str]]:
    found = []
    for raw in re.split(r"(?<!\\)~", body):
        credit = Decimal(0)
        text = raw.strip()
        if text.startswith("="):
            credit, text = Decimal(1), text[1:]
        elif match := _WEIGHT.match(text):
            credit, text = fraction_of_percent(match.group(1)), text[match.end() :]
        parts = re.split(r"(?<!\\)#", text, maxsplit=1)
        words = [re.sub(r"\\([~#}\"/\\])", r"\1", part).strip() for part in parts]
        if words[0]:
            found.append((words[0], credit, words[1] if len(words) > 1 else ""))
    return found


def _gap(kind: str, body: str, out: Collector) -> it.Plain:
    """The question a gap asks, without a stem."""
    found = _pieces(body)
    if kind.startswith(("SHORTANSWER", "SA", "MW")):
        exact = kind.endswith(("_C", "AC", "WC"))
        return {"type": "fill_in", "blanks": [blank_of(found, out, case_sensitive=exact)]}
    if kind in ("NUMERICAL", "NM"):
        accept: list[it.Plain] = []
        for text, credit, feedback in found:
            value, _colon, tolerance = text.partition(":")
            number, within = it.decimal_of(value), it.decimal_of(tolerance or "0")
            if text == "*":
                if feedback:
                    out.note("feedback_dropped", value=feedback)
                continue
            if number is None or within is None:
                raise Refused("bad_number", value=text)
            entry: it.Plain = {
                "value": it.plain_number(number),
                "tolerance": it.plain_number(abs(within)),
            }
            if credit != 1:
                entry["credit"] = it.plain_number(max(credit, Decimal(0)))
            if feedback:
                entry["feedback"] = feedback
            accept.append(entry)
        if not accept:
            raise Refused("no_key")
        return {"type": "numeric", "accept": accept}
    several = kind.startswith(("MULTIRESPONSE", "MR"))
    options = [{"text": text} | ({"feedback": said} if said else {}) for text, _c, said in found]
    credits = [credit for _t, credit, _s in found]
    right = [i for i, credit in enumerate(credits) if credit == 1 or (several and credit > 0)]
    if several:  # each right one is worth its share of the whole
        total = sum((credit for credit in credits if credit > 0), Decimal(0)) or Decimal(1)
        credits = [(credit / total).quantize(Decimal("0.0000001")) for credit in credits]
    return choice_of(options, credits, right, several=several)


def cloze_of(text: str, out: Collector) -> it.Plain:
    """The question a cloze text makes. Raises Refused."""
    gaps = list(_GAP.finditer(text))
    # A gap of another kind would stand in the text with its answer.
    if strange := _ANY_GAP.search(_GAP.sub("", text)):
        raise Refused("not_representable", value=f"cloze: {strange.group(1)}")
    if not gaps:
        raise Refused("no_key")
    asked = [_gap(gap.group(2), gap.group(3), out) for gap in gaps]
    weights = [int(gap.group(1) or 1) for gap in gaps]
    if len(gaps) == 1:
        return asked[0] | {"stem": _GAP.sub("_____", text)}
    count = iter(range(1, len(gaps) + 1))
    if {gap["type"] for gap in asked} == {"fill_in"} and len(set(weights)) == 1:
        stem = _GAP.sub(lambda _m: f"[[{next(count)}]]", text)
        return {"type": "fill_in", "stem": stem, "blanks": [gap["blanks"][0] for gap in asked]}
    stem = _GAP.sub(lambda _m: f"（{next(count)}）___", text)
    parts = [
        {**gap, "stem": f"（{number}）", "weight": weight or 1}
        for number, (gap, weight) in enumerate(zip(asked, weights, strict=True), 1)
    ]
    return {"type": "case", "stem": stem, "parts": parts}


def cloze_text(item: it.FillIn) -> str:
    """The text of a question with several blanks, its gaps written as cloze."""
    pieces = list(it.stem_pieces(item.stem))
    gaps = [_words(1, blank) for blank in item.blanks]
    text = "".join(words + (gaps[number - 1] if number else "") for words, number in pieces)
    if all(number is None for _words_before, number in pieces):
        text += " " + " ".join(gaps)
    return text


def cloze_of_case(item: it.Case) -> str | None:
    """The cloze text of a case whose parts are gaps of its stem, when it says exactly the same."""
    text = item.stem
    for number, part in enumerate(item.parts, 1):
        gap = _written(part.weight, part.item)
        if gap is None or text.count(f"（{number}）___") != 1:
            return None
        text = text.replace(f"（{number}）___", gap)
    try:
        again = it.record_from_dict(cloze_of(text, Collector())).item
    except (Refused, it.InvalidItem):
        return None
    same = replace(again, explanation=item.explanation, penalty=item.penalty) == item
    return text if same else None


def _written(weight: Decimal, item: it.Item) -> str | None:
    if weight != weight.to_integral_value():
        return None
    if isinstance(item, it.FillIn) and len(item.blanks) == 1:
        return _words(int(weight), item.blanks[0])
    if isinstance(item, it.Numeric) and not any(each.open for each in item.accept):
        numbers = [
            (f"{each.value:f}:{each.tolerance:f}", each.credit, each.feedback)
            for each in item.accept
        ]
        return _gap_text(int(weight), "NUMERICAL", numbers)
    if isinstance(item, it.SingleChoice):
        choices = [
            (o.text, Decimal(1) if o.id == item.key else o.credit or Decimal(0), o.feedback)
            for o in item.options
        ]
        return _gap_text(int(weight), "MULTICHOICE", choices)
    if isinstance(item, it.MultipleChoice):
        share = Decimal(1) / len(item.key)
        choices = [
            (o.text, o.credit or (share if o.id in item.key else Decimal(0)), o.feedback)
            for o in item.options
        ]
        return _gap_text(int(weight), "MULTIRESPONSE", choices)
    return None


def _words(weight: int, blank: it.Blank) -> str:
    answers = [
        (
            entry.text if blank.match == "wildcard" else entry.text.replace("*", "\\*"),
            entry.credit,
            entry.feedback,
        )
        for entry in blank.accept
    ]
    return _gap_text(weight, "SHORTANSWER_C" if blank.case_sensitive else "SHORTANSWER", answers)


def _gap_text(weight: int, kind: str, answers: Iterable[tuple[str, Decimal, str]]) -> str:
    written = []
    for text, credit, feedback in answers:
        mark = "=" if credit == 1 else f"%{percent(credit)}%" if credit else ""
        said = f"#{_escaped(feedback)}" if feedback else ""
        written.append(f"{mark}{_escaped(text)}{said}")
    return f"{{{weight}:{kind}:{'~'.join(written)}}}"


def _escaped(text: str) -> str:
    return re.sub(r"[\\~#}\"]", lambda m: f"\\{m.group()}", text)
