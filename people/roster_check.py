"""What a list of units or persons would change on the roster, and what stands against it.

Nothing is written here. What the list does not say stays as it is, and nobody is taken off the
roster by not being named.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.utils import timezone
from django.utils.translation import gettext as _

from people.enums import ROLES_THAT_KEEP_THE_ROSTER, Role, RosterList
from people.importing.cells import Problem, columns_of, same_name
from people.importing.roster import (
    PERSON_COLUMNS,
    PERSON_REQUIRED,
    UNIT_COLUMNS,
    UNIT_REQUIRED,
    PersonRow,
    UnitRow,
    read_person,
    read_unit,
)
from people.importing.tables import FileRefused, Table, digest_of, open_table, rows_told
from people.models import OrgUnit, Person
from people.progress import Stage, Tell, to_nobody
from people.queries import Career, HeldPost, careers_of, merged_into, units_managed_by

_BATCH = 2000


@dataclass(frozen=True)
class NewUnit:
    """A unit to be added; ``row.parent`` is a code, of the tree or of a row above."""

    row: UnitRow
    what: str = "add_unit"

    def said(self) -> dict[str, Any]:
        kind = str(self.row.kind.label) if self.row.kind else ""
        return {
            "number": self.row.code,
            "name": self.row.name,
            "unit": self.row.parent,
            "said": kind,
        }


@dataclass(frozen=True)
class Change:
    """What is recorded of a person: ``add_person``, ``appoint``, ``stage`` or ``duty``.

    ``person_id`` is None for somebody who is added by the same list; ``on`` is the first day.
    """

    what: str
    row: PersonRow
    unit: OrgUnit
    on: date
    person_id: int | None = None

    def said(self) -> dict[str, Any]:
        row = self.row
        word: Any = {"appoint": row.title, "duty": row.duty, "stage": row.stage}.get(self.what, "")
        said = f"{getattr(word, 'label', word)} {self.on}"
        if not word:
            said = _("on the roster since %(day)s") % {"day": self.on}
        return {
            "number": row.staff_number,
            "name": row.name,
            "unit": self.unit.name,
            "said": said,
        }


@dataclass
class RosterReport:
    """What a list says and what stands against it. Row numbers are the spreadsheet's own."""

    file_name: str
    digest: str
    kind: RosterList
    rows: int = 0
    unchanged: int = 0
    errors: list[Problem] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)
    units: list[NewUnit] = field(default_factory=list, repr=False)
    changes: list[Change] = field(default_factory=list, repr=False)

    @property
    def deeds(self) -> Sequence[NewUnit | Change]:
        return self.units or self.changes

    @property
    def counts(self) -> Counter[str]:
        return Counter(deed.what for deed in self.deeds)

    def as_plain(self, shown: int | None = None) -> dict[str, Any]:
        """For JSON; ``shown`` cuts the lists, never the counts."""
        return {
            "file": self.file_name,
            "digest": self.digest,
            "kind": self.kind.value,
            "rows": self.rows,
            "unchanged": self.unchanged,
            "counts": dict(self.counts),
            "error_rows": len({problem.row for problem in self.errors}),
            "error_count": len(self.errors),
            "errors": [problem.as_plain() for problem in self.errors[:shown]],
            "ignored_columns": self.ignored_columns,
            "deeds": [
                {"row": deed.row.row, "what": deed.what, **deed.said()}
                for deed in self.deeds[:shown]
            ],
        }


def check_roster(
    file: BinaryIO,
    name: str,
    *,
    by: Person | None,
    now: datetime,
    shown_as: str = "",
    tell: Tell = to_nobody,
) -> RosterReport:
    """Read a list and hold every row against the tree and the roster. Nothing is written.

    Its headings tell whether it lists units or persons. ``by`` None is the command line, which
    stands outside the tree; otherwise only what the sender keeps by hand. ``shown_as`` is the name
    the sender gave the file, where it is kept under another; ``tell`` hears of the rows read
    and held.
    Raises FileRefused.
    """
    table = open_table(file, name)
    kind = _kind_of(table)
    report = RosterReport(Path(shown_as or name).name[-200:], digest_of(file), kind)
    columns, required = (
        (UNIT_COLUMNS, UNIT_REQUIRED)
        if kind == RosterList.UNITS
        else (PERSON_COLUMNS, PERSON_REQUIRED)
    )
    places, report.ignored_columns, missing = columns_of(table.heading, columns, required)
    if missing:
        raise FileRefused(
            _("These columns are missing: %(names)s. The template shows them all.")
            % {"names": "、".join(missing)}
        )
    rows = rows_told(table, tell)
    if kind == RosterList.UNITS:
        units = [read_unit(number, cells, places) for number, cells in rows]
        _check_units(report, units, by, tell)
    else:
        today = timezone.localdate(now)
        persons = [read_person(number, cells, places, today) for number, cells in rows]
        _check_persons(report, persons, by, today, tell)
    if not report.rows:
        raise FileRefused(_("There are headings in the file, but no rows."))
    report.errors.sort(key=lambda problem: problem.row)
    return report


def _kind_of(table: Table) -> RosterList:
    """What its headings come nearer to, so that what is missing is said of the list that was meant."""
    places, _unknown, missing = columns_of(table.heading, UNIT_COLUMNS, UNIT_REQUIRED)
    _places, _unknown, of_persons = columns_of(table.heading, PERSON_COLUMNS, PERSON_REQUIRED)
    nearer = len(missing) < len(UNIT_REQUIRED) and len(of_persons) == len(PERSON_REQUIRED)
    return RosterList.UNITS if "parent" in places or nearer else RosterList.PERSONS


def _within(by: Person | None) -> Any:
    return (
        OrgUnit.objects.all() if by is None else units_managed_by(by, *ROLES_THAT_KEEP_THE_ROSTER)
    )


def _check_units(
    report: RosterReport, rows: Sequence[UnitRow], by: Person | None, tell: Tell
) -> None:
    report.rows = len(rows)
    within = {unit.code for unit in _within(by).only("code")}
    known = {unit.code: unit for unit in OrgUnit.objects.all()}
    parents = {unit.path: unit.code for unit in known.values()}
    named: dict[str, int] = {}
    for done, row in enumerate(rows):
        tell(Stage.CHECKING, done, len(rows))
        if row.code and row.code in named:
            row.wrong("code", "twice", _("says the same as row %(row)s") % {"row": named[row.code]})
        elif not row.problems:
            present = known.get(row.code)
            if present is not None:
                _compare_unit(row, present, parents.get(present.path[: -OrgUnit.steplen], ""))
            else:
                _check_parent(row, within | named.keys() if row.parent in named else within, by)
        named.setdefault(row.code, row.row)
        report.errors += row.problems
        if row.problems:
            continue
        if row.code in known:
            report.unchanged += 1
        else:
            report.units.append(NewUnit(row))


def _compare_unit(row: UnitRow, present: OrgUnit, parent: str) -> None:
    if (row.name, row.kind) != (present.name, present.kind):
        row.wrong(
            "name",
            "other_unit",
            _("The code stands for “%(name)s” (%(kind)s) already.")
            % {"name": present.name, "kind": present.get_kind_display()},
        )
    elif row.parent != parent:
        row.wrong(
            "parent",
            "moved",
            _("The unit hangs below %(code)s. Units are moved on the page of units.")
            % {"code": parent or "–"},
        )


def _check_parent(row: UnitRow, within: Iterable[str], by: Person | None) -> None:
    if row.parent in within or (not row.parent and by is None):
        return
    if not row.parent:
        row.wrong("parent", "missing", _("Nothing is filled in here."))
    else:
        row.wrong(
            "parent",
            "unknown_unit",
            _("No unit within your reach, nor in a row above, has the code %(code)s.")
            % {"code": row.parent[:40]},
        )


class _Units:
    """The units the sender keeps, by code or by a name that only one of them bears."""

    def __init__(self, by: Person | None) -> None:
        self.by_code: dict[str, OrgUnit] = {}
        self.by_name: dict[str, list[OrgUnit]] = defaultdict(list)
        for unit in _within(by):
            self.by_code[unit.code.upper()] = unit
            self.by_name[unit.name].append(unit)

    def match(self, row: PersonRow, column: str, said: str) -> OrgUnit | None:
        found = self.by_code.get(said.upper())
        if found is not None:
            return found
        named = self.by_name.get(said, [])
        if len(named) == 1:
            return named[0]
        if named:
            text = _("Several units are called “%(name)s”; write the code instead.")
        else:
            text = _("No unit within your reach is called “%(name)s”, nor has it for a code.")
        row.wrong(column, "ambiguous_unit" if named else "unknown_unit", text % {"name": said[:60]})
        return None


@dataclass
class _Known:
    """Those of the list who are on the roster already."""

    persons: dict[str, Person]
    careers: dict[int, Career]
    merged: dict[int, int]


def _known(rows: Sequence[PersonRow]) -> _Known:
    numbers = sorted({row.staff_number for row in rows if row.staff_number})
    persons: dict[str, Person] = {}
    for start in range(0, len(numbers), _BATCH):
        some = Person.objects.filter(staff_number__in=numbers[start : start + _BATCH])
        for person in some.select_related("unit").order_by("pk"):
            persons[person.staff_number] = person
    careers: dict[int, Career] = {}
    ids = [person.pk for person in persons.values()]
    merged: dict[int, int] = {}
    for start in range(0, len(ids), _BATCH):
        careers |= careers_of(ids[start : start + _BATCH])
        merged |= merged_into(ids[start : start + _BATCH])
    return _Known(persons, careers, merged)


def _check_persons(
    report: RosterReport, rows: Sequence[PersonRow], by: Person | None, today: date, tell: Tell
) -> None:
    report.rows = len(rows)
    units, known = _Units(by), _known(rows)
    careers_kept = None if by is None else set(
        units_managed_by(by, Role.TRAINING_ADMIN).values_list("pk", flat=True)
    )  # fmt: skip
    named: dict[str, int] = {}
    for done, row in enumerate(rows):
        tell(Stage.CHECKING, done, len(rows))
        unit = units.match(row, "unit", row.unit) if row.unit else None
        body = units.match(row, "duty_unit", row.duty_unit) if row.duty_unit else unit
        if row.staff_number and row.staff_number in named:
            row.wrong(
                "staff_number",
                "twice",
                _("says the same as row %(row)s") % {"row": named[row.staff_number]},
            )
        named.setdefault(row.staff_number, row.row)
        person = known.persons.get(row.staff_number)
        if person is not None:
            _compare_person(row, person, units, known)
        if careers_kept is not None and unit is not None and unit.pk not in careers_kept:
            _refuse_career(row)
        changes: list[Change] = []
        if not row.problems and unit is not None and body is not None:
            changes = _changes(row, person, unit, body, known, today)
        report.errors += row.problems
        if row.problems:
            continue
        report.changes += changes
        report.unchanged += not changes


def _compare_person(row: PersonRow, person: Person, units: _Units, known: _Known) -> None:
    if person.unit is None or person.unit.code.upper() not in units.by_code:
        row.wrong(
            "staff_number", "beyond_reach", _("Somebody beyond your reach has this number already.")
        )
    elif row.name and not same_name(row.name, person.name):
        row.wrong(
            "name",
            "name_mismatch",
            _("The staff number %(number)s does not belong to “%(name)s”. Please check both.")
            % {"number": row.staff_number, "name": row.name[:40]},
        )
    elif person.pk in known.merged:
        row.wrong(
            "staff_number",
            "merged",
            _("This record was merged into another; use that one's number."),
        )
    elif not person.is_active:
        row.wrong("staff_number", "closed", _("This account is closed. Reopen it first."))


def _refuse_career(row: PersonRow) -> None:
    for column in ("title", "duty", "stage"):
        if getattr(row, column):
            row.wrong(
                column,
                "career_not_kept",
                _("Posts, duties and stages are recorded by a training administrator of the unit."),
            )


def _changes(
    row: PersonRow, person: Person | None, unit: OrgUnit, body: OrgUnit, known: _Known, today: date
) -> list[Change]:
    """What the row changes; what is out of order becomes a problem of the row."""
    if person is None:
        career, pk = Career(0), None
        added = [Change("add_person", row, unit, row.joined_on or row.post_from or today)]
    else:
        career, pk, added = known.careers[person.pk], person.pk, []
    changes = list(added)
    if row.title and row.post_from:
        post = next((p for p in career.posts if p.primary and p.ends_on is None), None)
        if post is None or _says(post) != (unit.pk, *_described(row)):
            _in_order(row, "post_from", row.post_from, post.starts_on if post else None)
            changes.append(Change("appoint", row, unit, row.post_from, pk))
    elif person is not None and person.unit_id != unit.pk:
        row.wrong(
            "title",
            "move_without_post",
            _("Who changes to another unit takes a post there: please fill in post and day."),
        )
    if row.stage and row.stage_from:
        stage = next((s for s in career.stages if s.ends_on is None), None)
        if stage is None or stage.stage != row.stage:
            _in_order(row, "stage_from", row.stage_from, stage.starts_on if stage else None)
            changes.append(Change("stage", row, unit, row.stage_from, pk))
    if row.duty and row.duty_from:
        held = {(duty.kind, duty.unit_id) for duty in career.duties if duty.ends_on is None}
        if (row.duty.value, body.pk) not in held:
            changes.append(Change("duty", row, body, row.duty_from, pk))
    return changes


def _described(row: PersonRow) -> tuple[Any, ...]:
    return row.title, row.rank, row.grade, row.leading, row.authority


def _says(post: HeldPost) -> tuple[Any, ...]:
    return post.unit_id, post.title, post.rank, post.grade, post.leading, post.authority


def _in_order(row: PersonRow, column: str, begins: date, present: date | None) -> None:
    if present is not None and begins <= present:
        row.wrong(
            column,
            "out_of_order",
            _("What is recorded now began on %(day)s, on this day or later.") % {"day": present},
        )
