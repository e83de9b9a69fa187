"""A list of units or persons becomes the roster: looked at first, then carried out as a whole.

Sent again, a list changes nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, BinaryIO

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import Model

from people import operations
from people.enums import OrgKind, RosterList, RosterState
from people.importing.kept import keep
from people.models import (
    AuditEntry,
    MembershipStage,
    OrgUnit,
    PartyDuty,
    Person,
    Post,
    RosterImport,
)
from people.progress import Stage, Tell, to_nobody
from people.roster_check import Change, NewUnit, RosterReport, check_roster
from people.signals import roster_imported

# So many rows of each kind are kept and shown; the counts are always whole.
SHOWN = 500
# So many rows are made at once; the traces are slim.
_AT_ONCE, _BATCH = 500, 2000


class RosterHeld(Exception):
    """Something in the list stands against it: ``report`` says what. Nothing was changed."""

    def __init__(self, report: RosterReport) -> None:
        super().__init__(report)
        self.report = report


class NotToBeCarriedOut(Exception):
    """The list was carried out before."""


def receive_roster(
    file: BinaryIO,
    name: str,
    *,
    by: Person | None,
    now: datetime,
    tell: Tell = to_nobody,
) -> tuple[RosterImport, RosterReport]:
    """Check a list and keep it, so that it can be looked at before it is carried out.

    ``tell`` hears how far it is. Raises FileRefused.
    """
    report = check_roster(file, name, by=by, now=now, tell=tell)
    return _kept(file, name, report, by, now), report


def _kept(
    file: BinaryIO, name: str, report: RosterReport, by: Person | None, now: datetime
) -> RosterImport:
    row = RosterImport(
        file_name=report.file_name,
        digest=report.digest,
        kind=report.kind,
        sent_by=by,
        received_at=now,
        report=report.as_plain(SHOWN),
    )
    keep(row, file, name)
    return row


def receive_and_carry_out(
    file: BinaryIO, name: str, *, by: Person | None, now: datetime
) -> tuple[RosterImport | None, RosterReport]:
    """Check and carry out in one go, as the command does; a list that changes nothing leaves no row.

    Raises FileRefused, RosterHeld.
    """
    try:
        return _receive_and_carry_out(file, name, by, now)
    except IntegrityError:
        # Somebody was added by hand in the same moment; now he is known.
        return _receive_and_carry_out(file, name, by, now)


def _receive_and_carry_out(
    file: BinaryIO, name: str, by: Person | None, now: datetime
) -> tuple[RosterImport | None, RosterReport]:
    with _one_at_a_time():
        report = check_roster(file, name, by=by, now=now)
        if report.errors:
            raise RosterHeld(report)
        if not report.deeds:
            return None, report
        row = _kept(file, name, report, by, now)
        _write(row, report, by, now, to_nobody)
    return row, report


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """A transaction for one list at a time: what is checked in it still holds when it is written."""
    with transaction.atomic():
        list(OrgUnit.objects.select_for_update().filter(depth=1))
        yield


def carry_out(
    import_id: int, *, by: Person | None, now: datetime, tell: Tell = to_nobody
) -> tuple[RosterImport, RosterReport]:
    """Carry out a list that was received: every row of it, or nothing.

    It is checked anew, because the roster may have moved since. ``tell`` hears how far it is.
    Raises RosterHeld when rows have errors, NotToBeCarriedOut.
    """
    try:
        return _carry_out(import_id, by, now, tell)
    except IntegrityError:
        # Somebody was added by hand in the same moment; now he is known.
        return _carry_out(import_id, by, now, tell)


def _carry_out(
    import_id: int, by: Person | None, now: datetime, tell: Tell
) -> tuple[RosterImport, RosterReport]:
    with _one_at_a_time():
        row = RosterImport.objects.select_for_update().get(pk=import_id, sent_by=by)
        if row.state != RosterState.CHECKED:
            raise NotToBeCarriedOut(import_id)
        with row.file.open("rb") as file:
            report = check_roster(
                file.file, row.file.name or "", by=by, now=now, shown_as=row.file_name, tell=tell
            )
        if report.errors:
            raise RosterHeld(report)
        _write(row, report, by, now, tell)
    return row, report


def _write(
    row: RosterImport, report: RosterReport, by: Person | None, now: datetime, tell: Tell
) -> None:
    """Everything the list changes, in the caller's transaction."""
    deeds = _Deeds(row, by, now, len(report.deeds), tell)
    if report.kind == RosterList.UNITS:
        deeds.add_units(report.units)
    else:
        deeds.change_persons(report.changes)
    row.state, row.done_at, row.report = RosterState.DONE, now, report.as_plain(SHOWN)
    row.save(update_fields=["state", "done_at", "report"])
    operations.audit(
        by,
        "people.roster.import",
        f"people.rosterimport:{row.pk}",
        {"file": row.file_name, "digest": row.digest, **report.counts},
        now=now,
    )
    if deeds.concerned:
        roster_imported.tell(RosterImport, person_ids=deeds.concerned)


class _Deeds:
    """What a list changes, each kind at once, in the caller's transaction; and its traces."""

    def __init__(
        self, row: RosterImport, by: Person | None, now: datetime, total: int, tell: Tell
    ) -> None:
        self.row, self.by, self.now = row, by, now
        self.total, self.done, self.tell = total, 0, tell
        self.ids: dict[str, int] = {}  # staff number → person
        self.concerned: list[int] = []

    def create(
        self, model: type[Model], changes: list[Change], made: Callable[[Change], Model]
    ) -> list[Any]:
        """Make a row of each change, some hundreds at a time, and tell how many are made."""
        rows: list[Any] = []
        for start in range(0, len(changes), _AT_ONCE):
            some = [made(each) for each in changes[start : start + _AT_ONCE]]
            rows += model._default_manager.bulk_create(some)
            self.count(len(some))
        return rows

    def count(self, made: int) -> None:
        self.done += made
        self.tell(Stage.WRITING, self.done, self.total)

    def trace(self, verb: str, told: Iterable[tuple[str, dict[str, Any]]]) -> None:
        entries = [
            AuditEntry(
                at=self.now,
                actor=self.by,
                verb=verb,
                subject=subject,
                detail={**detail, "import": self.row.pk},
            )
            for subject, detail in told
        ]
        AuditEntry.objects.bulk_create(entries, batch_size=_BATCH)

    def trace_of(
        self, verb: str, changes: list[Change], detail: Callable[[Change], dict[str, Any]]
    ) -> None:
        self.trace(
            verb,
            (
                (f"people.person:{self.ids[each.row.staff_number]}", detail(each))
                for each in changes
            ),
        )

    def add_units(self, new: list[NewUnit]) -> None:
        units = {unit.code: unit for unit in OrgUnit.objects.select_for_update()}
        for row in (each.row for each in new):
            said = {"code": row.code, "name": row.name, "kind": row.kind or OrgKind.UNIT}
            # treebeard keeps the child count on the parent in memory; under the lock it is right.
            parent = units.get(row.parent)
            units[row.code] = parent.add_child(**said) if parent else OrgUnit.add_root(**said)
            self.count(1)
        told = [
            (f"people.unit:{units[each.row.code].pk}", {"parent": each.row.parent}) for each in new
        ]
        self.trace("people.unit.add", told)

    def change_persons(self, changes: list[Change]) -> None:
        self.ids = {each.row.staff_number: each.person_id for each in changes if each.person_id}
        kinds: dict[str, list[Change]] = defaultdict(list)
        for each in changes:
            kinds[each.what].append(each)
        self.add_persons(kinds["add_person"])
        self.appoint(kinds["appoint"])
        self.enter_stages(kinds["stage"])
        self.give_duties(kinds["duty"])
        self.concerned = sorted(set(self.ids.values()))

    def add_persons(self, changes: list[Change]) -> None:
        for person in self.create(Person, changes, _new_person):
            self.ids[person.staff_number] = person.pk
        self.trace_of("people.person.add", changes, lambda each: {"unit": each.unit.code})

    def appoint(self, changes: list[Change]) -> None:
        """The post before ends on the day the new one begins, and the person's home moves with it."""
        for day, ids in _known_by(changes, lambda each: each.on).items():
            before = Post.objects.filter(person__in=ids, primary=True, ends_on=None)
            before.update(ends_on=day, end_recorded_at=self.now)
        for unit, ids in _known_by(changes, lambda each: each.unit.pk).items():
            Person.objects.filter(pk__in=ids).update(unit=unit)
        self.create(
            Post,
            changes,
            lambda each: Post(
                person_id=self.ids[each.row.staff_number],
                unit=each.unit,
                title=each.row.title,
                rank=each.row.rank,
                grade=each.row.grade,
                leading=each.row.leading,
                authority=each.row.authority,
                starts_on=each.on,
                primary=True,
                recorded_at=self.now,
            ),
        )
        self.trace_of(
            "people.post.appoint",
            changes,
            lambda each: {
                "unit": each.unit.code,
                "title": each.row.title,
                "starts_on": each.on.isoformat(),
            },
        )

    def enter_stages(self, changes: list[Change]) -> None:
        for day, ids in _known_by(changes, lambda each: each.on).items():
            before = MembershipStage.objects.filter(person__in=ids, ends_on=None)
            before.update(ends_on=day, end_recorded_at=self.now)
        self.create(
            MembershipStage,
            changes,
            lambda each: MembershipStage(
                person_id=self.ids[each.row.staff_number],
                stage=str(each.row.stage),
                starts_on=each.on,
                recorded_at=self.now,
            ),
        )
        self.trace_of("people.stage.enter", changes, lambda each: {"stage": each.row.stage})

    def give_duties(self, changes: list[Change]) -> None:
        self.create(
            PartyDuty,
            changes,
            lambda each: PartyDuty(
                person_id=self.ids[each.row.staff_number],
                unit=each.unit,
                kind=str(each.row.duty),
                starts_on=each.on,
                recorded_at=self.now,
            ),
        )
        self.trace_of(
            "people.duty.give",
            changes,
            lambda each: {"kind": each.row.duty, "unit": each.unit.code},
        )


def _known_by(changes: list[Change], key: Callable[[Change], Any]) -> dict[Any, list[int]]:
    """Those who were on the roster before, by day or unit: one statement for all of a kind."""
    found: dict[Any, list[int]] = defaultdict(list)
    for each in changes:
        if each.person_id is not None:
            found[key(each)].append(each.person_id)
    return found


def _new_person(change: Change) -> Person:
    row = change.row
    return Person(
        staff_number=row.staff_number,
        name=row.name,
        pinyin=operations.pinyin_key(row.name),
        unit=change.unit,
        joined_on=change.on,
        password=make_password(None),
    )
