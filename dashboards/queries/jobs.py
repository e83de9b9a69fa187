"""Jobs of a person."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from dashboards.enums import JobState
from dashboards.models import Job
from people.models import Person


def jobs_of(person: Person) -> QuerySet[Job]:
    """What the person asked for, newest first. Nobody sees another's jobs."""
    return Job.objects.filter(owner=person).order_by("-asked_at", "-pk")


def stale_jobs(person: Person, now: datetime) -> QuerySet[Job]:
    """The person's jobs whose worker was killed."""
    return jobs_of(person).filter(Q(state=JobState.WORKING, leased_until__lte=now))


def last_job(person: Person, kind: str, parameters: dict[str, Any]) -> Job | None:
    """The newest job of this kind about this thing, asked by the person."""
    about = {f"parameters__{name}": value for name, value in parameters.items()}
    return jobs_of(person).filter(kind=kind, **about).first()
