"""What the machine does by the clock, and when it last did."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Round(models.Model):
    """When a command that cron runs last came to its end. One row for each; overwritten every time."""

    name = models.CharField(_("name"), max_length=40, primary_key=True)
    ended_at = models.DateTimeField(_("ended at"))

    class Meta:
        verbose_name = _("round of maintenance")
        verbose_name_plural = _("rounds of maintenance")

    def __str__(self) -> str:
        return self.name
