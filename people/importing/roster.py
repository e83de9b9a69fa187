"""Rows of a list of persons or of units: which cell is what, what it says, and what is wrong with it.

No database here: whether a unit or a person exists is asked by ``people.roster_check``.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, TypeVar

from django.utils import translation
from django.utils.translation import gettext as _

from people.enums import Authority, DutyKind, Grade, OrgKind, Rank, Stage
from people.importing.cells import Problem, day_of, plain, text_of
from people.importing.tables import Cell, Formula

PERSON_COLUMNS: dict[str, tuple[str, ...]] = {
    "staff_number": ("工号", "人员编号", "干部编号", "职工号", "员工编号", "staffnumber"),
    "name": ("姓名", "name"),
    "unit": ("单位", "单位代码", "所在单位", "工作单位", "部门", "单位名称", "unit"),
    "title": ("职务", "职务名称", "现任职务", "岗位", "posttitle"),
    "post_from": ("任职日期", "任现职日期", "任现职时间", "任职时间", "postfrom"),
    "rank": ("职务层次", "级别", "行政级别", "rank"),
    "grade": ("职级", "grade"),
    "leading": ("领导职务", "是否领导职务", "是否领导", "leading"),
    "authority": ("管理权限", "干部管理权限", "authority"),
    "duty": ("党内职务", "duty"),
    "duty_unit": ("党组织", "所在党组织", "党组织代码", "partyorganisation"),
    "duty_from": ("党内任职日期", "党内任职时间", "dutyfrom"),
    "stage": ("发展阶段", "党员阶段", "党员类别", "stage"),
    "stage_from": ("阶段日期", "进入阶段日期", "入党日期", "入党时间", "stagefrom"),
    "joined_on": ("入册日期", "进入名册日期", "joined"),
}
PERSON_REQUIRED = ("staff_number", "name", "unit")
# What belongs together: the second is needed when the first is filled in.
_NEEDS = {"title": "post_from", "duty": "duty_from", "stage": "stage_from"}

UNIT_COLUMNS: dict[str, tuple[str, ...]] = {
    "code": ("单位代码", "机构代码", "组织代码", "code"),
    "name": ("单位名称", "机构名称", "组织名称", "name"),
    "kind": ("单位类型", "机构类型", "类型", "kind"),
    "parent": ("上级单位代码", "上级代码", "上级单位", "上级机构代码", "parent"),
}
UNIT_REQUIRED = tuple(UNIT_COLUMNS)

_NUMBER = re.compile(r"[A-Za-z0-9._-]{1,40}")
_ALSO: dict[str, Any] = {
    "正局级": Rank.BUREAU_HEAD, "正厅级": Rank.BUREAU_HEAD, "副局级": Rank.BUREAU_DEPUTY,
    "副厅级": Rank.BUREAU_DEPUTY, "正处级": Rank.COUNTY_HEAD, "副处级": Rank.COUNTY_DEPUTY,
    "正科级": Rank.TOWNSHIP_HEAD, "副科级": Rank.TOWNSHIP_DEPUTY,
    "科员": Rank.SECTION_STAFF, "一般干部": Rank.SECTION_STAFF,
}  # fmt: skip
_STAGES_ALSO: dict[str, Any] = {
    "中共党员": Stage.FULL_MEMBER, "党员": Stage.FULL_MEMBER, "中共预备党员": Stage.PROBATIONARY_MEMBER,
    "申请人": Stage.APPLICANT, "积极分子": Stage.ACTIVIST,
}  # fmt: skip
_YES, _NO = (
    {"是", "y", "yes", "1", "true", "领导职务"},
    {"否", "n", "no", "0", "false", "非领导职务"},
)

Choice = TypeVar("Choice")


@dataclass
class _Row:
    row: int
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, column: str, code: str, text: str) -> None:
        headings = UNIT_COLUMNS if isinstance(self, UnitRow) else PERSON_COLUMNS
        self.problems.append(Problem(self.row, headings[column][0], code, text))


@dataclass
class UnitRow(_Row):
    """A unit as it is named in a list; ``parent`` is a code, blank for the top of the tree."""

    code: str = ""
    name: str = ""
    kind: OrgKind | None = None
    parent: str = ""


@dataclass
class PersonRow(_Row):
    """A person as named in a list. What the list does not say is blank or None and left as it is."""

    staff_number: str = ""
    name: str = ""
    unit: str = ""
    title: str = ""
    post_from: date | None = None
    rank: Rank = Rank.OTHER
    grade: Grade = Grade.NONE
    leading: bool = False
    authority: Authority = Authority.UNIT
    duty: DutyKind | None = None
    duty_unit: str = ""
    duty_from: date | None = None
    stage: Stage | None = None
    stage_from: date | None = None
    joined_on: date | None = None


def read_unit(number: int, cells: Sequence[Cell], places: Mapping[str, int]) -> UnitRow:
    """Read a row of units; everything wrong with it is found at once."""
    row = UnitRow(number)
    said = _cells(row, cells, places)
    row.code = plain(text_of(said.get("code")))
    row.name = " ".join(text_of(said.get("name")).split())
    row.parent = plain(text_of(said.get("parent")))
    row.kind = _one_of(row, "kind", said, OrgKind, {})
    for name in ("code", "name", "kind"):
        if name in said and not text_of(said[name]):
            row.wrong(name, "missing", _("Nothing is filled in here."))
    if row.code and not _NUMBER.fullmatch(row.code):
        row.wrong(
            "code",
            "malformed",
            _("Letters, digits, full stop, hyphen and underscore only; at most 40."),
        )
    if len(row.name) > 100:
        row.wrong("name", "too_long", _("At most %(most)s characters fit.") % {"most": 100})
    return row


def read_person(
    number: int, cells: Sequence[Cell], places: Mapping[str, int], today: date
) -> PersonRow:
    """Read a row of persons; everything wrong with it is found at once."""
    row = PersonRow(number)
    said = _cells(row, cells, places)
    row.staff_number = plain(text_of(said.get("staff_number")))
    for name, most in (("name", 60), ("unit", 100), ("title", 100), ("duty_unit", 100)):
        text = " ".join(text_of(said.get(name)).split())
        if len(text) > most:
            row.wrong(name, "too_long", _("At most %(most)s characters fit.") % {"most": most})
        setattr(row, name, text)
    for name in PERSON_REQUIRED:
        if name in said and not getattr(row, name):
            row.wrong(name, "missing", _("Nothing is filled in here."))
    if row.staff_number and not _NUMBER.fullmatch(row.staff_number):
        row.wrong(
            "staff_number",
            "malformed",
            _("Letters, digits, full stop, hyphen and underscore only; at most 40."),
        )
    row.rank = _one_of(row, "rank", said, Rank, _ALSO) or Rank.OTHER
    row.grade = _one_of(row, "grade", said, Grade, {}) or Grade.NONE
    row.authority = _one_of(row, "authority", said, Authority, {}) or Authority.UNIT
    row.duty = _one_of(row, "duty", said, DutyKind, {})
    row.stage = _one_of(row, "stage", said, Stage, _STAGES_ALSO)
    row.leading = _yes_or_no(row, said)
    for name in ("post_from", "duty_from", "stage_from", "joined_on"):
        setattr(row, name, _past_day(row, name, said, today))
    _belong_together(row, said)
    return row


def _cells(row: _Row, cells: Sequence[Cell], places: Mapping[str, int]) -> dict[str, Cell]:
    said: dict[str, Cell] = {}
    for name, position in places.items():
        cell = cells[position] if position < len(cells) else None
        if isinstance(cell, Formula):
            row.wrong(
                name,
                "formula",
                _("The cell holds a formula (%(text)s). Put the value itself in its place.")
                % {"text": cell.text},
            )
            continue
        said[name] = cell
    return said


@cache
def _words(choices: Any) -> dict[str, Any]:
    """What a choice may be called in a list: its code, and its name in either language."""
    found: dict[str, Any] = {}
    for choice in choices:
        found[str(choice.value).lower()] = choice
        for language in ("zh-hans", "en"):
            with translation.override(language):
                found[plain(str(choice.label)).lower()] = choice
    return found


def _one_of(
    row: _Row, column: str, said: Mapping[str, Cell], choices: Callable[..., Choice], also: Any
) -> Choice | None:
    word = plain(text_of(said.get(column)))
    if not word:
        return None
    words = _words(choices)
    found: Choice | None = {**words, **also}.get(word.lower())
    if found is None:
        known = "、".join(str(choice.label) for choice in choices)  # type: ignore[attr-defined]
        row.wrong(
            column,
            "unknown_word",
            _("“%(word)s” is not known here. Known are: %(known)s")
            % {"word": word[:40], "known": known},
        )
    return found


def _yes_or_no(row: PersonRow, said: Mapping[str, Cell]) -> bool:
    word = plain(text_of(said.get("leading"))).lower()
    if word and word not in _YES | _NO:
        row.wrong("leading", "unknown_word", _("Please write 是 or 否."))
    return word in _YES


def _past_day(row: _Row, column: str, said: Mapping[str, Cell], today: date) -> date | None:
    cell = said.get(column)
    if cell is None:
        return None
    day = day_of(cell)
    if day is None:
        row.wrong(
            column,
            "impossible_date",
            _("“%(text)s” is no day of the calendar. Write it like 2026-03-02.")
            % {"text": text_of(cell)[:40]},
        )
    elif day > today:
        row.wrong(column, "future", _("The day has not come yet."))
        return None
    return day


def _belong_together(row: PersonRow, said: Mapping[str, Cell]) -> None:
    wrong = {problem.column for problem in row.problems}
    for first, second in _NEEDS.items():
        if not getattr(row, first) or getattr(row, second) or PERSON_COLUMNS[second][0] in wrong:
            continue
        row.wrong(
            second,
            "missing",
            _("“%(what)s” is filled in, so its day is needed here.")
            % {"what": PERSON_COLUMNS[first][0]},
        )
    describes = [
        name for name in ("rank", "grade", "leading", "authority") if text_of(said.get(name))
    ]
    if describes and not row.title and PERSON_COLUMNS["title"][0] not in wrong:
        row.wrong(
            "title",
            "missing",
            _("“%(what)s” belongs to a post, so the post is needed here.")
            % {"what": PERSON_COLUMNS[describes[0]][0]},
        )
