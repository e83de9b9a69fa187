"""What a parsed policy text is made of."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class NodeKind(StrEnum):
    """The level of a numbered part, named as Chinese drafting practice names it."""

    BOOK = "book"  # 编
    CHAPTER = "chapter"  # 章
    SECTION = "section"  # 节
    ARTICLE = "article"  # 条
    PARAGRAPH = "paragraph"  # 款, the second and later paragraphs of an article
    HEADING = "heading"  # 一、
    ITEM = "item"  # （一）, also 项 inside an article
    NUMBER = "number"  # 1.
    SUBNUMBER = "subnumber"  # (1)
    PREAMBLE = "preamble"  # what stands before the first number
    APPENDIX = "appendix"  # 附件
    FRONT = "front"  # 前言, 序, 后记, and what stands on the title pages
    TEXT = "text"  # one of several texts in a file: a paper, a speech
    CASE = "case"  # 案例


class Form(StrEnum):
    """How a source is built."""

    POLICY = "policy"  # one policy text, with or without the notice that issues it
    HANDBOOK = "handbook"  # chapters, sections, cases
    PAPERS = "papers"  # a collection of papers with a table of contents
    REPORT = "report"  # several texts one after the other, as of a conference


class PublicationMark(StrEnum):
    """What the printed document says about its own circulation."""

    PUBLIC = "public"
    INTERNAL = "internal"
    UNMARKED = "unmarked"


class RemarkKind(StrEnum):
    """What the parser did with a place in the text, or did not dare to do."""

    JOINED = "joined"
    DROPPED = "dropped"
    MENDED = "mended"
    DOUBTED = "doubted"


class Reason(StrEnum):
    """Why; the interface turns the code into a sentence."""

    BROKEN_SENTENCE = "broken_sentence"
    BROKEN_HEADING = "broken_heading"
    BROKEN_TITLE = "broken_title"
    PAGE_NUMBER = "page_number"
    STAMP = "stamp"
    CONTENTS = "contents"
    FOREIGN_AND = "foreign_and"
    SPACED_DIGITS = "spaced_digits"
    LETTER_FOR_DIGIT = "letter_for_digit"
    GAP_CLOSED = "gap_closed"
    HALF_WIDTH = "half_width"
    NUMBER_SKIPPED = "number_skipped"
    NUMBER_REPEATED = "number_repeated"
    LIST_INSIDE = "list_inside"
    UNCLOSED_QUOTE = "unclosed_quote"
    CONTENTS_WITHOUT_TEXT = "contents_without_text"
    TABLE_CONTINUED = "table_continued"
    TABLE_UNEVEN = "table_uneven"
    TEXT_WITHOUT_TITLE = "text_without_title"
    AUTOMATIC_NUMBERS = "automatic_numbers"
    NO_TITLE = "no_title"
    NO_DATE = "no_date"


@dataclass(frozen=True, slots=True)
class Remark:
    """One line of the report. ``line`` counts the lines of the source from 1; 0 means the whole."""

    kind: RemarkKind
    reason: Reason
    line: int
    before: str
    after: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """One citable part of the text.

    ``label`` is the number as printed (第三条, （四）); ``text`` holds paragraphs parted by a newline,
    without the label and without what the children hold.
    """

    anchor: str
    kind: NodeKind
    label: str
    heading: str
    text: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class ParsedPolicy:
    """A policy text taken apart.

    ``title`` names the text that is studied; ``notice_title`` the notice that issues it, when the
    source is a notice wrapping another text. ``notice`` holds the paragraphs of that notice.
    """

    title: str
    form: Form = Form.POLICY
    notice_title: str = ""
    issuer: str = ""
    banner: str = ""  # the line in red at the head: 中共…委员会文件
    number: str = ""
    serial: str = ""
    issued_on: date | None = None
    passed_on: date | None = None
    effective_on: date | None = None
    mark: PublicationMark = PublicationMark.UNMARKED
    notice: tuple[str, ...] = ()
    nodes: tuple[Node, ...] = ()
    closing: tuple[str, ...] = ()  # signature and date below the text
    report: tuple[Remark, ...] = ()
    blocks: tuple[str, ...] = field(default=(), repr=False)

    def as_text(self) -> str:
        """Return the cleaned text; parsing it again gives the same nodes."""
        return "\n\n".join(self.blocks)

    @property
    def numbered(self) -> tuple[Node, ...]:
        """The nodes that carry a number of their own."""
        unnumbered = (
            NodeKind.PREAMBLE,
            NodeKind.PARAGRAPH,
            NodeKind.APPENDIX,
            NodeKind.FRONT,
        )
        return tuple(node for node in self.nodes if node.kind not in unnumbered)

    @property
    def doubts(self) -> tuple[Remark, ...]:
        """What an editor should look at before publishing."""
        looked_at = (RemarkKind.DOUBTED, RemarkKind.MENDED)
        return tuple(remark for remark in self.report if remark.kind in looked_at)
