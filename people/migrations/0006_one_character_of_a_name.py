from typing import Any

from django.db import migrations

# Its name stands for the words of people/pieces.py: the set of characters of a name.
INDEX = """
CREATE INDEX people_person_characters ON people_person
USING gin (regexp_split_to_array(upper(name), ''))
"""


def add(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(INDEX)


def remove(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS people_person_characters")


class Migration(migrations.Migration):
    dependencies = [("people", "0005_failed_sign_ins")]

    operations = [migrations.RunPython(add, remove, elidable=False)]
