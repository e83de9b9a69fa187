"""Statements: drawn up from the ledger, approved by a second person, sealed, and checked again."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from dashboards import statements
from dashboards.enums import StatementKind, StatementState
from dashboards.files.document import Progress
from dashboards.models import Statement, StatementRow, StatementSchedule
from people.enums import Role
from people.models import OrgUnit, Person
from people.operations import audit
from people.permissions import may_in_unit
from people.queries import persons_in
from tracker import seals
from tracker.verify_ledger import append_leaf, canonical, leaf_hash, root_of

Clock = Callable[[], datetime]
DIFFERENCES_NAMED = 200


class MayNotState(Exception):
    """Only a training administrator of the unit draws up, approves or withdraws."""


class SecondPersonNeeded(Exception):
    """Whoever drew a statement up does not approve it."""


class NotDrawn(Exception):
    """The statement is not in the state this needs."""


class NotYetKnown(Exception):
    """A statement cannot know postings that have not been made."""


def order_statement(
    unit: OrgUnit,
    *,
    kind: str,
    activity_on: date,
    known_at: datetime,
    by: Person,
    now: datetime,
    schedule_key: str | None = None,
) -> Statement:
    """Note a statement to be drawn up. Raises MayNotState, NotYetKnown."""
    if not may_in_unit(by, unit, Role.TRAINING_ADMIN):
        raise MayNotState(unit.code)
    if known_at > now or activity_on > timezone.localdate(known_at):
        raise NotYetKnown(known_at)
    with transaction.atomic():
        statement = Statement.objects.create(
            unit=unit,
            unit_name=unit.name,
            kind=kind,
            activity_on=activity_on,
            known_at=known_at,
            drawn_by=by,
            asked_at=now,
            schedule_key=schedule_key,
        )
        _note(statement, by, "order", {"kind": kind, "activity_on": activity_on.isoformat()}, now)
    return statement


def draw(
    owner: Person, parameters: dict[str, Any], progress: Progress, clock: Clock
) -> dict[str, Any]:
    """Write the rows, some hundred persons a transaction; a killed drawing goes on where it was."""
    statement = Statement.objects.select_related("unit").get(pk=parameters["statement"])
    if statement.state == StatementState.DRAWING:
        people = persons_in(statement.unit).filter(
            Q(joined_on=None) | Q(joined_on__lte=statement.activity_on)
        )
        units = {unit.pk: unit for unit in OrgUnit.get_tree(statement.unit)}
        while _draw_some(statement.pk, people, units):
            progress(Statement.objects.values_list("persons", flat=True).get(pk=statement.pk))
        _close(statement.pk, clock())
    return {"statement": statement.pk}


def _draw_some(statement_id: int, people: Any, units: dict[int, OrgUnit]) -> bool:
    with transaction.atomic():
        statement = Statement.objects.select_for_update().get(pk=statement_id)
        if statement.state != StatementState.DRAWING:
            return False
        some = list(people.filter(pk__gt=statement.last_person_id)[: statements.AT_ONCE])
        if not some:
            return False
        rows = list(statements.rows_of(statement, some, units, statement.rows_count))
        StatementRow.objects.bulk_create(rows, batch_size=500)
        statement.last_person_id = some[-1].pk
        statement.persons += len(some)
        statement.rows_count += len(rows)
        statement.save(update_fields=["last_person_id", "persons", "rows_count"])
    return True


def _close(statement_id: int, now: datetime) -> None:
    root = root_of_rows(statement_id)
    Statement.objects.filter(pk=statement_id, state=StatementState.DRAWING).update(
        state=StatementState.DRAWN, drawn_at=now, root_hash=root
    )


def root_of_rows(statement_id: int) -> str:
    """The Merkle root of the stored rows in their order; memory does not grow with them."""
    frontier: list[tuple[int, str]] = []
    rows = StatementRow.objects.filter(statement=statement_id).order_by("position")
    for row in rows.iterator(2000):
        append_leaf(frontier, leaf_hash(row.record()))
    return root_of(frontier)


def seal_statement(statement_id: int, *, by: Person, now: datetime) -> Statement:
    """Approve and sign. Raises MayNotState, SecondPersonNeeded, NotDrawn."""
    with transaction.atomic():
        statement = (
            Statement.objects.select_for_update(of=("self",))
            .select_related("unit", "drawn_by")
            .get(pk=statement_id)
        )
        if not may_in_unit(by, statement.unit, Role.TRAINING_ADMIN):
            raise MayNotState(statement.unit.code)
        if by.pk == statement.drawn_by_id:
            raise SecondPersonNeeded(statement_id)
        if statement.state != StatementState.DRAWN:
            raise NotDrawn(statement_id)
        key = seals.signing_key()
        document = canonical(
            {
                "kind": "statement",
                "number": statement.pk,
                "unit": statement.unit.code,
                "unit_name": statement.unit_name,
                "statement_kind": statement.kind,
                "activity_on": statement.activity_on.isoformat(),
                "known_at": statement.known_at.isoformat(),
                "persons": statement.persons,
                "rows": statement.rows_count,
                "root_hash": statement.root_hash,
                "drawn_by": statement.drawn_by.staff_number,
                "approved_by": by.staff_number,
                "sealed_at": now.isoformat(),
                "public_key": seals.public_key(key),
            }
        )
        statement.document = document.decode()
        statement.signature = key.sign(document).hex()
        statement.state = StatementState.SEALED
        statement.sealed_by, statement.sealed_at = by, now
        statement.save()
        _note(statement, by, "seal", {"root_hash": statement.root_hash}, now)
    return statement


def withdraw_statement(statement_id: int, *, because: str, by: Person, now: datetime) -> None:
    """Take a statement back, with a reason; its rows stay. Raises MayNotState, NotDrawn."""
    with transaction.atomic():
        statement = (
            Statement.objects.select_for_update(of=("self",))
            .select_related("unit")
            .get(pk=statement_id)
        )
        if not may_in_unit(by, statement.unit, Role.TRAINING_ADMIN):
            raise MayNotState(statement.unit.code)
        if statement.state == StatementState.WITHDRAWN or not because.strip():
            raise NotDrawn(statement_id)
        statement.state = StatementState.WITHDRAWN
        statement.withdrawn_because = because.strip()[:300]
        statement.save(update_fields=["state", "withdrawn_because"])
        _note(statement, by, "withdraw", {"because": statement.withdrawn_because}, now)


def check(
    owner: Person, parameters: dict[str, Any], progress: Progress, clock: Clock
) -> dict[str, Any]:
    """Compute every row again from the ledger and compare; say also whether the seal holds.

    ``differs`` names the first two hundred rows that read otherwise: before, and now.
    """
    statement = Statement.objects.get(pk=parameters["statement"])
    differs: list[dict[str, Any]] = []
    count = done = 0
    people = (
        StatementRow.objects.filter(statement=statement)
        .order_by("person_id")
        .values_list("person_id", flat=True)
        .distinct()
    )
    ids = list(people)
    for start in range(0, len(ids), statements.AT_ONCE):
        some = ids[start : start + statements.AT_ONCE]
        stored = list(
            StatementRow.objects.filter(statement=statement, person_id__in=some).order_by(
                "position"
            )
        )
        places = {
            row.person_id: (
                row.staff_number, row.name, row.unit_path, row.unit_code, row.unit_name
            )
            for row in stored
        }  # fmt: skip
        fresh = {
            (row.person_id, row.requirement): row
            for row in statements.computed(statement, places, 0)
        }
        before = {(row.person_id, row.requirement): row for row in stored}
        for key in sorted(before.keys() | fresh.keys()):
            then, now = before.get(key), fresh.get(key)
            if _said(then) != _said(now):
                count += 1
                if len(differs) < DIFFERENCES_NAMED:
                    one = then or now
                    assert one is not None  # noqa: S101  the key came from one of the two
                    differs.append(
                        {
                            "staff_number": one.staff_number,
                            "name": one.name,
                            "title": one.title,
                            "then": _said(then),
                            "now": _said(now),
                        }
                    )
        done += len(some)
        progress(done)
    return {
        "statement": statement.pk,
        "checked_at": clock().isoformat(),
        "rows": statement.rows_count,
        "count": count,
        "differs": differs,
        "content": root_of_rows(statement.pk) == statement.root_hash,
        "signature": signature_holds(statement),
    }


def _said(row: StatementRow | None) -> dict[str, Any] | None:
    if row is None:
        return None
    record = row.record()
    return {name: record[name] for name in ("state", "due_on", "figures", "pack", "rank")}


def signature_holds(statement: Statement) -> bool | None:
    """Whether the house's key signed the document and the document names these rows; None unsealed."""
    if not statement.signature:
        return None
    document = statement.document.encode()
    try:
        seals.signing_key().public_key().verify(bytes.fromhex(statement.signature), document)
    except (InvalidSignature, ValueError):
        return False
    return f'"root_hash":"{statement.root_hash}"' in statement.document


def set_schedule(
    unit: OrgUnit, *, half_year: bool, year_end: bool, by: Person, now: datetime
) -> None:
    """Which statements the unit gets by themselves. Raises MayNotState."""
    if not may_in_unit(by, unit, Role.TRAINING_ADMIN):
        raise MayNotState(unit.code)
    with transaction.atomic():
        StatementSchedule.objects.update_or_create(
            unit=unit,
            defaults={"half_year": half_year, "year_end": year_end, "set_by": by, "set_at": now},
        )
        detail = {"half_year": half_year, "year_end": year_end}
        audit(by, "dashboards.statement.schedule", f"people.unit:{unit.pk}", detail, now=now)


def order_due_statements(now: datetime) -> list[Statement]:
    """Order what the schedules ask for and nobody has; once each, however often this runs."""
    ordered = []
    today = timezone.localdate(now)
    for schedule in StatementSchedule.objects.select_related("unit", "set_by").order_by("pk"):
        for kind, wanted in (
            (StatementKind.HALF_YEAR, schedule.half_year),
            (StatementKind.YEAR_END, schedule.year_end),
        ):
            if not wanted:
                continue
            ends = [statements.period(kind, year) for year in (today.year, today.year - 1)]
            activity_on, known_at = next((e for e in ends if e[1] < now), (None, None))
            # What ended before the schedule was made is not made up for.
            if activity_on is None or known_at is None or known_at < schedule.set_at:
                continue
            key = f"{schedule.unit_id}:{kind}:{activity_on}"
            if Statement.objects.filter(schedule_key=key).exists():
                continue
            try:
                ordered.append(
                    order_statement(
                        schedule.unit,
                        kind=kind,
                        activity_on=activity_on,
                        known_at=known_at,
                        by=schedule.set_by,
                        now=now,
                        schedule_key=key,
                    )
                )
            except (IntegrityError, MayNotState):
                # Another sweep was first, or whoever set it has left: the page shows the schedule.
                continue
    return ordered


def _note(
    statement: Statement, by: Person, deed: str, detail: dict[str, Any], now: datetime
) -> None:
    audit(
        by,
        f"dashboards.statement.{deed}",
        f"dashboards.statement:{statement.pk}",
        {"unit": statement.unit.code, **detail},
        now=now,
    )
