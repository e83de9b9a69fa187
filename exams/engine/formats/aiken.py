"""Aiken: a stem, options ``A.`` or ``A)``, and a line ``ANSWER: B``. Single choice only.

Read more generously than Moodle does: the stem may have several lines, options ``A、`` or ``A．`` and
lower-case ``answer``, 答案 and several letters (``ANSWER: A, C``: multiple choice) are understood.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from exams.engine import items as it
from exams.engine.formats.base import (
    Collector,
    Note,
    Place,
    Reading,
    Refused,
    Writing,
    decoded,
    lost_bookkeeping,
    place_of,
)

_OPTION = re.compile(r"\s*([A-Za-z])[.)．。、）:：]\s*(.*)")
_ANSWER = re.compile(r"\s*(?:ANSWER|答案)\s*[:：]\s*(.*?)\s*$", re.IGNORECASE)


def read(content: bytes) -> Reading:
    """Read an Aiken file. Raises Unreadable."""
    out = Collector()
    stem: list[str] = []
    options: list[str] = []
    start = 0
    for number, line in enumerate(decoded(content).split("\n"), 1):
        if not line.strip():
            continue
        answer = _ANSWER.fullmatch(line)
        option = _OPTION.fullmatch(line)
        if not stem and not answer:
            stem, start = [line.strip()], number
        elif answer:
            _add(out, Place("line", start or number), stem, options, answer.group(1))
            stem, options = [], []
        elif option and option.group(1).upper() == it.LETTERS[len(options) % 26]:
            options.append(option.group(2).strip())
        elif options:
            # A line that is no option: either an option goes on, or the answer is missing.
            if len(options[-1]) <= it.MAX_TEXT:  # longer ones are refused, not grown
                options[-1] += f"\n{line.strip()}"
        else:
            stem.append(line.strip())
    if stem:
        out.refuse(Place("line", start), Refused("no_key"), {"stem": "\n".join(stem)})
    return out.reading()


def _add(out: Collector, place: Place, stem: list[str], options: list[str], answer: str) -> None:
    text = "\n".join(stem)
    letters = [letter.upper() for letter in re.findall("[A-Za-z]", answer)]
    known = it.LETTERS[: len(options)]
    plain: it.Plain = {"stem": text, "options": options}
    if not letters or any(letter not in known for letter in letters):
        out.refuse(place, Refused("bad_key", value=answer), plain)
    elif len(letters) == 1:
        out.add(place, {**plain, "type": "single", "key": letters[0]})
    else:
        out.add(place, {**plain, "type": "multiple", "key": letters})


def write(records: Sequence[it.Record]) -> Writing:
    """An Aiken file: single choice, and what else is one (true/false as 正确/错误)."""
    lines: list[str] = []
    losses: list[Note] = []
    for number, record in enumerate(records, 1):
        item, place = record.item, place_of(record, number)
        if isinstance(item, it.TrueFalse):
            texts, right = ["正确", "错误"], 0 if item.key else 1
        elif isinstance(item, it.SingleChoice):
            texts = [option.text for option in item.options]
            right = [option.id for option in item.options].index(item.key)
        else:
            losses.append(Note(place, "type_not_carried", (("value", item.type),)))
            continue
        lost = lost_bookkeeping(record, has_code=False)
        lost += [name for name in ("category", "knowledge_point", "tags") if getattr(record, name)]
        lost += ["difficulty"] * (record.difficulty != 3) + ["explanation"] * bool(item.explanation)
        if isinstance(item, it.SingleChoice):
            lost += ["feedback"] * any(option.feedback for option in item.options)
            lost += ["credit"] * any(option.credit for option in item.options)
        else:
            lost.append("type true_false")
            lost += ["feedback"] * bool(item.when_true or item.when_false)
        if any("\n" in text for text in [item.stem, *texts]):
            lost.append("line breaks")
        losses += [Note(place, "not_carried", (("value", name),)) for name in lost]
        lines.append(item.stem.replace("\n", " "))
        lines += [f"{it.LETTERS[i]}. {text.replace(chr(10), ' ')}" for i, text in enumerate(texts)]
        lines += [f"ANSWER: {it.LETTERS[right]}", ""]
    return Writing("\n".join(lines).encode(), tuple(losses))
