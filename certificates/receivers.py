"""News from below: a completed course earns a certificate, which falls with the completion."""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from certificates import operations
from certificates.tasks import issue_certificate
from courses.signals import completion_undone, course_completed


@receiver(course_completed, dispatch_uid="certificates.issue")
def issue_when_completed(sender: Any, *, enrolment_id: int, **kwargs: Any) -> None:
    """Wake the worker; what this misses, the sweep finds."""
    issue_certificate.enqueue(enrolment_id)


@receiver(completion_undone, dispatch_uid="certificates.revoke")
def revoke_when_undone(
    sender: Any, *, source: str, because: str, by_id: int, **kwargs: Any
) -> None:
    """In the transaction that takes the completion back."""
    operations.revoke_undone(source, because=because, by_id=by_id, now=timezone.now())
