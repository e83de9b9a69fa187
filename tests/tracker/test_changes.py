"""Changes of a career: one asks, another approves, and history keeps its place."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from uuid import uuid4

import pytest
import time_machine

from people.enums import Rank, Role
from people.models import AuditEntry, Post
from people.operations import AppointmentOutOfOrder
from people.queries import persons_visible_to
from tests.factories.people import (
    OrgUnitFactory,
    PersonFactory,
    PostFactory,
    holder,
)
from tests.factories.tracker import packs_in_force, post_hours
from tracker import operations, queries
from tracker.models import CareerChange, CareerEvent

NOW = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _midsummer():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def house():
    city = OrgUnitFactory(kind="city")
    district = OrgUnitFactory(kind="system", parent=city)
    unit, other = OrgUnitFactory(parent=district), OrgUnitFactory(parent=district, name="区民政局")
    afar = OrgUnitFactory(kind="system", parent=city, name="东山区")
    cadre = PersonFactory(unit=unit, name="王晓明")
    PostFactory(person=cadre, rank=Rank.TOWNSHIP_DEPUTY, title="副科长")
    return SimpleNamespace(
        unit=unit,
        other=other,
        afar=afar,
        cadre=cadre,
        liaison=holder(Role.LIAISON, unit),
        next_liaison=holder(Role.LIAISON, other),
        admin=holder(Role.TRAINING_ADMIN, district),
        second=holder(Role.TRAINING_ADMIN, district),
        city_admin=holder(Role.TRAINING_ADMIN, city),
        stranger=holder(Role.TRAINING_ADMIN, afar),
    )


def ask(house, *, by=None, person=None, **changed):
    fields = {"kind": "leave", "starts_on": date(2026, 3, 1), "note": "病假，有医院证明"} | changed
    who = person or house.cadre
    return operations.ask_change(
        who.pk, by=by or house.liaison, token=uuid4(), fields=fields, now=NOW
    )


def transfer(house, unit, **changed):
    return ask(
        house, kind="transfer", unit=unit, post_title="科长", rank=Rank.TOWNSHIP_HEAD, **changed
    )


@pytest.mark.parametrize("kind", ["leave", "exemption", "posted_away"])
def test_an_approved_event_holds_from_its_day_and_is_in_the_audit_log(house, kind):
    change = ask(house, kind=kind, ends_on=date(2026, 9, 1))
    assert not CareerEvent.objects.exists()
    operations.approve_change(change.pk, by=house.admin, now=NOW)

    event = CareerEvent.objects.get()
    assert (event.kind, event.starts_on, event.ends_on) == (
        kind,
        date(2026, 3, 1),
        date(2026, 9, 1),
    )
    assert (event.approved_by, event.note) == (house.admin, "病假，有医院证明")
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["tracker.change.ask", "tracker.change.approve", "tracker.event.approve"]


def test_an_extension_brings_its_new_last_day(house):
    packs_in_force("cadre-2023")
    change = ask(house, kind="extension", due_on=date(2027, 3, 31), requirements=["others-yearly"])
    operations.approve_change(change.pk, by=house.admin, now=NOW)
    event = CareerEvent.objects.get()
    assert (event.due_on, event.requirements) == (date(2027, 3, 31), ["others-yearly"])


def test_nobody_decides_what_he_asked_for_or_what_concerns_him(house):
    asked = ask(house, by=house.admin)
    own = ask(house, person=house.admin, by=house.second)
    for change, by in ((asked, house.admin), (own, house.admin), (own, house.second)):
        with pytest.raises(operations.MayNotDecideChange):
            operations.approve_change(change.pk, by=by, now=NOW)
        assert change not in queries.changes_waiting_for(by)
    for by in (house.liaison, house.stranger):
        with pytest.raises(operations.MayNotDecideChange):
            operations.approve_change(asked.pk, by=by, now=NOW)
    assert asked in queries.changes_waiting_for(house.second)
    operations.approve_change(asked.pk, by=house.second, now=NOW)
    with pytest.raises(operations.MayNotAsk):
        ask(house, by=house.next_liaison)
    with pytest.raises(operations.MayNotAsk):
        ask(house, by=house.liaison, person=house.liaison)


def test_a_transfer_moves_responsibility_and_never_history(house):
    before = post_hours(house.cadre, "x:1", hours="8")
    change = transfer(house, house.other, starts_on=date(2026, 6, 1))
    assert persons_visible_to(house.liaison).filter(pk=house.cadre.pk).exists()

    operations.approve_change(change.pk, by=house.admin, now=NOW)
    after = post_hours(house.cadre, "x:2", on=date(2026, 6, 15), hours="8")
    late = post_hours(house.cadre, "x:3", on=date(2026, 5, 20), hours="8")

    house.cadre.refresh_from_db()
    before.refresh_from_db()
    assert house.cadre.unit == house.other
    assert (before.unit, before.unit_name) == (house.unit, house.unit.name)
    assert after.unit == house.other
    # Posted after the transfer, but for a day before it: the place he had that day.
    assert late.unit == house.unit
    assert not persons_visible_to(house.liaison).filter(pk=house.cadre.pk).exists()
    assert persons_visible_to(house.next_liaison).filter(pk=house.cadre.pk).exists()
    posts = Post.objects.filter(person=house.cadre).order_by("starts_on")
    assert [(post.title, post.ends_on) for post in posts] == [
        ("副科长", date(2026, 6, 1)),
        ("科长", None),
    ]


def test_a_transfer_out_of_the_district_is_decided_above_both(house):
    change = transfer(house, house.afar)
    for by in (house.admin, house.stranger):
        with pytest.raises(operations.MayNotDecideChange):
            operations.approve_change(change.pk, by=by, now=NOW)
    operations.approve_change(change.pk, by=house.city_admin, now=NOW)
    house.cadre.refresh_from_db()
    assert house.cadre.unit == house.afar


def test_an_appointment_out_of_order_leaves_everything_as_it_was(house):
    change = transfer(house, house.other, starts_on=date(2019, 1, 1))
    with pytest.raises(AppointmentOutOfOrder):
        operations.approve_change(change.pk, by=house.admin, now=NOW)
    change.refresh_from_db()
    assert change.state == "asked"
    assert Post.objects.filter(person=house.cadre).count() == 1


def test_a_change_is_decided_once(house):
    change = ask(house)
    with pytest.raises(operations.ReasonMissing):
        operations.refuse_change(change.pk, by=house.admin, reason=" ", now=NOW)
    operations.refuse_change(change.pk, by=house.admin, reason="材料不全", now=NOW)
    for deed in (
        lambda: operations.approve_change(change.pk, by=house.second, now=NOW),
        lambda: operations.withdraw_change(change.pk, by=house.liaison, now=NOW),
    ):
        with pytest.raises(operations.ChangeDecidedBefore):
            deed()
    assert not CareerEvent.objects.exists()


# --- in the browser --------------------------------------------------------------------------------


def sheet(**changed):
    return {"token": str(uuid4()), "starts_on": "2026-03-01", "note": "病假"} | changed


def test_the_liaison_asks_and_the_administrator_approves(
    client, login, house, django_assert_max_num_queries
):
    login(client, house.liaison)
    where = f"/people/{house.cadre.pk}/changes/"
    assert f"{where}leave/" in client.get(where).content.decode()
    sent = sheet(last_day="2026-08-31")
    asked = client.post(f"{where}leave/", sent).url
    client.post(f"{where}leave/", sent)
    change = CareerChange.objects.get()
    assert change.ends_on == date(2026, 9, 1)
    assert client.post(f"{asked}approve/").status_code == 404

    login(client, house.admin)
    with django_assert_max_num_queries(8):
        assert "王晓明" in client.get("/changes/").content.decode()
    with django_assert_max_num_queries(10):
        client.get(asked)
    for _ in range(2):
        client.post(f"{asked}approve/")
    assert CareerEvent.objects.count() == 1
    with django_assert_max_num_queries(12):
        assert "病假" in client.get(where).content.decode()
    assert where in client.get(f"/people/{house.cadre.pk}/").content.decode()


@pytest.mark.parametrize(
    ("kind", "changed", "field"),
    [
        ("leave", {"last_day": "2026-02-28"}, "last_day"),
        ("leave", {"note": ""}, "note"),
        ("extension", {}, "due_on"),
        ("extension", {"due_on": "2026-02-01"}, "due_on"),
        ("transfer", {"unit": "无此单位"}, "unit"),
        ("exemption", {"requirements": ["no-such"]}, "requirements"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(client, login, house, kind, changed, field):
    login(client, house.liaison)
    post = {
        "post_title": "科长",
        "rank": "30",
        "grade": "0",
        "authority": "unit",
        "unit": "区民政局",
    }
    sent = sheet(**((post if kind == "transfer" else {}) | changed))
    page = client.post(f"/people/{house.cadre.pk}/changes/{kind}/", sent)
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]


def test_a_refusal_says_why_and_one_takes_back_only_what_one_asked(client, login, house):
    first, second = ask(house), ask(house, kind="exemption")
    login(client, house.admin)
    url = f"/changes/{first.pk}/"
    assert client.post(f"{url}refuse/", {"reason": ""}).status_code == 422
    client.post(f"{url}refuse/", {"reason": "材料不全"})
    assert "材料不全" in client.get(url).content.decode()
    assert client.post(f"/changes/{second.pk}/withdraw/").status_code == 404
    login(client, house.liaison)
    client.post(f"/changes/{second.pk}/withdraw/")
    second.refresh_from_db()
    assert second.state == "withdrawn"
    login(client, house.next_liaison)
    assert client.get(url).status_code == 404


def test_an_office_is_named_with_the_unit_above_it(client, login, house):
    office = OrgUnitFactory(parent=house.other, kind="office", name="办公室")
    mover = PersonFactory(unit=OrgUnitFactory(parent=house.other, kind="office", name="综合科"))
    transfer(house, office, person=mover, by=house.next_liaison)
    login(client, house.admin)
    assert "区民政局 · 综合科 → 区民政局 · 办公室" in client.get("/changes/").content.decode()
