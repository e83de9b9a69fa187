"""Documents as printed pages."""

import zipfile
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from dashboards.files.document import Document, Progress, Row, Table, batches, is_number
from people.printing import MEDIA_TYPE, pdf

__all__ = ["LARGEST_PRINT", "MEDIA_TYPE", "ROWS_A_VOLUME", "TooLongToPrint", "pdf", "write"]

# Printing holds a whole part in memory, so a long list is printed in volumes.
ROWS_A_VOLUME = 1000
# More is paper nobody reads; a spreadsheet has no such bound.
LARGEST_PRINT = 20_000


class TooLongToPrint(Exception):
    """More rows than anybody prints."""


def write(document: Document, path: Path, progress: Progress) -> str:
    """Write the document at ``path`` and return the ending its name should have.

    Up to a thousand rows make one PDF; a longer list makes a ZIP of numbered volumes.
    Raises TooLongToPrint.
    """
    total = sum(table.total for table in document.tables)
    if total > LARGEST_PRINT:
        raise TooLongToPrint(total)
    volumes = _volumes(document)
    first, second = next(volumes), next(volumes, None)
    if second is None:
        path.write_bytes(_printed(document, first, 0))
        return "pdf"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, part in enumerate(_chain(first, second, volumes), 1):
            archive.writestr(f"{number:03d}.pdf", _printed(document, part, number))
            progress(sum(table.done(table.total) for table in document.tables))
    return "zip"


def _printed(document: Document, tables: list[dict[str, Any]], volume: int) -> bytes:
    return pdf(
        "dashboards/pdf/document.html", {"document": document, "tables": tables, "volume": volume}
    )


def _chain(first: Any, second: Any, rest: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield second
    yield from rest


def _volumes(document: Document) -> Iterator[list[dict[str, Any]]]:
    """Tables cut so that no volume has more than ``ROWS_A_VOLUME`` rows."""
    part: list[dict[str, Any]] = []
    held = 0
    for table in document.tables:
        empty = True
        for rows in batches(table.rows, ROWS_A_VOLUME):
            empty = False
            if part and held + len(rows) > ROWS_A_VOLUME:
                yield part
                part, held = [], 0
            part.append(_shown(table, rows))
            held += len(rows)
        if empty:
            part.append(_shown(table, []))
    yield part


def _shown(table: Table, rows: list[Row]) -> dict[str, Any]:
    said = {"title": table.title, "wide": table.wide}
    # A heading stands over its figures, to the right.
    headings: list[Any] = [
        (heading, any(is_number(row[column]) for row in rows))
        for column, heading in enumerate(table.headings)
    ]
    at = table.headed_by
    if at is None:
        return {**said, "headings": headings, "groups": [(None, rows)]}
    groups = [
        (heading, [_without(row, at) for row in run])
        for heading, run in groupby(rows, key=itemgetter(at))
    ]
    return {**said, "headings": _without(headings, at), "groups": groups}


def _without(row: Row, column: int) -> Row:
    return [*row[:column], *row[column + 1 :]]
