"""One row of a file of hours: which cell is what, what it says, and what is wrong with it.

No database here: whether the person or the institution exists is asked by ``operations.imports``.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher

from django.utils.translation import gettext as _

from people.importing import cells
from people.importing.cells import Problem, day_of, plain, text_of
from people.importing.tables import Cell, Formula
from tracker.enums import Bucket, ConfirmerKind
from tracker.rules import Form, Measures
from tracker.rules.vocabulary import CONFIRMERS

# The first heading is the template's; the others are met in files of other platforms.
COLUMNS: dict[str, tuple[str, ...]] = {
    "staff_number": ("工号", "人员编号", "干部编号", "职工号", "员工编号", "staffnumber"),
    "name": ("姓名", "学员姓名", "name"),
    "bucket": (
        "学习形式",
        "培训形式",
        "学习方式",
        "培训方式",
        "形式",
        "培训类别",
        "form",
        "bucket",
    ),
    "title": (
        "学习内容",
        "培训名称",
        "培训班名称",
        "班次名称",
        "课程名称",
        "培训内容",
        "项目名称",
        "title",
    ),
    "institution": (
        "培训机构",
        "举办机构",
        "机构名称",
        "机构",
        "施训机构",
        "机构代码",
        "institution",
    ),
    "first_day": (
        "开始日期",
        "起始日期",
        "开始时间",
        "培训开始日期",
        "日期",
        "培训日期",
        "完成日期",
        "firstday",
        "from",
    ),
    "last_day": ("结束日期", "截止日期", "结束时间", "培训结束日期", "lastday", "to"),
    "hours": ("学时", "学时数", "认定学时", "获得学时", "hours"),
    "credits": ("学分", "获得学分", "credits"),
    "training_days": ("培训天数", "天数", "脱产天数", "trainingdays", "days"),
    "confirmer": ("确认方", "确认单位", "认定方", "confirmer"),
    "note": ("凭据", "证明材料", "凭证", "证书编号", "佐证材料", "备注", "evidence", "note"),
    "record_number": ("原记录编号", "记录编号", "流水号", "外部编号", "recordnumber"),
}
REQUIRED = ("staff_number", "name", "bucket", "title", "first_day")

FORMS_IN_CHINESE: dict[str, tuple[str, ...]] = {
    "off_the_job": ("脱产培训", "脱产", "脱产学习"),
    "concentrated": ("集中培训", "集中轮训", "集中学习"),
    "online": ("网络学习", "网络培训", "在线学习", "线上学习", "网上学习", "网络"),
    "self_study": ("在职自学", "自学"),
    "study_group": ("集体学习", "学习小组", "中心组学习"),
    "overseas": ("境外培训", "出国(境)培训", "出国培训"),
    "lecturing": ("授课", "讲课", "宣讲"),
}
_FORMS = {word: code for code, words in FORMS_IN_CHINESE.items() for word in (code, *words)}
_CONFIRMERS = {
    "培训机构": "institution",
    "机构": "institution",
    "所在单位": "unit",
    "单位": "unit",
    "本单位": "unit",
    "主办单位": "organiser",
    "主办方": "organiser",
    "网络平台": "platform",
    "平台": "platform",
    "本平台": "platform",
    **{kind.value: kind.value for kind in ConfirmerKind},
}

# Beyond these a figure is a slip of the pen, not a training.
MAX_HOURS, MAX_CREDITS, HOURS_A_DAY = Decimal(2000), Decimal(1000), Decimal(24)
_IN_PERSON = (Bucket.OFF_THE_JOB, Bucket.CONCENTRATED, Bucket.STUDY_GROUP)


@dataclass
class Draft:
    """A row as read; ``last_day`` is inclusive. Persons and institutions are only named."""

    row: int
    staff_number: str = ""
    name: str = ""
    bucket: str = ""
    title: str = ""
    institution: str = ""
    first_day: date | None = None
    last_day: date | None = None
    hours: Decimal = Decimal(0)
    credits: Decimal = Decimal(0)
    training_days: Decimal = Decimal(0)
    confirmer: str = ""
    note: str = ""
    record_number: str = ""
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, column: str, code: str, text: str) -> None:
        self.problems.append(Problem(self.row, COLUMNS[column][0], code, text))

    @property
    def measures(self) -> Measures:
        return Measures(self.hours, self.credits, self.training_days, 1)


def columns_of(heading: Sequence[str]) -> tuple[dict[str, int], list[str], list[str]]:
    """As ``cells.columns_of``; and at least one of the figures must be there."""
    places, unknown, missing = cells.columns_of(heading, COLUMNS, REQUIRED)
    if not {"hours", "credits", "training_days"} & set(places):
        missing.append(COLUMNS["hours"][0])
    return places, unknown, missing


def read_row(number: int, row: Sequence[Cell], places: dict[str, int], today: date) -> Draft:
    """Read one row; everything wrong with it is found at once, not one thing after another."""
    draft = Draft(number)
    texts: dict[str, Cell] = {}
    for name, position in places.items():
        cell = row[position] if position < len(row) else None
        if isinstance(cell, Formula):
            draft.wrong(
                name,
                "formula",
                _("The cell holds a formula (%(text)s). Put the value itself in its place.")
                % {"text": cell.text},
            )
            continue
        texts[name] = cell
    draft.staff_number = plain(text_of(texts.get("staff_number")))
    draft.name = text_of(texts.get("name"))
    draft.title = " ".join(text_of(texts.get("title")).split())
    draft.institution = text_of(texts.get("institution"))
    draft.note = text_of(texts.get("note"))[:300]
    draft.record_number = text_of(texts.get("record_number"))[:80]
    for name in ("staff_number", "name", "title"):
        if name in texts and not getattr(draft, name):
            draft.wrong(name, "missing", _("Nothing is filled in here."))
    if len(draft.title) > 200:
        draft.wrong("title", "too_long", _("At most 200 characters fit."))
    _read_form(draft, texts)
    _read_days(draft, texts, today)
    _read_amounts(draft, texts)
    return draft


def _read_form(draft: Draft, texts: dict[str, Cell]) -> None:
    if "bucket" in texts:
        word = plain(text_of(texts["bucket"]))
        draft.bucket = _FORMS.get(word.lower(), "")
        if not draft.bucket:
            draft.wrong(
                "bucket",
                "unknown_form" if word else "missing",
                _("“%(word)s” is no form of study. Known are: %(known)s")
                % {
                    "word": word[:40],
                    "known": "、".join(words[0] for words in FORMS_IN_CHINESE.values()),
                },
            )
    said = plain(text_of(texts.get("confirmer")))
    if not draft.bucket:
        return
    allowed = CONFIRMERS[Form(draft.bucket)]
    draft.confirmer = _CONFIRMERS.get(said.lower(), "") if said else allowed[0].value
    if draft.confirmer not in {kind.value for kind in allowed}:
        draft.wrong(
            "confirmer",
            "wrong_confirmer",
            _("%(form)s is confirmed by: %(who)s")
            % {
                "form": Bucket(draft.bucket).label,
                "who": "、".join(str(ConfirmerKind(kind.value).label) for kind in allowed),
            },
        )
        draft.confirmer = ""


def _read_days(draft: Draft, texts: dict[str, Cell], today: date) -> None:
    for name in ("first_day", "last_day"):
        cell = texts.get(name)
        if cell is None:
            continue
        day = day_of(cell)
        if day is None:
            draft.wrong(
                name,
                "impossible_date",
                _("“%(text)s” is no day of the calendar. Write it like 2026-03-02.")
                % {"text": text_of(cell)[:40]},
            )
        setattr(draft, name, day)
    had_problem = any(problem.code == "impossible_date" for problem in draft.problems)
    if draft.first_day is None:
        if not had_problem and "first_day" in texts:
            draft.wrong("first_day", "missing", _("Nothing is filled in here."))
        return
    if draft.last_day is None:
        if had_problem:
            return
        draft.last_day = draft.first_day
    if draft.last_day < draft.first_day:
        draft.wrong("last_day", "ends_before_start", _("The last day is before the first."))
    elif draft.last_day > today:
        draft.wrong(
            "last_day", "future", _("The day has not come yet; hours are posted afterwards.")
        )


def _read_amounts(draft: Draft, texts: dict[str, Cell]) -> None:
    known = {COLUMNS[name][0] for name in ("hours", "credits", "training_days")}
    for name, most in (
        ("hours", MAX_HOURS),
        ("credits", MAX_CREDITS),
        ("training_days", Decimal(366)),
    ):
        cell = texts.get(name)
        if cell is None:
            continue
        amount = _amount(cell)
        if amount is None:
            draft.wrong(
                name,
                "not_a_number",
                _("“%(text)s” is no number.") % {"text": text_of(cell)[:40]},
            )
        elif amount < 0:
            draft.wrong(name, "negative", _("A figure below zero earns nothing."))
        elif amount > most:
            draft.wrong(
                name,
                "too_large",
                _("%(amount)s is more than one training can be worth (at most %(most)s).")
                % {"amount": f"{amount:f}"[:20], "most": most},
            )
        elif amount != round(amount, 2):
            draft.wrong(name, "too_fine", _("At most two digits after the point are kept."))
        else:
            setattr(draft, name, amount)
    if any(problem.column in known for problem in draft.problems):
        return
    if not (draft.hours or draft.credits or draft.training_days):
        draft.wrong("hours", "zero", _("At least one figure must be above zero."))
    elif draft.first_day and draft.last_day and draft.last_day >= draft.first_day:
        days = (draft.last_day - draft.first_day).days + 1
        if draft.training_days > days:
            draft.wrong(
                "training_days",
                "more_days_than_calendar",
                _("%(days)s training days do not fit into %(calendar)s calendar days.")
                % {"days": f"{draft.training_days:f}", "calendar": days},
            )
        if draft.bucket in _IN_PERSON and draft.hours > HOURS_A_DAY * days:
            draft.wrong(
                "hours",
                "too_large",
                _("%(hours)s hours do not fit into %(calendar)s calendar days.")
                % {"hours": f"{draft.hours:f}", "calendar": days},
            )


def _amount(cell: Cell) -> Decimal | None:
    if isinstance(cell, float):
        cell = repr(round(cell, 6))
    text = re.sub(r"(学时|学分|天|课时)$", "", plain(text_of(cell))).replace(",", "")
    if not re.fullmatch(r"[+-]?\d{1,12}(\.\d{1,6})?", text):
        return None
    try:
        return Decimal(text).normalize() + 0
    except InvalidOperation:
        return None


# --- the same training, told twice ---------------------------------------------------------------


def content_key(person_id: int, draft: Draft, institution_id: int | None) -> str:
    """What the row says, as a key: the same however often, and in whatever file, it is sent."""
    said = (
        person_id,
        draft.bucket,
        plain_title(draft.title),
        draft.first_day,
        draft.last_day,
        institution_id,
        *(f"{amount:.2f}" for amount in (draft.hours, draft.credits, draft.training_days)),
        draft.record_number,
    )
    return hashlib.sha256("\x1f".join(map(str, said)).encode()).hexdigest()[:40]


def plain_title(title: str) -> str:
    """A title without what differs between two hands: widths, case, punctuation."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", title)).lower()


_NUMBERING = re.compile(r"\d+|[一二三四五六七八九十百零〇]+|[a-z]+|[上中下](?=$|[篇集册部讲])")
_YEAR = re.compile(r"(?:19|20)\d\d年?(?:度)?")


def near_titles(one: str, other: str) -> bool:
    """Whether two plain titles (see plain_title) probably name the same training.

    Equal, one within the other, or nearly equal; but part one and part two are two trainings.
    """
    if one == other:
        return True
    one, other = _YEAR.sub("", one), _YEAR.sub("", other)
    if min(len(one), len(other)) < 3:
        return one == other
    numbers, others = _NUMBERING.findall(one), _NUMBERING.findall(other)
    if numbers and others and numbers != others:
        return False
    if one in other or other in one:
        return not (numbers or others) or numbers == others or min(len(one), len(other)) >= 4
    if numbers != others:
        return False
    longest = max(len(one), len(other))
    if abs(len(one) - len(other)) * 4 > longest:
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= 0.85


@dataclass(frozen=True)
class Span:
    """What is compared: ``key`` names it to the reader; days are inclusive."""

    key: object
    title: str
    first_day: date
    last_day: date


# Beyond this many lines of one person only equal titles are compared: the work stays bounded.
_MANY = 300


def named_twice(fresh: Sequence[Span], known: Iterable[Span]) -> list[tuple[Span, Span]]:
    """Pairs (a fresh line, the earlier one) of one person that overlap in days and nearly in title.

    Each fresh line is named once, with the first line it repeats.
    """
    earlier = list(known)
    only_equal = len(fresh) + len(earlier) > _MANY
    by_title: dict[str, list[Span]] = {}
    for span in earlier:
        by_title.setdefault(span.title, []).append(span)
    pairs = []
    for span in fresh:
        candidates = by_title.get(span.title, []) if only_equal else earlier
        twin = next((other for other in candidates if _is_twin(span, other)), None)
        if twin is not None:
            pairs.append((span, twin))
        earlier.append(span)
        by_title.setdefault(span.title, []).append(span)
    return pairs


def _is_twin(one: Span, other: Span) -> bool:
    return (
        one.first_day <= other.last_day
        and other.first_day <= one.last_day
        and near_titles(one.title, other.title)
    )
