"""From a completed course to exactly one certificate, whatever is lost or repeated on the way."""

from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from django.db import connection

import courses.operations
from certificates import operations
from certificates.enums import Verdict
from certificates.models import Certificate
from certificates.queries import verdict_on
from courses.enums import ItemKind
from courses.models import ItemProgress
from courses.signals import course_completed
from tests.at_once import at_once
from tests.factories.courses import CourseEditionFactory, EnrolmentFactory
from tests.factories.exams import make_exam, make_paper
from tests.factories.people import PersonFactory

NOW = datetime(2026, 6, 1, 1, 0, 0, tzinfo=UTC)


def completed(**named):
    return EnrolmentFactory(
        completed_at=NOW - timedelta(hours=1), posted_at=NOW - timedelta(hours=1), **named
    )


@pytest.fixture
def enrolment(db):
    return completed(person=PersonFactory(name="王晓明"))


def test_completed_course_is_certified_with_its_title_and_hours(enrolment):
    certificate = operations.issue(enrolment.pk, now=NOW)

    assert certificate.learner == enrolment.person
    assert certificate.learner_name == "王晓明"
    assert certificate.course_title == enrolment.edition.title
    assert certificate.hours == enrolment.edition.hours
    assert certificate.source == f"courses.completion:{enrolment.pk}"
    assert verdict_on(certificate) == Verdict.VALID


def test_completed_on_is_the_day_in_shanghai_not_in_greenwich(db):
    enrolment = EnrolmentFactory(completed_at=datetime(2026, 5, 31, 16, 0, tzinfo=UTC))

    assert operations.issue(enrolment.pk, now=NOW).completed_on.isoformat() == "2026-06-01"


def test_news_of_a_completion_brings_the_certificate(enrolment, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        course_completed.send(sender=None, enrolment_id=enrolment.pk)

    assert Certificate.objects.get().learner == enrolment.person


def test_the_same_news_twice_brings_one_certificate(enrolment, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        course_completed.send(sender=None, enrolment_id=enrolment.pk)
        course_completed.send(sender=None, enrolment_id=enrolment.pk)

    assert Certificate.objects.count() == 1


def test_a_course_that_is_not_completed_is_not_certified(db):
    with pytest.raises(operations.NothingToCertify):
        operations.issue(EnrolmentFactory().pk, now=NOW)


def test_a_course_that_grants_none_is_not_certified(db):
    enrolment = completed(edition=CourseEditionFactory(grants_certificate=False))

    with pytest.raises(operations.NothingToCertify):
        operations.issue(enrolment.pk, now=NOW)


def test_an_unknown_enrolment_is_not_certified(db):
    with pytest.raises(operations.NothingToCertify):
        operations.issue(0, now=NOW)


class Killed(BaseException):
    """What a kill leaves of a process: nothing is caught, nothing tidied up."""


def test_a_batch_killed_in_the_middle_finishes_with_one_certificate_each(db, monkeypatch):
    edition = CourseEditionFactory()
    enrolments = [completed(edition=edition) for _ in range(5)]
    ids = [enrolment.pk for enrolment in enrolments]
    issue, left = operations.issue, iter(range(3))

    def until_killed(*args, **kwargs):
        if next(left, None) is None:
            raise Killed
        return issue(*args, **kwargs)

    monkeypatch.setattr(operations, "issue", until_killed)
    with pytest.raises(Killed):
        operations.issue_many(ids, now=NOW)
    monkeypatch.undo()
    before = set(Certificate.objects.values_list("serial", flat=True))

    again = operations.issue_many(ids, now=NOW)

    assert (again.issued, again.standing, again.refused) == (2, 3, [])
    assert sorted(Certificate.objects.values_list("source", flat=True)) == sorted(
        f"courses.completion:{pk}" for pk in ids
    )
    assert before < set(Certificate.objects.values_list("serial", flat=True))


def test_the_sweep_issues_what_a_lost_signal_left_and_then_nothing(enrolment):
    completed(edition=CourseEditionFactory(grants_certificate=False))
    EnrolmentFactory()

    assert operations.sweep(now=NOW) == 1
    assert operations.sweep(now=NOW) == 0
    assert Certificate.objects.get().learner == enrolment.person


def test_the_sweep_costs_the_same_however_much_stands_already(db, django_assert_num_queries):
    edition = CourseEditionFactory()
    for _ in range(3):
        completed(edition=edition)
    operations.sweep(now=NOW)
    with django_assert_num_queries(3):
        operations.sweep(now=NOW)
    for _ in range(20):
        completed(edition=edition)
    operations.sweep(now=NOW)
    with django_assert_num_queries(3):
        operations.sweep(now=NOW)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_issue_one_certificate(in_threads):
    enrolment = completed()

    serials = in_threads(8, lambda: operations.issue(enrolment.pk, now=NOW).serial)

    assert len(set(serials)) == 1
    assert Certificate.objects.count() == 1


def _issued_while_taken_back(monkeypatch):
    """A certificate's words are just being fixed when the pass its course rests on goes; the source."""
    learner, exam = PersonFactory(), make_exam(make_paper(count=1))
    item = {"kind": ItemKind.EXAM, "exam": exam}
    enrolment = completed(person=learner, edition=CourseEditionFactory(items=[item]))
    ItemProgress.objects.create(
        enrolment=enrolment, item=enrolment.edition.items.get(), completed_at=NOW
    )
    writing, gone = Event(), Event()
    fix_words = operations._frozen

    def slowly(*args, **kwargs):
        writing.set()
        gone.wait(1)
        return fix_words(*args, **kwargs)

    def take_back():
        assert writing.wait(10)
        courses.operations.exam_not_passed(exam.pk, learner.pk, now=NOW)
        gone.set()

    monkeypatch.setattr(operations, "_frozen", slowly)
    at_once(lambda: operations.issue(enrolment.pk, now=NOW), take_back)
    enrolment.refresh_from_db()
    assert (enrolment.completed_at, enrolment.times_undone) == (None, 1)
    return f"courses.completion:{enrolment.pk}"


@pytest.mark.django_db(transaction=True)
def test_a_certificate_issued_as_its_completion_is_taken_back_is_revoked(monkeypatch):
    source = _issued_while_taken_back(monkeypatch)

    assert verdict_on(Certificate.objects.get(source=source)) == Verdict.REVOKED


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_without_the_lock_it_would_stay_valid(monkeypatch):
    facts = operations.courses.completion_facts
    monkeypatch.setattr(operations.courses, "completion_facts", lambda pk, held: facts(pk))

    source = _issued_while_taken_back(monkeypatch)

    assert verdict_on(Certificate.objects.get(source=source)) == Verdict.VALID


@pytest.mark.django_db(transaction=True)
def test_questions_asked_at_once_are_all_counted(in_threads):
    answers = in_threads(40, lambda: operations.count_verification("192.0.2.7", now=NOW))

    assert answers.count(True) == operations.VERIFICATIONS_A_MINUTE


@pytest.mark.django_db(transaction=True)
def test_without_the_atomic_count_some_questions_are_lost(in_threads, monkeypatch):
    """The negative control: read, then write, and a race answers more than it may."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite lets one transaction write at a time; the race needs PostgreSQL")
    from certificates.models import VerificationCount  # noqa: PLC0415

    def careless():
        row, _ = VerificationCount.objects.get_or_create(asker="x", minute=1)
        asked = row.asked + 1
        VerificationCount.objects.filter(pk=row.pk).update(asked=asked)
        return asked <= operations.VERIFICATIONS_A_MINUTE

    assert in_threads(60, careless).count(True) > operations.VERIFICATIONS_A_MINUTE
