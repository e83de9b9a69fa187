"""The parts of a handbook or a collection: what a paragraph opens, and inside what a number counts."""

import re
from collections import Counter
from dataclasses import dataclass, field

from content.articles.book_lines import (
    CASE,
    FRONT,
    HEADING_TO,
    NUMBER_HEADING_TO,
    looks_like_heading,
)
from content.articles.mend import Block, snippet
from content.articles.model import Form, Node, NodeKind, Reason, Remark, RemarkKind
from content.articles.numbering import Numbered, han_number, numbered

_APPENDIX = re.compile(
    r"^附\s*(?:录|件|例|表)?\s*[0-9一二三四五六七八九十]{0,3}\s*(?:[:：].{2,60}|[（(].{2,40}[)）])?$"
)
# Title / author. — place: publisher, year, as it is printed on the back of a title page
_CATALOGUED = re.compile(r"^(.{2,60}?)\s*/\s*(.{2,60}?)\s*(?:主编|编著|编|著)?[.．]\s*[—\-]")
_NEW_TEXT_GAP = 4  # lines of the source

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


@dataclass(slots=True)
class _Part:
    """A part that is being filled. ``last``: the number each kind of mark has reached inside it, as
    parts of their own; ``nested``: the same of lists that stay its text."""

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


def _bare(text: str) -> str:
    return re.sub(r"[\s—\-…·.《》“”\"（）(),，:：;；]", "", text)


class Reader:
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
            if not self.title and index < 4 and looks_like_heading(block.text):
                self.title = block.text
            if FRONT.match(block.text):
                self._open(NodeKind.FRONT, "", re.sub(r"\s+", "", block.text))
            elif self.path:
                self._add(block.text)
            else:
                self._open(NodeKind.FRONT, "", "").lines.append(block.text)

    # -- the text

    def read(self, blocks: list[Block]) -> None:
        if self.form is Form.REPORT and blocks:
            self.title = self.title or (
                blocks[0].text if looks_like_heading(blocks[0].text) else ""
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
        if FRONT.match(text):
            self._open(NodeKind.FRONT, "", re.sub(r"\s+", "", text))
            return True
        if self._is_paper(block):
            self._open(NodeKind.TEXT, "", text)
            return True
        if (case := CASE.match(text)) and looks_like_heading(text, 80):
            self._open(NodeKind.CASE, f"案例{case[1]}", case[2], number=han_number(case[1]) or 0)
            return True
        if self.path and self.form is Form.HANDBOOK and _APPENDIX.match(text):
            self._open(NodeKind.APPENDIX, "", text)
            return True
        mark = numbered(text)
        if mark is None or mark.kind not in _COUNTED:
            return False
        longest = NUMBER_HEADING_TO if mark.kind is NodeKind.NUMBER else HEADING_TO
        if not looks_like_heading(mark.rest, longest):
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
        titled = looks_like_heading(following, 80) and numbered(following) is None
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
                or not looks_like_heading(mark.rest)
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
        titled = looks_like_heading(block.text) and numbered(block.text) is None
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
            if number not in self.met and numbered(entry) is None and not FRONT.match(entry)
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
            if not self.title and self.form is not Form.HANDBOOK and looks_like_heading(text):
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
