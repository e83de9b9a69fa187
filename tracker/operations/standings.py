"""The cached standings: always rebuildable from rows."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from people.models import MembershipStage, PartyDuty, Person, Post, SamePerson
from people.queries import merged_by, merged_into
from tracker import queries
from tracker.models import (
    NO_DAY,
    CareerEvent,
    Entry,
    RosterCount,
    RulePack,
    Standing,
    StandingMark,
)
from tracker.operations.rollups import Place, count_differences, recount, take_roster
from tracker.rules import Assessment
from tracker.rules.plain import amount
from tracker.rules.urgency import earliest_due, most_pressing

logger = logging.getLogger(__name__)


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def _refresh_on_commit(person_ids: Sequence[int | None], now: datetime) -> None:
    ids = [person_id for person_id in person_ids if person_id is not None]
    if ids:
        transaction.on_commit(lambda: refresh_standings(ids, on=timezone.localdate(now), now=now))


def refresh_standings(person_ids: Iterable[int], *, on: date, now: datetime) -> int:
    """Compute these persons' standings anew. Returns how many persons' standings changed.

    Each batch locks its persons, so that of two postings at once the later refresh sees both. What
    is posted to a record that was merged into another is news for that one.
    """
    ids = set(person_ids)
    merged = merged_into(ids)
    return _refresh(sorted(ids | {merged[each] for each in ids & merged.keys()}), on, now)


def refresh_later(person_ids: Iterable[int], *, on: date) -> None:
    """Leave these persons to the next sweep: their standings are no longer those of the day."""
    for batch in _batches(person_ids, 5000):
        marks = StandingMark.objects.filter(person_id__in=batch)
        marks.update(computed_for=on - timedelta(days=1))


def _refresh(person_ids: Iterable[int], on: date, now: datetime) -> int:
    """Ids must ascend, so that two refreshes at once take their locks in one order."""
    changed_persons = 0
    packs = queries.packs_in_force(on, now)
    for batch in _batches(person_ids, 500):
        with transaction.atomic():
            changed_persons += _refresh_batch(batch, packs, on, now)
    return changed_persons


_FIELDS = (
    "unit_id",
    "pack",
    "state",
    "window_from",
    "window_until",
    "due_on",
    "share",
    "figures",
)


def _refresh_batch(
    person_ids: Sequence[int], packs: Sequence[queries.PackInForce], on: date, now: datetime
) -> int:
    """Returns how many persons' standings changed. Persons who left the roster lose theirs."""
    active = {
        person_id
        for person_id, is_active in Person.objects.select_for_update(
            no_key=connection.vendor == "postgresql"
        )
        .filter(pk__in=person_ids)
        .order_by("pk")
        .values_list("pk", "is_active")
        if is_active
    }
    facts = queries.facts_of(active)
    before: dict[int, dict[str, tuple[Any, ...]]] = defaultdict(dict)
    rows = Standing.objects.filter(person_id__in=person_ids)
    for person_id, requirement, *values in rows.values_list("person_id", "requirement", *_FIELDS):
        before[person_id][requirement] = tuple(values)
    marks = {mark.person_id: mark for mark in StandingMark.objects.filter(person_id__in=person_ids)}
    differences: dict[Place, int] = defaultdict(int)
    fresh: list[Standing] = []
    fresh_marks: list[StandingMark] = []
    changed = 0
    left: list[int] = []
    gone = Q(pk__in=[])
    for person_id in person_ids:
        standings: list[Standing] = []
        if person_id in active:
            known = facts[person_id]
            standings = [
                _standing(known, assessment, on)
                for assessment in queries.assess_facts(
                    known, packs, on=on, known_at=now, explain=False
                )
            ]
            due_on, next_on = earliest_due((row.state, row.due_on) for row in standings)
            mark = StandingMark(
                person_id=person_id,
                unit_id=known.unit_id,
                rank=known.rank_on(on),
                state=most_pressing(row.state for row in standings),
                due_on=due_on,
                next_on=next_on,
                computed_for=on,
                computed_at=now,
                last_entry_id=known.last_entry_id,
            )
            fresh_marks.append(mark)
            _count(
                differences, +1, mark,
                {row.requirement: (row.state, row.due_on) for row in standings},
            )  # fmt: skip
        elif person_id in marks:
            left.append(person_id)
        held = before[person_id]
        if person_id in marks:
            # What was counted is what the stored rows say, whoever wrote them.
            states = {requirement: (row[2], row[5]) for requirement, row in held.items()}
            _count(differences, -1, marks[person_id], states)
        after = {
            row.requirement: tuple(getattr(row, name) for name in _FIELDS) for row in standings
        }
        if after != held:
            changed += 1
            fresh += [
                row for row in standings if held.get(row.requirement) != after[row.requirement]
            ]
            if held.keys() - after.keys():
                gone |= Q(person_id=person_id, requirement__in=held.keys() - after.keys())
    if gone:
        Standing.objects.filter(gone).delete()
    Standing.objects.bulk_create(
        fresh,
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["person", "requirement"],
        update_fields=[name.removesuffix("_id") for name in _FIELDS] + ["computed_for"],
    )
    StandingMark.objects.bulk_create(
        fresh_marks,
        update_conflicts=True,
        unique_fields=["person"],
        update_fields=[
            "unit",
            "rank",
            "state",
            "due_on",
            "next_on",
            "computed_for",
            "computed_at",
            "last_entry_id",
        ],
    )
    if left:
        StandingMark.objects.filter(pk__in=left).delete()
    count_differences(differences)
    return changed


def _count(
    differences: dict[Place, int],
    persons: int,
    mark: StandingMark,
    standings: Mapping[str, tuple[str, date | None]],
) -> None:
    """Add one person, or take him away, as what he is counted: states and days by requirement."""
    unit_id, rank = mark.unit_id, mark.rank
    if unit_id is None:
        return
    days = mark.due_on or NO_DAY, mark.next_on or NO_DAY
    differences[unit_id, "", rank, mark.state, *days] += persons
    for requirement, (state, day) in standings.items():
        due_on, next_on = earliest_due([(state, day)])
        differences[unit_id, requirement, rank, state, due_on or NO_DAY, next_on or NO_DAY] += (
            persons
        )


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


def rebuild_standings(*, on: date, now: datetime, part: tuple[int, int] = (0, 1)) -> int:
    """Compute everybody's standing from rows alone. Returns how many persons' standings changed.

    A number above zero right after a refresh is an alarm: the cache had drifted. ``part`` (k, n):
    only the k-th of n parts, so that several processes share the work; memory does not grow with
    the number of persons.
    """
    part_of_all, parts = part
    # Whoever left the roster as well: a mark of his would still be counted.
    persons = Person.objects.filter(
        Q(is_active=True)
        | Exists(StandingMark.objects.filter(person=OuterRef("pk")))
        | Exists(Standing.objects.filter(person=OuterRef("pk")))
    )
    if parts > 1:
        persons = persons.annotate(share_of=F("pk") % parts).filter(share_of=part_of_all)
    return _refresh(_ids(persons), on, now)


def sweep(now: datetime) -> int:
    """Bring up to date whatever a lost signal, a killed process or a new day left behind.

    Found from rows alone: persons never computed, computed for another day, before the newest
    approval of a pack or an event, before their last entry, before something of their career was
    recorded, in another unit, or gone since.
    Afterwards the figures are compared with the rows (``recount``), and on the first sweep of a
    month the roster is noted. Returns how many persons were computed.
    """
    on = timezone.localdate(now)
    approved = RulePack.objects.aggregate(last=Max("approved_at"))["last"]
    fresh = Q(standing_mark__computed_for=on) & (
        Q(unit=F("standing_mark__unit")) | Q(unit=None, standing_mark__unit=None)
    )
    if approved is not None:
        fresh &= Q(standing_mark__computed_at__gte=approved)
    later_rows = Entry.objects.filter(
        person=OuterRef("pk"), pk__gt=OuterRef("standing_mark__last_entry_id")
    )
    # Of a record read with his, and the merging or separating itself.
    later_rows_merged = Entry.objects.filter(
        merged_by(None, "person__merged_as__"),
        person__merged_as__kept=OuterRef("pk"),
        pk__gt=OuterRef("standing_mark__last_entry_id"),
    )
    later_merges = SamePerson.objects.filter(
        Q(merged_at__gt=OuterRef("standing_mark__computed_at"))
        | Q(undone_at__gt=OuterRef("standing_mark__computed_at")),
        kept=OuterRef("pk"),
    )
    later_events = CareerEvent.objects.filter(
        person=OuterRef("pk"), approved_at__gt=OuterRef("standing_mark__computed_at")
    )
    up_to_date = Person.objects.filter(
        fresh,
        ~Exists(later_rows),
        ~Exists(later_rows_merged),
        ~Exists(later_merges),
        ~Exists(later_events),
        pk=OuterRef("pk"),
    )
    stale = Person.objects.filter(
        Q(is_active=True) & ~Exists(up_to_date)
        | Q(is_active=False) & Exists(StandingMark.objects.filter(person=OuterRef("pk")))
    )
    computed = 0

    def counted(persons: QuerySet[Person]) -> Iterator[int]:
        nonlocal computed
        for person_id in _ids(persons):
            computed += 1
            yield person_id

    _refresh(counted(stale), on, now)
    for facts in (Post, PartyDuty, MembershipStage):
        told_later = _told_after_computing(facts, on)
        _refresh(counted(Person.objects.filter(pk__in=told_later, is_active=True)), on, now)
    drifted = recount()
    if drifted:
        logger.error("%d figures of units had drifted from their rows and were put right", drifted)
    if not RosterCount.objects.filter(taken_on__gte=on.replace(day=1)).exists():
        take_roster(on)
    return computed


def _told_after_computing(
    facts: type[Post | PartyDuty | MembershipStage], on: date
) -> QuerySet[Any]:
    """Persons of whom such a fact or its end was recorded after their standing of the day was computed.

    What was recorded two days ago is in it already: everybody is computed anew for each day. So one
    look at the few latest rows is enough, and nobody else's career is read.
    """
    since = timezone.make_aware(datetime.combine(on - timedelta(days=1), time.min))
    computed_at = F("person__standing_mark__computed_at")
    return facts._default_manager.filter(
        Q(recorded_at__gte=since, recorded_at__gt=computed_at)
        | Q(end_recorded_at__gte=since, end_recorded_at__gt=computed_at)
    ).values("person")


def _ids(persons: QuerySet[Person]) -> Iterator[int]:
    """Ascending ids in pages, so that a million of them is neither a list nor an open cursor."""
    last = 0
    while page := list(
        persons.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:10_000]
    ):
        yield from page
        last = page[-1]
