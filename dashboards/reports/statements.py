"""A statement as a file: figures first, then every person, then what seals it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from dashboards import queries, wording
from dashboards.figures import Tally
from dashboards.files.document import Document, Row, Table
from dashboards.models import Statement
from dashboards.reports.scope import NotEntrusted
from dashboards.reports.who import naming
from people.enums import Rank
from people.models import Person
from people.numbers import whole_number
from people.reading import read_through


def statement_report(owner: Person, parameters: dict[str, Any], now: datetime) -> Document:
    """The statement as it was drawn up: nothing in it is read from today's records."""
    statement = statement_for(owner, parameters)
    figures = _figures(queries.statement_by_requirement(statement))
    units = _figures(queries.statement_by_unit(statement))
    known = date_format(timezone.localtime(statement.known_at), "DATETIME_FORMAT")
    lines = [
        _("Activity up to %(day)s, postings up to %(moment)s")
        % {"day": date_format(statement.activity_on, "DATE_FORMAT"), "moment": known},
        _("State: %(state)s") % {"state": statement.get_state_display()},
    ]
    if len(units) > 1:
        lines.append(_("By unit, each person counts once for every requirement."))
    closing = [
        _("Drawn up by %(name)s") % {"name": statement.drawn_by.name},
        _("Content digest: %(digest)s") % {"digest": statement.root_hash},
    ]
    if statement.sealed_by is not None and statement.sealed_at is not None:
        moment = date_format(timezone.localtime(statement.sealed_at), "DATETIME_FORMAT")
        closing += [
            _("Approved and sealed by %(name)s, %(moment)s")
            % {"name": statement.sealed_by.name, "moment": moment},
            _("Signature: %(signature)s") % {"signature": statement.signature},
        ]
    headings = [
        _("Obliged"),
        _("Met"),
        _("On course"),
        _("Short"),
        _("Overdue"),
        _("Exempt"),
        _("Rate met (%)"),
    ]
    return Document(
        title=wording.title_of_statement(statement),
        tables=[
            Table(
                _("By requirement"),
                [_("Requirement"), *headings],
                figures,
                len(figures),
                frozenset({0}),
            ),
            # As on the page: of one unit alone it would say the same once more.
            *(
                [Table(_("By unit"), [_("Unit"), *headings], units, len(units), frozenset({0}))]
                if len(units) > 1
                else []
            ),
            Table(
                _("People"),
                [
                    _("No."),
                    *naming(),
                    _("Rank"),
                    _("Requirement"),
                    _("Standing"),
                    pgettext("amount", "Done"),
                    _("Due on"),
                ],
                _rows(statement),
                statement.rows_count,
                frozenset({3, 5}),
            ),
        ],
        lines=lines,
        closing=closing,
        persons=statement.persons,
        detail={"root_hash": statement.root_hash},
    )


def _figures(lines: Sequence[tuple[str, Tally]]) -> list[Row]:
    return [
        [
            title,
            tally.obliged,
            tally.met,
            tally.on_course,
            tally.short,
            tally.overdue,
            tally.exempt,
            tally.rate,
        ]
        for title, tally in lines
    ]


def statement_for(owner: Person, parameters: dict[str, Any]) -> Statement:
    """The statement, if the owner may see it now. Raises NotEntrusted."""
    fresh = Person.objects.get(pk=owner.pk)
    number = str(parameters.get("statement", ""))
    found = queries.statements_visible_to(fresh).filter(pk=whole_number(number))
    statement = found.first()
    if statement is None:
        raise NotEntrusted(number)
    return statement


def _rows(statement: Statement) -> Iterator[Row]:
    states = {state: str(label) for state, label in wording.STATES}
    for row in read_through(queries.rows_of_statement(statement), 2000):
        yield [
            row.position,
            row.staff_number,
            row.name,
            row.unit_name,
            str(Rank(row.rank).label),
            row.title,
            states.get(row.state, row.state),
            wording.done_of(row.figures),
            row.due_on,
        ]
