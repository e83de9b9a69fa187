"""A knowledge contest: a written round for many, a final before a jury, awards."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from exams.models.bank import PERSON
from exams.models.papers import Exam


class Contest(models.Model):
    """Two rounds. ``called_at``: the finalists stand; ``published_at``: the awards stand for good."""

    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("what it is about"), blank=True)
    first_round = models.ForeignKey(
        Exam, on_delete=models.PROTECT, related_name="contests", verbose_name=_("first round")
    )
    finalists_wanted = models.PositiveSmallIntegerField(
        _("places in the final"), validators=[MinValueValidator(2), MaxValueValidator(100)]
    )
    final_on = models.DateField(_("day of the final"), null=True, blank=True)
    # How much the first round weighs in the total, in percent; the jury has the rest.
    first_weight = models.PositiveSmallIntegerField(
        _("weight of the first round in percent"),
        default=30,
        validators=[MaxValueValidator(100)],
    )
    # [["criterion", most points], …], at most 100 points together.
    criteria: "models.JSONField[Any, Any]" = models.JSONField(_("what the jury judges"))
    # [["name of the award", how many], …], the highest first.
    awards: "models.JSONField[Any, Any]" = models.JSONField(_("awards"))
    jury: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        PERSON, blank=True, related_name="+"
    )
    created_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created at"))
    called_at = models.DateTimeField(_("finalists called at"), null=True, blank=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    class Meta:
        verbose_name = _("contest")
        verbose_name_plural = _("contests")

    def __str__(self) -> str:
        return self.title


class Finalist(models.Model):
    """Somebody in the final, with the first round's result as it stood; later the total and award."""

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="finalists")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(
        "people.OrgUnit", on_delete=models.PROTECT, null=True, related_name="+"
    )
    first_place = models.PositiveSmallIntegerField(_("place in the first round"))
    first_percent = models.DecimalField(_("first round in percent"), max_digits=5, decimal_places=2)
    # Frozen when the results are published.
    total = models.DecimalField(_("total"), max_digits=6, decimal_places=2, null=True)
    place = models.PositiveSmallIntegerField(_("final place"), null=True)
    award = models.CharField(_("award"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("finalist")
        verbose_name_plural = _("finalists")
        constraints = [
            models.UniqueConstraint(fields=["contest", "person"], name="exams_finalist_once")
        ]

    def __str__(self) -> str:
        return f"{self.contest_id}.{self.person_id}"


class JuryScore(models.Model):
    """What one member of the jury gave one finalist, criterion by criterion."""

    finalist = models.ForeignKey(Finalist, on_delete=models.PROTECT, related_name="scores")
    juror = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    # ["points", …] in the order of the contest's criteria.
    points: "models.JSONField[Any, Any]" = models.JSONField(_("points by criterion"))
    total = models.DecimalField(_("total"), max_digits=6, decimal_places=2)
    given_at = models.DateTimeField(_("given at"))

    class Meta:
        verbose_name = _("score of the jury")
        verbose_name_plural = _("scores of the jury")
        constraints = [
            models.UniqueConstraint(fields=["finalist", "juror"], name="exams_juryscore_once")
        ]

    def __str__(self) -> str:
        return f"{self.finalist_id}.{self.juror_id}"
