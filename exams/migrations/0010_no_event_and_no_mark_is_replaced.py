"""No client puts another row in the place of an event, a mark, a version or a published paper."""

from django.db import migrations

from people.append_only import not_replaced


class Migration(migrations.Migration):
    dependencies = [("exams", "0009_why_an_exam_was_withdrawn")]

    operations = [
        not_replaced(
            "exams_attemptevent",
            "exams_mark",
            "exams_paper",
            "exams_paperitem",
            "exams_questionreview",
            "exams_questionversion",
            "exams_redo",
            "exams_scorechange",
        ),
    ]
