"""Writing down what an organisation did itself, and taking it back."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from people.models import OrgUnit, Person
from tracker import queries
from tracker.enums import Bucket, ConfirmerKind
from tracker.models import Entry
from tracker.operations.ledger import Posting, post_typed, reverse
from tracker.rules import Measures


class MayNotKeep(Exception):
    """The organisation lies outside one's part of the tree."""


def record_lecture(
    unit: OrgUnit, *, token: UUID, title: str, day: date, evidence: str, by: Person, now: datetime
) -> tuple[Entry, bool]:
    """A lecture the organisation held on a day: one event of its ledger; False when the form had written it.

    Raises MayNotKeep; SourceTaken when the form had written for another organisation.
    """
    if not queries.keeps_organisation(by, unit):
        raise MayNotKeep(unit.pk)
    posting = Posting(
        source=f"tracker.organisation:{token}",
        bucket=Bucket.LECTURING,
        title=title,
        occurred_from=day,
        occurred_to=day + timedelta(days=1),
        measures=Measures(Decimal(0), Decimal(0), Decimal(0), 1),
        confirmer=ConfirmerKind.UNIT,
        unit_id=unit.pk,
        evidence={"note": evidence},
    )
    return post_typed(posting, about=f"people.unit:{unit.pk}", by=by, now=now)


def take_back_lecture(entry_id: int, *, because: str, by: Person, now: datetime) -> Entry:
    """Raises MayNotKeep, NothingToReverse, ReasonMissing; Entry.DoesNotExist for a person's line."""
    entry = Entry.objects.select_related("unit").get(pk=entry_id, person=None)
    if entry.unit is None or not queries.keeps_organisation(by, entry.unit):
        raise MayNotKeep(entry_id)
    return reverse(entry_id, because=because, by_id=by.pk, now=now)
