"""The liaison's desk: who is behind with what, one reminder, the same cost for many."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from classes.models import MakeupTask
from dashboards.queries.behind import desk_of
from notices.models import Notice
from people.enums import Role
from people.models import Person
from tests.factories.classes import NOW, make_class, make_place
from tests.factories.courses import CourseEditionFactory, EnrolmentFactory
from tests.factories.people import OrgUnitFactory, PersonFactory, holder

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 1)


@pytest.fixture
def bureau():
    return OrgUnitFactory(name="区民政局", parent=OrgUnitFactory(name="清河区"))


@pytest.fixture
def liaison(bureau):
    return holder(Role.LIAISON, bureau, staff_number="A0")


def late(person, days=-1, edition=None):
    return EnrolmentFactory(
        person=person,
        edition=edition or CourseEditionFactory(title="保密常识"),
        deadline_on=TODAY + timedelta(days=days),
    )


def test_the_desk_names_who_is_behind_and_with_what_by_staff_number(bureau, liaison):
    second, first = (
        PersonFactory(unit=bureau, staff_number="B2"),
        PersonFactory(unit=bureau, staff_number="B1"),
    )
    late(second)
    late(first, days=14)
    late(PersonFactory(unit=bureau), days=15)
    late(PersonFactory(unit=OrgUnitFactory()))
    missed = make_place(make_class(bureau), first, result="no_show")
    MakeupTask.objects.create(place=missed, due_on=TODAY)

    desk = desk_of(liaison, TODAY)
    assert [line.person for line in desk.lines] == [first, second]
    assert [matter.kind for matter in desk.lines[0].matters] == ["course", "makeup"]
    assert [matter.overdue for matter in desk.lines[1].matters] == [True]
    assert desk.overdue == 1
    # Two who wrote and approved the plan, two behind, one not yet, the liaison.
    assert desk.headcount == 6


def test_only_those_ticked_who_are_behind_are_reminded_and_once_a_day(bureau, liaison, login):
    today = timezone.localdate()
    behind, on_time = PersonFactory(unit=bureau), PersonFactory(unit=bureau)
    elsewhere = PersonFactory()
    for person in (behind, elsewhere):
        EnrolmentFactory(person=person, deadline_on=today)
    client = login(Client(), liaison)
    ticked = {"person": [behind.pk, on_time.pk, elsewhere.pk]}
    said = client.post("/liaison/remind/", ticked, follow=True).content.decode()
    assert "已提醒 1 人。" in said
    again = client.post("/liaison/remind/", ticked, follow=True).content.decode()
    assert "已提醒 0 人；另有 1 人" in again

    assert list(Notice.objects.values_list("person", flat=True)) == [behind.pk]
    nobody = client.post("/liaison/remind/", {"person": on_time.pk}, follow=True)
    assert "请勾选需要提醒的人" in nobody.content.decode()


def test_the_desk_costs_the_same_for_two_thousand_people(
    bureau, liaison, login, django_assert_max_num_queries
):
    people = Person.objects.bulk_create(
        Person(
            staff_number=f"M{n:05}", name="学员", unit=bureau, joined_on=NOW.date(), password="!"
        )
        for n in range(2000)
    )
    edition = CourseEditionFactory()
    enrolment = late(people[0], edition=edition)
    type(enrolment).objects.bulk_create(
        type(enrolment)(
            person=person,
            course=edition.course,
            edition=edition,
            unit=bureau,
            deadline_on=date(2020, 1, 1),
            enrolled_at=NOW,
        )
        for person in people[1:]
    )
    client = login(Client(), liaison)
    with django_assert_max_num_queries(16):
        page = client.get("/liaison/").content.decode()
    assert "2000 人有未完成事项，其中 2000 人已有逾期" in page


def test_a_unit_says_in_the_browser_how_it_wants_to_be_reminded(bureau, liaison, login):
    client = login(Client(), liaison)
    typed = {"by_mail": "on", "quiet_from": "20:00", "quiet_until": "07:30", "weekly_cap": "9"}
    assert client.post("/liaison/manners/", typed).status_code == 422
    client.post("/liaison/manners/", typed | {"weekly_cap": "1"})
    page = client.get("/liaison/manners/").content.decode()
    assert 'value="07:30"' in page
