"""What the database must know of its tables to find its way at a million rows."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection

from tests.factories.people import PersonFactory, PostFactory
from tests.factories.tracker import packs_in_force, post_hours
from tracker import operations, queries
from tracker.models import Entry, Standing

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)


def known_rows_of(table):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT reltuples FROM pg_class WHERE relname = %s", [table])
            return int(cursor.fetchone()[0])
        cursor.execute(
            "SELECT MAX(CAST(stat AS INTEGER)) FROM sqlite_stat1 WHERE tbl = %s", [table]
        )
        return cursor.fetchone()[0]


def test_the_database_is_told_how_standings_are_spread():
    packs_in_force("cadre-2023")
    for _ in range(3):
        PostFactory(person=PersonFactory())
    operations.rebuild_standings(on=date(2026, 6, 30), now=NOW)
    standings = Standing.objects.count()
    assert standings > 0
    with connection.cursor() as cursor:  # whatever an earlier test left
        cursor.execute("ANALYZE tracker_remark")

    operations.refresh_statistics()

    assert known_rows_of("tracker_standing") == standings


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL knows how many are blank")
def test_sqlite_looks_a_reversal_up_instead_of_reading_the_ledger():
    person = PersonFactory()
    for number in range(300):
        post_hours(person, f"x:{number}", now=NOW)
    entry = Entry.objects.earliest("pk")
    operations.reverse(entry.pk, because="typing error", by_id=None, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tracker_entry")
    lines = queries.entries_of(person.pk).select_related("reversed_by")

    plan = lines.explain()

    assert "tracker_entry_reversals" in plan
    assert "SCAN" not in plan
