"""Changing a class while that is honest; warnings that are read before something is done."""

import re
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.test import Client
from time_machine import travel

from classes import operations, rules
from classes.enums import CallKind, PlaceState
from classes.models import Place, TrainingClass
from notices.models import Notice
from people.enums import Role
from people.models import AuditEntry
from tests.factories.classes import NOW, STARTS, at, make_class, make_place, make_sessions
from tests.factories.people import OrgUnitFactory, PersonFactory, holder
from tests.factories.tracker import InstitutionFactory

pytestmark = pytest.mark.django_db


def typed(of, **changes):
    return {
        "title": of.title,
        "audience": of.audience,
        "institution": of.institution_id,
        "bucket": of.bucket,
        "call": of.call,
        "first_day": of.starts_on.isoformat(),
        "last_day": of.last_day.isoformat(),
        "answer_by": of.answer_by.isoformat(),
        "training_days": str(of.training_days),
        "hours": str(of.hours),
        "seats": of.seats,
    } | changes


def test_less_of_a_class_changes_the_more_people_rely_on_it():
    stages = [
        rules.changeable(called=called, begun=begun, confirmed=confirmed)
        for called, begun, confirmed in (
            (False, False, False),
            (True, False, False),
            (True, True, False),
            (True, True, True),
        )
    ]

    assert all(later < earlier for earlier, later in pairwise(stages))
    assert "hours" in stages[0]
    assert not {"hours", "training_days", "bucket", "call"} & stages[1]
    assert not {"starts_on", "institution_id"} & stages[2]
    assert not stages[3]


def test_before_the_call_up_everything_changes_and_the_plan_is_approved_again(district, admin):
    of = make_class(district, called=False)
    school = InstitutionFactory()

    changed = operations.change_class(
        of.pk,
        {"title": "处级干部进修班", "hours": Decimal("21"), "institution_id": school.pk},
        by=admin,
        now=NOW,
    )

    of = TrainingClass.objects.get(pk=of.pk)
    assert changed == ["title", "hours", "institution_id"]
    assert (of.title, of.hours, of.institution) == ("处级干部进修班", 21, school)
    assert of.plan.approved_at is None
    assert not Notice.objects.exists()
    row = AuditEntry.objects.get(verb="classes.class.change")
    assert row.detail["changed"]["hours"] == ["14.0", "21"]


def test_after_the_call_up_new_days_are_told_to_those_called_and_to_their_liaisons(
    district, bureau, admin, liaison
):
    stranger = holder(Role.LIAISON, OrgUnitFactory(parent=district))
    of = make_class(district)
    place = make_place(of, PersonFactory(unit=bureau))
    excused = make_place(of, PersonFactory(unit=bureau), state=PlaceState.EXCUSED)
    later = {"starts_on": date(2026, 6, 22), "ends_on": date(2026, 6, 24)}

    operations.change_class(of.pk, later, by=admin, now=NOW)
    operations.change_class(of.pk, later, by=admin, now=NOW)

    told = Notice.objects.filter(source__startswith="classes.changed")
    assert set(told.values_list("person", flat=True)) == {place.person_id, liaison.pk}
    assert told.count() == 2
    assert "时间改为2026年6月22日至23日" in told.first().text
    assert {stranger.pk, excused.person_id}.isdisjoint(told.values_list("person", flat=True))
    assert TrainingClass.objects.get(pk=of.pk).plan.approved_at is not None


@pytest.mark.parametrize(
    "values",
    [
        {"hours": Decimal("21")},
        {"training_days": Decimal("3")},
        {"bucket": "overseas"},
        {"call": "open"},
    ],
)
def test_what_a_called_class_is_worth_stays_as_promised(district, admin, values):
    of = make_class(district)

    with pytest.raises(operations.NoLongerChangeable):
        operations.change_class(of.pk, {"title": "另一个名称", **values}, by=admin, now=NOW)
    assert TrainingClass.objects.get(pk=of.pk).title == of.title


@pytest.mark.parametrize("confirmed", [False, True])
def test_once_begun_days_and_institution_stay_and_with_results_everything(
    district, admin, confirmed
):
    of = make_class(district)
    if confirmed:
        TrainingClass.objects.update(confirmed_at=NOW, confirmed_by=admin)
    now = at(STARTS)

    for values in ({"starts_on": STARTS - timedelta(days=1)}, {"institution_id": 0}):
        with pytest.raises(operations.NoLongerChangeable):
            operations.change_class(of.pk, values, by=admin, now=now)
    if confirmed:
        with pytest.raises(operations.NoLongerChangeable):
            operations.change_class(of.pk, {"title": "改名"}, by=admin, now=now)
    else:
        operations.change_class(of.pk, {"title": "改名"}, by=admin, now=now)


def test_seats_are_never_fewer_than_are_given(district, bureau, admin, liaison):
    of = make_class(district, seats=5)
    of.quotas.create(unit=bureau, seats=4)
    for _ in range(2):
        make_place(of, PersonFactory(unit=bureau))

    with pytest.raises(operations.MoreThanTheSeats):
        operations.change_class(of.pk, {"seats": 3}, by=admin, now=NOW)
    with pytest.raises(operations.FewerThanNamed):
        operations.set_seats(of.pk, {bureau.pk: 1}, by=admin, now=NOW)

    operations.change_class(of.pk, {"seats": 4}, by=admin, now=NOW)
    operations.set_seats(of.pk, {bureau.pk: 2}, by=admin, now=NOW)
    assert of.quotas.get().seats == 2
    assert Notice.objects.get(source__startswith="classes.seats").person == liaison
    with pytest.raises(operations.NothingToCall):
        operations.set_seats(of.pk, {bureau.pk: 3}, by=admin, now=at(STARTS))


def test_days_do_not_leave_sessions_of_the_timetable_behind(district, admin):
    of = make_class(district)
    make_sessions(of, "7", "7")

    with pytest.raises(operations.SessionsOnOtherDays):
        operations.change_class(of.pk, {"ends_on": STARTS + timedelta(days=1)}, by=admin, now=NOW)
    with pytest.raises(operations.ClassHasBegun):
        operations.change_class(of.pk, {"starts_on": NOW.date()}, by=admin, now=NOW)


def test_how_people_come_stays_once_somebody_is_named(district, admin):
    of = make_class(district, called=False, call=CallKind.NAMED)
    make_place(of, state=PlaceState.CALLED)

    assert "call" not in operations.open_fields(of, NOW)
    with pytest.raises(operations.NoLongerChangeable):
        operations.change_class(of.pk, {"call": "open"}, by=admin, now=NOW)


def test_a_class_is_changed_in_the_browser_by_its_authority_alone(
    login, district, bureau, admin, liaison, django_assert_max_num_queries
):
    of = make_class(district)
    make_place(of, PersonFactory(unit=bureau))
    with travel(NOW, tick=False):
        client = login(Client(), admin)
        # session, person, grants; class; seats and places given; institutions; the rail's counts
        with django_assert_max_num_queries(12):
            page = client.get(f"/classes/{of.pk}/change/").content.decode()
        answer = client.post(
            f"/classes/{of.pk}/change/",
            typed(of, title="改名的班", hours="99", first_day="2026-06-16", last_day="2026-06-17"),
            follow=True,
        )
        refused = client.post(f"/classes/{of.pk}/change/", typed(of, answer_by="2026-07-01"))
        foreign = login(Client(), liaison).get(f"/classes/{of.pk}/change/")

    assert re.search(r'name="hours"[^>]*disabled', page)
    assert "班次已修改，并已通知有关单位和人员。" in answer.content.decode()
    assert (refused.status_code, "答复期限须在开班之前" in refused.content.decode()) == (422, True)
    assert foreign.status_code in {403, 404}
    of.refresh_from_db()
    assert (of.title, of.hours, of.starts_on) == ("改名的班", 14, date(2026, 6, 16))


def test_days_outside_the_year_of_the_plan_are_saved_only_once_the_warning_was_read(
    login, district, admin
):
    of = make_class(district, called=False)
    days = {"first_day": "2027-01-04", "last_day": "2027-01-05", "answer_by": "2026-12-20"}
    with travel(NOW, tick=False):
        client = login(Client(), admin)
        warned = client.post(f"/classes/{of.pk}/change/", typed(of, **days))
        of.refresh_from_db()
        assert (warned.status_code, of.starts_on) == (422, STARTS)
        [told] = re.findall(r'name="told" value="([^"]+)"', warned.content.decode())
        assert "而所在计划是 2026 年的" in told
        client.post(f"/classes/{of.pk}/change/", typed(of, **days, told=told))
        added = client.post(f"/classes/plans/{of.plan_id}/add/", typed(of, **days))

    of.refresh_from_db()
    assert of.starts_on == date(2027, 1, 4)
    assert added.status_code == 422
    assert TrainingClass.objects.count() == 1


def clash_of(page):
    return re.findall(r'name="told" value="([^"]+)"', page.content.decode())


def test_who_is_called_elsewhere_on_these_days_is_named_only_once_that_was_read(
    login, district, bureau, admin, liaison
):
    busy = PersonFactory(unit=bureau, name="林晓禾", staff_number="QH9001")
    make_place(make_class(district, title="党务干部班"), busy)
    of = make_class(district, title="另一个班")
    of.quotas.create(unit=bureau, seats=2)
    named = make_class(district, call=CallKind.NAMED, called=False, title="点名班")
    apart = make_class(district, title="下一周的班", starts_on=STARTS + timedelta(days=2))
    apart.quotas.create(unit=bureau, seats=2)
    with travel(NOW, tick=False):
        for desk, address, sent in (
            (login(Client(), liaison), f"/classes/{of.pk}/answer/", {"what": "name"}),
            (login(Client(), admin), f"/classes/{named.pk}/name/", {}),
        ):
            sent = sent | {"person": busy.pk}
            warned = desk.post(address, sent, query_params={"q": "林晓禾"})
            told = clash_of(warned)[0]
            assert (warned.status_code, "党务干部班" in told) == (422, True)
            assert "林晓禾（QH9001）" in told
            assert " checked" in warned.content.decode()
            before = Place.objects.count()
            desk.post(address, sent | {"told": clash_of(warned)})
            assert Place.objects.count() == before + 1
        desk = login(Client(), liaison)
        free = desk.post(f"/classes/{apart.pk}/answer/", {"what": "name", "person": busy.pk})
    # The day after the other class is no day of it.
    assert free.status_code == 302


def test_a_named_call_up_goes_out_only_once_clashes_were_read(login, district, bureau, admin):
    busy = PersonFactory(unit=bureau, name="林晓禾")
    of = make_class(district, call=CallKind.NAMED, called=False)
    make_place(of, busy, state=PlaceState.CALLED)
    with travel(NOW, tick=False):
        client = login(Client(), admin)
        make_place(make_class(district, title="党务干部班"), busy)
        client.post(f"/classes/{of.pk}/do/call-up/")
        of.refresh_from_db()
        assert of.called_at is None
        told = clash_of(client.get(f"/classes/{of.pk}/"))
        client.post(f"/classes/{of.pk}/do/call-up/", {"told": told})
    of.refresh_from_db()
    assert of.called_at is not None


def test_a_clash_of_somebody_elses_people_is_not_told(login, district, bureau, liaison):
    stranger = PersonFactory(unit=OrgUnitFactory(parent=district))
    make_place(make_class(district, title="党务干部班"), stranger)
    of = make_class(district)
    of.quotas.create(unit=bureau, seats=2)
    with travel(NOW, tick=False):
        desk = login(Client(), liaison)
        page = desk.post(f"/classes/{of.pk}/answer/", {"what": "name", "person": stranger.pk})
    assert page.status_code == 404
