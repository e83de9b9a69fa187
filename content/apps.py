"""Content's place in Django."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContentConfig(AppConfig):
    """Connects the room to Wagtail's news about pages."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "content"
    verbose_name = _("Library")

    def ready(self) -> None:
        import_module("content.receivers")
