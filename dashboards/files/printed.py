"""Documents as printed pages."""

import zipfile
from collections.abc import Iterator, Sequence
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from dashboards.files.document import Document, Each, Progress, Row, Table, batches, is_number
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
        path.write_bytes(_printed(document, first, 0, progress))
        return "pdf"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, volume in enumerate(chain((first, second), volumes), 1):
            archive.writestr(f"{number:03d}.pdf", _printed(document, volume, number, progress))
            progress(volume.until)
    return "zip"


class _Volume(NamedTuple):
    """Tables of one file; of what the document counts, those from ``since`` to ``until`` stand in it."""

    tables: list[dict[str, Any]]
    since: int
    until: int


def _printed(document: Document, volume: _Volume, number: int, progress: Progress) -> bytes:
    """Most of the time goes into the pages, so that is what is told, and not how much was read."""
    return pdf(
        "dashboards/pdf/document.html",
        {"document": document, "tables": volume.tables, "volume": number},
        tell=lambda share: progress(
            volume.since + int(share * (volume.until - volume.since)),
        ),
    )


def _volumes(document: Document) -> Iterator[_Volume]:
    """Tables cut so that no volume has more than ``ROWS_A_VOLUME`` rows."""
    part: list[dict[str, Any]] = []
    held = since = until = before = 0
    for table in document.tables:
        read = 0
        for rows in batches(table.rows, ROWS_A_VOLUME):
            if part and held + len(rows) > ROWS_A_VOLUME:
                yield _Volume(part, since, until)
                part, held, since = [], 0, until
            part.append(_shown(table, rows))
            held += len(rows)
            read += len(rows)
            # What is through is asked before more is read.
            until = before + table.done(read)
        if not read:
            part.append(_shown(table, []))
        before += table.total
    yield _Volume(part, since, before)


def _shown(table: Table, rows: list[Row]) -> dict[str, Any]:
    said = {"title": table.title, "wide": table.wide}
    # A heading stands over its figures, to the right.
    headings = [
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


def _without(row: Sequence[Each], column: int) -> Sequence[Each]:
    return [*row[:column], *row[column + 1 :]]
