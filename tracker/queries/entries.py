"""Rows of the ledger."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from people.queries import records_of
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


def hours_by_bucket(
    person_id: int, year: int, known_at: datetime | None = None
) -> dict[str, BucketSum]:
    """Sums of the year's rows by form, in the order of the forms. A row belongs to its last day's year."""
    entries = Entry.objects.filter(
        person_id__in=records_of(person_id, known_at),
        occurred_to__gt=date(year, 1, 1),
        occurred_to__lte=date(year + 1, 1, 1),
    )
    if known_at is not None:
        entries = entries.filter(recorded_at__lte=known_at)
    sums = {
        row["bucket"]: BucketSum(**row)
        for row in entries.order_by()
        .values("bucket")
        .annotate(
            hours=Sum("hours"),
            credits=Sum("credits"),
            training_days=Sum("training_days"),
            events=Sum("events"),
        )
    }
    return {bucket.value: sums[bucket.value] for bucket in Bucket if bucket.value in sums}


def entry_by_source(source: str) -> Entry | None:
    """The row a source earned, if it was ever posted."""
    return Entry.objects.filter(source=source).first()


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


def entry_sum(person_id: int, known_at: datetime) -> BucketSum:
    """Everything in the person's ledger as recorded by then, over all forms and years."""
    mine = records_of(person_id, known_at)
    sums = Entry.objects.filter(person_id__in=mine, recorded_at__lte=known_at).aggregate(
        hours=Sum("hours", default=Decimal(0)),
        credits=Sum("credits", default=Decimal(0)),
        training_days=Sum("training_days", default=Decimal(0)),
        events=Sum("events", default=0),
    )
    return BucketSum(bucket="", **sums)
