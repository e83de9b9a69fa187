r"""Moodle's cloze text: ``{1:SHORTANSWER:=Berlin~%50%Bonn#nearly}`` inside running text.

Gaps of one kind, all words, become a question with several blanks; one gap alone the type it is;
everything else a case whose parts are the gaps.
"""

from __future__ import annotations

import re
from decimal import Decimal

from exams.engine import items as it
from exams.engine.formats.base import Collector, Refused, fraction_of_percent, percent
from exams.engine.formats.gift import blank_of, choice_of

_GAP = re.compile(
    r"\{(\d*):(SHORTANSWER(?:_C)?|SAC?|MWC?|NUMERICAL|NM|MULTICHOICE(?:_[VHS]+)?|MC[VHS]{0,2}"
    r"|MULTIRESPONSE(?:_[HS]+)?|MR[HS]{0,2}):((?:\\.|[^\\}])*)\}"
)
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

    def escaped(text: str) -> str:
        return re.sub(r"[\\~#}\"]", lambda m: f"\\{m.group()}", text)

    def gap(number: int) -> str:
        blank = item.blanks[number - 1]
        answers = []
        for entry in blank.accept:
            text = entry.text if blank.match == "wildcard" else entry.text.replace("*", "\\*")
            weight = "=" if entry.credit == 1 else f"%{percent(entry.credit)}%"
            said = f"#{escaped(entry.feedback)}" if entry.feedback else ""
            answers.append(f"{weight}{escaped(text)}{said}")
        kind = "SHORTANSWER_C" if blank.case_sensitive else "SHORTANSWER"
        return f"{{1:{kind}:{'~'.join(answers)}}}"

    pieces = list(it.stem_pieces(item.stem))
    text = "".join(words + (gap(number) if number else "") for words, number in pieces)
    if all(number is None for _words, number in pieces):
        text += " " + " ".join(gap(number) for number in range(1, len(item.blanks) + 1))
    return text
