"""Proving items, completing courses, posting their hours; and what a kill may have left."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

import classes.queries
import exams.queries
import notices.operations
import tracker.operations
import tracker.queries
from courses import queries, study_time
from courses.enums import ItemKind
from courses.models import (
    EditionItem,
    Enrolment,
    ItemProgress,
)
from courses.signals import completion_undone, course_completed
from people.operations import audit
from people.statements import Kept
from tracker.enums import Bucket, Confirmer
from tracker.rules import Measures


class NotProven(Exception):
    """What would complete the item or the course is not proven yet."""


@transaction.atomic
def complete_item(enrolment_id: int, item_id: int, *, now: datetime) -> Enrolment:
    """Mark an item completed if its proof stands, and the course if it was the last one needed.

    Proof is coverage of the least share for what is read or played, a pass for an exam, credits for
    a class, right answers to the least share of a self-check; a package may have to say besides
    that it is completed. Raises NotProven otherwise. Repeating it changes nothing.
    """
    enrolment = (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("edition")
        .get(pk=enrolment_id, withdrawn_at=None)
    )
    item = EditionItem.objects.get(pk=item_id, edition=enrolment.edition_id)
    progress, _made = ItemProgress.objects.get_or_create(enrolment=enrolment, item=item)
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
    if item.training_class_id is not None:
        return person_id in classes.queries.credited_in(item.training_class_id)
    if item.kind == ItemKind.CHECK:
        return queries.answered_in_check(
            progress.enrolment_id, item.pk, item.questions, item.min_share
        ).is_done
    if item.must_report and not queries.package_is_done(progress.pk, item.part_count):
        return False
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
            source=queries.completion_source(enrolment.pk, enrolment.times_undone),
            bucket=Bucket.ONLINE,
            title=edition.title,
            occurred_from=day,
            occurred_to=day + timedelta(days=1),
            measures=Measures(hours=edition.hours, credits=edition.credits),
            confirmer=Confirmer.PLATFORM,
            evidence=_evidence(enrolment),
            course=edition.course.slug,
            valuation=edition.valuation or tracker.queries.NORMATIVE,
            now=now,
        )
    Enrolment.objects.filter(pk=enrolment_id).update(posted_at=now)
    course_completed.tell(Enrolment, enrolment_id=enrolment_id)


def _evidence(enrolment: Enrolment) -> dict[str, object]:
    """What the ledger keeps as the reason: times proven of each item, in whole seconds."""
    outline = queries.outline(enrolment.edition_id, enrolment.pk)
    told = queries.told_by_packages(enrolment.pk)
    return {
        "enrolment": enrolment.pk,
        "course": enrolment.course_id,
        "edition": enrolment.edition.number,
        **(
            {"valued_minutes": sum(item.length_seconds for item in outline.required) // 60}
            if enrolment.edition.valuation
            else {}
        ),
        "verified_seconds": outline.verified_seconds,
        "plausible_seconds": outline.plausible_seconds,
        "items": [
            {
                "title": item.title,
                "kind": item.kind,
                "share": item.share,
                "verified_seconds": item.verified_seconds,
                "completed_at": item.completed_at.isoformat() if item.completed_at else None,
                **({"told_by_package": told[item.id].plain()} if item.id in told else {}),
            }
            for item in outline.items
        ],
    }


def exam_passed(exam_id: int, person_id: int, *, now: datetime) -> int:
    """Complete every open item of the person that this exam proves; return how many there were."""
    return _complete_open(EditionItem.objects.filter(exam=exam_id), person_id, now)


def exam_not_passed(exam_id: int, person_id: int, *, now: datetime) -> int:
    """Take back what rested on a pass that is gone; return how many enrolments were concerned.

    The law of the ledger: a correction is a reversal with its reason, and a new row. The exam's item
    is open again. If it was a required one, so is the course: the line of its hours is reversed, its
    certificate revoked, the day of the lost completion stays in the audit log, and the learner is told.
    Everything else that was proven stays. When the exam is passed again the course completes again, on
    that day, and its hours come as a new line. A line that somebody had reversed by hand is not posted
    anew.
    """
    return sum(
        _take_back(enrolment_id, exam_id, now) for enrolment_id in _resting_on(exam_id, person_id)
    )


@Kept
def _resting_on(exam_id: int, person_id: int) -> QuerySet[ItemProgress, int]:
    rows = ItemProgress.objects.filter(
        item__exam=exam_id, enrolment__person=person_id, completed_at__isnull=False
    )
    return rows.values_list("enrolment", flat=True).distinct()


@transaction.atomic
def _take_back(enrolment_id: int, exam_id: int, now: datetime) -> bool:
    enrolment = (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("edition", "course")
        .get(pk=enrolment_id)
    )
    if exams.queries.passed(exam_id, enrolment.person_id):
        return False
    taken = ItemProgress.objects.filter(
        enrolment=enrolment, item__exam=exam_id, completed_at__isnull=False
    ).update(completed_at=None)
    if not taken:
        return False
    was_completed_at = enrolment.completed_at
    if was_completed_at is None or not _still_open(enrolment):
        return True
    exam = exams.queries.exam_titles([exam_id])[exam_id]
    edition, because = enrolment.edition, _("The exam “%s” is no longer passed.") % exam
    source = queries.completion_source(enrolment.pk, enrolment.times_undone)
    standing = tracker.queries.entry_standing_for(source, enrolment.person_id)
    if standing is not None:
        tracker.operations.reverse(standing.pk, because=because, by_id=None, now=now)
    if standing is not None or not (edition.hours or edition.credits):
        enrolment.posted_at = None
    enrolment.completed_at = None
    enrolment.times_undone += 1
    enrolment.save(update_fields=["completed_at", "posted_at", "times_undone"])
    audit(
        None,
        "courses.completion.undo",
        f"courses.enrolment:{enrolment.pk}",
        {"because": because, "completed_at": was_completed_at.isoformat()},
        now=now,
    )
    notices.operations.notify(
        [enrolment.person_id],
        source=f"courses.undone:{enrolment.pk}:{enrolment.times_undone}",
        text=_("“%(title)s” is open again and its hours are taken back: %(because)s")
        % {"title": edition.title[:60], "because": because},
        url=f"/courses/{enrolment.course.slug}/",
        now=now,
    )
    by_id = exams.queries.pass_taken_by(exam_id, enrolment.person_id)
    completion_undone.send(sender=Enrolment, source=source, because=because, by_id=by_id)
    return True


def class_credited(class_id: int, *, now: datetime) -> int:
    """Complete every open item that this class proves, of everybody it was credited to."""
    items = EditionItem.objects.filter(training_class=class_id)
    if not items.exists():
        return 0
    credited = list(classes.queries.credited_in(class_id))
    return sum(_complete_open(items, person_id, now) for person_id in credited)


def _complete_open(items: QuerySet[EditionItem], person_id: int, now: datetime) -> int:
    open_ones = items.filter(
        edition__enrolments__person=person_id,
        edition__enrolments__withdrawn_at=None,
        edition__enrolments__completed_at=None,
    ).values_list("pk", "edition__enrolments")
    count = 0
    for item_id, enrolment_id in open_ones:
        try:
            complete_item(enrolment_id, item_id, now=now)
        except NotProven:
            continue
        count += 1
    return count
