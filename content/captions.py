"""Reading WebVTT captions. Pure: text in, values out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TIME = r"(?:(\d{1,3}):)?([0-5]?\d):([0-5]\d)[.,](\d{3})"
_CUE = re.compile(rf"^\s*{_TIME}\s+-->\s+{_TIME}")
_TAG = re.compile(r"<[^<>]*>")
_BLOCK = re.compile(r"\S.*(?:\n.*\S.*)*")
_NO_CUES = ("NOTE", "STYLE", "REGION")


class NotCaptions(ValueError):
    """The text is no WebVTT file."""


@dataclass(frozen=True, slots=True)
class Cue:
    """What is said from ``start`` to ``end``, in seconds."""

    start: float
    end: float
    text: str


def parse_vtt(text: str) -> list[Cue]:
    """Return the cues in order. Raises NotCaptions for a text that is no WebVTT file."""
    cues = [cue for _line, cue in _read(text) if cue and cue.text]
    return sorted(cues, key=lambda cue: cue.start)


def unread_lines(text: str) -> list[int]:
    """The numbers of the lines that begin neither a caption nor a note; a player passes over them in silence.

    Raises NotCaptions.
    """
    return [line for line, cue in _read(text) if cue is None]


def _read(text: str) -> Iterator[tuple[int, Cue | None]]:
    """The first line of each block, and the cue it is; None where it ought to be one."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.startswith("WEBVTT"):
        raise NotCaptions
    for block in _BLOCK.finditer(text):
        lines = block[0].split("\n")
        cue = _cue(lines)
        # The head may have lines of its own, and a first caption right below it.
        if cue or (block.start() > 0 and not lines[0].startswith(_NO_CUES)):
            yield text.count("\n", 0, block.start()) + 1, cue


def _cue(lines: list[str]) -> Cue | None:
    for index, line in enumerate(lines[:2]):  # a name may stand above the times
        if found := _CUE.match(line):
            start, end = _seconds(found.groups()[:4]), _seconds(found.groups()[4:])
            said = _TAG.sub("", " ".join(lines[index + 1 :])).strip()
            return Cue(start, end, said) if end > start else None
    return None


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000


def as_played(text: str) -> str:
    """The captions as a player reads them: it passes over times with a comma, which other files have."""
    lines = text.split("\n")
    return "\n".join(line.replace(",", ".", 2) if _CUE.match(line) else line for line in lines)


def clock(seconds: float) -> str:
    """Seconds as a player shows them: 75 → 1:15."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"
