"""Exam results as files: by unit, and of every person in the asker's reach."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from dashboards import wording
from dashboards.files.document import Document, Row, Table
from dashboards.rates import percent
from dashboards.reports.scope import NotEntrusted, entrusted_unit, reader
from dashboards.reports.who import named, naming
from exams import queries as exams
from exams.wording import outcome
from people.enums import ROLES_THAT_SEE_PEOPLE
from people.models import OrgUnit, Person
from people.numbers import whole_number
from people.queries import names_told_apart, persons_visible_to


def exam_for(
    owner: Person, parameters: dict[str, Any], roles: Collection[str] = ROLES_THAT_SEE_PEOPLE
) -> Any:
    """The exam, if it is in the owner's reach by one of the roles now. Raises NotEntrusted."""
    number = whole_number(str(parameters.get("exam", "")))
    watched = exams.exams_watched_by(reader(owner, roles), *roles)
    exam = watched.filter(pk=number).first() if number else None
    if exam is None:
        raise NotEntrusted(number)
    return exam


def results_report(owner: Person, parameters: dict[str, Any], now: datetime) -> Document:
    """The figures of an exam by the units below one, or by the tops of the owner's reach."""
    exam, who = exam_for(owner, parameters), reader(owner)
    code = str(parameters.get("unit", ""))
    unit = entrusted_unit(who, code) if code else None
    results = exams.results_by_unit(exam, who, unit, *ROLES_THAT_SEE_PEOPLE)
    rows: list[Row] = [
        [
            row.unit.code,
            row.unit.name,
            row.invited,
            row.absent,
            row.graded,
            row.passed,
            percent(row.passed, row.graded),
            row.mean,
        ]
        for row in results
    ]
    return Document(
        title=_("Results by unit: %(exam)s") % {"exam": exam.title},
        tables=[
            Table(
                title=_("Results by unit"),
                headings=[
                    _("code"),
                    _("Unit"),
                    _("Invited"),
                    _("Absent") if now >= exam.closes_at else _("Not begun"),
                    _("Graded"),
                    _("Passed"),
                    _("Pass rate (%)"),
                    _("Mean (%)"),
                ],
                rows=rows,
                total=len(rows),
                wide=frozenset({1}),
            )
        ],
        lines=[wording.read_at(now), *([unit.name] if unit else [])],
        closing=[
            _(
                "Those who sat count in the unit they were in that day, the others in the unit they are in today."
            ),
            _("Pass rate: passed of graded."),
        ],
        persons=sum(row.invited for row in results),
    )


def person_results_report(owner: Person, parameters: dict[str, Any], now: datetime) -> Document:
    """Everybody in the owner's reach with the result that counts; on paper unit by unit, to sign.

    Never the owner himself: his own score he sees when every candidate does.
    """
    exam, who = exam_for(owner, parameters), reader(owner)
    code = str(parameters.get("unit", ""))
    unit = entrusted_unit(who, code) if code else None
    reach = persons_visible_to(who, *ROLES_THAT_SEE_PEOPLE).exclude(pk=who.pk)
    if unit is not None:
        reach = reach.filter(unit__path__startswith=unit.path)
    persons = exams.persons_in_results(exam, reach)
    number = persons.order_by().count()
    homes = OrgUnit.objects.filter(pk__in=persons.order_by().values("unit"))
    units = names_told_apart(homes)

    def rows() -> Iterator[Row]:
        for person, attempt in exams.with_results(exam, persons):
            handed_in = attempt.submitted_at if attempt else None
            yield [
                *named(person, units),
                attempt.score if attempt else None,
                attempt.worth if attempt else None,
                outcome(attempt),
                date_format(timezone.localtime(handed_in), "Y-m-d H:i") if handed_in else "",
            ]

    return Document(
        title=_("Exam results of persons: %(exam)s") % {"exam": exam.title},
        tables=[
            Table(
                title=_("Exam results of persons"),
                headings=[
                    *naming(),
                    _("Score"),
                    _("Full score"),
                    _("Result"),
                    _("Handed in at"),
                ],
                rows=rows(),
                total=number,
                wide=frozenset({2}),
                headed_by=2,
            )
        ],
        lines=[
            wording.read_at(now),
            *([unit.name] if unit else []),
            _("Pass mark %(percent)s%%; where several attempts are allowed, the one that counts.")
            % {"percent": number_format(exam.pass_percent.normalize(), use_l10n=False)},
        ],
        persons=number,
        to_sign=True,
    )
