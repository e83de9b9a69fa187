"""Answering the questions of a self-check."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from courses.enums import ItemKind
from courses.models import CheckedQuestion, EditionItem, Enrolment, ItemProgress
from courses.operations.completion import NotProven, complete_item
from courses.operations.study import NotStudied


@transaction.atomic
def keep_answer(
    enrolment_id: int, item_id: int, code: str, *, right: bool, now: datetime
) -> Enrolment:
    """Keep that a question of a self-check was answered; complete the item if that was all it lacked.

    What was answered right once stays right, and it earns no time. Raises Enrolment.DoesNotExist,
    NotStudied for a question that is none of a self-check of this enrolment.
    """
    enrolment = Enrolment.objects.get(pk=enrolment_id, withdrawn_at=None)
    item = EditionItem.objects.filter(
        pk=item_id, edition=enrolment.edition_id, kind=ItemKind.CHECK
    ).first()
    if item is None or code not in item.questions:
        raise NotStudied(item_id)
    progress, _ = ItemProgress.objects.get_or_create(enrolment=enrolment, item=item)
    checked, _ = CheckedQuestion.objects.get_or_create(progress=progress, code=code)
    CheckedQuestion.objects.filter(pk=checked.pk).update(tries=F("tries") + 1)
    if right:
        CheckedQuestion.objects.filter(pk=checked.pk, right_at=None).update(right_at=now)
    Enrolment.objects.filter(pk=enrolment.pk).update(studied_at=now)
    if not right:
        return enrolment
    try:
        return complete_item(enrolment.pk, item.pk, now=now)
    except NotProven:
        return enrolment
