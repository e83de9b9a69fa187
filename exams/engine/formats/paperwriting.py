"""Questions written as a Chinese paper; what ``papertext`` reads back.

Every line of the paper is one of: heading, question, option, answer, field. A question whose text
would be mistaken for another kind of line is named in ``losses``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from exams.engine import items as it
from exams.engine.formats.answers import DIFFICULTY_NAMES, quantity_said
from exams.engine.formats.base import Note, Reading, Unreadable, Writing, place_of
from exams.engine.formats.xlsx import TYPE_NAMES

_NUMERALS: Final = "一二三四五六七八九十"
Line = tuple[str, str]  # kind (heading, question, option, answer, field, part), text


def _numbered(number: int, title: str) -> str:
    """The heading of a section; after the ninety-ninth without a numeral, as nobody counts so far."""
    if number > 99:
        return title
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else ("十" if tens == 1 else f"{_NUMERALS[tens - 1]}十")
    return f"{head}{_NUMERALS[ones - 1] if ones else ''}、{title}"


def lines_of(records: Sequence[it.Record]) -> Iterator[Line]:
    """The paper line by line; consecutive questions of one type share a section."""
    section = number = 0
    kind = ""
    for record in records:
        if record.item.type != kind:
            kind, number, section = record.item.type, 0, section + 1
            yield "heading", _numbered(section, TYPE_NAMES[kind])
        number += 1
        worth = "" if record.points is None else f"（{it.plain_number(record.points)}分）"
        yield from _question(f"{number}. {worth}", record.item)
        yield from _fields(record)
        yield "", ""


def _question(prefix: str, item: it.Item) -> Iterator[Line]:
    kind = "part" if prefix.startswith("（") else "question"
    yield kind, f"{prefix}{item.stem}"
    match item:
        case it.SingleChoice() | it.MultipleChoice():
            for index, option in enumerate(item.options):
                yield "option", f"{it.LETTERS[index]}. {option.text}"
            key = item.key if isinstance(item, it.MultipleChoice) else {item.key}
            letters = [it.LETTERS[i] for i, o in enumerate(item.options) if o.id in key]
            yield "answer", f"答案：{''.join(letters)}"
        case it.TrueFalse():
            yield "answer", f"答案：{'对' if item.key else '错'}"
        case it.FillIn():
            yield (
                "answer",
                "答案："
                + "；".join(
                    "/".join(entry.text.replace("/", "\\/") for entry in blank.accept)
                    for blank in item.blanks
                ),
            )
        case it.Numeric():
            yield (
                "answer",
                "答案：" + "；".join(quantity_said(a) + item.unit for a in item.accept),
            )
        case it.Matching():
            for index, option in enumerate(item.left, 1):
                yield "option", f"（{index}）{option.text}"
            for index, option in enumerate(item.right):
                yield "option", f"{it.LETTERS[index]}. {option.text}"
            lefts = [option.id for option in item.left]
            rights = [option.id for option in item.right]
            yield (
                "answer",
                "答案："
                + "；".join(
                    f"{lefts.index(a) + 1}-{it.LETTERS[rights.index(b)]}" for a, b in item.key
                ),
            )
        case it.Ordering():
            for index, option in enumerate(item.options):
                yield "option", f"{it.LETTERS[index]}. {option.text}"
            places = [option.id for option in item.options]
            yield (
                "answer",
                "答案：" + "".join(it.LETTERS[places.index(ident)] for ident in item.key),
            )
        case it.ShortAnswer():
            yield "answer", "参考答案："
            for index, point in enumerate(item.key_points, 1):
                worth = f"（{point.weight:f}分）" if point.weight != 1 else ""
                yield "answer", f"{_circled(index)}{_alternatives(point)}{worth}"
        case it.Essay():
            if item.model_answer:
                yield "answer", f"参考答案：{item.model_answer}"
        case it.Case():
            if item.explanation:
                yield "field", f"解析：{item.explanation}"
            for index, part in enumerate(item.parts, 1):
                yield from _question(f"（{index}）", part.item)
                if part.item.explanation:
                    yield "field", f"解析：{part.item.explanation}"
                if part.weight != 1:
                    yield "field", f"分值：{part.weight:f}"
    if item.explanation and kind == "question" and not isinstance(item, it.Case):
        yield "field", f"解析：{item.explanation}"


def _circled(number: int) -> str:
    """① … ㉟"""
    return chr(0x245F + number) if number <= 20 else chr(0x323C + number)


def _alternatives(point: it.KeyPoint) -> str:
    return f"{point.text}｜{'/'.join(point.any_of)}" if point.any_of else point.text


def _fields(record: it.Record) -> Iterator[Line]:
    if record.code:
        yield "field", f"编号：{record.code}"
    if record.category:
        yield "field", f"分类：{'/'.join(record.category)}"
    if record.knowledge_point:
        yield "field", f"知识点：{record.knowledge_point}"
    if record.difficulty != 3:
        yield "field", f"难度：{DIFFICULTY_NAMES[record.difficulty]}"
    if record.tags:
        yield "field", f"标签：{'、'.join(record.tags)}"


def losses_of(records: Sequence[it.Record], back: Reading | None) -> tuple[Note, ...]:
    """What a reading of the paper gives otherwise than it was, by name."""
    losses: list[Note] = []
    entries = back.entries if back is not None else ()
    for number, record in enumerate(records, 1):
        place = place_of(record, number)
        other = entries[number - 1].record if len(entries) == len(records) else None
        if other is None:
            losses.append(Note(place, "read_otherwise"))
        elif other != record:
            mine, theirs = _meant(record), _meant(other)
            names = [name for name in {**mine, **theirs} if mine.get(name) != theirs.get(name)]
            losses += [Note(place, "not_carried", (("value", name),)) for name in names]
    return tuple(losses)


def _meant(record: it.Record) -> it.Plain:
    """The record with what only names or orders left out: the ids of what is matched."""
    plain = it.record_to_dict(record)
    if isinstance(record.item, it.Matching):
        texts = {option["id"]: option["text"] for option in plain.pop("right")}
        plain["key"] = [texts[right] for right in plain["key"].values()]
        plain["choices"] = sorted(texts.values())
    return plain


def text_of(records: Sequence[it.Record]) -> str:
    return "\n".join(text for _kind, text in lines_of(records)) + "\n"


def checked(
    content: bytes, records: Sequence[it.Record], read: Callable[[bytes], Reading]
) -> Writing:
    """The file, and as its losses what reading it again does not bring back."""
    try:
        back = read(content) if records else None
    except Unreadable as error:
        # One fault of the whole file, such as too many questions, is none of each question.
        return Writing(content, (error.note,))
    return Writing(content, losses_of(records, back))
