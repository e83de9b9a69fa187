"""A person takes away all that is held about him, and nothing about anybody else (P4)."""

import io
import json
import zipfile
from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from classes.models import Excuse, MakeupTask
from notices.operations import notify
from people.enums import Role
from people.models import AuditEntry
from people.operations import audit
from tests.factories.classes import NOW, finished_class
from tests.factories.people import OrgUnitFactory, PersonFactory, PostFactory, holder
from tests.factories.tracker import post_hours
from tracker.operations import contest

pytestmark = pytest.mark.django_db


def taken(client, person):
    client.force_login(person)
    answer = client.get(reverse("dashboards:own_data"))
    assert answer["Content-Type"] == "application/zip"
    file = zipfile.ZipFile(io.BytesIO(answer.content))
    assert sorted(file.namelist()) == ["record.css", "record.html", "record.json"]
    return json.loads(file.read("record.json")), file.read("record.html").decode()


def test_a_person_takes_away_his_record_to_read_and_for_programs(client):
    person, other = PersonFactory(name="王同志"), PersonFactory(name="赵某某")
    PostFactory(person=person, title="<b>科长</b>")
    entry = post_hours(person, "x:1", hours="2.5")
    post_hours(other, "x:2", hours="77")
    contest(entry.pk, by=person, text="少记了", now=timezone.now())
    audit(other, "tracker.record.view", f"people.person:{person.pk}", {}, now=timezone.now())
    data, page = taken(client, person)
    sections = data["sections"]
    assert [row["hours"] for row in sections["ledger"]] == ["2.50"]
    assert sections["remarks"][0]["text"] == "少记了"
    assert sections["posts"][0]["title"] == "<b>科长</b>"
    assert sections["seen_by"][0]["verb"] == "tracker.record.view"
    assert sections["person"][0]["name"] == "王同志"
    assert {"certificates", "attempts", "answers", "results", "enrolments", "study"} <= set(
        sections
    )
    assert "&lt;b&gt;科长&lt;/b&gt;" in page
    assert "查看了个人档案" in page
    assert "password" not in json.dumps(data)


def test_his_classes_and_what_he_was_told_are_among_it(client):
    keeper = holder(Role.TRAINING_ADMIN, OrgUnitFactory())
    _class, place, _sessions = finished_class(keeper.unit, keeper, title="新任职培训班")
    Excuse.objects.create(place=place, reason="住院", asked_by=keeper, asked_at=NOW)
    MakeupTask.objects.create(place=place, due_on=date(2026, 9, 30))
    notify([place.person_id], source="tests:1", text="请按时报到", now=NOW)
    notify([keeper.pk], source="tests:1", text="说给别人的", now=NOW)
    data, page = taken(client, place.person)
    sections = data["sections"]
    assert [row["training_class__title"] for row in sections["classes"]] == ["新任职培训班"]
    assert [row["kind"] for row in sections["presences"]] == ["present", "present"]
    assert sections["excuses"][0]["reason"] == "住院"
    assert sections["makeups"][0]["due_on"] == "2026-09-30"
    assert [row["text"] for row in sections["notices"]] == ["请按时报到"]
    assert "课次出勤" in page


def test_taking_it_away_is_logged(client):
    person = PersonFactory()
    taken(client, person)
    assert AuditEntry.objects.filter(actor=person, verb="dashboards.own_data.download").exists()


def test_it_costs_a_fixed_number_of_queries(client, django_assert_max_num_queries):
    person = PersonFactory()
    for n in range(30):
        post_hours(person, f"x:{n}", hours="1")
    client.force_login(person)
    with django_assert_max_num_queries(40):
        client.get(reverse("dashboards:own_data"))
