"""Ledger rows, institutions, rule packs in force."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import factory

from people.models import OrgUnit, Person
from tests.factories.people import PersonFactory
from tracker import operations
from tracker.enums import Bucket, Confirmer, InstitutionKind, PackStatus
from tracker.models import Claim, Entry, Institution, RulePack
from tracker.queries import entries_of
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


def hold_lecture(
    unit: OrgUnit,
    source: str,
    *,
    on: date = date(2026, 3, 2),
    now: datetime = datetime(2026, 3, 3, 1, 0, tzinfo=UTC),
) -> Entry:
    """A lecture that an organisation held: one event of its own ledger."""
    return operations.credit(
        unit_id=unit.pk,
        source=source,
        bucket=Bucket.LECTURING,
        title=f"党课 {source}",
        occurred_from=on,
        occurred_to=date.fromordinal(on.toordinal() + 1),
        measures=Measures(Decimal(0), Decimal(0), Decimal(0), 1),
        confirmer=Confirmer.UNIT,
        evidence={"note": "会议记录"},
        now=now,
    )


def hours_of(person: Person, known_at: datetime | None = None) -> Decimal:
    """The credit hours in the person's ledger as recorded by then: lines and what took them back."""
    return sum((row.hours for row in entries_of(person.pk, known_at)), Decimal(0))


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


def make_claim(
    person: Person,
    *,
    by: Person | None = None,
    bucket: str = "self_study",
    confirmer: str = "unit",
    institution: Institution | None = None,
    title: str = "读书三十天",
    hours: str = "8",
    now: datetime = datetime(2026, 3, 20, 1, 0, tzinfo=UTC),
) -> Claim:
    """A claim as its form sends it."""
    fields = {
        "bucket": bucket,
        "title": title,
        "institution": institution,
        "first_day": date(2026, 3, 2),
        "last_day": date(2026, 3, 6),
        "hours": Decimal(hours),
        "credits": Decimal(0),
        "training_days": Decimal(0),
        "confirmer": confirmer,
        "note": "学习笔记，存支部",
    }
    return operations.send_claim(person.pk, by=by or person, token=uuid4(), fields=fields, now=now)
