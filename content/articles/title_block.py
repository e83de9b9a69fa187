"""What stands above and below a policy text: title, number, issuer, dates, mark, notice."""

import re
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
)
from content.articles.model import (
    PublicationMark,
    Reason,
    Remark,
    RemarkKind,
)
from content.articles.numbering import han_number, numbered

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


@dataclass(slots=True)
class Head:
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


def title_block(blocks: list[Block], remarks: list[Remark]) -> tuple[Head, int]:
    """Read what stands above the text itself; return it and the index the text begins at."""
    head = Head()
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


def _read_notice(head: Head, lines: list[str]) -> None:
    for index, line in enumerate(lines):
        if found := MARK_LINE.match(line):
            head.mark = _mark(found[1])
            continue
        if DATE_LINE.match(line):
            head.issued_on = _date_of_line(line)
            if not head.issuer and index and len(lines[index - 1]) <= 40:
                head.issuer = re.sub(r"\s+", "", lines[index - 1])
        head.notice.append(line)


def _read_events(head: Head, line: str) -> None:
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


def effective(text: str, issued_on: date | None) -> date | None:
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


def closing_starts(blocks: Sequence[Block], start: int) -> int:
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
