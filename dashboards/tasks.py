"""Work for the queue. A message lost or delivered twice does no harm: the job's lease decides."""

from django.utils import timezone
from django_tasks import task

from dashboards import operations


@task()
def run_job(job_id: int) -> bool:
    """Do the job if nobody does."""
    return operations.run(job_id, clock=timezone.now)
