"""Commands that keep a site running."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from dashboards.health import health
from people.enums import Role
from people.queries import has_role
from tests.factories.people import OrgUnitFactory, PersonFactory
from tests.factories.tracker import post_hours

pytestmark = pytest.mark.django_db


def test_the_sweep_asks_every_app_that_listens():
    out = StringIO()

    call_command("sweep", stdout=out)

    assert [line.split(":")[0] for line in out.getvalue().splitlines()] == [
        "content",
        "tracker",
        "exams",
        "classes",
        "courses",
        "certificates",
        "dashboards",
        "notices",
    ]


def test_a_sweep_of_its_own_goes_on_after_a_round_that_breaks_off(monkeypatch, caplog):
    """As in ``script/server``: one process for all rounds, ended from outside."""
    rounds = []

    def sweeps(now):
        rounds.append(now)
        if len(rounds) == 1:
            raise RuntimeError
        return 0

    def sleeps(seconds):
        assert seconds == 300
        if len(rounds) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("notices.operations.sweep", sweeps)
    monkeypatch.setattr("config.management.commands.sweep.time.sleep", sleeps)
    monkeypatch.setattr("config.management.commands.sweep.connection.close", lambda: None)

    with pytest.raises(KeyboardInterrupt):
        call_command("sweep", every=300, stdout=StringIO())

    assert len(rounds) == 2
    assert "it is tried again in 300 seconds" in caplog.text
    assert health(now=timezone.now()).swept_at is not None


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its own figures")
def test_the_sweep_gives_sqlite_the_figures_of_a_table_that_has_none():
    def known():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'")
            if cursor.fetchone() == (0,):
                return set()
            cursor.execute("SELECT DISTINCT tbl FROM sqlite_stat1")
            return {name for (name,) in cursor.fetchall()}

    post_hours(PersonFactory(), "tests.planner:1", hours="1")
    assert "tracker_entry" not in known()

    call_command("sweep", stdout=StringIO())

    assert "tracker_entry" in known()


def test_the_first_administrator_is_made_from_the_command_line():
    person, unit = PersonFactory(staff_number="A1"), OrgUnitFactory(code="QH")

    call_command("grant_role", "A1", "system_admin", "QH", stdout=StringIO())

    assert has_role(type(person).objects.get(pk=person.pk), Role.SYSTEM_ADMIN)
    with pytest.raises(CommandError, match="Nobody has the staff number A2"):
        call_command("grant_role", "A2", "system_admin", unit.code)
    with pytest.raises(CommandError, match="No unit has the code XX"):
        call_command("grant_role", "A1", "system_admin", "XX")
