"""Many rows into the ledger at once, by the quickest way each database has."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from tracker.models import Entry

Row = Mapping[str, Any]


def add_rows(rows: Sequence[Row]) -> list[int | None]:
    """Add those rows whose source the ledger does not hold yet; whose they are, row by row.

    Rows are columns of the table and all alike in these. Every check of the table holds as it does
    for one row, and two who bring the same source at once add it once. Called within a transaction.
    """
    by_source: dict[str, Row] = {}
    for row in rows:
        by_source.setdefault(row["source"], row)
    if not by_source:
        return []
    add = _copied if connection.vendor == "postgresql" else _inserted
    return add(list(by_source.values()))


def _copied(rows: Sequence[Row]) -> list[int | None]:
    """COPY to a table of this transaction, and from there what is new."""
    columns = ", ".join(rows[0])
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS tracker_incoming ON COMMIT DROP AS"  # noqa: S608
            f" SELECT {columns} FROM tracker_entry WITH NO DATA"
        )
        with cursor.copy(f"COPY tracker_incoming ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([json.dumps(v) if isinstance(v, dict) else v for v in row.values()])
        cursor.execute(
            f"INSERT INTO tracker_entry ({columns}) SELECT {columns} FROM tracker_incoming"  # noqa: S608
            " ON CONFLICT (source) DO NOTHING RETURNING person_id"
        )
        added = [person_id for (person_id,) in cursor.fetchall()]
        cursor.execute("TRUNCATE tracker_incoming")
    return added


def _inserted(rows: Sequence[Row]) -> list[int | None]:
    """One prepared statement over and over; SQLite has one writer, so nobody comes in between."""
    known = set(
        Entry.objects.filter(source__in=[row["source"] for row in rows]).values_list(
            "source", flat=True
        )
    )
    fresh = [row for row in rows if row["source"] not in known]
    if not fresh:
        return []
    fields: list[Any] = [Entry._meta.get_field(column) for column in fresh[0]]
    statement = (
        f"INSERT INTO tracker_entry ({', '.join(fresh[0])})"  # noqa: S608
        f" VALUES ({', '.join(['%s'] * len(fields))})"
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            statement,
            [
                [
                    field.get_db_prep_save(value, connection)
                    for field, value in zip(fields, row.values(), strict=True)
                ]
                for row in fresh
            ],
        )
    return [row["person_id"] for row in fresh]
