"""What every test may use."""

import pytest
from django.db.backends.postgresql import base as _postgresql  # noqa: F401
from django.db.backends.postgresql.operations import DatabaseOperations as PostgreSQLOperations
from django.db.backends.sqlite3 import base as _sqlite  # noqa: F401  its operations need it first
from django.db.backends.sqlite3.operations import DatabaseOperations as SQLiteOperations

from people.models import Person
from tests.factories.people import PersonFactory

_SQLITE_TRIGGERS = (
    "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' "
    "AND (name LIKE '%_no_update' OR name LIKE '%_no_delete')"
)


@pytest.fixture(autouse=True, scope="session")
def _flushing_may_empty_append_only_tables():
    """Let the flush between transactional tests pass the append-only triggers.

    The way through is here, in the tests, and nowhere in the product: on SQLite the flush drops
    and restores the triggers, on PostgreSQL it runs as a replica, for which triggers do not fire.
    """
    patch = pytest.MonkeyPatch()
    sqlite_flush = SQLiteOperations.sql_flush
    postgresql_flush = PostgreSQLOperations.sql_flush

    def on_sqlite(self, *args, **kwargs):
        statements = sqlite_flush(self, *args, **kwargs)
        with self.connection.cursor() as cursor:
            triggers = cursor.execute(_SQLITE_TRIGGERS).fetchall()
        dropped = [f"DROP TRIGGER {name}" for name, _ in triggers]
        return [*dropped, *statements, *(sql for _, sql in triggers)]

    def on_postgresql(self, *args, **kwargs):
        statements = postgresql_flush(self, *args, **kwargs)
        if not statements:
            return statements
        return [
            "SET session_replication_role = replica",
            *statements,
            "SET session_replication_role = DEFAULT",
        ]

    patch.setattr(SQLiteOperations, "sql_flush", on_sqlite)
    patch.setattr(PostgreSQLOperations, "sql_flush", on_postgresql)
    yield
    patch.undo()


@pytest.fixture
def person(db) -> Person:
    """A learner with a home unit and no role."""
    return PersonFactory()


@pytest.fixture
def login():
    """``login(client, person)``: signed in without the password's cost."""

    def sign_in(client, person):
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in
