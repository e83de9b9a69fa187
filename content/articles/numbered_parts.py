"""The numbered parts of a policy text: which lines are its own, which are quoted, and their anchors."""

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from content.articles.mend import (
    Block,
    snippet,
)
from content.articles.model import (
    Node,
    NodeKind,
    Reason,
    Remark,
    RemarkKind,
)
from content.articles.numbering import Numbered, numbered

_RUN_IN_HEADING_TO = 42
_APPENDIX = re.compile(r"^附件\s*(?:[\d一二三四五六七八九十]{0,3})\s*(?:[:：].*|$)")
_BRACKETED = re.compile(r"^[（(【]([^（()）【】]{2,30})[)）】]\s*(.*)$", re.DOTALL)
_LEVELS = (
    NodeKind.BOOK,
    NodeKind.CHAPTER,
    NodeKind.SECTION,
    NodeKind.ARTICLE,
    NodeKind.HEADING,
    NodeKind.ITEM,
    NodeKind.NUMBER,
    NodeKind.SUBNUMBER,
)
_DEPTH = {kind: depth for depth, kind in enumerate(_LEVELS)}
_LETTER = {
    NodeKind.BOOK: "b",
    NodeKind.CHAPTER: "c",
    NodeKind.SECTION: "s",
    NodeKind.ARTICLE: "a",
    NodeKind.HEADING: "p",
    NodeKind.ITEM: "i",
    NodeKind.NUMBER: "n",
    NodeKind.SUBNUMBER: "m",
}
_CLAUSES = (NodeKind.HEADING, NodeKind.ITEM, NodeKind.NUMBER, NodeKind.SUBNUMBER)


@dataclass(slots=True)
class _Open:
    """A part that is being read."""

    kind: NodeKind
    anchor: str
    label: str
    heading: str
    parent: str
    paragraphs: int = 1
    lines: list[str] = field(default_factory=list)
    quotes: int = 0

    def add(self, text: str) -> None:
        if text:
            self.lines.append(text)
            self.quotes = max(0, self.quotes + text.count("“") - text.count("”"))

    def closed(self) -> Node:
        text = "\n".join(self.lines)
        return Node(self.anchor, self.kind, self.label, self.heading, text, self.parent)


class Structure:
    """Decides which numbered lines are the text's own and which are quoted lists."""

    def __init__(self, blocks: list[Block], remarks: list[Remark]) -> None:
        self.blocks = blocks
        self.remarks = remarks
        self.marks: list[Numbered | None] = [numbered(block.text) for block in blocks]
        self.by_articles = self._reads_by_articles()
        self.items_run_on = not self.by_articles and self._items_run_on()
        self.places: dict[tuple[NodeKind, int], list[int]] = {}
        for index, mark in enumerate(self.marks):
            if mark is not None:
                self.places.setdefault((mark.kind, mark.number), []).append(index)
        self.done: list[_Open] = []
        self.path: dict[NodeKind, _Open] = {}
        self.current: _Open | None = None
        self.last: dict[NodeKind, int] = {}
        self.inserted = 0
        self.nested: dict[NodeKind, int] = {}
        self.taken: set[str] = set()

    def _reads_by_articles(self) -> bool:
        """A regulation: at least two 第N条 that follow on each other from the first."""
        numbers = [m.number for m in self.marks if m is not None and m.kind is NodeKind.ARTICLE]
        return len(numbers) >= 2 and numbers[0] == 1 and 2 in numbers

    def _items_run_on(self) -> bool:
        """Whether （一）… runs on through the 一、 headings or begins anew under each."""
        on = anew = last = 0
        fresh = False
        for mark in self.marks:
            if mark is None:
                continue
            if mark.kind is NodeKind.HEADING:
                fresh = True
            elif mark.kind is NodeKind.ITEM:
                if fresh and last:
                    on += mark.number == last + 1
                    anew += mark.number == 1
                fresh = False
                if mark.number == last + 1 or mark.number == 1:
                    last = mark.number
        return on >= anew

    def nodes(self) -> list[Node]:
        appendix = 0
        for index, block in enumerate(self.blocks):
            mark = self.marks[index]
            if _APPENDIX.match(block.text) and self.done:
                appendix += 1
                self._open(NodeKind.APPENDIX, f"x{appendix}", "", block.text, "")
                self.path.clear()
            elif appendix or mark is None or not self._is_own(index, mark):
                self._add_line(block.text)
            else:
                self._begin(mark)
        if self.current is not None and self.current.quotes:
            self._doubt(Reason.UNCLOSED_QUOTE, len(self.blocks) - 1)
        return [part.closed() for part in self.done if part.lines or part.heading or part.label]

    # -- is this number the text's own?

    def _doubt(self, reason: Reason, index: int) -> None:
        block = self.blocks[index]
        self.remarks.append(Remark(RemarkKind.DOUBTED, reason, block.line, snippet(block.text)))

    def _is_own(self, index: int, mark: Numbered) -> bool:
        kind = mark.kind
        if kind is NodeKind.ARTICLE and not self.by_articles:
            return False
        if self.by_articles and kind in _CLAUSES and NodeKind.ARTICLE not in self.path:
            return False
        if kind in (NodeKind.NUMBER, NodeKind.SUBNUMBER) and not self._has_host(kind):
            return False
        last = self.last.get(kind, 0)
        nested = self.nested.get(kind)
        quoted = self.current is not None and self.current.quotes > 0
        if kind is NodeKind.ARTICLE and mark.inserted:
            return not quoted and mark.number == last
        expected = mark.number == last + 1
        if nested is not None and mark.number == nested + 1:
            if not expected or self._comes_again(index, mark):
                self.nested[kind] = mark.number
                return False
        elif quoted and (not expected or self._comes_again(index, mark)):
            return self._is_list_inside(index, mark)
        if expected:
            self.nested.pop(kind, None)
            return True
        if nested is None and last and last + 1 < mark.number <= last + 3:
            if self._follows_on(index, mark):
                self._doubt(Reason.NUMBER_SKIPPED, index)
                return True
        elif nested is None and mark.number == last > 1 and not quoted:
            self._doubt(Reason.NUMBER_REPEATED, index)
            return True
        return self._is_list_inside(index, mark)

    def _is_list_inside(self, index: int, mark: Numbered) -> bool:
        self.nested[mark.kind] = mark.number
        self._doubt(Reason.LIST_INSIDE, index)
        return False

    def _has_host(self, kind: NodeKind) -> bool:
        hosts: tuple[NodeKind, ...] = (NodeKind.ARTICLE, NodeKind.HEADING, NodeKind.ITEM)
        if kind is NodeKind.SUBNUMBER:
            hosts += (NodeKind.NUMBER,)
        return any(host in self.path for host in hosts)

    def _limit(self, index: int, kind: NodeKind) -> int:
        """Where a level above begins anew: beyond it the same number says nothing."""
        limit = len(self.blocks)
        if kind in (NodeKind.BOOK, NodeKind.CHAPTER, NodeKind.ARTICLE, NodeKind.HEADING):
            return limit
        if kind is NodeKind.ITEM and self.items_run_on:
            return limit
        above = {
            NodeKind.SECTION: NodeKind.CHAPTER,
            NodeKind.ITEM: NodeKind.ARTICLE if self.by_articles else NodeKind.HEADING,
            NodeKind.NUMBER: NodeKind.ARTICLE if self.by_articles else NodeKind.ITEM,
            NodeKind.SUBNUMBER: NodeKind.NUMBER,
        }[kind]
        following = self.last.get(above, 0) + 1
        places = self.places.get((above, following), [])
        after = bisect_right(places, index)
        return places[after] if after < len(places) else limit

    def _comes_again(self, index: int, mark: Numbered) -> bool:
        places = self.places[mark.kind, mark.number]
        after = bisect_right(places, index)
        return after < len(places) and places[after] < self._limit(index, mark.kind)

    def _follows_on(self, index: int, mark: Numbered) -> bool:
        places = self.places.get((mark.kind, mark.number + 1), [])
        missing = self.places.get((mark.kind, self.last.get(mark.kind, 0) + 1), [])
        after = bisect_right(missing, index)
        if after < len(missing) and missing[after] < self._limit(index, mark.kind):
            return False
        after = bisect_right(places, index)
        return after < len(places) or mark.kind is not NodeKind.NUMBER

    # -- opening and filling parts

    def _open(self, kind: NodeKind, anchor: str, label: str, heading: str, parent: str) -> _Open:
        if anchor in self.taken:
            copy = 2
            while f"{anchor}r{copy}" in self.taken:
                copy += 1
            anchor = f"{anchor}r{copy}"
        self.taken.add(anchor)
        self.current = _Open(kind, anchor, label, heading, parent)
        self.done.append(self.current)
        return self.current

    def _parent(self, kind: NodeKind) -> _Open | None:
        depth = _DEPTH[kind]
        for above in reversed(_LEVELS[:depth]):
            if above in self.path:
                part = self.path[above]
                if above is NodeKind.ARTICLE and NodeKind.PARAGRAPH in self.path:
                    return self.path[NodeKind.PARAGRAPH]
                return part
        return None

    def _anchor(self, mark: Numbered, parent: _Open | None) -> str:
        own = f"{_LETTER[mark.kind]}{mark.number}"
        if mark.kind is NodeKind.ARTICLE:
            return f"{own}-z{mark.inserted}" if mark.inserted else own
        if mark.kind in (NodeKind.BOOK, NodeKind.CHAPTER) or parent is None:
            return own
        if not self.by_articles and (
            mark.kind is NodeKind.HEADING or (mark.kind is NodeKind.ITEM and self.items_run_on)
        ):
            return own
        return f"{parent.anchor}-{own}"

    def _begin(self, mark: Numbered) -> None:
        depth = _DEPTH[mark.kind]
        parent = self._parent(mark.kind)
        for kind in _LEVELS[depth:]:
            self.path.pop(kind, None)
        for kind in _LEVELS[depth + 1 :]:
            if self._begins_anew(kind, mark.kind):
                self.last.pop(kind, None)
            self.nested.pop(kind, None)
        if depth <= _DEPTH[NodeKind.ARTICLE]:
            self.path.pop(NodeKind.PARAGRAPH, None)
        heading, text = _heading(mark)
        parent_anchor = parent.anchor if parent else ""
        part = self._open(mark.kind, self._anchor(mark, parent), mark.label, heading, parent_anchor)
        part.add(text)
        self.path[mark.kind] = part
        self.last[mark.kind] = mark.number

    def _begins_anew(self, kind: NodeKind, under: NodeKind) -> bool:
        if kind in (NodeKind.CHAPTER, NodeKind.ARTICLE):
            return False
        if not self.by_articles:
            if kind is NodeKind.HEADING:
                return under in (NodeKind.CHAPTER, NodeKind.SECTION)
            if kind is NodeKind.ITEM and self.items_run_on:
                return False
        return True

    def _add_line(self, text: str) -> None:
        if self.current is None:
            self._open(NodeKind.PREAMBLE, "preamble", "", "", "").add(text)
            return
        article = self.path.get(NodeKind.ARTICLE)
        if (
            self.by_articles
            and article is not None
            and self.current.kind is not NodeKind.APPENDIX
            and not self.current.quotes
            and self.nested.keys().isdisjoint(_CLAUSES)
            and (self.current.lines or self.current.kind in _CLAUSES)
        ):
            # A further paragraph of an article is a 款 of its own, after its 项 as well.
            article.paragraphs += 1
            for kind in (*_CLAUSES, NodeKind.PARAGRAPH):
                self.path.pop(kind, None)
                self.last.pop(kind, None)
            anchor = f"{article.anchor}-k{article.paragraphs}"
            part = self._open(NodeKind.PARAGRAPH, anchor, "", "", article.anchor)
            part.add(text)
            self.path[NodeKind.PARAGRAPH] = part
            return
        self.current.add(text)


def _heading(mark: Numbered) -> tuple[str, str]:
    """Part a numbered line into its heading and its text."""
    rest = mark.rest
    if mark.kind in (NodeKind.BOOK, NodeKind.CHAPTER, NodeKind.SECTION):
        return rest, ""
    if mark.kind is NodeKind.ARTICLE:
        named = _BRACKETED.match(rest)
        if named and numbered(rest) is None:
            return named[1], named[2].strip()
        return "", rest
    first, stop, others = rest.partition("。")
    if not stop:
        wordy = any(c in rest for c in "；：！？") or len(rest) > 60
        return ("", rest) if wordy else (rest, "")
    if others.strip() and len(first) <= _RUN_IN_HEADING_TO:
        return first, others.strip()
    return "", rest
