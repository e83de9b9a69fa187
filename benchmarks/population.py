"""A city for measuring: many persons and their ledger, written by the database itself.

Ten persons in a row (a *ten*) are alike in all but name, so that a tenth of everybody can be judged and the
rest be given the same standings where judging all would take an hour.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.models import AutoField, Model
from django.utils import timezone

import tracker.operations
from benchmarks import PASSWORD
from people.enums import OrgKind, Role
from people.models import OrgUnit, Person, RoleGrant

PACKS = ("cadre-2023", "party", "lecturing")
PERSONS_A_UNIT = 200
ADMINISTRATOR = "CITY-ADMIN"


def build(persons: int, entries_a_person: int, *, now: datetime) -> dict[str, int]:
    """Units, persons, careers, rules in force, ledger. Returns how many units and entries there are."""
    today = timezone.localdate(now)
    units = _units(max(1, persons // PERSONS_A_UNIT))
    root = OrgUnit.objects.get(depth=1)
    admin = Person.objects.create(
        staff_number=ADMINISTRATOR, name="教管", unit=root, password=make_password(PASSWORD)
    )
    other = Person.objects.create(staff_number="CITY-OTHER", name="审批", unit=root)
    RoleGrant.objects.create(
        person=admin, unit=root, role=Role.TRAINING_ADMIN, starts_on=date(2020, 1, 1)
    )
    RoleGrant.objects.create(
        person=other, unit=root, role=Role.TRAINING_ADMIN, starts_on=date(2020, 1, 1)
    )
    for code, text in tracker.operations.shipped_packs().items():
        if code in PACKS:
            row, _ = tracker.operations.load_rulepack(text, by=admin, now=now - timedelta(days=2))
            type(row).objects.filter(pk=row.pk).update(named_approver=other)
            tracker.operations.approve_rulepack(row.pk, other, now - timedelta(days=1))
    _persons(persons, units)
    _careers(persons)
    entries = _entries(persons, entries_a_person, today)
    run("ANALYZE")
    return {"units": len(units) + 21, "entries": entries}


def _units(count: int) -> list[int]:
    """A root, up to twenty districts, and so many units below them; the ids of the units."""
    with transaction.atomic():
        root = OrgUnit.add_root(code="CITY", name="测量市", kind=OrgKind.CITY)
        for number in range(min(20, count)):
            district = OrgUnit.objects.get(pk=root.pk).add_child(
                code=f"D{number:02d}", name=f"测量{number}区", kind=OrgKind.SYSTEM
            )
            below = len(range(number, count, 20))
            OrgUnit.objects.bulk_create(
                OrgUnit(
                    path=district.path + OrgUnit._int2str(each + 1).zfill(OrgUnit.steplen),
                    depth=3,
                    code=f"D{number:02d}-{each:04d}",
                    name=f"测量{number}区{each}局",
                    kind=OrgKind.UNIT,
                )
                for each in range(below)
            )
            OrgUnit.objects.filter(pk=district.pk).update(numchild=below)
    return list(OrgUnit.objects.filter(depth=3).order_by("pk").values_list("pk", flat=True))


def series(count: int, name: str = "n") -> str:
    """A table of 0 … count-1."""
    if connection.vendor == "postgresql":
        return f"generate_series(0, {count - 1}) AS {name}_({name})"
    return (
        f"(WITH RECURSIVE {name}_({name}) AS (SELECT 0 UNION ALL SELECT {name} + 1 FROM {name}_ "
        f"WHERE {name} < {count - 1}) SELECT {name} FROM {name}_)"
    )


def run(statement: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return int(cursor.rowcount)


def copies(model: type[Model], pk: Any, source: str, where: str = "", **changed: str) -> int:
    """Rows like the one with that key, one for each row of ``source`` (a FROM clause without the word).

    ``changed`` gives SQL for the columns that differ. Number keys count on by themselves; any other
    key must be among them. Returns how many rows were written.
    """
    meta = model._meta
    fields = [
        field.column
        for field in meta.concrete_fields
        if field.column in changed or not (field.primary_key and isinstance(field, AutoField))
    ]
    quote = connection.ops.quote_name
    values = [changed.get(column, f"one.{quote(column)}") for column in fields]
    assert meta.pk is not None  # noqa: S101
    return run(
        f"INSERT INTO {quote(meta.db_table)} ({', '.join(map(quote, fields))}) "
        f"SELECT {', '.join(values)} FROM {quote(meta.db_table)} one, {source} "
        f"WHERE one.{quote(meta.pk.column)} = %s{where and f' AND {where}'}",
        meta.pk.get_db_prep_value(pk, connection),
    )


def _day(base: date, days_before: str) -> str:
    """SQL of a calendar day so many days before another."""
    if connection.vendor == "postgresql":
        return f"(DATE '{base}' - CAST({days_before} AS integer))"
    return f"date('{base}', '-' || ({days_before}) || ' days')"


# The first of the measured persons, divisible by ten; the two who sign in come before.
FIRST = 1010


def _persons(count: int, units: list[int]) -> None:
    run("CREATE TEMPORARY TABLE measured_unit (place INTEGER PRIMARY KEY, unit INTEGER)")
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO measured_unit VALUES (%s, %s)", list(enumerate(units)))
    true, false = ("TRUE", "FALSE") if connection.vendor == "postgresql" else ("1", "0")
    run(
        "INSERT INTO people_person (id, password, is_superuser, staff_number, name, pinyin, email,"
        " unit_id, is_active, joined_on)"
        f" SELECT {FIRST} + n, '!', {false}, 'P' || n, '测量' || n, 'celiang' || n || ' cl', '',"
        f" u.unit, {true}, '2020-01-01' FROM {series(count)}"
        f" JOIN measured_unit u ON u.place = (n / 10) % {len(units)}"
    )


def _careers(count: int) -> None:
    true, false = ("TRUE", "FALSE") if connection.vendor == "postgresql" else ("1", "0")
    run(
        'INSERT INTO people_post (person_id, unit_id, title, rank, grade, "leading", authority,'
        ' "primary", starts_on)'
        " SELECT id, unit_id, '科员',"
        f" CASE WHEN (id - {FIRST}) / 10 % 50 = 0 THEN 50 WHEN (id - {FIRST}) / 10 % 50 < 3 THEN 40"
        f" WHEN (id - {FIRST}) / 10 % 5 = 3 THEN 30 WHEN (id - {FIRST}) / 10 % 5 = 4 THEN 20 ELSE 10"
        f" END, 0, CASE WHEN (id - {FIRST}) / 10 % 50 < 3 THEN {true} ELSE {false} END, 'unit',"
        f" {true}, '2021-03-01' FROM people_person WHERE id >= {FIRST}"
    )
    run(
        "INSERT INTO people_membershipstage (person_id, stage, starts_on)"
        f" SELECT id, 'full_member', '2019-07-01' FROM people_person WHERE id >= {FIRST}"
        f" AND (id - {FIRST}) / 10 % 3 < 2"
    )
    run(
        "INSERT INTO people_partyduty (person_id, unit_id, kind, starts_on)"
        " SELECT id, unit_id, 'branch_secretary', '2022-01-01' FROM people_person"
        f" WHERE id >= {FIRST} AND (id - {FIRST}) / 10 % 30 = 0"
    )


def _entries(persons: int, each: int, today: date) -> int:
    """So many rows a person over four years, in the order of persons; in parts that end by themselves."""
    day = _day(today, f"((n / 10) * 37 + k * 1460 / {each} + (n / 10) % 70) % 1460 + 2")
    bucket = (
        "CASE ((n / 10) + k) % 4 WHEN 0 THEN 'concentrated' WHEN 1 THEN 'off_the_job'"
        " ELSE 'online' END"
    )
    evidence = "'{}'"
    posted = 0
    # As a restore does it: what the rows refer to is known to be there, indexes are made at the end.
    if connection.vendor == "postgresql":
        run("SET session_replication_role = replica")
    indexes = _indexes_put_aside()
    for start in range(0, persons, 50_000):
        part = min(50_000, persons - start)
        posted += run(
            "INSERT INTO tracker_entry (person_id, unit_id, unit_path, unit_name, bucket, title,"
            " course, occurred_from, occurred_to, recorded_at, hours, credits, training_days, events,"
            " source, evidence, confirmer, valuation, because)"
            " SELECT e.person, p.unit_id, u.path, u.name, e.bucket, '测量用的学习', '',"
            f" e.day, {_after('e.day')}, {_after('e.day')}, e.amount, 0, 0, 1, e.source, {evidence},"
            " CASE e.bucket WHEN 'online' THEN 'platform' ELSE 'institution' END, '', ''"
            f" FROM (SELECT {FIRST} + n AS person, {bucket} AS bucket, {day} AS day,"
            " 1 + ((n / 10) + k * 7) % 16 AS amount, 'measured:' || n || ':' || k AS source"
            f" FROM (SELECT n + {start} AS n FROM {series(part)}) AS ns, {series(each, 'k')}"
            " ORDER BY 1) e JOIN people_person p ON p.id = e.person"
            " JOIN people_orgunit u ON u.id = p.unit_id"
        )
    for statement in indexes:
        run(statement)
    if connection.vendor == "postgresql":
        run("SET session_replication_role = DEFAULT")
    return posted


def _indexes_put_aside() -> list[str]:
    """Drop the ledger's indexes that no constraint needs; the statements that make them again."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.tablename = 'tracker_entry'"
            " AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)"
        )
        found = cursor.fetchall()
    for name, _definition in found:
        run(f'DROP INDEX "{name}"')
    return [definition for _name, definition in found]


def _after(day: str) -> str:
    return f"{day} + 1" if connection.vendor == "postgresql" else f"date({day}, '+1 day')"


def give_everybody_the_standing_of_the_first_of_his_ten() -> None:
    """Where only every tenth person was judged: the others stand as he does."""
    last = Person.objects.order_by("-pk").values_list("pk", flat=True)[0]
    columns = (
        "unit_id, requirement, pack, state, window_from, window_until, due_on, share, figures,"
        " computed_for"
    )
    ones = f"FROM {series(9)}"
    run(
        f"INSERT INTO tracker_standing (person_id, {columns})"
        f" SELECT s.person_id + n + 1, {columns} {ones}, tracker_standing s"
        f" WHERE s.person_id >= {FIRST} AND s.person_id + n + 1 <= {last}"
    )
    columns = "unit_id, rank, state, due_on, next_on, computed_for, computed_at"
    run(
        f"INSERT INTO tracker_standingmark (person_id, last_entry_id, {columns})"
        " SELECT m.person_id + n + 1, (SELECT MAX(e.id) FROM tracker_entry e"
        f" WHERE e.person_id = m.person_id + n + 1), {columns} {ones}, tracker_standingmark m"
        f" WHERE m.person_id >= {FIRST} AND m.person_id + n + 1 <= {last}"
    )
    if connection.vendor == "postgresql":
        run("VACUUM ANALYZE tracker_standing")
        run("VACUUM ANALYZE tracker_standingmark")
