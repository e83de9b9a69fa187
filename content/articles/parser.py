"""From cleaned paragraphs to a title block and a tree of numbered parts."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from content.articles.mend import (
    BANNER_LINE,
    DATE_LINE,
    MARK_LINE,
    NUMBER_LINE,
    TITLE_LINE,
    Block,
    clean,
    snippet,
)
from content.articles.model import (
    Node,
    NodeKind,
    ParsedPolicy,
    PublicationMark,
    Reason,
    Remark,
    RemarkKind,
)
from content.articles.numbering import Numbered, han_number, numbered

_RUN_IN_HEADING_TO = 42
_STAMP = re.compile(r"^\d{5,8}$")
_ISSUES = re.compile(
    r"(?:印发|转发|颁布|发布|公布)[^《]{0,12}《(.+)》(?:[（(].{1,8}[)）])?的(?:通知|决定|公告|令)$"
)
_PASSED_LINE = re.compile(r"^[（(].*\d{4}\s*年.*[)）]$")
_DATED_EVENT = re.compile(
    r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日([^0-9]{0,40}?)(?=\d{4}\s*年|[)）]|。|$)"
)
_IN_FORCE = re.compile(
    r"自\s*(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日\s*起\s*(?:施行|实施|执行|生效)"
)
_IN_FORCE_AT_ONCE = re.compile(r"自(?:印发|发布|公布|颁布)之日起(?:施行|实施|执行|生效)")
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


def parse(text: str) -> ParsedPolicy:
    """Take a policy text apart. Total: any text gives a result, and the report says how sure it is.

    Anchors: 第N编 ``bN``, 第N章 ``cN``, 第N节 ``cN-sM``, 第N条 ``aN`` (第N条之M ``aN-zM``); the second and
    later paragraphs of an article ``aN-kM``, its 项 ``aN-iM``; 一、 ``pN``; （一） ``iN`` where the numbers run
    on through the whole text, else ``pN-iM``; 1. ``<parent>-nK``; (1) ``<parent>-mK``; what stands before
    the first number ``preamble``; 附件 ``xN``.
    """
    blocks, remarks = clean(text)
    head, start = _title_block(blocks, remarks)
    end = _closing_starts(blocks, start)
    nodes = _Structure(blocks[start:end], remarks).nodes()
    whole = "\n".join(block.text for block in blocks)
    effective_on = head.effective_on or _effective(whole, head.issued_on)
    return ParsedPolicy(
        title=head.title,
        notice_title=head.notice_title,
        issuer=head.issuer,
        banner=head.banner,
        number=head.number,
        serial=head.serial,
        issued_on=head.issued_on,
        passed_on=head.passed_on,
        effective_on=effective_on,
        mark=head.mark,
        notice=tuple(head.notice),
        nodes=tuple(nodes),
        closing=tuple(block.text for block in blocks[end:]),
        report=tuple(sorted(remarks, key=lambda remark: remark.line)),
        blocks=tuple(block.text for block in blocks),
    )


# --- the title block ---------------------------------------------------------------------------


@dataclass(slots=True)
class _Head:
    title: str = ""
    notice_title: str = ""
    issuer: str = ""
    banner: str = ""
    number: str = ""
    serial: str = ""
    issued_on: date | None = None
    passed_on: date | None = None
    effective_on: date | None = None
    mark: PublicationMark = PublicationMark.UNMARKED
    notice: list[str] = field(default_factory=list)


def _title_block(blocks: list[Block], remarks: list[Remark]) -> tuple[_Head, int]:
    """Read what stands above the text itself; return it and the index the text begins at."""
    head = _Head()
    at = 0
    while at < len(blocks):
        text = blocks[at].text
        if _STAMP.match(text) and not head.serial:
            head.serial = text
        elif (banner := BANNER_LINE.match(text)) and not head.issuer:
            head.issuer = banner[1]
            head.banner = text
        elif number := NUMBER_LINE.match(text):
            head.number = head.number or _number(text, number)
        elif found := MARK_LINE.match(text):
            head.mark = _mark(found[1])
        else:
            break
        at += 1
    if at < len(blocks) and _may_be_title(blocks[at].text):
        head.title = blocks[at].text
        at += 1
    else:
        remarks.append(Remark(RemarkKind.DOUBTED, Reason.NO_TITLE, 0, ""))
        return head, at
    issues = _ISSUES.search(head.title)
    if issues is not None:
        inner = _inner_title(blocks, at, issues[1])
        if inner is not None:
            head.notice_title = head.title
            head.title = blocks[inner].text
            _read_notice(head, [block.text for block in blocks[at:inner]])
            at = inner + 1
    while at < len(blocks):
        text = blocks[at].text
        if len(text) <= 300 and _PASSED_LINE.match(text):
            _read_events(head, text)
        elif number := NUMBER_LINE.match(text.strip("（()）")):
            head.number = head.number or _number(text.strip("（()）"), number)
        elif found := MARK_LINE.match(text):
            head.mark = _mark(found[1])
        elif DATE_LINE.match(text) and head.issued_on is None:
            head.issued_on = _date_of_line(text)
        else:
            break
        at += 1
    if head.issued_on is None:
        head.issued_on = _closing_date(blocks[at:])
    if head.issued_on is None and head.passed_on is None:
        remarks.append(Remark(RemarkKind.DOUBTED, Reason.NO_DATE, 0, head.title))
    return head, at


def _may_be_title(text: str) -> bool:
    if numbered(text) is not None or len(text) > 120 or DATE_LINE.match(text):
        return False
    return bool(TITLE_LINE.match(text)) or not any(c in text for c in "。；！？")


def _number(text: str, found: re.Match[str]) -> str:
    agency = re.split(r"[〔\[［【(（﹝]", text)[0].strip()
    return f"{agency}〔{found[1]}〕{int(found[2])}号"


def _mark(words: str) -> PublicationMark:
    if "公开" in words and "不公开" not in words and "不予公开" not in words:
        return PublicationMark.PUBLIC
    return PublicationMark.INTERNAL


def _bare(text: str) -> str:
    return re.sub(r"[\s《》“”（）()]", "", text)


def _inner_title(blocks: list[Block], start: int, wanted: str) -> int | None:
    """Find the line on which the wrapped text names itself."""
    for index in range(start, min(start + 60, len(blocks))):
        text = blocks[index].text
        if len(text) <= 120 and _bare(text) == _bare(wanted):
            return index
    return None


def _read_notice(head: _Head, lines: list[str]) -> None:
    for index, line in enumerate(lines):
        if found := MARK_LINE.match(line):
            head.mark = _mark(found[1])
            continue
        if DATE_LINE.match(line):
            head.issued_on = _date_of_line(line)
            if not head.issuer and index and len(lines[index - 1]) <= 40:
                head.issuer = re.sub(r"\s+", "", lines[index - 1])
        head.notice.append(line)


def _read_events(head: _Head, line: str) -> None:
    for found in _DATED_EVENT.finditer(line):
        on = _date(found[1], found[2], found[3])
        event = found[4]
        if re.search(r"施行|实施|生效|执行", event):
            head.effective_on = on
        elif re.search(r"通过|批准|审议", event):
            head.passed_on = head.passed_on or on
            if re.search(r"发布|印发|公布", event):
                head.issued_on = on
        elif re.search(r"发布|印发|公布|颁布", event):
            head.issued_on = on


def _effective(text: str, issued_on: date | None) -> date | None:
    found = _IN_FORCE.search(text)
    if found is not None:
        return _date(found[1], found[2], found[3])
    if _IN_FORCE_AT_ONCE.search(text):
        return issued_on
    return None


def _closing_date(blocks: Sequence[Block]) -> date | None:
    for block in blocks[-6:]:
        if DATE_LINE.match(block.text):
            return _date_of_line(block.text)
    return None


def _closing_starts(blocks: Sequence[Block], start: int) -> int:
    """The index at which signature and date below the text begin; the end when there are none."""
    end = len(blocks)
    if end - start < 3 or not DATE_LINE.match(blocks[-1].text):
        return end
    signature = blocks[-2].text
    signs = (
        numbered(signature) is None
        and len(signature) <= 40
        and not any(c in signature for c in "，。；：！？、")
    )
    return end - 2 if signs else end - 1


def _date_of_line(line: str) -> date | None:
    found = DATE_LINE.match(line)
    return _date(found[1], found[2], found[3]) if found else None


def _date(year: str, month: str, day: str) -> date | None:
    values = [han_number(part.replace("○", "〇")) for part in (year, month, day)]
    try:
        return date(*(value or 0 for value in values))
    except (ValueError, OverflowError):
        return None


# --- the numbered parts ------------------------------------------------------------------------


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


class _Structure:
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


_CLAUSES = (NodeKind.HEADING, NodeKind.ITEM, NodeKind.NUMBER, NodeKind.SUBNUMBER)


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
