"""What the cells of a row say: its type, what it asks, and the facts beside that."""

from __future__ import annotations

import re
from typing import Any

from exams.engine import items as it
from exams.engine.formats.answers import (
    DIFFICULTY_WORDS,
    alternatives,
    blanks_of,
    key_points_of,
    letters_of,
    pairs_of,
    quantity_of,
    truth_of,
)
from exams.engine.formats.base import Collector, Refused, path_of
from exams.engine.formats.papersections import TYPE_WORDS
from exams.engine.formats.xlsx.columns import RULE_NAMES

_RULES = {name: rule for rule, name in RULE_NAMES.items()} | {rule: rule for rule in RULE_NAMES}
_ENGLISH_TYPES = {
    "multiplechoice": "choice", "choice": "choice", "mcq": "choice", "singlechoice": "single",
    "singleselect": "single", "multiselect": "multiple", "multipleanswer": "multiple",
    "multipleanswers": "multiple", "multipleresponse": "multiple", "truefalse": "true_false", "tf": "true_false",
    "fillin": "fill_in", "fillintheblank": "fill_in", "fillintheblanks": "fill_in", "shortanswer": "short_answer",
    "numerical": "numeric",
}  # fmt: skip
_TYPES = dict(TYPE_WORDS) | {"匹配": "matching", "判断正误": "true_false"}


def type_of(word: str) -> str:
    """The type a Chinese (or our own) word names, '' when none."""
    word = word.strip()
    if word in it.TYPES:
        return word
    if english := _ENGLISH_TYPES.get(re.sub("[^a-z]", "", word.casefold())):
        return english
    for name, kind in _TYPES.items():
        if word.startswith(name) or f"（{name}" in word:
            return kind
    return ""


def question_of(cells: dict[str, str], options: list[str], kind: str) -> it.Plain:
    """What the columns of stem, options, answer and rule make. Raises Refused."""
    stem, answer = cells.get("stem", ""), cells.get("answer", "")
    return _typed(kind, stem, answer, _options(options, cells.get("options", "")), cells)


def facts_of(cells: dict[str, str], out: Collector) -> it.Plain:
    """What the columns say about a question beside what it asks. Raises Refused."""
    plain: it.Plain = {}
    for name in ("code", "explanation", "knowledge_point"):
        if cells.get(name):
            plain[name] = cells[name]
    for name in ("valid_from", "valid_to"):
        if cells.get(name):
            plain[name] = re.sub(r"^(\d{4})[/.年](\d{1,2})[/.月](\d{1,2})日?$", _iso, cells[name])
    if cells.get("category"):
        plain["category"] = path_of(re.sub(r"\s*[>＞→]\s*", "/", cells["category"]))
    if cells.get("tags"):
        plain["tags"] = [tag for tag in re.split(r"[,，、;；\n]+", cells["tags"]) if tag.strip()]
    if cells.get("cites"):
        plain["cites"] = [
            {"text": text.strip()} | ({"anchor": anchor.strip()} if anchor else {})
            for text, _hash, anchor in (line.partition("#") for line in cells["cites"].split("\n"))
            if text.strip()
        ]
    if cells.get("penalty"):
        given = cells["penalty"]
        number = it.decimal_of(given.rstrip("%％"))
        if number is None:
            raise Refused("bad_number", value=given)
        plain["penalty"] = it.plain_number(number / 100 if given.endswith(("%", "％")) else number)
    level = cells.get("difficulty", "")
    if level:
        number = it.decimal_of(level)
        if level.casefold() in DIFFICULTY_WORDS:
            plain["difficulty"] = DIFFICULTY_WORDS[level.casefold()]
        elif number is not None and 0 < number < 1:  # 难度系数: share of right answers
            plain["difficulty"] = 5 - min(4, int(number * 5))
        else:
            out.note("field_dropped", name="难度", value=level)
    return plain


def _iso(match: re.Match[str]) -> str:
    return f"{match.group(1)}-{int(match.group(2)):02}-{int(match.group(3)):02}"


def _options(options: list[str], together: str) -> list[str]:
    while options and not options[-1]:
        options = options[:-1]
    if options or not together:
        return options
    lines = [
        line
        for line in re.split(r"\n|\$;\$|\|\||(?<!\|)\|(?!\|)|[；;](?=\s*[A-Z][.．、])", together)
        if line.strip()
    ]
    if len(lines) == 1:
        lines = [p for p in re.split(r"(?:^|\s+)(?=[A-Z]\s*[.．、:：])", lines[0]) if p.strip()]
    if len(lines) == 1:
        lines = [p for p in re.split(r"[；;]", lines[0]) if p.strip()]
    return [re.sub(r"^\s*[A-Z]\s*[.．、:：)）]\s*", "", line).strip() for line in lines]


def _key(answer: str, options: list[str]) -> list[str]:
    """The letters an answer names; its options may also be named by their words. Raises Refused."""
    said = answer.strip()
    names = [said] if said in options else [p.strip() for p in re.split(r"[、，,；;|\n]", said)]
    worded = [it.LETTERS[options.index(name)] for name in names if options.count(name) == 1]
    by_words = sorted(worded) if len(worded) == len(names) == len(set(worded)) else []
    try:
        letters = letters_of(answer, len(options))
    except Refused:
        if by_words:
            return by_words
        raise
    # 4 of the options 3, 4, 5, 6: the second by what it says, the fourth by its number.
    if by_words and by_words != letters and re.fullmatch(r"[\d\s、，,；;|]+", said):
        a, b = "".join(by_words), "".join(letters)
        raise Refused("two_readings", value=said, words=a, number=b)
    return letters


def _typed(
    kind: str, stem: str, answer: str, options: list[str], cells: dict[str, str]
) -> it.Plain:
    """What depends on the type. Raises Refused."""
    rule = cells.get("rule", "")
    ruled: it.Plain = {}
    if rule:
        if rule not in _RULES and rule != "不分顺序":
            raise Refused("field_dropped", name="计分规则", value=rule)
        ruled = {"rule": _RULES[rule]} if rule in _RULES else {"any_order": True}
    truth = truth_of(answer)
    if (
        kind == ""
        and len(options) <= 2
        and truth is not None
        and (not options or {truth_of(o) for o in options} == {True, False})
    ):
        kind = "true_false"  # fmt: skip
    if kind in ("", "choice") and options:
        kind = "single" if answer and len(_key(answer, options)) == 1 else "multiple"
    if kind == "":
        kind = "fill_in" if it.blank_numbers(stem) else "short_answer"
    if kind not in ("essay", "case") and not answer:
        raise Refused("no_key")
    match kind:
        case "single" | "multiple" | "choice":
            if not options:
                raise Refused("bad_key", value=answer)
            letters = _key(answer, options)
            if kind == "single" and len(letters) > 1:
                raise Refused("bad_key", value=answer)
            key: Any = letters[0] if kind == "single" else letters
            return {"type": kind, "options": options, "key": key} | ruled
        case "true_false":
            if truth is None and options and answer.strip().upper() in ("A", "B"):
                place = "AB".index(answer.strip().upper())
                truth = truth_of(options[place]) if place < len(options) else None
            elif truth is None and answer.strip().upper() in ("A", "B"):
                truth = answer.strip().upper() == "A"
            if truth is None:
                raise Refused("bad_key", value=answer)
            return {"type": "true_false", "key": truth}
        case "fill_in":
            if options and not it.blank_numbers(stem):  # each blank's wordings in a column
                return {"type": kind, "blanks": [alternatives(o) for o in options]} | ruled
            return blanks_of(stem, answer) | ruled
        case "numeric":
            return quantity_of(answer)
        case "matching":
            left = [line.strip() for line in answer.split("\n") if line.strip()]
            pairs = [re.split(r"\s*(?:——|->|→|＝|=)\s*", line, maxsplit=1) for line in left]
            if all(len(pair) == 2 for pair in pairs):
                used = {right for _left, right in pairs}
                extra = [o for o in options if o not in used]
                return (
                    {"type": kind, "pairs": pairs}
                    | ({"distractors": extra} if extra else {})
                    | ruled
                )
            return pairs_of(stem, [], options, answer)
        case "ordering":
            letters = letters_of(answer, len(options), ordered=True)
            return {
                "type": kind,
                "sequence": [options[it.LETTERS.index(x)] for x in letters],
            } | ruled
        case "short_answer":
            return key_points_of(answer)
        case "essay":
            return {"type": kind} | ({"model_answer": answer} if answer else {})
        case _:
            return {"type": "case"}
