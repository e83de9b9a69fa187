"""Homes by role, the overview of a part of the tree down to one person, and work in the background."""

from dashboards.views.archive import (
    archive,
    archive_pdf,
    archive_verify,
    my_archive,
    my_archive_pdf,
)
from dashboards.views.gap import gap
from dashboards.views.jobs import cancel_job, export, job_file, job_states, jobs
from dashboards.views.overview import home, overviews, people, person, unit
from dashboards.views.own_data import own_data
from dashboards.views.plans import plan, plan_discard, plan_name, plan_new, plans
from dashboards.views.statements import (
    statement,
    statement_deed,
    statement_new,
    statement_schedule,
    statements,
)
from dashboards.views.trend import trend

__all__ = [
    "archive",
    "archive_pdf",
    "archive_verify",
    "cancel_job",
    "export",
    "gap",
    "home",
    "job_file",
    "job_states",
    "jobs",
    "my_archive",
    "my_archive_pdf",
    "overviews",
    "own_data",
    "people",
    "person",
    "plan",
    "plan_discard",
    "plan_name",
    "plan_new",
    "plans",
    "statement",
    "statement_deed",
    "statement_new",
    "statement_schedule",
    "statements",
    "trend",
    "unit",
]
