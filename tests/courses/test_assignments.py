"""Courses assigned to persons, units or a rule; later joiners; reminders; editions."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from courses import operations, queries
from courses.enums import Way
from courses.models import Assignment, Enrolment, ItemProgress
from courses.queries import Whom
from notices.models import Notice, UnitManners
from people.enums import OrgKind, Rank, Role
from people.models import AuditEntry
from tests.factories.courses import CourseEditionFactory, EnrolmentFactory, study_page
from tests.factories.people import OrgUnitFactory, PersonFactory, PostFactory, holder

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)
DUE = date(2026, 6, 30)


@pytest.fixture
def district():
    return OrgUnitFactory(name="清河区")


@pytest.fixture
def bureau(district):
    return OrgUnitFactory(name="区民政局", parent=district)


@pytest.fixture
def admin(district):
    return holder(Role.TRAINING_ADMIN, district)


def assign(edition, whom, unit, by, now=NOW):
    return operations.assign(edition.course_id, whom, unit=unit, deadline_on=DUE, by=by, now=now)


def test_a_rule_over_posts_means_whoever_fits_and_nobody_else(district, bureau, admin):
    head, clerk, elsewhere = (
        PersonFactory(unit=bureau),
        PersonFactory(unit=bureau),
        PersonFactory(unit=OrgUnitFactory()),
    )
    PostFactory(person=head, rank=Rank.TOWNSHIP_HEAD)
    PostFactory(person=clerk, rank=Rank.SECTION_STAFF)
    PostFactory(person=elsewhere, rank=Rank.TOWNSHIP_HEAD)
    whom = Whom(units=[district.pk], min_rank=Rank.TOWNSHIP_DEPUTY)
    assignment = assign(CourseEditionFactory(), whom, district, admin)

    [enrolment] = Enrolment.objects.filter(assignment=assignment)
    assert (enrolment.person, enrolment.way) == (head, Way.ASSIGNED)
    assert (enrolment.deadline_on, enrolment.unit) == (DUE, bureau)
    assert Notice.objects.get().person == head


def test_a_rule_over_duties_and_stages_looks_at_the_day(district, bureau, admin):
    now_secretary, once, member = (PersonFactory(unit=bureau) for _ in range(3))
    duty = {"kind": "branch_secretary", "unit": bureau, "starts_on": date(2024, 1, 1)}
    now_secretary.duties.create(**duty)
    once.duties.create(**duty, ends_on=date(2026, 6, 1))
    member.stages.create(stage="probationary_member", starts_on=date(2026, 1, 1))
    edition = CourseEditionFactory()
    first = assign(edition, Whom(units=[bureau.pk], duties=["branch_secretary"]), district, admin)
    assert [e.person for e in queries.of_assignment(first)] == [now_secretary]

    stages = Whom(units=[bureau.pk], stages=["probationary_member"])
    second = assign(CourseEditionFactory(), stages, district, admin)
    assert [e.person for e in queries.of_assignment(second)] == [member]


def test_a_later_joiner_is_caught_by_the_sweep_with_time_enough(district, bureau, admin):
    edition = CourseEditionFactory()
    assignment = assign(edition, Whom(units=[bureau.pk]), district, admin)
    joiner = PersonFactory(unit=bureau)
    later = NOW + timedelta(days=28)

    assert operations.sweep(later).joined == 1
    assert operations.sweep(later).joined == 0
    enrolment = Enrolment.objects.get(person=joiner)
    assert enrolment.deadline_on == date(2026, 7, 29)
    assert Notice.objects.filter(person=joiner).count() == 1

    operations.end_assignment(assignment.pk, by=admin, now=later)
    PersonFactory(unit=bureau)
    assert operations.sweep(later).joined == 0


def test_who_chose_the_course_keeps_edition_and_progress_and_gets_the_deadline(
    district, bureau, admin
):
    enrolment = EnrolmentFactory(person=PersonFactory(unit=bureau))
    done = EnrolmentFactory(
        person=PersonFactory(unit=bureau), edition=enrolment.edition, completed_at=NOW
    )
    newer = CourseEditionFactory(course=enrolment.course, number=2)
    assign(newer, Whom(units=[bureau.pk]), district, admin)

    enrolment.refresh_from_db()
    done.refresh_from_db()
    assert (enrolment.way, enrolment.deadline_on) == (Way.ASSIGNED, DUE)
    assert enrolment.edition.number == 1
    assert (done.way, done.deadline_on) == (Way.SELF, None)
    assert Enrolment.objects.count() == 2


def test_nobody_assigns_beyond_his_own_units(district, bureau):
    liaison = holder(Role.LIAISON, bureau)
    stranger = PersonFactory(unit=district)
    edition = CourseEditionFactory()
    for whom, unit in (
        (Whom(units=[bureau.pk]), district),
        (Whom(units=[district.pk]), bureau),
        (Whom(persons=[stranger.pk]), bureau),
    ):
        with pytest.raises(operations.NotYours):
            assign(edition, whom, unit, liaison)
    assert not Assignment.objects.exists()


def test_a_reminder_goes_to_those_not_done_once_a_day_and_within_the_cap(district, bureau, admin):
    open_one, done = PersonFactory(unit=bureau), PersonFactory(unit=bureau)
    UnitManners.objects.create(unit=bureau, weekly_cap=1)
    edition = CourseEditionFactory()
    assignment = assign(edition, Whom(persons=[open_one.pk, done.pk]), district, admin)
    Enrolment.objects.filter(person=done).update(completed_at=NOW)

    assert operations.remind(assignment.pk, by=admin, now=NOW).sent == 1
    assert operations.remind(assignment.pk, by=admin, now=NOW).had_it == 1
    tomorrow = operations.remind(assignment.pk, by=admin, now=NOW + timedelta(days=1))
    assert (tomorrow.sent, tomorrow.spared) == (0, 1)
    assert not Notice.objects.filter(person=done, kind="reminder").exists()


def test_people_are_moved_to_a_newer_edition_on_purpose_with_what_both_have(
    district, bureau, admin
):
    page, old_page = study_page(), study_page()
    old = CourseEditionFactory(items=[{"page": page}, {"page": old_page}])
    enrolment = EnrolmentFactory(person=PersonFactory(unit=bureau), edition=old)
    for item in old.items.all():
        ItemProgress.objects.create(
            enrolment=enrolment,
            item=item,
            coverage="0 600000",
            covered_ms=600_000,
            verified_ms=600_000,
            completed_at=NOW,
        )
    new = CourseEditionFactory(course=old.course, number=2, items=[{"page": page}, {}])
    with pytest.raises(operations.ReasonMissing):
        operations.move_to_current_edition(enrolment.pk, because=" ", by=admin, now=NOW)
    liaison = holder(Role.LIAISON, bureau)
    with pytest.raises(operations.NotYours):
        operations.move_to_current_edition(enrolment.pk, because="修订", by=liaison, now=NOW)

    moved = operations.move_to_current_edition(enrolment.pk, because="修订", by=admin, now=NOW)
    assert (moved.edition, moved.completed_at) == (new, None)
    outline = queries.outline(new.pk, enrolment.pk)
    assert [item.verified_seconds for item in outline.items] == [600, 0]
    assert ItemProgress.objects.filter(enrolment=enrolment).count() == 2
    assert AuditEntry.objects.get(verb="courses.enrolment.move").detail["kept"] == 1


def test_a_course_is_assigned_in_the_browser_after_a_look_at_whom_it_is_for(
    district, bureau, admin, login
):
    person = PersonFactory(unit=bureau, staff_number="QH7001", name="林晓禾")
    edition = CourseEditionFactory(title="保密常识")
    client = login(Client(), admin)
    typed = {
        "course": edition.course_id,
        "unit": bureau.pk,
        "staff_numbers": "QH7001，QH9999",
        "deadline_on": "2099-06-30",
    }
    wrong = client.post("/courses/assigned/new/", typed)
    assert wrong.status_code == 422
    assert "未找到，请检查：QH9999" in wrong.content.decode()
    nobody = client.post("/courses/assigned/new/", typed | {"staff_numbers": ""})
    assert "否则没有指派对象" in nobody.content.decode()

    typed["staff_numbers"] = "QH7001"
    preview = client.post("/courses/assigned/new/", typed | {"step": "preview"}).content.decode()
    assert "涉及 1 人" in preview
    assert "林晓禾" in preview
    assert not Enrolment.objects.exists()
    page = client.post("/courses/assigned/new/", typed | {"step": "assign"}, follow=True)
    assert "课程已指派" in page.content.decode()
    assert Enrolment.objects.get().person == person
    again = client.post(f"{page.request['PATH_INFO']}do/remind/", follow=True).content.decode()
    assert "已提醒 1 人" in again


def test_the_sweep_reminds_once_three_days_before_the_deadline(district, bureau, admin):
    person = PersonFactory(unit=bureau)
    assign(CourseEditionFactory(), Whom(persons=[person.pk]), district, admin)
    third_last = datetime(2026, 6, 27, 1, 0, tzinfo=UTC)

    assert operations.sweep(third_last - timedelta(days=1)).reminded == 0
    assert operations.sweep(third_last).reminded == 1
    assert operations.sweep(third_last + timedelta(days=1)).reminded == 0
    assert Notice.objects.filter(person=person, kind="reminder").count() == 1


def test_the_list_of_an_assignment_names_an_office_after_its_unit(district, bureau, admin, login):
    office = OrgUnitFactory(name="办公室", parent=bureau, kind=OrgKind.OFFICE)
    person = PersonFactory(unit=office)
    found = assign(CourseEditionFactory(), Whom(persons=[person.pk]), district, admin)

    page = login(Client(), admin).get(f"/courses/assigned/{found.pk}/").content.decode()

    assert "区民政局 · 办公室" in page
