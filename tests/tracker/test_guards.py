"""L3: what only grows is held by the database itself, whoever the client is and however he asks."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from dashboards.models import Statement, StatementRow
from people.models import AuditEntry
from people.operations import audit
from tests.factories.certificates import CertificateFactory
from tests.factories.people import OrgUnitFactory, PersonFactory
from tests.factories.tracker import post_hours
from tracker.models import Entry, LedgerHead

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="only SQLite has REPLACE")
on_postgresql = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="only PostgreSQL has it"
)


@pytest.fixture
def foreign_client():
    """A cursor as of a client that does not ask for recursive triggers."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA recursive_triggers=OFF")
        yield cursor
        cursor.execute("PRAGMA recursive_triggers=ON")


def _entry():
    return post_hours(PersonFactory(), "x:1", hours="4")


def _audit_entry():
    audit(PersonFactory(), "tracker.look", "x:1", {}, now=NOW)
    return AuditEntry.objects.latest("pk")


def _head():
    return LedgerHead.objects.create(
        number=1, tree_size=0, root_hash="", sealed_at=NOW, key_id="", signature=""
    )


def _statement(**more):
    unit = OrgUnitFactory()
    return Statement.objects.create(
        unit=unit,
        unit_name=unit.name,
        kind="special",
        activity_on=NOW.date(),
        known_at=NOW,
        drawn_by=PersonFactory(),
        asked_at=NOW,
        **more,
    )


def _sealed():
    more = {"sealed_by": PersonFactory(), "sealed_at": NOW, "signature": "s"}
    return _statement(state="sealed", schedule_key="k", **more)


def _statement_row():
    return StatementRow.objects.create(
        statement=_statement(),
        position=0,
        person=PersonFactory(),
        unit_path="0001",
        rank=0,
        state="met",
    )


def _copied_over(row, changed: str, *, by: tuple[str, ...]) -> str:
    """REPLACE by a copy of the row that differs in one column and has only ``by`` in common."""
    key = row._meta.pk.column
    values = {field.column: f'"{field.column}"' for field in row._meta.concrete_fields}
    for field in row._meta.concrete_fields:
        unique = field.unique or any(
            field.name in constraint.fields for constraint in row._meta.total_unique_constraints
        )
        if unique and field.column not in by:
            number = field.column == key or field.get_internal_type() != "CharField"
            values[field.column] += " + 1000" if number else " || '-'"
    values[changed] = "'forged'"
    table = row._meta.db_table
    columns = ", ".join(f'"{column}"' for column in values)
    return (
        f"REPLACE INTO {table} ({columns}) SELECT {', '.join(values.values())}"  # noqa: S608
        f" FROM {table} WHERE {key} = {row.pk}"
    )


GUARDED = [
    (_entry, "title", ("id",)),
    (_entry, "title", ("source",)),
    (_audit_entry, "verb", ("id",)),
    (_head, "root_hash", ("id",)),
    (_head, "root_hash", ("number",)),
    (CertificateFactory, "learner_name", ("id",)),
    (CertificateFactory, "learner_name", ("serial",)),
    (CertificateFactory, "learner_name", ("token",)),
    (CertificateFactory, "learner_name", ("source",)),
    (_statement_row, "state", ("id",)),
    (_statement_row, "state", ("statement_id", "position")),
    (_statement_row, "state", ("statement_id", "person_id", "requirement")),
    (_sealed, "root_hash", ("id",)),
    (_sealed, "root_hash", ("schedule_key",)),
]


@on_sqlite
@pytest.mark.parametrize(("make", "changed", "by"), GUARDED)
def test_no_client_puts_another_row_in_a_row_s_place(make, changed, by, foreign_client):
    row = make()
    rows = type(row).objects.all()

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        foreign_client.execute(_copied_over(row, changed, by=by))

    assert getattr(rows.get(pk=row.pk), changed) == getattr(row, changed)
    assert not rows.filter(**{changed: "forged"}).exists()


@on_sqlite
@pytest.mark.parametrize(("make", "changed", "by"), GUARDED)
def test_without_the_guard_a_foreign_client_would(make, changed, by, foreign_client):
    """Negative control: each of these statements does replace the row when nothing forbids it."""
    row = make()
    foreign_client.execute(f"DROP TRIGGER {row._meta.db_table}_no_replace")

    with transaction.atomic():
        foreign_client.execute(_copied_over(row, changed, by=by))
        assert type(row).objects.filter(**{changed: "forged"}).count() == 1
        assert getattr(type(row).objects.filter(pk=row.pk).first(), changed, "forged") == "forged"
        transaction.set_rollback(True)


@on_sqlite
def test_the_same_holds_for_our_own_connections():
    entry = _entry()
    statement = _copied_over(entry, "title", by=("source",))
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        connection.cursor().execute(statement)


def _append_only_tables(cursor):
    if connection.vendor == "sqlite":
        cursor.execute(
            "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'"
            " AND name = tbl_name || '_no_delete'"
        )
    else:
        cursor.execute(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE t.tgname = c.relname || '_append_only'"
        )
    return {table for (table,) in cursor.fetchall()}


def test_every_table_that_only_grows_is_guarded_so():
    """Also after a migration that makes the table anew, which on SQLite loses its triggers."""
    with connection.cursor() as cursor:
        tables = _append_only_tables(cursor)
        assert {"tracker_entry", "people_auditentry", "exams_attemptevent"} <= tables
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                " WHERE NOT t.tgisinternal AND t.tgenabled <> 'A'"
            )
            assert [(t, name) for t, name in cursor.fetchall() if t in tables] == []
            return
        for table in sorted(tables):
            cursor.execute(
                "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = %s",
                [f"{table}_no_replace"],
            )
            (guard,) = cursor.fetchone() or ("",)
            found = connection.introspection.get_constraints(cursor, table).values()
            for columns in [each["columns"] for each in found if each["unique"]]:
                compared = " AND ".join(f'"{column}" = NEW."{column}"' for column in columns)
                assert compared in guard, (table, columns)


@on_postgresql
@pytest.mark.parametrize("table", ["tracker_entry", "people_auditentry", "certificates_issuerkey"])
def test_the_database_refuses_to_truncate(table):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        connection.cursor().execute(f"TRUNCATE {table} CASCADE")


@on_postgresql
def test_an_insert_that_would_update_is_refused():
    entry = _entry()
    columns = ", ".join(f'"{field.column}"' for field in Entry._meta.concrete_fields)
    for conflict in ("id", "source"):
        statement = (
            f"INSERT INTO tracker_entry ({columns}) SELECT {columns} FROM tracker_entry"  # noqa: S608
            f" ON CONFLICT ({conflict}) DO UPDATE SET title = 'forged'"
        )
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            connection.cursor().execute(statement)
    assert Entry.objects.get().title == entry.title


CHANGES = ["UPDATE tracker_entry SET title = 'forged'", "DELETE FROM tracker_entry"]


@on_postgresql
@pytest.mark.parametrize("statement", [*CHANGES, "TRUNCATE tracker_entry CASCADE"])
def test_a_session_that_works_as_a_replica_is_refused_too(statement):
    entry = _entry()
    connection.check_constraints()  # none is pending, which would refuse a TRUNCATE by itself
    cursor = connection.cursor()
    cursor.execute("SET LOCAL session_replication_role = replica")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        cursor.execute(statement)
    assert Entry.objects.get().title == entry.title


@on_postgresql
def test_guards_that_do_not_always_fire_would_let_a_replica_change_it():
    """Negative control."""
    _entry()
    connection.check_constraints()
    cursor = connection.cursor()
    cursor.execute("ALTER TABLE tracker_entry ENABLE TRIGGER tracker_entry_append_only")
    cursor.execute("SET LOCAL session_replication_role = replica")
    cursor.execute(CHANGES[0])
    assert Entry.objects.get().title == "forged"


# --- what was sealed ------------------------------------------------------------------------------


def _change(statement, **changed):
    with transaction.atomic():
        Statement.objects.filter(pk=statement.pk).update(**changed)


def test_a_sealed_statement_never_changes_and_is_not_deleted():
    statement = _sealed()
    for changed in ({"document": "x"}, {"root_hash": "x"}, {"sealed_at": None, "state": "drawn"}):
        with pytest.raises(IntegrityError, match="never changes"):
            _change(statement, **changed)
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        Statement.objects.filter(pk=statement.pk).delete()
    with pytest.raises(IntegrityError, match="never changes"):
        _change(statement, state="drawing")
    _change(statement, state="withdrawn", withdrawn_because="错")


def test_a_withdrawn_one_is_not_sealed_again_and_one_being_drawn_up_goes_on():
    statement = _sealed()
    _change(statement, state="withdrawn", withdrawn_because="错")
    with pytest.raises(IntegrityError, match="never changes"):
        _change(statement, state="sealed")
    _change(_statement(), state="drawn", root_hash="x")


def test_without_the_guard_a_sealed_statement_could_be_changed():
    """Negative control."""
    statement = _sealed()
    name = "dashboards_statement_sealed_no_update"
    on = " ON dashboards_statement" if connection.vendor == "postgresql" else ""
    connection.cursor().execute(f"DROP TRIGGER {name}{on}")
    _change(statement, document="x")
    statement.refresh_from_db()
    assert statement.document == "x"
