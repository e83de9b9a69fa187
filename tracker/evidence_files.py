"""Files that prove a claim: a PDF, a photograph or a scan; anything else is refused in plain words.

A file is believed when its ending, its first bytes and its inner structure say the same. It is
never shown inside a page of this site, only handed out as a download.
"""

import hashlib
import io
import re
import warnings
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

MAX_BYTES = 5 * 1024 * 1024
MAX_FILES = 5
MAX_PIXELS = 60_000_000

_KINDS = {
    "pdf": ("application/pdf", b"%PDF-"),
    "jpg": ("image/jpeg", b"\xff\xd8\xff"),
    "jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    "png": ("image/png", b"\x89PNG\r\n\x1a\n"),
}
_ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|OpenAction|RichMedia)\b")


class EvidenceRefused(Exception):
    """The file is not taken; the text says why and what to do."""


@dataclass(frozen=True)
class Evidence:
    """A file that was checked, with its bytes."""

    name: str
    media_type: str
    data: bytes
    digest: str


def check_evidence(file: BinaryIO, name: str) -> Evidence:
    """Read and check one file. Raises EvidenceRefused."""
    shown = re.sub(r"[\x00-\x1f\x7f/\\<>:\"|?*]", "", name)[-120:] or "?"
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise EvidenceRefused(
            _("“%(name)s” is larger than %(limit)s MB. Scan it at a lower resolution.")
            % {"name": shown, "limit": MAX_BYTES // 2**20}
        )
    kind = _KINDS.get(name.rpartition(".")[2].lower())
    if kind is None:
        raise EvidenceRefused(_("“%(name)s” is neither PDF, JPEG nor PNG.") % {"name": shown})
    media_type, magic = kind
    if not data.startswith(magic):
        raise EvidenceRefused(
            _("The content of “%(name)s” is not what its name says. Save or scan it anew.")
            % {"name": shown}
        )
    sound = _is_sound_pdf(data) if media_type == "application/pdf" else _is_sound_image(data)
    if not sound:
        raise EvidenceRefused(
            _("“%(name)s” is damaged, or holds more than a document or a picture.")
            % {"name": shown}
        )
    return Evidence(shown, media_type, data, hashlib.sha256(data).hexdigest())


def _is_sound_pdf(data: bytes) -> bool:
    """A header, an end with the place of the index, and nothing that would run."""
    end = data[-2048:]
    place = re.search(rb"startxref\s+(\d{1,10})\s+%%EOF\s*$", end)
    if place is None or _ACTIVE.search(data):
        return False
    index = data[int(place[1]) : int(place[1]) + 40].lstrip()
    return index.startswith(b"xref") or re.match(rb"\d+\s+\d+\s+obj", index) is not None


# Where a whole picture ends. WeasyPrint, in the same process, tells Pillow to fill up cut ones.
_ENDS = (b"IEND\xaeB`\x82", b"\xff\xd9")


def _is_sound_image(data: bytes) -> bool:
    if not data.endswith(_ENDS):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=["JPEG", "PNG"]) as image:
                width, height = image.size
                if width * height > MAX_PIXELS:
                    return False
                image.load()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, MemoryError):
        return False
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return False
    return True
