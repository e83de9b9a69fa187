"""Editions, enrolment, leases, completion: what may be repeated and raced, and what the sweep mends."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, connections, transaction

import tracker.queries
from courses import operations, queries
from courses.enums import ItemKind, Way
from courses.models import (
    CourseEdition,
    CourseItem,
    EditionItem,
    Enrolment,
    ItemProgress,
    StudyLease,
)
from courses.signals import course_completed
from courses.study_time import Kind, Tick
from tests.factories.courses import (
    CourseEditionFactory,
    CoursePageFactory,
    EnrolmentFactory,
    study_page,
)
from tests.factories.people import PersonFactory

NOW = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def course_with(*items, **fields):
    course = CoursePageFactory(**fields)
    for order, item in enumerate(items):
        CourseItem.objects.create(course=course, sort_order=order, **item)
    return course


def study_all(enrolment, item, *, at=NOW):
    """Play an item from end to end, a tick a minute; return what each tick did."""
    lease = operations.take_lease(enrolment.person_id, enrolment.pk, item.pk, now=at)
    outcomes = []
    for minute in range(1, item.length_seconds // 60 + 1):
        outcome = operations.record_ticks(
            lease.lease_id,
            [Tick(minute, (minute - 1) * 60_000, minute * 60_000, 60_000)],
            kind=Kind(item.kind),
            length_ms=lease.length_ms,
            min_share=lease.min_share,
            now=at + timedelta(minutes=minute),
        )
        outcomes.append(outcome)
    return outcomes


# --- editions --------------------------------------------------------------------------------


@pytest.mark.django_db
def test_publishing_freezes_an_edition_with_the_items_in_order():
    course = course_with({"page": study_page("甲")}, {"page": study_page("乙"), "title": "第二篇"})
    edition = operations.freeze_edition(course.pk, now=NOW)

    assert edition.number == 1
    assert [item.title for item in edition.items.all()] == ["甲", "第二篇"]
    assert [item.kind for item in edition.items.all()] == [ItemKind.READING, ItemKind.READING]


@pytest.mark.django_db
def test_publishing_a_course_unchanged_makes_no_new_edition():
    course = course_with({"page": study_page()})
    first = operations.freeze_edition(course.pk, now=NOW)

    assert operations.freeze_edition(course.pk, now=LATER) == first
    course.hours = Decimal("2.5")
    course.save()
    assert operations.freeze_edition(course.pk, now=LATER).number == 2


@pytest.mark.django_db
def test_a_course_that_is_not_live_or_has_no_items_has_no_edition():
    draft = course_with({"page": study_page()})
    draft.live = False
    draft.save()

    assert operations.freeze_edition(draft.pk, now=NOW) is None
    assert operations.freeze_edition(CoursePageFactory().pk, now=NOW) is None


@pytest.mark.django_db
def test_publishing_in_wagtail_freezes_the_edition():
    course = course_with({"page": study_page()})
    course.save_revision().publish()

    assert CourseEdition.objects.get(course=course).title == course.title


@pytest.mark.django_db
def test_whoever_began_keeps_the_edition_begun_with():
    course = course_with({"page": study_page()})
    operations.freeze_edition(course.pk, now=NOW)
    early = operations.enrol(PersonFactory().pk, course.pk, now=NOW)
    course.title = "新名称"
    course.save()
    operations.freeze_edition(course.pk, now=LATER)
    late = operations.enrol(PersonFactory().pk, course.pk, now=LATER)

    assert (early.edition.number, late.edition.number) == (1, 2)
    assert operations.enrol(early.person_id, course.pk, now=LATER).edition.number == 1


@pytest.mark.django_db
def test_the_database_refuses_to_change_or_delete_an_edition():
    edition = CourseEditionFactory()
    for change in (
        lambda: CourseEdition.objects.filter(pk=edition.pk).update(hours=99),
        lambda: EditionItem.objects.filter(edition=edition).update(min_share=1),
        lambda: EditionItem.objects.filter(edition=edition).delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


# --- enrolment -------------------------------------------------------------------------------


@pytest.mark.django_db
def test_enrolling_twice_is_one_enrolment():
    person, edition = PersonFactory(), CourseEditionFactory()
    first = operations.enrol(person.pk, edition.course_id, now=NOW)
    second = operations.enrol(person.pk, edition.course_id, now=LATER)

    assert first == second
    assert second.enrolled_at == NOW
    assert second.unit_id == person.unit_id


@pytest.mark.django_db
def test_the_database_refuses_a_second_open_enrolment():
    first = EnrolmentFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        EnrolmentFactory(person=first.person, edition=first.edition)


@pytest.mark.django_db
def test_assigning_a_self_selected_course_sets_the_deadline_and_keeps_what_was_begun():
    mine = EnrolmentFactory()
    admin = PersonFactory()
    assigned = operations.enrol(
        mine.person_id,
        mine.course_id,
        way=Way.ASSIGNED,
        by_id=admin.pk,
        deadline_on=date(2026, 12, 31),
        now=NOW,
    )
    assert assigned.pk == mine.pk
    assert (assigned.way, assigned.deadline_on) == (Way.ASSIGNED, date(2026, 12, 31))


@pytest.mark.django_db
def test_a_course_with_a_prerequisite_is_refused_until_that_is_completed():
    first = CourseEditionFactory()
    second = CourseEditionFactory(course=CoursePageFactory(prerequisites=[first.course]))
    person = PersonFactory()

    with pytest.raises(operations.PrerequisiteMissing) as refusal:
        operations.enrol(person.pk, second.course_id, now=NOW)
    assert refusal.value.titles == [first.course.title]

    EnrolmentFactory(person=person, edition=first, completed_at=NOW)
    assert operations.enrol(person.pk, second.course_id, now=NOW).edition == second


@pytest.mark.django_db
def test_a_course_without_an_edition_is_not_offered():
    with pytest.raises(operations.CourseNotOffered):
        operations.enrol(PersonFactory().pk, CoursePageFactory().pk, now=NOW)


# --- leases ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_database_refuses_a_second_live_lease(enrolment):
    item = enrolment.edition.items.get()
    operations.take_lease(enrolment.person_id, enrolment.pk, item.pk, now=NOW)
    progress = ItemProgress.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        StudyLease.objects.create(
            person=enrolment.person, progress=progress, taken_at=NOW, clock_ms=0, heard_ms=0
        )


@pytest.mark.django_db
def test_an_exam_is_not_studied_under_a_lease(enrolment):
    other = CourseEditionFactory().items.get()
    with pytest.raises(operations.NotStudied):
        operations.take_lease(enrolment.person_id, enrolment.pk, other.pk, now=NOW)


@pytest.mark.django_db
def test_a_new_lease_goes_on_where_the_last_one_stopped(enrolment):
    item = enrolment.edition.items.get()
    study_all(enrolment, item)
    lease = operations.take_lease(
        enrolment.person_id, enrolment.pk, item.pk, now=NOW + timedelta(hours=1)
    )
    assert lease.position_ms == 600_000
    assert lease.completed


@pytest.mark.django_db
def test_a_sitting_keeps_its_stretches_as_evidence(enrolment):
    item = enrolment.edition.items.get()
    lease = operations.take_lease(enrolment.person_id, enrolment.pk, item.pk, now=NOW)
    ticks = [
        [Tick(1, 0, 10_000, 10_000)],
        [Tick(2, 10_000, 20_000, 10_000)],
        [Tick(3, 20_000, 20_000, 10_000, playing=False)],
    ]
    for n, batch in enumerate(ticks, start=1):
        operations.record_ticks(
            lease.lease_id,
            batch,
            kind=Kind.MEDIA,
            length_ms=600_000,
            min_share=90,
            now=NOW + timedelta(seconds=10 * n),
        )
    (sitting,) = queries.sittings(enrolment.pk)

    assert sitting.verified_seconds == 20
    assert [(s.credited_seconds, s.reason) for s in sitting.stretches] == [
        (20, "observed"),
        (0, "paused"),
    ]
    assert sitting.began_at == NOW


# --- completion ------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_course_studied_to_the_end_is_credited_once_and_told_once(enrolment):
    told = []

    def hear(enrolment_id, **kwargs):
        told.append(enrolment_id)

    course_completed.connect(hear)
    try:
        outcomes = study_all(enrolment, enrolment.edition.items.get())
        for _ in range(3):
            operations.complete_course(enrolment.pk, now=LATER)
            operations.sweep(LATER)
    finally:
        course_completed.disconnect(hear)

    # Nine minutes of ten are ninety per cent.
    assert [o.item_completed for o in outcomes] == [False] * 8 + [True] * 2
    assert [o.course_completed for o in outcomes] == [False] * 8 + [True, False]
    entries = tracker.queries.entries_of(enrolment.person_id, LATER + timedelta(days=1))
    assert [entry.hours for entry in entries] == [Decimal(2)]
    assert told == [enrolment.pk]


@pytest.mark.django_db
def test_an_item_is_completed_at_ninety_per_cent_and_not_before(enrolment):
    item = enrolment.edition.items.get()
    progress = ItemProgress.objects.create(enrolment=enrolment, item=item, covered_ms=539_999)
    with pytest.raises(operations.NotProven):
        operations.complete_item(enrolment.pk, item.pk, now=NOW)

    ItemProgress.objects.filter(pk=progress.pk).update(covered_ms=540_000)
    assert operations.complete_item(enrolment.pk, item.pk, now=NOW).completed_at == NOW


@pytest.mark.django_db
def test_a_course_is_not_completed_while_a_required_item_is_open(two_items):
    first, _ = two_items.edition.items.order_by("position")
    ItemProgress.objects.create(enrolment=two_items, item=first, covered_ms=600_000)
    enrolment = operations.complete_item(two_items.pk, first.pk, now=NOW)

    assert enrolment.completed_at is None
    with pytest.raises(operations.NotProven):
        operations.complete_course(two_items.pk, now=NOW)


@pytest.mark.django_db
def test_an_optional_item_does_not_hold_a_course_up():
    enrolment = EnrolmentFactory(
        edition=CourseEditionFactory(items=[{}, {"kind": "reading", "required": False}])
    )
    first = enrolment.edition.items.get(position=1)
    ItemProgress.objects.create(enrolment=enrolment, item=first, covered_ms=600_000)

    assert operations.complete_item(enrolment.pk, first.pk, now=NOW).completed_at == NOW


@pytest.mark.django_db(transaction=True)
def test_two_calls_at_the_same_moment_complete_and_credit_once(enrolment):
    item = enrolment.edition.items.get()
    ItemProgress.objects.create(enrolment=enrolment, item=item, covered_ms=600_000)
    ready = Barrier(4)
    failures = []

    def complete():
        try:
            ready.wait(timeout=10)
            operations.complete_item(enrolment.pk, item.pk, now=NOW)
        except Exception as failure:  # noqa: BLE001  any failure fails the test
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [Thread(target=complete) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert len(tracker.queries.entries_of(enrolment.person_id, LATER)) == 1


@pytest.mark.django_db(transaction=True)
def test_batches_that_arrive_at_the_same_moment_earn_no_time_twice(enrolment):
    item = enrolment.edition.items.get()
    lease = operations.take_lease(enrolment.person_id, enrolment.pk, item.pk, now=NOW)
    ready = Barrier(4)

    def send(n):
        try:
            ready.wait(timeout=10)
            operations.record_ticks(
                lease.lease_id,
                [Tick(n, n * 60_000, (n + 1) * 60_000, 60_000)],
                kind=Kind.MEDIA,
                length_ms=600_000,
                min_share=90,
                now=LATER,
            )
        finally:
            connections.close_all()

    threads = [Thread(target=send, args=(n,)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    progress = ItemProgress.objects.get()
    assert 0 < progress.verified_ms <= 60_000


# --- the sweep -------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_sweep_completes_and_posts_what_a_kill_left(enrolment):
    item = enrolment.edition.items.get()
    ItemProgress.objects.create(enrolment=enrolment, item=item, covered_ms=540_000)
    swept = operations.sweep(NOW)

    assert (swept.items, swept.courses) == (1, 0)  # completing the item completed the course
    enrolment.refresh_from_db()
    assert enrolment.completed_at == NOW
    assert enrolment.posted_at == NOW
    assert operations.sweep(LATER) == operations.Swept()


@pytest.mark.django_db(transaction=True)
def test_the_sweep_posts_a_completion_the_ledger_never_got(enrolment):
    Enrolment.objects.filter(pk=enrolment.pk).update(completed_at=NOW)

    assert operations.sweep(LATER).posted == 1
    (entry,) = tracker.queries.entries_of(enrolment.person_id, LATER + timedelta(days=1))
    assert entry.source == f"courses.completion:{enrolment.pk}"


@pytest.mark.django_db(transaction=True)
def test_the_sweep_completes_a_course_whose_items_are_all_completed(two_items):
    for item in two_items.edition.items.all():
        ItemProgress.objects.create(
            enrolment=two_items, item=item, covered_ms=600_000, completed_at=NOW
        )
    assert operations.sweep(LATER).courses == 1


@pytest.mark.django_db
def test_the_sweep_freezes_what_was_published_unheard():
    course = course_with({"page": study_page()})
    course.last_published_at = NOW
    course.save()

    assert operations.sweep(LATER).editions == 1
    assert operations.sweep(LATER).editions == 0


# --- cost ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_tick_costs_one_read_and_one_write(enrolment, django_assert_num_queries):
    item = enrolment.edition.items.get()
    lease = operations.take_lease(enrolment.person_id, enrolment.pk, item.pk, now=NOW)
    # SQLite writes lease and progress by two statements in a savepoint of the test's transaction.
    expected = 2 if connection.vendor == "postgresql" else 5
    with django_assert_num_queries(expected):
        operations.record_ticks(
            lease.lease_id,
            [Tick(1, 0, 10_000, 10_000)],
            kind=Kind.MEDIA,
            length_ms=600_000,
            min_share=90,
            now=NOW + timedelta(seconds=10),
        )
