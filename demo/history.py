"""What the people of the demo district studied: rows for the ledger. Pure, and the same for one seed.

Nobody's year is drawn as a total. People go to classes that were held, as diligently as they are,
and their standings come out of the rules, as in life.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from demo.roster import PLAN_BEGAN, Diligence, PersonSpec
from people.enums import DutyKind, Grade, Rank, Stage

ZONE = ZoneInfo("Asia/Shanghai")
ZERO = Decimal(0)

SCHOOL, CITY_SCHOOL, UNIVERSITY, UNRECOGNISED = "qh-dx", "yc-dx", "yc-dx-jx", "qm-px"


@dataclass(frozen=True)
class InstitutionSpec:
    """Where classes are held; recognised at a level between two days, or not at all."""

    code: str
    name: str
    kind: str
    unit: str = ""  # code of its node in the tree
    recognised: tuple[str, str, date, date | None] | None = None  # level, by whom, from, until


INSTITUTIONS = (
    InstitutionSpec(
        SCHOOL, "清河区委党校", "party_school", "QH-DX",
        ("district", "中共清河区委组织部", date(2015, 1, 1), None),
    ),
    InstitutionSpec(
        CITY_SCHOOL, "云川市委党校", "party_school", "",
        ("city", "中共云川市委组织部", date(2010, 1, 1), None),
    ),
    InstitutionSpec(
        UNIVERSITY, "云川大学继续教育学院", "university", "",
        ("district", "中共清河区委组织部", date(2023, 1, 1), None),
    ),
    InstitutionSpec(UNRECOGNISED, "启明企业管理培训中心", "other"),
)  # fmt: skip


# Lectures that branches held, in the words of their minutes.
LECTURES = (
    "入党为什么，在岗干什么",
    "从身边的小事说纪律",
    "群众的急事怎样当天有回音",
    "读一份政策文件，要先读哪几处",
    "老党员讲这条街的三十年",
)


@dataclass(frozen=True)
class LectureSpec:
    """A lecture that a branch held on a day, and when that was written down."""

    unit: str  # code of its node in the tree
    source: str
    title: str
    day: date
    recorded_at: datetime


@dataclass(frozen=True)
class ClassSpec:
    """A training class held every year: begins on ``month``/``day``; counted days and hours."""

    code: str
    title: str
    month: int
    day: int
    days: int
    hours: int
    institution: str = SCHOOL
    bucket: str = "off_the_job"

    def first_day(self, year: int) -> date:
        day = date(year, self.month, self.day)
        return day + timedelta(days=-day.weekday() % 7)  # classes begin on a Monday

    def after_last(self, year: int) -> date:
        weeks, rest = divmod(self.days - 1, 5)
        return self.first_day(year) + timedelta(days=7 * weeks + rest + 1)


CLASSES = (
    ClassSpec("kj1", "科级干部进修班（第一期）", 3, 2, 5, 38),
    ClassSpec("jc1", "基层治理专题班", 3, 16, 4, 30),
    ClassSpec("kj2", "科级干部进修班（第二期）", 4, 7, 5, 38),
    ClassSpec("fz", "依法行政专题班", 4, 20, 3, 22),
    ClassSpec("xm", "项目管理专题班", 5, 6, 4, 30, UNIVERSITY),
    ClassSpec("sz", "数字政务专题班", 5, 18, 3, 22),
    ClassSpec("kj3", "科级干部进修班（第三期）", 6, 1, 5, 38),
    ClassSpec("qz", "群众工作专题班", 7, 6, 4, 30),
    ClassSpec("kj4", "科级干部进修班（第四期）", 8, 31, 5, 38),
    ClassSpec("yj", "应急管理专题班", 9, 14, 3, 22),
    ClassSpec("ts", "综合业务提高班", 10, 12, 6, 45),
    ClassSpec("gw", "公文写作专题班", 11, 2, 3, 22),
    ClassSpec("nm", "年终业务培训班", 12, 1, 4, 30),
)
YOUNG = ClassSpec("qn", "年轻干部培训班", 9, 1, 20, 150)
FIRST_POST = ClassSpec("cr", "新录用公务员初任培训班", 5, 11, 12, 90)
LEADERS = (
    ClassSpec("cj", "处级干部进修班", 3, 9, 20, 150, CITY_SCHOOL),
    ClassSpec("yt", "处级干部专题研讨班", 9, 14, 10, 76, CITY_SCHOOL),
    ClassSpec("ld", "领导干部专题读书班", 6, 15, 5, 38),
)
SECRETARIES = (
    ClassSpec("sj1", "党支部书记任职培训班（春季）", 3, 23, 4, 30, SCHOOL, "concentrated"),
    ClassSpec("sj2", "党支部书记轮训班", 6, 15, 4, 30, SCHOOL, "concentrated"),
    ClassSpec("sj3", "党支部书记任职培训班（秋季）", 9, 21, 4, 30, SCHOOL, "concentrated"),
)
TARGETS = (
    ClassSpec("fz1", "发展对象培训班（上半年）", 4, 13, 3, 24, SCHOOL, "concentrated"),
    ClassSpec("fz2", "发展对象培训班（下半年）", 10, 19, 3, 24, SCHOOL, "concentrated"),
)
OUTSIDE = ClassSpec("wb", "领导力提升研修班", 8, 17, 5, 40, UNRECOGNISED)
# Online programmes of a year: month in which most finish, title, credit hours.
ONLINE = (
    (2, "冬季网络专题班", 10),
    (4, "政策法规网络专题班", 12),
    (5, "基层治理网络专题班", 8),
    (7, "数字素养网络专题班", 10),
    (9, "生态环境网络专题班", 8),
    (10, "应急与安全网络专题班", 8),
    (11, "秋冬网络选修课程", 6),
)
# How many of a year's classes, in days, each sort goes for; and how many online programmes.
_DAYS_SOUGHT = {
    Diligence.AHEAD: (12, 15),
    Diligence.STEADY: (11, 13),
    Diligence.LATE: (4, 10),
    Diligence.BARELY: (0, 4),
}
_ONLINE_SHARE = {
    Diligence.AHEAD: 0.97,
    Diligence.STEADY: 0.96,
    Diligence.LATE: 0.78,
    Diligence.BARELY: 0.3,
}


@dataclass(frozen=True, slots=True)
class EntrySpec:
    """A row to be credited. ``occurred_to`` is exclusive; ``source`` names it for ever."""

    staff_number: str
    source: str
    bucket: str
    title: str
    occurred_from: date
    occurred_to: date
    hours: Decimal
    training_days: Decimal
    credits: Decimal
    institution: str
    confirmer: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class CorrectionSpec:
    """A row that was wrong: reversed with a reason, and posted again with the right hours."""

    source: str
    because: str
    again: EntrySpec
    at: datetime


def entries(persons: Iterable[PersonSpec], seed: int, on: date) -> list[EntrySpec]:
    """All rows of these persons recorded before a day, in the order in which they were recorded."""
    rows: dict[str, EntrySpec] = {}
    for person in persons:
        rng = random.Random(f"study:{seed}:{person.staff_number}")  # noqa: S311 - invented data
        for row in _of(person, rng, on):
            if row.recorded_at.date() < on and row.occurred_to <= on:
                # Somebody who owes two things may owe one class twice; he attends it once.
                rows.setdefault(row.source, row)
    return sorted(rows.values(), key=lambda row: (row.recorded_at, row.source))


def corrections(rows: list[EntrySpec], seed: int, on: date) -> list[CorrectionSpec]:
    """A few rows of the last two years whose hours had been entered wrongly."""
    rng = random.Random(f"corrections:{seed}")  # noqa: S311
    recent = [
        row
        for row in rows
        if row.bucket == "off_the_job"
        and row.training_days == 3
        and row.recorded_at.date() < on - timedelta(days=15)
        and row.occurred_from.year >= on.year - 1
    ]
    found = []
    for row in rng.sample(recent, min(12, len(recent))):
        at = row.recorded_at + timedelta(days=rng.randrange(4, 13), hours=2)
        again = EntrySpec(
            row.staff_number, f"{row.source}:2", row.bucket, row.title, row.occurred_from,
            row.occurred_to, row.hours - 4, row.training_days, row.credits, row.institution,
            row.confirmer, at + timedelta(minutes=5),
        )  # fmt: skip
        found.append(CorrectionSpec(row.source, "误将自习时间计入学时", again, at))
    return sorted(found, key=lambda each: each.at)


def lectures(branches: Iterable[str], seed: int, on: date) -> Iterator[LectureSpec]:
    """What each branch (by its code) held, last year and this; some are a lecture behind."""
    for code in branches:
        rng = random.Random(f"{seed}:lectures:{code}")  # noqa: S311 - invented, not secret
        for year in (on.year - 1, on.year):
            quarters = [2, 5, 8, 11]
            if rng.random() < 0.25:
                quarters.remove(rng.choice(quarters))
            for number, month in enumerate(quarters):
                day = date(year, month, rng.randrange(3, 26))
                if day < on:
                    title = LECTURES[(number + year + len(code)) % len(LECTURES)]
                    recorded = _noon(day) + timedelta(days=2)
                    source = f"demo.lecture:{code}:{year}-{month}"
                    yield LectureSpec(code, source, title, day, recorded)


def _of(person: PersonSpec, rng: random.Random, on: date) -> Iterator[EntrySpec]:
    for year in range(min(PLAN_BEGAN.year, on.year - 1), on.year + 1):
        if year < person.joined_on.year or (year == person.joined_on.year and year < on.year - 1):
            continue
        leader = _is_leader(person, date(year, 6, 30))
        if year < on.year - 1 and not leader:
            continue
        yield from (row for row in _year(person, year, leader, rng, on) if _present(person, row))
    yield from _taken_on_taking_office(person, rng, on)


def _taken_on_taking_office(
    person: PersonSpec, rng: random.Random, on: date
) -> Iterator[EntrySpec]:
    """The training a branch secretary owes within half a year of taking the duty."""
    for duty in person.duties:
        # From last year on the year's own classes show whether it was taken.
        if duty.kind != DutyKind.BRANCH_SECRETARY or duty.starts_on.year >= on.year - 1:
            continue
        if rng.random() < 0.1:
            continue
        upcoming = [
            (each.first_day(year), year, each)
            for year in (duty.starts_on.year, duty.starts_on.year + 1)
            for each in SECRETARIES
            if each.first_day(year) >= duty.starts_on
        ]
        _, year, chosen = min(upcoming, key=lambda found: found[0])
        if year < on.year - 1:
            yield _attended(person, chosen, year, rng)


def _present(person: PersonSpec, row: EntrySpec) -> bool:
    """Nobody studies before joining, nor in a class while on approved leave."""
    return row.occurred_from >= person.joined_on and not any(
        away.starts_on <= row.occurred_from < away.ends_on for away in person.away
    )


def _year(
    person: PersonSpec, year: int, leader: bool, rng: random.Random, on: date
) -> Iterator[EntrySpec]:
    past = year < on.year
    for chosen in _classes(person, year, leader, rng, past=past):
        yield _attended(person, chosen, year, rng)
    if year < on.year - 1:
        return
    keen = _ONLINE_SHARE[person.diligence]
    for number, (month, title, hours) in enumerate(ONLINE, 1):
        if person.role == "member" and not past:
            # Two hours short by the fifth: one from two short courses, one left for the main course.
            if number <= 5:
                day = date(year, month, 16)
                yield _online(person, f"{year}-{number}", f"{year}年{title}", hours, day)
        elif rng.random() < keen or (past and rng.random() < 0.5):
            day = date(year, month, rng.randrange(3, 27)) + timedelta(days=_lateness(person, rng))
            if day.year == year:
                yield _online(person, f"{year}-{number}", f"{year}年{title}", hours, day)
    if person.is_member:
        yield from _study_groups(person, year, rng)
    lectures = any(duty.kind == DutyKind.PARTY_GROUP_SECRETARY for duty in person.duties)
    if lectures and rng.random() < 0.72:
        day = date(year, rng.randrange(3, 12), rng.randrange(1, 28))
        yield EntrySpec(
                person.staff_number, f"demo.lecture:{year}/{person.staff_number}", "lecturing",
                "为本单位干部讲授专题课", day, day + timedelta(days=1), Decimal(2), ZERO, ZERO, "",
                "unit", _noon(day + timedelta(days=4)),
            )  # fmt: skip


def _classes(
    person: PersonSpec, year: int, leader: bool, rng: random.Random, *, past: bool
) -> list[ClassSpec]:
    sort = person.diligence
    chosen: list[ClassSpec] = []
    if leader:
        chance = {Diligence.AHEAD: 0.95, Diligence.STEADY: 0.72, Diligence.LATE: 0.4}.get(sort, 0.1)
        chosen += [each for each in LEADERS if rng.random() < chance]
    else:
        low, high = _DAYS_SOUGHT[sort]
        sought = rng.randint(low, high)
        if past and sort in (Diligence.STEADY, Diligence.LATE):
            sought += 2  # what was missing at this time of the year was made up by its end
        days = 0
        if year - person.joined_on.year <= 1 and rng.random() < 0.9:
            chosen.append(FIRST_POST)
            days = FIRST_POST.days
        elif 3 <= year - person.joined_on.year <= 12 and rng.random() < 0.05:
            chosen.append(YOUNG)
            days = YOUNG.days
        offered = list(CLASSES if sort is not Diligence.AHEAD else CLASSES[:-2])
        rng.shuffle(offered)
        for each in offered:
            if days >= sought:
                break
            chosen.append(each)
            days += each.days
    if any(duty.kind != DutyKind.PARTY_GROUP_SECRETARY for duty in person.duties):
        began = min(duty.starts_on for duty in person.duties)
        open_ones = [each for each in SECRETARIES if each.first_day(year) >= began]
        if open_ones and rng.random() < (0.55 if sort is Diligence.BARELY else 0.9):
            chosen.append(open_ones[0] if began.year == year else rng.choice(open_ones))
    for stage in person.stages:
        if stage.stage == Stage.DEVELOPMENT_TARGET:
            for each in TARGETS:
                within = stage.starts_on <= each.first_day(year) and (
                    stage.ends_on is None or each.first_day(year) < stage.ends_on
                )
                if within and rng.random() < 0.7:
                    chosen.append(each)
                    break
    if rng.random() < 0.035:
        chosen.append(OUTSIDE)
    return chosen


def _attended(person: PersonSpec, chosen: ClassSpec, year: int, rng: random.Random) -> EntrySpec:
    after = chosen.after_last(year)
    return EntrySpec(
        person.staff_number,
        f"demo.class:{year}-{chosen.code}/{person.staff_number}",
        chosen.bucket,
        f"{year}年{chosen.title}",
        chosen.first_day(year),
        after,
        Decimal(chosen.hours),
        Decimal(chosen.days),
        ZERO,
        chosen.institution,
        "institution",
        _noon(after + timedelta(days=rng.randrange(2, 9))),
    )


def _online(person: PersonSpec, key: str, title: str, hours: int, day: date) -> EntrySpec:
    return EntrySpec(
        person.staff_number, f"demo.online:{key}/{person.staff_number}", "online", title, day,
        day + timedelta(days=1), Decimal(hours), ZERO, Decimal(hours) / 4, "", "platform",
        _noon(day + timedelta(days=1)),
    )  # fmt: skip


def _study_groups(person: PersonSpec, year: int, rng: random.Random) -> Iterator[EntrySpec]:
    """Monthly study of the branch, entered once a quarter by the unit."""
    names = ("第一季度", "第二季度", "第三季度", "第四季度")
    for quarter, name in enumerate(names):
        first = date(year, 3 * quarter + 1, 1)
        after = date(year + quarter // 3, (3 * quarter + 4 - 1) % 12 + 1, 1)
        sessions = 3 - (rng.random() < 0.2) - (rng.random() < 0.2)
        if person.diligence is Diligence.BARELY:
            sessions -= rng.randrange(3)
        hours = Decimal(sessions) * Decimal(3)
        if hours > 0:
            yield EntrySpec(
                person.staff_number, f"demo.branch:{year}-{quarter + 1}/{person.staff_number}",
                "study_group", f"{year}年{name}党支部集中学习", first, after, hours, ZERO, ZERO, "",
                "unit", _noon(after + timedelta(days=3)),
            )  # fmt: skip


def _lateness(person: PersonSpec, rng: random.Random) -> int:
    return rng.randrange(0, 45) if person.diligence is Diligence.LATE else 0


def _is_leader(person: PersonSpec, day: date) -> bool:
    """Whether the five-year requirement of leading cadres is the person's on that day."""
    return any(
        (post.leading and post.rank >= Rank.COUNTY_DEPUTY) or post.grade >= Grade.RESEARCHER_4
        for post in person.posts
        if post.starts_on <= day and (post.ends_on is None or day < post.ends_on)
    )


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(11, 30), ZONE)
