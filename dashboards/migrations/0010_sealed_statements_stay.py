"""What was approved and sealed never changes: it is withdrawn with a reason, or it stays."""

from django.db import migrations

from people.append_only import not_replaced

TABLE = "dashboards_statement"
REFUSAL = "a sealed statement never changes"
_MAY_CHANGE = ("state", "withdrawn_because")
SEALED = "OLD.sealed_at IS NOT NULL"


def guard(apps, editor):
    with editor.connection.cursor() as cursor:
        columns = [
            column.name
            for column in editor.connection.introspection.get_table_description(cursor, TABLE)
            if column.name not in _MAY_CHANGE
        ]
    postgresql = editor.connection.vendor == "postgresql"
    differs = "IS DISTINCT FROM" if postgresql else "IS NOT"
    changed = " OR ".join(f'OLD."{name}" {differs} NEW."{name}"' for name in columns)
    only_withdrawn = "NEW.state <> OLD.state AND NEW.state <> 'withdrawn'"
    for event, condition in (
        ("update", f"{SEALED} AND ({only_withdrawn} OR {changed})"),
        ("delete", SEALED),
    ):
        name = f"{TABLE}_sealed_no_{event}"
        if postgresql:
            editor.execute(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; "
                f"END $$"
            )
            does = f"EXECUTE FUNCTION {name}()"
        else:
            does = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        when = f"FOR EACH ROW WHEN ({condition})"
        editor.execute(f"CREATE TRIGGER {name} BEFORE {event.upper()} ON {TABLE} {when} {does}")


def unguard(apps, editor):
    for event in ("update", "delete"):
        name = f"{TABLE}_sealed_no_{event}"
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP TRIGGER {name} ON {TABLE}")
            editor.execute(f"DROP FUNCTION {name}()")
        else:
            editor.execute(f"DROP TRIGGER {name}")


class Migration(migrations.Migration):
    dependencies = [("dashboards", "0009_questions_papers_and_sheets")]

    operations = [
        migrations.RunPython(guard, unguard),
        not_replaced(TABLE, "dashboards_statementrow"),
    ]
