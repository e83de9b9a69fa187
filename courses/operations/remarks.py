"""Contesting a sitting, and answering."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

import notices.operations
from courses import queries
from courses.models import SittingRemark, StudyLease
from courses.operations.assignments import NotYours, ReasonMissing
from people.models import Person
from people.operations import audit


class RemarkPending(Exception):
    """The sitting is contested already and waits for its answer."""


class AnsweredBefore(Exception):
    """Somebody answered the remark already; that answer stays."""


@transaction.atomic
def contest_sitting(lease_id: int, *, by: Person, text: str, now: datetime) -> SittingRemark:
    """A learner says what is wrong with a sitting of his own; whoever answers for his unit is told.

    Raises StudyLease.DoesNotExist for somebody else's, ReasonMissing, RemarkPending.
    """
    lease = StudyLease.objects.select_related("progress__enrolment__edition").get(
        pk=lease_id, person=by
    )
    if not text.strip():
        raise ReasonMissing(lease_id)
    try:
        with transaction.atomic():
            remark = SittingRemark.objects.create(
                lease=lease, text=text.strip()[:1000], written_at=now
            )
    except IntegrityError:
        raise RemarkPending(lease_id) from None
    notices.operations.notify(
        queries.told_of_a_remark(by, on=timezone.localdate(now)),
        source=f"courses.sitting.contest:{remark.pk}",
        text=_("%(name)s contests study time of “%(title)s”; please answer for your unit.")
        % {"name": by.name, "title": lease.progress.enrolment.edition.title},
        url="/courses/remarks/",
        by_id=by.pk,
        now=now,
    )
    return remark


@transaction.atomic
def answer_sitting(remark_id: int, *, by: Person, answer: str, now: datetime) -> None:
    """Answer a contested sitting, once; the answer stays and the learner is told.

    Raises NotYours, ReasonMissing, and AnsweredBefore the second time.
    """
    remark = queries.remarks_answered_by(by).filter(pk=remark_id).first()
    if remark is None:
        raise NotYours(remark_id)
    if not answer.strip():
        raise ReasonMissing(remark_id)
    answered = SittingRemark.objects.filter(pk=remark_id, answered_at=None).update(
        answer=answer.strip()[:1000], answered_by=by, answered_at=now
    )
    if not answered:
        raise AnsweredBefore(remark_id)
    enrolment = remark.lease.progress.enrolment
    audit(
        by,
        "courses.sitting.answer",
        f"people.person:{remark.lease.person_id}",
        {"remark": remark_id},
        now=now,
    )
    notices.operations.notify(
        [remark.lease.person_id],
        source=f"courses.sitting.answer:{remark_id}",
        text=_("Your remark on the study time of “%(title)s” was answered.")
        % {"title": enrolment.edition.title},
        url=f"/courses/{enrolment.course.slug}/time/",
        by_id=by.pk,
        now=now,
    )
