"""Judging many people one by one in the background: as of another day, or by a pack not in force.

Nothing is stored but the result of the job, and with figures as of another day the persons in it.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from dashboards import as_of, queries
from dashboards.enums import JobKind
from dashboards.files.document import DeedProgress
from dashboards.models import JudgedPerson
from dashboards.reports.scope import NotEntrusted, entrusted_unit, reader
from people.models import Person
from people.queries import persons_visible_to
from tracker import queries as tracker

Clock = Callable[[], datetime]


def figures_as_of(
    owner: Person, parameters: dict[str, Any], progress: DeedProgress, clock: Clock
) -> dict[str, Any]:
    """Count the people of ``unit`` as of ``on``, as known at ``known_at``. Raises NotEntrusted."""
    unit = entrusted_unit(owner, str(parameters["unit"]))
    on = date.fromisoformat(parameters["on"])
    known_at = datetime.fromisoformat(parameters["known_at"])
    places = as_of.places_on(unit, on, known_at)
    # A worker that was killed may have left some.
    JudgedPerson.objects.filter(job=parameters["job"]).delete()

    def keep(judged: list[as_of.Judged]) -> None:
        JudgedPerson.objects.bulk_create(
            JudgedPerson(job_id=parameters["job"], **one._asdict()) for one in judged
        )

    counts, persons = as_of.counted(unit, places, on, known_at, progress, keep)
    # One reading of the same days is enough for its asker.
    days = {f"job__parameters__{name}": parameters[name] for name in ("unit", "on", "known")}
    JudgedPerson.objects.filter(
        job__owner=owner, job__kind=JobKind.AS_OF, job__pk__lt=parameters["job"], **days
    ).delete()
    return {
        "persons": persons,
        "judged_at": clock().isoformat(),
        "cells": [[*cell, number] for cell, number in sorted(counts.items())],
    }


def effect(
    owner: Person, parameters: dict[str, Any], progress: DeedProgress, clock: Clock
) -> dict[str, Any]:
    """Whose state would flip by the ``pack``, of everybody the owner sees. Raises NotEntrusted."""
    fresh = reader(owner, queries.EFFECT_READERS)
    row = tracker.rule_packs().filter(pk=parameters["pack"]).first()
    if row is None:
        raise NotEntrusted(str(parameters["pack"]))
    known_at = clock()
    seen = persons_visible_to(fresh).filter(is_active=True)
    ids, total = tracker.people_to_try(row, seen, queries.EVERYBODY)
    flips = tracker.effect_of(
        row,
        ids,
        on=date.fromisoformat(parameters["on"]),
        known_at=known_at,
        progress=lambda done: progress(done, total),
    )
    return {
        "persons": total,
        "known_at": known_at.isoformat(),
        "digest": row.digest,
        "flips": [
            [flip.title_zh, flip.title_en, flip.before, flip.after, flip.persons] for flip in flips
        ],
    }
