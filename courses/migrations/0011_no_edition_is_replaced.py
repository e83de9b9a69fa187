"""No client of the database puts another edition of a course in an edition's place."""

from django.db import migrations

from people.append_only import not_replaced


class Migration(migrations.Migration):
    dependencies = [("courses", "0010_completions_taken_back")]

    operations = [
        not_replaced("courses_courseedition", "courses_editionitem"),
    ]
