"""A file of hours becomes lines: posted as a whole, taken back as a whole."""

from datetime import datetime
from typing import BinaryIO

from django.db import IntegrityError, transaction
from django.db.models import Q

from people.enums import Role
from people.importing.kept import keep
from people.models import Person
from people.operations import audit
from people.progress import Stage, Tell, to_nobody
from people.queries import has_role, persons_visible_to
from tracker.enums import ImportState
from tracker.models import Entry, HoursImport, ImportedLine
from tracker.operations.import_check import Report, check_hours
from tracker.operations.ledger import ReasonMissing, credit_many, reverse_many
from tracker.operations.standings import _batches

# Beyond so many persons the standings follow with the next sweep instead of being waited for.
REFRESH_AT_ONCE = 300
# So many findings of each kind are kept and shown; the counts are always whole.
SHOWN = 500
_AT_ONCE = 1000


class ImportHeld(Exception):
    """Something in the file stands against posting it: ``report`` says what. Nothing was posted."""

    def __init__(self, report: Report) -> None:
        super().__init__(report)
        self.report = report


class NotToBePosted(Exception):
    """The import was posted or taken back before."""


class MayNotUndo(Exception):
    """Neither who sent the file, nor a training administrator of everybody in it."""


def receive_hours(
    file: BinaryIO,
    name: str,
    *,
    by: Person | None,
    now: datetime,
    tell: Tell = to_nobody,
) -> tuple[HoursImport, Report]:
    """Check a file and keep it, so that it can be looked at before it is posted.

    ``tell`` hears how far it is. Raises FileRefused.
    """
    report = check_hours(file, name, by=by, now=now, tell=tell)
    return _kept(file, name, report, by, now), report


def _kept(
    file: BinaryIO, name: str, report: Report, by: Person | None, now: datetime
) -> HoursImport:
    row = HoursImport(
        file_name=report.file_name,
        digest=report.digest,
        sent_by=by,
        received_at=now,
        report=report.as_plain(SHOWN),
    )
    keep(row, file, name)
    return row


def receive_and_post(
    file: BinaryIO, name: str, *, by: Person | None, now: datetime, accept_near: bool = False
) -> tuple[HoursImport | None, Report]:
    """Check and post in one go, as the command does; a file without anything new leaves no row.

    Raises FileRefused, ImportHeld.
    """
    try:
        return _receive_and_post(file, name, by, now, accept_near)
    except IntegrityError:
        # Another import posted some of these rows in the same moment; now they are known.
        return _receive_and_post(file, name, by, now, accept_near)


def _receive_and_post(
    file: BinaryIO, name: str, by: Person | None, now: datetime, accept_near: bool
) -> tuple[HoursImport | None, Report]:
    report = check_hours(file, name, by=by, now=now)
    if report.errors or (report.near_duplicates and not accept_near):
        raise ImportHeld(report)
    if not report.ready:
        return None, report
    with transaction.atomic():
        row = _kept(file, name, report, by, now)
        _write(row, report, by, now, to_nobody)
    return row, report


def post_hours(
    import_id: int,
    *,
    by: Person | None,
    now: datetime,
    accept_near: bool = False,
    tell: Tell = to_nobody,
) -> tuple[HoursImport, Report]:
    """Post a file that was received: every row of it, or nothing.

    It is checked anew, because the ledger may have moved since. ``tell`` hears how far it is. Raises ImportHeld when rows have
    errors or, without ``accept_near``, when a training would be counted twice; NotToBePosted.
    """
    try:
        return _post_hours(import_id, by, now, accept_near, tell)
    except IntegrityError:
        # Another import posted some of these rows in the same moment; now they are known.
        return _post_hours(import_id, by, now, accept_near, tell)


def _post_hours(
    import_id: int, by: Person | None, now: datetime, accept_near: bool, tell: Tell
) -> tuple[HoursImport, Report]:
    with transaction.atomic():
        row = HoursImport.objects.select_for_update().get(pk=import_id, sent_by=by)
        if row.state != ImportState.CHECKED:
            raise NotToBePosted(import_id)
        with row.file.open("rb") as file:
            report = check_hours(
                file.file, row.file.name or "", by=by, now=now, shown_as=row.file_name, tell=tell
            )
        if report.errors or (report.near_duplicates and not accept_near):
            raise ImportHeld(report)
        _write(row, report, by, now, tell)
    return row, report


def _write(row: HoursImport, report: Report, by: Person | None, now: datetime, tell: Tell) -> None:
    """Every new line of the report, in the caller's transaction."""
    refresh = report.persons <= REFRESH_AT_ONCE
    for done, batch in enumerate(_batches(report.postings, _AT_ONCE)):
        tell(Stage.WRITING, done * _AT_ONCE, report.ready)
        credit_many([posting for _row, posting in batch], now=now, refresh=refresh)
        ids = dict(
            Entry.objects.filter(source__in=[p.source for _row, p in batch]).values_list(
                "source", "pk"
            )
        )
        ImportedLine.objects.bulk_create(
            [
                ImportedLine(hours_import=row, entry_id=ids[posting.source], row=number)
                for number, posting in batch
            ]
        )
    row.state, row.posted_at = ImportState.POSTED, now
    row.report = {**report.as_plain(SHOWN), "standings_later": not refresh}
    row.save(update_fields=["state", "posted_at", "report"])
    audit(
        by,
        "tracker.import.post",
        f"tracker.import:{row.pk}",
        {"file": row.file_name, "digest": row.digest, "lines": report.ready},
        now=now,
    )


def may_undo(row: HoursImport, by: Person) -> bool:
    """Who sent it, or a training administrator who sees everybody in it."""
    if row.sent_by_id == by.pk:
        return True
    if not has_role(by, Role.TRAINING_ADMIN):
        return False
    concerned = Person.objects.filter(ledger_entries__imported__hours_import=row)
    seen = persons_visible_to(by, Role.TRAINING_ADMIN).values("pk")
    return not concerned.exclude(Q(pk__in=seen)).exists()


def undo_hours(import_id: int, *, because: str, by: Person, now: datetime) -> int:
    """Take back every line of an import that still stands, by reversals. Returns how many.

    Lines that were put right one by one since then are left as they are. Raises MayNotUndo,
    ReasonMissing, NotToBePosted when it is not posted (any more).
    """
    if not because.strip():
        raise ReasonMissing(import_id)
    with transaction.atomic():
        row = HoursImport.objects.select_for_update().get(pk=import_id)
        if not may_undo(row, by):
            raise MayNotUndo(import_id)
        if row.state != ImportState.POSTED:
            raise NotToBePosted(import_id)
        ids = list(row.lines.order_by("pk").values_list("entry_id", flat=True))
        refresh = row.report.get("persons", 0) <= REFRESH_AT_ONCE
        taken = reverse_many(ids, because=because, by_id=by.pk, now=now, refresh=refresh)
        row.state, row.undone_at, row.undone_by = ImportState.UNDONE, now, by
        row.undone_because = because.strip()[:300]
        row.save(update_fields=["state", "undone_at", "undone_by", "undone_because"])
        audit(
            by,
            "tracker.import.undo",
            f"tracker.import:{row.pk}",
            {"because": row.undone_because, "lines": taken},
            now=now,
        )
    return taken
