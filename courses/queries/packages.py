"""What packages told of a learner."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from courses.enums import PackageStatus
from courses.models import PackageReport


@dataclass(frozen=True)
class ToldByPackage:
    """All parts of a package taken together. The score is the mean of those that have one."""

    status: PackageStatus
    score_percent: Decimal | None
    parts: dict[int, PackageReport]

    def plain(self) -> dict[str, str | None]:
        """For the evidence in the ledger."""
        score = None if self.score_percent is None else str(self.score_percent)
        return {"status": self.status.value, "score_percent": score}


def package_is_done(progress_id: int, part_count: int) -> bool:
    """Whether every part has said that it is completed or passed."""
    done = PackageReport.objects.filter(progress=progress_id, done_at__isnull=False).count()
    return part_count > 0 and done >= part_count


def told_by_packages(enrolment_id: int) -> dict[int, ToldByPackage]:
    """What packages told within an enrolment, by item. One statement. Not scoped: the caller has been."""
    reports = (
        PackageReport.objects.filter(progress__enrolment=enrolment_id)
        .select_related("progress__item")
        .order_by("progress", "part")
    )
    return {
        item.pk: _together(rows, item.part_count)
        for item, rows in groupby(reports, key=lambda report: report.progress.item)
    }


def _together(rows: Iterable[PackageReport], part_count: int) -> ToldByPackage:
    parts = {report.part: report for report in rows}
    statuses = {report.status for report in parts.values()}
    if len(parts) < part_count or PackageStatus.INCOMPLETE in statuses:
        status = PackageStatus.INCOMPLETE
    elif PackageStatus.FAILED in statuses:
        status = PackageStatus.FAILED
    elif PackageStatus.PASSED in statuses:
        status = PackageStatus.PASSED
    else:
        status = PackageStatus.COMPLETED
    scores = [each.score_percent for each in parts.values() if each.score_percent is not None]
    score = sum(scores, Decimal(0)) / len(scores) if scores else None
    return ToldByPackage(status, None if score is None else score.quantize(Decimal("0.01")), parts)
