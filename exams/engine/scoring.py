"""What an answer is worth, and why. The same item and answer give the same result for ever (E6)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from exams.engine import certainty as cbm
from exams.engine import items as it
from exams.engine.text import matches_wildcard, normalise

CENT = Decimal("0.01")


class Reason:
    """Why an answer got what it got; the interface translates these words."""

    RIGHT = "right"
    PARTLY = "partly"
    WRONG = "wrong"
    BLANK = "blank"  # nothing answered: neither points nor penalty
    MALFORMED = "malformed"  # not an answer to this type: no points, no penalty, a person looks
    TO_MARK = "to_mark"  # a person has to mark it; the fraction is only proposed
    GRANTED = "granted"  # a faulty question: everybody has its points
    NOT_COUNTED = "not_counted"  # a faulty question: it is worth nothing to anybody


@dataclass(frozen=True, slots=True)
class Outcome:
    """The worth of one answer.

    ``fraction`` of the points, from −1 to 1, or lower where certainty is asked for. ``right`` of ``of`` pieces (options, blanks, pairs,
    key points) were right and ``wrong`` wrong. ``settled`` is False while a person has to mark.
    """

    fraction: Fraction
    reason: str
    right: int = 0
    wrong: int = 0
    of: int = 1
    settled: bool = True
    feedback: tuple[str, ...] = ()
    parts: tuple[tuple[str, Outcome], ...] = ()

    def points(self, worth: Decimal) -> Decimal:
        """The fraction of ``worth`` points, rounded half up to 0.01."""
        exact = self.fraction * Fraction(worth)
        return _rounded(exact)


def _rounded(exact: Fraction) -> Decimal:
    scaled = exact * 100
    whole = Decimal(scaled.numerator) / Decimal(scaled.denominator)
    return whole.quantize(Decimal(1), ROUND_HALF_UP) * CENT


BLANK = Outcome(Fraction(0), Reason.BLANK)
MALFORMED = Outcome(Fraction(0), Reason.MALFORMED)


def score(item: it.Item, answer: Any) -> Outcome:
    """Mark one answer (in the form ``exams.engine.items`` describes, canonical option ids)."""
    if is_blank(answer):
        outcome = BLANK
        if isinstance(item, it.Case):
            outcome = _case(item, {})
        return outcome
    outcome = _score(item, answer)
    if item.penalty and outcome.reason == Reason.WRONG and outcome.fraction >= 0:
        return Outcome(
            -Fraction(item.penalty), Reason.WRONG, outcome.right, outcome.wrong, outcome.of
        )
    return outcome


def with_certainty(outcome: Outcome, certainty: int | None, scheme: cbm.Scheme) -> Outcome:
    """The outcome as certainty-based marking has it. What is blank, no answer, or for a person to
    mark stays as it is."""
    if not outcome.settled or outcome.reason in (Reason.BLANK, Reason.MALFORMED):
        return outcome
    return replace(outcome, fraction=cbm.marked(outcome.fraction, certainty, scheme))


def is_blank(answer: Any) -> bool:
    """Nothing was answered: null, only spaces, no option, only empty blanks."""
    if answer is None:
        return True
    if isinstance(answer, str):
        return not answer.strip()
    if isinstance(answer, Mapping):
        return all(is_blank(value) for value in answer.values())
    if isinstance(answer, (list, tuple)):
        return all(is_blank(value) for value in answer)
    return False


def _score(item: it.Item, answer: Any) -> Outcome:
    match item:
        case it.SingleChoice():
            return _single(item, answer)
        case it.MultipleChoice():
            return _multiple(item, answer)
        case it.TrueFalse():
            if not isinstance(answer, bool):
                return MALFORMED
            right = int(answer == item.key)
            return _named(Fraction(right), right, 1 - right, 1, item.said_to(answer))
        case it.FillIn():
            return _fill_in(item, answer)
        case it.Numeric():
            return _numeric(item, answer)
        case it.Matching():
            return _matching(item, answer)
        case it.Ordering():
            return _ordering(item, answer)
        case it.ShortAnswer():
            return _short_answer(item, answer)
        case it.Essay():
            if not isinstance(answer, str):
                return MALFORMED
            return Outcome(Fraction(0), Reason.TO_MARK, of=len(item.rubric), settled=False)
        case it.Case():
            return _case(item, answer)
    raise TypeError(type(item))  # pragma: no cover - every type is above


def _named(fraction: Fraction, right: int, wrong: int, of: int, feedback: str = "") -> Outcome:
    reason = Reason.WRONG
    if fraction > 0:
        reason = Reason.RIGHT if fraction >= 1 else Reason.PARTLY
    return Outcome(fraction, reason, right, wrong, of, feedback=(feedback,) if feedback else ())


def _by_pieces(right: int, wrong: int, of: int, *, exact: bool = False) -> Outcome:
    fraction = Fraction(right, of)
    return _named(Fraction(int(fraction == 1)) if exact else fraction, right, wrong, of)


def _single(item: it.SingleChoice, answer: Any) -> Outcome:
    chosen = next((option for option in item.options if option.id == answer), None)
    if chosen is None:
        return MALFORMED
    if chosen.id == item.key:
        return _named(Fraction(1), 1, 0, 1, chosen.feedback)
    return _named(Fraction(chosen.credit or 0), 0, 1, 1, chosen.feedback)


def _multiple(item: it.MultipleChoice, answer: Any) -> Outcome:
    if not isinstance(answer, (list, tuple)) or not all(isinstance(a, str) for a in answer):
        return MALFORMED
    chosen = {option.id: option for option in item.options if option.id in answer}
    if len(chosen) != len(set(answer)):
        return MALFORMED
    right, wrong = len(chosen.keys() & item.key), len(chosen.keys() - item.key)
    share = Fraction(right, len(item.key))
    exact = share == 1 and not wrong
    match item.rule:
        case "exact":
            fraction = Fraction(int(exact))
        case "half":
            fraction = Fraction(1 if exact else 0)
            if right and not wrong and not exact:
                fraction = Fraction(1, 2)
        case "per_option":
            fraction = Fraction(0) if wrong else share
        case "balanced":
            fraction = max(Fraction(0), Fraction(right - wrong, len(item.key)))
        case _:  # weights
            earned = sum(
                (
                    Fraction(
                        option.credit
                        if option.credit is not None
                        else Fraction(int(option.id in item.key), len(item.key))
                    )
                    for option in chosen.values()
                ),
                Fraction(0),
            )
            # Three options of 33.33333 % each are the whole, as Moodle too says.
            whole = abs(1 - earned) < Fraction(1, 100_000)
            fraction = Fraction(1) if whole else min(Fraction(1), max(Fraction(0), earned))
    feedback = tuple(option.feedback for option in chosen.values() if option.feedback)
    named = _named(fraction, right, wrong, len(item.key))
    return Outcome(named.fraction, named.reason, right, wrong, named.of, feedback=feedback)


def _fills(blank: it.Blank, text: str) -> tuple[Fraction, str]:
    """The best fraction of a blank the text earns, and that wording's feedback."""
    best, feedback = Fraction(0), ""
    for wording in blank.accept:
        match blank.match:
            case "exact":
                a, b = wording.text, text.strip()
                same = a == b or (not blank.case_sensitive and a.casefold() == b.casefold())
            case "wildcard":
                same = matches_wildcard(wording.text, text, case_sensitive=blank.case_sensitive)
            case _:
                mine = normalise(text, case_sensitive=blank.case_sensitive)
                same = mine == normalise(wording.text, case_sensitive=blank.case_sensitive)
                # An answer of nothing but marks is compared as written.
                same = same and (bool(mine) or wording.text.strip() == text.strip())
        if same and blank.match == "wildcard":
            return Fraction(wording.credit), wording.feedback
        if same and (Fraction(wording.credit) > best or not feedback):
            best, feedback = max(best, Fraction(wording.credit)), wording.feedback
    return best, feedback


def _fill_in(item: it.FillIn, answer: Any) -> Outcome:
    count = len(item.blanks)
    if isinstance(answer, str) and count == 1:
        answer = [answer]
    if not isinstance(answer, (list, tuple)) or len(answer) > count:
        return MALFORMED
    texts = ["" if text is None else text for text in answer]
    if not all(isinstance(text, str) for text in texts):
        return MALFORMED
    texts += [""] * (count - len(texts))
    if item.any_order:
        earned = _best_assignment([[_fills(b, t)[0] for t in texts] for b in item.blanks])
        feedback: tuple[str, ...] = ()
    else:
        filled = [_fills(blank, text) for blank, text in zip(item.blanks, texts, strict=True)]
        earned = [fraction for fraction, _ in filled]
        feedback = tuple(words for _, words in filled if words)
    right = sum(fraction == 1 for fraction in earned)
    wrong = sum(not is_blank(text) for text in texts) - sum(fraction > 0 for fraction in earned)
    fraction = sum(earned, Fraction(0)) / count
    if item.rule == "exact" and fraction != 1:
        fraction = Fraction(0)
    named = _named(fraction, right, max(wrong, 0), count)
    return Outcome(named.fraction, named.reason, right, named.wrong, count, feedback=feedback)


def _best_assignment(worth: Sequence[Sequence[Fraction]]) -> list[Fraction]:
    """For each blank the credit of the text given to it, so that the sum is greatest.

    No text fills two blanks. Full credit is matched first, along augmenting paths; then what is
    left over is taken greedily (blanks that accept partial credit in any order are rare).
    """
    size = len(worth)
    taken_by: dict[int, int] = {}  # text → blank

    def place(blank: int, seen: set[int]) -> bool:
        for text in range(len(worth[blank])):
            if worth[blank][text] == 1 and text not in seen:
                seen.add(text)
                if text not in taken_by or place(taken_by[text], seen):
                    taken_by[text] = blank
                    return True
        return False

    for blank in range(size):
        place(blank, set())
    earned = [Fraction(0)] * size
    for blank in taken_by.values():
        earned[blank] = Fraction(1)
    rest = sorted(
        ((worth[b][t], -b, -t) for b in range(size) for t in range(len(worth[b])) if worth[b][t]),
        reverse=True,
    )
    for credit, minus_blank, minus_text in rest:
        if not earned[-minus_blank] and -minus_text not in taken_by:
            earned[-minus_blank] = credit
            taken_by[-minus_text] = -minus_blank
    return earned


def _numeric(item: it.Numeric, answer: Any) -> Outcome:
    factor = Decimal(1)
    if isinstance(answer, str):
        # What an input method writes in full width (５０％) is the same number and unit.
        answer = unicodedata.normalize("NFKC", answer).strip()
        known = [*item.units, *([(item.unit, Decimal(1))] if item.unit else [])]
        known = [(unicodedata.normalize("NFKC", name), many) for name, many in known]
        for name, many in sorted(known, key=lambda unit: -len(unit[0])):  # mm before m
            if answer.endswith(name):
                answer, factor = answer.removesuffix(name), many
                break
    value = it.decimal_of(answer)
    if value is None:
        # Words in a number box are a wrong answer, not a broken one.
        return _named(Fraction(0), 0, 1, 1) if isinstance(answer, str) else MALFORMED
    exact = Fraction(value) / Fraction(factor)
    best, feedback = Fraction(0), ""
    for accepted in item.accept:
        off = exact - Fraction(accepted.value)
        within = Fraction(accepted.tolerance)
        low = -within < off if accepted.without_lower else -within <= off
        high = off < within if accepted.without_upper else off <= within
        if low and high and Fraction(accepted.credit) >= best:
            best, feedback = Fraction(accepted.credit), accepted.feedback
    return _named(best, int(best == 1), int(best == 0), 1, feedback)


def _matching(item: it.Matching, answer: Any) -> Outcome:
    if not isinstance(answer, Mapping):
        return MALFORMED
    lefts = {option.id for option in item.left}
    rights = {option.id for option in item.right}
    given = {left: right for left, right in answer.items() if not is_blank(right)}
    if not given.keys() <= lefts or not all(
        isinstance(r, str) and r in rights for r in given.values()
    ):
        return MALFORMED
    right = sum(given.get(left) == key for left, key in item.key)
    return _by_pieces(right, len(given) - right, len(item.key), exact=item.rule == "exact")


def _ordering(item: it.Ordering, answer: Any) -> Outcome:
    if not isinstance(answer, (list, tuple)) or not all(isinstance(a, str) for a in answer):
        return MALFORMED
    known = {option.id for option in item.options}
    if len(set(answer)) != len(answer) or not set(answer) <= known:
        return MALFORMED
    if item.rule == "neighbours":
        wanted = set(pairwise(item.key))
        right = sum(pair in wanted for pair in pairwise(answer))
        return _by_pieces(right, max(len(answer) - 1 - right, 0), len(wanted))
    right = sum(mine == key for mine, key in zip(answer, item.key, strict=False))
    return _by_pieces(right, len(answer) - right, len(item.key), exact=item.rule == "exact")


def key_points_found(item: it.ShortAnswer, answer: str) -> list[bool]:
    """For each key point in its order, whether one of its wordings occurs in the answer."""
    text = normalise(answer)
    return [
        any(
            (wording := normalise(words)) and wording in text
            for words in (point.any_of or (point.text,))
        )
        for point in item.key_points
    ]


def _short_answer(item: it.ShortAnswer, answer: Any) -> Outcome:
    if not isinstance(answer, str):
        return MALFORMED
    found = key_points_found(item, answer)
    total = sum((Fraction(point.weight) for point in item.key_points), Fraction(0))
    earned = sum(
        (Fraction(p.weight) for p, there in zip(item.key_points, found, strict=True) if there),
        Fraction(0),
    )
    named = _named(earned / total, sum(found), 0, len(found))
    if item.marking == "auto":
        return named
    return Outcome(named.fraction, Reason.TO_MARK, named.right, 0, named.of, settled=False)


def _case(item: it.Case, answer: Any) -> Outcome:
    if not isinstance(answer, Mapping) or not answer.keys() <= {part.id for part in item.parts}:
        return MALFORMED
    outcomes = [(part, score(part.item, answer.get(part.id))) for part in item.parts]
    total = sum((Fraction(part.weight) for part in item.parts), Fraction(0))
    fraction = (
        sum((o.fraction * Fraction(part.weight) for part, o in outcomes), Fraction(0)) / total
    )
    settled = all(outcome.settled for _, outcome in outcomes)
    if all(outcome.reason == Reason.BLANK for _, outcome in outcomes):
        reason = Reason.BLANK
    elif not settled:
        reason = Reason.TO_MARK
    elif fraction == 1:
        reason = Reason.RIGHT
    else:
        reason = Reason.PARTLY if fraction > 0 else Reason.WRONG
    return Outcome(
        fraction,
        reason,
        sum(outcome.reason == Reason.RIGHT for _, outcome in outcomes),
        sum(outcome.reason == Reason.WRONG for _, outcome in outcomes),
        len(outcomes),
        settled=settled,
        parts=tuple((part.id, outcome) for part, outcome in outcomes),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One question of a paper: its number, the item, and the points it is worth.

    ``ruling`` is Reason.GRANTED or Reason.NOT_COUNTED for a question found faulty, else "".
    """

    number: int
    item: it.Item
    points: Decimal
    ruling: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """The points of one line; ``by_hand`` when a person set them."""

    number: int
    points: Decimal
    worth: Decimal
    outcome: Outcome
    by_hand: bool = False
    ruling: str = ""

    @property
    def reason(self) -> str:
        """Why these points: a ruling, the machine's reason, or how far a person's points reach."""
        if self.ruling:
            return self.ruling
        if not self.by_hand:
            return self.outcome.reason
        if self.points >= self.worth:
            return Reason.RIGHT
        return Reason.PARTLY if self.points > 0 else Reason.WRONG


@dataclass(frozen=True, slots=True)
class Graded:
    """A marked attempt. ``points`` is never below 0; ``settled`` once nothing waits for a person."""

    marks: tuple[Mark, ...]
    points: Decimal
    worth: Decimal
    settled: bool


def grade(
    lines: Iterable[Line],
    answers: Mapping[int, Any],
    by_hand: Mapping[int, Decimal] | None = None,
    *,
    certainties: Mapping[int, int] | None = None,
    scheme: cbm.Scheme | None = None,
) -> Graded:
    """Mark every line of a paper. ``answers`` and ``by_hand`` (points) go by line number.

    With a ``scheme`` of certainty-based marking ``certainties`` are the levels stated.
    """
    by_hand, certainties = by_hand or {}, certainties or {}
    marks: list[Mark] = []
    settled = True
    for line in lines:
        outcome = score(line.item, answers.get(line.number))
        if scheme is not None:
            outcome = with_certainty(outcome, certainties.get(line.number), scheme)
        if line.ruling:
            worth = Decimal("0.00") if line.ruling == Reason.NOT_COUNTED else line.points
            mark = Mark(line.number, worth, worth, outcome, ruling=line.ruling)
        elif line.number in by_hand:
            mark = Mark(line.number, by_hand[line.number], line.points, outcome, by_hand=True)
        else:
            waits = not outcome.settled
            settled = settled and not waits
            points = Decimal("0.00") if waits else outcome.points(line.points)
            mark = Mark(line.number, points, line.points, outcome)
        marks.append(mark)
    total = sum((mark.points for mark in marks), Decimal("0.00"))
    worth = sum((mark.worth for mark in marks), Decimal("0.00"))
    return Graded(tuple(marks), max(total, Decimal("0.00")), worth, settled)
