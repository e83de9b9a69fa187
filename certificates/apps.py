from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CertificatesConfig(AppConfig):
    """Certificates, their verification and their revocation."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "certificates"
    verbose_name = _("certificates")

    def ready(self) -> None:
        import_module("certificates.receivers")
