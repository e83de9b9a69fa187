"""Two wordings side by side: where one says what the other does not. Pure: texts in, pieces out."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from content.words import squeeze

Pieces = list[tuple[str, bool]]
# Beyond it characters are compared sentence by sentence: the time grows with the square of the length.
_BY_CHARACTER_TO = 1500
# Two wordings that share less are another text; marking every other character would say nothing.
_ALIKE = 0.35
_SHORT = 2


class Change(StrEnum):
    """What happened to an article between two editions."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Wording:
    """An article of one edition: how it is found, how it is called, what it says."""

    anchor: str
    number: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """An article in both editions. Each piece says whether it stands in this edition alone."""

    anchor: str
    number: str
    change: Change
    old: Pieces
    new: Pieces


def compare(old: Sequence[Wording], new: Sequence[Wording]) -> list[Row]:
    """Articles in the order of the new edition, what was dropped at the place it stood."""
    before = {wording.anchor: wording for wording in old}
    after = {wording.anchor: wording for wording in new}
    rows: list[Row] = []
    dropped_after: dict[str, list[Wording]] = {}
    last_kept = ""
    for wording in old:
        if wording.anchor in after:
            last_kept = wording.anchor
        else:
            dropped_after.setdefault(last_kept, []).append(wording)
    rows += [_dropped(wording) for wording in dropped_after.pop("", [])]
    for wording in new:
        was = before.get(wording.anchor)
        if was is None:
            rows.append(
                Row(wording.anchor, wording.number, Change.ADDED, [], [(wording.text, True)])
            )
        elif squeeze(was.text) == squeeze(wording.text):
            same = [(wording.text, False)]
            rows.append(Row(wording.anchor, wording.number, Change.SAME, same, same))
        else:
            left, right = differences(was.text, wording.text)
            rows.append(Row(wording.anchor, wording.number, Change.CHANGED, left, right))
        rows += [_dropped(gone) for gone in dropped_after.pop(wording.anchor, [])]
    return rows


def _dropped(wording: Wording) -> Row:
    return Row(wording.anchor, wording.number, Change.DROPPED, [(wording.text, True)], [])


def differences(old: str, new: str) -> tuple[Pieces, Pieces]:
    """The two texts in pieces; joined they are the texts again."""
    by_character = max(len(old), len(new)) <= _BY_CHARACTER_TO
    left = list(old) if by_character else _sentences(old)
    right = list(new) if by_character else _sentences(new)
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return [(old, True)] * bool(old), [(new, True)] * bool(new)
    was: Pieces = []
    now: Pieces = []
    for kind, a, b, c, d in matcher.get_opcodes():
        # One or two characters that agree by chance between two changes are no agreement.
        chance = kind == "equal" and by_character and b - a < _SHORT and a > 0 and b < len(left)
        differs = kind != "equal" or chance
        _add(was, "".join(left[a:b]), differs)
        _add(now, "".join(right[c:d]), differs)
    return was, now


def _add(pieces: Pieces, text: str, differs: bool) -> None:
    if not text:
        return
    if pieces and pieces[-1][1] == differs:
        pieces[-1] = (pieces[-1][0] + text, differs)
    else:
        pieces.append((text, differs))


def _sentences(text: str) -> list[str]:
    parts, begin = [], 0
    for at, char in enumerate(text):
        if char in "。；，！？\n":
            parts.append(text[begin : at + 1])
            begin = at + 1
    return [*parts, text[begin:]] if begin < len(text) else parts
