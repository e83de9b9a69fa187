"""Seat plans: the most urgent first, never more than there are seats, adjusted by hand."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classes.enums import CallKind
from classes.models import Place
from dashboards import operations, queries, reports
from dashboards.models import PlannedSeat, SeatPlan
from dashboards.seating import Candidate, proposal
from people.enums import Rank
from people.models import Person
from tests.dashboards.conftest import DAYS, count, stand
from tests.factories.classes import make_class, make_place
from tests.factories.people import OrgUnitFactory, PersonFactory, PostFactory
from tracker.models import Standing

NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
HORIZON = date(2026, 12, 31)


def candidate(number, state="short", due_on=HORIZON, missing="5", unit="D1", rank=30):
    return Candidate(number, unit, rank, state, due_on, Decimal(missing))


def chosen(candidates, capacity=2, class_days="5", most=None):
    found = proposal(
        candidates,
        horizon=HORIZON,
        class_days=Decimal(class_days),
        capacity=capacity,
        most_of_a_unit=most,
    )
    return [one.person_id for one in found]


def test_the_overdue_come_first_then_who_is_due_then_who_is_behind():
    later = date(2027, 12, 31)
    candidates = [
        candidate(1, "on_course", later),
        candidate(2, "short", later),
        candidate(3, "on_course", HORIZON),
        candidate(4, "overdue", date(2026, 1, 1)),
    ]

    assert chosen(candidates, capacity=4) == [4, 3, 2, 1]
    groups = [one.group(HORIZON) for one in candidates]
    assert groups == ["ahead", "behind", "pressing", "overdue"]


def test_a_seat_that_closes_a_gap_comes_before_one_that_does_not():
    assert chosen([candidate(1, missing="9"), candidate(2, missing="5")], capacity=1) == [2]


def test_no_unit_gives_more_than_it_may():
    candidates = [candidate(1), candidate(2), candidate(3, unit="D2")]

    assert chosen(candidates, capacity=3, most=1) == [1, 3]


people = st.lists(
    st.builds(
        Candidate,
        st.integers(1, 500),
        st.sampled_from(["A", "B", "C"]),
        st.sampled_from([20, 30, 50]),
        st.sampled_from(["overdue", "short", "on_course"]),
        st.one_of(st.none(), st.dates(date(2025, 1, 1), date(2028, 1, 1))),
        st.decimals("0.5", "60", places=1),
    ),
    unique_by=lambda one: one.person_id,
    max_size=15,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(people, st.integers(0, 12), st.one_of(st.none(), st.integers(1, 5)), st.randoms())
def test_seats_never_exceed_the_class_or_a_unit_and_order_does_not_matter(
    candidates, capacity, most, random
):
    first = chosen(candidates, capacity, most=most)
    mixed = list(candidates)
    random.shuffle(mixed)

    assert chosen(mixed, capacity, most=most) == first
    assert len(first) == len(set(first)) <= capacity
    taken = [one for one in candidates if one.person_id in first]
    assert len(taken) == len(first)
    if most is not None:
        assert all(sum(one.unit == unit for one in taken) <= most for unit in "ABC")
    if most is None:
        assert len(first) == min(capacity, len(candidates))


# --- In the house ---


def short_of_days(unit, missing, state="short", rank=Rank.TOWNSHIP_HEAD, **named):
    person = PersonFactory(unit=unit, **named)
    PostFactory(person=person, unit=unit, rank=rank)
    stand(person, DAYS, state)
    Standing.objects.filter(person=person).update(
        figures=[{"measure": "training_days", "official": str(12 - missing), "required": "12"}]
    )
    count(person)
    return person


def make(unit, by, capacity=2, **named):
    return operations.make_plan(
        unit,
        title="科级干部秋季班",
        requirement=DAYS,
        horizon_on=HORIZON,
        class_days=Decimal(5),
        capacity=capacity,
        most_of_a_unit=None,
        by=by,
        now=NOW,
        **named,
    )


@pytest.mark.django_db
def test_a_plan_finds_who_lacks_days_in_the_unit_and_nobody_else(district, administrator):
    short_of_days(district.first, 9, name="甲")
    short_of_days(district.office, 5, name="乙", state="overdue", rank=Rank.COUNTY_HEAD)
    short_of_days(district.second, 12, name="丙", state="met")
    short_of_days(district.foreign, 9, name="外")
    hours_only = PersonFactory(unit=district.first, name="学时")
    stand(hours_only, DAYS, "short")

    plan = make(district.top, administrator)

    found = PlannedSeat.objects.filter(plan=plan).values_list(
        "person__name", "missing_days", "called"
    )
    assert sorted(found) == [("乙", Decimal(5), True), ("甲", Decimal(9), True)]
    assert [(s.unit, s.rank, s.seats) for s in queries.planned_seats(plan)] == [
        ("D1", 50, 1),
        ("D1", 30, 1),
    ]


@pytest.mark.django_db
def test_seats_are_changed_by_hand_but_never_beyond_the_class(
    client, login, district, administrator
):
    people = [short_of_days(district.first, missing) for missing in (5, 5, 9)]
    plan = make(district.first, administrator)
    client = login(client, administrator)
    address = f"/seat-plans/{plan.pk}/"
    shown = [person.pk for person in people]

    def save(called, seen_at=None):
        plan.refresh_from_db()
        sent = {
            "shown": shown,
            "called": called,
            "seen_at": (seen_at or plan.changed_at).isoformat(),
        }
        client.post(address, sent)
        return client.get(address).content.decode()

    assert "没有作任何改动" in save(shown)
    assert len(queries.planned_seats(plan)) == 1
    assert queries.planned_seats(plan)[0].seats == 2
    seen = plan.changed_at
    save([people[2].pk])
    assert queries.seats_of_plan(plan).filter(called=True).get().person == people[2]
    plan.refresh_from_db()
    SeatPlan.objects.filter(pk=plan.pk).update(changed_at=datetime(2026, 6, 1, 3, tzinfo=UTC))
    assert "已被他人修改" in save(shown[:1], seen_at=seen)
    assert queries.seats_of_plan(plan).filter(called=True).get().person == people[2]


@pytest.mark.django_db
def test_the_whole_way_from_the_form_to_the_file(client, login, district, administrator):
    short_of_days(district.first, 5, name="王晓明")
    sent = {
        "unit": "D",
        "requirement": DAYS,
        "title": "秋季班",
        "horizon_on": "2026-12-31",
        "class_days": "5",
        "capacity": "40",
        "most_of_a_unit": "",
    }
    client = login(client, administrator)

    assert client.post("/seat-plans/new/", {**sent, "capacity": "0"}).status_code == 200
    answer = client.post("/seat-plans/new/", sent)

    assert "王晓明" in client.get(answer.url).content.decode()
    plan = SeatPlan.objects.get()
    document = reports.REPORTS["plan"](administrator, {"plan": str(plan.pk)}, NOW)
    assert [row[1] for row in document.tables[1].rows] == ["王晓明"]
    assert "秋季班" in client.get("/seat-plans/").content.decode()
    client.post(f"/seat-plans/{plan.pk}/discard/")
    assert not SeatPlan.objects.exists()


@pytest.mark.django_db
def test_an_office_is_named_with_the_unit_above_it_on_the_page_and_in_the_file(
    client, login, district, administrator
):
    short_of_days(OrgUnitFactory(parent=district.first, kind="office", name="办公室"), 5)
    plan = make(district.top, administrator)
    named = f"{district.first.name} · 办公室"

    assert named in login(client, administrator).get(f"/seat-plans/{plan.pk}/").content.decode()
    document = reports.REPORTS["plan"](administrator, {"plan": str(plan.pk)}, NOW)
    assert [row[2] for row in document.tables[1].rows] == [named]


@pytest.mark.django_db
def test_who_does_not_plan_for_the_unit_changes_nothing(
    client, login, district, administrator, liaison
):
    person = short_of_days(district.first, 5)
    above, own = make(district.top, administrator), make(district.first, administrator)
    client = login(client, liaison)

    assert client.get(f"/seat-plans/{above.pk}/").status_code == 404
    assert client.get(f"/seat-plans/{own.pk}/").status_code == 200
    sent = {"shown": [person.pk], "called": [], "seen_at": own.changed_at.isoformat()}
    assert client.post(f"/seat-plans/{own.pk}/", sent).status_code == 404
    assert client.post(f"/seat-plans/{own.pk}/discard/").status_code == 404
    with pytest.raises(operations.MayNotPlan):
        make(district.first, liaison)
    with pytest.raises(operations.MayNotPlan):
        make(district.foreign, administrator)
    with pytest.raises(reports.NotEntrusted):
        reports.REPORTS["plan"](liaison, {"plan": str(above.pk)}, NOW)


@pytest.mark.django_db
def test_whom_the_plan_calls_up_is_named_for_a_class(client, login, district, administrator):
    people = [short_of_days(district.first, 5) for _ in range(3)]
    plan = make(district.top, administrator)
    shown = [person.pk for person in people]
    operations.call_up(plan.pk, shown=shown, called=shown[:2], seen_at=plan.changed_at,
                       by=administrator, now=NOW)  # fmt: skip
    named = make_class(district.top, call=CallKind.NAMED, called=False, seats=2, title="研修班")
    for other in (
        make_class(district.top, call=CallKind.QUOTA, called=False),
        make_class(district.top, call=CallKind.NAMED),
        make_class(district.foreign, call=CallKind.NAMED, called=False),
        make_class(district.second, call=CallKind.NAMED, called=False),
        make_class(district.top, call=CallKind.NAMED, called=False, starts_on=date(2026, 6, 1)),
    ):
        assert login(client, administrator).post(
            f"/seat-plans/{plan.pk}/name/", {"class": other.pk}
        ).status_code == 404  # fmt: skip
    page = client.get(f"/seat-plans/{plan.pk}/")
    assert list(page.context["classes"]) == [named]
    elsewhere = make_class(district.top, call=CallKind.NAMED, title="同期的班")
    make_place(elsewhere, people[0])

    told = client.post(f"/seat-plans/{plan.pk}/name/", {"class": named.pk})

    assert told.status_code == 422
    assert not Place.objects.filter(training_class=named).exists()
    (warning,) = told.context["warnings"]
    assert "同期的班" in warning
    sent = {"class": named.pk, "told": [warning]}
    answer = client.post(f"/seat-plans/{plan.pk}/name/", sent, follow=True)
    assert answer.redirect_chain == [(f"/classes/{named.pk}/name/", 302)]
    assert "2 人已列入“研修班”" in answer.content.decode()
    assert set(named_for(named)) == set(shown[:2])
    again = client.post(f"/seat-plans/{plan.pk}/name/", sent, follow=True).content.decode()
    assert "没有新增" in again
    plan.refresh_from_db()
    operations.call_up(plan.pk, shown=shown, called=shown[1:], seen_at=plan.changed_at,
                       by=administrator, now=NOW)  # fmt: skip
    full = client.post(f"/seat-plans/{plan.pk}/name/", {"class": named.pk}, follow=True)
    assert "名额不足" in full.content.decode()
    assert set(named_for(named)) == set(shown[:2])


def named_for(of):
    return Place.objects.filter(training_class=of).values_list("person", flat=True)


@pytest.mark.django_db
def test_who_does_not_plan_names_nobody(client, login, district, administrator, liaison):
    short_of_days(district.first, 5)
    plan = make(district.first, administrator)
    named = make_class(district.top, call=CallKind.NAMED, called=False)
    sent = {"class": named.pk}
    address = f"/seat-plans/{plan.pk}/name/"
    assert login(client, liaison).post(address, sent).status_code == 404
    assert "to-class" not in client.get(f"/seat-plans/{plan.pk}/").content.decode()
    Person.objects.filter(pk__in=queries.called_in(plan)).update(is_active=False)
    told = login(client, administrator).post(address, sent, follow=True)
    assert "请先选择人员" in told.content.decode()
