from typing import Any

from django.db import DatabaseError, migrations, transaction

# People are searched in these very words, see people/pieces.py.
INDEX = r"""
CREATE INDEX people_person_pieces ON people_person USING gin (
    upper(regexp_replace(name, '(.)', ' \1 ', 'g')) gin_trgm_ops,
    upper(staff_number) gin_trgm_ops,
    upper(pinyin) gin_trgm_ops
)
"""

def add(apps: Any, schema_editor: Any) -> None:
    """Where the extension may not be made, people are searched without the index, only slower."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=connection.alias):
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            schema_editor.execute(INDEX)
    except DatabaseError as error:
        print(f"People are searched without an index: {error}")  # noqa: T201


def remove(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS people_person_pieces")


class Migration(migrations.Migration):
    dependencies = [("people", "0003_same_person")]

    operations = [migrations.RunPython(add, remove, elidable=False)]
