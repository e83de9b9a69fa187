"""Interactive packages: SCORM and H5P archives, kept whole and never changed."""

import uuid

from django.db import models
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from content.enums import PackageKind
from content.models.uploaded import Uploaded
from content.package_manifest import Part


def package_name(instance: "Package", filename: str) -> str:
    """A name that says nothing and cannot be guessed."""
    return f"private/packages/{uuid.uuid4().hex}.zip"


class Package(Uploaded):  # type: ignore[django-manager-missing]
    """A package as it was uploaded and examined. A new version is a new row: who began keeps the old one."""

    title = models.CharField(
        _("title"),
        max_length=200,
        blank=True,
        help_text=_("Empty: the title that the package itself has."),
    )
    file = models.FileField(
        _("file"),
        upload_to=package_name,
        help_text=_(
            "SCORM 1.2 or SCORM 2004 (.zip), or H5P (.h5p); at most 200 MB. Export it with all its "
            "libraries; for SCORM, pack what is in the folder and not the folder itself."
        ),
    )
    kind = models.CharField(_("standard"), max_length=12, choices=PackageKind, editable=False)
    # What is opened in it, in order, as package_manifest.Part.plain() has it.
    parts = models.JSONField(_("parts"), default=list, editable=False)
    file_count = models.PositiveIntegerField(_("files"), default=0, editable=False)

    class Meta:
        verbose_name = _("package file")
        verbose_name_plural = _("package files")
        constraints = [
            models.CheckConstraint(condition=~models.Q(parts=[]), name="content_package_has_a_part")
        ]

    def __str__(self) -> str:
        # An editor chooses among versions of one title.
        return (
            f"{self.title} · {self.get_kind_display()} · {date_format(localtime(self.uploaded_at))}"
        )

    @property
    def outline(self) -> list[Part]:
        """Its parts, typed."""
        return [Part(**part) for part in self.parts]
