"""Seat plans: whom to call up for which class, kept until a class takes them over."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people.enums import Rank


class SeatPlan(models.Model):
    """A class of so many days and seats, and the people it is meant for."""

    unit = models.ForeignKey("people.OrgUnit", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(_("title"), max_length=120)
    requirement = models.CharField(_("requirement"), max_length=80)
    horizon_on = models.DateField(_("plans for what is due by"))
    class_days = models.DecimalField(
        _("training days of the class"), max_digits=6, decimal_places=1
    )
    capacity = models.PositiveIntegerField(_("seats"))
    most_of_a_unit = models.PositiveIntegerField(_("at most from one unit"), null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(_("made at"))
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name = _("seat plan")
        verbose_name_plural = _("seat plans")
        constraints = [
            models.CheckConstraint(
                condition=Q(class_days__gt=0) & Q(capacity__gt=0), name="dashboards_plan_has_seats"
            )
        ]

    def __str__(self) -> str:
        return self.title


class PlannedSeat(models.Model):
    """Somebody who may be called up, as the plan found him; ``called`` is what people decide."""

    plan = models.ForeignKey(SeatPlan, on_delete=models.CASCADE, related_name="seats")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    unit = models.ForeignKey("people.OrgUnit", on_delete=models.PROTECT, related_name="+")
    rank = models.SmallIntegerField(_("rank"), choices=Rank)
    urgency = models.CharField(_("how urgent"), max_length=20)
    due_on = models.DateField(_("due on"), null=True)
    missing_days = models.DecimalField(_("days missing"), max_digits=7, decimal_places=2)
    proposed = models.BooleanField(_("proposed"), default=False)
    called = models.BooleanField(_("to be called up"), default=False)

    class Meta:
        verbose_name = _("planned seat")
        verbose_name_plural = _("planned seats")
        constraints = [
            models.UniqueConstraint(fields=["plan", "person"], name="dashboards_seat_once")
        ]

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.person_id}"
