"""Judging a class without leaving a trace of who said what; a department's yearly review."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from classes import queries
from classes.enums import Criterion, InstitutionCriterion
from classes.models import Ballot, ClassOpinion, InstitutionReview, Place
from classes.operations.planning import NotYours
from people.enums import Role
from people.models import OrgUnit, Person
from people.operations import audit
from people.permissions import may_in_unit


class MayNotJudge(Exception):
    """Not a participant, not the time, or judged before."""


@transaction.atomic
def judge(
    place_id: int, scores: Mapping[str, int], *, remark: str, by: Person, now: datetime
) -> None:
    """Add one participant's answer to the sums, and note only that he has answered.

    No row, time or log line ties the two together. Raises MayNotJudge.
    """
    place = Place.objects.select_related("training_class").filter(pk=place_id, person=by).first()
    if place is None or not queries.may_judge(place, timezone.localdate(now)):
        raise MayNotJudge(place_id)
    if set(scores) != set(Criterion.values) or not all(1 <= n <= 5 for n in scores.values()):
        raise ValueError("every criterion has a score from 1 to 5")
    ClassOpinion.objects.get_or_create(training_class=place.training_class)
    opinion = ClassOpinion.objects.select_for_update().get(training_class=place.training_class)
    try:
        with transaction.atomic():
            Ballot.objects.create(place=place)
    except IntegrityError:
        raise MayNotJudge(place_id) from None
    for criterion, score in scores.items():
        row = opinion.counts.setdefault(criterion, [0] * 5)
        row[score - 1] += 1
    opinion.answers += 1
    if remark.strip():
        # In the order of their letters, which tells nothing about who came when.
        opinion.remarks = sorted([*opinion.remarks, remark.strip()[:500]])
    opinion.save()


@transaction.atomic
def review_institution(
    institution_id: int,
    unit: OrgUnit,
    year: int,
    scores: Mapping[str, tuple[int, str]],
    *,
    by: Person,
    now: datetime,
) -> None:
    """Write a department's evaluation of an institution: criterion → (one to five, on what it rests).

    Raises NotYours.
    """
    if not may_in_unit(by, unit, Role.TRAINING_ADMIN):
        raise NotYours(unit.pk)
    for criterion, (score, note) in scores.items():
        InstitutionReview.objects.update_or_create(
            institution_id=institution_id,
            unit=unit,
            year=year,
            criterion=InstitutionCriterion(criterion),
            defaults={"score": score, "note": note, "written_by": by, "written_at": now},
        )
    subject = f"tracker.institution:{institution_id}"
    detail = {"year": year, "scores": {key: score for key, (score, _note) in scores.items()}}
    audit(by, "classes.institution.review", subject, detail, now=now)
