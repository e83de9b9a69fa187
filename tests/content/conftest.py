"""People of the library."""

from datetime import date

import pytest

from people.enums import Role
from people.operations import grant_role
from tests.factories.content import NOW
from tests.factories.people import OrgUnitFactory, PersonFactory


def _with_role(role):
    person = PersonFactory()
    grant_role(person, role, OrgUnitFactory(), by=None, now=NOW, on=date(2026, 1, 1))
    return person


@pytest.fixture
def editor(db):
    return _with_role(Role.EDITOR)


@pytest.fixture
def reviewer(db):
    return _with_role(Role.CONTENT_REVIEWER)


@pytest.fixture(autouse=True)
def _own_media_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
