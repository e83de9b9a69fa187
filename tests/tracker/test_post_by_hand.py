"""Posting by hand: whom one posts for, what the preview says, and that a form posts once."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from people.enums import Rank, Role
from people.models import AuditEntry
from tests.factories.people import OrgUnitFactory, PersonFactory, PostFactory, RoleGrantFactory
from tests.factories.tracker import InstitutionFactory, packs_in_force
from tracker import operations, queries
from tracker.enums import Bucket, Confirmer
from tracker.models import Entry
from tracker.rules import Measures

NOW = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
URL = "/ledger/post/"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _midsummer():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def house():
    """A district with a unit, its school (an institution), and another district."""
    packs_in_force("cadre-2023")
    city = OrgUnitFactory(kind="city")
    district = OrgUnitFactory(kind="system", parent=city)
    unit = OrgUnitFactory(kind="unit", parent=district)
    school = OrgUnitFactory(kind="institution", parent=district)
    cadre = PersonFactory(unit=unit, name="王晓明", staff_number="QH0101")
    PostFactory(person=cadre, rank=Rank.TOWNSHIP_HEAD)
    foreigner = PersonFactory(unit=OrgUnitFactory(parent=city), staff_number="DS0001")
    return SimpleNamespace(
        district=district,
        unit=unit,
        cadre=cadre,
        foreigner=foreigner,
        party_school=InstitutionFactory(name="区委党校", unit=school),
        company=InstitutionFactory(name="某培训公司", kind="other"),
        admin=RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=district).person,
        staff=RoleGrantFactory(role=Role.INSTITUTION_STAFF, unit=school).person,
    )


def sheet(house, **changed):
    return {
        "token": str(uuid4()),
        "who": "QH0101",
        "bucket": "concentrated",
        "title": "春季班",
        "institution": house.party_school.pk,
        "first_day": "2026-03-02",
        "last_day": "2026-03-06",
        "training_days": "5",
        "hours": "40",
        "confirmer": "institution",
        "note": "签到册第 3 号，存党校教务科",
    } | changed


def test_the_preview_says_what_the_line_will_count_for_and_posts_nothing(client, login, house):
    login(client, house.admin)
    page = client.post(URL, sheet(house) | {"step": "preview"})
    counts = page.context["counts"]
    assert [counted for counted, _ in counts] == [True, False]
    assert counts[0][1].startswith("将计入“乡科级及以下干部年度集中培训”。")
    assert "年度网络学习" in counts[1][1]
    assert not Entry.objects.exists()


def test_the_preview_says_why_a_line_will_be_refused(client, login, house):
    login(client, house.admin)
    sent = sheet(house, institution=house.company.pk)
    counts = client.post(URL, sent).context["counts"]
    assert not any(counted for counted, _ in counts)
    assert any("某培训公司" in sentence for _, sentence in counts)


def test_a_form_posts_once_however_often_it_is_sent(client, login, house):
    login(client, house.admin)
    sent = sheet(house) | {"step": "post"}

    said = [client.post(URL, sent, follow=True).content.decode() for _ in range(2)]

    line = Entry.objects.get()
    assert (line.source, line.person, line.confirmed_by) == (
        f"tracker.manual:{sent['token']}",
        house.cadre,
        house.admin,
    )
    assert (line.occurred_from, line.occurred_to) == (date(2026, 3, 2), date(2026, 3, 7))
    assert (line.training_days, line.hours, line.credits, line.events) == (5, 40, 0, 1)
    assert "已为王晓明入账“春季班”。" in said[0]
    assert "未重复入账" in said[1]
    assert AuditEntry.objects.filter(verb="tracker.entry.post", actor=house.admin).count() == 1


def test_the_same_form_for_somebody_else_is_refused(client, login, house):
    other = PersonFactory(unit=house.unit)
    login(client, house.admin)
    sent = sheet(house) | {"step": "post"}
    client.post(URL, sent)
    client.post(URL, sent | {"who": other.staff_number})
    assert Entry.objects.get().person == house.cadre


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"who": "DS0001"}, "who"),
        ({"who": "无此人"}, "who"),
        ({"title": ""}, "title"),
        ({"bucket": ""}, "bucket"),
        ({"last_day": "2026-03-01"}, "last_day"),
        ({"last_day": "2026-07-01"}, "last_day"),
        ({"hours": "", "training_days": "0"}, "hours"),
        ({"hours": "-4"}, "hours"),
        ({"institution": ""}, "institution"),
        ({"confirmer": "platform"}, "confirmer"),
        ({"note": ""}, "note"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    client, login, house, changed, field
):
    login(client, house.admin)
    sent = sheet(house, **changed)
    page = client.post(URL, sent | {"step": "post"})
    assert page.status_code == 422
    form = page.context["form"]
    assert list(form.errors) == [field]
    assert all(str(form[name].value()) == str(value) for name, value in sent.items())
    assert not Entry.objects.exists()


def test_today_s_line_is_accepted_and_a_step_back_keeps_what_was_typed(client, login, house):
    login(client, house.admin)
    sent = sheet(house, last_day="2026-06-30")
    assert client.post(URL, sent).context["counts"]
    form = client.post(URL, sent | {"step": "edit"}).context["form"]
    assert form["title"].value() == "春季班"
    assert form["token"].value() == sent["token"]


def test_people_are_found_by_name_and_namesakes_by_number(client, login, house):
    login(client, house.admin)
    assert client.post(URL, sheet(house, who="王晓明")).context["person"] == house.cadre
    PersonFactory(unit=house.unit, name="王晓明", staff_number="QH0102")
    errors = client.post(URL, sheet(house, who="王晓明")).context["form"].errors["who"]
    assert "QH0101" in errors[0]
    assert "QH0102" in errors[0]


def test_staff_post_for_the_district_of_their_institution_and_see_no_record(client, login, house):
    login(client, house.staff)
    page = client.post(URL, sheet(house))
    assert page.context["counts"][0][1] == "将计入“乡科级及以下干部年度集中培训”。"
    assert client.post(URL, sheet(house) | {"step": "post"}).url == reverse("tracker:post")
    line = Entry.objects.get()
    assert client.get(reverse("tracker:entry", args=[line.pk])).status_code == 404
    assert client.get(reverse("tracker:person_record", args=[house.cadre.pk])).status_code == 404


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"who": "DS0001"}, "who"), ({"confirmer": "unit"}, "confirmer")],
)
def test_staff_vouch_for_their_institution_and_their_district_alone(
    client, login, house, changed, field
):
    login(client, house.staff)
    assert list(client.post(URL, sheet(house, **changed)).context["form"].errors) == [field]
    company = sheet(house, institution=house.company.pk)
    assert list(client.post(URL, company).context["form"].errors) == ["institution"]


def test_nobody_posts_for_himself_nor_outside_his_part_of_the_tree(house):
    assert list(queries.persons_posted_for(PersonFactory(unit=house.unit))) == []
    assert not queries.persons_posted_for(house.admin).filter(pk=house.admin.pk).exists()
    posting = operations.Posting(
        source="tracker.manual:1",
        bucket=Bucket.CONCENTRATED,
        title="班",
        occurred_from=date(2026, 3, 2),
        occurred_to=date(2026, 3, 3),
        measures=Measures(hours=Decimal(8)),
        confirmer=Confirmer.UNIT,
        person_id=house.foreigner.pk,
    )
    for by in (house.admin, house.staff):
        with pytest.raises(operations.MayNotPost):
            operations.post_by_hand(posting, by=by, now=NOW)


def test_the_form_knows_the_person_one_comes_from_within_scope(
    client, login, house, django_assert_max_num_queries
):
    login(client, house.admin)
    page = client.get(reverse("tracker:person_record", args=[house.cadre.pk]))
    link = f"{URL}?person={house.cadre.pk}"
    assert link in page.content.decode()
    with django_assert_max_num_queries(10):
        assert client.get(link).context["form"]["who"].value() == "QH0101"
    assert client.get(f"{URL}?person={house.foreigner.pk}").status_code == 404
    login(client, RoleGrantFactory(role=Role.LIAISON, unit=house.unit).person)
    assert client.get(URL).status_code == 404
    page = client.get(reverse("tracker:person_record", args=[house.cadre.pk]))
    assert link not in page.content.decode()
