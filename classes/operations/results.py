"""Confirming results, posting credits, make-up tasks."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

import notices.operations
import tracker.operations
from classes import queries, rules
from classes.enums import EXPECTED, MakeupState, Result
from classes.models import MakeupTask, Place, TrainingClass
from classes.operations.planning import NotYours
from classes.signals import class_credited
from people.enums import Role
from people.models import Person
from people.operations import audit
from people.permissions import may_in_unit
from tracker.enums import Bucket, Confirmer
from tracker.rules import Measures


class EvidenceMissing(Exception):
    """``codes`` names the lines of the checklist that are not there."""

    def __init__(self, codes: list[str]) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


class NotConfirmed(Exception):
    """The institution has not confirmed the results."""


class ReasonMissing(Exception):
    """A task is waived with a reason only."""


def _locked(class_id: int) -> TrainingClass:
    return (
        TrainingClass.objects.select_for_update(of=("self",))
        .select_related("unit", "institution__unit")
        .get(pk=class_id)
    )


@transaction.atomic
def judge_failed(place_id: int, *, failed: bool, note: str, by: Person, now: datetime) -> None:
    """The institution says that somebody did not pass, or takes it back.

    Raises NotYours; NotConfirmed once the results are confirmed and no longer open.
    """
    place = Place.objects.select_related("training_class__institution__unit").get(pk=place_id)
    of = _locked(place.training_class_id)
    if not queries.is_institution_of(by, of):
        raise NotYours(place_id)
    if of.confirmed_at is not None:
        raise NotConfirmed(place_id)
    Place.objects.filter(pk=place_id).update(judged_failed=failed, note=note[:200])
    detail = {"failed": failed, "note": note}
    audit(by, "classes.place.judge", f"classes.place:{place_id}", detail, now=now)


@transaction.atomic
def confirm_results(class_id: int, *, by: Person, now: datetime) -> dict[str, int]:
    """The institution confirms who passed; who missed too much or did not come has to make it up.

    Returns how many came to each result. Repeating it changes nothing. Raises NotYours,
    EvidenceMissing.
    """
    of = _locked(class_id)
    if not queries.is_institution_of(by, of) or not of.is_live:
        raise NotYours(class_id)
    places = list(
        Place.objects.filter(training_class=of, state__in=EXPECTED).select_related("person")
    )
    if of.confirmed_at is None:
        missing = [line.code for line in queries.evidence_checklist(of, now) if not line.done]
        if missing:
            raise EvidenceMissing(missing)
        for each in queries.attended_hours(of, places):
            place = each.place
            if not place.result:
                place.result = Result(
                    rules.outcome(each.attended, of.hours, failed=place.judged_failed)
                )
                place.save(update_fields=["result"])
            if place.result != Result.PASSED:
                MakeupTask.objects.get_or_create(
                    place=place, defaults={"due_on": rules.makeup_due_on(of.starts_on)}
                )
        of.confirmed_at, of.confirmed_by = now, by
        of.save(update_fields=["confirmed_at", "confirmed_by"])
        audit(by, "classes.class.confirm", f"classes.class:{of.pk}", {}, now=now)
    found: dict[str, int] = {}
    for place in places:
        found[place.result] = found.get(place.result, 0) + 1
    return found


# Who confirms what was studied abroad is its organiser; every other class its institution.
def _confirmer(bucket: str) -> Confirmer:
    return Confirmer.ORGANISER if bucket == Bucket.OVERSEAS else Confirmer.INSTITUTION


@transaction.atomic
def post_credits(class_id: int, *, by: Person, now: datetime) -> int:
    """Post training days and hours of everybody who passed; returns how many rows were new.

    The source of a row is the place, so that posting twice, also at the same moment, posts once.
    Raises NotYours, NotConfirmed.
    """
    of = _locked(class_id)
    if not may_in_unit(by, of.unit, Role.TRAINING_ADMIN):
        raise NotYours(class_id)
    if of.confirmed_at is None:
        raise NotConfirmed(class_id)
    places = list(Place.objects.filter(training_class=of, result=Result.PASSED))
    postings = []
    for each in queries.attended_hours(of, places):
        evidence = {
            "training_class": of.pk,
            "place": each.place.pk,
            "hours_present": str(each.attended.present),
            "hours_of_leave": str(each.attended.leave),
        }
        postings.append(
            tracker.operations.Posting(
                source=f"classes.place:{each.place.pk}",
                bucket=of.bucket,
                title=of.title,
                occurred_from=of.starts_on,
                occurred_to=of.ends_on,
                measures=Measures(hours=of.hours, training_days=of.training_days),
                confirmer=_confirmer(of.bucket),
                person_id=each.place.person_id,
                institution_id=of.institution_id,
                confirmed_by_id=of.confirmed_by_id,
                evidence=evidence,
                course=f"class-{of.pk}",
            )
        )
    added = tracker.operations.credit_many(postings, now=now)
    if of.posted_at is None:
        of.posted_at = now
        of.save(update_fields=["posted_at"])
        audit(by, "classes.class.post", f"classes.class:{of.pk}", {"rows": added}, now=now)
        notices.operations.notify(
            [place.person_id for place in places],
            source=f"classes.posted:{of.pk}",
            text=_("“%(title)s”: your training days and hours are in your record.")
            % {"title": of.title},
            url="/me/record/",
            by_id=by.pk,
            now=now,
        )
    settle_makeups(places, now=now)
    class_credited.tell(TrainingClass, class_id=class_id)
    return added


def settle_makeups(passed: list[Place], *, now: datetime) -> int:
    """A class that was passed makes up for one missed before it began, the oldest task first.

    One class settles one task. Returns how many were settled.
    """
    count = 0
    for place in passed:
        if MakeupTask.objects.filter(settled_in=place).exists():
            continue
        task = (
            MakeupTask.objects.filter(
                place__person=place.person_id,
                state=MakeupState.OPEN,
                place__training_class__starts_on__lt=place.training_class.starts_on,
            )
            .order_by("due_on", "pk")
            .first()
        )
        if task is not None:
            count += MakeupTask.objects.filter(pk=task.pk, state=MakeupState.OPEN).update(
                state=MakeupState.DONE, settled_at=now, settled_in=place
            )
    return count


@transaction.atomic
def waive_makeup(task_id: int, *, because: str, by: Person, now: datetime) -> None:
    """The authority that called lets somebody off a make-up task, and says why.

    Raises NotYours, ReasonMissing; does nothing to a task that is settled.
    """
    task = MakeupTask.objects.select_related("place__training_class__unit").get(pk=task_id)
    if not may_in_unit(by, task.place.training_class.unit, Role.TRAINING_ADMIN):
        raise NotYours(task_id)
    if not because.strip():
        raise ReasonMissing(task_id)
    changed = MakeupTask.objects.filter(pk=task_id, state=MakeupState.OPEN).update(
        state=MakeupState.WAIVED, because=because.strip()[:300], settled_by=by, settled_at=now
    )
    if changed:
        detail = {"because": because}
        audit(by, "classes.makeup.waive", f"classes.place:{task.place_id}", detail, now=now)
