"""What can be said about a certificate."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Verdict(TextChoices):
    """The answer of a verification."""

    VALID = "valid", _("valid")
    REVOKED = "revoked", _("revoked")
    # The row exists but is not what was signed: the page says that it cannot be confirmed.
    DAMAGED = "damaged", _("cannot be confirmed")
    UNKNOWN = "unknown", _("unknown")
