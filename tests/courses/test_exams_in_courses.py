"""An exam as an item of a course: passed there, completed here."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from courses import operations
from courses.models import Enrolment, ItemProgress
from exams.operations import Given, grade_attempt, submit_attempt
from exams.queries import sheet_of
from tests.factories.courses import CourseEditionFactory, EnrolmentFactory
from tests.factories.exams import NOW, ExamFactory, make_attempt

LATER = datetime(2026, 6, 1, 2, 30, tzinfo=UTC)


@pytest.fixture
def enrolment(db):
    """A course that is one exam."""
    edition = CourseEditionFactory(
        items=[{"kind": "exam", "exam": ExamFactory(shuffle_options=False)}]
    )
    return EnrolmentFactory(edition=edition)


def sit(enrolment, *, rightly):
    """Sit the exam of the course, with all answers right or none given."""
    item = enrolment.edition.items.get()
    attempt = make_attempt(item.exam, enrolment.person)
    answers = [Given(line.number, 1, '"B"') for line in sheet_of(attempt)] if rightly else []
    submit_attempt(attempt.pk, last=answers, now=NOW)
    grade_attempt(attempt.pk, now=NOW)
    return attempt


@pytest.mark.django_db(transaction=True)
def test_a_passed_exam_completes_its_item_and_the_course(enrolment):
    sit(enrolment, rightly=True)
    done = Enrolment.objects.get(pk=enrolment.pk)

    assert ItemProgress.objects.get().completed_at is not None
    assert done.completed_at is not None
    assert done.posted_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_failed_exam_completes_nothing(enrolment):
    sit(enrolment, rightly=False)

    assert Enrolment.objects.get(pk=enrolment.pk).completed_at is None
    with pytest.raises(operations.NotProven):
        operations.complete_item(enrolment.pk, enrolment.edition.items.get().pk, now=LATER)


@pytest.mark.django_db
def test_the_sweep_takes_over_a_pass_whose_signal_was_lost(enrolment):
    sit(enrolment, rightly=True)  # inside the test's transaction the signal is never sent
    assert Enrolment.objects.get(pk=enrolment.pk).completed_at is None

    assert operations.sweep(LATER).items == 1
    assert Enrolment.objects.get(pk=enrolment.pk).completed_at == LATER


@pytest.mark.django_db
def test_another_persons_pass_completes_nothing_of_mine(enrolment):
    mine = EnrolmentFactory(edition=enrolment.edition)
    sit(enrolment, rightly=True)
    operations.sweep(LATER)

    assert Enrolment.objects.get(pk=mine.pk).completed_at is None


@pytest.mark.django_db
def test_the_exam_item_leads_to_the_exam_and_takes_over_the_pass_on_return(enrolment, login):
    client = login(Client(), enrolment.person)
    address = f"/courses/{enrolment.course.slug}/1/"
    item = enrolment.edition.items.get()
    assert f"/exams/{item.exam_id}/" in client.get(address).content.decode()

    sit(enrolment, rightly=True)
    assert "合格" in client.get(address).content.decode()
    assert Enrolment.objects.get(pk=enrolment.pk).completed_at is not None


@pytest.mark.django_db
def test_the_exam_item_page_costs_at_most_eight_statements(
    enrolment, login, django_assert_max_num_queries
):
    client = login(Client(), enrolment.person)
    client.get("/courses/")
    with django_assert_max_num_queries(8):
        assert client.get(f"/courses/{enrolment.course.slug}/1/").status_code == 200
