"""Tables in which units stand in order of one figure: off until a second person approves."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dashboards.enums import LeagueMetric, LeagueState


class League(models.Model):
    """The units directly below one, in order of one named figure. Persons are never ranked."""

    unit = models.ForeignKey("people.OrgUnit", on_delete=models.PROTECT, related_name="+")
    metric = models.CharField(_("ranked figure"), max_length=20, choices=LeagueMetric)
    # Blank: over all requirements.
    requirement = models.CharField(_("requirement"), max_length=80, blank=True)
    # A unit of fewer is listed without a place: its figure would speak of persons.
    least_obliged = models.PositiveIntegerField(_("least number obliged"))
    note = models.CharField(_("what it is for"), max_length=300)
    state = models.CharField(
        _("state"), max_length=20, choices=LeagueState, default=LeagueState.ASKED
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(_("asked at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name = _("ranking of units")
        verbose_name_plural = _("rankings of units")
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "metric", "requirement"],
                condition=Q(state__in=[LeagueState.ASKED, LeagueState.ON]),
                name="dashboards_league_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(least_obliged__gte=5), name="dashboards_league_hides_persons"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[LeagueState.ON, LeagueState.OFF])
                | Q(decided_by__isnull=False),
                name="dashboards_league_approved_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.metric} {self.requirement}: {self.state}"
