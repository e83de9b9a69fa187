"""A district, a bureau in it, and who works with their classes."""

import pytest

from people.enums import Role
from tests.factories.people import OrgUnitFactory, holder


@pytest.fixture
def district():
    return OrgUnitFactory(name="清河区")


@pytest.fixture
def bureau(district):
    return OrgUnitFactory(name="区民政局", parent=district)


@pytest.fixture
def admin(district):
    return holder(Role.TRAINING_ADMIN, district)


@pytest.fixture
def liaison(bureau):
    return holder(Role.LIAISON, bureau)
