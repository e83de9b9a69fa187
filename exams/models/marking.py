"""What happened to an attempt after it was handed in: marks by hand, corrected keys, appeals.

Marks and changes of a score are only added; a database trigger holds that.
"""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from exams.enums import AppealState, CorrectionState, MarkRound, Ruling
from exams.models.attempts import Attempt
from exams.models.bank import PERSON, QuestionVersion
from exams.models.papers import Exam


class Mark(models.Model):
    """What one marker gave one answer. Each marker has one mark an answer, and never sees another's."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="given_marks")
    number = models.PositiveSmallIntegerField(_("question number"))
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="+")
    round = models.PositiveSmallIntegerField(_("round of marking"), choices=MarkRound)
    marker = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    points = models.DecimalField(_("points"), max_digits=6, decimal_places=2)
    worth = models.DecimalField(_("points possible"), max_digits=6, decimal_places=2)
    comment = models.TextField(_("comment"), blank=True)
    # The key points found, in words.
    met: "models.JSONField[Any, Any]" = models.JSONField(_("key points met"), default=list)
    given_at = models.DateTimeField(_("given at"))

    class Meta:
        verbose_name = _("mark")
        verbose_name_plural = _("marks")
        constraints = [
            models.UniqueConstraint(
                fields=["attempt", "number", "round"], name="exams_mark_once_a_round"
            ),
            models.UniqueConstraint(
                fields=["attempt", "number", "marker"], name="exams_mark_once_a_marker"
            ),
            models.CheckConstraint(
                condition=Q(points__gte=0, points__lte=F("worth")), name="exams_mark_within_worth"
            ),
        ]
        indexes = [models.Index(fields=["marker", "-given_at"], name="exams_mark_of_marker")]

    def __str__(self) -> str:
        return f"{self.attempt_id}.{self.number}: {self.points}"


class KeyCorrection(models.Model):
    """That a question of an exam is judged otherwise than it was asked; two persons decide it.

    The paper and the question's version stay as they were. Of several approved corrections of a
    question the latest is in force.
    """

    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="corrections")
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="+")
    ruling = models.CharField(_("how it is judged"), max_length=12, choices=Ruling)
    # Whose key judges instead; a later version of the same question, reviewed in the bank.
    replacement = models.ForeignKey(
        QuestionVersion, on_delete=models.PROTECT, null=True, related_name="+"
    )
    because = models.TextField(_("reason"), max_length=500)
    proposed_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed at"))
    state = models.CharField(
        _("state"), max_length=10, choices=CorrectionState, default=CorrectionState.PROPOSED
    )
    decided_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    answer = models.TextField(_("answer"), max_length=500, blank=True)
    # Everybody concerned has his new score; until then the sweep goes on.
    applied_at = models.DateTimeField(_("applied at"), null=True)

    class Meta:
        verbose_name = _("corrected key")
        verbose_name_plural = _("corrected keys")
        ordering = ["-proposed_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["exam", "version"],
                condition=Q(state="proposed"),
                name="exams_correction_one_open",
            ),
            models.CheckConstraint(
                condition=Q(ruling="new_key", replacement__isnull=False)
                | (~Q(ruling="new_key") & Q(replacement=None)),
                name="exams_correction_has_its_key",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed") | Q(decided_at__isnull=False),
                name="exams_correction_decided_at",
            ),
            # The second pair of eyes.
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="exams_correction_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exam_id}: {self.version_id} {self.ruling}"


class Appeal(models.Model):
    """A candidate asks to look again (复核); somebody who did not mark it answers."""

    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="appeal")
    text = models.TextField(_("what should be looked at"), max_length=1000)
    filed_at = models.DateTimeField(_("asked at"))
    state = models.CharField(
        _("state"), max_length=10, choices=AppealState, default=AppealState.OPEN
    )
    answer = models.TextField(_("answer"), max_length=1000, blank=True)
    decided_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open") | (Q(decided_at__isnull=False) & ~Q(answer="")),
                name="exams_appeal_is_answered_in_words",
            )
        ]
        indexes = [models.Index(fields=["state", "filed_at"], name="exams_appeal_open")]

    def __str__(self) -> str:
        return f"{self.attempt_id}: {self.state}"


# Of changes: those after which the candidate has another result, not only another reason for it.
NEW_RESULT = (
    ~Q(score_before=F("score_after"))
    | ~Q(worth_before=F("worth_after"))
    | ~Q(passed_before=F("passed_after"))
)


class ScoreChange(models.Model):
    """Marks that were given and became others, and why; the old ones stay readable here."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="score_changes")
    correction = models.ForeignKey(
        KeyCorrection, on_delete=models.PROTECT, null=True, related_name="changes"
    )
    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, null=True, related_name="changes")
    at = models.DateTimeField(_("at"))
    score_before = models.DecimalField(max_digits=8, decimal_places=2)
    worth_before = models.DecimalField(max_digits=8, decimal_places=2)
    passed_before = models.BooleanField()
    marks_before: "models.JSONField[Any, Any]" = models.JSONField()
    score_after = models.DecimalField(max_digits=8, decimal_places=2)
    worth_after = models.DecimalField(max_digits=8, decimal_places=2)
    passed_after = models.BooleanField()

    class Meta:
        verbose_name = _("change of a score")
        verbose_name_plural = _("changes of scores")
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(correction=None, appeal__isnull=False)
                | Q(correction__isnull=False, appeal=None),
                name="exams_change_has_one_cause",
            )
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}: {self.score_before} → {self.score_after}"

    @property
    def is_new_result(self) -> bool:
        """What ``NEW_RESULT`` asks of the database."""
        return (self.score_before, self.worth_before, self.passed_before) != (
            self.score_after,
            self.worth_after,
            self.passed_after,
        )
