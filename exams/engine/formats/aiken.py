"""Aiken: a stem, options ``A.`` or ``A)``, and a line ``ANSWER: B``. Single choice only.

Read more generously than Moodle does: the stem may have several lines, options ``A、`` or ``A．`` and
lower-case ``answer``, 答案 and several letters (``ANSWER: A, C``: multiple choice) are understood.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

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
from exams.engine.formats.papersections import plain_line

_OPTION = re.compile(r"\s*([A-Za-z])[.)．。、）:：]\s*(.*)")
_ANSWER = re.compile(r"\s*(?:ANSWER|答案)\s*[:：]\s*(.*?)\s*$", re.IGNORECASE)


# What some tools write below the answer; Moodle would take it for the next stem.
_SAID = re.compile(
    r"\s*(?:答案解析|解析|EXPLANATION|REASON|RATIONALE|FEEDBACK)\s*[:：]\s*(.+?)\s*$", re.IGNORECASE
)
_NUMBERED = re.compile(r"(\d{1,4})\s*[.．、)）]\s*(?!\d)(?=\S)")


@dataclass(slots=True)
class _Lines:
    """One question while its lines are read."""

    line: int
    stem: list[str]
    options: list[str] = field(default_factory=list)
    answer: str | None = None
    explanation: str = ""
    below: list[tuple[int, str]] = field(default_factory=list)  # lines below the last option


def read(content: bytes) -> Reading:
    """Read an Aiken file. Raises Unreadable."""
    out = Collector()
    found = _questions(decoded(content))
    # 1. 2. 3. is the order in the file, and no part of what is asked.
    numbers = [_NUMBERED.match(each.stem[0]) if each.stem else None for each in found]
    if len(found) > 1 and [n and int(n.group(1)) for n in numbers] == [*range(1, len(found) + 1)]:
        for each, number in zip(found, numbers, strict=True):
            each.stem[0] = each.stem[0][number.end() if number else 0 :]
    for each in found:
        _add(out, each)
    return out.reading()


def _questions(text: str) -> list[_Lines]:
    found: list[_Lines] = []
    current: _Lines | None = None
    for number, raw in enumerate(text.split("\n"), 1):
        line = plain_line(raw)  # letters in full width
        if not line.strip():
            continue
        answer = _ANSWER.fullmatch(line)
        option = _OPTION.fullmatch(line)
        said = _SAID.match(line)
        if answer:
            current = current or _Lines(number, [])
            _close(current)
            current.answer = answer.group(1)
            found.append(current)
            current = None
        elif current is None and said and found and not found[-1].explanation:
            found[-1].explanation = said.group(1)
        elif current is None:
            current = _Lines(number, [line.strip()])
        elif option and option.group(1).upper() == it.LETTERS[len(current.options) % 26]:
            _close(current)
            current.options.append(option.group(2).strip())
        elif (
            option and option.group(1).upper() == "A" and len(current.options) > 1 and current.below
        ):
            # The letters begin anew: the answer is missing, and what stands between is a stem.
            found.append(current)
            (start, first), *more = current.below
            current = _Lines(
                start, [first, *(text for _n, text in more)], [option.group(2).strip()]
            )
        elif current.options:
            current.below.append((number, line.strip()))
        else:
            current.stem.append(line.strip())
    return [*found, current] if current else found


def _close(lines: _Lines) -> None:
    """What stands below the last option is the rest of it."""
    for _number, text in lines.below:
        if len(lines.options[-1]) <= it.MAX_TEXT:  # longer ones are refused, not grown
            lines.options[-1] += f"\n{text}"
    lines.below = []


def _add(out: Collector, lines: _Lines) -> None:
    place = Place("line", lines.line)
    plain: it.Plain = {"stem": "\n".join(lines.stem)}
    if lines.answer is None:
        out.refuse(place, Refused("no_key"), plain)
        return
    plain["options"] = lines.options
    if lines.explanation:
        plain["explanation"] = lines.explanation
    letters = [letter.upper() for letter in re.findall("[A-Za-z]", lines.answer)]
    known = it.LETTERS[: len(lines.options)]
    if not letters or any(letter not in known for letter in letters):
        out.refuse(place, Refused("bad_key", value=lines.answer), plain)
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
