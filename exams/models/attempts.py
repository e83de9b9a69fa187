"""Attempts, their answers, and what happened to them."""

import os
import time
import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exams.enums import (
    AttemptEventKind,
    AttemptState,
)
from exams.models.bank import PERSON
from exams.models.papers import Exam


def attempt_id() -> uuid.UUID:
    """A random id whose first 48 bits are the time (UUID version 7): new rows lie together."""
    stamp = int(time.time() * 1000).to_bytes(6, "big")
    value = bytearray(stamp + os.urandom(10))
    value[6] = value[6] & 0x0F | 0x70
    value[8] = value[8] & 0x3F | 0x80
    return uuid.UUID(bytes=bytes(value))


class Attempt(models.Model):
    """One try of one candidate. Never deleted; the state only grows, the deadline stands (E2, E5).

    ``overrides`` counts audited interventions. A trigger refuses to move the deadline or to take
    a state back unless it grows in the same statement.
    """

    id = models.UUIDField(primary_key=True, default=attempt_id, editable=False)
    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="attempts")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="attempts")
    # Where the person belonged at the time.
    unit = models.ForeignKey(
        "people.OrgUnit", on_delete=models.PROTECT, null=True, related_name="+"
    )
    ordinal = models.PositiveSmallIntegerField(_("try"))
    state = models.PositiveSmallIntegerField(_("state"), choices=AttemptState)
    # Of an exam with a paper for each candidate: [[version id, "points"], …]; otherwise null.
    drawn = models.JSONField(_("own paper"), null=True)
    extra_seconds = models.PositiveIntegerField(_("extra time in seconds"), default=0)
    started_at = models.DateTimeField(_("started at"), null=True)
    due_at = models.DateTimeField(_("due at"), null=True)
    accepts_until = models.DateTimeField(_("answers accepted until"), null=True)
    overrides = models.PositiveSmallIntegerField(_("interventions"), default=0)
    submitted_at = models.DateTimeField(_("handed in at"), null=True)
    answered = models.PositiveSmallIntegerField(_("questions answered"), null=True)
    receipt = models.CharField(_("receipt"), max_length=20, null=True, unique=True)  # noqa: DJ001
    score = models.DecimalField(_("score"), max_digits=8, decimal_places=2, null=True)
    worth = models.DecimalField(_("full score"), max_digits=8, decimal_places=2, null=True)
    passed = models.BooleanField(_("passed"), null=True)
    # [[number, "points", reason], …] in order of number, as graded.
    marks = models.JSONField(_("points of each question"), null=True)
    # {"number": "points"} set by persons.
    by_hand = models.JSONField(_("points set by hand"), null=True)
    graded_at = models.DateTimeField(_("graded at"), null=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = [
            models.UniqueConstraint(
                fields=["exam", "person", "ordinal"], name="exams_attempt_once"
            ),
            # At most one live attempt (E1).
            models.UniqueConstraint(
                fields=["exam", "person"],
                condition=Q(state__lte=AttemptState.IN_PROGRESS),
                name="exams_attempt_one_live",
            ),
            models.CheckConstraint(
                condition=Q(state=AttemptState.PREPARED)
                | Q(state=AttemptState.VOID)
                | Q(started_at__isnull=False, due_at__isnull=False, accepts_until__isnull=False),
                name="exams_attempt_started_has_deadline",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[AttemptState.SUBMITTED, AttemptState.GRADED])
                | Q(submitted_at__isnull=False, receipt__isnull=False),
                name="exams_attempt_submitted_has_receipt",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-started_at"], name="exams_attempt_mine"),
            # What the sweep looks for; graded attempts are not in it.
            models.Index(
                fields=["state", "accepts_until"],
                condition=Q(state__in=[AttemptState.IN_PROGRESS, AttemptState.SUBMITTED]),
                name="exams_attempt_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Answer(models.Model):
    """The answer held to one question: that with the highest ``seq`` received in time (E4)."""

    pk = models.CompositePrimaryKey("attempt_id", "item")
    # The primary key's index begins with the attempt: another one would only cost.
    attempt = models.ForeignKey(
        Attempt, on_delete=models.PROTECT, related_name="answers", db_index=False
    )
    item = models.PositiveSmallIntegerField(_("question number"))
    seq = models.PositiveIntegerField(_("sequence"))
    value = models.TextField(_("answer"))  # JSON, option labels as the candidate saw them
    # How sure the candidate is, 1 to 3, where the exam asks for it.
    certainty = models.PositiveSmallIntegerField(_("certainty"), null=True)
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")

    def __str__(self) -> str:
        return f"{self.attempt_id}.{self.item}"


class AttemptEvent(models.Model):
    """Something that happened to an attempt; refused answers are kept here with their value (E10)."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(_("kind of event"), max_length=10, choices=AttemptEventKind)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    detail: "models.JSONField[Any, Any]" = models.JSONField(_("detail"), default=dict)

    class Meta:
        verbose_name = _("event of an attempt")
        verbose_name_plural = _("events of attempts")
        indexes = [
            models.Index(fields=["attempt", "at"], name="exams_event_of_attempt"),
            # The few in which an earlier receipt is looked for.
            models.Index(
                fields=["at"],
                condition=Q(kind=AttemptEventKind.REOPENED),
                name="exams_event_reopened",
            ),
            # Of those the results that may be gone.
            models.Index(
                fields=["at"],
                condition=Q(kind=AttemptEventKind.VOIDED),
                name="exams_event_voided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}: {self.kind}"
