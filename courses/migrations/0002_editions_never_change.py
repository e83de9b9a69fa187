from django.db import migrations

from people.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("courses", "0001_courses_editions_enrolment_and_study_time")]

    operations = [append_only("courses_courseedition"), append_only("courses_editionitem")]
