"""What a PDF carries that a page to be read never needs. Pure: bytes in, a finding out.

A PDF is opened by the reader's browser or, once saved, by his own program. A script, a program to start, a form
that sends itself away and a file inside the file are looked for wherever a reader may come upon an object: at every
``N N obj`` of the file, even within a stream, and in the object streams, which are unpacked. Words in strings are
no names, so a link to …/JavaScript/… is none. What cannot be looked into is said to be so, never taken for clean.
"""

import re
import zlib
from collections.abc import Iterator
from enum import StrEnum

_MOST_UNPACKED = 64 * 1024 * 1024
_MOST_READ = 2_000_000  # names, brackets and strings: far more than pages have, a few seconds' work
_PIECE = 65536

# A comment may stand between the numbers and the word, so the word alone is looked for.
_OBJECT = re.compile(rb"(?<!end)obj|trailer")
_SPACE = rb"\0\t\n\f\r "
# A name is taken with the numbers after it, for speed; a string's end is looked for by counting.
_TOKEN = re.compile(
    rb"%[^\r\n]*|<<|>>|<[^<>]{0,65535}>|/([^" + _SPACE + rb"()<>\[\]{}/%]*)[^()<>\[\]{}/%]*"
    rb"|[()\[\]{}<>]|[^" + _SPACE + rb"()<>\[\]{}/%][^()<>\[\]{}/%]*"
)
_STRING_MARK = re.compile(rb"\\.|[()]", re.DOTALL)
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"(?:[" + _SPACE + rb"]|%[^\r\n]*)*stream\r?\n?")
_FIRST, _COUNT = (
    re.compile(rb"/" + key + rb"[" + _SPACE + rb"]+(\d{1,9})(?=[" + _SPACE + rb"]*[/>])")
    for key in (rb"First", rb"N")
)

_ACTIVE = {b"JavaScript", b"JS", b"Launch", b"ImportData", b"SubmitForm", b"RichMedia", b"XFA"}
_FILES = {b"EmbeddedFile", b"EmbeddedFiles"}
# What an object stream is read by; its /Type is not asked for by every reader.
_HOLDS_OBJECTS = {b"First", b"N"}
_UNPACKED_BY = {b"FlateDecode", b"Fl"}


class PdfFinding(StrEnum):
    """Why a PDF is not taken."""

    ACTIVE = "active"
    FILES = "files"
    ENCRYPTED = "encrypted"
    UNREADABLE = "unreadable"


class _Unreadable(Exception):
    """Laid out as no program lays out a PDF."""


def finding(data: bytes) -> PdfFinding | None:
    """The first thing found in a PDF that is not to be there; None for a page to be read."""
    try:
        for names in _every_object(data):
            if names & _ACTIVE:
                return PdfFinding.ACTIVE
            if names & _FILES:
                return PdfFinding.FILES
            if b"Encrypt" in names:
                return PdfFinding.ENCRYPTED
    except _Unreadable:
        # Objects in a protected file are packed first and protected then.
        return PdfFinding.ENCRYPTED if b"/Encrypt" in data else PdfFinding.UNREADABLE
    return None


def _every_object(data: bytes) -> Iterator[set[bytes]]:
    """The names in each object, whether it stands open or in an object stream."""
    allowance = _Allowance()
    unpacked = 0
    for start in _OBJECT.finditer(data):
        names, end = _names(data, start.end(), allowance)
        yield names
        if names >= _HOLDS_OBJECTS and (body := _STREAM.match(data, end)):
            held = _unpacked(names, data, body.end())
            unpacked += len(held)
            if unpacked > _MOST_UNPACKED:
                raise _Unreadable
            yield from _held_objects(held, data[start.end() : end], allowance)


def _unpacked(names: set[bytes], data: bytes, start: int) -> bytes:
    """An object stream's contents. Raises _Unreadable where it is packed as they never are."""
    packings = {name for name in names if name.endswith(b"Decode")} | names & _UNPACKED_BY
    if names & {b"DecodeParms", b"DP"} or (names & {b"Filter", b"F"} and not packings):
        raise _Unreadable  # a predictor would hide the names, and so would a filter told elsewhere
    if not packings:
        end = data.find(b"endstream", start)
        return data[start : end if end >= 0 else len(data)]
    if not packings <= _UNPACKED_BY:
        raise _Unreadable
    inflater, held = zlib.decompressobj(), bytearray()
    try:
        while not inflater.eof:
            piece = data[start : start + _PIECE]
            if not piece or len(held) > _MOST_UNPACKED:
                raise _Unreadable
            held += inflater.decompress(piece)
            start += len(piece)
    except zlib.error as error:
        raise _Unreadable from error
    return bytes(held)


def _held_objects(held: bytes, dictionary: bytes, allowance: "_Allowance") -> Iterator[set[bytes]]:
    """Its head says where each object begins; each is read from there, as a reader would."""
    first, count = (_FIRST.findall(dictionary), _COUNT.findall(dictionary))
    if len(first) != 1 or len(count) != 1:
        raise _Unreadable
    begin = int(first[0])
    head = held[:begin].split()
    if len(head) < 2 * int(count[0]) or not all(word.isdigit() for word in head):
        raise _Unreadable
    for offset in sorted({int(word) for word in head[1::2]}):
        yield _names(held, begin + offset, allowance)[0]


class _Allowance:
    """How much more is read; objects within objects could be laid out to cost hours."""

    def __init__(self) -> None:
        self.left = _MOST_READ

    def spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise _Unreadable


def _names(data: bytes, start: int, allowance: _Allowance) -> tuple[set[bytes], int]:
    """The names of the object that begins here, and where it ends."""
    found: set[bytes] = set()
    depth, at = 0, start
    while token := _TOKEN.search(data, at):
        word, at = token[0], token.end()
        allowance.spend()
        if word.startswith(b"%"):
            continue
        if token[1] is not None:
            found.add(_ESCAPED.sub(lambda code: bytes([int(code[1], 16)]), token[1]))
        elif word in (b"<<", b"["):
            depth += 1
        elif word in (b">>", b"]"):
            depth -= 1
        elif word == b"(":
            at = _after_string(data, at, allowance)
        if depth <= 0:
            break
    return found, at


def _after_string(data: bytes, start: int, allowance: _Allowance) -> int:
    depth = 1
    for mark in _STRING_MARK.finditer(data, start):
        allowance.spend()
        depth += {b"(": 1, b")": -1}.get(mark[0], 0)
        if depth == 0:
            return mark.end()
    return len(data)
