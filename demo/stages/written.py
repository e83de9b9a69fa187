"""A test written in one's own words, marked by two: some settled, some waiting, one for a third."""

import json
import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import exams.operations
import exams.queries
from demo import answers, library
from demo.ground import Ground
from demo.stages import bank
from exams.engine import items as engine
from people.enums import Role
from people.models import Person

MEASURES, BRANCH = "政策文件/干部教育培训实施办法", "政策文件/微党课和党支部学习"
ESSAY, CASE = "WQ-001", "WQ-003"
# How generous each of two markers was, in tenths of the points; None has not marked yet. The second
# row lies too far apart, so that a third marker is asked.
FIRST = (9, 9, 4, 7, 3, None, 8, None, None, 6)
SECOND = (8, 4, 4, None, 3, None, 8, None, None, None)


def fill(ground: Ground) -> str:
    """Hold it, and mark what is marked."""
    setter = ground.account(Role.QUESTION_SETTER)
    rows = [(MEASURES, "single", 4, 5), (BRANCH, "case", 1, 40), (MEASURES, "essay", 1, 40)]
    exam = exams.operations.open_exam(
        title="基层工作论述测试",
        description="单选题、案例分析和论述各一部分，九十分钟。主观题由两人分别评阅，分差过大的由第三人评阅。",
        paper_id=bank.paper(ground, bank.blueprint(ground, "基层工作论述测试", rows), "written"),
        opens_at=ground.past(6, hour=8),
        closes_at=ground.past(3, hour=18),
        duration=timedelta(minutes=90),
        attempts_allowed=1,
        pass_percent=Decimal(60),
        review="key",
        review_when="after_close",
        by=setter,
        now=ground.past(10),
    )
    exams.operations.set_marking(
        exam.pk, markers=2, tolerance_percent=20, appeal_days=10, by=setter, now=ground.past(9)
    )
    rng = random.Random(f"written:{ground.plan.seed}")  # noqa: S311 - invented data
    others = [spec for spec in ground.roster.persons if not spec.role and not spec.away]
    chosen = rng.sample(others, min(len(FIRST), len(others) // 5))
    people = Person.objects.in_bulk([ground.ids[spec.staff_number] for spec in chosen])
    markers = (ground.account(Role.TRAINING_ADMIN), ground.account(Role.QUESTION_REVIEWER))
    said = library.written_answers()
    for place, person in enumerate(people.values()):
        at = ground.past(rng.randrange(4, 6), hour=rng.choice((9, 14)))
        attempt = exams.operations.start_attempt(exam.pk, person, now=at)
        sheet = sorted(exams.queries.sheet_of(attempt), key=lambda line: line.number)
        given = [
            exams.operations.Given(
                line.number, 1, json.dumps(_answer(line, said, place), ensure_ascii=False)
            )
            for line in sheet
        ]
        at += timedelta(minutes=rng.randrange(50, 85))
        exams.operations.submit_attempt(attempt.pk, now=at, last=given)
        exams.operations.grade_attempt(attempt.pk, now=at)
        for marker, tenths in zip(markers, (FIRST[place], SECOND[place]), strict=True):
            if tenths is None:
                continue
            for line in sheet:
                if isinstance(line.item, (engine.Essay, engine.Case)):
                    exams.operations.mark_by_hand(
                        attempt.pk,
                        line.number,
                        line.points * tenths / 10,
                        by=marker,
                        now=ground.past(2, hour=10),
                    )
    return f"{len(people)} candidates, marked by two"


def _answer(line: Any, said: dict[str, list[Any]], place: int) -> Any:
    """What this candidate says; the short questions are answered rightly."""
    item = line.item
    match item:
        case engine.Essay():
            return said[ESSAY][place % len(said[ESSAY])]
        case engine.Case():
            words = said[CASE][place % len(said[CASE])]
            parts = zip(item.parts, words, strict=True)
            return {
                part.id: answers.as_shown(part.item, word, line.arrangement.parts[part.id])
                for part, word in parts
            }
    return answers.as_shown(item, answers.right_answer(item), line.arrangement)
