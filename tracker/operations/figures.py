"""The nightly comparison of the cached standings with the rows they are drawn from."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from people.models import Person
from people.operations import audit
from tracker import queries
from tracker.models import Standing, StandingMark
from tracker.operations.rollups import recount
from tracker.operations.standings import _batches, _ids, _standing, refresh_standings, sweep
from tracker.rules.urgency import earliest_due, most_pressing

_COMPARED = ("state", "pack", "window_from", "window_until", "due_on", "share", "figures")


@dataclass(frozen=True)
class Drift:
    """A cached standing that is not what the rows say; None: there is none on that side.

    With a blank requirement: the person's mark, where he stands over all and his nearest days.
    """

    person_id: int
    requirement: str
    cached: str | None
    from_rows: str | None

    def __str__(self) -> str:
        return (
            f"person {self.person_id}, {self.requirement or 'over all'}: "
            f"cached {self.cached or 'nothing'}, rows say {self.from_rows or 'nothing'}"
        )


@dataclass(frozen=True)
class Check:
    """What was found: unit figures that were wrong (put right at once), and standings that are."""

    unit_figures: int
    standings: list[Drift]

    def __bool__(self) -> bool:
        return bool(self.unit_figures or self.standings)


def check_figures(*, now: datetime, repair: bool = False) -> Check:
    """Compute every standing anew from rows and name each that the cache has otherwise.

    What is merely behind is brought up to date first, so that whatever remains is an alarm: it goes
    into the audit log. With ``repair`` the persons concerned are computed anew as well.
    """
    unit_figures = recount()
    sweep(now)
    found = list(_drifts(now))
    if found or unit_figures:
        persons = sorted({drift.person_id for drift in found})
        with transaction.atomic():
            audit(
                None,
                "tracker.figures.drift",
                "tracker.standing",
                {
                    "unit_figures": unit_figures,
                    "standings": len(found),
                    "persons": persons[:100],
                    "repaired": repair,
                },
                now=now,
            )
            if repair:
                refresh_standings(persons, on=timezone.localdate(now), now=now)
    return Check(unit_figures, found)


def _drifts(now: datetime) -> Iterator[Drift]:
    on = timezone.localdate(now)
    packs = queries.packs_in_force(on, now)
    for batch in _batches(_ids(Person.objects.filter(is_active=True)), 500):
        # Both read within one transaction, so that a posting in between is no drift.
        with transaction.atomic():
            facts = queries.facts_of(batch)
            cached: dict[tuple[int, str], Standing] = {
                (row.person_id, row.requirement): row
                for row in Standing.objects.filter(person_id__in=batch)
            }
            marks = {
                mark.person_id: (mark.state, mark.due_on, mark.next_on)
                for mark in StandingMark.objects.filter(person_id__in=batch)
            }
        fresh = {
            (person_id, assessment.duty.code): _standing(facts[person_id], assessment, on)
            for person_id in batch
            for assessment in queries.assess_facts(facts[person_id], packs, on=on, known_at=now)
        }
        for key in sorted(cached.keys() | fresh.keys()):
            old, new = _figures(cached.get(key)), _figures(fresh.get(key))
            if old != new:
                yield Drift(key[0], key[1], _said(old), _said(new))
        due: dict[int, list[tuple[str, date | None]]] = {person_id: [] for person_id in batch}
        for (person_id, _requirement), row in fresh.items():
            due[person_id].append((row.state, row.due_on))
        for person_id, dues in due.items():
            mark = (most_pressing(state for state, _day in dues), *earliest_due(dues))
            if marks.get(person_id) != mark:
                yield Drift(person_id, "", _marked(marks.get(person_id)), _marked(mark))


def _figures(row: Standing | None) -> tuple[Any, ...] | None:
    if row is None:
        return None
    return tuple(
        round(float(row.share), 4) if name == "share" else getattr(row, name) for name in _COMPARED
    )


def _said(figures: tuple[Any, ...] | None) -> str | None:
    if figures is None:
        return None
    amounts = ", ".join(f"{part['official']} {part['measure']}" for part in figures[-1])
    return f"{figures[0]} ({amounts})"


def _marked(mark: tuple[str, date | None, date | None] | None) -> str | None:
    if mark is None:
        return None
    state, due_on, next_on = mark
    return f"{state} (nearest {due_on or 'none'}, ahead {next_on or 'none'})"
