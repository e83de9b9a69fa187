"""Tables that only grow: database triggers that refuse UPDATE, DELETE and TRUNCATE.

For use in migrations of any app. The triggers hold against every client of the database,
not only against this code base; who wants to change a row must first drop a trigger, which
the seals of the ledger then tell.
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
    """Return the migration operation that lets no client of SQLite put another row in a row's place.

    REPLACE takes the old row away without a DELETE that a trigger sees, unless the connection asks
    for recursive triggers: ours do, a foreign client need not. By its key no row is replaced then
    either; a row replaced by what else is unique in it leaves its key missing, which the seals tell.
    """

    def guard(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor == "sqlite":
            for table in tables:
                with editor.connection.cursor() as cursor:
                    key = editor.connection.introspection.get_primary_key_column(cursor, table)
                taken = f"EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"  # noqa: S608
                editor.execute(
                    f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {taken} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} {_REFUSAL}'); END"
                )

    def unguard(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor == "sqlite":
            for table in tables:
                editor.execute(f"DROP TRIGGER {table}_no_replace")

    return migrations.RunPython(guard, unguard)


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
