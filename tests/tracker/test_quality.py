"""The data-quality desk: each finding is found, each sound row is not, and each leads to its remedy."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from people.enums import Grade, Rank, Role
from people.models import Person
from people.same_person import propose
from tests.factories.people import OrgUnitFactory, PersonFactory, PostFactory, RoleGrantFactory
from tests.factories.tracker import InstitutionFactory, packs_in_force
from tracker import operations, queries
from tracker.enums import ChangeKind
from tracker.models import Entry
from tracker.rules import Measures

NOW = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
TODAY = date(2026, 6, 30)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _midsummer():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def house():
    district = OrgUnitFactory(kind="system")
    unit = OrgUnitFactory(parent=district)
    cadre = PersonFactory(unit=unit, name="王晓明", staff_number="QH0101")
    PostFactory(person=cadre, rank=Rank.TOWNSHIP_HEAD)
    admin = RoleGrantFactory(
        role=Role.TRAINING_ADMIN, unit=district, person=PersonFactory(unit=district)
    ).person
    PostFactory(person=admin, rank=Rank.TOWNSHIP_HEAD)
    stranger = RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=OrgUnitFactory()).person
    return SimpleNamespace(unit=unit, cadre=cadre, admin=admin, stranger=stranger)


def line(person, first, after, *, days="0", hours="8", bucket="concentrated", at=None):
    return operations.credit(
        person_id=person.pk,
        source=f"t:{first}:{after}:{days}:{bucket}:{person.pk}",
        bucket=bucket,
        title=f"{first} 班",
        occurred_from=first,
        occurred_to=after,
        measures=Measures(Decimal(hours), Decimal(0), Decimal(days)),
        confirmer="institution",
        institution_id=at.pk if at else None,
        now=NOW,
    )


def found(code, person):
    return list(queries.quality_of(code, person, TODAY))


def test_more_training_days_than_calendar_days(house):
    bad = line(house.cadre, date(2026, 3, 2), date(2026, 3, 4), days="2.5")
    line(house.cadre, date(2026, 4, 2), date(2026, 4, 4), days="2")
    assert found("days", house.admin) == [bad]
    assert found("days", house.admin)[0].days == 2


def test_days_to_come_and_days_before_the_roster(house):
    today_ = line(house.cadre, TODAY, date(2026, 7, 1))
    future = line(house.cadre, date(2026, 7, 1), date(2026, 7, 2))
    first = line(house.cadre, date(2020, 1, 1), date(2020, 1, 2))
    before = line(house.cadre, date(2019, 12, 31), date(2020, 1, 1))
    assert found("future", house.admin) == [future]
    assert found("roster", house.admin) == [before]
    assert {today_, first}


def test_two_classes_on_the_same_day_are_told_and_two_in_a_row_are_not(house):
    first = line(house.cadre, date(2026, 3, 2), date(2026, 3, 7))
    second = line(house.cadre, date(2026, 3, 6), date(2026, 3, 8))
    line(house.cadre, date(2026, 3, 8), date(2026, 3, 10))
    line(house.cadre, date(2026, 3, 2), date(2026, 3, 7), bucket="online")
    (overlap,) = found("overlap", house.admin)
    assert (overlap, overlap.other_id) == (second, first.pk)
    operations.reverse(first.pk, because="重复", by_id=None, now=NOW)
    assert found("overlap", house.admin) == []


def test_hours_without_a_unit_a_recognition_or_a_requirement(house):
    packs_in_force("cadre-2023")
    homeless = PersonFactory(unit=None)
    lost = line(homeless, date(2026, 3, 2), date(2026, 3, 3))
    Person.objects.filter(pk=homeless.pk).update(unit=house.unit)
    company = InstitutionFactory(kind="other")
    away = line(house.cadre, date(2026, 3, 2), date(2026, 3, 3), at=company)
    reading = line(house.cadre, date(2026, 4, 2), date(2026, 4, 3), bucket="self_study")
    operations.refresh_standings([house.cadre.pk, homeless.pk], on=timezone.localdate(NOW), now=NOW)
    assert found("unit", house.admin) == [lost]
    assert found("recognition", house.admin) == [away]
    assert set(found("duty", house.admin)) == {lost, reading}


def test_people_without_post_or_rank(house):
    nobody = PersonFactory(unit=house.unit)
    former = PostFactory(person=PersonFactory(unit=house.unit), ends_on=date(2026, 6, 30)).person
    vague = PostFactory(
        person=PersonFactory(unit=house.unit), rank=Rank.OTHER, grade=Grade.NONE
    ).person
    PostFactory(person=PersonFactory(unit=house.unit), rank=Rank.OTHER, grade=Grade.SECTION_1)
    assert found("post", house.admin) == [nobody, former]
    assert found("rank", house.admin) == [vague]


def test_namesakes_in_one_unit_and_staff_numbers_a_character_apart(house):
    twin = PersonFactory(unit=house.unit, name="王晓明", staff_number="ZZ77")
    near = PersonFactory(unit=house.admin.unit, name="王晓明", staff_number="QH0107")
    PersonFactory(unit=house.admin.unit, name="赵一", staff_number="QH0108")
    (group, persons), *rest = queries.persons_alike(house.admin, found("namesakes", house.admin))
    assert (set(persons), rest) == ({house.cadre, twin}, [])
    ((_, persons),) = queries.persons_alike(house.admin, found("numbers", house.admin))
    assert set(persons) == {house.cadre, near}
    assert group["count"] == 2


def test_every_check_is_silent_about_people_one_does_not_see(house):
    packs_in_force("cadre-2023")
    PostFactory(person=house.stranger, rank=Rank.TOWNSHIP_HEAD)
    company = InstitutionFactory(kind="other")
    line(house.cadre, date(2019, 3, 2), date(2019, 3, 3), days="3", at=company)
    line(house.cadre, date(2026, 7, 2), date(2026, 7, 9))
    line(house.cadre, date(2026, 7, 2), date(2026, 7, 4))
    PersonFactory(unit=house.unit, name="王晓明", staff_number="QH0102")
    seen = {code for code in queries.quality_checks() if found(code, house.admin)}
    assert seen >= {"days", "future", "roster", "overlap", "recognition", "post", "namesakes"}
    assert [code for code in queries.quality_checks() if found(code, house.stranger)] == []


def test_the_desk_counts_and_each_finding_leads_to_its_form_filled_in(
    client, login, house, django_assert_max_num_queries
):
    packs_in_force("cadre-2023")
    bad = line(house.cadre, date(2026, 3, 2), date(2026, 3, 4), days="5")
    PersonFactory(unit=house.unit, name="王晓明")
    login(client, house.admin)
    with django_assert_max_num_queries(18):
        page = client.get("/quality/")
    counts = {check["code"]: check["count"] for check in page.context["checks"]}
    assert counts["days"] == 1
    assert counts["namesakes"] == 1

    for code in queries.quality_checks():
        with django_assert_max_num_queries(10):
            assert client.get(f"/quality/{code}/").status_code == 200
    (_, link), *_ = client.get("/quality/days/").context["rows"][0]["links"]
    opened = client.get(link)
    assert opened.context["right_form"]["training_days"].value() == "2"
    assert '<details class="elsewhere" open>' in opened.content.decode()  # one click, not two
    assert '<details class="elsewhere">' in client.get(f"/ledger/{bad.pk}/").content.decode()
    sent = {"what": "correct", "training_days": "2", "hours": "8", "because": "天数有误"}
    client.post(f"/ledger/{bad.pk}/put-right/", sent)
    assert found("days", house.admin) == []
    assert client.get("/quality/nonsense/").status_code == 404


def test_an_institution_s_finding_leads_to_the_form_that_recognises_it(client, login, house):
    company = InstitutionFactory(kind="other")
    line(house.cadre, date(2026, 3, 2), date(2026, 3, 3), at=company)
    login(client, house.admin)
    (_, link), *_ = client.get("/quality/recognition/").context["rows"][0]["links"]
    page = client.get(link).content.decode()
    assert '<details class="disclosure" id="recognise" open>' in page


def test_hours_without_a_unit_are_posted_anew_where_the_person_is_by_now(client, login, house):
    homeless = PersonFactory(unit=None)
    lost = line(homeless, date(2026, 3, 2), date(2026, 3, 3))
    Person.objects.filter(pk=homeless.pk).update(unit=house.unit)
    login(client, house.admin)
    ((_, link),) = client.get("/quality/unit/").context["rows"][0]["links"]
    form = client.get(link).context["right_form"]

    client.post(
        f"/ledger/{lost.pk}/put-right/",
        {"what": "correct", "hours": form["hours"].value(), "because": form["because"].value()},
    )

    anew = Entry.objects.get(source=f"{lost.source}#2")
    assert (anew.unit, anew.hours) == (house.unit, Decimal(8))
    assert found("unit", house.admin) == []


def test_what_was_asked_for_already_is_shown_in_place_of_asking_again(client, login, house):
    nobody = PersonFactory(unit=house.unit, name="王晓明", staff_number="QH0102")
    login(client, house.admin)

    def links(code):
        return [
            link for row in client.get(f"/quality/{code}/").context["rows"] for link in row["links"]
        ]

    assert links("post") == [("登记任职", f"/people/{nobody.pk}/changes/appointment/")]
    assert links("numbers") == [("对比 QH0102", f"/people/{house.cadre.pk}/same/{nobody.pk}/")]
    change = operations.ask_change(
        nobody.pk,
        by=house.admin,
        token=uuid4(),
        fields={
            "kind": ChangeKind.APPOINTMENT,
            "starts_on": TODAY,
            "unit": house.unit,
            "post_title": "科员",
            "note": "任免通知",
        },
        now=NOW,
    )
    same = propose(house.cadre.pk, nobody.pk, by=house.admin, note="同一人", token=uuid4(), now=NOW)

    assert links("post") == [("已申请任职，待批准", f"/changes/{change.pk}/")]
    assert links("numbers") == [("与 QH0102 的合并待决定", f"/same-persons/{same.pk}/")]
    again = client.get(f"/people/{nobody.pk}/same/{house.cadre.pk}/")
    assert again.url == f"/same-persons/{same.pk}/"


def test_a_day_on_the_desk_is_written_as_days_are(client, login, house):
    line(house.cadre, date(2019, 12, 30), date(2019, 12, 31))
    (row,) = login(client, house.admin).get("/quality/roster/").context["rows"]
    assert row["said"] == "2020年1月1日列入名册"
