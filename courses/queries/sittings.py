"""Study time as evidence: sittings with their stretches, and what they come to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from courses import study_time
from courses.models import SittingRemark, StudyLease


@dataclass(frozen=True)
class Stretch:
    """A stretch of a sitting, graded, with its reason."""

    from_at: datetime
    to_at: datetime
    credited_seconds: int
    grade: study_time.Grade
    reason: study_time.Reason


@dataclass(frozen=True)
class Sitting:
    """One lease as evidence: when, where, what it earned and why not more; what was said of it."""

    lease_id: int
    item_title: str
    device: str
    began_at: datetime
    ended_at: datetime
    verified_seconds: int
    plausible_seconds: int
    claimed_seconds: int
    stretches: tuple[Stretch, ...]
    remarks: tuple[SittingRemark, ...]

    @property
    def is_contested(self) -> bool:
        """Whether a remark waits for its answer."""
        return any(remark.answered_at is None for remark in self.remarks)


def sittings(enrolment_id: int) -> list[Sitting]:
    """All sittings at an enrolment as evidence, the latest first. Not scoped: the caller has been."""
    leases = (
        StudyLease.objects.filter(progress__enrolment=enrolment_id)
        .exclude(lines="[]")
        .select_related("progress__item")
        .prefetch_related("remarks__answered_by")
        .order_by("-taken_at", "-pk")
    )
    return [sitting_of(lease) for lease in leases]


def sitting_of(lease: StudyLease) -> Sitting:
    """A sitting as evidence. Not scoped: the caller has been."""
    stretches = tuple(
        Stretch(
            _instant(start),
            _instant(end),
            credited // 1000,
            study_time.Grade(grade),
            study_time.Reason(reason),
        )
        for start, end, credited, grade, reason in json.loads(lease.lines)
    )
    return Sitting(
        lease_id=lease.pk,
        item_title=lease.progress.item.title,
        device=lease.device,
        began_at=stretches[0].from_at,
        ended_at=stretches[-1].to_at,
        verified_seconds=lease.verified_ms // 1000,
        plausible_seconds=lease.plausible_ms // 1000,
        claimed_seconds=lease.claimed_ms // 1000,
        stretches=stretches,
        remarks=tuple(lease.remarks.all()),
    )


def _instant(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, tz=UTC)
