"""Two records of one person: read as one after two people agreed, and as two again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from people import same_person as deeds
from people.enums import Rank, Role
from people.models import AuditEntry, Person, SamePerson
from people.operations import MergedAway, set_active
from tests.factories.people import (
    OrgUnitFactory,
    PersonFactory,
    PostFactory,
    RoleGrantFactory,
    holder,
)
from tests.factories.tracker import InstitutionFactory, packs_in_force, post_hours
from tracker import operations, queries
from tracker.enums import Bucket, Confirmer, Level
from tracker.models import Entry, Recognition, Rollup, Standing, StandingMark

NOW = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=10)
TODAY = date(2026, 6, 30)
DUTY = "leaders-five-years"


@pytest.fixture(autouse=True)
def _midsummer():
    with time_machine.travel(NOW, tick=False):
        yield


def build_house():
    city = OrgUnitFactory(kind="city")
    district = OrgUnitFactory(kind="system", parent=city)
    unit, next_door = OrgUnitFactory(parent=district), OrgUnitFactory(parent=district)
    afar = OrgUnitFactory(kind="system", parent=city)
    packs_in_force("cadre-2023")
    school = InstitutionFactory()
    Recognition.objects.create(
        institution=school, level=Level.CITY, starts_on=date(2020, 1, 1), recognised_by="市委组织部"
    )
    kept, other = PersonFactory(unit=unit, name="王晓明"), PersonFactory(unit=unit, name="王晓明")
    for person, start in ((kept, 1), (other, 2)):
        PostFactory(person=person, rank=Rank.COUNTY_HEAD, leading=True)
        post_hours(
            person,
            f"class:{person.pk}",
            on=date(2024, start, 5),
            days="30",
            bucket=Bucket.OFF_THE_JOB,
            confirmer=Confirmer.INSTITUTION,
            institution=school,
            now=datetime(2024, 4, 1, tzinfo=UTC),
        )
    operations.refresh_standings([kept.pk, other.pk], on=TODAY, now=NOW)
    return SimpleNamespace(
        unit=unit,
        school=school,
        kept=kept,
        other=other,
        admin=holder(Role.TRAINING_ADMIN, district),
        second=holder(Role.TRAINING_ADMIN, district),
        liaison=holder(Role.LIAISON, unit),
        next_liaison=holder(Role.LIAISON, next_door),
        auditor=holder(Role.AUDITOR, district),
        stranger=holder(Role.TRAINING_ADMIN, afar),
    )


@pytest.fixture
def house(db):
    return build_house()


def propose(house, *, kept=None, other=None, by=None):
    return deeds.propose(
        (kept or house.kept).pk,
        (other or house.other).pk,
        by=by or house.admin,
        note="人事档案核对为同一人",
        token=uuid4(),
        now=NOW,
    )


def days_of(person, *, known_at):
    assessment = queries.assessment_of(person.pk, DUTY, on=TODAY, known_at=known_at)
    return (
        None if assessment is None else (assessment.state.value, assessment.ways[0].parts[0].amount)
    )


@pytest.mark.django_db
def test_two_times_thirty_days_become_sixty_and_thirty_again_when_it_is_undone(
    house, django_capture_on_commit_callbacks
):
    rows = list(Entry.objects.order_by("pk").values())
    assert days_of(house.kept, known_at=NOW) == ("short", 30)
    same = propose(house)
    assert days_of(house.kept, known_at=NOW) == ("short", 30)

    with django_capture_on_commit_callbacks(execute=True):
        deeds.merge(same.pk, by=house.second, now=NOW)
    assert days_of(house.kept, known_at=NOW) == ("met", 60)
    assert days_of(house.other, known_at=NOW) is None
    assert Standing.objects.get(person=house.kept, requirement=DUTY).state == "met"
    assert not StandingMark.objects.filter(person=house.other).exists()
    counted = Rollup.objects.get(unit=house.unit, requirement=DUTY, rank=Rank.COUNTY_HEAD)
    assert (counted.met, counted.short) == (1, 0)
    assert operations.recount() == 0
    assert sum(row.training_days for row in queries.entries_of(house.kept.pk, NOW)) == 60
    # As of the day before, the record reads as it did then.
    assert days_of(house.kept, known_at=NOW - timedelta(days=1)) == ("short", 30)
    assert days_of(house.other, known_at=NOW - timedelta(days=1)) == ("short", 30)

    deeds.ask_undo(same.pk, by=house.admin, note="两人同名，出生年月不同", now=NOW)
    assert days_of(house.kept, known_at=NOW) == ("met", 60)
    with django_capture_on_commit_callbacks(execute=True):
        deeds.undo(same.pk, by=house.second, now=LATER)
    for person in (house.kept, house.other):
        assert days_of(person, known_at=LATER) == ("short", 30)
        assert Standing.objects.get(person=person, requirement=DUTY).state == "short"
    assert days_of(house.kept, known_at=NOW + timedelta(days=1)) == ("met", 60)
    house.other.refresh_from_db()
    assert house.other.is_active
    assert list(Entry.objects.order_by("pk").values()) == rows
    assert not operations.check_figures(now=LATER)


@pytest.mark.django_db
def test_what_is_posted_to_the_merged_record_later_counts_for_the_kept_one(
    house, django_capture_on_commit_callbacks
):
    same = propose(house)
    with django_capture_on_commit_callbacks(execute=True):
        deeds.merge(same.pk, by=house.second, now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        line = post_hours(house.other, "late:1", hours="50", now=NOW)
    online = Standing.objects.get(person=house.kept, requirement="online-yearly")
    assert online.state == "met"
    assert not Standing.objects.filter(person=house.other).exists()
    assert line in queries.entries_of(house.kept.pk)
    # A signal that was lost: the sweep finds it from rows alone.
    post_hours(house.other, "late:2", hours="1", now=NOW)
    assert StandingMark.objects.get(person=house.kept).last_entry_id == line.pk
    operations.sweep(NOW)
    assert StandingMark.objects.get(person=house.kept).last_entry_id > line.pk


@pytest.mark.django_db
def test_a_merge_whose_signal_was_lost_is_found_by_the_sweep(house):
    same = propose(house)
    deeds.merge(same.pk, by=house.second, now=NOW + timedelta(seconds=1))
    assert Standing.objects.get(person=house.kept, requirement=DUTY).state == "short"
    operations.sweep(NOW + timedelta(minutes=1))
    assert Standing.objects.get(person=house.kept, requirement=DUTY).state == "met"
    assert not Standing.objects.filter(person=house.other).exists()


@pytest.mark.django_db
def test_one_of_the_two_decides_nothing_although_he_keeps_both_records(house):
    for each in (house.kept, house.other):
        RoleGrantFactory(person=each, unit=house.unit, role=Role.TRAINING_ADMIN)
    same = propose(house)
    for by in (house.kept, house.other):
        assert same not in deeds.same_waiting_for(by)
        with pytest.raises(deeds.MayNotDecideSame):
            deeds.merge(same.pk, by=by, now=NOW)


def test_who_asked_or_is_concerned_or_keeps_others_does_not_decide(house):
    same = propose(house)
    for by in (house.admin, house.liaison, house.stranger, house.auditor, house.kept):
        with pytest.raises(deeds.MayNotDecideSame):
            deeds.merge(same.pk, by=by, now=NOW)
        assert same not in deeds.same_waiting_for(by)
    assert same in deeds.same_waiting_for(house.second)
    for by in (house.stranger, house.next_liaison, house.auditor, house.kept):
        with pytest.raises(deeds.MayNotPropose):
            propose(house, by=by)
    with pytest.raises(deeds.MayNotPropose):
        propose(house, other=house.kept)
    with pytest.raises(deeds.MayNotPropose):
        propose(house, other=house.admin)  # himself
    deeds.merge(same.pk, by=house.second, now=NOW)
    for deed in (deeds.merge, deeds.undo):
        with pytest.raises(deeds.SameDecidedBefore):
            deed(same.pk, by=house.second, now=NOW)
    deeds.ask_undo(same.pk, by=house.second, note="再核", now=NOW)
    with pytest.raises(deeds.MayNotDecideSame):
        deeds.undo(same.pk, by=house.second, now=NOW)
    deeds.refuse(same.pk, by=house.admin, reason="确为一人", now=NOW)
    assert SamePerson.objects.get().state == "merged"
    assert AuditEntry.objects.filter(verb="people.same.refuse").count() == 2


@pytest.mark.django_db
def test_no_chain_is_made_and_the_closed_account_stays_closed(house):
    third = PersonFactory(unit=house.unit, name="王晓明")
    crossed = propose(house, kept=house.other, other=house.kept)
    deeds.merge(propose(house).pk, by=house.second, now=NOW)
    with pytest.raises(deeds.AlreadyMerged):
        deeds.merge(crossed.pk, by=house.second, now=NOW)
    for kept, other in ((house.other, third), (third, house.kept), (third, house.other)):
        with pytest.raises(deeds.AlreadyMerged):
            propose(house, kept=kept, other=other)
    deeds.merge(propose(house, other=third).pk, by=house.second, now=NOW)
    keeper = holder(Role.SYSTEM_ADMIN, house.unit.get_parent())
    with pytest.raises(MergedAway):
        set_active(house.other.pk, active=True, by=keeper, now=NOW)
    house.other.refresh_from_db()
    assert not house.other.is_active


@pytest.mark.django_db
def test_the_kept_person_sees_and_contests_the_lines_of_both(house, client, login):
    deeds.merge(propose(house).pk, by=house.second, now=NOW)
    line = Entry.objects.get(person=house.other)
    login(client, house.kept)
    page = client.get(reverse("tracker:record") + "?year=2024").content.decode()
    assert line.title in page
    assert f"工号 {house.other.staff_number} 的记录" in page
    assert client.get(reverse("tracker:entry", args=[line.pk])).status_code == 200
    answer = client.post(reverse("tracker:contest", args=[line.pk]), {"text": "天数不对"})
    assert answer.status_code == 302
    assert line.remarks.get().author == house.kept
    # The other account is closed: its session ends.
    login(client, house.other)
    assert client.get(reverse("tracker:record")).status_code == 302


@pytest.mark.django_db
def test_a_class_that_stands_in_both_records_is_pointed_out(house):
    post_hours(
        house.other, "twice:1", on=date(2024, 1, 5), days="1", bucket=Bucket.OFF_THE_JOB,
        confirmer=Confirmer.INSTITUTION, institution=house.school, now=NOW,
    )  # fmt: skip
    found = queries.compare(house.kept, house.other, on=TODAY, known_at=NOW)
    assert found.twins == 1
    assert found.lines[0].twin is not None
    states = {code: [a and a.state.value for a in row] for code, *row in found.standings}
    assert states[DUTY] == ["short", "short", "met"]
    assert not queries.quality_count("overlap", house.admin, TODAY)
    deeds.merge(propose(house).pk, by=house.second, now=NOW)
    assert queries.quality_count("overlap", house.admin, TODAY) == 1


@pytest.mark.django_db
def test_the_whole_way_in_the_browser(house, client, login, django_assert_max_num_queries):
    login(client, house.admin)
    desk = client.get(reverse("tracker:quality_check", args=["namesakes"])).content.decode()
    new = reverse("tracker:same_new", args=[house.kept.pk, house.other.pk])
    assert new in desk
    choose = reverse("tracker:same_choose", args=[house.kept.pk])
    assert client.get(choose, {"number": "没有"}).status_code == 422
    assert client.get(choose, {"number": house.other.staff_number}).url == new
    with django_assert_max_num_queries(60):
        page = client.get(new)
    form = {"token": uuid4(), "kept": house.other.pk, "note": ""}
    assert client.post(new, form).status_code == 422
    assert client.post(new, form | {"kept": house.admin.pk, "note": "核"}).status_code == 422
    form |= {"kept": house.kept.pk, "note": "人事档案核对为同一人"}
    answers = [client.post(new, form) for _ in range(2)]
    assert answers[0].url == answers[1].url
    assert SamePerson.objects.count() == 1
    page, pk = answers[0].url, SamePerson.objects.get().pk

    def deed(name, **data):
        return client.post(reverse("tracker:same_deed", args=[pk, name]), data)

    assert deed("merge").status_code == 404
    for outsider in (house.stranger, house.kept, house.next_liaison):
        login(client, outsider)
        assert client.get(page).status_code == 404
        assert client.get(new).status_code == 404
        assert deed("merge").status_code == 404
    login(client, house.second)
    assert page in client.get(reverse("tracker:same_persons")).content.decode()
    assert "合并这两份记录" in client.get(page).content.decode()
    assert deed("refuse", reason="").status_code == 422
    assert deed("merge").status_code == 302
    assert deed("nonsense").status_code == 404
    house.other.refresh_from_db()
    assert not house.other.is_active
    shown = client.get(reverse("tracker:person_record", args=[house.other.pk])).content.decode()
    assert reverse("tracker:person_record", args=[house.kept.pk]) in shown
    assert deed("ask_undo", note="同名的两个人").status_code == 302
    login(client, house.admin)
    assert deed("undo").status_code == 302
    house.other.refresh_from_db()
    assert house.other.is_active


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_decide_at_once_merge_once():
    house = build_house()
    third = holder(Role.TRAINING_ADMIN, house.unit.get_parent())
    same = propose(house)
    crossed = propose(house, kept=house.other, other=house.kept)

    def decide(asked):
        try:
            deeds.merge(asked[0].pk, by=asked[1], now=timezone.now())
        except (deeds.SameDecidedBefore, deeds.AlreadyMerged) as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "merged"

    tries = [(same, house.second), (same, third), (crossed, house.second), (crossed, third)]
    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(decide, tries))
    assert outcomes.count("merged") == 1
    assert SamePerson.objects.filter(state="merged").count() == 1


@pytest.mark.django_db
def test_an_office_is_named_with_the_unit_above_it(house, client, login):
    office = OrgUnitFactory(parent=house.unit, kind="office", name="办公室")
    Person.objects.filter(pk__in=[house.kept.pk, house.other.pk]).update(unit=office)
    same = propose(house)
    login(client, house.second)
    for page in ("/same-persons/", f"/same-persons/{same.pk}/", f"/people/{house.kept.pk}/same/"):
        assert f"{house.unit.name} · 办公室" in client.get(page).content.decode()
    desk = client.get(reverse("tracker:quality_check", args=["namesakes"])).content.decode()
    assert desk.count(f"{house.unit.name} · 办公室") == 2
