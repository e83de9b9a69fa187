"""Marks given by hand become rows of their own."""

from django.db import migrations


def marks_from_events(apps, schema_editor):
    """Marks by hand stood in the log of events; each becomes a row of its own."""
    Event = apps.get_model("exams", "AttemptEvent")
    Mark = apps.get_model("exams", "Mark")
    PaperItem = apps.get_model("exams", "PaperItem")
    for event in Event.objects.filter(kind="marked").select_related("attempt__exam").iterator():
        number = event.detail["item"]
        if event.attempt.drawn is None:
            line = PaperItem.objects.get(paper=event.attempt.exam.paper_id, number=number)
            version, worth = line.version_id, line.points
        else:
            version, worth = event.attempt.drawn[number - 1]
        Mark.objects.create(
            attempt=event.attempt,
            number=number,
            version_id=version,
            round=1,
            marker_id=event.by_id,
            points=event.detail["points"],
            worth=worth,
            comment=event.detail.get("comment", ""),
            met=event.detail.get("met", []),
            given_at=event.at,
        )


class Migration(migrations.Migration):
    dependencies = [("exams", "0005_marking_by_several")]

    operations = [migrations.RunPython(marks_from_events, migrations.RunPython.noop)]
