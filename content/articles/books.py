"""Reading what is more than one policy text: a handbook, a collection of papers, a report of several texts.

The numbering of such a source begins anew in every chapter, section, case and paper, and a number is only taken for a
heading when its line looks like one; lists inside a paragraph stay its text. Tables come as lines of cells parted by
tabs; they stay so in ``Node.text``.
"""

from collections import Counter
from itertools import pairwise

from content.articles.book_lines import (
    CASE,
    FRONT,
    blocks_of,
    contents,
    hints_of,
    looks_like_heading,
    rubrics_of,
)
from content.articles.book_parts import Reader
from content.articles.mend import line_by_line, numbered_lines, one_line
from content.articles.model import Form, NodeKind, ParsedPolicy, Reason, Remark, RemarkKind
from content.articles.numbering import numbered


def form_of(text: str) -> Form:
    """Guess how the source is built; an editor may say otherwise."""
    lines = [one_line(line) for _, line in numbered_lines(text)]
    marks = [mark for line in lines if line and (mark := numbered(line)) is not None]
    kinds = Counter(mark.kind for mark in marks if looks_like_heading(mark.rest))
    articles = sum(mark.kind is NodeKind.ARTICLE for mark in marks)
    entries = contents(numbered_lines(text))[1]
    unnumbered = sum(
        numbered(e) is None and not FRONT.match(e) and not CASE.match(e) for e in entries
    )
    if unnumbered * 2 > len(entries):
        return Form.PAPERS
    if kinds[NodeKind.CHAPTER] >= 2 and articles < 2 * kinds[NodeKind.CHAPTER]:
        return Form.HANDBOOK
    headings = [
        m.number for m in marks if m.kind is NodeKind.HEADING and looks_like_heading(m.rest)
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
    (begin, end), entries = contents(lines)
    if entries:
        remarks.append(
            Remark(RemarkKind.DROPPED, Reason.CONTENTS, lines[begin][0], f"{len(entries)}")
        )
    rubrics = rubrics_of(lines) if form is Form.HANDBOOK else set()
    # A title page and an imprint are lines that stand each for itself; the preface after them is prose.
    preface = next((n for n in range(begin) if FRONT.match(one_line(lines[n][1]))), begin)
    before = line_by_line(lines[:preface], remarks) if entries else []
    before += blocks_of(lines[preface:begin], rubrics, remarks) if entries else []
    after = blocks_of(lines[end:] if entries else lines, rubrics, remarks)
    reader = Reader(form, entries, remarks, hints_of(lines), rubrics)
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
