"""Statements that run thousands of times a second: kept prepared by the database, or kept compiled here."""

from __future__ import annotations

import copy
from collections.abc import Callable
from itertools import count
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Expression, QuerySet
from django.db.transaction import TransactionManagementError

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
    # Some sixty texts, and a number in one of them may come as two, four or eight bytes.
    connection.connection.prepared_max = 300
    plain: Any = ServerBindingCursor
    # As Django wraps its own, so that errors, counts of statements and the debug log are the same.
    return connection._prepare_cursor(plain(connection.connection))  # type: ignore[attr-defined]


def driver_value(value: Any) -> Any:
    """An identifier, instant, day or plain value as the database's driver takes it."""
    if isinstance(value, UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    return connection.ops.adapt_unknown_value(value)


class _Made(NamedTuple):
    """What is kept of a query: how its rows are read, and its text with its parameters."""

    queryset: Any
    compiler: Any
    converters: dict[int, Any]
    sql: str
    parameters: tuple[Any, ...]


class Kept(Generic[Row]):
    """A query whose text is made once; a decorator of the function that builds it.

    ::

        @Kept
        def _with_unit(pk: int) -> QuerySet[Person]:
            return Person.objects.select_related("unit").filter(pk=pk)


        _with_unit(17)  # a list of persons

    Rows are read as the query says: related rows, prefetching and ``values_list`` too. Values must be
    plain (numbers, text, dates, instants, UUIDs) and stand where a column is compared; a list stands
    after ``__in``. What changes the text otherwise (None, a slice) cannot be a parameter.
    docs/decisions/0010 has the figures.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Row]]) -> None:
        self._build = build
        self._made: dict[tuple[int, ...], _Made] = {}

    def __call__(self, *values: Any) -> list[Row]:
        lengths = tuple(len(value) if isinstance(value, list) else -1 for value in values)
        if any(length == 0 or length > LONGEST for length in lengths):
            return list(self._build(*values))
        if lengths not in self._made:
            self._made[lengths] = self._make(lengths)
        queryset, compiler, converters, sql, parameters = self._made[lengths]
        if queryset.query.select_for_update and not connection.in_atomic_block:
            raise TransactionManagementError("a lock outside a transaction is let go at once")
        flat = [
            each for value in values for each in (value if isinstance(value, list) else [value])
        ]
        with prepared_cursor() as cursor:
            cursor.execute(
                sql, [driver_value(flat[p.place]) if type(p) is _Slot else p for p in parameters]
            )
            found = [cursor.fetchall()]
        # Django's own compiler turns rows into objects; it is told that they were read already.
        reader = copy.copy(compiler)
        reader.connection = connection
        reader.execute_sql = lambda *_args, **_options: found
        reader.get_converters = lambda _columns: converters
        rows = queryset.all()
        rows.query.get_compiler = lambda *_args, **_options: reader
        return list(rows)

    def first(self, *values: Any) -> Row | None:
        """The first row, or None."""
        return next(iter(self(*values)), None)

    def _make(self, lengths: tuple[int, ...]) -> _Made:
        places = count()
        slots = [
            _Slot(next(places)) if length < 0 else [_Slot(next(places)) for _ in range(length)]
            for length in lengths
        ]
        queryset = self._build(*slots)
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        # Asking every column how it is converted was a seventh of a page of twenty statements.
        converters = compiler.get_converters(
            [each[0] for each in compiler.select[: compiler.col_count]]
        )
        return _Made(queryset, compiler, converters, sql, tuple(parameters))


# Lists up to here have a text kept for each length; longer ones are rare.
LONGEST = 8


class _Slot(Expression):
    """Where a value will stand."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)
