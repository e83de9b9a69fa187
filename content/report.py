"""The parser's report in words."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from content.articles import Reason, Remark, RemarkKind

KINDS: dict[RemarkKind, Any] = {
    RemarkKind.JOINED: _("joined"),
    RemarkKind.DROPPED: _("dropped"),
    RemarkKind.MENDED: _("mended"),
    RemarkKind.DOUBTED: _("please check"),
}
REASONS: dict[Reason, Any] = {
    Reason.BROKEN_SENTENCE: _("A sentence ran on over a break."),
    Reason.BROKEN_HEADING: _("A heading ran on over a break."),
    Reason.BROKEN_TITLE: _("The title ran on over a break."),
    Reason.PAGE_NUMBER: _("A page number stood alone on a line."),
    Reason.STAMP: _("The copy number is kept beside the text, not in it."),
    Reason.CONTENTS: _("The table of contents repeats the headings."),
    Reason.FOREIGN_AND: _("An English “and” stood for 和."),
    Reason.SPACED_DIGITS: _("A number was written with gaps."),
    Reason.LETTER_FOR_DIGIT: _("A letter stood for a digit."),
    Reason.GAP_CLOSED: _("A gap between characters was closed."),
    Reason.HALF_WIDTH: _(
        "Punctuation of half width was made full width here and wherever it stood."
    ),
    Reason.NUMBER_SKIPPED: _("A number is missing before this one."),
    Reason.NUMBER_REPEATED: _("This number stands here a second time."),
    Reason.LIST_INSIDE: _("Taken as a list inside the text, not as its own numbering."),
    Reason.UNCLOSED_QUOTE: _("A quotation mark is not closed."),
    Reason.CONTENTS_WITHOUT_TEXT: _("The contents name it, but its text is not in the file."),
    Reason.TABLE_CONTINUED: _("A table ran on over a page; its parts were put together."),
    Reason.TABLE_UNEVEN: _("The rows of this table differ in length."),
    Reason.TEXT_WITHOUT_TITLE: _("A further text seems to begin here without a title."),
    Reason.AUTOMATIC_NUMBERS: _(
        "Word numbers these paragraphs by itself; the numbers are not in the file. Type them and import again."
    ),
    Reason.NO_TITLE: _("No title was recognised."),
    Reason.NO_DATE: _("No date was recognised."),
}


@dataclass(frozen=True)
class Told:
    """A remark with its words."""

    kind: Any
    reason: Any
    line: int
    before: str
    after: str
    to_check: bool


def told(remark: Remark) -> Told:
    """Put a remark into words of the current language."""
    return Told(
        KINDS[remark.kind],
        REASONS[remark.reason],
        remark.line,
        remark.before,
        remark.after,
        remark.kind in (RemarkKind.DOUBTED, RemarkKind.MENDED),
    )
