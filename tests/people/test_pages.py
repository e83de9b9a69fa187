"""Roster, units and roles in the browser: who gets in, what is refused, what it costs."""

from datetime import date

import pytest

from people.enums import Role
from people.models import AuditEntry, OrgUnit, PartyDuty, Person, Post, RoleGrant
from tests.factories.people import OrgUnitFactory, PersonFactory, PostFactory, RoleGrantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def district():
    return OrgUnitFactory(name="清河区", code="QH")


@pytest.fixture
def unit(district):
    return OrgUnitFactory(name="区财政局", code="QH-CZ", parent=district)


@pytest.fixture
def keeper(district):
    """A training administrator of the whole district."""
    keeper = PersonFactory(unit=district, name="陈教管")
    RoleGrantFactory(person=keeper, unit=district, role=Role.TRAINING_ADMIN)
    return keeper


def test_the_roster_is_not_there_for_a_learner(client, login, person):
    login(client, person)

    assert client.get("/people/").status_code == 404
    assert client.get("/people/add/").status_code == 404
    assert client.get("/units/").status_code == 404


def test_a_liaison_reads_the_roster_of_his_unit_and_keeps_nothing(client, login, unit):
    liaison, colleague = PersonFactory(unit=unit), PersonFactory(unit=unit, name="周同事")
    stranger = PersonFactory(name="外人")
    RoleGrantFactory(person=liaison, unit=unit, role=Role.LIAISON)
    login(client, liaison)

    page = client.get("/people/").content.decode()

    assert "周同事" in page
    assert "外人" not in page
    assert client.get(f"/people/{colleague.pk}/").status_code == 200
    assert client.get(f"/people/{stranger.pk}/").status_code == 404
    assert client.post(f"/people/{colleague.pk}/appoint/").status_code == 404
    assert client.post(f"/people/{colleague.pk}/roles/").status_code == 404
    assert client.get("/units/").status_code == 200
    assert client.post("/units/").status_code == 404


def test_search_finds_by_name_spelling_initials_and_staff_number(client, login, keeper, unit):
    PersonFactory(unit=unit, name="王晓明", pinyin="wangxiaoming wxm", staff_number="QH001")
    PersonFactory(unit=unit, name="李红", pinyin="lihong lh", staff_number="QH002")
    login(client, keeper)

    for words in ("王晓", "wangx", "wxm", "QH001"):
        page = client.get("/people/", {"q": words}).content.decode()
        assert "王晓明" in page, words
        assert "李红" not in page, words


def test_the_roster_costs_the_same_for_5_and_for_30_people(
    client, login, keeper, unit, django_assert_num_queries
):
    login(client, keeper)
    for _ in range(5):
        PostFactory(person__unit=unit)
    client.get("/people/")
    with django_assert_num_queries(6):
        client.get("/people/")
    for _ in range(25):
        PostFactory(person__unit=unit)
    with django_assert_num_queries(6):
        client.get("/people/")


def test_adding_somebody_twice_is_refused_beside_the_field_and_nothing_typed_is_lost(
    client, login, keeper, unit
):
    login(client, keeper)
    typed = {"staff_number": "QH100", "name": "赵新", "unit": unit.pk}

    assert client.post("/people/add/", typed).status_code == 302
    again = client.post("/people/add/", typed | {"name": "赵心"})

    assert Person.objects.get(staff_number="QH100").name == "赵新"
    assert "已有人使用这个工号" in again.content.decode()
    assert 'value="赵心"' in again.content.decode()


def test_an_appointment_is_recorded_with_its_trace(client, login, keeper, unit):
    post = PostFactory(person__unit=unit, starts_on=date(2020, 1, 1))
    login(client, keeper)

    answer = client.post(
        f"/people/{post.person_id}/appoint/",
        {
            "unit": unit.pk,
            "title": "副局长",
            "rank": 40,
            "grade": 0,
            "authority": "district",
            "leading": "on",
            "starts_on": "2026-03-15",
        },
    )

    assert answer.status_code == 302
    assert Post.objects.get(person=post.person, ends_on=None).title == "副局长"
    assert AuditEntry.objects.get(verb="people.post.appoint").actor == keeper


def test_an_appointment_before_the_present_one_is_refused_in_words(client, login, keeper, unit):
    post = PostFactory(person__unit=unit, starts_on=date(2026, 4, 1))
    login(client, keeper)

    answer = client.post(
        f"/people/{post.person_id}/appoint/",
        {
            "unit": unit.pk,
            "title": "副局长",
            "rank": 40,
            "grade": 0,
            "authority": "district",
            "starts_on": "2026-03-15",
        },
    )

    assert answer.status_code == 422
    assert "现任职务的起始日期不早于这一天" in answer.content.decode()
    assert Post.objects.count() == 1


def test_a_unit_outside_reach_cannot_be_chosen(client, login, unit):
    keeper, somebody = PersonFactory(unit=unit), PersonFactory(unit=unit)
    foreign = OrgUnitFactory()
    RoleGrantFactory(person=keeper, unit=unit, role=Role.TRAINING_ADMIN)
    login(client, keeper)

    answer = client.post(
        f"/people/{somebody.pk}/duties/",
        {"kind": "branch_secretary", "unit": foreign.pk, "starts_on": "2026-01-01"},
    )

    assert answer.status_code == 422
    assert not PartyDuty.objects.exists()


def test_a_training_administrator_cannot_make_himself_system_administrator(
    client, login, keeper, district
):
    login(client, keeper)

    answer = client.post(
        f"/people/{keeper.pk}/roles/", {"role": "system_admin", "unit": district.pk}
    )

    assert answer.status_code == 422
    assert "只能授予自己持有的角色" in answer.content.decode()
    assert RoleGrant.objects.count() == 1


def test_the_system_administrator_keeps_accounts_and_gets_no_link_to_records(
    client, login, district, unit
):
    admin, somebody = PersonFactory(unit=district), PersonFactory(unit=unit)
    RoleGrantFactory(person=admin, unit=district, role=Role.SYSTEM_ADMIN)
    login(client, admin)

    page = client.get(f"/people/{somebody.pk}/").content.decode()
    new_password = client.post(f"/people/{somebody.pk}/password/").context["password"]
    client.post(f"/people/{somebody.pk}/active/", {"active": "0"})
    client.post(f"/people/{admin.pk}/active/", {"active": "0"})

    somebody.refresh_from_db()
    admin.refresh_from_db()
    assert "学习档案" not in page.split('id="main"')[1]
    assert somebody.check_password(new_password)
    assert not somebody.is_active
    assert admin.is_active


def test_a_unit_is_added_and_moved_and_cannot_be_moved_below_itself(
    client, login, keeper, district, unit
):
    other = OrgUnitFactory(parent=district, code="QH-MZ")
    login(client, keeper)

    client.post(
        "/units/",
        {"code": "QH-CZ-1", "name": "预算科", "kind": "office", "parent": unit.pk},
    )
    twice = client.post(
        "/units/",
        {"code": "QH-CZ-1", "name": "另一科", "kind": "office", "parent": unit.pk},
    )
    below_itself = client.post("/units/QH-CZ/move/", {"below": unit.pk})
    moved = client.post("/units/QH-CZ/move/", {"below": other.pk})

    assert "已有单位使用这个编码" in twice.content.decode()
    assert below_itself.status_code == 200
    assert moved.status_code == 302
    budget = OrgUnit.objects.get(code="QH-CZ-1")
    assert [ancestor.code for ancestor in budget.get_ancestors()] == ["QH", "QH-MZ", "QH-CZ"]
