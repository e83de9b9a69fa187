"""Questions answered in one's own words: key points to be found, or an essay along a rubric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from exams.engine.items.base import Item, Plain, plain_number
from exams.engine.items.reading import Reader, common


@dataclass(frozen=True, slots=True)
class KeyPoint:
    """One point of an answer: found when any of its wordings occurs. ``weight`` is relative."""

    text: str
    any_of: tuple[str, ...] = ()
    weight: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortAnswer(Item):
    type: ClassVar[str] = "short_answer"
    key_points: tuple[KeyPoint, ...]
    marking: str = "manual"
    max_length: int = 2000


def short_answer(r: Reader) -> Item:
    points: list[KeyPoint] = []
    for index, entry in enumerate(r.listed("key_points", 1, 30)):
        if not isinstance(entry, Mapping):
            entry = {"text": entry}
        reader = r.sub(f"key_points[{index}]", entry)
        any_of = tuple(reader.as_text("any_of", value) for value in reader.listed("any_of", 0, 30))
        points.append(
            KeyPoint(
                reader.text("text", required=True, limit=1000),
                any_of,
                reader.number("weight", "1", "0.01", "100"),
            )
        )
        reader.finish()
    return ShortAnswer(
        key_points=tuple(points),
        marking=r.choice("marking", ("manual", "auto")),
        max_length=r.whole("max_length", 2000, 1, 10_000),
        **common(r),
    )


def short_answer_to_dict(item: ShortAnswer) -> Plain:
    points: list[Plain] = [
        {"text": p.text}
        | ({"any_of": list(p.any_of)} if p.any_of else {})
        | ({"weight": plain_number(p.weight)} if p.weight != 1 else {})
        for p in item.key_points
    ]
    return {"key_points": points, "marking": item.marking, "max_length": item.max_length}


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of a marking rubric. ``weight`` is relative."""

    text: str
    weight: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Essay(Item):
    type: ClassVar[str] = "essay"
    rubric: tuple[Criterion, ...] = ()
    min_length: int = 0
    max_length: int = 10_000
    model_answer: str = ""


def essay(r: Reader) -> Item:
    rubric: list[Criterion] = []
    for index, entry in enumerate(r.listed("rubric", 0, 30)):
        if not isinstance(entry, Mapping):
            entry = {"text": entry}
        reader = r.sub(f"rubric[{index}]", entry)
        text = reader.text("text", required=True, limit=1000)
        rubric.append(Criterion(text, reader.number("weight", "1", "0.01", "100")))
        reader.finish()
    least = r.whole("min_length", 0, 0, 10_000)
    most = r.whole("max_length", 10_000, 1, 10_000)
    if most < least:
        r.fail("max_length", "empty_range")
    return Essay(
        rubric=tuple(rubric),
        min_length=least,
        max_length=most,
        model_answer=r.text("model_answer"),
        **common(r),
    )


def essay_to_dict(item: Essay) -> Plain:
    out: Plain = {
        "rubric": [
            {"text": c.text} | ({"weight": plain_number(c.weight)} if c.weight != 1 else {})
            for c in item.rubric
        ],
        "min_length": item.min_length,
        "max_length": item.max_length,
    }
    if item.model_answer:
        out["model_answer"] = item.model_answer
    return out
