"""Reading WebVTT captions. Pure: text in, values out."""

import re
from dataclasses import dataclass

_TIME = r"(?:(\d{1,3}):)?([0-5]?\d):([0-5]\d)[.,](\d{3})"
_CUE = re.compile(rf"^\s*{_TIME}\s+-->\s+{_TIME}")
_TAG = re.compile(r"<[^<>]*>")


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
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.startswith("WEBVTT"):
        raise NotCaptions
    cues = []
    for block in re.split(r"\n{2,}", text):
        lines = block.strip().split("\n")
        for index, line in enumerate(lines[:2]):
            found = _CUE.match(line)
            if found:
                start, end = _seconds(found.groups()[:4]), _seconds(found.groups()[4:])
                said = _TAG.sub("", " ".join(lines[index + 1 :])).strip()
                if said and end > start:
                    cues.append(Cue(start, end, said))
                break
    return sorted(cues, key=lambda cue: cue.start)


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000
