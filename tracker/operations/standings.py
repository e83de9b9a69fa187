"""The cached standings: always rebuildable from rows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Q
from django.utils import timezone

from people.models import Person
from tracker import queries
from tracker.models import (
    CareerEvent,
    Entry,
    RulePack,
    Standing,
    StandingMark,
)
from tracker.rules import Assessment
from tracker.rules.plain import amount
from tracker.signals import standing_changed


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def _refresh_on_commit(person_ids: Sequence[int | None], now: datetime) -> None:
    ids = [person_id for person_id in person_ids if person_id is not None]
    if ids:
        transaction.on_commit(
            lambda: refresh_standings(ids, on=timezone.localdate(now), now=now) and None
        )


def refresh_standings(person_ids: Iterable[int], *, on: date, now: datetime) -> int:
    """Compute these persons' standings anew. Returns how many persons' standings changed.

    Each batch locks its persons, so that of two postings at once the later refresh sees both.
    """
    changed_persons = 0
    packs = queries.packs_in_force(on, now)
    for batch in _batches(sorted(set(person_ids)), 500):
        with transaction.atomic():
            changed = _refresh_batch(batch, packs, on, now)
            changed_persons += len(changed)
            transaction.on_commit(
                lambda ids=tuple(changed): (
                    [  # type: ignore[misc]
                        standing_changed.send(sender=Standing, person_id=person_id)
                        for person_id in ids
                    ]
                    and None
                )
            )
    return changed_persons


def _refresh_batch(
    person_ids: Sequence[int], packs: Sequence[queries.PackInForce], on: date, now: datetime
) -> list[int]:
    list(
        Person.objects.select_for_update(no_key=connection.vendor == "postgresql")
        .filter(pk__in=person_ids)
        .order_by("pk")
        .values_list("pk")
    )
    facts = queries.facts_of(person_ids)
    fields = [
        "unit_id",
        "pack",
        "state",
        "window_from",
        "window_until",
        "due_on",
        "share",
        "figures",
    ]
    before: dict[int, dict[str, tuple[Any, ...]]] = defaultdict(dict)
    for row in Standing.objects.filter(person_id__in=person_ids):
        before[row.person_id][row.requirement] = tuple(getattr(row, name) for name in fields)
    fresh: list[Standing] = []
    changed: list[int] = []
    for person_id in person_ids:
        known = facts[person_id]
        rows = [
            _standing(known, assessment, on)
            for assessment in queries.assess_facts(known, packs, on=on, known_at=now)
        ]
        after = {row.requirement: tuple(getattr(row, name) for name in fields) for row in rows}
        if after != before[person_id]:
            changed.append(person_id)
        gone = before[person_id].keys() - after.keys()
        if gone:
            Standing.objects.filter(person_id=person_id, requirement__in=gone).delete()
        fresh += rows
    Standing.objects.bulk_create(
        fresh,
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["person", "requirement"],
        update_fields=[name.removesuffix("_id") for name in fields] + ["computed_for"],
    )
    StandingMark.objects.bulk_create(
        [
            StandingMark(
                person_id=person_id,
                computed_for=on,
                computed_at=now,
                last_entry_id=facts[person_id].last_entry_id,
            )
            for person_id in person_ids
        ],
        update_conflicts=True,
        unique_fields=["person"],
        update_fields=["computed_for", "computed_at", "last_entry_id"],
    )
    return changed


def _standing(facts: queries.Facts, assessment: Assessment, on: date) -> Standing:
    window = assessment.window
    way = assessment.nearest_way
    return Standing(
        person_id=facts.person_id,
        unit_id=facts.unit_id,
        requirement=assessment.duty.code,
        pack=assessment.duty.pack,
        state=assessment.state.value,
        window_from=window.since if window else on,
        window_until=window.until if window else None,
        due_on=assessment.due_on,
        share=round(way.share, 4) if way else 0,
        figures=[
            {
                "measure": part.measure.value,
                "official": amount(part.official),
                "required": amount(part.required or part.official),
            }
            for part in (way.parts if way else ())
        ],
        computed_for=on,
    )


def rebuild_standings(*, on: date, now: datetime) -> int:
    """Compute everybody's standing from rows alone. Returns how many persons' standings changed.

    A number above zero right after a refresh is an alarm: the cache had drifted.
    """
    Standing.objects.exclude(person__is_active=True).delete()
    ids = Person.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True)
    return refresh_standings(list(ids), on=on, now=now)


def sweep(now: datetime) -> int:
    """Bring up to date whatever a lost signal, a killed process or a new day left behind.

    Found from rows alone: persons never computed, computed for another day, before the newest
    approval of a pack or an event, or before their last entry. Returns how many were computed.
    """
    on = timezone.localdate(now)
    approved = RulePack.objects.aggregate(last=Max("approved_at"))["last"]
    fresh = Q(computed_for=on)
    if approved is not None:
        fresh &= Q(computed_at__gte=approved)
    up_to_date = dict(StandingMark.objects.filter(fresh).values_list("person_id", "last_entry_id"))
    last = dict(
        Entry.objects.filter(person__is_active=True)
        .order_by()
        .values_list("person_id")
        .annotate(last=Max("pk"))
    )
    events = dict(
        CareerEvent.objects.order_by().values_list("person_id").annotate(last=Max("approved_at"))
    )
    computed_at = dict(
        StandingMark.objects.filter(person_id__in=events).values_list("person_id", "computed_at")
    )
    stale = [
        person_id
        for person_id in Person.objects.filter(is_active=True).values_list("pk", flat=True)
        if up_to_date.get(person_id, -1) < last.get(person_id, 0)
        or (
            person_id in events
            and computed_at.get(person_id, events[person_id]) < events[person_id]
        )
    ]
    refresh_standings(stale, on=on, now=now)
    return len(stale)
