"""What a marker sees of one answer: its parts, the key points with their points, a proposal.

Points are those of the whole question. A case is shown with all its parts; what the machine marked
in it is the ``base`` to which the ticks of the rest are added.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from exams.engine import drawing
from exams.engine import items as it
from exams.engine.drawing import Arrangement
from exams.engine.scoring import key_points_found, score

STEP = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Tick:
    """A key point or a line of the rubric: what it brings, and whether its wording was found."""

    name: str
    text: str
    points: Decimal
    found: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """One question, or one part of a case: what was asked and answered, and what is looked for."""

    stem: str
    given: tuple[str, ...]
    length: int
    least: int
    most: int
    key: tuple[str, ...]
    ticks: tuple[Tick, ...]
    worth: Decimal
    # What the machine gave a part that has a key; None where the marker looks.
    marked: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ToMark:
    """An answer to mark. ``proposed`` is None when the machine found nothing to go by."""

    stem: str
    pieces: tuple[Piece, ...]
    explanation: str
    base: Decimal
    proposed: Decimal | None
    worth: Decimal


def whole_steps(points: Decimal, worth: Decimal) -> Decimal:
    """Points on the nearest half, halves upwards, within 0…worth."""
    steps = (points / STEP).quantize(Decimal(1), ROUND_HALF_UP) * STEP
    return min(max(steps, Decimal(0)), worth)


def in_steps(points: Decimal, worth: Decimal) -> bool:
    """Whether a marker may give this: a whole number of halves, or all of it."""
    return Decimal(0) <= points <= worth and (points % STEP == 0 or points == worth)


def settled_points(given: Sequence[Decimal], *, markers: int, tolerance: Decimal) -> Decimal | None:
    """The points on which markers settled, or None while another must look.

    ``given`` are the points in order of marking, ``tolerance`` points by which two may differ. One
    marker settles alone. Of two the mean stands when they are close enough; otherwise a third looks,
    and the mean of the two closest stands (of two equally close pairs the higher one).
    Source: the usual rule of marking on screen (双评, 三评) in Chinese public examinations.
    """
    if len(given) < markers:
        return None
    if markers == 1:
        return given[0]
    first, second = given[:2]
    if abs(first - second) <= tolerance:
        return (first + second) / 2
    if len(given) < 3:
        return None
    pairs = [(first, second), (first, given[2]), (second, given[2])]
    near, far = min(pairs, key=lambda pair: (abs(pair[0] - pair[1]), -sum(pair)))
    return ((near + far) / 2).quantize(Decimal("0.01"), ROUND_HALF_UP)


def to_mark(item: it.Item, value: Any, arrangement: Arrangement, worth: Decimal) -> ToMark:
    """The answer ``value``, as it was received, laid out for a marker."""
    view = drawing.shown(item, arrangement)
    pieces: tuple[Piece, ...]
    if not isinstance(item, it.Case):
        piece = _piece(item, value, view, Fraction(worth), "k")
        pieces, base = (piece,), Fraction(0)
    else:
        said = drawing.canonical(item, value, arrangement)
        values = value if isinstance(value, Mapping) else {}
        meant = said if isinstance(said, Mapping) else {}
        total = sum((Fraction(part.weight) for part in item.parts), Fraction(0))
        views = {part["id"]: part for part in view["parts"]}
        base = Fraction(0)
        laid = []
        for part in item.parts:
            share = Fraction(worth) * Fraction(part.weight) / total
            outcome = score(part.item, meant.get(part.id))
            piece = _piece(part.item, values.get(part.id), views[part.id], share, f"k{part.id}.")
            if outcome.settled:
                base += outcome.fraction * share
                piece = replace(piece, marked=_points(outcome.fraction * share))
            laid.append(piece)
        pieces = tuple(laid)
    ticks = [tick for piece in pieces for tick in piece.ticks]
    found = [tick.points for tick in ticks if tick.found]
    plain_base = _points(base)
    proposed = None
    if found or base:
        proposed = whole_steps(sum(found, plain_base), worth)
    return ToMark(
        stem=item.stem,
        pieces=pieces,
        explanation=item.explanation,
        base=plain_base,
        proposed=proposed,
        worth=worth,
    )


def _points(fraction: Fraction) -> Decimal:
    exact = Decimal(fraction.numerator) / Decimal(fraction.denominator)
    return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _piece(item: it.Item, value: Any, view: dict[str, Any], share: Fraction, prefix: str) -> Piece:
    text = value if isinstance(value, str) else ""
    rows: list[tuple[str, Decimal, bool]] = []
    key: list[str] = []
    least = most = 0
    match item:
        case it.ShortAnswer():
            most = item.max_length
            if item.marking == "manual":
                found = key_points_found(item, text)
                rows = [
                    (p.text, p.weight, there)
                    for p, there in zip(item.key_points, found, strict=True)
                ]
            else:
                key = drawing.key_in_words(item)
        case it.Essay():
            least, most = item.min_length, item.max_length
            rows = [(criterion.text, criterion.weight, False) for criterion in item.rubric]
            key = [item.model_answer] if item.model_answer else []
        case _:
            key = drawing.key_in_words(item)
    total = sum((Fraction(weight) for _, weight, _ in rows), Fraction(0))
    return Piece(
        stem=item.stem,
        given=tuple(drawing.said(view, value)),
        length=len("".join(text.split())),
        least=least,
        most=most if isinstance(item, (it.ShortAnswer, it.Essay)) else 0,
        key=tuple(key),
        ticks=tuple(
            Tick(f"{prefix}{n}", words, _points(share * Fraction(weight) / total), there)
            for n, (words, weight, there) in enumerate(rows)
        ),
        worth=_points(share),
    )
