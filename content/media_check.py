"""What may be stored as a lecture: extension, first bytes and size must agree."""

from pathlib import PurePath
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _

MAX_MEDIA_BYTES = 500 * 1024 * 1024
_HEAD_BYTES = 64


def _is_mp4(head: bytes) -> bool:
    return head[4:8] == b"ftyp"


def _is_mp3(head: bytes) -> bool:
    return head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0)


_MAGIC = {
    ".mp4": _is_mp4,
    ".m4a": _is_mp4,
    ".webm": lambda head: head[:4] == b"\x1a\x45\xdf\xa3",
    ".mp3": _is_mp3,
    ".ogg": lambda head: head[:4] == b"OggS",
    ".oga": lambda head: head[:4] == b"OggS",
    ".wav": lambda head: head[:4] == b"RIFF" and head[8:12] == b"WAVE",
}
VIDEO_EXTENSIONS = {".mp4", ".webm"}
CONTENT_TYPES = {
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".wav": "audio/wav",
}


def extension(name: str) -> str:
    """The extension in lower case, with its dot."""
    return PurePath(name).suffix.lower()


@deconstructible
class CheckMedia:
    """Refuse a file whose name, first bytes or size are not those of a lecture."""

    def __call__(self, file: Any) -> None:
        ending = extension(file.name or "")
        if ending not in _MAGIC:
            raise ValidationError(
                _("Only %(kinds)s files can be used."),
                code="extension",
                params={"kinds": ", ".join(sorted(e[1:] for e in _MAGIC))},
            )
        if file.size > MAX_MEDIA_BYTES:
            raise ValidationError(
                _("The file is larger than %(limit)s MB."),
                code="size",
                params={"limit": MAX_MEDIA_BYTES // 1024 // 1024},
            )
        was_closed = file.closed
        file.seek(0)
        head = file.read(_HEAD_BYTES)
        file.seek(0)
        if was_closed:
            file.close()
        if not _MAGIC[ending](head):
            raise ValidationError(
                _("The contents are not those of a “%(ending)s” file."),
                code="magic",
                params={"ending": ending[1:]},
            )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CheckMedia)

    def __hash__(self) -> int:
        return hash(CheckMedia)
