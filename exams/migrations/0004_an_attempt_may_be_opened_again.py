"""An audited override may open again what was handed in: its receipt makes room for the next one.

The earlier receipt stays in the attempt's event, and can still be checked.
"""

from django.db import migrations

from people.append_only import append_only

NAME = "exams_attempt_handed_in_no_update"
MESSAGE = "what was handed in never changes"
_MOVED = "({receipt} OR {submitted_at})"
_BELONGS = "({exam_id} OR {person_id})"
OPEN = f"OLD.receipt IS NOT NULL AND ({_BELONGS} OR (NEW.overrides <= OLD.overrides AND {_MOVED}))"
SHUT = f"OLD.receipt IS NOT NULL AND ({_BELONGS} OR {_MOVED})"


def _replace(editor, condition):
    postgresql = editor.connection.vendor == "postgresql"
    differs = "IS DISTINCT FROM" if postgresql else "IS NOT"
    columns = ("receipt", "submitted_at", "exam_id", "person_id")
    condition = condition.format(**{name: f"OLD.{name} {differs} NEW.{name}" for name in columns})
    if postgresql:
        editor.execute(
            f"CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {condition} THEN RAISE EXCEPTION '{MESSAGE}' "
            f"USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
        )
        return
    editor.execute(f"DROP TRIGGER {NAME}")
    editor.execute(
        f"CREATE TRIGGER {NAME} BEFORE UPDATE ON exams_attempt WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    )


def loosen(apps, editor):
    _replace(editor, OPEN)


def tighten(apps, editor):
    _replace(editor, SHUT)


class Migration(migrations.Migration):
    dependencies = [("exams", "0003_sittings_practice_and_contests")]

    operations = [append_only("exams_redo"), migrations.RunPython(loosen, tighten)]
