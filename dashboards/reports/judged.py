"""The people behind figures of another day, as their page lists them."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from dashboards import queries, wording
from dashboards.files.document import Document, Row, Table, batches
from dashboards.models import Job
from dashboards.reports.scope import NotEntrusted, ReadingGone, entrusted_unit
from dashboards.reports.who import named, naming
from people.enums import Rank
from people.models import OrgUnit, Person
from people.queries import names_at
from people.reading import read_through

_AT_ONCE = 500


def reading_for(owner: Person, parameters: dict[str, Any]) -> tuple[OrgUnit, Job]:
    """The unit and the owner's own reading of it as of ``on`` and ``known``.

    Raises NotEntrusted, and ReadingGone when the figures were cleared away meanwhile.
    """
    unit = entrusted_unit(owner, str(parameters["unit"]))
    try:
        days = {name: date.fromisoformat(parameters[name]).isoformat() for name in ("on", "known")}
    except ValueError as error:
        raise NotEntrusted(unit.code) from error
    reading = queries.last_reading(owner, unit, days)
    if reading is None:
        raise ReadingGone(unit.code)
    return unit, reading


def judged_report(owner: Person, parameters: dict[str, Any], now: datetime) -> Document:
    """Those of the reading chosen by ``choice``, said in ``said``; a row a person and requirement."""
    unit, reading = reading_for(owner, parameters)
    choice = queries.Choice.from_json(parameters["choice"])
    found = queries.judged_of(reading, unit, choice)
    if found is None:
        raise NotEntrusted(choice.place)
    on = date.fromisoformat(parameters["on"])
    persons = found.count()
    through = 0

    def rows() -> Iterator[Row]:
        nonlocal through
        titles, states = queries.requirement_titles(), dict(wording.STATES)
        for some in batches(read_through(found, _AT_ONCE), _AT_ONCE):
            places = names_at((one.place for one in some), unit)
            seen = queries.seen_among(owner, [one.person_id for one in some])
            for one in some:
                through += 1
                start = [
                    *named(one.person)[:2],
                    places.get(one.place, ""),
                    str(Rank(one.rank).label),
                ]
                since = wording.since_then(one.person, seen=one.person_id in seen)
                wanted = [choice.requirement] if choice.requirement else sorted(one.states)
                for code in wanted:
                    state = one.states[code]
                    yield [*start, titles.get(code, code), str(states.get(state, state)), since]
                if not wanted:
                    yield [*start, "", str(states["not_applicable"]), since]

    return Document(
        title=wording.people_as_of(unit.name, on),
        tables=[
            Table(
                title=unit.name,
                headings=[
                    *naming(),
                    _("Rank"),
                    _("Requirement"),
                    _("Standing"),
                    _("Since then"),
                ],
                rows=rows(),
                total=persons,
                wide=frozenset({2, 4}),
                through=lambda: through,
            )
        ],
        lines=[wording.judged_on(reading), *parameters["said"]],
        persons=persons,
    )
