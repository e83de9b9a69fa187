"""Tables that only grow: database triggers that refuse UPDATE, DELETE and TRUNCATE.

For use in migrations of any app: ``append_only`` and then ``not_replaced``, and both again where
SQLite makes the table anew. The triggers hold against every client of the database, not only
against this code base; who wants to change a row must first drop a trigger, which the seals of
the ledger then tell.
"""

from collections.abc import Sequence
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_REFUSAL = "is append-only: add a correcting row instead"


def append_only(table: str, *, except_columns: Sequence[str] = ()) -> migrations.RunPython:
    """Return the migration operation that makes ``table`` append-only, and its reverse.

    ``except_columns`` may still be updated (a revocation, say); every other column may not.
    """

    def guard(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        for statement in _guards(table, except_columns, editor):
            editor.execute(statement)

    def unguard(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP TRIGGER {table}_append_only ON {table}")
            editor.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
            editor.execute(f"DROP FUNCTION {table}_append_only()")
        else:
            editor.execute(f"DROP TRIGGER {table}_no_update")
            editor.execute(f"DROP TRIGGER {table}_no_delete")

    return migrations.RunPython(guard, unguard)


def not_replaced(*tables: str) -> migrations.RunPython:
    """Return the migration operation that lets no client put another row in a row's place.

    On SQLite REPLACE takes the old row away without a DELETE that a trigger sees, unless the
    connection asks for recursive triggers: ours do, a foreign client need not. So a row is refused
    whose key, or whatever else is unique in it, another row has. On PostgreSQL the triggers of these
    tables fire in a session that works as a replica as well, in which others are passed over.
    """

    def guard(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            if editor.connection.vendor == "sqlite":
                editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_replace")
                editor.execute(
                    f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
                    f"WHEN {_taken(table, editor)} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} {_REFUSAL}'); END"
                )
            else:
                _enable(table, "ENABLE ALWAYS", editor)

    def unguard(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            if editor.connection.vendor == "sqlite":
                editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_replace")
            else:
                _enable(table, "ENABLE", editor)

    return migrations.RunPython(guard, unguard)


def _taken(table: str, editor: BaseDatabaseSchemaEditor) -> str:
    """That the table has a row with the new one's key, or with something else that is unique."""
    with editor.connection.cursor() as cursor:
        found = editor.connection.introspection.get_constraints(cursor, table)
        key = editor.connection.introspection.get_primary_key_column(cursor, table)
    uniques = {tuple(each["columns"]) for each in found.values() if each["unique"]} | {(key,)}
    return " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE "  # noqa: S608
        + " AND ".join(f'"{column}" = NEW."{column}"' for column in columns)
        + ")"
        for columns in sorted(uniques)
    )


def _enable(table: str, how: str, editor: BaseDatabaseSchemaEditor) -> None:
    with editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
            [table],
        )
        names = [name for (name,) in cursor.fetchall()]
    for name in names:
        editor.execute(f"ALTER TABLE {table} {how} TRIGGER {name}")


def _guards(
    table: str, except_columns: Sequence[str], editor: BaseDatabaseSchemaEditor
) -> list[str]:
    connection = editor.connection
    with connection.cursor() as cursor:
        columns = [
            column.name
            for column in connection.introspection.get_table_description(cursor, table)
            if column.name not in except_columns
        ]
    if connection.vendor == "postgresql":
        changed = " OR ".join(f'OLD."{name}" IS DISTINCT FROM NEW."{name}"' for name in columns)
        update_guard = f"TG_OP <> 'UPDATE' OR {changed}" if except_columns else "TRUE"
        # OLD and NEW exist only for rows, so TRUNCATE must be told apart before they are read.
        return [
            f"""
            CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'UPDATE' THEN
                    IF {update_guard} THEN
                        RAISE EXCEPTION '{table} {_REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                END IF;
                RAISE EXCEPTION '{table} {_REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
            END $$
            """,
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()",
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()",
        ]
    when = " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in columns)
    condition = f"WHEN {when} " if except_columns else ""
    return [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {condition}"
        f"BEGIN SELECT RAISE(ABORT, '{table} {_REFUSAL}'); END",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} {_REFUSAL}'); END",
    ]
