"""What courses do when others report something. Each call is safe to repeat; the sweep repeats it."""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone
from wagtail.signals import page_published

import exams.queries
from classes.signals import class_credited
from courses import operations
from courses.models import CoursePage
from exams.signals import attempt_graded, result_undone


@receiver(page_published, sender=CoursePage, dispatch_uid="courses.freeze_edition")
def freeze_edition(sender: type[CoursePage], instance: CoursePage, **kwargs: Any) -> None:
    """A published course is frozen as an edition."""
    operations.freeze_edition(instance.pk, now=timezone.now())


@receiver(page_published, dispatch_uid="courses.package_published")
def freeze_courses_of_a_package(sender: Any, instance: Any, **kwargs: Any) -> None:
    """A new version of a package is a new edition of the courses that use it."""
    operations.package_published(instance.pk, now=timezone.now())


@receiver(attempt_graded, dispatch_uid="courses.exam_graded")
@receiver(result_undone, dispatch_uid="courses.exam_undone")
def settle_exam_items(sender: Any, attempt_id: Any, **kwargs: Any) -> None:
    """A passed exam completes the items it proves; one no longer passed opens them again."""
    facts = exams.queries.attempt_facts(attempt_id)
    if exams.queries.passed(facts.exam_id, facts.person_id):
        operations.exam_passed(facts.exam_id, facts.person_id, now=timezone.now())
    else:
        operations.exam_not_passed(facts.exam_id, facts.person_id, now=timezone.now())


@receiver(class_credited, dispatch_uid="courses.class_credited")
def complete_class_items(sender: Any, class_id: int, **kwargs: Any) -> None:
    """A class whose credits are posted completes the items it proves."""
    operations.class_credited(class_id, now=timezone.now())
