"""What a notice is."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class NoticeKind(TextChoices):
    """News is always delivered; a reminder keeps to the weekly cap."""

    NEWS = "news", _("news")
    REMINDER = "reminder", _("reminder")
