"""Statements that run thousands of times a second: kept prepared by the database, or kept compiled here."""

from __future__ import annotations

import copy
from collections.abc import Callable
from inspect import signature
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Expression, QuerySet

Row = TypeVar("Row")


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


class Kept(Generic[Row]):
    """A query whose text is made once: ``Kept(lambda pk: Person.objects.filter(pk=pk))``.

    Called with values for the parameters of ``build`` it gives the rows as a list, read like any
    other: related rows, prefetching and ``values_list`` as the query says. Values must be plain
    (numbers, text, dates, instants, UUIDs) and stand where a column is compared; what changes the text
    of a query (None, lists, a slice) cannot be a parameter. docs/decisions/0010 has the figures.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Row]]) -> None:
        self._build = build
        self._made: tuple[QuerySet[Any, Row], Any, str, tuple[Any, ...]] | None = None

    def __call__(self, *values: Any) -> list[Row]:
        queryset, compiler, sql, parameters = self._made = self._made or self._make()
        with prepared_cursor() as cursor:
            cursor.execute(
                sql, [_plain(values[p.place]) if type(p) is _Slot else p for p in parameters]
            )
            found = [cursor.fetchall()]
        # Django's own compiler turns rows into objects; it is told that they were read already.
        reader = copy.copy(compiler)
        reader.connection = connection
        reader.execute_sql = lambda *_args, **_options: found
        rows = queryset.all()
        rows.query.get_compiler = lambda *_args, **_options: reader  # type: ignore[method-assign]
        return list(rows)

    def _make(self) -> tuple[QuerySet[Any, Row], Any, str, tuple[Any, ...]]:
        queryset = self._build(*map(_Slot, range(len(signature(self._build).parameters))))
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        return queryset, compiler, sql, tuple(parameters)


class _Slot(Expression):
    """Where a value will stand."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self]


def _plain(value: Any) -> Any:
    """A value as the driver takes it."""
    if isinstance(value, UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    return connection.ops.adapt_unknown_value(value)
