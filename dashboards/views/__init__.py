"""Homes by role, the overview of a part of the tree down to one person, and work in the background."""

from dashboards.views.jobs import cancel_job, export, job_file, job_states, jobs
from dashboards.views.overview import home, overviews, people, person, unit

__all__ = [
    "cancel_job",
    "export",
    "home",
    "job_file",
    "job_states",
    "jobs",
    "overviews",
    "people",
    "person",
    "unit",
]
