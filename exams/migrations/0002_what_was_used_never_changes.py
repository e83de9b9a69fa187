"""Triggers: versions, reviews and events only grow; papers freeze; attempts only move forward."""

from django.db import migrations

from people.append_only import append_only

# (table, name of the trigger, event, condition under which the statement is refused, message).
# Conditions are written for both databases: {changed} compares OLD and NEW, NULL equal to NULL.
_PUBLISHED = "(SELECT published_at FROM exams_paper WHERE id = {row}.paper_id) IS NOT NULL"
_GUARDS = [
    ("exams_paperitem", "exams_paperitem_frozen_no_insert", "INSERT", _PUBLISHED.format(row="NEW"), "a published paper never changes"),
    ("exams_paperitem", "exams_paperitem_frozen_no_update", "UPDATE", _PUBLISHED.format(row="OLD"), "a published paper never changes"),
    ("exams_paperitem", "exams_paperitem_frozen_no_delete", "DELETE", _PUBLISHED.format(row="OLD"), "a published paper never changes"),
    ("exams_paper", "exams_paper_frozen_no_update", "UPDATE",
     "OLD.published_at IS NOT NULL AND ({title} OR {seed} OR {points} OR {published_at} OR {published_by_id})",
     "a published paper never changes"),
    ("exams_paper", "exams_paper_frozen_no_delete", "DELETE", "OLD.published_at IS NOT NULL", "a published paper never changes"),
    ("exams_attempt", "exams_attempt_forward_no_update", "UPDATE",
     "NEW.overrides <= OLD.overrides AND (NEW.state < OLD.state"
     " OR (OLD.due_at IS NOT NULL AND ({due_at} OR {accepts_until} OR {started_at})))",
     "the deadline and the state of an attempt move only by an audited override"),
    ("exams_attempt", "exams_attempt_forward_no_delete", "DELETE", "1 = 1", "attempts are never deleted"),
    ("exams_attempt", "exams_attempt_handed_in_no_update", "UPDATE",
     "OLD.receipt IS NOT NULL AND ({receipt} OR {submitted_at} OR {exam_id} OR {person_id})",
     "what was handed in never changes"),
    ("exams_answer", "exams_answer_kept_no_delete", "DELETE", "1 = 1", "answers are never deleted"),
    ("exams_answer", "exams_answer_newer_no_update", "UPDATE", "NEW.seq <= OLD.seq",
     "an answer is only replaced by a newer one"),
]
_COLUMNS = ["title", "seed", "points", "published_at", "published_by_id", "due_at", "accepts_until",
            "started_at", "receipt", "submitted_at", "exam_id", "person_id"]


def guard(apps, editor):
    postgresql = editor.connection.vendor == "postgresql"
    differs = "IS DISTINCT FROM" if postgresql else "IS NOT"
    changed = {name: f"OLD.{name} {differs} NEW.{name}" for name in _COLUMNS}
    for table, name, event, condition, message in _GUARDS:
        condition = condition.format(**changed)
        if postgresql:
            kept = "OLD" if event == "DELETE" else "NEW"
            editor.execute(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF {condition} THEN RAISE EXCEPTION '{message}' "
                f"USING ERRCODE = 'integrity_constraint_violation'; END IF; "
                f"RETURN {kept}; END $$"
            )
            editor.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {name}()"
            )
        else:
            editor.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {condition} "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )


def unguard(apps, editor):
    for table, name, *_ in reversed(_GUARDS):
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP TRIGGER {name} ON {table}")
            editor.execute(f"DROP FUNCTION {name}()")
        else:
            editor.execute(f"DROP TRIGGER {name}")


class Migration(migrations.Migration):
    dependencies = [("exams", "0001_bank_papers_and_attempts")]

    operations = [
        append_only("exams_questionversion"),
        append_only("exams_questionreview"),
        append_only("exams_attemptevent"),
        migrations.RunPython(guard, unguard),
    ]
