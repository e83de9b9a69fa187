"""Statements that run thousands of times a second, kept prepared by the database."""

from typing import Any

from django.db import connection


def prepared_cursor() -> Any:
    """A cursor whose statements PostgreSQL parses once a connection, with their values sent apart.

    For the few that are always the same text: Django's own cursor writes the values into the
    statement, which costs a third of a save in this process. SQLite's driver keeps statements anyway.
    """
    if connection.vendor != "postgresql":
        return connection.cursor()
    from django.db.backends.postgresql.base import ServerBindingCursor  # noqa: PLC0415

    connection.ensure_connection()
    plain: Any = ServerBindingCursor
    # As Django wraps its own, so that errors, counts of statements and the debug log are the same.
    return connection._prepare_cursor(plain(connection.connection))  # type: ignore[attr-defined]
