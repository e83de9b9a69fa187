"""Writes of courses: publish an edition, enrol, study, complete. Each is safe to repeat and to race."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

import content.queries
import exams.queries
import tracker.operations
from courses import queries, study_time
from courses.enums import ItemKind, ReleaseReason, Way
from courses.models import (
    CourseEdition,
    CoursePage,
    EditionItem,
    Enrolment,
    ItemProgress,
    StudyLease,
)
from courses.signals import course_completed
from courses.study_time import Account, Kind, Line, Tick
from people.models import Person
from tracker.enums import Bucket, Confirmer
from tracker.rules import Measures


class CourseNotOffered(Exception):
    """The course is not published, or has no item."""


class PrerequisiteMissing(Exception):
    """Other courses come first; ``titles`` names them."""

    def __init__(self, titles: Sequence[str]) -> None:
        super().__init__(", ".join(titles))
        self.titles = list(titles)


class NotStudied(Exception):
    """The item is not one that is studied by reading or listening in this enrolment."""


class NotProven(Exception):
    """What would complete the item or the course is not proven yet."""


# A page whose length is unknown must not be proven by a glance.
_LEAST_READING_SECONDS = 30

# --- editions ------------------------------------------------------------------------------------


@transaction.atomic
def freeze_edition(course_id: int, *, now: datetime) -> CourseEdition | None:
    """Freeze what is published of a course as its next edition.

    Returns the latest edition unchanged when nothing differs from it, None for a course that is
    not live or has no items.
    """
    course = CoursePage.objects.select_for_update().filter(pk=course_id, live=True).first()
    if course is None:
        return None
    items = _items_to_freeze(course)
    if not items:
        return None
    fields = {
        "title": course.title,
        "summary": course.summary,
        "theme": course.theme,
        "speaker": course.speaker,
        "hours": course.hours,
        "credits": course.credits,
        "grants_certificate": course.grants_certificate,
    }
    fingerprint = _fingerprint(fields, items)
    latest: CourseEdition | None = course.editions.order_by("-number").first()
    if latest is not None and latest.fingerprint == fingerprint:
        return latest
    edition = CourseEdition.objects.create(
        course=course,
        number=latest.number + 1 if latest else 1,
        frozen_at=now,
        fingerprint=fingerprint,
        **fields,
    )
    EditionItem.objects.bulk_create([EditionItem(edition=edition, **item) for item in items])
    return edition


def _items_to_freeze(course: CoursePage) -> list[dict[str, object]]:
    frozen: list[dict[str, object]] = []
    for item in course.items.select_related("page").order_by("sort_order", "pk"):
        if item.exam_id is not None:
            kind, length = ItemKind.EXAM, 0
            title = item.title or exams.queries.exam_titles([item.exam_id])[item.exam_id]
            revision = None
        else:
            kind, length = _how_studied(item.page_id)
            title = item.title or item.page.title
            revision = item.page.live_revision_id
        frozen.append(
            {
                "position": len(frozen) + 1,
                "kind": kind,
                "title": title,
                "page_id": item.page_id,
                "page_revision": revision,
                "exam_id": item.exam_id,
                "required": item.required,
                "min_share": item.min_share,
                "length_seconds": length,
            }
        )
    return frozen


def _how_studied(page_id: int) -> tuple[ItemKind, int]:
    """A page with a recording is played, every other page is read; with its length in seconds."""
    media = content.queries.lecture_media(page_id)
    if media is not None:
        return ItemKind.MEDIA, int(media[0])
    return ItemKind.READING, max(_LEAST_READING_SECONDS, content.queries.reading_seconds(page_id))


def _fingerprint(fields: dict[str, object], items: list[dict[str, object]]) -> str:
    def plain(value: object) -> str:
        return str(value.normalize()) if isinstance(value, Decimal) else str(value)

    canonical = json.dumps([fields, items], sort_keys=True, ensure_ascii=False, default=plain)
    return hashlib.sha256(canonical.encode()).hexdigest()


# --- enrolment -----------------------------------------------------------------------------------


@transaction.atomic
def enrol(
    person_id: int,
    course_id: int,
    *,
    way: Way = Way.SELF,
    by_id: int | None = None,
    deadline_on: date | None = None,
    now: datetime,
) -> Enrolment:
    """Enrol a person in the current edition, or return the enrolment there is.

    Assigning a course that was self-selected makes it assigned, with its deadline; the edition
    begun with stays. Raises CourseNotOffered, and PrerequisiteMissing for the self-selected.
    """
    existing = Enrolment.objects.filter(
        person_id=person_id, course_id=course_id, withdrawn_at=None
    ).first()
    if existing is None:
        edition = queries.current_editions().filter(course=course_id).first()
        if edition is None:
            raise CourseNotOffered(course_id)
        if way == Way.SELF:
            missing = queries.prerequisites_missing(person_id, course_id)
            if missing:
                raise PrerequisiteMissing([course.title for course in missing])
        # get_or_create, because two clicks may both have found nothing.
        existing, created = Enrolment.objects.get_or_create(
            person_id=person_id,
            course_id=course_id,
            withdrawn_at=None,
            defaults={
                "edition": edition,
                "unit_id": Person.objects.values_list("unit_id", flat=True).get(pk=person_id),
                "way": way,
                "assigned_by_id": by_id,
                "deadline_on": deadline_on,
                "enrolled_at": now,
            },
        )
        if created:
            return existing
    if way != Way.SELF and existing.completed_at is None:
        existing.way = way
        existing.assigned_by_id = by_id
        existing.deadline_on = deadline_on or existing.deadline_on
        existing.save(update_fields=["way", "assigned_by_id", "deadline_on"])
    return existing


# --- study ---------------------------------------------------------------------------------------


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
    not studied by reading or listening.
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
        pk=item_id, edition=enrolment.edition_id, kind__in=[ItemKind.MEDIA, ItemKind.READING]
    ).first()
    if item is None:
        raise NotStudied(item_id)
    now_ms = _to_ms(now)
    last = StudyLease.objects.select_for_update().filter(person=person_id).order_by("-pk").first()
    took_over = False
    start = now_ms
    if last is not None:
        # Time spent elsewhere is spent, also when this server's clock is a little behind.
        start = max(now_ms, last.clock_ms)
        if last.released_at is None:
            took_over = now_ms - last.heard_ms < 120_000 and last.last_seq > 0
            _release(last, _why_released(last, item_id), now)
    progress, _ = ItemProgress.objects.get_or_create(enrolment=enrolment, item=item)
    lease = StudyLease.objects.create(
        person_id=person_id,
        progress=progress,
        device=device[:80],
        taken_at=now,
        clock_ms=start,
        heard_ms=start,
    )
    Enrolment.objects.filter(pk=enrolment.pk).update(studied_at=now)
    return Lease(
        lease_id=lease.pk,
        kind=Kind(item.kind),
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
        outcome = _record_once(lease_id, ticks, kind, length_ms, min_share, now_ms)
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
        enrolment = complete_item(enrolment_id, item_id, now=now)
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
    min_share: int,
    now_ms: int,
) -> tuple[TickOutcome, tuple[int, int] | None] | None:
    """One try; None when somebody else wrote the lease meanwhile.

    The second value names enrolment and item when the item is not marked completed yet.
    """
    with connection.cursor() as cursor:
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
        with connection.cursor() as cursor:
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


# --- completion ----------------------------------------------------------------------------------


@transaction.atomic
def complete_item(enrolment_id: int, item_id: int, *, now: datetime) -> Enrolment:
    """Mark an item completed if its proof stands, and the course if it was the last one needed.

    Proof is coverage of the least share for what is read or played, a pass for an exam. Raises
    NotProven otherwise. Repeating it changes nothing.
    """
    enrolment = (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("edition")
        .get(pk=enrolment_id, withdrawn_at=None)
    )
    item = EditionItem.objects.get(pk=item_id, edition=enrolment.edition_id)
    progress, _ = ItemProgress.objects.get_or_create(enrolment=enrolment, item=item)
    if progress.completed_at is None:
        if not _is_proven(enrolment.person_id, item, progress):
            raise NotProven(item_id)
        # Only this column: ticks may be writing the others.
        ItemProgress.objects.filter(pk=progress.pk, completed_at=None).update(completed_at=now)
        Enrolment.objects.filter(pk=enrolment_id).update(studied_at=now)
    if enrolment.completed_at is None and not _still_open(enrolment):
        return complete_course(enrolment_id, now=now)
    return enrolment


def _is_proven(person_id: int, item: EditionItem, progress: ItemProgress) -> bool:
    if item.exam_id is not None:
        return exams.queries.passed(item.exam_id, person_id)
    return study_time.is_proven(
        progress.covered_ms, length_ms=item.length_seconds * 1000, min_share=item.min_share
    )


def _still_open(enrolment: Enrolment) -> bool:
    """Whether a required item is not completed."""
    return (
        EditionItem.objects.filter(edition=enrolment.edition_id, required=True)
        .exclude(
            pk__in=ItemProgress.objects.filter(
                enrolment=enrolment, completed_at__isnull=False
            ).values("item")
        )
        .exists()
    )


@transaction.atomic
def complete_course(enrolment_id: int, *, now: datetime) -> Enrolment:
    """Complete an enrolment whose required items are all completed, and post its hours once.

    Raises NotProven while one is open. Repeating it, also at the same moment, changes nothing.
    """
    enrolment = (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("edition")
        .get(pk=enrolment_id, withdrawn_at=None)
    )
    if enrolment.completed_at is None:
        if _still_open(enrolment):
            raise NotProven(enrolment_id)
        enrolment.completed_at = now
        enrolment.save(update_fields=["completed_at"])
    if enrolment.posted_at is None:
        # Completion stands even if the ledger cannot take it now; the sweep posts it later.
        transaction.on_commit(lambda: post_completion(enrolment_id, now=now), robust=True)
    return enrolment


@transaction.atomic
def post_completion(enrolment_id: int, *, now: datetime) -> None:
    """Post the hours of a completed course to the ledger, exactly once, and tell those above."""
    enrolment = (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("edition__course")
        .get(pk=enrolment_id, completed_at__isnull=False)
    )
    if enrolment.posted_at is not None:
        return
    edition = enrolment.edition
    day = timezone.localdate(enrolment.completed_at)
    if edition.hours or edition.credits:
        tracker.operations.credit(
            person_id=enrolment.person_id,
            source=f"courses.completion:{enrolment.pk}",
            bucket=Bucket.ONLINE,
            title=edition.title,
            occurred_from=day,
            occurred_to=day + timedelta(days=1),
            measures=Measures(hours=edition.hours, credits=edition.credits),
            confirmer=Confirmer.PLATFORM,
            evidence=_evidence(enrolment),
            course=edition.course.slug,
            now=now,
        )
    Enrolment.objects.filter(pk=enrolment_id).update(posted_at=now)
    transaction.on_commit(
        lambda: course_completed.send_robust(sender=Enrolment, enrolment_id=enrolment_id)
    )


def _evidence(enrolment: Enrolment) -> dict[str, object]:
    """What the ledger keeps as the reason: times proven of each item, in whole seconds."""
    outline = queries.outline(enrolment.edition_id, enrolment.pk)
    return {
        "enrolment": enrolment.pk,
        "course": enrolment.course_id,
        "edition": enrolment.edition.number,
        "verified_seconds": outline.verified_seconds,
        "plausible_seconds": outline.plausible_seconds,
        "items": [
            {
                "title": item.title,
                "kind": item.kind,
                "share": item.share,
                "verified_seconds": item.verified_seconds,
                "completed_at": item.completed_at.isoformat() if item.completed_at else None,
            }
            for item in outline.items
        ],
    }


def exam_passed(exam_id: int, person_id: int, *, now: datetime) -> int:
    """Complete every open item of the person that this exam proves; return how many there were."""
    items = EditionItem.objects.filter(
        exam=exam_id,
        edition__enrolments__person=person_id,
        edition__enrolments__withdrawn_at=None,
        edition__enrolments__completed_at=None,
    ).values_list("pk", "edition__enrolments")
    count = 0
    for item_id, enrolment_id in items:
        try:
            complete_item(enrolment_id, item_id, now=now)
        except NotProven:
            continue
        count += 1
    return count


# --- what a kill may have left -------------------------------------------------------------------


@dataclass(frozen=True)
class Swept:
    """What a sweep found missing and mended."""

    editions: int = 0
    items: int = 0
    courses: int = 0
    posted: int = 0


def sweep(now: datetime) -> Swept:
    """Find from rows alone what a lost signal or a killed process left undone, and do it."""
    return Swept(
        editions=_sweep_editions(now),
        items=_sweep_studied_items(now) + _sweep_exams(now),
        courses=_sweep_courses(now),
        posted=_sweep_posts(now),
    )


def _sweep_editions(now: datetime) -> int:
    count = CourseEdition.objects.count()
    behind = CoursePage.objects.filter(live=True).exclude(
        editions__frozen_at__gte=F("last_published_at")
    )
    for course_id in behind.values_list("pk", flat=True):
        freeze_edition(course_id, now=now)
    return CourseEdition.objects.count() - count


def _sweep_studied_items(now: datetime) -> int:
    # share proven = covered_ms / (length_seconds * 1000) >= min_share / 100
    proven = ItemProgress.objects.filter(
        completed_at=None,
        enrolment__withdrawn_at=None,
        item__length_seconds__gt=0,
        covered_ms__gte=F("item__length_seconds") * F("item__min_share") * 10,
    ).exclude(item__kind=ItemKind.EXAM)
    count = 0
    for enrolment_id, item_id in list(proven.values_list("enrolment", "item")):
        complete_item(enrolment_id, item_id, now=now)
        count += 1
    return count


def _sweep_exams(now: datetime) -> int:
    completed = ItemProgress.objects.filter(
        enrolment=OuterRef("pk"), item=OuterRef("exam_item"), completed_at__isnull=False
    )
    waiting = (
        Enrolment.objects.filter(
            completed_at=None, withdrawn_at=None, edition__items__kind=ItemKind.EXAM
        )
        .annotate(exam_item=F("edition__items__pk"), exam=F("edition__items__exam"))
        .filter(~Exists(completed))
        .values_list("exam", "person")
        .distinct()
    )
    return sum(
        exam_passed(exam_id, person_id, now=now)
        for exam_id, person_id in list(waiting)
        if exams.queries.passed(exam_id, person_id)
    )


def _sweep_courses(now: datetime) -> int:
    count = 0
    open_ones = Enrolment.objects.filter(
        completed_at=None, withdrawn_at=None, progress__completed_at__isnull=False
    ).distinct()
    for enrolment_id in list(open_ones.values_list("pk", flat=True)):
        try:
            complete_course(enrolment_id, now=now)
        except NotProven:
            continue
        count += 1
    return count


def _sweep_posts(now: datetime) -> int:
    waiting = Enrolment.objects.filter(completed_at__isnull=False, posted_at=None)
    count = 0
    for enrolment_id in list(waiting.values_list("pk", flat=True)):
        post_completion(enrolment_id, now=now)
        count += 1
    return count
