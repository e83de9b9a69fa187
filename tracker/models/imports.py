"""Files of hours from elsewhere, and which row of which file became which line."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tracker.enums import ImportState
from tracker.models.ledger import Entry


class HoursImport(models.Model):
    """A file somebody sent. The file itself is kept: it is the evidence of its lines."""

    file = models.FileField(_("file"), upload_to="hours/%Y/", blank=True)
    file_name = models.CharField(_("name of the file"), max_length=200)
    digest = models.CharField(_("digest"), max_length=64, db_index=True)
    state = models.CharField(
        _("state of the import"), max_length=20, choices=ImportState, default=ImportState.CHECKED
    )
    # None: from the command line, which stands outside the tree.
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    received_at = models.DateTimeField(_("received at"))
    posted_at = models.DateTimeField(_("posted at"), null=True, blank=True)
    undone_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_because = models.CharField(_("reason"), max_length=300, blank=True)
    # The report as it was when last checked or posted: counts, and the first of each kind of finding.
    report = models.JSONField(_("report"), default=dict)

    class Meta:
        verbose_name = _("import of hours")
        verbose_name_plural = _("imports of hours")
        ordering = ["-received_at", "-id"]

    def __str__(self) -> str:
        return self.file_name


class ImportedLine(models.Model):
    """Which row of which file became this line."""

    hours_import = models.ForeignKey(HoursImport, on_delete=models.PROTECT, related_name="lines")
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="imported")
    row = models.PositiveIntegerField(_("row"))

    class Meta:
        verbose_name = _("imported line")
        verbose_name_plural = _("imported lines")

    def __str__(self) -> str:
        return f"{self.hours_import_id}: {self.row}"
