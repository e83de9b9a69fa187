"""Work behind the page: fetch, call one operation. The row is the job; the message only wakes it."""

from django.utils import timezone
from django_tasks import task

from exams import operations


@task()
def apply_correction(pk: int) -> int:
    """Regrade everybody an approved correction concerns; the sweep goes on where this was killed."""
    return operations.apply_correction(pk, now=timezone.now())


@task()
def tell_withdrawn(pk: int) -> int:
    """Say to everybody it was announced to that an exam is withdrawn; the sweep goes on likewise."""
    return operations.tell_withdrawn(pk, now=timezone.now())
