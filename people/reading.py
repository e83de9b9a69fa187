"""Many rows read a batch at a time, with no read left open in between."""

from collections.abc import Iterator
from typing import TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


def read_through(rows: QuerySet[Row], at_once: int) -> Iterator[Row]:
    """The rows in their order; what was deleted meanwhile is left out.

    ``iterator`` leaves a read open on SQLite, which holds its connection to one state of the database:
    as soon as anybody else has written, whoever reads can write no more ("database is locked"), not
    even how far the work is. So the keys are read first, and what they stand for as it is needed.
    """
    keys = list(rows.values_list("pk", flat=True))
    for start in range(0, len(keys), at_once):
        some = keys[start : start + at_once]
        found = rows.order_by().in_bulk(some)
        yield from (found[key] for key in some if key in found)
