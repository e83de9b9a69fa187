"""Sitting an exam for somebody invented: right and wrong answers, handed in and graded."""

import json
import random
from datetime import datetime, timedelta
from typing import Any

import exams.operations
import exams.queries
from exams.engine import items as engine
from exams.engine.drawing import Arrangement
from people.models import Person


def sit(
    exam_id: int,
    person: Person,
    skill: float,
    at: datetime,
    rng: random.Random,
    *,
    marker: Person | None = None,
    misleading: int | None = None,
) -> tuple[bool, datetime]:
    """Sit an exam, each question right with this probability; return (passed, when handed in).

    The question of the number ``misleading`` is worded so that whoever knows much reads more into it
    than it says, and most of them choose one and the same wrong option.
    """
    attempt = exams.operations.start_attempt(exam_id, person, now=at)
    given = []
    # By number, not by place: the order a candidate sees hangs on the attempt's random id.
    sheet = sorted(exams.queries.sheet_of(attempt), key=lambda line: line.number)
    for line in sheet:
        at += timedelta(seconds=rng.randrange(6, 22))
        right = rng.random() < skill
        answer = right_answer(line.item) if right else wrong_answer(line.item, rng)
        if line.number == misleading and skill > 0.6 and rng.random() < 0.85:
            answer = wrong_answer(line.item, random.Random(0))  # noqa: S311 - always the same one
        said = as_shown(line.item, answer, line.arrangement)
        value = json.dumps(said, ensure_ascii=False)
        given.append(exams.operations.Given(line.number, 1, value))
    at += timedelta(seconds=rng.randrange(5, 30))
    exams.operations.submit_attempt(attempt.pk, now=at, last=given)
    settled = exams.operations.grade_attempt(attempt.pk, now=at)
    if not settled and marker is not None:
        later = at + timedelta(hours=rng.randrange(3, 20))
        for line in sheet:
            if isinstance(line.item, engine.ShortAnswer):
                earned = line.points * rng.choice((4, 6, 8, 10)) / 10
                exams.operations.mark_by_hand(attempt.pk, line.number, earned, by=marker, now=later)
    return exams.queries.passed(exam_id, person.pk), at


def as_shown(item: engine.Item, answer: Any, arrangement: Arrangement) -> Any:
    """The answer in the letters this candidate sees, whose options stand in another order."""
    letters = dict(zip(arrangement.options, engine.LETTERS, strict=False))
    match item:
        case engine.SingleChoice():
            return letters[answer]
        case engine.MultipleChoice():
            return sorted(letters[each] for each in answer)
        case engine.Ordering():
            return [letters[each] for each in answer]
        case engine.Matching():
            numbers = {each: str(n) for n, each in enumerate(arrangement.left, 1)}
            return {numbers[left]: letters[right] for left, right in answer.items()}
    return answer


def right_answer(item: engine.Item) -> Any:
    """The answer that earns full points, in the form of ``exams.engine``."""
    match item:
        case engine.SingleChoice() | engine.TrueFalse():
            return item.key
        case engine.MultipleChoice():
            return sorted(item.key)
        case engine.FillIn():
            return [blank.accept[0].text for blank in item.blanks]
        case engine.Numeric():
            return str(item.accept[0].value)
        case engine.Matching():
            return dict(item.key)
        case engine.Ordering():
            return list(item.key)
        case engine.ShortAnswer():
            return "；".join(point.text for point in item.key_points) + "。"
    raise ValueError(item.type)


def wrong_answer(item: engine.Item, rng: random.Random) -> Any:
    """A plausible answer that is not the right one."""
    match item:
        case engine.SingleChoice():
            return rng.choice([option.id for option in item.options if option.id != item.key])
        case engine.TrueFalse():
            return not item.key
        case engine.MultipleChoice():
            right = sorted(item.key)
            return right[:-1] if len(right) > 1 else [option.id for option in item.options][:2]
        case engine.FillIn():
            return ["" for _ in item.blanks]
        case engine.Numeric():
            return str(item.accept[0].value + 5)
        case engine.Matching():
            ids = [right for _, right in item.key]
            return {
                left: other for (left, _), other in zip(item.key, ids[1:] + ids[:1], strict=True)
            }
        case engine.Ordering():
            return list(reversed(item.key))
        case engine.ShortAnswer():
            return item.key_points[0].text + "。"
    raise ValueError(item.type)
