"""What may have been meant by a word that stands nowhere. Pure: values in, values out.

One thing is taken to have gone wrong: a character that sounds alike (党张 for 党章), two that changed places, one too
many, one missing, or any other one. Whether a word that is proposed here stands anywhere, the caller finds out.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from enum import IntEnum
from functools import lru_cache
from itertools import product
from string import ascii_lowercase, digits

from pypinyin import lazy_pinyin

SHORTEST = 2
LONGEST = 40
# Fewer characters than this say too little of a word for another one to stand in its place unasked.
_TELLING = 4
_LATIN = range(4, 13)
_BOTH_AT_MOST = 300
_OCCURRENCES = 60


class Change(IntEnum):
    """What went wrong, the likelier the higher."""

    SOUNDS = 1  # both characters of two
    OTHER = 2  # any other character
    MISSING = 3
    EXTRA = 4
    SWAPPED = 5
    SOUND = 6


def is_sure(term: str, change: Change) -> bool:
    """Whether places that hold the other word are shown at once, not only offered."""
    return change > Change.OTHER or len(term) >= _TELLING


def respelt(term: str, doubtful: Collection[int]) -> dict[str, Change]:
    """Folded words one step from a folded term, from the term alone.

    ``doubtful`` are the places of characters that may be wrong; elsewhere none is replaced by one that
    sounds alike.
    """
    if term.isascii():
        return _respelt_latin(term) if len(term) in _LATIN else {}
    found: dict[str, Change] = {}
    for at in range(1, len(term)):
        # At the ends nothing is dropped: what is left would stand in more places, and mean less.
        if term[at] == term[at - 1] or 0 < at < len(term) - 1:
            found[term[:at] + term[at + 1 :]] = Change.EXTRA
        found[term[: at - 1] + term[at] + term[at - 1] + term[at + 1 :]] = Change.SWAPPED
    for at in doubtful:
        for other in sounding_like(term[at]):
            found[term[:at] + other + term[at + 1 :]] = Change.SOUND
    if len(term) == SHORTEST:
        both = [_of_sound(_sound(char)) for char in term]
        if len(both[0]) * len(both[1]) <= _BOTH_AT_MOST:
            found = dict.fromkeys(map("".join, product(*both)), Change.SOUNDS) | found
    found.pop(term, None)
    return {word: change for word, change in found.items() if len(word) >= SHORTEST}


def _respelt_latin(term: str) -> dict[str, Change]:
    letters = ascii_lowercase if term.isalpha() else ascii_lowercase + digits
    found: dict[str, Change] = {}
    for at in range(len(term) + 1):
        head, tail = term[:at], term[at:]
        found |= dict.fromkeys((head + c + tail for c in letters), Change.MISSING)
        if tail:
            found |= dict.fromkeys((head + c + tail[1:] for c in letters), Change.OTHER)
            found[head + tail[1:]] = Change.EXTRA
        if len(tail) > 1:
            found[head + tail[1] + tail[0] + tail[2:]] = Change.SWAPPED
    found.pop(term, None)
    return found


def alike_in(term: str, text: str) -> dict[str, Change]:
    """Words of a folded text that are one step from a folded term of three characters or more."""
    found: dict[str, Change] = {}
    half = len(term) // 2
    left, right = term[:half], term[half:]
    if not left or len(term) <= SHORTEST:
        return found
    for at in _occurrences(left, text):
        begin = at + half
        for length in (len(right), len(right) + 1, len(right) - 1):
            _note(found, term, text[at : begin + length])
    for at in _occurrences(right, text):
        for length in (half, half + 1, half - 1):
            if at >= length:
                _note(found, term, text[at - length : at + len(right)])
    return found


def _note(found: dict[str, Change], term: str, word: str) -> None:
    change = change_between(term, word)
    if change is not None:
        found[word] = change


def _occurrences(piece: str, text: str) -> Iterator[int]:
    at = text.find(piece)
    for _ in range(_OCCURRENCES):
        if at < 0:
            return
        yield at
        at = text.find(piece, at + 1)


def change_between(typed: str, meant: str) -> Change | None:
    """The one thing that differs between two words; None for none, or for more."""
    same = 0
    while same < min(len(typed), len(meant)) and typed[same] == meant[same]:
        same += 1
    a, b = typed[same:], meant[same:]
    if len(a) == len(b):
        if len(a) >= 1 and a[1:] == b[1:] and a != b:
            return Change.SOUND if b[0] in sounding_like(a[0]) else Change.OTHER
        return Change.SWAPPED if len(a) > 1 and a[:2] == b[1::-1] and a[2:] == b[2:] else None
    if len(a) + 1 == len(b) and a and a == b[1:]:
        return Change.MISSING
    if len(a) == len(b) + 1 and b and a[1:] == b:
        return Change.EXTRA
    return None


# --- sounds -----------------------------------------------------------------------------------------


@lru_cache(maxsize=8000)
def sounding_like(char: str) -> str:
    """Common characters that sound like this one to most ears: zh as z, ang as an, the tone left out."""
    return _of_ear(_heard(_sound(char))).replace(char, "")


@lru_cache(maxsize=8000)
def _sound(char: str) -> str:
    return lazy_pinyin(char)[0]


def _heard(sound: str) -> str:
    for said, heard in (("zh", "z"), ("ch", "c"), ("sh", "s"), ("l", "n")):
        if sound.startswith(said):
            sound = heard + sound[len(said) :]
            break
    return sound.removesuffix("g") if sound.endswith("ng") else sound


def _of_sound(sound: str) -> str:
    return _common()[0].get(sound, "")


def _of_ear(heard: str) -> str:
    return _common()[1].get(heard, "")


@lru_cache(maxsize=1)
def _common() -> tuple[dict[str, str], dict[str, str]]:
    """The 3 755 characters of the first level of GB 2312 by their sound, and by how it is heard."""
    by_sound: dict[str, list[str]] = defaultdict(list)
    by_ear: dict[str, list[str]] = defaultdict(list)
    for row in range(0xB0, 0xD8):
        for cell in range(0xA1, 0xFF):
            char = bytes([row, cell]).decode("gb2312", errors="ignore")
            if char:
                by_sound[_sound(char)].append(char)
                by_ear[_heard(_sound(char))].append(char)
    return (
        {sound: "".join(chars) for sound, chars in by_sound.items()},
        {heard: "".join(chars) for heard, chars in by_ear.items()},
    )
