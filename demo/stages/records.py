"""What is owed and what was done for it: rule packs, the ledger, its corrections, standings, the department's papers."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

import dashboards.operations
import tracker.operations
from demo import history
from demo.ground import Ground
from people.enums import OrgKind, Role
from people.models import OrgUnit
from tracker.enums import Bucket, ConfirmerKind
from tracker.rules import Measures

LEDGER_CHUNK = 4000  # persons; up to that many the ledger is in the order of time
PACKS_IN_FORCE = ("branch", "cadre-2023", "party", "lecturing")


def rules(ground: Ground) -> str:
    admin = ground.account(Role.TRAINING_ADMIN)
    # In force since before the history begins, so that standings as of an earlier day exist.
    in_force = datetime(ground.plan.on.year - 2, 1, 10, 9, tzinfo=history.ZONE)
    approved = 0
    for pack, _created in tracker.operations.load_rulepacks(now=ground.now):
        if pack.code not in PACKS_IN_FORCE:
            continue
        try:
            tracker.operations.approve_rulepack(pack.pk, admin, in_force)
        except tracker.operations.NotADraft:
            continue
        approved += 1
    for spec in history.INSTITUTIONS:
        institution = tracker.operations.register_institution(
            code=spec.code,
            name=spec.name,
            kind=spec.kind,
            unit_id=ground.units[spec.unit] if spec.unit else None,
        )
        if spec.recognised:
            level, by, starts_on, ends_on = spec.recognised
            tracker.operations.recognise(
                institution.pk,
                level=level,
                starts_on=starts_on,
                ends_on=ends_on,
                recognised_by=by,
            )
    return f"{approved} packs approved, {len(history.INSTITUTIONS)} institutions"


def ledger(ground: Ground) -> str:
    people = ground.roster.persons
    count = 0
    for first in range(0, len(people), LEDGER_CHUNK):
        rows = history.entries(
            people[first : first + LEDGER_CHUNK], ground.plan.seed, ground.plan.on
        )
        tracker.operations.credit_many(
            (_posting(ground, row) for row in rows), now=ground.now, refresh=False
        )
        count += len(rows)
    branches = OrgUnit.objects.filter(kind=OrgKind.BRANCH).order_by("path")
    held = history.lectures(
        branches.values_list("code", flat=True), ground.plan.seed, ground.plan.on
    )
    count += tracker.operations.credit_many((_lecture(ground, row) for row in held), now=ground.now)
    return f"{count} entries"


def corrections(ground: Ground) -> str:
    rows = history.entries(ground.roster.persons[:LEDGER_CHUNK], ground.plan.seed, ground.plan.on)
    by_source = {row.source: row for row in rows}
    corrected = history.corrections(rows, ground.plan.seed, ground.plan.on)
    for correction in corrected:
        told = _posting(ground, by_source[correction.source])
        # Crediting the same source again changes nothing and returns the row it has.
        entry = tracker.operations.credit(
            source=told.source,
            bucket=told.bucket,
            title=told.title,
            occurred_from=told.occurred_from,
            occurred_to=told.occurred_to,
            measures=told.measures,
            confirmer=told.confirmer,
            person_id=told.person_id,
            institution_id=told.institution_id,
            now=ground.now,
        )
        tracker.operations.correct(
            entry.pk,
            measures=_measures(correction.again),
            because=correction.because,
            by_id=ground.staff.pk,
            now=correction.at,
        )
    admin = ground.account(Role.TRAINING_ADMIN)
    away = 0
    for spec in ground.roster.persons:
        for absence in spec.away:
            begins = datetime.combine(absence.starts_on, datetime.min.time(), history.ZONE)
            tracker.operations.approve_event(
                person_id=ground.ids[spec.staff_number],
                kind=absence.kind,
                starts_on=absence.starts_on,
                ends_on=absence.ends_on,
                by=admin,
                now=begins - timedelta(days=3),
                note=absence.reason,
            )
            away += 1
    return f"{len(corrected)} entries corrected, {away} absences approved"


def standings(ground: Ground) -> str:
    changed = tracker.operations.rebuild_standings(
        on=timezone.localdate(ground.now), now=ground.now
    )
    return f"{changed} persons"


def department(ground: Ground) -> str:
    """A statement that waits for its second person, and a seat plan."""
    by = ground.account(Role.TRAINING_ADMIN)
    unit = by.role_grants.filter(role=Role.TRAINING_ADMIN).select_related("unit")[0].unit
    today = timezone.localdate(ground.now)
    year = today.year - 1
    statement = dashboards.operations.order_statement(
        unit,
        kind="year_end",
        activity_on=date(year, 12, 31),
        known_at=min(ground.past(0), datetime(year + 1, 1, 31, 15, 59, tzinfo=UTC)),
        by=by,
        now=ground.now,
    )
    dashboards.operations.draw(
        by, {"statement": statement.pk}, lambda done: None, lambda: ground.now
    )
    plan = dashboards.operations.make_plan(
        unit,
        title="科级干部任职能力培训班",
        requirement="others-yearly",
        horizon_on=date(today.year, 12, 31),
        class_days=Decimal(5),
        capacity=40,
        most_of_a_unit=5,
        by=by,
        now=ground.now,
    )
    return f"statement {statement.pk}, plan {plan.pk}"


def _posting(ground: Ground, row: history.EntrySpec) -> tracker.operations.Posting:
    return tracker.operations.Posting(
        source=row.source,
        bucket=row.bucket,
        title=row.title,
        occurred_from=row.occurred_from,
        occurred_to=row.occurred_to,
        measures=_measures(row),
        confirmer=row.confirmer,
        person_id=ground.ids[row.staff_number],
        institution_id=ground.institutions.get(row.institution),
        confirmed_by_id=ground.staff.pk if row.institution == history.SCHOOL else None,
        recorded_at=row.recorded_at,
    )


def _lecture(ground: Ground, row: history.LectureSpec) -> tracker.operations.Posting:
    return tracker.operations.Posting(
        source=row.source,
        bucket=Bucket.LECTURING,
        title=row.title,
        occurred_from=row.day,
        occurred_to=row.day + timedelta(days=1),
        measures=Measures(Decimal(0), Decimal(0), Decimal(0), 1),
        confirmer=ConfirmerKind.UNIT,
        unit_id=ground.units[row.unit],
        confirmed_by_id=ground.staff.pk,
        evidence={"note": "支部会议记录"},
        recorded_at=row.recorded_at,
    )


def _measures(row: history.EntrySpec) -> Any:
    return Measures(hours=row.hours, credits=row.credits, training_days=row.training_days)
