"""What is written, free of how: tables with typed columns, and the words above them. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

Cell = str | int | Decimal | date | None
Row = Sequence[Cell]
Each = TypeVar("Each")
# Told after some rows how many are written; may raise to end the work.
Progress = Callable[[int], None]


class DeedProgress(Protocol):
    """The same for a deed, which finds out by itself how much there is to do."""

    def __call__(self, done: int, /, total: int = 0) -> None: ...


@dataclass(frozen=True)
class OwnFile:
    """A file of a form of its own, no tables: ``write`` is given where, and tells how far it is.

    It returns the ending the file's name should have, and what is to be said of it in “my jobs”.
    """

    write: Callable[[Path, Progress], tuple[str, dict[str, Any]]]
    # What ``write`` counts, and how many persons are in it.
    total: int
    persons: int = 0
    detail: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """Headings and rows; ``rows`` is read once and need not be a list.

    ``total`` is how many rows, or persons, there will be; ``wide`` columns take what is left on paper.
    """

    title: str
    headings: Sequence[str]
    rows: Iterable[Row]
    total: int = 0
    wide: frozenset[int] = frozenset()
    # Where several rows make one of what ``total`` counts: how many of those are through.
    through: Callable[[], int] | None = None
    # On paper rows stand under a heading of what this column says, instead of each repeating it.
    headed_by: int | None = None

    def done(self, rows: int) -> int:
        """How far the work is, in what ``total`` counts, after so many rows."""
        return self.through() if self.through is not None else rows


@dataclass(frozen=True)
class Document:
    """A title, lines that say as of when and for whom, tables, and what stands at the end."""

    title: str
    tables: Sequence[Table]
    lines: Sequence[str] = ()
    closing: Sequence[str] = ()
    # Persons in it: what the audit row says, and what decides whether it may be printed.
    persons: int = 0
    detail: dict[str, object] = field(default_factory=dict)
    # Whether paper has a place for who checked it.
    to_sign: bool = False


def is_number(cell: Cell) -> bool:
    """Whether the cell is set to the right."""
    return isinstance(cell, int | Decimal)


def bare(amount: Decimal) -> Decimal | int:
    """An amount as it is written: 24 for 24.00, and 9.5."""
    return int(amount) if amount == int(amount) else amount.normalize()


def batches(rows: Iterable[Each], size: int) -> Iterator[list[Each]]:
    """Cut rows into lists of at most ``size``."""
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch
