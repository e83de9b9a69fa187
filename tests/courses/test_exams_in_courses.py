"""An exam as an item of a course: passed there, completed here."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from certificates.models import Certificate
from courses import operations
from courses.models import Enrolment, ItemProgress
from exams import operations as exams
from exams.operations import Given, grade_attempt, submit_attempt
from exams.operations.grading import regrade_attempt
from exams.operations.marking import settle
from exams.queries import sheet_of
from notices.models import Notice
from people.models import AuditEntry
from tests.factories.courses import CourseEditionFactory, EnrolmentFactory
from tests.factories.exams import NOW, ExamFactory, make_attempt
from tests.factories.people import PersonFactory
from tracker.models import Entry
from tracker.operations import reverse

TEN_MINUTES = timedelta(minutes=10)
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


# --- a pass that is gone --------------------------------------------------------------------------


def lines(enrolment):
    """(source without the number of the reversed line, hours) of the person, as posted."""
    rows = Entry.objects.filter(person=enrolment.person).order_by("id")
    return [(row.source.split(":")[0], row.hours) for row in rows]


@pytest.mark.django_db(transaction=True)
def test_a_void_pass_takes_the_course_its_hours_and_its_certificate_back(enrolment):
    attempt = sit(enrolment, rightly=True)
    hours, examiner = enrolment.edition.hours, PersonFactory()
    done = Enrolment.objects.get(pk=enrolment.pk)
    certificate = Certificate.objects.get()
    assert lines(enrolment) == [("courses.completion", hours)]

    exams.void_attempt(attempt.pk, because="替考", by=examiner, now=LATER)

    undone = Enrolment.objects.get(pk=enrolment.pk)
    assert (undone.completed_at, undone.posted_at) == (None, None)
    assert ItemProgress.objects.get().completed_at is None
    assert lines(enrolment)[1:] == [("tracker.reversal", -hours)]
    assert "合格成绩已失效" in Entry.objects.get(hours=-hours).because
    certificate.refresh_from_db()
    assert (certificate.revoked_by, certificate.revoked_at is None) == (examiner, False)
    kept = AuditEntry.objects.get(verb="courses.completion.undo")
    assert kept.detail["completed_at"] == done.completed_at.isoformat()
    assert (
        Notice.objects.filter(person=enrolment.person, text__contains="恢复为未完成").count() == 1
    )

    # Passed once more, it completes on that day: a new line, a new certificate.
    sit(enrolment, rightly=True)
    assert lines(enrolment)[2:] == [("courses.completion", hours)]
    assert sum(amount for _, amount in lines(enrolment)) == hours
    assert Entry.objects.last().source == f"courses.completion:{enrolment.pk}#2"
    assert Certificate.objects.filter(revoked_at=None).count() == 1
    assert Certificate.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_void_attempt_beside_another_pass_takes_nothing_back(enrolment):
    exam = enrolment.edition.items.get().exam
    type(exam).objects.filter(pk=exam.pk).update(attempts_allowed=2)
    first = sit(enrolment, rightly=True)
    sit(enrolment, rightly=True)
    exams.void_attempt(first.pk, because="断网重考", by=PersonFactory(), now=LATER)
    assert Enrolment.objects.get(pk=enrolment.pk).completed_at is not None
    assert len(lines(enrolment)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_pass_that_is_opened_again_rests_until_it_is_handed_in_anew(enrolment):
    exam = enrolment.edition.items.get().exam
    type(exam).objects.filter(pk=exam.pk).update(review="nothing")
    attempt = sit(enrolment, rightly=True)
    exams.reopen_attempt(attempt.pk, TEN_MINUTES, because="误交", by=PersonFactory(), now=NOW)
    assert Enrolment.objects.get(pk=enrolment.pk).completed_at is None
    submit_attempt(attempt.pk, now=NOW)
    grade_attempt(attempt.pk, now=NOW)
    assert Enrolment.objects.get(pk=enrolment.pk).completed_at is not None
    assert sum(amount for _, amount in lines(enrolment)) == enrolment.edition.hours


@pytest.mark.django_db(transaction=True)
def test_a_corrected_result_takes_back_and_gives_anew_what_rests_on_it(enrolment):
    attempt = sit(enrolment, rightly=True)
    exam = attempt.exam
    type(exam).objects.filter(pk=exam.pk).update(
        review="marks", review_when="at_once", pass_percent=100
    )
    exam.refresh_from_db()
    marker = PersonFactory()
    appeal = exams.file_appeal(attempt.pk, by=enrolment.person, text="第一题有误", now=LATER)
    attempt.refresh_from_db()

    # An appeal that takes every point of one question away, and one that gives them back.
    exams.answer_appeal(
        appeal.pk, answer="已重新评阅", by=marker, now=LATER, number=1, points=Decimal(0)
    )
    assert Enrolment.objects.get(pk=enrolment.pk).completed_at is None
    assert sum(amount for _, amount in lines(enrolment)) == 0
    assert Certificate.objects.get().revoked_by == marker
    attempt.refresh_from_db()
    settle(attempt, 1, attempt.worth / 5)
    regrade_attempt(attempt.pk, now=LATER, appeal=appeal)
    assert Enrolment.objects.get(pk=enrolment.pk).completed_at is not None
    assert sum(amount for _, amount in lines(enrolment)) == enrolment.edition.hours


@pytest.mark.django_db
def test_the_sweep_takes_back_what_a_lost_signal_left(enrolment):
    attempt = sit(enrolment, rightly=True)
    operations.sweep(LATER)
    assert Enrolment.objects.get(pk=enrolment.pk).completed_at == LATER
    exams.void_attempt(attempt.pk, because="替考", by=PersonFactory(), now=LATER)

    assert operations.sweep(LATER).undone == 1
    assert Enrolment.objects.get(pk=enrolment.pk).completed_at is None
    assert operations.sweep(LATER).undone == 0


@pytest.mark.django_db
def test_a_line_reversed_by_hand_is_not_posted_anew(enrolment, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        attempt = sit(enrolment, rightly=True)
    reverse(Entry.objects.get().pk, because="重复登记", by_id=None, now=LATER)
    with django_capture_on_commit_callbacks(execute=True):
        exams.void_attempt(attempt.pk, because="断网", by=PersonFactory(), now=LATER)
        sit(enrolment, rightly=True)
    assert Enrolment.objects.get(pk=enrolment.pk).completed_at is not None
    assert sum(amount for _, amount in lines(enrolment)) == 0
