r"""GIFT, Moodle's text format, read as Moodle reads it (question/format/gift/format.php).

Carried: single and multiple choice with weights and feedback, true/false, one blank with several
wordings, numbers with tolerance, matching, ordering (in the notation of the qtype_ordering plug-in),
essays; categories, and as ``// [id:…] [tag:…]`` code, tags, difficulty and knowledge point.

What is more generous than in Moodle: an empty line inside braces does not end a question, a missing
empty line between two questions is made good where it is clear where it belongs, full-width
braces do not matter, 对/错/正确/错误/√/× are truth values, and several ``{=…}`` in one text are
a question with several blanks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from exams.engine import items as it
from exams.engine.formats.base import (
    Collector,
    Place,
    Reading,
    Refused,
    clip,
    decoded,
    facts_of_tags,
    fraction_of_percent,
    path_of,
    percent,
)
from exams.engine.formats.gift.parting import questions_of
from exams.engine.formats.markup import looks_like_html, plain_of_html

# A backslash makes these ordinary; \n is a line break. While a text is taken apart they stand as
# non-characters, which no text holds.
_ESCAPES = {
    "\\": "\ufdd0",
    "~": "\ufdd1",
    "=": "\ufdd2",
    "#": "\ufdd3",
    "{": "\ufdd4",
    "}": "\ufdd5",
    ":": "\ufdd6",
    "n": "\ufdd7",
}
_BACK = {
    ord(mark): ("\n" if char == "n" else char) for char, mark in _ESCAPES.items()
}  # non-character → what it stands for
_HIDE = re.compile(r"\\([\\~=#{}:n])")
# 33,333 is what a tool writes where the comma is the decimal point.
_WEIGHT = re.compile(r"\s*%\s*(-?[0-9]{1,3}(?:[.,][0-9]*)?)\s*%")
TEXT_FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]", re.IGNORECASE)
_ENTITY = re.compile(
    r"&(?:lt|gt|amp|quot|nbsp|[A-Za-z]{1,2}(?:acute|grave|uml|circ|cedil|tilde)|#\d{2,6});"
)
_TRUE = {"T", "TRUE", "对", "正确", "√", "是"}
_FALSE = {"F", "FALSE", "错", "错误", "×", "否"}
_ORDER_WORDS = re.compile(r">\s*(?:\d+|[A-Z_]{2,}|ABC|abc|123|III|iii)?(?:[ \t]+(?:\d+|[A-Z_]{2,}|abc|iii))*[ \t]*(?:\n|$)")  # fmt: skip
_ORDER_RULES = {
    "ALL_OR_NOTHING": "exact",
    "ABSOLUTE_POSITION": "position",
    "ABSOLUTE": "position",
    "RELATIVE_NEXT_EXCLUDE_LAST": "neighbours",
    "RELATIVE_NEXT_INCLUDE_LAST": "neighbours",
    "RELATIVE": "neighbours",
    "REL": "neighbours",
}


def read(content: bytes) -> Reading:
    """Read a GIFT file. Raises Unreadable."""
    return read_text(decoded(content))


def read_text(text: str) -> Reading:
    out = Collector()
    category: list[str] = []
    for line, chunk in questions_of(text, out):
        place = Place("line", line)
        lines, tags, code = [], [], ""
        for each in chunk:
            if each.lstrip().startswith("//"):
                found = re.findall(r"\[(id|tag):((?:\\.|[^\]\\])*)\]", each)
                for kind, value in found:
                    value = re.sub(r"\\(.)", r"\1", value).strip()
                    if kind == "id":
                        code = value
                    else:
                        tags.append(value)
            elif match := re.match(r"\s*\$CATEGORY:\s*(.*)", each):
                category = path_of(_HIDE.sub(lambda m: m.group(1), match.group(1)))
            else:
                lines.append(each)
        body = "\n".join(lines).strip()
        if not body:
            continue
        plain: it.Plain = {**facts_of_tags(tags)}
        if code:
            plain["code"] = code
        if category:
            plain["category"] = list(category)
        try:
            question = _question(_HIDE.sub(lambda m: _ESCAPES[m.group(1)], body), out, code)
        except Refused as refusal:
            out.refuse(place, refusal, {**plain, "stem": clip(_shown(body))})
            continue
        if question is None:
            out.note_file("description_skipped", place, value=_shown(body))
            out.drop_notes(place)
        else:
            out.add(place, {**plain, **question})
    return out.reading()


def _shown(text: str) -> str:
    return text.translate(_BACK)


def means_html(text: str) -> bool:
    """Would Moodle show the text otherwise than it is written: a tag, or a character reference?"""
    return looks_like_html(text) or _ENTITY.search(text) is not None


def _kind(raw: str, default: str = "") -> str:
    match = TEXT_FORMAT.match(raw)
    return match.group(1).lower() if match else default


@dataclass(frozen=True, slots=True)
class _Words:
    """Reads the texts of one question: what is not marked otherwise is of the stem's format."""

    out: Collector
    kind: str

    def __call__(self, raw: str) -> str:
        return _text(raw, self.out, self.kind)


def _text(raw: str, out: Collector, default: str = "") -> str:
    """A text with its format mark taken off, escapes undone, HTML made plain."""
    match = TEXT_FORMAT.match(raw)
    kind = _kind(raw, default)
    text = raw[match.end() :] if match else raw
    # Lines are indented for the eye; a break that is meant is written \\n.
    text = _shown(re.sub(r"[ \t]*\n[ \t]*", "\n", text.strip()))
    if kind == "html" or (kind in ("", "moodle") and means_html(text)):
        return plain_of_html(text, out)
    if kind == "markdown":
        out.note("markdown")
    return text.strip()


def _question(text: str, out: Collector, code: str) -> it.Plain | None:
    """The fields of one question; None for a text that asks nothing. Raises Refused."""
    name = ""
    if text.startswith("::"):
        name, found, rest = text[2:].partition("::")
        if not found:
            raise Refused("unpaired_colons")
        name, text = _shown(name).strip(), rest.strip()
    groups = [(m.start(), m.end()) for m in re.finditer(r"\{[^{}]*\}", text)]
    stray = re.sub(r"\{[^{}]*\}", "", text)
    if not groups:
        if "{" in stray or "}" in stray:
            raise Refused("unpaired_braces")
        return None
    if "{" in stray or "}" in stray:
        raise Refused("unpaired_braces")
    words = _Words(out, _kind(text[: groups[0][0]]))
    start, end = groups[0]
    answer = text[start + 1 : end - 1].strip()
    if len(groups) > 1:
        question = _many_blanks(text, groups, words)
    else:
        before, after = text[:start], text[end:]
        # Text after the braces: they stand where a word is missing.
        stem = f"{before}_____{after}" if after.strip() else before
        answer, general = _cut_general(answer)
        question = _answers(answer, words) | {"stem": words(stem)}
        if general.strip():
            question["explanation"] = words(general)
    if not question["stem"]:
        if not name:
            raise Refused("no_stem")
        question["stem"] = name
    if name and name != code and not question["stem"].startswith(name.rstrip("…. ")):
        out.note("field_dropped", name="name", value=name)
    if question["type"] == "fill_in" and len(groups) == 1:
        # Other runs of underscores in the text are not blanks of ours.
        marked = len(it.blank_numbers(question["stem"]))
        if marked > 1:
            question["stem"] = _one_blank(question["stem"])
    return question


def _one_blank(stem: str) -> str:
    """A stem in which several lines are drawn for one answer: the first is the blank."""
    pieces = re.split(r"(_{4,}|＿{2,}|\[\[\d{1,2}\]\])", stem)
    for index in range(3, len(pieces), 2):
        pieces[index] = "___"
    return "".join(pieces)


def _cut_general(answer: str) -> tuple[str, str]:
    place = answer.rfind("####")
    return (answer, "") if place < 0 else (answer[:place].strip(), answer[place + 4 :])


def _many_blanks(text: str, groups: Sequence[tuple[int, int]], words: _Words) -> it.Plain:
    """Several braces: a question with several blanks when each holds only right wordings."""
    pieces, blanks, explanation, last = [], [], "", 0
    for number, (start, end) in enumerate(groups, 1):
        answer, general = _cut_general(text[start + 1 : end - 1].strip())
        if not answer.startswith("=") or "~" in answer or "->" in answer:
            raise Refused("several_gaps")
        pieces += [text[last:start], f"[[{number}]]"]
        blanks.append(_wordings(answer, words))
        explanation = explanation or general
        last = end
    pieces.append(text[last:])
    plain: it.Plain = {"type": "fill_in", "stem": words("".join(pieces)), "blanks": blanks}
    return plain | ({"explanation": words(explanation)} if explanation.strip() else {})


def _weight(raw: str, default: Decimal) -> tuple[Decimal, str]:
    match = _WEIGHT.match(raw)
    if not match:
        return default, raw
    return fraction_of_percent(match.group(1).replace(",", ".")), raw[match.end() :]


def _answers(answer: str, words: _Words) -> it.Plain:
    """What stands between the braces. The order of the questions is Moodle's."""
    if not answer:
        return {"type": "essay"}
    if answer.startswith("#"):
        return _numeric(answer[1:].strip(), words)
    if answer.startswith(">") and _ORDER_WORDS.match(answer):
        return _ordering(answer, words)
    if "~" in answer:
        return _choice(answer, words)
    if "=" in answer and "->" in answer:
        return _matching(answer, words)
    truth = answer.partition("#")[0].strip().upper()
    if truth in _TRUE | _FALSE:
        return _true_false(truth in _TRUE, answer, words)
    if "=" not in answer:
        raise Refused("no_key")
    return {"type": "fill_in", "blanks": [_wordings(answer, words)]}


def _true_false(key: bool, answer: str, words: _Words) -> it.Plain:
    """``{T#said to a wrong answer#said to a right one}``."""
    _truth, wrong, right = [*(words(part) for part in answer.split("#", 2)), "", ""][:3]
    plain: it.Plain = {"type": "true_false", "key": key}
    said = {"true": right if key else wrong, "false": wrong if key else right}
    said = {name: words for name, words in said.items() if words}
    return plain | ({"feedback": said} if said else {})


def _comment(raw: str, words: _Words) -> tuple[str, str]:
    text, _hash, feedback = raw.partition("#")
    return text, words(feedback)


def _choice(answer: str, words: _Words) -> it.Plain:
    options: list[it.Plain] = []
    right: list[int] = []
    credits: list[Decimal] = []
    several = "=" not in answer
    for raw in answer.replace("=", "~=").split("~")[0:]:
        if not raw.strip():
            continue
        raw = raw.strip()
        if raw.startswith("="):
            credit, raw = Decimal(1), raw[1:]
            if not several:
                weighed, rest = _weight(raw, Decimal(1))
                credit, raw = (weighed, rest) if rest != raw and weighed == 1 else (credit, raw)
        else:
            credit, raw = _weight(raw, Decimal(0))
        text, feedback = _comment(raw, words)
        option: it.Plain = {"text": words(text)}
        if feedback:
            option["feedback"] = feedback
        credits.append(credit)
        if (several and credit > 0) or (not several and credit == 1):
            right.append(len(options))
        options.append(option)
    return choice_of(options, credits, right, several=several)


def choice_of(
    options: list[it.Plain], credits: Sequence[Decimal], right: Sequence[int], *, several: bool
) -> it.Plain:
    """A choice question from the worths of its options. Raises Refused("no_key")."""
    if not right:
        raise Refused("no_whole_credit" if any(c > 0 for c in credits) else "no_key")
    key = [it.LETTERS[i] for i in right if i < len(it.LETTERS)]
    for index, (option, credit) in enumerate(zip(options, credits, strict=True)):
        if credit and (several or index != right[0]):
            option["credit"] = it.plain_number(credit)
    if several:
        return {"type": "multiple", "options": options, "key": key, "rule": "weights"}
    return {"type": "single", "options": options, "key": key[0] if key else None}


def _wordings(answer: str, words: _Words) -> it.Plain:
    """``=one #feedback =%50%other``: a blank of the exchange form."""
    found: list[tuple[str, Decimal, str]] = []
    for raw in answer.split("=")[1:]:
        credit, raw = _weight(raw, Decimal(1))
        text, feedback = _comment(raw, words)
        found.append((words(text), credit, feedback))
    return blank_of(found, words.out)


def blank_of(
    found: Sequence[tuple[str, Decimal, str]], out: Collector, *, case_sensitive: bool = False
) -> it.Plain:
    """A blank of the exchange form from (wording, credit, feedback) as Moodle writes them.

    A ``*`` that is not escaped stands for anything; then the whole blank is matched that way.
    """
    found = [entry for entry in found if entry[0]]
    if not found:
        raise Refused("no_key")
    wild = any(re.search(r"(?<!\\)\*", text) for text, _credit, _said in found)
    accept: list[it.Plain | str] = []
    for text, credit, feedback in found:
        if credit < 0:
            out.note("fraction_negative", value=f"{percent(credit)} %")
            credit = Decimal(0)
        wording = text if wild else text.replace("\\*", "*")
        if credit == 1 and not feedback:
            accept.append(wording)
            continue
        entry: it.Plain = {"text": wording, "credit": it.plain_number(credit)}
        accept.append(entry | ({"feedback": feedback} if feedback else {}))
    if not any(credit > 0 for _t, credit, _f in found):
        raise Refused("no_key")
    blank: it.Plain = {"accept": accept}
    if wild:
        blank["match"] = "wildcard"
    if case_sensitive:
        blank["case_sensitive"] = True
    return blank


def _numeric(answer: str, words: _Words) -> it.Plain:
    answer, _tilde, wrong = answer.partition("~")  # ~ begins what is said to any other number
    if said := words(wrong.partition("#")[2]):
        words.out.note("feedback_dropped", value=said)
    raws = answer.split("=")[1:] if "=" in answer else [answer]
    accept: list[it.Plain] = []
    for raw in raws:
        credit, raw = _weight(raw, Decimal(1))
        text, feedback = _comment(raw, words)
        text = _shown(text).strip()
        if text == "*":
            if feedback:
                words.out.note("feedback_dropped", value=feedback)
            if credit > 0:
                words.out.note("field_dropped", name="*", value=f"{percent(credit)} %")
            continue
        entry: it.Plain
        if ".." in text:
            low, _dots, high = text.partition("..")
            entry = {"from": _number(low), "to": _number(high)}
        else:
            value, _colon, tolerance = text.partition(":")
            entry = {"value": _number(value)}
            if tolerance.strip():
                entry["tolerance"] = _number(tolerance)
        if credit < 0:
            words.out.note("fraction_negative", value=f"{percent(credit)} %")
            credit = Decimal(0)
        if credit != 1:
            entry["credit"] = it.plain_number(credit)
        if feedback:
            entry["feedback"] = feedback
        accept.append(entry)
    if not accept:
        raise Refused("no_key")
    return {"type": "numeric", "accept": accept}


def _number(text: str) -> int | str:
    number = it.decimal_of(text)
    if number is None:
        raise Refused("bad_number", value=text.strip())
    return it.plain_number(number)


def _matching(answer: str, words: _Words) -> it.Plain:
    pairs, distractors = [], []
    for raw in answer.split("=")[1:]:
        _credit, raw = _weight(raw, Decimal(1))
        left, arrow, right = raw.partition("->")
        if not arrow:
            raise Refused("no_arrow", value=clip(_shown(raw)))
        right, hash_, feedback = right.partition("#")
        if hash_:
            words.out.note("feedback_dropped", value=words(feedback))
        if left.strip():
            pairs.append([words(left), words(right)])
        else:
            distractors.append(words(right))
    plain: it.Plain = {"type": "matching", "pairs": pairs}
    return plain | ({"distractors": distractors} if distractors else {})


def _ordering(answer: str, words: _Words) -> it.Plain:
    head, _newline, body = answer.partition("\n")
    rule = next(
        (_ORDER_RULES[word] for word in head[1:].split() if word in _ORDER_RULES), "position"
    )
    lines = [words(line) for line in body.split("\n") if line.strip()]
    return {"type": "ordering", "sequence": lines, "rule": rule}
