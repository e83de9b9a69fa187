"""A quarter's test that is over, with what follows one: marks by two, a corrected key, appeals."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import exams.operations
import exams.queries
from demo.answers import sit
from people.enums import Role
from people.models import Person

ROLES = (Role.QUESTION_SETTER, Role.QUESTION_REVIEWER, Role.MARKER, Role.TRAINING_ADMIN)


def past_quarter(
    *,
    paper_id: int,
    candidates: Sequence[Person],
    by: Mapping[Role, Person],
    past: Callable[..., datetime],
    rng: random.Random,
) -> str:
    """Seed it; ``past(days, hour=…)`` is an instant so many days before the day of the demo."""
    setter, marker, department = by[Role.QUESTION_SETTER], by[Role.MARKER], by[Role.TRAINING_ADMIN]
    exam = exams.operations.open_exam(
        title="第三季度学习测试",
        description="检查第三季度集中学习的内容。成绩公布后，可以在受理期内申请复核。",
        paper_id=paper_id,
        opens_at=past(40, hour=8),
        closes_at=past(12, hour=18),
        duration=timedelta(minutes=30),
        attempts_allowed=1,
        pass_percent=Decimal(60),
        review="key",
        review_when="after_close",
        by=setter,
        now=past(45),
    )
    exams.operations.set_marking(
        exam.pk, markers=1, tolerance_percent=20, appeal_days=15, by=setter, now=past(44)
    )
    for number, person in enumerate(candidates):
        at = past(rng.randrange(14, 39), hour=rng.choice((9, 10, 14, 20)))
        # The first two ask to look again later, which somebody else than their marker must do.
        by_whom = by[Role.QUESTION_REVIEWER] if number < 2 else marker
        sit(exam.pk, person, rng.choice((0.9, 0.7, 0.55)), at, rng, marker=by_whom)
    asked = exams.queries.asked_questions(exam)
    granted = exams.operations.drafted_correction(
        exam.pk,
        asked[0].version_id,
        "granted",
        replacement_id=None,
        because="题干少印了“不”字，两个选项都说得通。",
    )
    exams.operations.propose_correction(granted, by=setter, now=past(11))
    exams.operations.decide_correction(
        granted.pk, approve=True, answer="情况属实。", by=department, now=past(10)
    )
    changed = exams.operations.apply_correction(granted.pk, now=past(10))
    waiting = exams.operations.drafted_correction(
        exam.pk,
        asked[1].version_id,
        "not_counted",
        replacement_id=None,
        because="所依据的条款在考试期间作了修改。",
    )
    exams.operations.propose_correction(waiting, by=setter, now=past(2))
    for person, text in zip(
        candidates,
        (
            "简答题第二点写在了最后一行，请再看一下是否算分。",
            "第 3 题我选的和讲义一致，请核对答案。",
        ),
        strict=False,
    ):
        attempt = exams.queries.attempts_of(person).filter(exam=exam).get()
        exams.operations.file_appeal(attempt.pk, by=person, text=text, now=past(5))
    return f"{len(candidates)} attempts, {changed} scores changed by a corrected key, 2 appeals"
