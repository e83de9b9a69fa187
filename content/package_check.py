"""What may be taken in as an interactive package: every byte of the archive looked at before any is stored.

A package is a stranger's web site. Nothing here unpacks to disk: names are compared, never used as
paths, and the archive is kept as the one file it came as (``content.views.packages`` reads from it).
What its description says is read in ``content.package_manifest``.
"""

import posixpath
import stat
import zipfile
import zlib
from enum import StrEnum
from typing import BinaryIO

PACKED_TO = 200 * 1024 * 1024
UNPACKED_TO = 500 * 1024 * 1024
DESCRIPTION_TO = 4 * 1024 * 1024  # imsmanifest.xml, and the .json files of H5P
FILES_TO = 5_000
DEPTH_TO = 16
NAME_TO = 240
RATIO_TO = 200
RATIO_FROM = 1024 * 1024  # below, a ratio says nothing: a table of spaces is no bomb
_PIECE_BYTES = 64 * 1024
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}

# What a browser is given, and as what. No .swf, .jar, .exe, .php, .zip: it plays none of them, or should not.
CONTENT_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".xml": "text/xml",
    ".xsd": "text/xml",
    ".dtd": "text/plain",
    ".txt": "text/plain",
    ".md": "text/plain",
    ".csv": "text/csv",
    ".srt": "text/plain",
    ".vtt": "text/vtt",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".bmp": "image/bmp",
    ".ico": "image/x-icon",
    ".svg": "image/svg+xml",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".wav": "audio/wav",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".webm": "video/webm",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
    ".eot": "application/vnd.ms-fontobject",
    ".pdf": "application/pdf",
}
HTML = {ending for ending, kind in CONTENT_TYPES.items() if kind == "text/html"}
_EXECUTABLE = (b"MZ", b"\x7fELF", b"#!", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
_ARCHIVE = (b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
_MAGIC: dict[str, tuple[bytes, ...]] = {
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".gif": (b"GIF87a", b"GIF89a"),
    ".webp": (b"RIFF",),
    ".wav": (b"RIFF",),
    ".pdf": (b"%PDF-",),
    ".webm": (b"\x1a\x45\xdf\xa3",),
    ".ogg": (b"OggS",),
    ".oga": (b"OggS",),
    ".woff": (b"wOFF",),
    ".woff2": (b"wOF2",),
}


class Reason(StrEnum):
    """Why a package is refused."""

    NOT_A_ZIP = "not_a_zip"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    TOO_LARGE = "too_large"
    TOO_MANY_FILES = "too_many_files"
    TOO_DEEP = "too_deep"
    BOMB = "bomb"
    NAME = "name"
    TWICE = "twice"
    LINK = "link"
    NESTED = "nested"
    FORBIDDEN_FILE = "forbidden_file"
    WRONG_CONTENTS = "wrong_contents"
    NO_DESCRIPTION = "no_description"
    BAD_DESCRIPTION = "bad_description"
    NO_ENTRY = "no_entry"


class PackageRefused(Exception):
    """With a reason, and the name inside the archive it is about ("" for the whole)."""

    def __init__(self, reason: Reason, name: str = "") -> None:
        super().__init__(f"{reason}: {name}" if name else str(reason))
        self.reason = reason
        self.name = name


def ending(name: str) -> str:
    """The extension in lower case, with its dot."""
    return posixpath.splitext(name)[1].lower()


def checked(file: BinaryIO) -> dict[str, bytes]:
    """Look at every byte of an uploaded archive; return its descriptions, by name at its root.

    ``imsmanifest.xml`` or ``h5p.json``, exactly one of them; for H5P with what its libraries say.
    The names of all other files are its keys as well, with nothing. The file must be seekable.
    Raises PackageRefused.
    """
    if file.seek(0, 2) > PACKED_TO:
        raise PackageRefused(Reason.TOO_LARGE)
    file.seek(0)
    if file.read(4) != b"PK\x03\x04":
        raise PackageRefused(Reason.NOT_A_ZIP)
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            _check_directory(members)
            files = [member for member in members if not member.is_dir()]
            for member in files:
                _check_contents(archive, member)
            return _descriptions(archive, [member.filename for member in files])
    # The overlap of two members, a broken checksum, a cut stream: the library has a name for each.
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
        zlib.error,
    ) as error:
        raise PackageRefused(Reason.DAMAGED) from error


def _check_directory(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > FILES_TO:
        raise PackageRefused(Reason.TOO_MANY_FILES)
    if sum(member.file_size for member in members) > UNPACKED_TO:
        raise PackageRefused(Reason.TOO_LARGE)
    seen: set[str] = set()
    for member in members:
        name = member.orig_filename
        if not _is_plain(name):
            raise PackageRefused(Reason.NAME, name)
        if name.count("/") > DEPTH_TO:
            raise PackageRefused(Reason.TOO_DEEP, name)
        # Two names that differ by case alone are one file on some disks.
        if (key := name.rstrip("/").casefold()) in seen:
            raise PackageRefused(Reason.TWICE, name)
        seen.add(key)
        if member.flag_bits & 0x1:
            raise PackageRefused(Reason.ENCRYPTED, name)
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFDIR if member.is_dir() else stat.S_IFREG):
            raise PackageRefused(Reason.LINK, name)
        if member.compress_type not in _METHODS:
            raise PackageRefused(Reason.DAMAGED, name)
        if member.file_size > max(RATIO_FROM, RATIO_TO * member.compress_size):
            raise PackageRefused(Reason.BOMB, name)
        if not member.is_dir() and ending(name) not in CONTENT_TYPES:
            raise PackageRefused(Reason.FORBIDDEN_FILE, name)


def _is_plain(name: str) -> bool:
    """Whether it is a relative path downwards, which means the same on every system."""
    if not name or len(name) > NAME_TO or "\\" in name or ":" in name or not name.isprintable():
        return False
    return all(
        part not in {"", ".", ".."} and not part.endswith((" ", "."))
        for part in name.removesuffix("/").split("/")
    )


def _check_contents(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Unpack it piece by piece into nothing: first bytes, true length, checksum."""
    with archive.open(member) as stream:
        head = stream.read(16)
        length = len(head)
        while piece := stream.read(_PIECE_BYTES):
            length += len(piece)
    if length != member.file_size:
        raise PackageRefused(Reason.DAMAGED, member.filename)
    if head.startswith(_ARCHIVE):
        raise PackageRefused(Reason.NESTED, member.filename)
    if head.startswith(_EXECUTABLE):
        raise PackageRefused(Reason.WRONG_CONTENTS, member.filename)
    magic = _MAGIC.get(ending(member.filename))
    if magic and not head.startswith(magic):
        raise PackageRefused(Reason.WRONG_CONTENTS, member.filename)


def _descriptions(archive: zipfile.ZipFile, names: list[str]) -> dict[str, bytes]:
    if len({"imsmanifest.xml", "h5p.json"} & set(names)) != 1:
        # Most often somebody packed the folder instead of what is in it.
        raise PackageRefused(Reason.NO_DESCRIPTION)
    found = dict.fromkeys(names, b"")
    for name in ("imsmanifest.xml", "h5p.json"):
        if name not in found:
            continue
        if archive.getinfo(name).file_size > DESCRIPTION_TO:
            raise PackageRefused(Reason.TOO_LARGE, name)
        found[name] = archive.read(name)
    return found
