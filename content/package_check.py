"""What may be taken in as an interactive package: SCORM 1.2, SCORM 2004 or H5P, every byte looked at before any is stored.

A package is a stranger's web site. So far nothing serves one: this is the gate an upload will have to pass.
A package is a stranger's web site. Nothing here unpacks to disk: names are compared, never used as paths. Sources: ADL
SCORM 1.2 and 2004 content aggregation (``imsmanifest.xml`` at the root); the H5P specification of ``h5p.json``.
"""

import json
import posixpath
import stat
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

FILES_TO = 5_000
PACKED_TO = 200 * 1024 * 1024
UNPACKED_TO = 500 * 1024 * 1024
DESCRIPTION_TO = 4 * 1024 * 1024  # imsmanifest.xml and the .json files of H5P
RATIO_TO = 200
RATIO_FROM = 1024 * 1024  # below, a ratio says nothing: a table of spaces is no bomb
NAME_TO = 240
_PIECE_BYTES = 64 * 1024
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}

# What a browser is given. No .swf, .jar, .exe, .php, .zip: it plays none of them, or should not.
ENDINGS = frozenset(
    [
        ".html",
        ".htm",
        ".xhtml",
        ".css",
        ".js",
        ".mjs",
        ".json",
        ".xml",
        ".xsd",
        ".dtd",
        ".txt",
        ".md",
        ".vtt",
        ".srt",
        ".csv",
        ".map",
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".webp",
        ".svg",
        ".ico",
        ".bmp",
        ".mp3",
        ".m4a",
        ".ogg",
        ".oga",
        ".wav",
        ".mp4",
        ".m4v",
        ".webm",
        ".woff",
        ".woff2",
        ".ttf",
        ".otf",
        ".eot",
        ".pdf",
    ]
)
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
_SCORM_12 = "http://www.adlnet.org/xsd/adlcp_rootv1p2"
_SCORM_2004 = "http://www.adlnet.org/xsd/adlcp_v1p3"
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"


class PackageKind(StrEnum):
    """The standard a package follows."""

    SCORM_12 = "scorm_12"
    SCORM_2004 = "scorm_2004"
    H5P = "h5p"


class Reason(StrEnum):
    """Why a package is refused."""

    NOT_A_ZIP = "not_a_zip"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    TOO_LARGE = "too_large"
    TOO_MANY_FILES = "too_many_files"
    BOMB = "bomb"
    NAME = "name"
    TWICE = "twice"
    LINK = "link"
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


@dataclass(frozen=True, slots=True)
class Package:
    """What was found: the page to open first (for H5P its description), and the names of all files."""

    kind: PackageKind
    title: str
    entry: str
    files: frozenset[str]


def examined(file: BinaryIO) -> Package:
    """Look at every byte of an uploaded package. The file must be seekable. Raises PackageRefused."""
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
            return _described(archive, frozenset(member.filename for member in files))
    # The overlap of two members, a broken checksum, a cut stream: the library has a name for each.
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
        zipfile.zlib.error,  # type: ignore[attr-defined]
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
        if not member.is_dir() and posixpath.splitext(name)[1].lower() not in ENDINGS:
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
    if head.startswith(_EXECUTABLE + _ARCHIVE):
        raise PackageRefused(Reason.WRONG_CONTENTS, member.filename)
    magic = _MAGIC.get(posixpath.splitext(member.filename)[1].lower())
    if magic and not head.startswith(magic):
        raise PackageRefused(Reason.WRONG_CONTENTS, member.filename)


def _described(archive: zipfile.ZipFile, files: frozenset[str]) -> Package:
    found = {"imsmanifest.xml", "h5p.json"} & files
    if len(found) != 1:
        # Most often somebody packed the folder instead of what is in it.
        raise PackageRefused(Reason.NO_DESCRIPTION)
    name = found.pop()
    read = _scorm if name == "imsmanifest.xml" else _h5p
    return read(_description(archive, name), files)


def _description(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > DESCRIPTION_TO:
        raise PackageRefused(Reason.TOO_LARGE, name)
    return archive.read(name)


def _scorm(data: bytes, files: frozenset[str]) -> Package:
    """SCORM's first item in the organisation that is the default, and the resource it names."""
    bad = PackageRefused(Reason.BAD_DESCRIPTION, "imsmanifest.xml")
    try:
        root = fromstring(data)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise bad from error
    kind = _scorm_kind(root)
    organisations = root.find("{*}organizations")
    resources = root.find("{*}resources")
    if kind is None or organisations is None or resources is None:
        raise bad
    choices = organisations.findall("{*}organization")
    default = organisations.get("default")
    chosen = next((each for each in choices if each.get("identifier") == default), None)
    if chosen is None:
        if not choices:
            raise bad
        chosen = choices[0]
    first = next((each for each in chosen.iter() if each.get("identifierref")), None)
    resource = next(
        (
            each
            for each in resources.findall("{*}resource")
            if first is not None and each.get("identifier") == first.get("identifierref")
        ),
        None,
    )
    if resource is None:
        raise PackageRefused(Reason.NO_ENTRY)
    bases = (each.get(_XML_BASE, "") for each in (root, resources, resource))
    title = (chosen.findtext("{*}title") or "").strip()
    return Package(kind, title, _entry(bases, resource.get("href", ""), files), files)


def _scorm_kind(root: Element) -> PackageKind | None:
    """By the version it states; by the namespace of its attributes when it states none."""
    version = (root.findtext("{*}metadata/{*}schemaversion") or "").strip()
    if version == "1.2":
        return PackageKind.SCORM_12
    if version.startswith("2004") or version == "CAM 1.3":
        return PackageKind.SCORM_2004
    if version:
        return None
    names = {name for each in root.iter() for name in each.attrib}
    for space, kind in (
        (_SCORM_2004, PackageKind.SCORM_2004),
        (_SCORM_12, PackageKind.SCORM_12),
    ):
        if any(name.startswith(f"{{{space}}}") for name in names):
            return kind
    return None


def _entry(bases: Iterable[str], href: str, files: frozenset[str]) -> str:
    """The file behind an address of the manifest; it must be in the package, not elsewhere on the net."""
    address = urlsplit("".join(bases) + href)
    name = unquote(address.path)
    if address.scheme or address.netloc or name not in files:
        raise PackageRefused(Reason.NO_ENTRY, href)
    if not name.lower().endswith((".html", ".htm", ".xhtml")):
        raise PackageRefused(Reason.NO_ENTRY, href)
    return name


def _h5p(data: bytes, files: frozenset[str]) -> Package:
    """H5P's title and main library; the library and the content it plays must be packed with it."""
    bad = PackageRefused(Reason.BAD_DESCRIPTION, "h5p.json")
    try:
        stated = json.loads(data)
        title, main = stated["title"], stated["mainLibrary"]
        folders = {
            f"{each['machineName']}-{each['majorVersion']}.{each['minorVersion']}"
            for each in stated["preloadedDependencies"]
            if each["machineName"] == main
        }
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise bad from error
    if not isinstance(title, str) or not isinstance(main, str):
        raise bad
    if "content/content.json" not in files:
        raise PackageRefused(Reason.NO_ENTRY, "content/content.json")
    if not any(f"{folder}/library.json" in files for folder in folders):
        raise PackageRefused(Reason.NO_ENTRY, main)
    return Package(PackageKind.H5P, title.strip(), "h5p.json", files)
