"""The lists of the desks as files: claims, findings on the records, institutions."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from dashboards import wording
from dashboards.files.document import Document, Row, Table, bare, batches
from dashboards.reports.scope import NotEntrusted, reader
from dashboards.reports.who import named, naming
from people.models import Person
from people.queries import places_within
from people.reading import read_through
from tracker import queries as tracker
from tracker.wording.quality import WORDS

_AT_ONCE = 500


def _of_persons(rows: Any) -> Iterator[tuple[Any, Row]]:
    """Each row with number, name and unit of its person, an office after the unit above it."""
    for some in batches(read_through(rows, _AT_ONCE), _AT_ONCE):
        places = places_within(None, (each.person.unit for each in some))
        yield from ((each, named(each.person, places)) for each in some)


def claims_report(owner: Person, parameters: dict[str, Any], now: datetime) -> Document:
    """Every claim the owner may see, the newest first, with what became of it."""
    claims = tracker.claims_visible_to(reader(owner)).order_by("-sent_at", "-pk")
    number = claims.count()

    def rows() -> Iterator[Row]:
        for claim, person in _of_persons(claims):
            yield [
                *person,
                claim.title,
                claim.get_bucket_display(),
                claim.institution.name if claim.institution else "",
                claim.first_day,
                claim.last_day,
                bare(claim.training_days),
                bare(claim.hours),
                bare(claim.credits),
                claim.get_state_display(),
                timezone.localdate(claim.sent_at),
                timezone.localdate(claim.decided_at) if claim.decided_at else None,
            ]

    return Document(
        title=_("Claims of hours"),
        tables=[
            Table(
                title=_("Claims"),
                headings=[
                    *naming(),
                    _("What was studied"),
                    _("Form of study"),
                    _("Institution"),
                    _("First day"),
                    _("Last day"),
                    _("Training days"),
                    _("Credit hours"),
                    _("Credits"),
                    _("State"),
                    _("Sent on"),
                    _("Decided on"),
                ],
                rows=rows(),
                total=number,
                wide=frozenset({2, 3, 5}),
            )
        ],
        lines=[wording.read_at(now)],
        persons=claims.order_by().values("person").distinct().count(),
        detail={"rows": number},
    )


def check_of(parameters: dict[str, Any]) -> str:
    """The code of the check asked for; blank for all of them. Raises NotEntrusted for another."""
    code = str(parameters.get("check", ""))
    if code and code not in WORDS:
        raise NotEntrusted(code)
    return code


def quality_report(owner: Person, parameters: dict[str, Any], now: datetime) -> Document:
    """What the checks find among the people the owner sees, a table each; empty ones are left out."""
    who, today = reader(owner), timezone.localdate(now)
    code = check_of(parameters)
    tables, persons = [], 0
    for each in [code] if code else tracker.quality_checks():
        found = tracker.quality_of(each, who, today)
        number = found.order_by().count()
        if not number and not code:
            continue
        persons += number
        headings, rows = _SHAPES.get(each, (_of_lines, _lines))
        tables.append(
            Table(
                title=str(WORDS[each][0]),
                headings=headings(),
                rows=rows(who, found),
                total=number,
                wide=frozenset({2, 3}),
            )
        )
    if not tables:
        tables.append(Table(title=_("Nothing is found"), headings=naming(), rows=[]))
    return Document(
        title=str(WORDS[code][0]) if code else _("Findings of the data-quality desk"),
        tables=tables,
        lines=[wording.read_at(now), *([str(WORDS[code][1])] if code else [])],
        persons=persons,
    )


def _of_lines() -> list[str]:
    return [
        *naming(),
        _("What was studied"),
        _("Form of study"),
        _("Institution"),
        _("First day"),
        _("Last day"),
        _("Training days"),
        _("Credit hours"),
        _("Ledger line"),
    ]


def _lines(who: Person, found: Any) -> Iterator[Row]:
    for line, person in _of_persons(found.select_related("person__unit")):
        yield [
            *person,
            line.title,
            line.get_bucket_display(),
            line.institution.name if line.institution else "",
            line.occurred_from,
            line.occurred_to - timedelta(days=1),
            bare(line.training_days),
            bare(line.hours),
            line.pk,
        ]


def _persons(who: Person, found: Any) -> Iterator[Row]:
    for some in batches(read_through(found, _AT_ONCE), _AT_ONCE):
        places = places_within(None, (person.unit for person in some))
        yield from (named(person, places) for person in some)


def _groups(who: Person, found: Any) -> Iterator[Row]:
    """Each record of a group on a row of its own; the first column holds a group together."""
    number = 0
    groups = list(found)
    for start in range(0, len(groups), _AT_ONCE):
        alike = tracker.persons_alike(who, groups[start : start + _AT_ONCE])
        places = places_within(None, (each.unit for _group, persons in alike for each in persons))
        for _group, persons in alike:
            number += 1
            for person in persons:
                yield [number, *named(person, places)]


def _of_groups() -> list[str]:
    return [_("Group"), *naming()]


_Shape = tuple[Callable[[], list[str]], Callable[[Person, Any], Iterator[Row]]]
_SHAPES: dict[str, _Shape] = {
    "post": (naming, _persons),
    "rank": (naming, _persons),
    "namesakes": (_of_groups, _groups),
    "numbers": (_of_groups, _groups),
}


def institutions_report(owner: Person, parameters: dict[str, Any], now: datetime) -> Document:
    """Every institution with its recognitions, a row each, and the lines that none of them covers."""
    who = reader(owner)
    found = list(tracker.institutions_with_recognition(str(parameters.get("query", ""))[:60]))
    uncovered = tracker.counts_without_recognition(who, [each.pk for each in found])
    rows: list[Row] = []
    for each in found:
        recognitions: list[Any] = list(each.recognitions.all())
        start: list[Any] = [each.code, each.name, each.get_kind_display()]
        count = uncovered.get(each.pk, 0)
        rows += [
            [*start, r.get_level_display(), r.recognised_by, r.starts_on, _last(r.ends_on), count]
            for r in recognitions
        ] or [[*start, _("not recognised"), "", None, None, count]]
    return Document(
        title=_("Institutions"),
        tables=[
            Table(
                title=_("Institutions"),
                headings=[
                    _("code"),
                    _("Institution"),
                    _("Kind"),
                    _("Recognised at"),
                    _("Recognised by"),
                    _("From"),
                    _("Last day"),
                    _("Lines without recognition"),
                ],
                rows=rows,
                total=len(rows),
                wide=frozenset({1, 4}),
            )
        ],
        lines=[wording.read_at(now)],
        detail={"rows": len(rows)},
    )


def _last(day: Any) -> Any:
    return day - timedelta(days=1) if day else None
