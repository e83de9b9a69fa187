"""What a sitting showed about its questions becomes work for their authors."""

from datetime import datetime

from django.db import transaction

from exams.models import Exam, WeakItem
from exams.queries.statistics import exam_figures
from people.models import Person
from people.operations import audit

FEWEST = 30  # persons; below it chance would make tasks
TASKS = {"negative", "weak", "too_hard", "no_variance", "distractor_attracts_the_best"}


def hand_weak_items_over(exam_id: int, *, by: Person, now: datetime) -> int:
    """Put the weak questions of a sitting on their authors' desks; once a question and sitting.

    Returns how many are new. Nothing happens below ``FEWEST`` persons.
    """
    exam = Exam.objects.get(pk=exam_id)
    figures = exam_figures(exam)
    weak = [
        line
        for line in figures.lines
        if line.figures.persons >= FEWEST and TASKS & set(line.figures.flags)
    ]
    with transaction.atomic():
        known = set(WeakItem.objects.filter(exam=exam).values_list("version_id", flat=True))
        made = [
            WeakItem(
                version=line.version,
                exam=exam,
                facility=line.figures.facility,
                discrimination=line.figures.discrimination,
                persons=line.figures.persons,
                flags=[flag for flag in line.figures.flags if flag in TASKS],
                found_at=now,
            )
            for line in weak
            if line.version.pk not in known
        ]
        WeakItem.objects.bulk_create(made, ignore_conflicts=True)
        audit(
            by,
            "exams.statistics.hand_over",
            f"exams.exam:{exam_id}",
            {"questions": len(made)},
            now=now,
        )
    return len(made)


def settle_weak_item(weak_id: int, *, by: Person, now: datetime) -> None:
    """The author looked at it and leaves the question as it is. Repeating it changes nothing."""
    with transaction.atomic():
        settled = WeakItem.objects.filter(pk=weak_id, settled_at=None).update(
            settled_at=now, settled_by=by
        )
        if settled:
            audit(by, "exams.statistics.settle", f"exams.weak:{weak_id}", now=now)
