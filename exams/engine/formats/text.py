"""A paper as a text file, both directions."""

from __future__ import annotations

from collections.abc import Sequence

from exams.engine import items as it
from exams.engine.formats import papertext, paperwriting
from exams.engine.formats.base import Reading, Writing


def read(content: bytes) -> Reading:
    """Read a paper. Raises Unreadable."""
    return papertext.read(content)


def write(records: Sequence[it.Record]) -> Writing:
    """Write a paper; ``losses`` are found by reading it back."""
    content = paperwriting.text_of(records).encode()
    return paperwriting.checked(content, records, papertext.read)
