"""Contested lines and their answers."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tracker.enums import (
    RemarkState,
)
from tracker.models.ledger import Entry


class Remark(models.Model):
    """A member contests a line of his ledger; the department's answer is kept beside it."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="remarks")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="ledger_remarks"
    )
    text = models.TextField(_("remark on a line"), max_length=1000)
    written_at = models.DateTimeField(_("written at"))
    state = models.CharField(
        _("state of the remark"), max_length=20, choices=RemarkState, default=RemarkState.OPEN
    )
    answer = models.TextField(_("answer to the remark"), max_length=1000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("remark on a line")
        verbose_name_plural = _("remarks on lines")
        ordering = ["written_at", "id"]
        constraints = [
            # One open question a line; a second one waits for the answer.
            models.UniqueConstraint(
                fields=["entry", "author"],
                condition=Q(state=RemarkState.OPEN),
                name="tracker_remark_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.text[:40]}"
