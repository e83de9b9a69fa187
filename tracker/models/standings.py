"""Cached assessments: always rebuildable from rows."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tracker.enums import (
    StandingState,
)
from tracker.models.ledger import ZERO


class Standing(models.Model):
    """A cached assessment: what the overview counts. Always rebuildable from rows."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="standings"
    )
    # The person's home when it was computed, so that a subtree is one join away.
    unit = models.ForeignKey(
        "people.OrgUnit", on_delete=models.CASCADE, null=True, related_name="+"
    )
    requirement = models.CharField(_("requirement"), max_length=80)
    pack = models.CharField(_("rule pack"), max_length=80)
    state = models.CharField(_("standing"), max_length=20, choices=StandingState)
    window_from = models.DateField(_("from"))
    window_until = models.DateField(_("until (exclusive)"), null=True)
    due_on = models.DateField(_("due on"), null=True)
    # Nearest way done, 0 to 1, and the parts of it, as the overview shows them.
    share = models.DecimalField(_("part done"), max_digits=5, decimal_places=4, default=ZERO)
    figures = models.JSONField(_("figures"), default=list)
    computed_for = models.DateField(_("as of"))

    class Meta:
        verbose_name = _("standing")
        verbose_name_plural = _("standings")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "requirement"], name="tracker_standing_once_per_requirement"
            )
        ]
        indexes = [
            models.Index(fields=["requirement", "state", "unit"], name="tracker_standing_by_state"),
            models.Index(fields=["unit", "requirement", "state"], name="tracker_standing_by_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.requirement}: {self.state}"


class StandingMark(models.Model):
    """Up to which row and day a person's standings were computed: what the sweep compares."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    computed_for = models.DateField(db_index=True)
    computed_at = models.DateTimeField()
    last_entry_id = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("standing mark")
        verbose_name_plural = _("standing marks")

    def __str__(self) -> str:
        return f"{self.pk}: {self.computed_for}"
