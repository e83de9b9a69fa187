"""The cleaning pass: lines become paragraphs, and what scanning broke is mended or doubted.

The pass is a fixed point: cleaning its own result changes nothing.
"""

import re
from dataclasses import dataclass

from content.articles.model import NodeKind, Reason, Remark, RemarkKind
from content.articles.numbering import Numbered, numbered

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_SNIPPET = 24

DATE_LINE = re.compile(
    r"^(\d{4}|[〇○零一二三四五六七八九]{4})\s*年\s*(\d{1,2}|[一二三四五六七八九十]{1,3})\s*月"
    r"\s*(\d{1,2}|[一二三四五六七八九十]{1,3})\s*日$"
)
NUMBER_LINE = re.compile(
    rf"^(?:[{_HAN}]{{1,16}})\s*[〔\[［【(（﹝]\s*(\d{{4}})\s*[〕\]］】)）﹞]\s*(?:第\s*)?(\d{{1,5}})\s*号$"
)
BANNER_LINE = re.compile(rf"^([{_HAN}（）()、]{{2,40}}?)文件$")
MARK_LINE = re.compile(
    r"^[（(]\s*(此件[^（()）]{1,20}|内部[^（()）]{0,10}|公开发布|秘密|机密)\s*[)）]$"
)
TITLE_KINDS = (
    "通知|意见|决定|决议|条例|规定|办法|规则|细则|准则|方案|规划|纲要|公告|公报|通报|批复|函|报告|"
    "章程|规程|制度|要点|计划|指引|标准|指南|清单|法"
)
TITLE_LINE = re.compile(
    rf"^[^。！？；]{{2,120}}(?:{TITLE_KINDS})(?:[（(][^（()）]{{1,12}}[)）])?[》」』”]?(?:的通知)?$"
)
_STAMP_LINE = re.compile(r"^\d{5,8}$")
_PAGE_LINE = re.compile(r"^(?:[-—–－·•]\s*){0,3}(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[-—–－·•]){0,3}$")
CONTENTS_LINE = re.compile(r"^目\s*[录次]$")
_FINISHED = "。！？；：…!?;:"
_CLOSING = "”’」』）)》】〕"
_WAITING = "，、,（(《“‘—"
_PROSE_FROM = 25
_PARAGRAPH_TO = 6000  # longer than any paragraph; what goes on is not joined
_HEADING_WRAPS_FROM = 18
_HEADING_TAIL_TO = 20
_STAMP_WITHIN = 4  # lines from the top
_CONTENTS_TO = 400  # lines

_AND = re.compile(rf"(?<=[{_HAN}”）》])\s*\band\b\s*(?=[{_HAN}“（《])", re.ASCII)
_SPACED = re.compile(r"(?<![\d.,])(\d{1,3}(?: \d{3}){1,4})(?![\d.,]| \d)")
_LETTER = re.compile(r"(?<=\d)[lI](?=\d)|(?<![A-Za-z\d])[lI](?=\d)|(?<=\d)[oO](?=\d)")
_GAP = re.compile(rf"(?<=[{_HAN}，。、；：“”《》（）])[ \u3000\t]+(?=[{_HAN}，。、；：“”《》（）])")
# A gap that parts two things stays: a document’s number from its title, a table’s from its name.
_PARTING = re.compile(r"(?:\d\s?号|^表[一二三四五六七八九十]{1,3})$")
# Half-width marks belong to figures and Latin words; beside a character they are left over from a keyboard.
_NARROW = re.compile(
    rf"(?<=[{_HAN}”’》）〕]) ?[,;:?!](?: ?(?=[{_HAN}“‘《（\d])|$)|(?<=[\dA-Za-z%])[,;:?!](?=[{_HAN}“‘《])"
)
_NARROW_PAIR = re.compile(rf"(?<=[{_HAN}”’》]) ?\(([^()]*[{_HAN}][^()]*)\)")
_WIDE = str.maketrans(",;:?!", "，；：？！", " ")
_SPEAKS_OF = re.compile(r"^第[〇零一二两三四五六七八九十百千\d]{1,7}[编章节条]")
_UNSEEN = re.compile(
    "[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u200b-\u200f\u2060\ufeff\ufffe\uffff]"
)


@dataclass(slots=True)
class Block:
    """One paragraph of the cleaned text and the source line it begins at."""

    line: int
    text: str


def snippet(text: str, *, end: bool = False) -> str:
    """A few characters to recognise a place by."""
    return text[-_SNIPPET:] if end else text[:_SNIPPET]


def clean(text: str) -> tuple[list[Block], list[Remark]]:
    """Return the paragraphs of the text with what was joined, dropped, mended."""
    remarks: list[Remark] = []
    blocks = settled(_lines(text), remarks)
    for block in blocks[:_STAMP_WITHIN]:
        if _STAMP_LINE.match(block.text):
            # The copy number stamped over the banner is kept, but it is no part of the text.
            remarks.append(Remark(RemarkKind.DROPPED, Reason.STAMP, block.line, block.text))
    return blocks, remarks


def settled(blocks: list[Block], remarks: list[Remark]) -> list[Block]:
    """Clean until it changes nothing.

    One mending may make room for another: a dropped page number lets a sentence close, a mended letter
    makes a number.
    """
    while True:
        before = [block.text for block in blocks]
        blocks = _without_contents(_without_page_numbers(blocks, remarks), remarks)
        blocks = _joined(blocks, remarks)
        for block in blocks:
            block.text = one_line(_mended(block, remarks))
        blocks = [block for block in blocks if block.text]
        if [block.text for block in blocks] == before:
            return blocks


def line_by_line(lines: list[tuple[int, str]], remarks: list[Remark]) -> list[Block]:
    """Lines of which none runs on into the next, mended: a number alone may be the year of the book."""
    blocks = [Block(number, one_line(line)) for number, line in lines]
    for block in blocks:
        block.text = one_line(_mended(block, remarks))
    return [block for block in blocks if block.text]


def numbered_lines(text: str) -> list[tuple[int, str]]:
    """The lines of a text as they are, counted from 1, whatever ends them."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub("[\u000b\u000c\u001c-\u001e\u0085\u2028\u2029]", "\n", text)
    return list(enumerate(text.split("\n"), start=1))


def _lines(text: str) -> list[Block]:
    lines = ((number, one_line(line)) for number, line in numbered_lines(text))
    return [Block(number, line) for number, line in lines if line]


def one_line(line: str) -> str:
    """A line without what is not seen and without marks of Markdown."""
    line = _UNSEEN.sub("", line).strip()
    line = re.sub(r"^(?:#{1,6}\s+|>\s+)+", "", line).replace("**", "").strip()
    return re.sub(r"[ \t\u00a0]+", " ", line)


def _without_page_numbers(blocks: list[Block], remarks: list[Remark]) -> list[Block]:
    kept = []
    for index, block in enumerate(blocks):
        stamp = _STAMP_LINE.match(block.text)
        if stamp and index < _STAMP_WITHIN:
            kept.append(block)
        elif stamp or _PAGE_LINE.match(block.text):
            remarks.append(Remark(RemarkKind.DROPPED, Reason.PAGE_NUMBER, block.line, block.text))
        else:
            kept.append(block)
    return kept


def _without_contents(blocks: list[Block], remarks: list[Remark]) -> list[Block]:
    """Drop tables of contents: from 目录 to where its first entry is met a second time.

    Read from the end, so that what follows a 目录 is settled when its turn comes.
    """
    kept: list[tuple[Block, Numbered | None]] = []  # the last block of the text first
    for block in reversed(blocks):
        if CONTENTS_LINE.match(block.text):
            again = _first_entry_again(kept)
            if again is not None:
                del kept[again + 1 :]
                remarks.append(
                    Remark(RemarkKind.DROPPED, Reason.CONTENTS, block.line, snippet(block.text))
                )
                continue
        kept.append((block, numbered(block.text)))
    return [block for block, _ in reversed(kept)]


def _first_entry_again(following: list[tuple[Block, Numbered | None]]) -> int | None:
    """Where in the reversed list the number of its last element stands a second time."""
    first = following[-1][1] if following else None
    if first is None:
        return None
    for index in range(len(following) - 2, max(len(following) - _CONTENTS_TO, 0) - 1, -1):
        again = following[index][1]
        if again and (again.kind, again.number) == (first.kind, first.number):
            return index
    return None


def _is_set_apart(text: str) -> bool:
    """A line of the title block: date, number, banner, mark, title."""
    return bool(
        DATE_LINE.match(text)
        or NUMBER_LINE.match(text)
        or BANNER_LINE.match(text)
        or MARK_LINE.match(text)
        or _STAMP_LINE.match(text)
        or TITLE_LINE.match(text)
    )


def _is_heading(text: str) -> bool:
    found = numbered(text)
    if found is None or found.kind in (NodeKind.ARTICLE, NodeKind.NUMBER, NodeKind.SUBNUMBER):
        return False
    return len(text) <= 60 and not any(c in text for c in "。；！？")


def _is_unfinished(text: str) -> bool:
    """Whether a sentence seems to run on past the end of this line."""
    last = text[-1]
    if len(text) >= _PARAGRAPH_TO:
        return False
    if last in _WAITING:
        return True
    if last in _FINISHED or _is_set_apart(text) or _is_heading(text):
        return False
    if last in _CLOSING and len(text) > 1 and text[-2] in _FINISHED:
        return False
    return len(text) >= _PROSE_FROM and any(c in text for c in "，。；、：,;")


def _joined(blocks: list[Block], remarks: list[Remark]) -> list[Block]:
    """Join what a page break tore apart, until nothing is left to join: a tail may have tails."""
    while True:
        fewer = _joined_once(blocks, remarks)
        if len(fewer) == len(blocks):
            return fewer
        blocks = fewer


def _joined_once(blocks: list[Block], remarks: list[Remark]) -> list[Block]:
    done: list[Block] = []
    for index, block in enumerate(blocks):
        following = blocks[index + 1].text if index + 1 < len(blocks) else ""
        reason = _why_join(done[-1].text, block.text, following) if done else None
        if reason is None:
            done.append(Block(block.line, block.text))
            continue
        before = done[-1]
        remarks.append(
            Remark(
                RemarkKind.JOINED,
                reason,
                block.line,
                snippet(before.text, end=True),
                snippet(block.text),
            )
        )
        glue = " " if _latin(before.text[-1]) and _latin(block.text[0]) else ""
        before.text = before.text + glue + block.text
    return done


def _latin(c: str) -> bool:
    return c.isascii() and c.isalnum()


def _why_join(before: str, text: str, following: str) -> Reason | None:
    if numbered(text) is not None or DATE_LINE.match(text) or MARK_LINE.match(text):
        return None
    if NUMBER_LINE.match(text) or BANNER_LINE.match(text) or text.startswith("附件"):
        return None
    if _is_unfinished(before):
        return Reason.BROKEN_SENTENCE
    if _SPEAKS_OF.match(text) and not (before[-1] in _FINISHED or _is_set_apart(before)):
        return Reason.BROKEN_SENTENCE if len(before) < _PARAGRAPH_TO else None
    plain = not any(c in text for c in "，。；：！？,;:!?")
    if (
        _is_heading(before)
        and before[-1] not in _FINISHED
        and len(before) >= _HEADING_WRAPS_FROM
        and len(text) <= _HEADING_TAIL_TO
        and plain
        and following
        and numbered(following) is not None
    ):
        return Reason.BROKEN_HEADING
    if (
        re.match(r"^(?:关于|中共|中国共产党)", before)
        and not _is_set_apart(before)
        and not any(c in before for c in "，。；：！？,;:!?")
        and len(before) + len(text) <= 80
        and plain
        and TITLE_LINE.match(text)
    ):
        return Reason.BROKEN_TITLE
    return None


def _mended(block: Block, remarks: list[Remark]) -> str:
    text = block.text
    text = _replace(text, _AND, "和", Reason.FOREIGN_AND, block.line, remarks)
    text = _replace(text, _SPACED, "", Reason.SPACED_DIGITS, block.line, remarks)
    text = _replace(text, _LETTER, "", Reason.LETTER_FOR_DIGIT, block.line, remarks)
    text = _widened(text, block.line, remarks)
    if _is_set_apart(text) or _is_heading(text) or len(text) > 40:
        found = numbered(text)
        head = text[: len(text) - len(found.rest)] if found else ""
        rest = text[len(head) :]
        closed = _GAP.sub(_closed, rest)
        if closed != rest:
            at = next(gap.start() for gap in _GAP.finditer(rest) if not _closed(gap))
            around = rest[max(0, at - 8) : at + 9]
            remarks.append(
                Remark(
                    RemarkKind.MENDED,
                    Reason.GAP_CLOSED,
                    block.line,
                    around,
                    _GAP.sub("", around),
                )
            )
            text = head + closed
    return text


def _closed(gap: re.Match[str]) -> str:
    before = gap.string[max(0, gap.start() - 6) : gap.start()]
    return " " if _PARTING.search(before) else ""


def _widened(text: str, line: int, remarks: list[Remark]) -> str:
    """Marks of half width within Chinese text as they are printed; the report names the first place."""
    pairs = _NARROW_PAIR.sub(r"（\1）", text)
    wide = _NARROW.sub(lambda mark: mark[0].translate(_WIDE), pairs)
    if wide != text and not any(remark.reason is Reason.HALF_WIDTH for remark in remarks):
        at = next(i for i, (old, new) in enumerate(zip(text, wide, strict=False)) if old != new)
        before, after = text[max(0, at - 8) : at + 9], wide[max(0, at - 8) : at + 9]
        remarks.append(Remark(RemarkKind.MENDED, Reason.HALF_WIDTH, line, before, after))
    return wide


def _replace(
    text: str,
    pattern: re.Pattern[str],
    with_: str,
    reason: Reason,
    line: int,
    remarks: list[Remark],
) -> str:
    """Replace until nothing is left to replace; every place is reported."""

    def one(found: re.Match[str]) -> str:
        new = with_
        if reason is Reason.SPACED_DIGITS:
            new = found[0].replace(" ", "")
        elif reason is Reason.LETTER_FOR_DIGIT:
            new = "0" if found[0] in "oO" else "1"
        left = found.string[max(0, found.start() - 8) : found.start()]
        right = found.string[found.end() : found.end() + 8]
        remarks.append(
            Remark(RemarkKind.MENDED, reason, line, left + found[0] + right, left + new + right)
        )
        return new

    while True:
        mended = pattern.sub(one, text)
        if mended == text:
            return text
        text = mended
