import pytest
import time_machine
from django.test import Client

from tests.courses.study_helpers import StudyPage
from tests.factories.courses import CourseEditionFactory, EnrolmentFactory

NINE = "2026-11-02T01:00:00+00:00"  # nine o'clock in Shanghai


@pytest.fixture
def clock():
    """The server's clock, standing still until moved."""
    with time_machine.travel(NINE, tick=False) as traveller:
        yield traveller


@pytest.fixture
def enrolment(db):
    """A person enrolled in a course of one ten-minute lecture, 90 per cent needed."""
    return EnrolmentFactory()


@pytest.fixture
def two_items(db):
    """A person enrolled in a course of a ten-minute lecture and a ten-minute text."""
    return EnrolmentFactory(
        edition=CourseEditionFactory(items=[{"kind": "media"}, {"kind": "reading"}])
    )


@pytest.fixture
def study_page(clock, login):
    """``study_page(enrolment)``: a signed-in page at the first item, its lease taken."""

    def open_page(enrolment, item=None) -> StudyPage:
        page = StudyPage(login(Client(), enrolment.person), clock)
        page.take(enrolment, item or enrolment.edition.items.get(position=1))
        return page

    return open_page
