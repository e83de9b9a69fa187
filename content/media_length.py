"""How long a lecture file lasts and whether all of it is there, read from the file itself. Pure.

Formats: ISO 14496-12 (mp4, m4a), Matroska/WebM, RIFF WAVE, Ogg (RFC 3533, 5334, 7845), MPEG audio layer III.
"""

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

_SEARCHED_BYTES = 64 * 1024


def length_seconds(file: BinaryIO, ending: str) -> int | None:
    """Whole seconds, rounded, at least one; None when the file does not say or is damaged.

    ``ending`` is the extension with its dot. The file is left at its beginning.
    """
    read = _READERS.get(ending)
    if read is None:
        return None
    try:
        file.seek(0)
        seconds = read(file)
    except (struct.error, ValueError, IndexError, ZeroDivisionError, OverflowError):
        seconds = None
    finally:
        file.seek(0)
    return max(1, round(seconds)) if seconds and 0 < seconds < 100 * 3600 else None


def is_cut_short(file: BinaryIO, ending: str) -> bool:
    """Whether the file ends before the parts it announces, as after a copy that broke off.

    Told of mp4, m4a, WebM and WAVE; the others do not announce their size. The file is left at its beginning.
    """
    ends_at = _ENDS.get(ending)
    if ends_at is None:
        return False
    try:
        file.seek(0)
        return ends_at(file) > _size(file)
    except (struct.error, IndexError):
        return True
    finally:
        file.seek(0)


def _size(file: BinaryIO) -> int:
    here = file.tell()
    size = file.seek(0, os.SEEK_END)
    file.seek(here)
    return size


# --- mp4 ----------------------------------------------------------------------------------------


def _boxes(file: BinaryIO, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, first byte and announced end of the boxes from here on."""
    at = file.tell()
    while at + 8 <= end:
        file.seek(at)
        size, name = struct.unpack(">I4s", file.read(8))
        head = 8
        if size == 1:
            (size,) = struct.unpack(">Q", file.read(8))
            head = 16
        elif size == 0:
            size = end - at
        if size < head:
            return
        yield name, at + head, at + size
        at += size


def _mp4(file: BinaryIO) -> float | None:
    size = _size(file)
    for name, first, end in _boxes(file, size):
        if name != b"moov":
            continue
        file.seek(first)
        for inner, start, _end in _boxes(file, min(end, size)):
            if inner == b"mvhd":
                file.seek(start)
                long = file.read(4)[0] == 1
                scale, duration = (
                    struct.unpack(">16xIQ", file.read(28))
                    if long
                    else struct.unpack(">8xII", file.read(16))
                )
                return float(duration / scale)
    return None


def _mp4_end(file: BinaryIO) -> int:
    """Without its index, which many programs write last, nothing of it can be played."""
    size = _size(file)
    ends = {name: end for name, _first, end in _boxes(file, size)}
    return max(ends.values()) if b"moov" in ends else size + 1


# --- WebM ---------------------------------------------------------------------------------------

_SEGMENT, _INFO, _SCALE, _DURATION = 0x18538067, 0x1549A966, 0x2AD7B1, 0x4489


def _vint(file: BinaryIO, *, keep_mark: bool) -> tuple[int, bool]:
    """A number of variable length, and whether it says that the size is unknown."""
    first = file.read(1)[0]
    length = 9 - first.bit_length()
    rest = file.read(length - 1)
    value = first if keep_mark else first & ((1 << (8 - length)) - 1)
    value = int.from_bytes(bytes([value]) + rest, "big")
    return value, not keep_mark and value == (1 << (7 * length)) - 1


def _webm(file: BinaryIO) -> float | None:
    end = _size(file)
    scale, duration = 1_000_000, None
    while file.tell() < min(end, _SEARCHED_BYTES):
        name, _ = _vint(file, keep_mark=True)
        size, unknown = _vint(file, keep_mark=False)
        if name in (_SEGMENT, _INFO):
            continue
        if unknown:
            break
        if name == _SCALE:
            scale = int.from_bytes(file.read(size), "big")
        elif name == _DURATION:
            (duration,) = struct.unpack(">d" if size == 8 else ">f", file.read(size))
        else:
            file.seek(size, os.SEEK_CUR)
    return None if duration is None else duration * scale / 1e9


def _webm_end(file: BinaryIO) -> int:
    for _element in range(2):  # the head, then the segment that holds all else
        name, _ = _vint(file, keep_mark=True)
        size, unknown = _vint(file, keep_mark=False)
        if name == _SEGMENT:
            return 0 if unknown else file.tell() + size
        file.seek(size, os.SEEK_CUR)
    return 0


# --- WAVE, Ogg, MP3 -----------------------------------------------------------------------------


def _wav_end(file: BinaryIO) -> int:
    file.seek(12)
    while len(head := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", head)
        if name == b"data":
            return file.tell() + size
        file.seek(size + size % 2, os.SEEK_CUR)
    return file.tell() + 1


def _wav(file: BinaryIO) -> float | None:
    file.seek(12)
    bytes_a_second = 0
    while len(head := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", head)
        if name == b"fmt ":
            (bytes_a_second,) = struct.unpack("<8xI", file.read(12))
            file.seek(size - 12, os.SEEK_CUR)
        elif name == b"data":
            return float(size / bytes_a_second)
        else:
            file.seek(size + size % 2, os.SEEK_CUR)
    return None


def _ogg(file: BinaryIO) -> float | None:
    head = file.read(_SEARCHED_BYTES)
    if (at := head.find(b"\x01vorbis")) >= 0:
        (rate,) = struct.unpack_from("<I", head, at + 12)
    elif b"OpusHead" in head:
        rate = 48_000
    else:
        return None
    file.seek(max(0, _size(file) - _SEARCHED_BYTES))
    tail = file.read()
    (samples,) = struct.unpack_from("<q", tail, tail.rindex(b"OggS") + 6)
    return float(samples / rate)


_BITRATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_BITRATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


def _mp3(file: BinaryIO) -> float | None:
    start = 0
    tag = file.read(10)
    if tag[:3] == b"ID3":
        start = 10 + sum((byte & 0x7F) << (7 * (3 - n)) for n, byte in enumerate(tag[6:10]))
    file.seek(start)
    head = file.read(_SEARCHED_BYTES)
    frames_at = (n for n in range(len(head) - 4) if head[n] == 0xFF and head[n + 1] & 0xE6 == 0xE2)
    if (at := next(frames_at, None)) is None:
        return None
    version = head[at + 1] >> 3 & 3
    rate = _RATES[version][head[at + 2] >> 2 & 3] if version != 1 else 0
    samples = 1152 if version == 3 else 576
    for mark in (b"Xing", b"Info"):
        if (place := head.find(mark, at, at + 200)) >= 0 and head[place + 7] & 1:
            (frames,) = struct.unpack_from(">I", head, place + 8)
            return float(frames * samples / rate)
    bitrate = (_BITRATES if version == 3 else _BITRATES_2)[head[at + 2] >> 4]
    return float((_size(file) - start - at) * 8 / (bitrate * 1000))


_READERS = {
    ".mp4": _mp4,
    ".m4a": _mp4,
    ".webm": _webm,
    ".wav": _wav,
    ".ogg": _ogg,
    ".oga": _ogg,
    ".mp3": _mp3,
}

_ENDS = {".mp4": _mp4_end, ".m4a": _mp4_end, ".webm": _webm_end, ".wav": _wav_end}
