"""Zip archives from outside: bounded in number, size and ratio; names are never used as paths."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Final

from exams.engine.formats.base import LARGEST, Unreadable

MOST_FILES: Final = 5_000
MOST_BYTES: Final = 200 * 1024 * 1024  # unpacked
LARGEST_MEMBER: Final = 50 * 1024 * 1024
HIGHEST_RATIO: Final = 200


def opened(content: bytes, kind: str) -> zipfile.ZipFile:
    """The archive, checked by its directory. Raises Unreadable: too_large, not_this_format, unsafe."""
    if len(content) > LARGEST:
        raise Unreadable("too_large", limit=LARGEST // 2**20)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError) as error:
        raise Unreadable("not_this_format", format=kind, reason=str(error)) from error
    members = archive.infolist()
    if len(members) > MOST_FILES:
        raise Unreadable("unsafe", reason=f"more than {MOST_FILES} files in the archive")
    if sum(member.file_size for member in members) > MOST_BYTES:
        raise Unreadable("unsafe", reason="the unpacked archive is too large")
    for member in members:
        name = member.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or ":" in name.split("/")[0]:
            raise Unreadable("unsafe", reason=f"a file named {member.filename!r}")
        if member.flag_bits & 1:
            raise Unreadable("unsafe", reason="an encrypted archive")
        if member.file_size > 1_000_000 and member.file_size > HIGHEST_RATIO * max(
            1, member.compress_size
        ):
            raise Unreadable("unsafe", reason=f"{member.filename!r} unpacks to too many bytes")
    return archive


def without_document_types(archive: zipfile.ZipFile) -> None:
    """Office files have none; one that has is made to do harm. Raises Unreadable."""
    for name in archive.namelist():
        if name.casefold().endswith((".xml", ".rels")):
            try:
                with archive.open(name) as stream:
                    head = stream.read(4000)
            except (
                zipfile.BadZipFile,
                NotImplementedError,
                OSError,
                EOFError,
                zlib.error,
            ) as error:
                raise Unreadable("syntax", reason=f"{name}: {error}") from error
            if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                raise Unreadable("unsafe", reason=f"a document type in {name}")


def content_of(archive: zipfile.ZipFile, name: str) -> bytes:
    """One member, never more than its directory entry promised and the limit. Raises Unreadable."""
    try:
        with archive.open(name) as stream:
            content = stream.read(LARGEST_MEMBER + 1)
    except (
        KeyError,
        zipfile.BadZipFile,
        NotImplementedError,
        OSError,
        EOFError,
        ValueError,
        zlib.error,
    ) as error:
        raise Unreadable("syntax", reason=f"{name}: {error}") from error
    if len(content) > LARGEST_MEMBER:
        raise Unreadable("too_large", limit=LARGEST_MEMBER // 2**20)
    return content
