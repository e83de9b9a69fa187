"""Private files: what a lecture is watched or heard from."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from content.enums import MediaKind
from content.media_check import CONTENT_TYPES, VIDEO_EXTENSIONS, CheckMedia, extension
from content.models.uploaded import Uploaded


def storage_name(instance: "MediaFile", filename: str) -> str:
    """A name that says nothing and cannot be guessed; only the extension is kept."""
    return f"private/lectures/{uuid.uuid4().hex}{extension(filename)}"


class MediaFile(Uploaded):  # type: ignore[django-manager-missing]
    """A video or audio file. Never served by path: ``content:media`` asks who wants it."""

    title = models.CharField(_("title"), max_length=200)
    file = models.FileField(
        _("file"),
        upload_to=storage_name,
        validators=[CheckMedia()],
        help_text=_("Video: mp4, webm. Audio: mp3, m4a, ogg, wav. At most 500 MB."),
    )
    length_seconds = models.PositiveIntegerField(
        _("length in seconds"),
        help_text=_(
            "Leave empty: it is read from the file. A micro-lecture lasts five to ten minutes "
            "(300 to 600 seconds)."
        ),
    )

    class Meta:
        verbose_name = _("lecture file")
        verbose_name_plural = _("lecture files")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(length_seconds__gt=0), name="content_media_has_a_length"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def kind(self) -> str:
        video = extension(self.file.name or "") in VIDEO_EXTENSIONS
        return MediaKind.VIDEO if video else MediaKind.AUDIO

    @property
    def content_type(self) -> str:
        return CONTENT_TYPES[extension(self.file.name or "")]
