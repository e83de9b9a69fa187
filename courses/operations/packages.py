"""What a package tells of its learner: kept, bounded, believed only as far as told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from courses.enums import ItemKind, PackageStatus
from courses.models import PackageReport, StudyLease
from courses.operations.completion import NotProven, complete_item
from courses.operations.study import NotStudied

# SCORM 2004 lets a package keep 64 000 characters; the rest is its answers and objectives.
STATE_TO = 200_000
_DONE = {PackageStatus.COMPLETED, PackageStatus.PASSED}


class LeaseLost(Exception):
    """Studying went on in another window or on another device: that one tells now."""


class StateTooLarge(Exception):
    """The package wants to keep more than is kept for it. Nothing of this report was."""


@dataclass(frozen=True)
class Told:
    """What a report did."""

    item_completed: bool
    course_completed: bool


@transaction.atomic
def keep_report(
    lease_id: int,
    part: int,
    *,
    status: PackageStatus,
    score_percent: Decimal | None,
    state: str,
    now: datetime,
) -> Told:
    """Keep what a part of a package says, and complete the item if that was all it lacked.

    It earns no time. The last report of the person's latest lease holds; raises LeaseLost when a
    later one was taken, NotStudied for an item or part that is none of a package, StateTooLarge.
    """
    if len(state) > STATE_TO:
        raise StateTooLarge(lease_id)
    lease = StudyLease.objects.select_related("progress__item").filter(pk=lease_id).first()
    if lease is None:
        raise LeaseLost(lease_id)
    # Not "is it released": the page says good-bye and sends its last report at one moment.
    if StudyLease.objects.filter(person=lease.person_id, pk__gt=lease_id).exists():
        raise LeaseLost(lease_id)
    item = lease.progress.item
    if item.kind != ItemKind.PACKAGE or not 0 <= part < item.part_count:
        raise NotStudied(item.pk)
    report, _created = PackageReport.objects.select_for_update().get_or_create(
        progress=lease.progress, part=part, defaults={"status": status, "told_at": now}
    )
    report.status, report.state, report.told_at = status, state, now
    report.score_percent = score_percent
    if status in _DONE and report.done_at is None:
        report.done_at = now
    report.save()
    done = lease.progress.completed_at is not None
    try:
        enrolment = complete_item(lease.progress.enrolment_id, item.pk, now=now)
    except NotProven:
        return Told(item_completed=done, course_completed=False)
    return Told(item_completed=True, course_completed=enrolment.completed_at is not None)
