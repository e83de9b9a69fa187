"""Training classes of the demo district: one credited, one in session, call-ups that wait.

Everything goes through the operations; only the moments are set back.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import classes.operations
import classes.queries
import courses.operations
import courses.queries
import tracker.queries
from classes.enums import CallKind, Criterion, PresenceKind, PresenceWay, SessionKind
from demo import district, history
from demo.ground import Ground
from people.enums import Rank, Role
from people.models import OrgUnit, Person
from people.queries import persons_in
from tracker.enums import Bucket

LECTURES = (
    ("学习党章，坚定理想信念", "教研室 罗书宁"),
    ("基层治理中的群众工作", "教研室 叶青禾"),
    ("依法行政与行政复议", "区司法局 主讲人"),
    ("公文写作与处理", "区委办公室 主讲人"),
    ("财政纪律与内控制度", "区财政局 主讲人"),
    ("应急处置与舆情应对", "区应急管理局 主讲人"),
    ("数据安全与保密", "区大数据中心 主讲人"),
    ("现场教学：河湾街道党群服务中心", "河湾街道"),
)
INTERACTIVE = "互动式党课：群众的小事怎样办成"
BEHIND = 4  # units that have not answered the open call-up yet


def fill(ground: Ground) -> str:
    """Write the year's plan and its classes."""
    return ClassSeeder(
        on=ground.plan.on,
        now=ground.now,
        admin=ground.account(Role.TRAINING_ADMIN),
        second=ground.second_administrator,
        staff=ground.staff,
        liaison=ground.account(Role.LIAISON),
        member=ground.account("member"),
        seed=ground.plan.seed,
    ).run()


@dataclass
class ClassSeeder:
    """Writes the year's plan and its classes as they stand on the day ``on``."""

    on: date
    now: datetime
    admin: Person
    second: Person  # who approves what the administrator writes
    staff: Person
    liaison: Person
    member: Person
    seed: int

    def __post_init__(self) -> None:
        self.rng = random.Random(f"classes:{self.seed}")  # noqa: S311 - invented data
        self.unit = OrgUnit.objects.get(code=district.DISTRICT)
        self.home = OrgUnit.objects.get(code="QH-MZJ")
        codes = [each.code for each in district.UNITS if each.code != district.LEADERS_OFFICE]
        self.units = list(OrgUnit.objects.filter(code__in=codes).order_by("path"))

    def at(self, day: date, hour: int = 9, minute: int = 0) -> datetime:
        """A moment of a day in the district."""
        midnight = datetime.combine(day, datetime.min.time(), history.ZONE)
        return midnight + timedelta(hours=hour, minutes=minute)

    def workday(self, days: int) -> date:
        """The first working day from so many days after ``on``."""
        day = self.on + timedelta(days=days)
        return day + timedelta(days=(7 - day.weekday()) % 7 if day.weekday() > 4 else 0)

    def run(self) -> str:
        second = self.second
        plan = classes.operations.write_plan(
            self.unit,
            self.on.year,
            title=f"{self.on.year} 年全区干部教育培训计划",
            aim="分级分类抓好任职培训和专题培训，调训人数与单位编制相称，不重复调训。",
            by=self.admin,
            now=self.at(self.on - timedelta(days=200)),
        )
        self.plan_id = plan.pk
        done = self._add("科级干部任职培训班（第一期）", self.workday(-40), 3, 30)
        waiting = self._add("中青年干部培训班", self.workday(26), 5, 45)
        running = self._add("党支部书记示范培训班", self.workday(-1), 3, 24)
        named = self._add("新任科级干部廉政教育班", self.workday(18), 1, 20, CallKind.NAMED)
        menu = self._add(
            "数字政务专题讲习班", self.workday(33), 1, 60, CallKind.OPEN, Bucket.CONCENTRATED
        )
        autumn = self._add("年轻干部基层治理培训班", self.workday(60), 4, 40)
        classes.operations.approve_plan(
            plan.pk, by=second, now=self.at(self.on - timedelta(days=190))
        )
        places = self._credited(done)
        self._running(running)
        self._waiting(waiting)
        self._named(named)
        call = self.at(self.on - timedelta(days=6))
        classes.operations.call_up(menu, by=self.admin, now=call)
        del autumn  # planned only
        self._assign_courses()
        return f"6 classes, {places} persons credited"

    def _assign_courses(self) -> None:
        """Two courses assigned: one to branch secretaries, one to the liaison's unit, near its day."""
        editions = list(courses.queries.current_editions())
        rules = (
            (
                self.unit,
                courses.queries.Whom(units=[self.unit.pk], duties=["branch_secretary"]),
                40,
            ),
            (self.home, courses.queries.Whom(units=[self.home.pk]), 9),
        )
        for edition, (unit, whom, days) in zip(reversed(editions), rules, strict=False):
            courses.operations.assign(
                edition.course_id,
                whom,
                unit=unit,
                deadline_on=self.on + timedelta(days=days),
                by=self.admin,
                now=self.at(self.on - timedelta(days=20)),
            )

    def _add(
        self,
        title: str,
        first: date,
        days: int,
        seats: int,
        call: CallKind = CallKind.QUOTA,
        bucket: Bucket = Bucket.OFF_THE_JOB,
    ) -> int:
        school = tracker.queries.institutions_vouched_by(self.admin).get(code=history.SCHOOL)
        made = classes.operations.add_class(
            self.plan_id,
            title=title,
            audience="科级及以下干部" if call != CallKind.NAMED else "近一年新任科级干部",
            institution_id=school.pk,
            bucket=bucket,
            call=call,
            starts_on=first,
            ends_on=first + timedelta(days=days),
            answer_by=first - timedelta(days=5),
            training_days=Decimal(days),
            hours=Decimal(days * 7),
            seats=seats,
            by=self.admin,
            now=self.at(self.on - timedelta(days=199)),
        )
        return int(made.pk)

    def _sessions(self, class_id: int, first: date, days: int) -> list[int]:
        of = classes.queries.classes_visible_to(self.admin).get(pk=class_id)
        made = []
        for day in range(days):
            for half, (hour, hours) in enumerate(((9, "3.5"), (13, "3.5"))):
                number = day * 2 + half
                last = number == days * 2 - 1
                title, teacher = LECTURES[number % len(LECTURES)]
                session = classes.operations.add_session(
                    of,
                    kind=SessionKind.INTERACTIVE if last else SessionKind.LECTURE,
                    title=INTERACTIVE if last else title,
                    teacher="学员科" if last else teacher,
                    room="第二教室",
                    starts_at=self.at(first + timedelta(days=day), hour, 30 if half else 0),
                    ends_at=self.at(first + timedelta(days=day), hour + 3, 30 if half else 0),
                    hours=Decimal(hours),
                    by=self.staff,
                    now=self.at(first - timedelta(days=8)),
                )
                made.append(session.pk)
        return made

    def _give_and_name(
        self, class_id: int, count: int, called: datetime, *, behind: int = 0
    ) -> None:
        """One seat a unit (two for the liaison's own), and most units name somebody at once."""
        chosen = [self.home, *self.rng.sample([u for u in self.units if u != self.home], count)]
        seats = {unit.pk: 2 if unit == self.home else 1 for unit in chosen}
        classes.operations.set_seats(class_id, seats, by=self.admin, now=called)
        classes.operations.call_up(class_id, by=self.admin, now=called)
        for unit in chosen[: len(chosen) - behind]:
            # Where some are behind, the liaison's own unit is, by one.
            missing = 1 if behind and unit == self.home else 0
            people = self._people_of(unit, seats[unit.pk] - missing)
            classes.operations.name_persons(
                class_id, people, by=self.admin, now=called + timedelta(days=1)
            )

    def _people_of(self, unit: OrgUnit, count: int) -> list[int]:
        people = (
            persons_in(unit)
            .filter(posts__ends_on=None, posts__rank__lte=Rank.TOWNSHIP_HEAD)
            .exclude(pk__in=[self.member.pk, self.liaison.pk])
            .distinct()
        )
        ids = list(people.values_list("pk", flat=True)[:40])
        return self.rng.sample(ids, min(count, len(ids)))

    def _mark(
        self, session_id: int, *, leave: Sequence[int] = (), absent: Sequence[int] = ()
    ) -> None:
        session = classes.queries.session_at_institution(self.staff, session_id)
        assert session is not None  # noqa: S101  the demo's staff belongs to the school
        marks = []
        for place, _row in classes.queries.presences_of(session):
            kind = PresenceKind.PRESENT
            if place.pk in leave:
                kind = PresenceKind.LEAVE
            elif place.pk in absent:
                kind = PresenceKind.ABSENT
            marks.append(classes.operations.sessions.Mark(place.pk, kind))
        classes.operations.record_presences(
            session_id,
            marks,
            way=PresenceWay.HAND,
            by=self.staff,
            now=session.ends_at,
        )

    def _credited(self, class_id: int) -> int:
        """A class that is over: one on too much leave, one who did not come, opinions, credits."""
        of = classes.queries.classes_visible_to(self.admin).get(pk=class_id)
        self._give_and_name(class_id, 20, self.at(of.starts_on - timedelta(days=20)))
        days = (of.ends_on - of.starts_on).days
        sessions = self._sessions(class_id, of.starts_on, days)
        places = list(classes.queries.roster(of))
        ill, away = places[3].pk, places[5].pk
        for number, session_id in enumerate(sessions):
            self._mark(session_id, leave=[ill] if number < 2 else [], absent=[away])
        classes.operations.write_interactive_record(
            sessions[-1],
            moderator="方以恒",
            opening="引：老旧小区加装电梯，一楼住户不同意，支部书记先做什么？",
            talk="谈：五位学员发言。有的主张先算账再上门，有的主张请老党员出面；"
            "大家一致认为，先把各家的难处听全，再谈方案。",
            comment="评：群众工作的起点不是方案，而是把话听完。会后各小组写出一份上门提纲。",
            spoke=5,
            by=self.staff,
            now=self.at(of.last_day, 17),
        )
        confirmed = self.at(of.ends_on + timedelta(days=1))
        classes.operations.confirm_results(class_id, by=self.staff, now=confirmed)
        added = classes.operations.post_credits(
            class_id, by=self.admin, now=confirmed + timedelta(hours=3)
        )
        remarks = ["案例很贴近工作。", "现场教学可以再多半天。", "", "", "资料能提前发就更好了。"]
        answering = [place for place in places if place.pk not in (ill, away)][:14]
        for index, place in enumerate(answering):
            scores = {each.value: self.rng.choice((3, 4, 4, 5, 5)) for each in Criterion}
            classes.operations.judge(
                place.pk,
                scores,
                remark=remarks[index] if index < len(remarks) else "",
                by=place.person,
                now=confirmed + timedelta(days=1),
            )
        return added

    def _running(self, class_id: int) -> None:
        """A class in session, with the demo's member in it and one session behind him."""
        of = classes.queries.classes_visible_to(self.admin).get(pk=class_id)
        called = self.at(of.starts_on - timedelta(days=18))
        self._give_and_name(class_id, 14, called)
        place = classes.queries.places_answered_by(self.liaison, of)[0]
        before = self.at(of.starts_on - timedelta(days=6))
        classes.operations.substitute(place.pk, self.member.pk, by=self.liaison, now=before)
        sessions = self._sessions(class_id, of.starts_on, (of.ends_on - of.starts_on).days)
        self._mark(sessions[0])

    def _waiting(self, class_id: int) -> None:
        """A call-up by seats that a few units, the liaison's own among them, have not answered."""
        self._give_and_name(class_id, 12, self.at(self.on - timedelta(days=4)), behind=BEHIND)
        of = classes.queries.classes_visible_to(self.admin).get(pk=class_id)
        ours = classes.queries.places_answered_by(self.liaison, of)
        classes.operations.ask_excuse(
            ours[0].pk,
            reason="开班期间赴对口支援地区挂职，持组织部门派出函。",
            by=self.liaison,
            now=self.at(self.on - timedelta(days=1), 15),
        )

    def _named(self, class_id: int) -> None:
        """A named call-up that waits for the units' answers."""
        called = self.at(self.on - timedelta(days=3))
        people = [self.member.pk]
        for unit in self.rng.sample(self.units, 8):
            people += self._people_of(unit, 1)
        classes.operations.name_persons(class_id, sorted(set(people)), by=self.admin, now=called)
        classes.operations.call_up(class_id, by=self.admin, now=called)
