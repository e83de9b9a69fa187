"""Two records side by side, and what the kept one would say with the lines of both."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from people.models import Person
from people.queries import careers_of, grants_of, merged_into
from tracker.models import CareerEvent, Entry
from tracker.queries.assessments import assess_facts, facts_of
from tracker.queries.entries import ZERO, BucketSum, standing_entries_of
from tracker.queries.packs import packs_in_force
from tracker.rules import Assessment

SHOWN = 60


@dataclass(frozen=True)
class Side:
    """One of the two records, as it stands by itself."""

    person: Person
    posts: list[Any]
    events: list[CareerEvent]
    roles: list[str]
    lines: int
    sums: BucketSum


@dataclass(frozen=True)
class LineOfTwo:
    """A line that stands; ``twin`` is a line of the other record that shares its days and form."""

    entry: Entry
    twin: Entry | None


@dataclass(frozen=True)
class Compared:
    """Both records, and requirement by requirement: apart, and as one."""

    sides: list[Side]
    # (code, that of the kept record alone, of the other alone, of both as one)
    standings: list[tuple[str, Assessment | None, Assessment | None, Assessment | None]]
    lines: list[LineOfTwo]
    more_lines: int
    twins: int

    @property
    def twin_lines(self) -> list[LineOfTwo]:
        return [line for line in self.lines if line.twin is not None]

    @property
    def other_lines(self) -> list[LineOfTwo]:
        return [line for line in self.lines if line.twin is None]


def compare(kept: Person, other: Person, *, on: date, known_at: datetime) -> Compared:
    """The two records as if nobody had merged them, and the kept one as if somebody had.

    Not scoped: the caller has been. Nothing is stored.
    """
    pair = [kept, other]
    careers = careers_of((each.pk for each in pair), known_at)
    entries = {
        each.pk: list(
            standing_entries_of(each.pk, known_at).filter(person=each).select_related("person")
        )
        for each in pair
    }
    packs = packs_in_force(on, known_at)
    ids = [kept.pk, other.pk]
    apart = facts_of(ids, known_at, merged={})
    merged = merged_into(ids, known_at) | {other.pk: kept.pk}
    together = facts_of(ids, known_at, merged=merged)
    alone_kept, alone_other, both = (
        {a.duty.code: a for a in assess_facts(facts, packs, on=on, known_at=known_at)}
        for facts in (apart[kept.pk], apart[other.pk], together[kept.pk])
    )
    codes = list(dict.fromkeys([*both, *alone_kept, *alone_other]))
    lines = [
        LineOfTwo(entry, _twin(entry, entries[theirs.pk]))
        for mine, theirs in ((kept, other), (other, kept))
        for entry in entries[mine.pk]
    ]
    # What may count twice first, then the newest.
    lines.sort(key=lambda line: (line.twin is None, -line.entry.occurred_from.toordinal()))
    return Compared(
        [
            Side(
                each,
                list(reversed(careers[each.pk].posts)),
                list(CareerEvent.objects.filter(person=each).order_by("-starts_on", "-id")[:20]),
                [str(grant.get_role_display()) for grant in grants_of(each)],
                len(entries[each.pk]),
                _sum(entries[each.pk]),
            )
            for each in pair
        ],
        [(code, alone_kept.get(code), alone_other.get(code), both.get(code)) for code in codes],
        lines[:SHOWN],
        max(0, len(lines) - SHOWN),
        sum(line.twin is not None and line.entry.person_id == kept.pk for line in lines),
    )


def _twin(entry: Entry, others: list[Entry]) -> Entry | None:
    for other in others:
        if (
            other.bucket == entry.bucket
            and other.occurred_from < entry.occurred_to
            and entry.occurred_from < other.occurred_to
        ):
            return other
    return None


def _sum(entries: list[Entry]) -> BucketSum:
    return BucketSum(
        "",
        sum((e.hours for e in entries), start=ZERO),
        sum((e.credits for e in entries), start=ZERO),
        sum((e.training_days for e in entries), start=ZERO),
        sum(e.events for e in entries),
    )
