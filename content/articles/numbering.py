"""Recognising numbered lines: 第三条, 第二章, 一、 （一） 1. (1), half- and full-width alike."""

import re
from dataclasses import dataclass

from content.articles.model import NodeKind

_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_HAN = "〇零一二两三四五六七八九十百千"
_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")

# "第十一条规定" at the start of a line speaks of an article; it does not begin one.
_SPOKEN_OF = r"(?!规定|规定的|的|第|所|中|款|和|及|至|、|，|,|或|与|、)"
_PATTERNS: tuple[tuple[NodeKind, re.Pattern[str]], ...] = (
    (NodeKind.BOOK, re.compile(rf"第\s*([{_HAN}\d０-９]{{1,7}})\s*编(?=\s|$)\s*")),
    (
        NodeKind.CHAPTER,
        re.compile(rf"第\s*([{_HAN}\d０-９]{{1,7}})\s*章{_SPOKEN_OF}\s*"),
    ),
    (
        NodeKind.SECTION,
        re.compile(rf"第\s*([{_HAN}\d０-９]{{1,7}})\s*节{_SPOKEN_OF}\s*"),
    ),
    (
        NodeKind.ARTICLE,
        re.compile(
            rf"第\s*([{_HAN}\d０-９]{{1,7}})\s*条(?:之([一二三四五六七八九十]{{1,3}}))?{_SPOKEN_OF}[\s:：]*"
        ),
    ),
    (NodeKind.HEADING, re.compile(rf"([{_HAN}]{{1,4}})、\s*")),
    (NodeKind.ITEM, re.compile(rf"[（(]\s*([{_HAN}]{{1,4}})\s*[)）]\s*")),
    (NodeKind.NUMBER, re.compile(r"([0-9０-９]{1,2})(?:[.．](?![0-9０-９])|、)\s*")),
    (NodeKind.SUBNUMBER, re.compile(r"[（(]\s*([0-9０-９]{1,2})\s*[)）]\s*")),
)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A line that begins with a number: its level, its number, the label and what follows."""

    kind: NodeKind
    number: int
    label: str
    rest: str
    inserted: int = 0  # 第五条之二 is article 5, inserted 2


def han_number(text: str) -> int | None:
    """Return the value of a Chinese or Arabic numeral below 10 000, or None when it is none.

    >>> han_number("二十三"), han_number("一百零五"), han_number("12"), han_number("二〇一九")
    (23, 105, 12, 2019)
    """
    text = text.translate(_FULL_WIDTH)
    if text.isascii() and text.isdigit():
        return int(text)
    if not any(c in _UNITS for c in text):
        if not text or any(c not in _DIGITS for c in text):
            return None
        return int("".join(str(_DIGITS[c]) for c in text))
    total, digit = 0, None
    for c in text:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif c in _UNITS:
            total += (1 if digit is None else digit) * _UNITS[c]
            digit = 0
        else:
            return None
    return total + (digit or 0)


def in_han(number: int) -> str:
    """A number from 1 to 999 as articles bear it.

    >>> in_han(15), in_han(20), in_han(105), in_han(110)
    ('十五', '二十', '一百零五', '一百一十')
    """
    digits = "零一二三四五六七八九"
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    said = f"{digits[hundreds]}百" if hundreds else ""
    if tens:
        said += f"{digits[tens] if tens > 1 or hundreds else ''}十"
    elif hundreds and ones:
        said += "零"
    return said + (digits[ones] if ones else "")


def numbered(line: str) -> Numbered | None:
    """Read the number a line begins with; None for a line without one."""
    for kind, pattern in _PATTERNS:
        found = pattern.match(line)
        if found is None:
            continue
        value = han_number(found[1])
        if not value:
            return None
        inserted = 0
        if kind is NodeKind.ARTICLE and found[2]:
            inserted = han_number(found[2]) or 0
        label = re.sub(r"[\s:：]+", "", found[0])
        return Numbered(kind, value, label, line[found.end() :].strip(), inserted)
    return None
