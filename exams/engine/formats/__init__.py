"""Question files of other systems, read and written; the exchange form stands in the middle.

``read(name, content)`` gives entries with a record or the reasons why not, and notes of what a file
says that has no place here; ``write(name, records)`` gives the bytes and what they do not carry.
Pure: bytes in, values out. One module a format; docs/formats.md has examples.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from exams.engine.formats import (
    aiken,
    docx,
    exchange,
    gift,
    moodle_xml,
    qti,
    text,
    xlsx,
)
from exams.engine.formats.archive import opened
from exams.engine.formats.base import (
    LARGEST,
    Entry,
    Note,
    Place,
    Reading,
    Unreadable,
    Writing,
    decoded,
)
from exams.engine.items import Record

__all__ = ["FORMATS", "LARGEST", "Entry", "Format", "Note", "Place", "Reading", "Unreadable",
           "Writing", "detect", "read", "write"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name on the command line, the usual ending, the type told to browsers."""

    name: str
    ending: str
    mime: str
    read: Callable[[bytes], Reading]
    write: Callable[[Sequence[Record]], Writing]


_SHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FORMATS: Final = {
    each.name: each
    for each in (
        Format("xlsx", ".xlsx", _SHEET, xlsx.read, xlsx.write),
        Format("docx", ".docx", _WORD, docx.read, docx.write),
        Format("text", ".txt", "text/plain", text.read, text.write),
        Format("gift", ".gift", "text/plain", gift.read, gift.write),
        Format("aiken", ".txt", "text/plain", aiken.read, aiken.write),
        Format("moodle-xml", ".xml", "application/xml", moodle_xml.read, moodle_xml.write),
        Format("qti", ".zip", "application/zip", qti.read, qti.write),
        Format("yaml", ".yaml", "application/yaml", exchange.read_yaml, exchange.write_yaml),
        Format("json", ".json", "application/json", exchange.read_json, exchange.write_json),
    )
}


def detect(content: bytes, filename: str = "") -> str:
    """The name of the format a file most likely has, by its content first. Raises Unreadable."""
    if len(content) > LARGEST:
        raise Unreadable("too_large", limit=LARGEST // 2**20)
    ending = filename.casefold().rpartition(".")[2] if "." in filename else ""
    if content[:2] == b"PK":
        with opened(content, "ZIP") as archive:
            names = set(archive.namelist())
        if "word/document.xml" in names:
            return "docx"
        if any(name.startswith("xl/") for name in names):
            return "xlsx"
        if any(name.casefold().endswith(".xml") for name in names):
            return "qti"
        raise Unreadable("unknown_format")
    if content[:4] == b"\xd0\xcf\x11\xe0":
        return "xlsx"
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):  # UTF-16
        content = decoded(content).encode()
    if re.match(rb"(?:\xef\xbb\xbf)?\s*<", content[:1000]):
        root = re.search(
            rb"<(?!\?|!)(?:\w+:)?(\w+)",
            re.sub(rb"<!DOCTYPE.*?\]>|<!--.*?-->", b"", content, flags=re.DOTALL),
        )
        return "moodle-xml" if root and root.group(1) in (b"quiz", b"question") else "qti"
    by_ending = {
        "yaml": "yaml",
        "yml": "yaml",
        "json": "json",
        "gift": "gift",
        "csv": "xlsx",
        "aiken": "aiken",
    }
    if ending in by_ending:
        return by_ending[ending]
    plain = decoded(content)
    if re.search(r"^\s*ANSWER\s*[:：]\s*[A-Za-zＡ-Ｚａ-ｚ]", plain, re.MULTILINE | re.IGNORECASE):
        return "aiken"
    braces = re.search(r"(?<!\\)\{(?:[^{}\\]|\\.)*\}", plain)
    if braces and not re.search(r"^\s*[【\[]?(?:参考|正确)?答案", plain, re.MULTILINE):
        return "gift"
    if re.match(r"\s*[\[{]", plain):
        return "json"
    if re.search(r"^\s*(?:-\s+)?(?:type|stem|questions):", plain, re.MULTILINE):
        return "yaml"
    return "text"


def read(name: str, content: bytes, filename: str = "") -> Reading:
    """Read a file; ``auto`` finds out the format. Raises Unreadable."""
    if len(content) > LARGEST:
        raise Unreadable("too_large", limit=LARGEST // 2**20)
    found = FORMATS.get(detect(content, filename) if name == "auto" else name)
    if found is None:
        raise Unreadable("unknown_format")
    return found.read(content)


def write(name: str, records: Sequence[Record]) -> Writing:
    """A file of these questions in a format of ``FORMATS``."""
    return FORMATS[name].write(records)
