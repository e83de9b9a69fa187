"""What a job can make: a function from who asks and what for to a document.

Each reads in the asker's scope at the moment it runs: a role lost meanwhile is NotEntrusted.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from dashboards import wording
from dashboards.enums import JobForm, JobKind
from dashboards.files.document import Document, OwnFile
from dashboards.reports.bank import (
    PAPER_ROLES,
    format_for,
    paper_file,
    paper_for,
    questions_file,
    sheets_exam_for,
    sheets_file,
)
from dashboards.reports.desks import (
    check_of,
    claims_report,
    institutions_report,
    quality_report,
)
from dashboards.reports.exams import exam_for, person_results_report, results_report
from dashboards.reports.judged import judged_report, reading_for
from dashboards.reports.plans import plan_for, plan_report
from dashboards.reports.scope import NotEntrusted, ReadingGone, entrusted_unit, reader
from dashboards.reports.statements import statement_for, statement_report
from dashboards.reports.units import overview_report, people_report
from exams.bank_file import FORMAT_NAMES
from people.enums import ROLES_THAT_SEE_PEOPLE
from people.models import Person
from tracker.wording.quality import WORDS

Report = Callable[[Person, dict[str, Any], datetime], Document | OwnFile]

REPORTS: dict[str, Report] = {
    JobKind.PEOPLE: people_report,
    JobKind.PEOPLE_AS_OF: judged_report,
    JobKind.OVERVIEW: overview_report,
    JobKind.STATEMENT: statement_report,
    JobKind.PLAN: plan_report,
    JobKind.CLAIMS: claims_report,
    JobKind.QUALITY: quality_report,
    JobKind.INSTITUTIONS: institutions_report,
    JobKind.RESULTS: results_report,
    JobKind.PERSON_RESULTS: person_results_report,
    JobKind.QUESTIONS: questions_file,
    JobKind.PAPER: paper_file,
    JobKind.SHEETS: sheets_file,
}
# What a request must name, by kind.
NEEDS: dict[str, tuple[str, ...]] = {
    JobKind.PEOPLE: ("unit", "query"),
    JobKind.PEOPLE_AS_OF: ("unit", "on", "known", "query"),
    JobKind.OVERVIEW: ("unit", "requirement"),
    JobKind.STATEMENT: ("statement",),
    JobKind.PLAN: ("plan",),
    JobKind.CLAIMS: (),
    JobKind.QUALITY: ("check",),
    JobKind.INSTITUTIONS: ("query",),
    JobKind.RESULTS: ("exam", "unit"),
    JobKind.PERSON_RESULTS: ("exam", "unit"),
    JobKind.QUESTIONS: ("query", "format"),
    JobKind.PAPER: ("paper", "layout"),
    JobKind.SHEETS: ("exam",),
}
# Where a kind is no list that can be a spreadsheet as well as paper.
FORMS: dict[str, tuple[str, ...]] = {
    JobKind.QUESTIONS: (JobForm.FILE,),
    JobKind.PAPER: (JobForm.PDF,),
    JobKind.SHEETS: (JobForm.PDF,),
}
LISTS = (JobForm.XLSX, JobForm.PDF)
# Whoever may ask for anything; ``title_of`` looks at each kind.
ROLES_THAT_EXPORT = (*ROLES_THAT_SEE_PEOPLE, *PAPER_ROLES)


def title_of(owner: Person, kind: str, parameters: dict[str, Any]) -> str:
    """What the job is called in the list of jobs. Raises NotEntrusted before anything is asked."""
    if kind == JobKind.QUESTIONS:
        name = FORMAT_NAMES[format_for(owner, parameters).name]
        return f"{JobKind.QUESTIONS.label} · {name}"
    if kind == JobKind.PAPER:
        paper = paper_for(owner, parameters)
        return f"{paper.title} · {_('with key')}" if parameters["layout"] == "key" else paper.title
    if kind == JobKind.SHEETS:
        return f"{JobKind.SHEETS.label} · {sheets_exam_for(owner, parameters).title}"
    reader(owner)
    if kind == JobKind.STATEMENT:
        return wording.title_of_statement(statement_for(owner, parameters))
    if kind == JobKind.PLAN:
        return plan_for(owner, parameters).title
    if kind in (JobKind.RESULTS, JobKind.PERSON_RESULTS):
        exam = exam_for(owner, parameters)
        if parameters["unit"]:
            entrusted_unit(owner, str(parameters["unit"]))
        return f"{JobKind(kind).label} · {exam.title}"
    if kind == JobKind.QUALITY:
        code = check_of(parameters)
        return str(WORDS[code][0] if code else JobKind.QUALITY.label)
    if kind in (JobKind.CLAIMS, JobKind.INSTITUTIONS):
        return str(JobKind(kind).label)
    if kind == JobKind.PEOPLE_AS_OF:
        unit, _reading = reading_for(owner, parameters)
        return wording.people_as_of(unit.name, date.fromisoformat(parameters["on"]))
    unit = entrusted_unit(owner, str(parameters["unit"]))
    return f"{JobKind(kind).label} · {unit.name}"


__all__ = [
    "FORMS",
    "LISTS",
    "NEEDS",
    "REPORTS",
    "ROLES_THAT_EXPORT",
    "NotEntrusted",
    "ReadingGone",
    "title_of",
]
