"""The lines of a handbook or a collection: its table of contents, and paragraphs and tables made of the rest."""

import re
from collections import Counter

from content.articles.mend import CONTENTS_LINE, Block, one_line, settled, snippet
from content.articles.model import NodeKind, Reason, Remark, RemarkKind
from content.articles.numbering import numbered

_CONTENTS_TO = 500
_CONTENTS_GAP = 6
# 党务公开制度	114 · 组织部门部风建设.....211 · 前言 ( 1 ) · …… 张国平 (223)
_ENTRY = re.compile(r"^(.*?\S)\s*(?:\t\s*|[.…·]{2,}\s*|\s)[（(]?\s*\d{1,4}\s*[)）]?$")
_ENTRY_END = re.compile(
    r"(?:\t\s*\d{1,4}|[.…·]{2,}\s*[（(]?\s*\d{1,4}\s*[)）]?|[（(]\s*\d{1,4}\s*[)）])$"
)
_CONTINUED = re.compile(r"^[（(]?\s*续\s*表\s*[)）]?$")
FRONT = re.compile(
    r"^(?:前\s*言|序\s*言?|代\s*序|引\s*言|绪\s*论|后\s*记|结\s*束\s*语|编\s*者\s*的\s*话|出\s*版\s*说\s*明)$"
)
CASE = re.compile(r"^案\s*例\s*([0-9]{1,3}|[一二三四五六七八九十]{1,3})\s*[:：、.．]?\s*(.{2,70})$")
HEADING_TO = 60
NUMBER_HEADING_TO = 45
_RUBRIC_TO = 8
_HAN_ONLY = re.compile("^[\u4e00-\u9fff]+$")


def looks_like_heading(text: str, longest: int = HEADING_TO) -> bool:
    """Whether a line is short enough for a heading, in characters, and no sentence or part of one."""
    return 1 < len(text) <= longest and text[-1] not in "。；;！？，,、：:" and "。" not in text


def contents(lines: list[tuple[int, str]]) -> tuple[tuple[int, int], list[str]]:
    """Where the table of contents stands, as indices into the lines, and its entries without page numbers."""
    for start, (_, line) in enumerate(lines):
        if not CONTENTS_LINE.match(one_line(line)):
            continue
        last, entries, held = start, [], ""
        for index in range(start + 1, min(start + _CONTENTS_TO, len(lines))):
            line = lines[index][1].strip()
            if not line:
                continue
            if _ENTRY_END.search(line):
                found = _ENTRY.match(line)
                name = held + re.sub(r"[.…·]{2,}", " ", found[1] if found else line)
                entries.append(one_line(name))
                last, held = index, ""
            elif index - last > _CONTENTS_GAP or len(line) > 80:
                break
            else:
                held += line
        if len(entries) >= 3:
            return (start, last + 1), entries
    return (0, 0), []


def hints_of(lines: list[tuple[int, str]]) -> dict[int, int]:
    """Which lines Markdown makes headings, and of which level."""
    found = {}
    for number, line in lines:
        mark = re.match(r"\s*(#{1,6})\s+\S", line)
        if mark:
            found[number] = len(mark[1])
    return found


def rubrics_of(lines: list[tuple[int, str]]) -> set[str]:
    """Short lines that stand in most chapters: 要点, 案例. They part a chapter and are never joined to it."""
    words = [one_line(line) for _, line in lines]
    chapters = sum(
        (mark := numbered(line)) is not None and mark.kind is NodeKind.CHAPTER for line in words
    )
    times = Counter(
        w for w in words if len(w) <= _RUBRIC_TO and _HAN_ONLY.match(w) and not FRONT.match(w)
    )
    return {word for word, n in times.items() if chapters >= 3 and n >= 3 and n * 2 >= chapters}


def blocks_of(
    lines: list[tuple[int, str]], rubrics: set[str], remarks: list[Remark]
) -> list[Block]:
    """Paragraphs, mended; rubrics and rows of tables as they are, with ``\\t`` between the cells."""
    blocks: list[Block] = []
    text: list[Block] = []
    rows: list[Block] = []
    filled = [(number, line) for number, line in lines if line.strip()]
    for index, (number, line) in enumerate(filled):
        beside = [filled[i][1] for i in (index - 1, index + 1) if 0 <= i < len(filled)]
        if "\t" in line.strip("\n") and any("\t" in other for other in beside):
            blocks += settled(text, remarks)
            text = []
            rows.append(Block(number, "\t".join(one_line(c) for c in line.rstrip().split("\t"))))
            continue
        if rows:
            if _CONTINUED.match(one_line(line)):
                remarks.append(
                    Remark(RemarkKind.JOINED, Reason.TABLE_CONTINUED, number, one_line(line))
                )
                continue
            blocks += _table(rows, remarks)
            rows = []
        cleaned = one_line(line)
        after_rubric = (
            bool(blocks) and not text and "案例" in blocks[-1].text and blocks[-1].text in rubrics
        )
        marked = re.match(r"\s*#{1,6}\s", line)
        if cleaned in rubrics or after_rubric or marked or _stands_alone(cleaned):
            blocks += [*settled(text, remarks), *settled([Block(number, cleaned)], remarks)]
            text = []
        elif cleaned:
            text.append(Block(number, cleaned))
    blocks += _table(rows, remarks)
    blocks += settled(text, remarks)
    return blocks


def _stands_alone(line: str) -> bool:
    """A heading that may be long, with a comma, and is yet no torn sentence: 案例 2 …, 3. …"""
    if FRONT.match(line):
        return True
    if CASE.match(line):
        return looks_like_heading(line, 80)
    mark = numbered(line)
    points = mark is not None and mark.kind is NodeKind.NUMBER
    return bool(points and mark and looks_like_heading(mark.rest, NUMBER_HEADING_TO))


def _table(rows: list[Block], remarks: list[Remark]) -> list[Block]:
    """The rows of one table; its head, printed anew after a page, stands once."""
    if not rows:
        return []
    kept = [rows[0], *(row for row in rows[1:] if row.text != rows[0].text)]
    if len({row.text.rstrip("\t").count("\t") for row in kept}) > 1:
        remarks.append(
            Remark(RemarkKind.DOUBTED, Reason.TABLE_UNEVEN, rows[0].line, snippet(rows[0].text))
        )
    return kept
