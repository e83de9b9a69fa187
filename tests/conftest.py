"""What every test may use: append-only tables that can be flushed, a signed-in client, a browser."""

import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management.base import CommandError
from django.db import connection
from django.db.backends.postgresql import base as _postgresql  # noqa: F401
from django.db.backends.postgresql.operations import DatabaseOperations as PostgreSQLOperations
from django.db.backends.sqlite3 import base as _sqlite  # noqa: F401  its operations need it first
from django.db.backends.sqlite3.operations import DatabaseOperations as SQLiteOperations
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings
from playwright.sync_api import BrowserContext, Page

from people.models import Person
from tests.factories.people import PersonFactory

# A loaded machine draws slowly, most of all the first text of a fresh checkout; that is no fault of a test.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

# Playwright's loop runs in the test's thread; the ORM there is used between, never inside, its calls.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

_SQLITE_TRIGGERS = (
    "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' "
    "AND (name LIKE '%_no_update' OR name LIKE '%_no_delete')"
)

_ALWAYS_FIRING = "SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgenabled = 'A'"


@pytest.fixture(autouse=True, scope="session")
def _flushing_may_empty_append_only_tables():
    """Let the flush between transactional tests pass the append-only triggers.

    The way through is here, in the tests, and nowhere in the product: on SQLite the flush drops
    and restores the triggers, on PostgreSQL it puts those to sleep that fire whoever the client is.
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
        with self.connection.cursor() as cursor:
            cursor.execute(_ALWAYS_FIRING)
            triggers = [f"ALTER TABLE {table} {{}} TRIGGER {name}" for table, name in cursor]
        return [
            "SET session_replication_role = replica",
            *(trigger.format("DISABLE") for trigger in triggers),
            *statements,
            *(trigger.format("ENABLE ALWAYS") for trigger in triggers),
            "SET session_replication_role = DEFAULT",
        ]

    patch.setattr(SQLiteOperations, "sql_flush", on_sqlite)
    patch.setattr(PostgreSQLOperations, "sql_flush", on_postgresql)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None,
    django_db_blocker: pytest.FixtureRequest,
) -> Iterator[None]:
    """After a flush, put back what the migrations planted: the library's root, groups, workflow.

    Django can restore it before a transactional test; the plain test after it would find nothing.
    """
    with django_db_blocker.unblock():
        rows = json.loads(connection.creation.serialize_db_to_string())
    # Content types first: what is saved before them would make new ones with other ids.
    rows.sort(key=lambda row: row["model"] != "contenttypes.contenttype")
    planted = json.dumps(rows)
    flush = TransactionTestCase._fixture_teardown

    def flush_and_plant(self: TransactionTestCase) -> None:
        # Content types and permissions are among what is put back, with the ids they had.
        with patch("django.core.management.commands.flush.emit_post_migrate_signal"):
            try:
                flush(self)
            except CommandError:
                # A page in the browser was still asking the live server; it is done in a moment.
                time.sleep(3)
                flush(self)
        connection.creation.deserialize_db_from_string(planted)

    with patch.object(TransactionTestCase, "_fixture_teardown", flush_and_plant):
        yield
    if connection.vendor == "postgresql":
        # A thread of a live server may still hold a connection; the database cannot go before it.
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture
def person(db) -> Person:
    """A learner with a home unit and no role."""
    return PersonFactory()


@pytest.fixture
def login():
    """``login(client, person)``: signed in without the password's cost."""

    def sign_in(client, person):
        client.force_login(person, backend="people.backends.RosterBackend")
        return client

    return sign_in


@pytest.fixture(autouse=True)
def failed_listeners():
    """News is told so that a listener that fails fails alone; in a test it fails the test."""
    failed: list[str] = []

    class Noting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            failed.append(self.format(record))

    handler, logger = Noting(logging.ERROR), logging.getLogger("django.dispatch")
    logger.addHandler(handler)
    yield failed
    logger.removeHandler(handler)
    assert not failed, "\n".join(failed)


# --- a real browser: Debian's Chromium, driven by Playwright ----------------------------------------

CHROMIUM = (
    os.environ.get("CHROMIUM")
    or shutil.which("chromium")
    or shutil.which("google-chrome")
    or shutil.which("chromium-browser")
)
SHOTS = os.environ.get("SHOTS")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser, skip what needs one, and say so."""
    skip = pytest.mark.skip(reason="no Chromium on this machine; script/setup says how to get one")
    for item in items:
        if not CHROMIUM and "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    return {
        "executable_path": CHROMIUM,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--autoplay-policy=no-user-gesture-required",
        ],
    }


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, object]:
    return {"viewport": {"width": 1440, "height": 900}, "locale": "zh-CN"}


@pytest.fixture
def sign_in(context: BrowserContext, live_server) -> Callable[[Page, str, str], None]:
    """``sign_in(page, staff_number, password)`` through the real login form."""

    def enter(page: Page, staff_number: str, password: str) -> None:
        context.clear_cookies()
        page.goto(f"{live_server.url}/accounts/login/")
        page.fill("input[name=login]", staff_number)
        page.fill("input[name=password]", password)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "/accounts/login" not in url, wait_until="domcontentloaded")

    return enter


@pytest.fixture
def look() -> Callable[[Page, str], None]:
    """``look(page, name)``: axe finds nothing serious, nothing overflows; keeps pictures if SHOTS is set.

    Each page is seen at 1440 and at 390 pixels.
    """
    axe = Axe()

    def check(page: Page, name: str) -> None:
        found = axe.run(page).response["violations"]
        serious = [
            (violation["id"], [node["target"] for node in violation["nodes"]][:3])
            for violation in found
            if violation["impact"] in ("serious", "critical")
        ]
        assert serious == [], f"{name} at {page.url}"
        size = page.viewport_size
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(150)
            overflow = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert overflow <= 0, f"{name} overflows by {overflow} px at {width}"
            if SHOTS:
                Path(SHOTS).mkdir(parents=True, exist_ok=True)
                page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
        if size:
            page.set_viewport_size(size)

    return check
