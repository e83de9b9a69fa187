"""Learners at work: courses studied, the year's test, a quarter's test that is over."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from django.apps import apps

import certificates.operations
import courses.operations
import courses.queries
import exams.operations
import exams.queries
from courses.enums import PackageStatus, Way
from courses.study_time import Tick
from demo import library
from demo.answers import sit
from demo.ground import Ground
from demo.roster import Diligence
from demo.stages import bank, examinations
from people.enums import Role
from people.models import (
    Person,
)

# What the demo's member has completed; half an hour each.
STUDIED = ("how-study-hours-are-counted", "less-paper-more-work")


def study(ground: Ground) -> str:
    """Some people take courses, by the very operations the pages call, in the past months."""
    rng = random.Random(f"learners:{ground.plan.seed}")  # noqa: S311 - invented data
    keen = [
        spec
        for spec in ground.roster.persons
        if spec.diligence in (Diligence.AHEAD, Diligence.STEADY) and not spec.role and not spec.away
    ]
    made = completed = 0
    by_slug = {course.slug: course for course in library.courses()}
    ids = dict(apps.get_model("courses", "CoursePage").objects.values_list("slug", "pk"))
    for slug in by_slug:
        for spec in rng.sample(keen, 12 if slug == library.MAIN_COURSE else 4):
            learner = ground.ids[spec.staff_number]
            began = ground.past(rng.randrange(3, 150), hour=19) + timedelta(
                minutes=rng.randrange(120)
            )
            stops = rng.random() < 0.25
            done = _take(learner, ids[slug], began, rng, stop_early=stops)
            made, completed = made + 1, completed + done
    member = ground.account("member")
    for days, slug in zip((26, 12), STUDIED, strict=True):
        began = ground.past(days, hour=20)
        completed += _take(member.pk, ids[slug], began, rng, sure=True)
    made += 1 + len(STUDIED)
    courses.operations.enrol(
        member.pk,
        ids[library.MAIN_COURSE],
        way=Way.ASSIGNED,
        by_id=ground.account(Role.TRAINING_ADMIN).pk,
        deadline_on=ground.plan.on + timedelta(days=30),
        now=ground.past(6),
    )
    return f"{made} enrolments, {completed} completed with a certificate"


def yearly_exam(ground: Ground) -> str:
    """The year's test: open now, sat by some already; a few papers wait for the marker."""
    year = ground.plan.on.year
    first = "政策文件/干部教育培训实施办法"
    second, third = "政策文件/微党课和党支部学习", "政策文件/在线学习和考试"
    blueprint = bank.blueprint(ground,
        f"{year}年度政策文件学习测试",
        [
            (first, "single", 6, 3), (second, "single", 5, 3), (third, "single", 6, 3),
            (first, "multiple", 2, 4), (second, "multiple", 2, 4), (third, "multiple", 1, 4),
            ("", "true_false", 6, 2), ("", "numeric", 2, 4), ("", "fill_in", 2, 4),
            ("", "matching", 1, 6), ("", "short_answer", 1, 5),
        ],
    )  # fmt: skip
    exam = exams.operations.open_exam(
        title=f"{year}年度政策文件学习测试",
        description="三份文件和相关课程。进入试卷后开始计时，到时自动停止接收答案。",
        paper_id=bank.paper(ground, blueprint, "yearly"),
        opens_at=ground.past(14, hour=8),
        closes_at=ground.past(-21, hour=18),
        duration=timedelta(minutes=45),
        attempts_allowed=1,
        pass_percent=Decimal(60),
        review="key",
        review_when="after_close",
        by=ground.account(Role.QUESTION_SETTER),
        now=ground.past(20),
    )
    rng = random.Random(f"candidates:{ground.plan.seed}")  # noqa: S311 - invented data
    others = [spec for spec in ground.roster.persons if not spec.role and not spec.away]
    marker = ground.account(Role.MARKER)
    candidates = rng.sample(others, min(45, len(others) // 3))
    for place, spec in enumerate(candidates):
        person = Person.objects.get(staff_number=spec.staff_number)
        skill = {Diligence.AHEAD: 0.9, Diligence.STEADY: 0.75, Diligence.LATE: 0.58}.get(
            spec.diligence, 0.45
        )
        at = ground.past(rng.randrange(1, 13), hour=rng.choice((9, 10, 14, 15, 20)))
        by = None if place < 6 else marker
        sit(exam.pk, person, skill, at, rng, marker=by)
    return f"{len(candidates)} attempts, 6 of them to be marked by hand"


def past_exam(ground: Ground) -> str:
    """A quarter's test that is over: a key corrected, another waiting for a second person, appeals."""
    blueprint = bank.blueprint(
        ground,
        "季度学习测试",
        [("", "single", 10, 6), ("", "true_false", 5, 4), ("", "short_answer", 1, 20)],
    )
    others = [spec for spec in ground.roster.persons if not spec.role and not spec.away]
    rng = random.Random(f"quarter:{ground.plan.seed}")  # noqa: S311 - invented data
    chosen = rng.sample(others, min(24, len(others) // 3))
    people = Person.objects.in_bulk([ground.ids[spec.staff_number] for spec in chosen])
    return examinations.past_quarter(
        paper_id=bank.paper(ground, blueprint, "quarter"),
        candidates=list(people.values()),
        by={role: ground.account(role) for role in examinations.ROLES},
        past=ground.past,
        rng=rng,
    )


def _take(
    person_id: int,
    course_id: int,
    at: datetime,
    rng: random.Random,
    *,
    stop_early: bool = False,
    sure: bool = False,
) -> bool:
    """Study a course item by item and sit its test; True when it was completed."""
    enrolment = courses.operations.enrol(person_id, course_id, now=at)
    outline = courses.queries.outline(enrolment.edition_id, enrolment.pk)
    person = Person.objects.get(pk=person_id)
    for item in outline.items:
        at += timedelta(seconds=rng.randrange(8, 40))
        if item.questions:
            at += timedelta(seconds=30 * len(item.questions))
            for code in item.questions:
                courses.operations.keep_answer(enrolment.pk, item.id, code, right=True, now=at)
            continue
        if item.exam_id is None:
            at = _study_item(person_id, enrolment.pk, item, at)
            if stop_early:
                return False
            continue
        passed = False
        for _ in range(3):
            passed, at = sit(item.exam_id, person, 1.0 if sure else 0.86, at, rng)
            if passed:
                break
            at += timedelta(hours=1, minutes=rng.randrange(5, 90))
        if not passed:
            return False
        courses.operations.exam_passed(item.exam_id, person_id, now=at)
    if not courses.queries.completion_facts(enrolment.pk).completed_at:
        return False
    certificates.operations.issue(enrolment.pk, now=at + timedelta(seconds=2))
    return True


def _study_item(
    person_id: int, enrolment_id: int, item: courses.queries.OutlineItem, at: datetime
) -> datetime:
    """Read, play or work at one item from its beginning until it is proven; return when that was."""
    lease = courses.operations.take_lease(person_id, enrolment_id, item.id, device="demo", now=at)
    for part in range(item.part_count):
        courses.operations.keep_report(
            lease.lease_id,
            part,
            status=PackageStatus.PASSED,
            score_percent=Decimal(100),
            state="null",
            now=at,
        )
    step = 15_000  # milliseconds, as the page reports
    for batch in _reports(lease.length_ms, step):
        at += timedelta(milliseconds=step * len(batch))
        outcome = courses.operations.record_ticks(
            lease.lease_id,
            batch,
            kind=lease.kind,
            length_ms=lease.length_ms,
            min_share=lease.min_share,
            now=at,
        )
        if outcome.item_completed:
            break
    return at


def _reports(length_ms: int, step: int) -> Iterator[list[Tick]]:
    ticks = [
        Tick(seq, start, min(start + step, length_ms), step)
        for seq, start in enumerate(range(0, length_ms, step), 1)
    ]
    # A minute at a time is what one request brings, and early enough to be verified.
    for first in range(0, len(ticks), 4):
        yield ticks[first : first + 4]
