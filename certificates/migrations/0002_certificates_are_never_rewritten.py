"""C1: a certificate is never rewritten or deleted; it is revoked once, and stays revoked."""

from django.db import migrations

from people.append_only import append_only

TABLE = "certificates_certificate"
REFUSAL = f"{TABLE}: a revocation is final"


def make_revocation_final(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute(
            f"""
            CREATE FUNCTION {TABLE}_revoked_once() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
            END $$
            """
        )
        editor.execute(
            f"CREATE TRIGGER {TABLE}_revoked_once BEFORE UPDATE ON {TABLE} FOR EACH ROW "
            f"WHEN (OLD.revoked_at IS NOT NULL) EXECUTE FUNCTION {TABLE}_revoked_once()"
        )
    else:
        editor.execute(
            f"CREATE TRIGGER {TABLE}_revoked_once BEFORE UPDATE ON {TABLE} "
            f"WHEN OLD.revoked_at IS NOT NULL BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )


def undo(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute(f"DROP TRIGGER {TABLE}_revoked_once ON {TABLE}")
        editor.execute(f"DROP FUNCTION {TABLE}_revoked_once()")
    else:
        editor.execute(f"DROP TRIGGER {TABLE}_revoked_once")


class Migration(migrations.Migration):
    dependencies = [("certificates", "0001_initial")]

    operations = [
        append_only(TABLE, except_columns=["revoked_at", "revoked_because", "revoked_by_id"]),
        append_only("certificates_issuerkey"),
        migrations.RunPython(make_revocation_final, undo),
    ]
