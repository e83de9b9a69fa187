"""Where one question of a GIFT file ends and the next begins."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from exams.engine.formats.base import Collector, Place

Lines = list[tuple[int, str]]  # line number from 1, text

_GROUP = re.compile(r"\{([^{}]*)\}")
_NUMBERED = re.compile(r"\s*(\d{1,4})\s*[.．、)）](?!\d)")
# What may follow the braces without being the rest of a sentence.
_ENDED = re.compile(r"\}[\s.。?？!！)）]*$")


def questions_of(text: str, out: Collector) -> Iterator[tuple[int, list[str]]]:
    """The lines of each question, with the number of the first that is no comment.

    Empty lines part questions. Where one is missing, the next question begins at ``::name::``, at a
    comment, after a line that ends with its braces, or with each line when each has its own braces.
    Lines that hold nothing but blanks ``{=…}`` stay one question with several blanks, which is noted,
    unless they are numbered 1, 2, 3.
    """
    for paragraph in _paragraphs(text):
        cuts = _cuts(paragraph, out)
        for first, end in zip([0, *cuts], [*cuts, len(paragraph)], strict=True):
            lines = paragraph[first:end]
            start = next((n for n, line in lines if not _is_comment(line)), lines[0][0])
            yield start, [line for _n, line in lines]


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("//")


def _bare(line: str) -> str:
    """A line without what is escaped and without comments: its braces are meant as such."""
    return "" if _is_comment(line) else re.sub(r"\\.", "", line)


def _cuts(paragraph: Lines, out: Collector) -> list[int]:
    """Where in a paragraph, beside its beginning, a question begins."""
    bare = [_bare(line) for _n, line in paragraph]
    groups = [group.strip() for group in _GROUP.findall("\n".join(bare))]
    if len(groups) < 2:
        return []
    only_blanks = all(
        group.startswith("=") and "~" not in group and "->" not in group for group in groups
    )
    numbers = [int(m.group(1)) for _n, line in paragraph if (m := _NUMBERED.match(line))]
    in_turn = len(numbers) > 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    line_each = all(len(_GROUP.findall(line)) == 1 for line in bare if line)
    last = max(at for at, line in enumerate(bare) if "{" in line)
    cuts: list[int] = []
    depth, closed, ended = 0, False, False  # closed: the question so far has its answer
    for at, (_number, line) in enumerate(paragraph):
        if depth == 0 and at <= last:
            begins = line.lstrip().startswith("::") or (closed and _is_comment(line))
            if not begins and closed:
                numbered = in_turn and bool(_NUMBERED.match(line))
                begins = numbered or ((ended or line_each) and not only_blanks)
            if begins and any(bare[each] for each in range(cuts[-1] if cuts else 0, at)):
                cuts.append(at)
                closed = False
        depth += bare[at].count("{") - bare[at].count("}")
        closed = closed or (depth == 0 and "}" in bare[at])
        ended = depth == 0 and bool(_ENDED.search(bare[at]))
    if only_blanks and not cuts and sum("{" in line for line in bare) > 1:
        number, line = paragraph[0]
        out.note_file("lines_joined", Place("line", number), value=line)
    return cuts


def _paragraphs(text: str) -> Iterator[Lines]:
    """Lines parted by empty lines outside braces.

    A brace that is never closed must not swallow the rest of the file: the paragraph then ends at
    the first empty line after which a new one begins.
    """
    held: Lines = []
    depth = 0
    lines = text.split("\n")
    closes = _closing_first(lines)
    for number, line in enumerate(lines, 1):
        only_comments = all(_is_comment(each) for _n, each in held)
        if line.strip():
            names_category = line.lstrip().startswith("$CATEGORY:")
            if names_category and not only_comments:
                yield held
                held, depth = [], 0
            held.append((number, line))
            depth += _bare(line).count("{") - _bare(line).count("}")
            if names_category:
                yield held
                held, depth = [], 0
        elif not held or (depth > 0 and closes[number]):
            continue
        elif only_comments:
            if not any("[id:" in each or "[tag:" in each for _n, each in held):
                held = []
        else:
            yield held
            held, depth = [], 0
    if held:
        yield held


def _closing_first(lines: Sequence[str]) -> list[bool]:
    """For what follows each number of lines: does a closing brace come before an opening one?"""
    found = [False] * (len(lines) + 1)
    for place in range(len(lines) - 1, -1, -1):
        first = re.search(r"[{}]", _bare(lines[place]))
        found[place] = found[place + 1] if first is None else first.group() == "}"
    return found
