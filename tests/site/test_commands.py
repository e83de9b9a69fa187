"""Commands that keep a site running."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from people.enums import Role
from people.queries import has_role
from tests.factories.people import OrgUnitFactory, PersonFactory

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


def test_the_first_administrator_is_made_from_the_command_line():
    person, unit = PersonFactory(staff_number="A1"), OrgUnitFactory(code="QH")

    call_command("grant_role", "A1", "system_admin", "QH", stdout=StringIO())

    assert has_role(type(person).objects.get(pk=person.pk), Role.SYSTEM_ADMIN)
    with pytest.raises(CommandError, match="Nobody has the staff number A2"):
        call_command("grant_role", "A2", "system_admin", unit.code)
    with pytest.raises(CommandError, match="No unit has the code XX"):
        call_command("grant_role", "A1", "system_admin", "XX")
