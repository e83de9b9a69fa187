"""Who sees whom: the one scoped query."""

from datetime import UTC, date, datetime, timedelta

import pytest

from people import operations, queries
from people.enums import Role
from people.queries import has_role, names_told_apart, persons_visible_to, units_managed_by
from tests.factories.people import OrgUnitFactory, PersonFactory, RoleGrantFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)


@pytest.fixture
def district():
    return OrgUnitFactory(name="清河区")


def test_a_learner_sees_only_himself(district):
    unit = OrgUnitFactory(parent=district)
    learner, colleague = PersonFactory(unit=unit), PersonFactory(unit=unit)

    assert list(persons_visible_to(learner)) == [learner]
    assert colleague not in persons_visible_to(learner)


def test_a_liaison_sees_his_subtree_and_no_sibling(district):
    mine, other = OrgUnitFactory(parent=district), OrgUnitFactory(parent=district)
    office = OrgUnitFactory(parent=mine)
    liaison = PersonFactory(unit=mine)
    RoleGrantFactory(person=liaison, unit=mine, role=Role.LIAISON)
    below, beside, above = (
        PersonFactory(unit=office),
        PersonFactory(unit=other),
        PersonFactory(unit=district),
    )

    seen = set(persons_visible_to(liaison))

    assert {liaison, below} <= seen
    assert not {beside, above} & seen


def test_an_ended_role_sees_nobody_any_more(district):
    liaison, member = PersonFactory(unit=district), PersonFactory(unit=district)
    RoleGrantFactory(person=liaison, unit=district, role=Role.LIAISON, ends_on=date(2021, 1, 1))

    assert list(persons_visible_to(liaison)) == [liaison]
    assert member not in persons_visible_to(liaison)


def test_a_deactivated_liaison_sees_only_himself(district):
    liaison = PersonFactory(unit=district, is_active=False)
    RoleGrantFactory(person=liaison, unit=district, role=Role.LIAISON)
    PersonFactory(unit=district)

    assert list(persons_visible_to(liaison)) == [liaison]
    assert not has_role(liaison, Role.LIAISON)


def test_the_system_administrator_reads_no_records(district):
    admin = PersonFactory(unit=district)
    RoleGrantFactory(person=admin, unit=district, role=Role.SYSTEM_ADMIN)
    PersonFactory(unit=district)

    assert list(persons_visible_to(admin)) == [admin]
    assert not units_managed_by(admin).exists()


def test_visibility_costs_two_statements_however_many_units(district, django_assert_num_queries):
    admin = PersonFactory(unit=district)
    for _ in range(5):
        RoleGrantFactory(person=admin, unit=OrgUnitFactory(parent=district))

    with django_assert_num_queries(2):
        list(persons_visible_to(admin))


def test_nobody_grants_what_he_does_not_hold(district):
    unit = OrgUnitFactory(parent=district)
    liaison, other = PersonFactory(unit=unit), PersonFactory(unit=unit)
    RoleGrantFactory(person=liaison, unit=unit, role=Role.LIAISON)

    with pytest.raises(operations.MayNotGrant):
        operations.grant_role(
            other, Role.TRAINING_ADMIN, unit, by=liaison, now=NOW, on=date(2026, 6, 1)
        )
    with pytest.raises(operations.MayNotGrant):
        operations.grant_role(
            other, Role.LIAISON, district, by=liaison, now=NOW, on=date(2026, 6, 1)
        )

    operations.grant_role(other, Role.LIAISON, unit, by=liaison, now=NOW, on=date(2026, 6, 1))
    assert has_role(other, Role.LIAISON)


def test_nobody_gives_himself_a_role_not_even_who_may_give_every_one(district):
    keeper = PersonFactory(unit=district)
    RoleGrantFactory(person=keeper, unit=district, role=Role.SYSTEM_ADMIN)

    with pytest.raises(operations.NotToOneself):
        operations.grant_role(
            keeper, Role.AUDITOR, district, by=keeper, now=NOW, on=date(2026, 6, 1)
        )

    assert not has_role(keeper, Role.AUDITOR)


def test_who_keeps_the_accounts_of_a_unit_cannot_take_over_one_that_reaches_beyond_it(
    client, login, district
):
    unit = OrgUnitFactory(parent=district)
    keeper, high, plain = (PersonFactory(unit=unit) for _ in range(3))
    RoleGrantFactory(person=keeper, unit=unit, role=Role.SYSTEM_ADMIN)
    RoleGrantFactory(person=high, unit=district, role=Role.TRAINING_ADMIN)
    RoleGrantFactory(person=plain, unit=unit, role=Role.LIAISON)
    before = high.password
    login(client, keeper)

    for verb in ("password", "active"):
        answer = client.post(f"/people/{high.pk}/{verb}/", {"active": "0"}, follow=True)
        assert "超出您的管理范围" in answer.content.decode()
        assert f"/people/{high.pk}/{verb}/" not in answer.content.decode()
    high.refresh_from_db()
    assert (high.password, high.is_active) == (before, True)
    with pytest.raises(operations.BeyondReach):
        operations.issue_password(high.pk, by=keeper, now=NOW)

    assert client.post(f"/people/{plain.pk}/password/").status_code == 200
    plain.refresh_from_db()
    assert plain.password != before


def test_a_granted_role_joins_the_group_that_wagtail_asks_and_leaves_it_when_revoked(district):
    editor = PersonFactory(unit=district)
    grant = operations.grant_role(
        editor, Role.EDITOR, district, by=None, now=NOW, on=date(2026, 6, 1)
    )
    assert editor.groups.filter(name="editor").exists()

    operations.revoke_role(grant.pk, by=None, now=NOW, on=date(2026, 6, 2))

    assert not editor.groups.filter(name="editor").exists()
    assert not has_role(type(editor).objects.get(pk=editor.pk), Role.EDITOR)


def test_a_unit_hangs_neither_under_itself_nor_under_what_it_holds(district):
    unit = OrgUnitFactory(parent=district)
    section = OrgUnitFactory(parent=unit)

    for below in (unit, section):
        with pytest.raises(operations.MoveIntoItself):
            operations.move_unit(unit.pk, below=below, by=PersonFactory(), now=NOW)


def test_units_of_one_name_are_told_apart_by_what_stands_above_them(django_assert_num_queries):
    one, other = OrgUnitFactory(name="甲局"), OrgUnitFactory(name="乙局")
    sections = [OrgUnitFactory(name="办公室", parent=unit) for unit in (one, other)]
    groups = [OrgUnitFactory(name="一组", parent=section) for section in sections]
    alone = OrgUnitFactory(name="二组", parent=sections[0])
    with django_assert_num_queries(1):
        called = names_told_apart([*groups, alone, sections[0]])
    assert list(called.values()) == [
        "甲局 · 办公室 · 一组", "乙局 · 办公室 · 一组", "二组", "办公室",
    ]  # fmt: skip
    assert names_told_apart([]) == {}


def test_a_unit_keeps_the_name_it_had_when_it_hung_elsewhere():
    first, second = OrgUnitFactory(name="区民政局"), OrgUnitFactory(name="区人社局")
    office = OrgUnitFactory(parent=first, name="社会救助科", kind="office")
    branches = [
        OrgUnitFactory(parent=each, name="第一党支部", kind="branch") for each in (first, second)
    ]
    alone = OrgUnitFactory(parent=first, name="机关党支部", kind="branch")
    before, moved, after = (NOW + timedelta(hours=hour) for hour in range(3))
    operations.move_unit(office.pk, below=second, by=PersonFactory(), now=moved)

    assert queries.names_then(
        [
            (office.pk, "社会救助科", before),
            (office.pk, "社会救助科", after),
            (branches[1].pk, "第一党支部", before),
            (alone.pk, "机关党支部", before),
        ]
    ) == ["区民政局 · 社会救助科", "区人社局 · 社会救助科", "区人社局 · 第一党支部", "机关党支部"]
    office.refresh_from_db()
    assert queries.full_names([office, branches[0], None]) == {
        office.pk: "区人社局 · 社会救助科",
        branches[0].pk: "区民政局 · 第一党支部",
    }
