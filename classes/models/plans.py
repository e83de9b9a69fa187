"""What a department plans for a year, and the classes it calls people to."""

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from classes.enums import CallKind
from tracker.enums import Bucket


class AnnualPlan(models.Model):
    """The classes a department means to hold in a year. A second person approves it."""

    unit = models.ForeignKey(
        "people.OrgUnit", on_delete=models.PROTECT, related_name="+", verbose_name=_("unit")
    )
    year = models.PositiveSmallIntegerField(_("year"))
    title = models.CharField(pgettext_lazy("class", "title"), max_length=120)
    aim = models.TextField(_("what the year is for"), max_length=1000, blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    approved_at = models.DateTimeField(_("approved at"), null=True)

    class Meta:
        verbose_name = _("annual plan")
        verbose_name_plural = _("annual plans")
        constraints = [
            models.UniqueConstraint(fields=["unit", "year"], name="classes_one_plan_a_year"),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("written_by")),
                name="classes_plan_is_approved_by_a_second_person",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class TrainingClass(models.Model):
    """A class of a plan: where, when, what it is worth, and how people come to it.

    ``ends_on`` is the first day after it. ``unit`` is the authority that calls people up.
    """

    plan = models.ForeignKey(AnnualPlan, on_delete=models.PROTECT, related_name="classes")
    unit = models.ForeignKey("people.OrgUnit", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(pgettext_lazy("class", "title"), max_length=120)
    audience = models.CharField(pgettext_lazy("class", "for whom"), max_length=200, blank=True)
    institution = models.ForeignKey(
        "tracker.Institution",
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("institution"),
    )
    bucket = models.CharField(_("form of study"), max_length=20, choices=Bucket)
    call = models.CharField(_("how people come"), max_length=20, choices=CallKind)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until (exclusive)"))
    answer_by = models.DateField(_("units answer by"))
    training_days = models.DecimalField(_("training days"), max_digits=5, decimal_places=1)
    hours = models.DecimalField(_("credit hours"), max_digits=6, decimal_places=1)
    seats = models.PositiveSmallIntegerField(_("seats in all"))
    called_at = models.DateTimeField(_("called up at"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True)
    cancelled_because = models.CharField(_("reason"), max_length=300, blank=True)
    confirmed_at = models.DateTimeField(_("results confirmed at"), null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    posted_at = models.DateTimeField(_("posted at"), null=True)

    class Meta:
        verbose_name = _("training class")
        verbose_name_plural = _("training classes")
        indexes = [models.Index(fields=["unit", "starts_on"], name="classes_class_of_unit")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")), name="classes_class_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(hours__gt=0, training_days__gt=0),
                name="classes_class_is_worth_something",
            ),
            models.CheckConstraint(
                condition=Q(posted_at=None) | Q(confirmed_at__isnull=False),
                name="classes_results_come_before_credits",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def last_day(self) -> date:
        """The last day of the class."""
        return self.ends_on - timedelta(days=1)

    @property
    def is_live(self) -> bool:
        """Called and not cancelled: people are to come."""
        return self.called_at is not None and self.cancelled_at is None

    def is_ahead(self, today: date) -> bool:
        """Takes place, and is not over."""
        return self.cancelled_at is None and self.ends_on > today


class Seats(models.Model):
    """How many people a unit is to send."""

    training_class = models.ForeignKey(
        TrainingClass, on_delete=models.CASCADE, related_name="quotas"
    )
    unit = models.ForeignKey("people.OrgUnit", on_delete=models.PROTECT, related_name="+")
    seats = models.PositiveSmallIntegerField(_("seats"))

    class Meta:
        verbose_name = _("seats of a unit")
        verbose_name_plural = _("seats of units")
        constraints = [
            models.UniqueConstraint(
                fields=["training_class", "unit"], name="classes_seats_once_a_unit"
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit_id}: {self.seats}"
