"""Ledger rows, institutions, rule packs in force."""

from datetime import UTC, date, datetime
from decimal import Decimal

import factory

from people.models import Person
from tests.factories.people import PersonFactory
from tracker import operations
from tracker.enums import Bucket, Confirmer, InstitutionKind, PackStatus
from tracker.models import Entry, Institution, RulePack
from tracker.rules import Measures

LOADED_AT = datetime(2020, 1, 1, tzinfo=UTC)


class InstitutionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Institution

    code = factory.Sequence(lambda n: f"I{n:04d}")
    name = factory.Sequence(lambda n: f"第{n}党校")
    kind = InstitutionKind.PARTY_SCHOOL


def post_hours(
    person: Person,
    source: str,
    *,
    on: date = date(2026, 3, 2),
    hours: str = "0",
    days: str = "0",
    credits: str = "0",
    bucket: Bucket = Bucket.ONLINE,
    confirmer: Confirmer = Confirmer.PLATFORM,
    institution: Institution | None = None,
    now: datetime = datetime(2026, 3, 3, 1, 0, tzinfo=UTC),
) -> Entry:
    """Post one row through the operation, as other rooms do."""
    return operations.credit(
        person_id=person.pk,
        source=source,
        bucket=bucket,
        title=f"学习 {source}",
        occurred_from=on,
        occurred_to=date.fromordinal(on.toordinal() + 1),
        measures=Measures(Decimal(hours), Decimal(credits), Decimal(days)),
        institution_id=institution.pk if institution else None,
        confirmer=confirmer,
        evidence={},
        now=now,
    )


def packs_in_force(*codes: str) -> list[RulePack]:
    """Load shipped packs and put them into force at once (all, or the ones named)."""
    approver = PersonFactory()
    rows = []
    for code, text in operations.shipped_packs().items():
        if not codes or code in codes:
            row, _ = operations.load_rulepack(text, by=None, now=LOADED_AT)
            RulePack.objects.filter(pk=row.pk).update(
                status=PackStatus.APPROVED, approved_at=LOADED_AT, approved_by=approver
            )
            rows.append(row)
    return rows
