"""The lease, the ticks, and the time they earn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, connection, transaction

from courses import study_time
from courses.enums import ItemKind, ReleaseReason
from courses.models import (
    EditionItem,
    Enrolment,
    ItemProgress,
    StudyLease,
)
from courses.operations.completion import NotProven, complete_item
from courses.study_time import Account, Kind, Line, Tick, open_account
from people.statements import prepared_cursor


class NotStudied(Exception):
    """The item is not one that is studied by reading, listening or working at it in this enrolment."""


# At a package there is no place that one is at: time counts as over a text wholly in view.
_KINDS: dict[str, Kind] = {
    ItemKind.MEDIA: Kind.MEDIA,
    ItemKind.READING: Kind.READING,
    ItemKind.PACKAGE: Kind.READING,
}


@dataclass(frozen=True)
class Lease:
    """What the page needs to study: which lease, how the item is studied, where it stopped."""

    lease_id: int
    kind: Kind
    length_ms: int
    min_share: int
    position_ms: int
    covered_ms: int
    verified_ms: int
    plausible_ms: int
    completed: bool
    took_over: bool


@dataclass(frozen=True)
class TickOutcome:
    """What a batch of ticks did. ``lost_because`` is set when the lease is no longer the one."""

    acked_seq: int
    lost_because: str = ""
    credited_ms: int = 0
    covered_ms: int = 0
    verified_ms: int = 0
    plausible_ms: int = 0
    reason: str = ""
    grade: str = ""
    item_completed: bool = False
    course_completed: bool = False

    @property
    def is_live(self) -> bool:
        return not self.lost_because


def take_lease(
    person_id: int, enrolment_id: int, item_id: int, *, device: str = "", now: datetime
) -> Lease:
    """Give the person's one lease to this item in this window, taking it from any other.

    ``took_over`` tells that another window was heard of within the last two minutes. Raises
    Enrolment.DoesNotExist when the enrolment is not the person's, NotStudied for an item that is
    not studied by reading, listening or working at it.
    """
    try:
        return _take_lease(person_id, enrolment_id, item_id, device, now)
    except IntegrityError:  # two windows opened at once: the later one takes over
        return _take_lease(person_id, enrolment_id, item_id, device, now)


@transaction.atomic
def _take_lease(
    person_id: int, enrolment_id: int, item_id: int, device: str, now: datetime
) -> Lease:
    enrolment = Enrolment.objects.get(pk=enrolment_id, person=person_id, withdrawn_at=None)
    item = EditionItem.objects.filter(
        pk=item_id, edition=enrolment.edition_id, kind__in=_KINDS
    ).first()
    if item is None:
        raise NotStudied(item_id)
    now_ms = _to_ms(now)
    last = StudyLease.objects.select_for_update().filter(person=person_id).order_by("-pk").first()
    took_over = False
    account = open_account(now_ms=now_ms, spent_until_ms=last.clock_ms if last else 0)
    if last is not None and last.released_at is None:
        took_over = now_ms - last.heard_ms < 120_000 and last.last_seq > 0
        _release(last, _why_released(last, item_id), now)
    progress, _ = ItemProgress.objects.get_or_create(enrolment=enrolment, item=item)
    lease = StudyLease.objects.create(
        person_id=person_id,
        progress=progress,
        device=device[:80],
        taken_at=now,
        clock_ms=account.clock_ms,
        heard_ms=account.heard_ms,
    )
    Enrolment.objects.filter(pk=enrolment.pk).update(studied_at=now)
    return Lease(
        lease_id=lease.pk,
        kind=_KINDS[item.kind],
        length_ms=item.length_seconds * 1000,
        min_share=item.min_share,
        position_ms=progress.position_ms,
        covered_ms=progress.covered_ms,
        verified_ms=progress.verified_ms,
        plausible_ms=progress.plausible_ms,
        completed=progress.completed_at is not None,
        took_over=took_over,
    )


def release_lease(lease_id: int, *, now: datetime) -> None:
    """The page says good-bye: its lease ends. Does nothing for a lease that has ended."""
    StudyLease.objects.filter(pk=lease_id, released_at=None).update(
        released_at=now, released_because=ReleaseReason.LEFT
    )


def _why_released(last: StudyLease, item_id: int) -> ReleaseReason:
    return (
        ReleaseReason.OTHER_PLACE if last.progress.item_id == item_id else ReleaseReason.NEXT_ITEM
    )


def _release(lease: StudyLease, because: ReleaseReason, now: datetime) -> None:
    lease.released_at = now
    lease.released_because = because
    lease.save(update_fields=["released_at", "released_because"])


_READ_LEASE = """
SELECT l.clock_ms, l.heard_ms, l.last_seq, l.verified_ms, l.plausible_ms, l.claimed_ms, l.lines,
       l.released_because, p.id, p.enrolment_id, p.item_id, p.coverage, p.verified_ms,
       p.plausible_ms, p.position_ms, p.completed_at
FROM courses_studylease l JOIN courses_itemprogress p ON p.id = l.progress_id
WHERE l.id = %s
"""

# The lease is written only if nobody wrote it since it was read and nobody took it over.
_WRITE_LEASE = """
UPDATE courses_studylease SET clock_ms = %s, heard_ms = %s, last_seq = %s, verified_ms = %s,
       plausible_ms = %s, claimed_ms = %s, lines = %s
WHERE id = %s AND last_seq = %s AND released_at IS NULL
"""

_WRITE_PROGRESS = """
UPDATE courses_itemprogress SET coverage = %s, covered_ms = %s, verified_ms = %s,
       plausible_ms = %s, position_ms = %s
"""

_WRITE_BOTH = f"WITH l AS ({_WRITE_LEASE} RETURNING progress_id) {_WRITE_PROGRESS} FROM l WHERE courses_itemprogress.id = l.progress_id"

_MAX_LINES = 240


def record_ticks(
    lease_id: int,
    ticks: Sequence[Tick],
    *,
    kind: Kind,
    length_ms: int,
    min_share: int,
    now: datetime,
) -> TickOutcome:
    """Weigh a batch of ticks and keep what it earned; a repeated batch changes nothing.

    One read and one write (PostgreSQL: one statement each, without a transaction around them).
    Never raises for a late, replayed or outrun tick; a lease that was taken over is said in the
    outcome. ``kind``, ``length_ms`` and ``min_share`` come from the signed lease, not from rows.
    """
    now_ms = _to_ms(now)
    for _ in range(4):
        outcome = _record_once(lease_id, ticks, kind, length_ms, now_ms)
        if outcome is not None:
            break
    else:
        # Others wrote between each of our reads and writes; the page will send the batch again.
        return TickOutcome(acked_seq=0)
    result, progress = outcome
    if progress is not None and study_time.is_proven(
        result.covered_ms, length_ms=length_ms, min_share=min_share
    ):
        enrolment_id, item_id = progress
        try:
            enrolment = complete_item(enrolment_id, item_id, now=now)
        except NotProven:  # the time is there, the package has not said yet that it is completed
            return result
        return TickOutcome(
            **{
                **result.__dict__,
                "item_completed": True,
                "course_completed": enrolment.completed_at is not None,
            }
        )
    return result


def _record_once(
    lease_id: int,
    ticks: Sequence[Tick],
    kind: Kind,
    length_ms: int,
    now_ms: int,
) -> tuple[TickOutcome, tuple[int, int] | None] | None:
    """One try; None when somebody else wrote the lease meanwhile.

    The second value names enrolment and item when the item is not marked completed yet.
    """
    with prepared_cursor() as cursor:
        cursor.execute(_READ_LEASE, [lease_id])
        row = cursor.fetchone()
    if row is None:
        return TickOutcome(0, lost_because=ReleaseReason.OTHER_PLACE), None
    (clock_ms, heard_ms, last_seq, lease_verified, lease_plausible, lease_claimed, lines) = row[:7]
    (released_because, progress_id, enrolment_id, item_id, coverage) = row[7:12]
    (verified_ms, plausible_ms, position_ms, completed_at) = row[12:]
    open_item = None if completed_at else (enrolment_id, item_id)
    account = Account(
        clock_ms=clock_ms,
        heard_ms=heard_ms,
        last_seq=last_seq,
        coverage=study_time.decode(coverage),
        verified_ms=verified_ms,
        plausible_ms=plausible_ms,
        claimed_ms=lease_claimed,
        position_ms=position_ms,
    )
    if released_because:
        return _outcome(account, (), completed_at, lost_because=released_because), None
    receipt = study_time.receive(account, ticks, kind=kind, length_ms=length_ms, now_ms=now_ms)
    new = receipt.account
    if new == account:
        return _outcome(account, (), completed_at), open_item
    lease_values: list[int | str] = [
        new.clock_ms,
        new.heard_ms,
        new.last_seq,
        lease_verified + new.verified_ms - verified_ms,
        lease_plausible + new.plausible_ms - plausible_ms,
        new.claimed_ms,
        _append_lines(lines, receipt.lines),
        lease_id,
        last_seq,
    ]
    progress_values: list[int | str] = [
        study_time.encode(new.coverage),
        new.covered_ms,
        new.verified_ms,
        new.plausible_ms,
        new.position_ms,
    ]
    if not _write(lease_values, progress_values, progress_id):
        return None
    return _outcome(new, receipt.lines, completed_at), open_item


def _write(
    lease_values: Sequence[int | str], progress_values: Sequence[int | str], progress_id: int
) -> bool:
    if connection.vendor == "postgresql":
        with prepared_cursor() as cursor:
            cursor.execute(_WRITE_BOTH, [*lease_values, *progress_values])
            return bool(cursor.rowcount == 1)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_WRITE_LEASE, lease_values)
        if cursor.rowcount != 1:
            return False
        cursor.execute(f"{_WRITE_PROGRESS} WHERE id = %s", [*progress_values, progress_id])
    return True


def _outcome(
    account: Account, lines: Sequence[Line], completed_at: object, *, lost_because: str = ""
) -> TickOutcome:
    last = lines[-1] if lines else None
    return TickOutcome(
        acked_seq=account.last_seq,
        lost_because=lost_because,
        credited_ms=sum(line.credited_ms for line in lines),
        covered_ms=account.covered_ms,
        verified_ms=account.verified_ms,
        plausible_ms=account.plausible_ms,
        reason=last.reason if last else "",
        grade=last.grade if last else "",
        item_completed=bool(completed_at),
    )


def _append_lines(stored: str, lines: Sequence[Line]) -> str:
    """Add stretches to a sitting's record, joining neighbours of one kind."""
    rows = json.loads(stored)
    kept = [Line(*row) for row in rows[-1:]]
    joined = study_time.merge_lines([*kept, *lines], join_gap_ms=5_000)
    rows[-1:] = [
        [line.from_ms, line.to_ms, line.credited_ms, str(line.grade), str(line.reason)]
        for line in joined
    ]
    if len(rows) > _MAX_LINES:
        # A sitting of this many changes is noise: its tail is kept as one stretch.
        tail = rows[_MAX_LINES - 1 :]
        end, credited = tail[-1][1], sum(row[2] for row in tail)
        rows[_MAX_LINES - 1 :] = [[tail[0][0], end, credited, *tail[0][3:]]]
    return json.dumps(rows, separators=(",", ":"))


def _to_ms(moment: datetime) -> int:
    """Milliseconds since the epoch, exactly."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
