"""Who brought a file here, and when."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Uploaded(models.Model):
    """A file somebody uploaded; who did so stays on record."""

    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)

    class Meta:
        abstract = True
