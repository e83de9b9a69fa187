"""What a job can make: a function from who asks and what for to a document, or to a deed.

Each reads in the asker's scope at the moment it runs: a role lost meanwhile is NotEntrusted.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from dashboards.enums import JobKind
from dashboards.files.document import Document, Progress
from dashboards.reports.scope import NotEntrusted, entrusted_unit
from dashboards.reports.units import overview_report, people_report
from people.models import Person

Report = Callable[[Person, dict[str, Any], datetime], Document]
Deed = Callable[[Person, dict[str, Any], Progress, Callable[[], datetime]], dict[str, Any]]

REPORTS: dict[str, Report] = {
    JobKind.PEOPLE: people_report,
    JobKind.OVERVIEW: overview_report,
}
# What a request must name, by kind.
NEEDS: dict[str, tuple[str, ...]] = {
    JobKind.PEOPLE: ("unit", "query"),
    JobKind.OVERVIEW: ("unit", "requirement"),
}
DEEDS: dict[str, Deed] = {}


def title_of(owner: Person, kind: str, parameters: dict[str, Any]) -> str:
    """What the job is called in the list of jobs. Raises NotEntrusted before anything is asked."""
    unit = entrusted_unit(owner, str(parameters["unit"]))
    return f"{JobKind(kind).label} · {unit.name}"


__all__ = ["DEEDS", "NEEDS", "REPORTS", "NotEntrusted", "title_of"]
