"""A thread keeps its connection to PostgreSQL over requests, and gets over one that the database ended."""

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import Client

needs_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has no server that could end a connection"
)


def test_connections_do_not_grow_old():
    assert settings.DATABASES["default"]["CONN_MAX_AGE"] is None
    assert not settings.DATABASES["default"]["CONN_HEALTH_CHECKS"]


@pytest.fixture
def ask(transactional_db):
    """``ask()``: status and headers of a page that reads the database, with what the server does around it."""
    client = Client(raise_request_exception=False)

    def request():
        # The test client leaves out what a server sends, and with it all care for connections.
        close_old_connections(signal=request_started)
        response = client.get("/healthz")
        close_old_connections(signal=request_finished)
        return response

    return request


@needs_postgresql
def test_one_connection_serves_request_after_request(ask):
    seen = set()
    for _ in range(3):
        assert ask().status_code == 200
        seen.add(connection.connection.info.backend_pid)
    assert len(seen) == 1


@needs_postgresql
def test_a_connection_the_database_ended_is_one_refusal_and_then_a_new_connection(ask):
    assert ask().status_code == 200
    gone = connection.connection.info.backend_pid
    with connection.copy().cursor() as other:
        other.execute("SELECT pg_terminate_backend(%s, 2000)", [gone])
        assert other.fetchone() == (True,)
        other.connection.close()

    assert ask().status_code == 503
    assert ask().status_code == 200
    assert connection.connection.info.backend_pid != gone
