"""Sittings of the demo district: one under way, one to be made up, practice, a series, contests.

Everything goes through the operations the pages call, so the demo shows only what can happen.
"""

import json
import random
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

import exams.operations
import exams.queries
from demo import answers
from demo.ground import Ground
from demo.stages import bank
from people.enums import Role
from people.models import OrgUnit, Person

LESSONS = "课程"
MISLEADING = 3  # the number of a question in the closed test that good candidates get wrong
FIRST, SECOND, THIRD = (
    "政策文件/干部教育培训实施办法",
    "政策文件/微党课和党支部学习",
    "政策文件/在线学习和考试",
)


def fill(ground: Ground) -> str:
    """Hold every kind of sitting there is, once."""
    return Sittings(ground).run()


class Sittings:
    """The rooms of one district."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.now = ground.now
        self.rng = random.Random(f"sittings:{ground.plan.seed}")  # noqa: S311 - invented data
        self.setter = ground.account(Role.QUESTION_SETTER)
        self.admin = ground.account(Role.TRAINING_ADMIN)
        self.member = ground.account("member")
        plain = [spec for spec in ground.roster.persons if not spec.role and not spec.away]
        chosen = self.rng.sample(plain, min(72, len(plain) // 3))
        by_number = {
            person.staff_number: person
            for person in Person.objects.filter(
                staff_number__in=[spec.staff_number for spec in chosen]
            ).select_related("unit")
        }
        self.people = [by_number[spec.staff_number] for spec in chosen]

    def run(self) -> str:
        self._practice()
        closed = self._closed_test()
        self._contests(closed)
        self._running_test()
        self._series()
        return f"{len(self.people)} candidates; practice, a series, two contests; {self.weak}"

    def _paper(self, title: str, rows: list[tuple[str, str, int, int]], seed: str) -> int:
        return bank.paper(self.ground, bank.blueprint(self.ground, title, rows), seed)

    def _practice(self) -> None:
        blueprint = bank.blueprint(
            self.ground, "日常练习", [(LESSONS, "single", 8, 1), (LESSONS, "ordering", 2, 1)]
        )
        drill = exams.operations.open_exam(
            title="日常练习：十道课程题",
            description="每次随机抽题，答完即看解析。",
            blueprint_id=blueprint,
            opens_at=self.ground.past(120),
            closes_at=self.ground.past(-365),
            duration=exams.queries.PRACTICE_TIME,
            attempts_allowed=50,
            review="key",
            review_when="at_once",
            is_practice=True,
            by=self.setter,
            now=self.ground.past(120),
        )
        at = self.ground.past(2, hour=20)
        attempt = exams.operations.start_attempt(drill.pk, self.member, now=at)
        sheet = exams.queries.sheet_of(attempt)
        for line in sheet[:7]:
            at += timedelta(seconds=40)
            value = self._answer(line, right=line.place % 3 != 0)
            exams.operations.judge(attempt.pk, line.number, value, now=at)

    def _answer(self, line: Any, *, right: bool) -> Any:
        item = line.item
        said = answers.right_answer(item) if right else answers.wrong_answer(item, self.rng)
        return answers.as_shown(item, said, line.arrangement)

    def _closed_test(self) -> int:
        """Over since three weeks: some were absent, some failed; a make-up is announced."""
        exam = exams.operations.open_exam(
            title="领导干部应知应会测试",
            description="按职务条件确定考生，闭卷，三十分钟。",
            paper_id=self._paper(
                "领导干部应知应会测试", [(FIRST, "single", 8, 5), (THIRD, "single", 8, 5),
                                ("", "true_false", 4, 5)], "duties",
            ),
            opens_at=self.ground.past(24),
            closes_at=self.ground.past(21, hour=18),
            duration=timedelta(minutes=30),
            review="key",
            review_when="after_close",
            audience="persons",
            person_ids=[person.pk for person in self.people],
            by=self.admin,
            now=self.ground.past(30),
        )  # fmt: skip
        for person in self.people[: len(self.people) * 4 // 5]:
            at = self.ground.past(self.rng.randrange(22, 25), hour=self.rng.choice((10, 14, 15)))
            skill = self.rng.choice((0.95, 0.85, 0.7, 0.5))
            answers.sit(exam.pk, person, skill, at, self.rng, misleading=MISLEADING)
        # What the figures say about it lies on its author's desk, if there are candidates enough.
        weak = exams.operations.hand_weak_items_over(
            exam.pk, by=self.admin, now=self.ground.past(20)
        )
        self.weak = f"{weak} weak questions"
        everybody = Person.objects.all()
        again = [
            *exams.queries.absent_from(exam, everybody),
            *exams.queries.failed_in(exam, everybody),
        ]
        exams.operations.open_make_up(
            exam.pk,
            [person.pk for person in again],
            opens_at=self.ground.past(-7),
            closes_at=self.ground.past(-9, hour=18),
            paper_id=self._paper(
                "领导干部应知应会测试补考卷", [(SECOND, "single", 4, 10), (FIRST, "single", 4, 10),
                                   ("", "true_false", 2, 10)], "make-up",
            ),
            title="领导干部应知应会测试（补考）",
            by=self.admin,
            now=self.ground.past(15),
        )  # fmt: skip
        return int(exam.pk)

    def _running_test(self) -> None:
        """Open since forty minutes: some answer, some are silent, some have handed in."""
        opened = self.now - timedelta(minutes=40)
        exam = exams.operations.open_exam(
            title="党支部工作知识测试（集中考试）",
            description="统一时间、各单位机房。网络中断时请不要关闭页面，答案会保存在本机。",
            paper_id=self._paper(
                "党支部工作知识测试", [(SECOND, "single", 6, 5), (THIRD, "single", 4, 5),
                               ("", "multiple", 3, 10), ("", "true_false", 4, 5)], "branch",
            ),
            opens_at=opened,
            closes_at=self.ground.past(-3, hour=18),
            duration=timedelta(minutes=90),
            review="score",
            review_when="after_close",
            audience="persons",
            person_ids=[*(person.pk for person in self.people[:30]), self.member.pk],
            by=self.admin,
            now=opened - timedelta(days=2),
        )  # fmt: skip
        exams.operations.prepare_sitting(exam.pk, now=opened - timedelta(minutes=30))
        for place, person in enumerate(self.people[:22]):
            at = opened + timedelta(minutes=self.rng.randrange(1, 8))
            attempt = exams.operations.start_attempt(exam.pk, person, now=at)
            exams.operations.note_opening(attempt, "demo", now=at)
            sheet = exams.queries.sheet_of(attempt)
            # Three stopped a while ago, six have handed in, the rest are at it.
            answered = len(sheet) if place < 6 else self.rng.randrange(4, len(sheet))
            until = self.now - timedelta(minutes=14 if place in (6, 7, 8) else 1)
            step = (until - at) / (answered + 1)
            for line in sheet[:answered]:
                at += step
                value = json.dumps(self._answer(line, right=True), ensure_ascii=False)
                exams.operations.save_answers(
                    attempt.pk, [exams.operations.Given(line.number, 1, value)], now=at
                )
            if place < 6:
                exams.operations.submit_attempt(attempt.pk, now=at)
                exams.operations.grade_attempt(attempt.pk, now=at)
            if place in (9, 12):
                signs = [("left", {"seconds": 35}), ("pasted", {"characters": 48})]
                exams.operations.note_signals(attempt.pk, signs[: place % 2 + 1], now=at)
            if place == 7:
                exams.operations.extend_attempt(
                    attempt.pk,
                    timedelta(minutes=10),
                    because="机房断网十分钟",
                    by=self.admin,
                    now=self.now - timedelta(minutes=3),
                )

    def _series(self) -> None:
        from exams.models import Blueprint  # noqa: PLC0415  models load after apps

        month = bank.blueprint(self.ground, "每月一题", [("", "single", 1, 10)])
        quarter = bank.blueprint(
            self.ground, "季度测试", [("", "single", 4, 10), ("", "true_false", 2, 10)]
        )
        exams.operations.open_series(
            title="月题季考",
            year=self.now.astimezone(ZoneInfo(settings.TIME_ZONE)).year,
            month=Blueprint.objects.get(pk=month),
            quarter=Blueprint.objects.get(pk=quarter),
            unit_ids=list(OrgUnit.objects.filter(depth=1).values_list("pk", flat=True)),
            by=self.setter,
            now=self.now,
        )

    def _contests(self, first_round: int) -> None:
        jury = [
            self.admin,
            self.setter,
            self.ground.account(Role.QUESTION_REVIEWER),
            self.ground.account(Role.EDITOR),
            self.ground.account(Role.MARKER),
        ]
        for title, wanted, is_over in (
            ("干部教育政策知识竞赛", 6, True),
            ("党支部工作知识竞赛", 5, False),
        ):
            at = self.ground.past(12)
            contest = exams.operations.create_contest(
                title=title,
                description="初赛笔试，决赛由评委现场评分。",
                first_round_id=first_round,
                finalists_wanted=wanted,
                final_on=self.ground.past(8 if is_over else -5).date(),
                first_weight=30,
                criteria=[["内容准确", 40], ["论述清楚", 40], ["表达得体", 20]],
                awards=[["一等奖", 1], ["二等奖", 2], ["三等奖", 3]],
                jury_ids=[juror.pk for juror in jury],
                by=self.admin,
                now=at,
            )
            exams.operations.call_finalists(contest.pk, by=self.admin, now=at)
            for juror in jury if is_over else jury[1:3]:
                for finalist in exams.queries.finalists_of(contest):
                    points = [
                        Decimal(self.rng.randrange(most * 6, most * 10)) / 10
                        for most in (40, 40, 20)
                    ]
                    exams.operations.give_score(
                        finalist.pk, points, by=juror, now=self.ground.past(8)
                    )
            if is_over:
                exams.operations.publish_contest(
                    contest.pk, by=self.admin, now=self.ground.past(8, hour=17)
                )
