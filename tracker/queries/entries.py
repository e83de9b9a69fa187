"""Rows of the ledger."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet

from people.queries import names_then, records_of
from tracker.enums import Bucket
from tracker.models import Entry

ZERO = Decimal(0)


@dataclass(frozen=True)
class BucketSum:
    """What one form of study added up to, each measure in its own unit."""

    bucket: str
    hours: Decimal
    credits: Decimal
    training_days: Decimal
    events: int

    @property
    def label(self) -> str:
        return str(Bucket(self.bucket).label)


def entries_of(person_id: int, known_at: datetime | None = None) -> QuerySet[Entry]:
    """The person's rows as recorded by then, reversals among them, newest activity first.

    With those of records that were one with his by then.
    """
    entries = Entry.objects.filter(person_id__in=records_of(person_id, known_at))
    if known_at is not None:
        entries = entries.filter(recorded_at__lte=known_at)
    return entries.select_related("institution", "confirmed_by", "reverses").order_by(
        "-occurred_from", "-id"
    )


def standing_entries_of(person_id: int, known_at: datetime) -> QuerySet[Entry]:
    """Rows that count for something: neither reversals nor taken back by then."""
    taken_back = Entry.objects.filter(reverses=OuterRef("pk"), recorded_at__lte=known_at)
    return entries_of(person_id, known_at).filter(~Exists(taken_back), reverses=None)


def places_then(entries: Iterable[Entry]) -> dict[int, str]:
    """The unit each line was posted in, as it was called then, with the unit above it; by line."""
    placed = [entry for entry in entries if entry.unit_id is not None]
    held = [(entry.unit_id or 0, entry.unit_name, entry.recorded_at) for entry in placed]
    return {
        entry.pk: name for entry, name in zip(placed, names_then(held) if held else (), strict=True)
    }


def entry_standing_for(source: str, person_id: int) -> Entry | None:
    """The person's row of this source that was not reversed: the first, or a later ``source#2``."""
    return _posted_for(source, person_id).filter(reversed_by=None).order_by("-id").first()


def next_source(source: str, person_id: int) -> str:
    """The source to post anew under after a reversal: itself the first time, then ``source#2``, …"""
    posted = _posted_for(source, person_id).count()
    return source if posted == 0 else f"{source}#{posted + 1}"


def _posted_for(source: str, person_id: int) -> QuerySet[Entry]:
    named = Q(source=source) | Q(source__startswith=f"{source}#")
    # By person, who has an index of his own on either database.
    return Entry.objects.filter(named, person_id=person_id, reverses=None)
