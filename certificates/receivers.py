"""News from below: a completed course earns a certificate."""

from typing import Any

from django.dispatch import receiver

from certificates.tasks import issue_certificate
from courses.signals import course_completed


@receiver(course_completed, dispatch_uid="certificates.issue")
def issue_when_completed(sender: Any, *, enrolment_id: int, **kwargs: Any) -> None:
    """Wake the worker; what this misses, the sweep finds."""
    issue_certificate.enqueue(enrolment_id)
