"""Jobs in the background, statements and seat plans."""

from dashboards.models.archives import ArchivePrint
from dashboards.models.jobs import Job
from dashboards.models.judged import JudgedPerson
from dashboards.models.leagues import League
from dashboards.models.plans import PlannedSeat, SeatPlan
from dashboards.models.rounds import Round
from dashboards.models.statements import Statement, StatementRow, StatementSchedule

__all__ = [
    "ArchivePrint",
    "Job",
    "JudgedPerson",
    "League",
    "PlannedSeat",
    "Round",
    "SeatPlan",
    "Statement",
    "StatementRow",
    "StatementSchedule",
]
