"""From the plan to the roster: who may call, answer, excuse and stand in, and until when."""

from datetime import timedelta

import pytest
import time_machine

from classes import operations, queries, wording
from classes.enums import CallKind, ExcuseState, PlaceState
from classes.models import Excuse, MakeupTask, Place
from notices.models import Notice
from people.enums import Role
from tests.factories.classes import NOW, STARTS, at, make_class, make_place, make_plan
from tests.factories.people import OrgUnitFactory, PersonFactory, holder
from tests.factories.tracker import InstitutionFactory

pytestmark = pytest.mark.django_db


def add_class(plan, by):
    return operations.add_class(
        plan.pk,
        title="又一个班",
        audience="",
        institution_id=InstitutionFactory().pk,
        bucket="concentrated",
        call=CallKind.OPEN,
        starts_on=STARTS,
        ends_on=STARTS + timedelta(days=1),
        answer_by=STARTS - timedelta(days=1),
        training_days=1,
        hours=7,
        seats=10,
        by=by,
        now=NOW,
    )


def test_whoever_wrote_a_plan_does_not_approve_it(district, admin):
    plan = operations.write_plan(district, 2027, title="计划", aim="", by=admin, now=NOW)

    with pytest.raises(operations.MayNotApprove):
        operations.approve_plan(plan.pk, by=admin, now=NOW)

    second = holder(Role.TRAINING_ADMIN, district)
    assert operations.approve_plan(plan.pk, by=second, now=NOW).approved_by == second
    with pytest.raises(operations.PlanIsApproved):
        operations.approve_plan(plan.pk, by=second, now=NOW)


def test_whoever_added_a_class_to_a_plan_does_not_approve_it_either(district, admin):
    plan = operations.write_plan(district, 2026, title="年度计划", aim="", by=admin, now=NOW)
    second, third = (holder(Role.TRAINING_ADMIN, district) for _ in range(2))
    add_class(plan, second)
    assert queries.writers_of(plan) == [admin, second]
    for writer in (admin, second):
        assert queries.plans_waiting_for(writer) == []
        with pytest.raises(operations.MayNotApprove):
            operations.approve_plan(plan.pk, by=writer, now=NOW)
    assert queries.plans_waiting_for(third) == [plan]
    operations.approve_plan(plan.pk, by=third, now=NOW)

    # What was approved needs no more writers: one class more is approved by whoever did not add it.
    add_class(plan, third)
    plan.refresh_from_db()
    assert queries.writers_of(plan) == [third]
    assert operations.approve_plan(plan.pk, by=admin, now=NOW).approved_by == admin


def test_a_class_of_a_draft_plan_is_not_called_up(district, bureau, admin):
    of = make_class(district, called=False)
    of.plan.approved_by = of.plan.approved_at = None
    of.plan.save()
    operations.set_seats(of.pk, {bureau.pk: 2}, by=admin, now=NOW)

    with pytest.raises(operations.NothingToCall) as refused:
        operations.call_up(of.pk, by=admin, now=NOW)
    assert refused.value.code == "plan"


def test_a_class_added_to_an_approved_plan_makes_it_a_draft_again(district, admin):
    plan = make_class(district, called=False).plan
    add_class(plan, admin)
    assert type(plan).objects.get(pk=plan.pk).approved_at is None


def test_a_call_up_tells_the_liaisons_of_the_units_once(district, bureau, admin, liaison):
    stranger = holder(Role.LIAISON, OrgUnitFactory(parent=district))
    of = make_class(district, called=False)
    operations.set_seats(of.pk, {bureau.pk: 2}, by=admin, now=NOW)
    operations.call_up(of.pk, by=admin, now=NOW)

    with pytest.raises(operations.NothingToCall):
        operations.call_up(of.pk, by=admin, now=NOW)
    assert Notice.objects.filter(person=liaison).count() == 1
    assert not Notice.objects.filter(person=stranger).exists()


def test_only_the_authority_calls_up_and_gives_seats(district, bureau, liaison):
    of = make_class(district, called=False)
    local = holder(Role.TRAINING_ADMIN, bureau)
    for actor in (liaison, local):
        with pytest.raises(operations.NotYours):
            operations.call_up(of.pk, by=actor, now=NOW)
        with pytest.raises(operations.NotYours):
            operations.set_seats(of.pk, {bureau.pk: 2}, by=actor, now=NOW)


def test_a_unit_names_no_more_people_than_it_has_seats(district, bureau, admin, liaison):
    of = make_class(district, called=False)
    operations.set_seats(of.pk, {bureau.pk: 2}, by=admin, now=NOW)
    operations.call_up(of.pk, by=admin, now=NOW)
    people = [PersonFactory(unit=bureau).pk for _ in range(3)]

    with pytest.raises(operations.NoSeatLeft):
        operations.name_persons(of.pk, people, by=liaison, now=NOW)
    assert not Place.objects.exists()

    operations.name_persons(of.pk, people[:2], by=liaison, now=NOW)
    operations.name_persons(of.pk, people[:1], by=liaison, now=NOW)
    assert Place.objects.filter(training_class=of, state=PlaceState.COMING).count() == 2
    assert [row.answered for row in queries.quotas_of(of)] == [2]
    assert queries.waiting_call_ups(liaison, NOW.date()) == []


def test_a_liaison_names_nobody_of_another_unit(district, bureau, admin, liaison):
    other = OrgUnitFactory(parent=district)
    of = make_class(district, called=False)
    operations.set_seats(of.pk, {bureau.pk: 2, other.pk: 2}, by=admin, now=NOW)
    operations.call_up(of.pk, by=admin, now=NOW)

    with pytest.raises(operations.NotYours):
        operations.name_persons(of.pk, [PersonFactory(unit=other).pk], by=liaison, now=NOW)


def test_a_named_call_up_waits_for_the_units_answer(district, bureau, admin, liaison):
    of = make_class(district, call=CallKind.NAMED, called=False)
    person = PersonFactory(unit=bureau)
    [place] = operations.name_persons(of.pk, [person.pk], by=admin, now=NOW)
    operations.call_up(of.pk, by=admin, now=NOW)
    [waiting] = queries.waiting_call_ups(liaison, NOW.date())
    assert (place.state, waiting.missing) == (PlaceState.CALLED, 1)
    assert Notice.objects.filter(person=person).count() == 1

    operations.accept(place.pk, by=liaison, now=NOW)
    with pytest.raises(operations.AlreadyAnswered):
        operations.accept(place.pk, by=liaison, now=NOW)
    assert queries.waiting_call_ups(liaison, NOW.date()) == []


def test_an_excuse_is_answered_by_the_authority_that_called_and_by_nobody_else(
    district, bureau, admin, liaison
):
    place = make_place(make_class(district), PersonFactory(unit=bureau))
    excuse = operations.ask_excuse(place.pk, reason="住院", by=liaison, now=NOW)
    local = holder(Role.TRAINING_ADMIN, bureau)
    for actor in (liaison, local):
        with pytest.raises(operations.NotYours):
            operations.answer_excuse(excuse.pk, grant=True, answer="", by=actor, now=NOW)
    assert list(queries.open_excuses_for(local)) == []
    assert list(queries.open_excuses_for(admin)) == [excuse]

    operations.answer_excuse(excuse.pk, grant=True, answer="同意", by=admin, now=NOW)
    place.refresh_from_db()
    assert place.state == PlaceState.EXCUSED
    assert Notice.objects.filter(person=place.person).exists()
    with pytest.raises(operations.AlreadyAnswered):
        operations.answer_excuse(excuse.pk, grant=False, answer="", by=admin, now=NOW)


def test_a_refused_excuse_leaves_the_person_expected(district, bureau, admin, liaison):
    place = make_place(make_class(district), PersonFactory(unit=bureau))
    excuse = operations.ask_excuse(place.pk, reason="忙", by=liaison, now=NOW)
    operations.answer_excuse(excuse.pk, grant=False, answer="请参加", by=admin, now=NOW)
    place.refresh_from_db()

    assert place.state == PlaceState.COMING
    assert not MakeupTask.objects.exists()


def test_an_excuse_on_the_first_day_is_a_no_show_with_a_make_up_task(district, bureau, liaison):
    place = make_place(make_class(district), PersonFactory(unit=bureau))
    before = at(STARTS - timedelta(days=1), 23, 59)
    excuse = operations.ask_excuse(place.pk, reason="住院", by=liaison, now=before)
    assert excuse.state == ExcuseState.OPEN

    other = make_place(place.training_class, PersonFactory(unit=bureau))
    late = operations.ask_excuse(other.pk, reason="忘了", by=liaison, now=at(STARTS, 0, 0))
    other.refresh_from_db()
    assert (late.state, other.result) == (ExcuseState.LATE, "no_show")
    assert MakeupTask.objects.get(place=other).due_on.isoformat() == "2026-09-30"


def test_somebody_of_the_same_unit_stands_in_and_nobody_else(district, bureau, liaison):
    of = make_class(district)
    place = make_place(of, PersonFactory(unit=bureau))
    stranger = PersonFactory(unit=OrgUnitFactory(parent=district))
    with pytest.raises(operations.NotYours):
        operations.substitute(place.pk, stranger.pk, by=liaison, now=NOW)

    colleague = PersonFactory(unit=bureau)
    taken = operations.substitute(place.pk, colleague.pk, by=liaison, now=NOW)
    assert colleague.name in Notice.objects.get(person=place.person).text
    place.refresh_from_db()
    assert (place.state, taken.state) == (PlaceState.REPLACED, PlaceState.COMING)
    with pytest.raises(operations.ClassHasBegun):
        operations.substitute(taken.pk, place.person_id, by=liaison, now=at(STARTS))


def test_standing_in_answers_an_open_excuse(district, bureau, liaison):
    place = make_place(make_class(district), PersonFactory(unit=bureau))
    operations.ask_excuse(place.pk, reason="出差", by=liaison, now=NOW)
    operations.substitute(place.pk, PersonFactory(unit=bureau).pk, by=liaison, now=NOW)

    assert Excuse.objects.get(place=place).state == ExcuseState.GRANTED


def test_who_is_in_the_class_stands_in_for_nobody(district, bureau, liaison):
    of = make_class(district)
    place = make_place(of, PersonFactory(unit=bureau))
    colleague = make_place(of, PersonFactory(unit=bureau)).person

    with pytest.raises(operations.AlreadyAnswered):
        operations.substitute(place.pk, colleague.pk, by=liaison, now=NOW)


def test_an_open_class_is_chosen_to_the_last_day_and_no_longer(district):
    of = make_class(district, call=CallKind.OPEN)

    operations.choose_open_class(of.pk, by=PersonFactory(), now=at(of.answer_by, 23, 59))
    with pytest.raises(operations.JoiningIsOver) as refusal:
        operations.choose_open_class(
            of.pk, by=PersonFactory(), now=at(of.answer_by + timedelta(days=1), 0)
        )

    assert Place.objects.filter(training_class=of).count() == 1
    assert str(of.answer_by.day) in wording.refusal(refusal.value)


def test_who_gave_a_seat_back_is_offered_the_class_again(client, district):
    of = make_class(district, call=CallKind.OPEN)
    person = PersonFactory(unit=district)
    client.force_login(person)
    with time_machine.travel(NOW, tick=False):
        client.post(f"/classes/{of.pk}/do/choose/")
        assert of not in queries.classes_open_to(person, NOW.date())
        client.post(f"/classes/{of.pk}/do/leave/")

        assert of in queries.classes_open_to(person, NOW.date())
        assert f"/classes/{of.pk}/do/choose/" in client.get(f"/classes/{of.pk}/").content.decode()
        client.post(f"/classes/{of.pk}/do/choose/")

    assert queries.place_of(person, of).state == PlaceState.COMING


def test_an_open_class_is_chosen_until_it_is_full_and_given_back_before_it_starts(district):
    of = make_class(district, call=CallKind.OPEN, seats=1)
    first, second = PersonFactory(), PersonFactory()
    assert list(queries.classes_open_to(first, NOW.date())) == [of]
    operations.choose_open_class(of.pk, by=first, now=NOW)
    operations.choose_open_class(of.pk, by=first, now=NOW)
    with pytest.raises(operations.NoSeatLeft):
        operations.choose_open_class(of.pk, by=second, now=NOW)

    operations.leave_open_class(of.pk, by=first, now=NOW)
    operations.choose_open_class(of.pk, by=second, now=NOW)
    with pytest.raises(operations.ClassHasBegun):
        operations.leave_open_class(of.pk, by=second, now=at(STARTS))


def test_who_is_not_concerned_does_not_see_a_class(district, bureau, admin, liaison):
    of = make_class(district)
    stranger = holder(Role.LIAISON, OrgUnitFactory(parent=district))
    make_place(of, PersonFactory(unit=bureau))

    def sees(person):
        return queries.classes_visible_to(person).filter(pk=of.pk).exists()

    assert sees(admin)
    assert sees(liaison)
    assert not sees(stranger)
    assert not sees(PersonFactory(unit=bureau))


def test_a_cancelled_class_tells_those_who_were_to_come(district, bureau, admin, liaison):
    place = make_place(of := make_class(district), PersonFactory(unit=bureau))
    operations.cancel_class(of.pk, because="场地维修", by=admin, now=NOW)

    told = Notice.objects.filter(source=f"classes.cancelled:{of.pk}")
    assert set(told.values_list("person", flat=True)) == {place.person_id, liaison.pk}
    with pytest.raises(operations.NothingToCall):
        operations.cancel_class(of.pk, because="场地维修", by=admin, now=NOW)


def test_the_sweep_reminds_only_liaisons_whose_unit_has_not_answered(
    district, bureau, admin, liaison
):
    other = OrgUnitFactory(parent=district)
    answered = holder(Role.LIAISON, other)
    of = make_class(district, called=False)
    operations.set_seats(of.pk, {bureau.pk: 1, other.pk: 1}, by=admin, now=NOW)
    operations.call_up(of.pk, by=admin, now=NOW)
    operations.name_persons(of.pk, [PersonFactory(unit=other).pk], by=answered, now=NOW)
    due = at(of.answer_by - timedelta(days=2))
    assert operations.sweep(due - timedelta(days=1)) == 0

    assert operations.sweep(due) == 1
    assert operations.sweep(due) == 0
    reminded = Notice.objects.get(source=f"classes.answer_due:{of.pk}")
    assert reminded.person == liaison


def test_one_plan_a_unit_and_year(district, admin):
    make_plan(district)
    with pytest.raises(operations.PlanExists):
        operations.write_plan(district, 2026, title="另一个", aim="", by=admin, now=NOW)


def test_a_class_that_people_choose_themselves_calls_nobody_up(district):
    day = STARTS - timedelta(days=1)

    assert [
        wording.state_of(make_class(district, call=call, title=call), day)
        for call in (CallKind.OPEN, CallKind.QUOTA, CallKind.NAMED)
    ] == ["已发布", "已调训", "已调训"]
