"""When two Chinese wordings of a short answer are the same."""

import re
import unicodedata
from decimal import Decimal

from exams.engine.hanzi import SIMPLIFY

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10**4, "亿": 10**8}
_NUMERAL = re.compile("[零〇一二三四五六七八九两十百千万亿]+")
_MIXED = re.compile(r"(\d+(?:\.\d+)?)([万亿]+)")
_GROUPED = re.compile(r"(?<![\d.])\d{1,3}(?:[,\s]\d{3})+(?![\d])")


def normalise(text: str, *, case_sensitive: bool = False) -> str:
    """The form in which two wordings are compared.

    Full-width letters and digits become half-width, letters lower case, traditional characters
    simplified, numerals digits (二十大 → 20大, 二〇二二年 → 2022年, 3万 → 30000); spaces and
    punctuation go, except what belongs to a number (3.14, −5, 50%). 五四 or 一二九 is a name, not
    a number: a run of two or three bare digits stays as it is written.
    """
    text = unicodedata.normalize("NFKC", text).translate(SIMPLIFY).replace("\u2212", "-")
    if not case_sensitive:
        text = text.casefold()
    text = _GROUPED.sub(lambda m: re.sub(r"[,\s]", "", m.group()), text)
    text = re.sub(r"(?<=\d)\s+(?=[万亿])", "", text)
    text = _NUMERAL.sub(lambda m: _arabic(m.group()), text)
    text = _MIXED.sub(_expand, text)
    kept = [char for index, char in enumerate(text) if _counts(text, index)]
    return "".join(kept)


def _counts(text: str, index: int) -> bool:
    """False for a space or punctuation mark that does not belong to a number."""
    char = text[index]
    before = text[index - 1] if index else ""
    after = text[index + 1] if index + 1 < len(text) else ""
    if char == ".":
        return before.isdigit() and after.isdigit()
    if char == "-":
        return after.isdigit() and not (before.isalnum() or before == ")")
    if char in "%‰":
        return before.isdigit() or after.isdigit()
    if char == "+":  # +5, C++, B+
        return before.isalnum() or after.isdigit() or before == "+"
    if char == "#":  # C#
        return before.isascii() and before.isalpha()
    return unicodedata.category(char)[0] not in "ZPC"


def _expand(match: re.Match[str]) -> str:
    value = Decimal(match.group(1))
    for unit in match.group(2):
        value *= _MYRIADS[unit]
    return format(value.normalize(), "f")


def _arabic(run: str) -> str:
    """Digits for one run of Chinese numerals; the run itself when it is not written as a number."""
    if all(char in _DIGITS for char in run):
        positional = "".join(str(_DIGITS[char]) for char in run)
        zero = "〇" in run or "零" in run
        return positional if len(run) == 1 or len(run) >= 4 or zero else run
    value = _composed(run)
    return run if value is None else str(value)


def _composed(run: str) -> int | None:
    """The number a run such as 三百零五万 stands for; None when its units are out of order."""
    if run[0] in _MYRIADS:  # 万 after an arabic numeral is left to the mixed rule
        return None
    total = section = digit = 0
    last_unit, last_myriad = 10_000, 10**12
    for char in run:
        if char in _DIGITS:
            if digit:
                return None
            digit = _DIGITS[char]
        elif char in _UNITS:
            unit = _UNITS[char]
            if unit >= last_unit:
                return None
            section += (digit or 1) * unit
            digit, last_unit = 0, unit
        else:
            myriad = _MYRIADS[char]
            if myriad >= last_myriad:
                return None
            total += (section + digit) * myriad
            section, digit, last_unit, last_myriad = 0, 0, 10_000, myriad
    return total + section + digit


def matches_wildcard(pattern: str, text: str, *, case_sensitive: bool = False) -> bool:
    """Does the text fit a pattern in which ``*`` stands for any run of characters?

    ``\\*`` is a star itself. Linear in the length of the text: the pieces between the stars are looked
    for from left to right.
    """
    parts = re.split(r"(?<!\\)\*+", pattern)
    pieces = [
        normalise(piece.replace("\\*", "*"), case_sensitive=case_sensitive) for piece in parts
    ]
    subject = normalise(text, case_sensitive=case_sensitive)
    if len(pieces) == 1:
        return subject == pieces[0]
    if not subject.startswith(pieces[0]):
        return False
    place = len(pieces[0])
    for piece in pieces[1:-1]:
        found = subject.find(piece, place)
        if found < 0:
            return False
        place = found + len(piece)
    return len(subject) - place >= len(pieces[-1]) and subject.endswith(pieces[-1])
