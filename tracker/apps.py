from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrackerConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "tracker"
    verbose_name = _("study ledger")

    def ready(self) -> None:
        from tracker import receivers  # noqa: F401, PLC0415  registers what it hears
