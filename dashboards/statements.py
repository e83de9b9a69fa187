"""The rows of a statement from the ledger: the same dates give the same rows. No writes here."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from dashboards.enums import StatementKind
from dashboards.models import Statement, StatementRow
from people.enums import Rank
from people.models import OrgUnit, Person
from people.queries import places_within
from tracker import queries as tracker
from tracker.rules.plain import amount

AT_ONCE = 200


def period(kind: str, year: int) -> tuple[date, datetime]:
    """Activity up to and postings up to, for the half-year or the year: a month for latecomers."""
    if kind == StatementKind.HALF_YEAR:
        return date(year, 6, 30), end_of(date(year, 7, 31))
    return date(year, 12, 31), end_of(date(year + 1, 1, 31))


def end_of(day: date) -> datetime:
    """The last moment of a local day."""
    midnight = datetime.combine(day + timedelta(days=1), time())
    return timezone.make_aware(midnight) - timedelta(microseconds=1)


def rows_of(
    statement: Statement, persons: Sequence[Person], units: dict[int, OrgUnit], position: int
) -> Iterator[StatementRow]:
    """The rows of some persons where they live now, numbered from ``position``.

    The name of the place is kept as lists of the unit have it, with the unit above an office.
    """
    places = {}
    names = places_within(statement.unit, (units[person.unit_id or 0] for person in persons))
    for person in persons:
        unit = units[person.unit_id or 0]
        called = names.get(unit.pk, unit.name)[:100]
        places[person.pk] = (person.staff_number, person.name, unit.path, unit.code, called)
    yield from computed(statement, places, position)


def computed(
    statement: Statement, places: dict[int, tuple[str, str, str, str, str]], position: int
) -> Iterator[StatementRow]:
    """The rows of persons at the places given: staff number, name, and path, code, name of the unit.

    The place decides which local packs apply; it is an argument, so that a check years later
    computes with the places of then.
    """
    on, known_at = statement.activity_on, statement.known_at
    packs = tracker.packs_in_force(on, known_at)
    facts = tracker.facts_of(list(places), known_at)
    for person_id, place in places.items():
        known = replace(facts[person_id], path=place[2])
        ranks = [post.rank for post in known.history.posts if _held(post, on)]
        found = tracker.assess_facts(known, packs, on=on, known_at=known_at)
        common: dict[str, Any] = {
            "statement": statement,
            "person_id": person_id,
            "staff_number": place[0],
            "name": place[1],
            "unit_path": place[2],
            "unit_code": place[3],
            "unit_name": place[4],
            "rank": int(max(ranks, default=Rank.OTHER)),
        }
        for assessment in found:
            position += 1
            way = assessment.nearest_way
            yield StatementRow(
                **common,
                position=position,
                requirement=assessment.duty.code,
                title=assessment.duty.title.zh,
                pack=assessment.duty.pack,
                state=assessment.state.value,
                due_on=assessment.due_on,
                figures=[
                    {
                        "measure": part.measure.value,
                        "official": amount(part.official),
                        "required": amount(part.required or part.official),
                    }
                    for part in (way.parts if way else ())
                ],
            )
        if not found:
            position += 1
            yield StatementRow(**common, position=position, state="not_applicable")


def _held(post: Any, on: date) -> bool:
    return bool(post.since <= on and (post.until is None or post.until > on))
