"""Work for the queue. A message lost or delivered twice does no harm: the unique source decides."""

from django.utils import timezone
from django_tasks import task

from certificates import operations


@task()
def issue_certificate(enrolment_id: int) -> str:
    """Issue the certificate of a completed course; return its serial, empty if it grants none."""
    try:
        return operations.issue(enrolment_id, now=timezone.now()).serial
    except operations.NothingToCertify:
        return ""
