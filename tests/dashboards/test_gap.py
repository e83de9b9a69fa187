"""For the member: only courses that the law engine itself would count are named."""

from datetime import date

import pytest

from tests.dashboards.conftest import DAYS, ONLINE
from tests.factories.courses import CourseEditionFactory, EnrolmentFactory
from tests.factories.people import PersonFactory, PostFactory
from tests.factories.tracker import post_hours

pytestmark = pytest.mark.django_db


@pytest.fixture
def learner(district):
    person = PersonFactory(unit=district.first)
    PostFactory(person=person, unit=district.first, starts_on=date(2020, 1, 1))
    return person


def named(client, requirement):
    page = client.get(f"/gap/{requirement}/")
    return {row["card"].edition.pk: row["closes"] for row in page.context["helpful"]}


def test_an_online_course_counts_for_the_online_duty_and_not_for_days(client, login, learner):
    course = CourseEditionFactory(hours="2")
    client = login(client, learner)

    assert named(client, ONLINE) == {course.pk: False}
    assert named(client, DAYS) == {}
    assert "没有" in client.get(f"/gap/{DAYS}/").content.decode()


def test_the_course_that_closes_the_gap_says_so(client, login, learner):
    course = CourseEditionFactory(hours="2")
    post_hours(learner, "t:1", hours="48")

    assert named(login(client, learner), ONLINE) == {course.pk: True}


def test_a_completed_course_is_not_offered_again(client, login, learner):
    edition = CourseEditionFactory(hours="2")
    EnrolmentFactory(person=learner, edition=edition, completed_at="2026-05-01T00:00:00Z")

    assert named(login(client, learner), ONLINE) == {}


def test_a_requirement_that_does_not_apply_is_not_found(client, login, learner):
    assert login(client, learner).get("/gap/five-years-of-nothing/").status_code == 404
