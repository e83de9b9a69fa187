"""What learners thought of a class, and what a department thinks of an institution.

There is no row that holds one learner's answer. ``ClassOpinion`` has counts that are added to and
remarks in alphabetical order; ``Ballot`` says only that a place has answered, without a time. So
nobody, with the whole database before him, can tell who answered what.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from classes.enums import InstitutionCriterion
from classes.models.places import Place
from classes.models.plans import TrainingClass


class Ballot(models.Model):
    """That somebody answered. No time, no number of his answer."""

    place = models.OneToOneField(
        Place, on_delete=models.PROTECT, primary_key=True, related_name="ballot"
    )

    class Meta:
        verbose_name = _("answer given")
        verbose_name_plural = _("answers given")

    def __str__(self) -> str:
        return f"{self.place_id}"


def _no_counts() -> dict[str, Any]:
    return {}


class ClassOpinion(models.Model):
    """All answers to one class, added up. ``counts``: criterion → five counts, for 1 to 5."""

    training_class = models.OneToOneField(
        TrainingClass, on_delete=models.CASCADE, primary_key=True, related_name="opinion"
    )
    answers = models.PositiveIntegerField(_("how many answered"), default=0)
    counts = models.JSONField(_("counts"), default=_no_counts)
    remarks = models.JSONField(_("remarks"), default=list)

    class Meta:
        verbose_name = _("opinion of a class")
        verbose_name_plural = _("opinions of classes")

    def __str__(self) -> str:
        return f"{self.training_class_id}: {self.answers}"


class InstitutionReview(models.Model):
    """One criterion of the yearly evaluation of an institution by a department, one to five."""

    institution = models.ForeignKey(
        "tracker.Institution", on_delete=models.PROTECT, related_name="+"
    )
    unit = models.ForeignKey("people.OrgUnit", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField(_("year"))
    criterion = models.CharField(_("criterion"), max_length=20, choices=InstitutionCriterion)
    score = models.PositiveSmallIntegerField(_("score"))
    note = models.CharField(_("on what this rests"), max_length=500, blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("evaluation of an institution")
        verbose_name_plural = _("evaluations of institutions")
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "unit", "year", "criterion"], name="classes_review_once"
            ),
            models.CheckConstraint(
                condition=models.Q(score__gte=1, score__lte=5), name="classes_review_one_to_five"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.institution_id} {self.year} {self.criterion}"
