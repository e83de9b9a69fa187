"""Statements of the hot paths are prepared by PostgreSQL, counted and translated like any other."""

import pytest
from django.db import ProgrammingError, connection, transaction

from people.statements import prepared_cursor

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps statements itself"),
]


def _prepared(marker):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", [f"%{marker}%"]
        )
        return cursor.fetchone()[0]


def test_what_runs_again_is_prepared_and_what_django_runs_is_not():
    for number in range(3):
        with prepared_cursor() as cursor:
            cursor.execute("SELECT %s::integer /* kept_once */", [number])
            assert cursor.fetchone() == (number,)
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::integer /* never_kept */", [number])

    assert _prepared("kept_o_ce") == 1
    assert _prepared("never_k_pt") == 0


def test_it_is_counted_and_its_errors_are_djangos(django_assert_num_queries):
    with django_assert_num_queries(1), prepared_cursor() as cursor:
        cursor.execute("SELECT %s::integer", [1])
    with pytest.raises(ProgrammingError), transaction.atomic(), prepared_cursor() as cursor:
        cursor.execute("SELECT %s::integer FROM nothing_of_the_kind", [1])
