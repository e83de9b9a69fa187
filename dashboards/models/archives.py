"""Archives that were printed: what a QR code on paper leads back to."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ArchivePrint(models.Model):
    """That a person's archive was printed as of a moment, and the digest of what it said.

    The archive itself is not stored: as of the same moment it can be drawn up again from the rows.
    """

    token = models.CharField(max_length=32, unique=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # As they stood on the paper.
    name = models.CharField(_("name"), max_length=60)
    unit_name = models.CharField(_("unit"), max_length=100, blank=True)
    lines = models.PositiveIntegerField(_("lines"))
    digest = models.CharField(_("digest"), max_length=64)
    printed_at = models.DateTimeField(_("printed at"))
    printed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("printed archive")
        verbose_name_plural = _("printed archives")

    def __str__(self) -> str:
        return f"{self.person_id}: {self.printed_at}"
