"""Who works in the demo district, and what each was over time. Pure: the same seed, the same people."""

import hashlib
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple, dataclass, field, replace
from datetime import date, timedelta
from enum import Enum

from demo import district
from demo.accounts import DEMO_ACCOUNTS
from demo.names import invent
from people.enums import Authority, DutyKind, Grade, Rank, Role, Stage

CAREER_YEARS = 38
PLAN_BEGAN = date(2023, 1, 1)


class Diligence(Enum):
    """How much of what is owed somebody gets round to; the parts of it, in per cent, below."""

    AHEAD = "ahead"
    STEADY = "steady"
    LATE = "late"
    BARELY = "barely"


_DILIGENCE = [
    (Diligence.AHEAD, 34),
    (Diligence.STEADY, 41),
    (Diligence.LATE, 18),
    (Diligence.BARELY, 7),
]


@dataclass(frozen=True)
class PostSpec:
    """A post held in the unit or office of this code, from a day until before another."""

    unit: str
    title: str
    rank: int
    grade: int
    leading: bool
    authority: str
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True)
class DutySpec:
    unit: str
    kind: str
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True)
class StageSpec:
    stage: str
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True)
class AwaySpec:
    """An approved absence; ``kind`` as the tracker calls it."""

    kind: str
    starts_on: date
    ends_on: date
    reason: str


@dataclass
class PersonSpec:
    """One invented person with a whole career. ``unit`` is the code of the present home."""

    staff_number: str
    name: str
    unit: str
    joined_on: date
    diligence: Diligence
    posts: list[PostSpec] = field(default_factory=list)
    duties: list[DutySpec] = field(default_factory=list)
    stages: list[StageSpec] = field(default_factory=list)
    away: list[AwaySpec] = field(default_factory=list)
    role: str = ""  # of a demo account

    @property
    def post(self) -> PostSpec:
        return self.posts[-1]

    @property
    def is_member(self) -> bool:
        return (
            self.stages[-1].stage in (Stage.FULL_MEMBER, Stage.PROBATIONARY_MEMBER)
            if self.stages
            else False
        )


@dataclass(frozen=True)
class Roster:
    """All persons, and the tree they need."""

    persons: list[PersonSpec]
    nodes: list[district.Node]


# Where the demo accounts work, and what they hold.
_SEATS: dict[str, tuple[str, str]] = {
    "member": ("QH-MZJ", "社会救助科"),
    Role.LIAISON: ("QH-MZJ", "办公室"),
    Role.TRAINING_ADMIN: ("QH-ZZB", "干部教育科"),
    Role.EDITOR: ("QH-XCB", "新闻科"),
    Role.CONTENT_REVIEWER: ("QH-XCB", "理论科"),
    Role.QUESTION_SETTER: ("QH-DX", "教研室"),
    Role.QUESTION_REVIEWER: ("QH-DX", "教务科"),
    Role.MARKER: ("QH-DX", "教研室"),
    Role.INSTITUTION_STAFF: ("QH-DX", "教务科"),
    Role.AUDITOR: ("QH-SJJ", "财政审计科"),
    Role.SYSTEM_ADMIN: ("QH-DSJ", "系统运维科"),
}
# For which part of the tree each role is held.
ROLE_SCOPE: dict[str, str] = {
    Role.LIAISON: "QH-MZJ",
    Role.INSTITUTION_STAFF: district.SCHOOL,
    Role.SYSTEM_ADMIN: district.CITY,
}

_GRADE_TITLES = {
    Grade.SECTION_2: "二级科员",
    Grade.SECTION_1: "一级科员",
    Grade.CHIEF_STAFF_4: "四级主任科员",
    Grade.CHIEF_STAFF_3: "三级主任科员",
    Grade.CHIEF_STAFF_2: "二级主任科员",
    Grade.CHIEF_STAFF_1: "一级主任科员",
    Grade.RESEARCHER_4: "四级调研员",
    Grade.RESEARCHER_3: "三级调研员",
}
_LADDER = list(_GRADE_TITLES)[:6]
_LEADER_TITLES = [
    "区委书记", "区委副书记、区长", "区委副书记", "区人大常委会主任", "区政协主席", "区委常委、组织部部长",
    "区委常委、宣传部部长", "区委常委、政法委书记", "区委常委、副区长", "副区长", "副区长", "副区长",
    "区人大常委会副主任", "区人大常委会副主任", "区政协副主席", "区政协副主席",
]  # fmt: skip


def make(people: int, seed: int, on: date) -> Roster:
    """Invent so many persons as they stand on a day. Raises ValueError below 60 persons."""
    if people < 60:
        raise ValueError("A district has at least 60 persons.")
    rng = random.Random(f"qinghe:{seed}")  # noqa: S311 - invented data, nothing secret
    persons = [
        _holder(account.staff_number, account.name, account.role, account.title, on)
        for account in DEMO_ACCOUNTS
    ]
    number = 100_000
    for unit, count in _shares(people - len(persons)):
        for place in range(count):
            number += 1
            persons.append(_invented(f"QH{number}", unit, place, count, rng, on))
    members = Counter(_unit_of(person.unit) for person in persons if person.is_member)
    _give_duties(persons, members, rng, on)
    return Roster(persons, list(district.nodes(members)))


def digest(roster: Roster) -> str:
    """A fingerprint of everything invented, for tests and for the marker of a seeding."""
    whole = hashlib.sha256()
    for node in roster.nodes:
        whole.update(repr(astuple(node)).encode())
    for person in roster.persons:
        whole.update(repr(person).encode())
    return whole.hexdigest()


def _shares(people: int) -> Iterator[tuple[district.Unit, int]]:
    """Share persons out by weight; the leaders stay a handful however large the district is."""
    leaders, *others = district.UNITS
    few = min(leaders.weight, max(4, people // 20))
    yield leaders, few
    total = sum(unit.weight for unit in others)
    given = 0
    passed = 0
    for unit in others:
        passed += unit.weight
        upto = (people - few) * passed // total
        yield unit, upto - given
        given = upto


def _unit_of(code: str) -> str:
    """The unit an office belongs to: QH-MZJ-02 → QH-MZJ."""
    return "-".join(code.split("-")[:2])


def _day(rng: random.Random, first: date, last: date) -> date:
    return first + timedelta(days=rng.randrange(max(1, (last - first).days)))


def _diligence(rng: random.Random) -> Diligence:
    kinds, weights = zip(*_DILIGENCE, strict=True)
    return rng.choices(kinds, weights)[0]


def _invented(
    staff_number: str, unit: district.Unit, place: int, count: int, rng: random.Random, on: date
) -> PersonSpec:
    years = rng.betavariate(1.3, 1.6) * CAREER_YEARS
    deputies = 2 + count // 30
    grade: int = Grade.NONE
    rank: int = Rank.SECTION_STAFF
    leading = False
    authority: str = Authority.UNIT
    offices = district.offices_of(unit)
    home = rng.choice(offices) if offices else unit.code
    office = unit.offices[offices.index(home)] if offices else ""
    if unit.code == district.LEADERS_OFFICE:
        years = max(years, 18 + rng.random() * 14)
        rank = Rank.COUNTY_HEAD if place in (0, 1, 3, 4) else Rank.COUNTY_DEPUTY
        title, leading, authority, home = _LEADER_TITLES[place], True, Authority.CITY, unit.code
    elif place == 0:
        years = max(years, 14 + rng.random() * 10)
        title, rank, leading, home = unit.head, Rank.TOWNSHIP_HEAD, True, unit.code
        authority = Authority.DISTRICT
    elif place <= deputies:
        years = max(years, 9 + rng.random() * 12)
        title, rank, leading, home = unit.deputy, Rank.TOWNSHIP_DEPUTY, True, unit.code
        authority = Authority.DISTRICT
    elif years > 24 and rng.random() < 0.16:
        grade = Grade.RESEARCHER_3 if rng.random() < 0.25 else Grade.RESEARCHER_4
        title, rank, authority = _GRADE_TITLES[Grade(grade)], Rank.TOWNSHIP_HEAD, Authority.DISTRICT
    else:
        step = min(len(_LADDER) - 1, int(years / 5.5 + rng.random()))
        grade = _LADDER[step]
        title = _GRADE_TITLES[Grade(grade)]
        if place <= deputies + len(offices) and years > 6:
            home = offices[(place - deputies - 1) % len(offices)]
            office = unit.offices[offices.index(home)]
            title = f"{office}{'科长' if office.endswith('科') else '主任'}"
        elif unit.institution and office == "教研室":
            title = "教研室教师"
    joined = on - timedelta(days=int(years * 365.25) + 40)
    person = PersonSpec(
        staff_number, invent(rng, on.year - int(years) - 24), home, joined, _diligence(rng)
    )
    if rank == Rank.COUNTY_HEAD:
        person.diligence = Diligence.AHEAD
    _career(person, title, rank, grade, leading, authority, rng, on)
    _stages(person, rng, on, certain=leading)
    if rng.random() < 0.018:
        _absence(person, rng, on)
    return person


def _career(
    person: PersonSpec, title: str, rank: int, grade: int, leading: bool, authority: str,
    rng: random.Random, on: date,
) -> None:  # fmt: skip
    """Give the present post, and what led to it: some were promoted or moved only lately."""
    window = date(on.year - 1, 1, 1)
    luck = rng.random()
    moved = luck < 0.05 and not leading
    promoted = luck < 0.16 and (leading or grade >= Grade.RESEARCHER_4)
    first = person.joined_on + timedelta(days=400)
    if moved or promoted:
        began = _day(rng, max(window, first), on - timedelta(days=20))
    else:
        began = _day(rng, first, window)
    if began <= person.joined_on + timedelta(days=60) or began >= on:  # somebody who came lately
        began = person.joined_on
    home = next(unit for unit in district.UNITS if unit.code == _unit_of(person.unit))
    before = _before(person, home, rank, grade, leading, moved, rng)
    starter_ended = began
    if before is not None and began - person.joined_on > timedelta(days=3 * 365):
        starter_ended = _day(rng, person.joined_on + timedelta(days=700), began)
    if starter_ended > person.joined_on:
        place = before.unit if before else person.unit
        entered = Grade.SECTION_1 if grade != Grade.SECTION_1 else Grade.SECTION_2
        starter = PostSpec(
            place,
            _GRADE_TITLES[entered],
            Rank.SECTION_STAFF,
            entered,
            leading=False,
            authority=Authority.UNIT,
            starts_on=person.joined_on,
            ends_on=starter_ended,
        )
        person.posts.append(starter)
    if before is not None and starter_ended < began:
        person.posts.append(replace(before, starts_on=starter_ended, ends_on=began))
    person.posts.append(
        PostSpec(
            person.unit, title, rank, grade, leading=leading, authority=authority, starts_on=began
        )
    )


def _before(
    person: PersonSpec, home: district.Unit, rank: int, grade: int, leading: bool,
    moved: bool, rng: random.Random,
) -> PostSpec | None:  # fmt: skip
    """The post held before the present one; its days are filled in by the caller."""
    never = person.joined_on
    if rank == Rank.COUNTY_HEAD:
        return PostSpec(
            person.unit,
            "副区长",
            Rank.COUNTY_DEPUTY,
            0,
            leading=True,
            authority=Authority.CITY,
            starts_on=never,
        )
    if rank == Rank.COUNTY_DEPUTY:
        unit = rng.choice(district.UNITS[1:])
        return PostSpec(
            unit.code,
            unit.head,
            Rank.TOWNSHIP_HEAD,
            0,
            leading=True,
            authority=Authority.DISTRICT,
            starts_on=never,
        )
    if leading and rank == Rank.TOWNSHIP_HEAD:
        return PostSpec(
            home.code,
            home.deputy,
            Rank.TOWNSHIP_DEPUTY,
            0,
            leading=True,
            authority=Authority.DISTRICT,
            starts_on=never,
        )
    if leading:
        lower = Grade.CHIEF_STAFF_1
    elif moved:
        other = rng.choice([unit for unit in district.UNITS[1:] if unit != home])
        office = rng.choice(district.offices_of(other))
        named = _GRADE_TITLES[Grade(grade)]
        return PostSpec(
            office, named, rank, grade, leading=False, authority=Authority.UNIT, starts_on=never
        )
    elif grade >= Grade.RESEARCHER_4:
        lower = Grade.CHIEF_STAFF_1
    elif grade in _LADDER[3:]:
        lower = _LADDER[_LADDER.index(Grade(grade)) - 1]
    else:
        return None
    office = rng.choice(district.offices_of(home))
    named = _GRADE_TITLES[lower]
    return PostSpec(
        office,
        named,
        Rank.SECTION_STAFF,
        lower,
        leading=False,
        authority=Authority.UNIT,
        starts_on=never,
    )


def _stages(person: PersonSpec, rng: random.Random, on: date, *, certain: bool = False) -> None:
    """Members mostly; some on the way. A stage ends the day the next begins."""
    draw = 0.0 if certain else rng.random()
    if draw < 0.76:
        entered = person.joined_on - timedelta(days=rng.randrange(1, 900))
        person.stages.append(StageSpec(Stage.FULL_MEMBER, entered))
        return
    recently = on - timedelta(days=rng.randrange(25, 330))
    if draw < 0.785:
        person.stages += [
            StageSpec(Stage.DEVELOPMENT_TARGET, recently - timedelta(days=200), recently),
            StageSpec(Stage.PROBATIONARY_MEMBER, recently),
        ]
    elif draw < 0.815:
        person.stages += [
            StageSpec(Stage.ACTIVIST, recently - timedelta(days=420), recently),
            StageSpec(Stage.DEVELOPMENT_TARGET, recently),
        ]
    elif draw < 0.86:
        person.stages.append(StageSpec(Stage.ACTIVIST, recently))
    elif draw < 0.89:
        person.stages.append(StageSpec(Stage.APPLICANT, recently))


def _absence(person: PersonSpec, rng: random.Random, on: date) -> None:
    kinds = [
        ("exemption", 330, "脱产攻读学位"),
        ("leave", 160, "产假"),
        ("leave", 210, "长期病假"),
        ("posted_away", 400, "援派"),
    ]
    kind, days, reason = rng.choice(kinds)
    begin = max(person.joined_on, on - timedelta(days=rng.randrange(30, days)))
    person.away.append(AwaySpec(kind, begin, begin + timedelta(days=days), reason))


def _holder(staff_number: str, name: str, role: str, title: str, on: date) -> PersonSpec:
    """The person behind a demo account, in a fixed seat."""
    code, office = _SEATS[role]
    unit = next(unit for unit in district.UNITS if unit.code == code)
    home = district.offices_of(unit)[unit.offices.index(office)]
    member = role == "member"
    joined = date(on.year - 12, 7, 1)
    diligence = Diligence.STEADY if member else Diligence.AHEAD
    person = PersonSpec(staff_number, name, home, joined, diligence, role=role)
    began = date(on.year - 4, 3, 1)
    grade: int = Grade.CHIEF_STAFF_3 if member else Grade.CHIEF_STAFF_2
    earlier = PostSpec(
        home,
        "四级主任科员",
        Rank.SECTION_STAFF,
        Grade.CHIEF_STAFF_4,
        leading=False,
        authority=Authority.UNIT,
        starts_on=joined,
        ends_on=began,
    )
    present = PostSpec(
        home,
        title,
        Rank.SECTION_STAFF,
        grade,
        leading=False,
        authority=Authority.UNIT,
        starts_on=began,
    )
    person.posts += [earlier, present]
    person.stages.append(StageSpec(Stage.FULL_MEMBER, date(on.year - 10, 6, 28)))
    return person


def _give_duties(
    persons: list[PersonSpec], members: Counter[str], rng: random.Random, on: date
) -> None:
    """A secretary and two committee members for each branch; some secretaries are new."""
    waiting: dict[str, list[PersonSpec]] = {}
    for person in persons:
        if person.is_member and not person.role and person.stages[-1].stage == Stage.FULL_MEMBER:
            waiting.setdefault(_unit_of(person.unit), []).append(person)
    for unit in district.UNITS:
        candidates = [
            person for person in waiting.get(unit.code, []) if person.joined_on.year < on.year - 3
        ]
        for branch in district.branches_of(unit, members.get(unit.code, 0)):
            kinds = [
                DutyKind.BRANCH_SECRETARY,
                DutyKind.BRANCH_COMMITTEE,
                DutyKind.BRANCH_COMMITTEE,
            ]
            for kind in kinds:
                if not candidates:
                    break
                holder = candidates.pop(rng.randrange(len(candidates)))
                if kind == DutyKind.BRANCH_SECRETARY and rng.random() < 0.22:
                    began = on - timedelta(days=rng.randrange(20, 420))
                else:
                    began = _day(rng, date(on.year - 4, 1, 1), date(on.year - 2, 12, 1))
                holder.duties.append(DutySpec(branch, kind, max(began, holder.joined_on)))
        leaders = [person for person in waiting.get(unit.code, []) if person.post.leading]
        if leaders and not unit.own_committee and unit.code != district.LEADERS_OFFICE:
            head = leaders[0]
            head.duties.append(
                DutySpec(unit.code, DutyKind.PARTY_GROUP_SECRETARY, head.post.starts_on)
            )
