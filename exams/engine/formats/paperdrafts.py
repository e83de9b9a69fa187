"""Questions of a paper once their lines are read: drafts, and what becomes of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

from exams.engine import items as it
from exams.engine.formats.answers import (
    DIFFICULTY_WORDS,
    blanks_of,
    key_points_of,
    letters_of,
    pairs_of,
    quantity_of,
    truth_of,
)
from exams.engine.formats.base import Collector, Refused, path_of

INLINE_KEY = re.compile(r"[（(]\s*([A-Ha-hＡ-Ｈ](?:[\s、,，;；]*[A-Ha-hＡ-Ｈ]){0,7})\s*[)）]")
INLINE_TRUTH = re.compile(r"[（(]\s*([√✓✔×✗✘xXＸ对错TF]|正确|错误)\s*[)）]")
CASE_START = re.compile(
    r"^(?:[【\[](?:案例|材料)\s*[一二三四五六七八九十\d]*[】\]]|(?:案例|材料)\s*[一二三四五六七八九十\d]+\s*[:：、.]?"
    r"|(?:案例|材料)\s*[:：])\s*"
)


_ORDERED = re.compile("排序|排列|先后顺序|正确的?顺序")


@dataclass(slots=True)
class Draft:
    """One question while its lines are read."""

    line: int
    number: int
    kind: str  # a type, "choice" or ""
    section: int
    stem: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    answer: list[str] | None = None
    fields: dict[str, str] = field(default_factory=dict)
    points: Decimal | None = None
    parts: list[Draft] = field(default_factory=list)
    mode: str = "stem"
    listed: int = 0  # number of the last "1." seen inside the stem or the answer
    mark: str = ""  # how its number is marked, and those of a list inside its stem
    list_mark: str = ""


def bookkeeping(draft: Draft, plain: it.Plain, out: Collector) -> None:
    given = draft.fields
    if given.get("explanation"):
        plain["explanation"] = given["explanation"]
    if given.get("difficulty"):
        word = given["difficulty"].strip()
        if word not in DIFFICULTY_WORDS:
            out.note("field_dropped", name="难度", value=word)
        else:
            plain["difficulty"] = DIFFICULTY_WORDS[word]
    for name in ("knowledge_point", "code"):
        if given.get(name):
            plain[name] = given[name]
    if given.get("category"):
        plain["category"] = path_of(given["category"])
    if given.get("tags"):
        plain["tags"] = [t for t in re.split(r"[\s,，、;；]+", given["tags"]) if t]
    if given.get("points"):
        draft.points = it.decimal_of(given["points"].removesuffix("分"))
    if given.get("cites"):
        out.note("field_dropped", name="依据", value=given["cites"])


def question_of(draft: Draft) -> it.Plain:
    stem = "\n".join(draft.stem).strip()
    if draft.parts or draft.kind == "case":
        return _case(draft, stem)
    if not stem:
        raise Refused("no_stem")
    answer = "\n".join(draft.answer or []).strip()
    if answer.strip("（）().。 ") == "略":
        answer = ""  # says that there is no key, and is none
    kind = draft.kind
    if kind in ("", "choice", "single", "multiple", "ordering") and draft.options:
        return _choice(draft, stem, answer, kind)
    if kind in ("single", "multiple", "choice"):
        raise Refused("no_key" if not answer else "bad_key", value=answer)
    if kind == "true_false":
        return _truth(draft, stem, answer)
    if kind == "matching":
        return pairs_of(stem, draft.left, draft.options, answer)
    if kind == "numeric":
        return {"stem": stem} | quantity_of(answer)
    if kind == "":
        kind = _guessed(stem, answer)
        if kind == "true_false":
            return _truth(draft, stem, answer)
    if kind == "fill_in":
        return blanks_of(stem, answer, any_order="不分" in draft.fields.get("rule", ""))
    if kind == "essay":
        return {"type": "essay", "stem": stem} | ({"model_answer": answer} if answer else {})
    if not answer:
        raise Refused("no_key")
    return {"stem": stem} | key_points_of(answer)


def _guessed(stem: str, answer: str) -> str:
    if truth_of(answer) is not None or (not answer and INLINE_TRUTH.search(stem)):
        return "true_false"
    if it.blank_numbers(stem) or re.search(r"_{2,}|＿+|[（(]\s*[)）]|【[^】]+】", stem):
        return "fill_in"
    return "short_answer"


def _choice(draft: Draft, stem: str, answer: str, kind: str) -> it.Plain:
    if kind == "ordering":
        letters = letters_of(answer, len(draft.options), ordered=True)
        sequence = [draft.options[it.LETTERS.index(letter)] for letter in letters]
        return {"type": "ordering", "stem": stem, "sequence": sequence}
    if not answer:
        inline = list(INLINE_KEY.finditer(stem))
        if inline:
            answer = inline[-1].group(1)
            stem = stem[: inline[-1].start()] + "（　）" + stem[inline[-1].end() :]
    if not answer:
        raise Refused("no_key")
    truth = truth_of(answer)
    if (
        len(draft.options) == 2
        and {truth_of(o) for o in draft.options} == {True, False}
        and (truth is not None)
    ):
        return {"type": "true_false", "stem": stem, "key": truth}  # fmt: skip
    if kind == "" and len(draft.options) > 2 and _ORDERED.search(stem):
        letters = letters_of(answer, len(draft.options), ordered=True)
        if len(letters) == len(draft.options):
            sequence = [draft.options[it.LETTERS.index(letter)] for letter in letters]
            return {"type": "ordering", "stem": stem, "sequence": sequence}
    answer = _said_bare(draft, answer)
    letters = letters_of(answer, len(draft.options))
    if kind in ("", "choice"):
        kind = "single" if len(letters) == 1 else "multiple"
    if kind == "single" and len(letters) != 1:
        raise Refused("bad_key", value=answer)
    plain: it.Plain = {"type": kind, "stem": stem, "options": draft.options}
    return plain | {"key": letters[0] if kind == "single" else letters}


def _said_bare(draft: Draft, answer: str) -> str:
    """The letters of 选B, of B. 二 where 二 is what B says, and of B（见第三条）, whose words explain."""
    answer = re.sub(r"^(?:应?选|为|是)\s*(?=[A-Za-z])", "", answer)
    option = re.fullmatch(r"([A-Za-z])\s*[.．、:：]\s*(\S.*)", answer)
    if option:
        place = it.LETTERS.find(option.group(1).upper())
        if 0 <= place < len(draft.options) and draft.options[place] == option.group(2):
            return option.group(1)
    why = re.fullmatch(
        r"([A-Za-z](?:[\s、，,]*[A-Za-z])*)\s*[（(]([^（()）]{2,})[)）]\s*[。.]?", answer
    )
    if why and not draft.fields.get("explanation"):
        draft.fields["explanation"] = why.group(2)
        return why.group(1)
    return answer


def _truth(draft: Draft, stem: str, answer: str) -> it.Plain:
    if not answer:
        inline = list(INLINE_TRUTH.finditer(stem))
        if not inline:
            raise Refused("no_key")
        answer = inline[-1].group(1)
        stem = f"{stem[: inline[-1].start()]}{stem[inline[-1].end() :]}".strip()
    answer = re.sub(
        r"^(\S{1,3}?)\s*[（(]([^（()）]{2,})[)）]\s*[。.]?$", r"\1；\2", answer
    )  # ×（第三条）
    first, *rest = re.split(r"[。；;，,\n]", answer, maxsplit=1)
    key = truth_of(first)
    if draft.options and key is None and first.strip().upper() in ("A", "B"):
        key = truth_of(draft.options["AB".index(first.strip().upper())])
    elif key is None and first.strip().upper() in ("A", "B"):
        key = first.strip().upper() == "A"
    if key is None:
        raise Refused("bad_key", value=answer)
    if rest and rest[0].strip() and "explanation" not in draft.fields:
        draft.fields["explanation"] = rest[0].strip()
    stem = re.sub(r"\s*[（(]\s*[)）]\s*([。.]?)$", r"\1", stem).strip()
    return {"type": "true_false", "stem": stem, "key": key}


def _case(draft: Draft, stem: str) -> it.Plain:
    stem = stem[start.end() :].strip() if (start := CASE_START.match(stem)) else stem
    if not draft.parts:
        answer = "\n".join(draft.answer or []).strip()
        if not answer:
            raise Refused("no_key")
        return {"type": "essay", "stem": stem, "model_answer": answer}
    parts = []
    for part in draft.parts:
        plain = question_of(part)
        explanation = part.fields.get("explanation")
        if explanation:
            plain["explanation"] = explanation
        if part.fields.get("points"):
            part.points = it.decimal_of(part.fields["points"].removesuffix("分"))
        if part.points:
            plain["weight"] = it.plain_number(part.points)
        parts.append(plain)
    return {"type": "case", "stem": stem, "parts": parts}
