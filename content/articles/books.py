"""Reading what is more than one policy text: a handbook, a collection of papers, a report of several texts.

The numbering of such a source begins anew in every chapter, section, case and paper, and a number is only taken for a
heading when its line looks like one; lists inside a paragraph stay its text. Tables come as lines of cells parted by
tabs; they stay so in ``Node.text``.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from content.articles.mend import (
    CONTENTS_LINE,
    Block,
    line_by_line,
    numbered_lines,
    one_line,
    settled,
    snippet,
)
from content.articles.model import Form, Node, NodeKind, ParsedPolicy, Reason, Remark, RemarkKind
from content.articles.numbering import Numbered, han_number, numbered

_CONTENTS_TO = 500
_CONTENTS_GAP = 6
# 党务公开制度	114 · 组织部门部风建设.....211 · 前言 ( 1 ) · …… 张国平 (223)
_ENTRY = re.compile(r"^(.*?\S)\s*(?:\t\s*|[.…·]{2,}\s*|\s)[（(]?\s*\d{1,4}\s*[)）]?$")
_ENTRY_END = re.compile(
    r"(?:\t\s*\d{1,4}|[.…·]{2,}\s*[（(]?\s*\d{1,4}\s*[)）]?|[（(]\s*\d{1,4}\s*[)）])$"
)
_CONTINUED = re.compile(r"^[（(]?\s*续\s*表\s*[)）]?$")
_FRONT = re.compile(
    r"^(?:前\s*言|序\s*言?|代\s*序|引\s*言|绪\s*论|后\s*记|结\s*束\s*语|编\s*者\s*的\s*话|出\s*版\s*说\s*明)$"
)
_CASE = re.compile(
    r"^案\s*例\s*([0-9]{1,3}|[一二三四五六七八九十]{1,3})\s*[:：、.．]?\s*(.{2,70})$"
)
_APPENDIX = re.compile(
    r"^附\s*(?:录|件|例|表)?\s*[0-9一二三四五六七八九十]{0,3}\s*(?:[:：].{2,60}|[（(].{2,40}[)）])?$"
)
# Title / author. — place: publisher, year, as it is printed on the back of a title page
_CATALOGUED = re.compile(r"^(.{2,60}?)\s*/\s*(.{2,60}?)\s*(?:主编|编著|编|著)?[.．]\s*[—\-]")
_HEADING_TO = 60
_NUMBER_HEADING_TO = 45
_RUBRIC_TO = 8
_NEW_TEXT_GAP = 4  # lines of the source
_HAN_ONLY = re.compile("^[\u4e00-\u9fff]+$")

_DEPTH = {
    NodeKind.FRONT: 0, NodeKind.TEXT: 0, NodeKind.BOOK: 1, NodeKind.CHAPTER: 2, NodeKind.SECTION: 3,
    NodeKind.CASE: 4, NodeKind.APPENDIX: 4, NodeKind.HEADING: 5, NodeKind.ITEM: 6, NodeKind.NUMBER: 7,
}  # fmt: skip
_LETTER = {
    NodeKind.FRONT: "f", NodeKind.TEXT: "t", NodeKind.BOOK: "b", NodeKind.CHAPTER: "c", NodeKind.SECTION: "s",
    NodeKind.CASE: "e", NodeKind.APPENDIX: "x", NodeKind.HEADING: "p", NodeKind.ITEM: "i", NodeKind.NUMBER: "n",
}  # fmt: skip
_COUNTED = (
    NodeKind.BOOK,
    NodeKind.CHAPTER,
    NodeKind.SECTION,
    NodeKind.HEADING,
    NodeKind.ITEM,
    NodeKind.NUMBER,
)


def form_of(text: str) -> Form:
    """Guess how the source is built; an editor may say otherwise."""
    lines = [one_line(line) for _, line in numbered_lines(text)]
    marks = [mark for line in lines if line and (mark := numbered(line)) is not None]
    kinds = Counter(mark.kind for mark in marks if _looks_like_heading(mark.rest))
    articles = sum(mark.kind is NodeKind.ARTICLE for mark in marks)
    entries = _contents(numbered_lines(text))[1]
    unnumbered = sum(
        numbered(e) is None and not _FRONT.match(e) and not _CASE.match(e) for e in entries
    )
    if unnumbered * 2 > len(entries):
        return Form.PAPERS
    if kinds[NodeKind.CHAPTER] >= 2 and articles < 2 * kinds[NodeKind.CHAPTER]:
        return Form.HANDBOOK
    headings = [
        m.number for m in marks if m.kind is NodeKind.HEADING and _looks_like_heading(m.rest)
    ]
    restarts = sum(number == 1 and before >= 3 for before, number in pairwise(headings))
    if restarts and articles < 2 and not kinds[NodeKind.CHAPTER]:
        return Form.REPORT
    return Form.POLICY


def parse_book(text: str, form: Form) -> ParsedPolicy:
    """Take the source apart. Total, as ``parse`` is.

    Anchors: 第N章 ``cN``, 第N节 ``cN-sM``, 案例N ``…-eN``, 一、 ``…-pN``, （一） ``…-iN``, 1. ``…-nN``, each after what it stands
    in; the texts of a collection ``tN``; 前言, 后记 and title pages ``fN``; 附录 ``…-xN``.
    """
    remarks: list[Remark] = []
    lines = numbered_lines(text)
    (begin, end), entries = _contents(lines)
    if entries:
        remarks.append(
            Remark(RemarkKind.DROPPED, Reason.CONTENTS, lines[begin][0], f"{len(entries)}")
        )
    rubrics = _rubrics(lines) if form is Form.HANDBOOK else set()
    # A title page and an imprint are lines that stand each for itself; the preface after them is prose.
    preface = next((n for n in range(begin) if _FRONT.match(one_line(lines[n][1]))), begin)
    before = line_by_line(lines[:preface], remarks) if entries else []
    before += _blocks(lines[preface:begin], rubrics, remarks) if entries else []
    after = _blocks(lines[end:] if entries else lines, rubrics, remarks)
    reader = _Reader(form, entries, remarks, _hints(lines), rubrics)
    reader.front(before)
    reader.read(after)
    if entries and form is Form.PAPERS:
        reader.doubt_what_is_missing(lines[begin][0])
    if not reader.title:
        remarks.append(Remark(RemarkKind.DOUBTED, Reason.NO_TITLE, 0, ""))
    return ParsedPolicy(
        title=reader.title,
        form=form,
        issuer=reader.author,
        nodes=tuple(
            part.closed() for part in reader.done if part.lines or part.heading or part.is_host
        ),
        report=tuple(sorted(remarks, key=lambda remark: remark.line)),
        blocks=tuple(block.text for block in (*before, *after)),
    )


# --- the table of contents ----------------------------------------------------------------------


def _contents(lines: list[tuple[int, str]]) -> tuple[tuple[int, int], list[str]]:
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


# --- lines to paragraphs and tables --------------------------------------------------------------


def _hints(lines: list[tuple[int, str]]) -> dict[int, int]:
    """Which lines Markdown makes headings, and of which level."""
    found = {}
    for number, line in lines:
        mark = re.match(r"\s*(#{1,6})\s+\S", line)
        if mark:
            found[number] = len(mark[1])
    return found


def _rubrics(lines: list[tuple[int, str]]) -> set[str]:
    """Short lines that stand in most chapters: 要点, 案例. They part a chapter and are never joined to it."""
    words = [one_line(line) for _, line in lines]
    chapters = sum(
        (mark := numbered(line)) is not None and mark.kind is NodeKind.CHAPTER for line in words
    )
    times = Counter(
        w for w in words if len(w) <= _RUBRIC_TO and _HAN_ONLY.match(w) and not _FRONT.match(w)
    )
    return {word for word, n in times.items() if chapters >= 3 and n >= 3 and n * 2 >= chapters}


def _blocks(lines: list[tuple[int, str]], rubrics: set[str], remarks: list[Remark]) -> list[Block]:
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
    if _FRONT.match(line):
        return True
    if _CASE.match(line):
        return _looks_like_heading(line, 80)
    mark = numbered(line)
    points = mark is not None and mark.kind is NodeKind.NUMBER
    return bool(points and mark and _looks_like_heading(mark.rest, _NUMBER_HEADING_TO))


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


# --- parts ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Part:
    kind: NodeKind
    anchor: str
    label: str
    heading: str
    parent: str
    depth: int
    lines: list[str] = field(default_factory=list)
    last: dict[NodeKind, int] = field(default_factory=dict)
    nested: dict[NodeKind, int] = field(default_factory=dict)
    is_host: bool = False

    def closed(self) -> Node:
        return Node(
            self.anchor, self.kind, self.label, self.heading, "\n".join(self.lines), self.parent
        )


def _looks_like_heading(text: str, longest: int = _HEADING_TO) -> bool:
    return 1 < len(text) <= longest and text[-1] not in "。；;！？，,、：:" and "。" not in text


def _bare(text: str) -> str:
    return re.sub(r"[\s—\-…·.《》“”\"（）(),，:：;；]", "", text)


class _Reader:
    """Reads paragraphs into parts, one after the other."""

    def __init__(
        self,
        form: Form,
        entries: list[str],
        remarks: list[Remark],
        hints: dict[int, int],
        rubrics: set[str],
    ) -> None:
        self.form = form
        self.entries = [_bare(entry) for entry in entries]
        self.remarks = remarks
        self.hints = hints
        self.done: list[_Part] = []
        self.path: list[_Part] = []
        self.taken: set[str] = set()
        self.counts: Counter[NodeKind] = Counter()
        self.met: set[int] = set()
        self.title = self.author = ""
        self.rubrics = rubrics

    # -- title pages

    def front(self, blocks: list[Block]) -> None:
        """What stands before the contents: the title, who made the book, a preface."""
        for block in blocks:
            found = _CATALOGUED.match(block.text)
            if found and not self.title:
                self.title, self.author = re.sub(r"\s+", "", found[1]), re.sub(r"\s+", "", found[2])
        for index, block in enumerate(blocks):
            if not self.title and index < 4 and _looks_like_heading(block.text):
                self.title = block.text
            if _FRONT.match(block.text):
                self._open(NodeKind.FRONT, "", re.sub(r"\s+", "", block.text))
            elif self.path:
                self._add(block.text)
            else:
                self._open(NodeKind.FRONT, "", "").lines.append(block.text)

    # -- the text

    def read(self, blocks: list[Block]) -> None:
        if self.form is Form.REPORT and blocks:
            self.title = self.title or (
                blocks[0].text if _looks_like_heading(blocks[0].text) else ""
            )
            self._open(NodeKind.TEXT, "", self.title)
            blocks = blocks[1:] if self.title == blocks[0].text else blocks
        starts = self._further_texts(blocks) if self.form is Form.REPORT else set()
        skip = False
        for index, block in enumerate(blocks):
            if skip:
                skip = False
            elif index in starts:
                skip = self._begin_text(block)
            elif "\t" in block.text:
                self._add(block.text)
            elif block.text in self.rubrics:
                following = blocks[index + 1].text if index + 1 < len(blocks) else ""
                skip = self._begin_rubric(block.text, following)
            elif not self._begins(block):
                self._add(block.text)

    def _begins(self, block: Block) -> bool:
        text = block.text
        if _FRONT.match(text):
            self._open(NodeKind.FRONT, "", re.sub(r"\s+", "", text))
            return True
        if self._is_paper(block):
            self._open(NodeKind.TEXT, "", text)
            return True
        if (case := _CASE.match(text)) and _looks_like_heading(text, 80):
            self._open(NodeKind.CASE, f"案例{case[1]}", case[2], number=han_number(case[1]) or 0)
            return True
        if self.path and self.form is Form.HANDBOOK and _APPENDIX.match(text):
            self._open(NodeKind.APPENDIX, "", text)
            return True
        mark = numbered(text)
        if mark is None or mark.kind not in _COUNTED:
            return False
        longest = _NUMBER_HEADING_TO if mark.kind is NodeKind.NUMBER else _HEADING_TO
        if not _looks_like_heading(mark.rest, longest):
            return False
        return self._begin_numbered(block, mark)

    def _is_paper(self, block: Block) -> bool:
        if self.form is not Form.PAPERS or len(block.text) > 120 or numbered(block.text):
            return False
        bare = _bare(block.text)
        if len(bare) < 6:
            return False
        for number, entry in enumerate(self.entries):
            if entry.startswith(bare) and number not in self.met:
                self.met.add(number)
                return True
        return not self.entries and self.hints.get(block.line) == 1

    def _begin_numbered(self, block: Block, mark: Numbered) -> bool:
        host = self._host(mark)
        if host and host.kind is NodeKind.APPENDIX:
            return False  # a list of documents, a form: nothing that is cited by its number
        last = host.last.get(mark.kind, 0) if host else self._last_of_all(mark.kind)
        nested = host.nested.get(mark.kind) if host else None
        expected = mark.number == last + 1
        if nested is not None and mark.number == nested + 1 and not expected and host:
            host.nested[mark.kind] = mark.number
            return False
        if not expected:
            if last < mark.number <= last + 3 and last:
                self._doubt(Reason.NUMBER_SKIPPED, block)
            elif mark.kind in (NodeKind.BOOK, NodeKind.CHAPTER, NodeKind.SECTION):
                self._doubt(Reason.NUMBER_REPEATED if last else Reason.NUMBER_SKIPPED, block)
            elif mark.kind is NodeKind.NUMBER and mark.number == 1:
                pass  # points are counted anew under what is not itself numbered
            else:
                if host:
                    host.nested[mark.kind] = mark.number
                self._doubt(Reason.LIST_INSIDE, block)
                return False
        if host:
            host.last[mark.kind] = mark.number
            host.nested.pop(mark.kind, None)
            while self.path and self.path[-1] is not host:
                self.path.pop()
        self._open(mark.kind, mark.label, mark.rest, number=mark.number)
        return True

    def _host(self, mark: Numbered) -> _Part | None:
        """The part inside which the number counts: the nearest above its level in which it is the next."""
        above = [part for part in self.path if part.depth < _DEPTH[mark.kind]]
        if not above:
            return None
        nearest = above[-1]
        for outer in reversed(above[:-1]):
            # After a case or an annex the text it interrupts goes on.
            if nearest.kind not in (NodeKind.CASE, NodeKind.APPENDIX):
                break
            before = outer.last.get(mark.kind, 0)
            next_outside = mark.kind is NodeKind.HEADING and before and mark.number == before + 1
            next_inside = mark.number == nearest.last.get(mark.kind, 0) + 1
            if next_outside and (not next_inside or nearest.kind is NodeKind.APPENDIX):
                return outer
        return nearest

    def _last_of_all(self, kind: NodeKind) -> int:
        return self.counts[kind]

    def _begin_rubric(self, rubric: str, following: str) -> bool:
        """A line that stands in every chapter: 要点, 案例. Whether the next line was taken as its title."""
        if "案例" not in rubric:
            self._open(NodeKind.SECTION, "", rubric)
            return False
        titled = _looks_like_heading(following, 80) and numbered(following) is None
        self._open(
            NodeKind.CASE, rubric, following if titled else "", depth=_DEPTH[NodeKind.SECTION]
        )
        return titled

    def _further_texts(self, blocks: list[Block]) -> set[int]:
        """Where, in a report, the numbering begins anew: the paragraph after the last wide gap before it."""
        starts, last, begun = set(), 0, 0
        for index, block in enumerate(blocks):
            mark = numbered(block.text)
            if (
                mark is None
                or mark.kind is not NodeKind.HEADING
                or not _looks_like_heading(mark.rest)
            ):
                continue
            if mark.number == 1 and last >= 2:
                wide = [
                    i
                    for i in range(begun + 1, index)
                    if blocks[i].line - blocks[i - 1].line >= _NEW_TEXT_GAP
                ]
                starts.add(wide[-1] if wide else index)
            last, begun = mark.number, index
        return starts

    def _begin_text(self, block: Block) -> bool:
        titled = _looks_like_heading(block.text) and numbered(block.text) is None
        if not titled:
            self._doubt(Reason.TEXT_WITHOUT_TITLE, block)
        self._open(NodeKind.TEXT, "", block.text if titled else "")
        if not titled:
            mark = numbered(block.text)
            if mark is None or not self._begin_numbered(block, mark):
                self._add(block.text)
        return False

    def doubt_what_is_missing(self, line: int) -> None:
        """Entries of the contents whose text was not met, in one remark: it is one file that lacks them."""
        missing = [
            snippet(entry)
            for number, entry in enumerate(self.entries)
            if number not in self.met and numbered(entry) is None and not _FRONT.match(entry)
        ]
        if missing:
            count = f"{len(missing)}：" if len(missing) > 1 else ""
            named = count + "；".join(missing)
            self.remarks.append(
                Remark(RemarkKind.DOUBTED, Reason.CONTENTS_WITHOUT_TEXT, line, named)
            )

    # -- opening and filling

    def _doubt(self, reason: Reason, block: Block) -> None:
        self.remarks.append(Remark(RemarkKind.DOUBTED, reason, block.line, snippet(block.text)))

    def _add(self, text: str) -> None:
        if not self.path:
            if not self.title and self.form is not Form.HANDBOOK and _looks_like_heading(text):
                self.title = text
                return
            self._open(NodeKind.FRONT, "", "")
        self.path[-1].lines.append(text)

    def _open(
        self, kind: NodeKind, label: str, heading: str, *, number: int = 0, depth: int | None = None
    ) -> _Part:
        depth = _DEPTH[kind] if depth is None else depth
        while self.path and (
            self.path[-1].depth >= depth
            or (self.path[-1].kind is NodeKind.FRONT and depth <= _DEPTH[NodeKind.CASE])
        ):
            self.path.pop()
        parent = self.path[-1].anchor if self.path else ""
        if self.path:
            self.path[-1].is_host = True
        self.counts[kind] = number or self.counts[kind] + 1
        own = f"{_LETTER[kind]}{self.counts[kind]}"
        top = kind in (NodeKind.BOOK, NodeKind.CHAPTER, NodeKind.FRONT, NodeKind.TEXT)
        anchor = own if top or not parent else f"{parent}-{own}"
        copy = 1
        while (name := anchor if copy == 1 else f"{anchor}r{copy}") in self.taken:
            copy += 1
        self.taken.add(name)
        part = _Part(kind, name, label, heading, parent, depth)
        self.done.append(part)
        self.path.append(part)
        return part
