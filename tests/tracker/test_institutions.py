"""Institutions: who recognises at which level, from when to when, and which lines that leaves out."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine

from people.enums import Rank, Role
from people.models import AuditEntry
from tests.factories.people import (
    OrgUnitFactory,
    PersonFactory,
    PostFactory,
    holder,
)
from tests.factories.tracker import InstitutionFactory, packs_in_force, post_hours
from tracker import operations, queries
from tracker.enums import Bucket, Confirmer
from tracker.models import Institution, Recognition, Standing

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
    unit = OrgUnitFactory(parent=district)
    cadre = PersonFactory(unit=unit)
    PostFactory(person=cadre, rank=Rank.TOWNSHIP_HEAD)
    return SimpleNamespace(
        cadre=cadre,
        company=InstitutionFactory(name="某培训公司", code="GS", kind="other"),
        city_admin=holder(Role.TRAINING_ADMIN, city),
        admin=holder(Role.TRAINING_ADMIN, district),
        liaison=holder(Role.LIAISON, unit),
        stranger=holder(Role.TRAINING_ADMIN, OrgUnitFactory(kind="system", parent=city)),
    )


def hours_there(house, on=date(2026, 3, 2)):
    return post_hours(
        house.cadre,
        f"x:{on}",
        on=on,
        hours="90",
        bucket=Bucket.CONCENTRATED,
        confirmer=Confirmer.INSTITUTION,
        institution=house.company,
    )


def state(house):
    return Standing.objects.get(person=house.cadre, requirement="others-yearly").state


def recognise(house, **changed):
    fields = {
        "level": "district",
        "starts_on": date(2026, 1, 1),
        "ends_on": None,
        "recognised_by": "区委组织部",
        "by": house.admin,
        "now": NOW,
    } | changed
    return operations.recognise_institution(house.company.pk, **fields)


def test_a_recognition_changes_where_people_stand_and_its_withdrawal_changes_it_back(
    house, django_capture_on_commit_callbacks
):
    packs_in_force("cadre-2023")
    with django_capture_on_commit_callbacks(execute=True):
        line = hours_there(house)
    assert state(house) != "met"
    assert list(queries.lines_without_recognition(house.admin)) == [line]

    with django_capture_on_commit_callbacks(execute=True):
        held = recognise(house)
    assert state(house) == "met"
    assert not queries.lines_without_recognition(house.admin).exists()

    with django_capture_on_commit_callbacks(execute=True):
        operations.withdraw_recognition(
            held.pk, ends_on=date(2026, 3, 2), because="停办", by=house.admin, now=NOW
        )
    assert state(house) != "met"
    left = house.company.recognitions.get()
    assert (left.starts_on, left.ends_on) == (date(2026, 1, 1), date(2026, 3, 2))
    verbs = set(AuditEntry.objects.values_list("verb", flat=True))
    assert {"tracker.institution.recognise", "tracker.institution.withdraw"} <= verbs


def test_a_day_is_shown_by_the_recognitions_known_by_then(house):
    """What was recognised or withdrawn later, with effect on the past, changes no earlier answer."""
    packs_in_force("cadre-2023")
    hours_there(house)

    def known(moment):
        found = queries.assessments_of(house.cadre.pk, on=NOW.date(), known_at=moment)
        return next(a for a in found if a.duty.code == "others-yearly").state.value

    before, between, after = NOW, NOW + timedelta(days=2), NOW + timedelta(days=4)
    held = recognise(house, now=NOW + timedelta(days=1))
    operations.withdraw_recognition(
        held.pk,
        ends_on=date(2026, 3, 2),
        because="停办",
        by=house.admin,
        now=NOW + timedelta(days=3),
    )

    assert [known(before), known(between), known(after)] == ["short", "met", "short"]
    assert Recognition.objects.get().ends_on == date(2026, 3, 2)  # the earlier one is kept aside
    with pytest.raises(operations.NotRecognised):
        operations.withdraw_recognition(
            held.pk, ends_on=date(2026, 2, 2), because="停办", by=house.admin, now=NOW
        )


def test_a_recognition_covers_its_days_to_the_last_and_not_one_more(house):
    line = hours_there(house)
    recognise(house, ends_on=date(2026, 3, 2))
    assert list(queries.lines_without_recognition(house.admin)) == [line]
    recognise(house, ends_on=date(2026, 3, 3))
    assert list(queries.lines_without_recognition(house.admin)) == []


def test_a_district_recognises_for_itself_and_not_for_those_above_it(house):
    with pytest.raises(operations.MayNotRecognise):
        recognise(house, level="city")
    with pytest.raises(operations.MayNotRecognise):
        recognise(house, by=house.liaison)
    held = recognise(house, level="central", by=house.city_admin)
    with pytest.raises(operations.MayNotRecognise):
        operations.withdraw_recognition(
            held.pk, ends_on=date(2026, 6, 1), because="x", by=house.admin, now=NOW
        )


@pytest.mark.parametrize("ends_on", [date(2026, 1, 1), date(2025, 12, 31), date(2026, 6, 2)])
def test_a_withdrawal_lies_within_the_recognition(house, ends_on):
    held = recognise(house, ends_on=date(2026, 6, 1))
    with pytest.raises(operations.NotRecognised):
        operations.withdraw_recognition(
            held.pk, ends_on=ends_on, because="停办", by=house.admin, now=NOW
        )


def test_the_whole_job_is_done_in_the_browser(client, login, house, django_assert_max_num_queries):
    line = hours_there(house)
    login(client, house.admin)
    client.post("/institutions/", {"name": "江南干部学院", "code": "JN", "kind": "other"})
    added = Institution.objects.get(code="JN")
    again = client.post("/institutions/", {"name": "另一家", "code": "JN", "kind": "other"})
    assert list(again.context["form"].errors) == ["code"]

    where = f"/institutions/{house.company.pk}/"
    with django_assert_max_num_queries(10):
        page = client.get(where)
    assert list(page.context["page"]) == [line]
    sent = {"level": "district", "recognised_by": "区委组织部", "starts_on": "2026-01-01"}
    assert client.post(f"{where}recognise/", sent | {"last_day": "2025-01-01"}).status_code == 422
    assert client.post(f"{where}recognise/", sent | {"level": "city"}).status_code == 422
    client.post(f"{where}recognise/", sent | {"last_day": "2026-12-31"})
    held = Recognition.objects.get()
    assert held.ends_on == date(2027, 1, 1)
    url = f"{where}recognitions/{held.pk}/withdraw/"
    assert client.post(url, {"ends_on": "2027-01-01", "because": "停办"}).status_code == 422
    client.post(url, {"ends_on": "2026-07-01", "because": "停办"})
    assert Recognition.objects.get().ends_on == date(2026, 7, 1)
    again = client.post(url, {"ends_on": "2026-06-01", "because": "停办"}, follow=True)
    assert "已被撤销" in again.content.decode()  # from a second tab, drawn before
    assert Recognition.objects.get().ends_on == date(2026, 7, 1)
    with django_assert_max_num_queries(10):
        page = client.get("/institutions/?q=江南")
    assert [row[0] for row in page.context["rows"]] == [added]


def test_lines_of_people_one_does_not_see_are_not_counted(client, login, house):
    hours_there(house)
    login(client, house.stranger)
    page = client.get("/institutions/")
    assert {row[2] for row in page.context["rows"]} == {0}
    login(client, house.liaison)
    assert 1 in {row[2] for row in client.get("/institutions/").context["rows"]}
    assert client.post("/institutions/", {"name": "x", "code": "X"}).status_code == 404
