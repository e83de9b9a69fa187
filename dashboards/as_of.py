"""Figures of a unit as of another day, from the ledger: the same dates give the same figures.

No writes here. Who belonged to the unit is read from the posts of that day, which may be recorded
or mended later; rows of the ledger, events, packs, merges and the closing of accounts know when they
were recorded.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q

from dashboards.figures import tally_by
from dashboards.files.document import DeedProgress
from dashboards.queries import Overview, arranged, by_obliged
from dashboards.statements import end_of
from people.models import OrgUnit, Person, Post, SamePerson
from people.queries import added_after, known_in_force, open_otherwise_at
from tracker import queries as tracker
from tracker.rules.urgency import most_pressing

AT_ONCE = 500
# Place (path cut to one level below the unit), rank, requirement (blank: over all), state.
Cell = tuple[str, int, str, str]


class Judged(NamedTuple):
    """How one person stood: where he is counted, over all, and requirement by requirement."""

    person_id: int
    place: str
    rank: int
    state: str
    states: dict[str, str]


def places_on(unit: OrgUnit, on: date, known_at: datetime) -> dict[int, str]:
    """Person → path of the unit of the primary post on the day, for those within ``unit``.

    Who held no post that day is counted at home, if on the roster by then. Counted is whoever was on
    the roster at the end of the day as known by then, though he left since; and a record merged into
    another only after ``known_at``. Posts are those recorded by then.
    """
    merged_later = SamePerson.objects.filter(
        merged_at__gt=known_at, undone_at=None, account_was_open=True
    ).values("other")
    opened, closed = open_otherwise_at(min(end_of(on), known_at))
    open_then = Person.objects.filter(
        Q(is_active=True) | Q(pk__in=merged_later) | Q(pk__in=opened)
    ).exclude(pk__in=closed)
    there = Q(person__in=open_then)
    held = Post.objects.filter(known_in_force(on, known_at), primary=True)
    posts = held.filter(there, unit__path__startswith=unit.path).order_by("starts_on", "pk")
    # One string a unit, however many people it has.
    paths: dict[str, str] = {}
    places = {
        person_id: paths.setdefault(path, path)
        for person_id, path in posts.values_list("person_id", "unit__path").iterator(10_000)
    }
    homes = open_then.filter(
        Q(joined_on=None) | Q(joined_on__lte=on),
        ~Exists(held.filter(person=OuterRef("pk"))),
        unit__path__startswith=unit.path,
    )
    for person_id, path in homes.order_by().values_list("pk", "unit__path").iterator(10_000):
        places[person_id] = paths.setdefault(path, path)
    for person_id in added_after(known_at) & places.keys():
        del places[person_id]
    return dict(sorted(places.items()))


def counted(
    unit: OrgUnit,
    places: Mapping[int, str],
    on: date,
    known_at: datetime,
    progress: DeedProgress,
    keep: Callable[[list[Judged]], object] = lambda judged: None,
) -> tuple[Counter[Cell], int]:
    """Judge everybody under the rules in force that day; (persons by cell, how many they are).

    ``keep`` gets the persons themselves, some hundreds at a time.
    """
    packs = tracker.packs_in_force(on, known_at)
    cut = (unit.depth + 1) * OrgUnit.steplen
    counts: Counter[Cell] = Counter()
    persons = done = 0
    ids = list(places)
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        facts = tracker.facts_of(some, known_at)
        judged: list[Judged] = []
        for person_id in some:
            known = replace(facts[person_id], path=places[person_id])
            if known.merged_into is not None:
                continue
            persons += 1
            place, rank = known.path[:cut], known.rank_on(on)
            states = {
                a.duty.code: a.state.value
                for a in tracker.assess_facts(known, packs, on=on, known_at=known_at, explain=False)
            }
            judged.append(
                Judged(person_id, known.path, rank, most_pressing(states.values()), states)
            )
            counts[place, rank, "", judged[-1].state] += 1
            for requirement, state in states.items():
                counts[place, rank, requirement, state] += 1
        keep(judged)
        done += len(some)
        progress(done, len(places))
    return counts, persons


def overview_of(
    unit: OrgUnit, cells: list[list[Any]], *, requirement: str, titles: Mapping[str, str]
) -> Overview:
    """The kept cells as the page of the unit shows figures. One statement, for the names below."""
    grid = [cell for cell in cells if cell[2] == requirement]
    places = tally_by((place, state, persons) for place, _rank, _code, state, persons in grid)
    ranks = tally_by((rank, state, persons) for _place, rank, _code, state, persons in grid)
    codes = tally_by(
        (code, state, persons) for _place, _rank, code, state, persons in cells if code
    )
    return arranged(unit, requirement, places, ranks, by_obliged(codes, titles))
