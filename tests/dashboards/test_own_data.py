"""A person takes away all that is held about him, and nothing about anybody else (P4)."""

import io
import json
import zipfile

import pytest
from django.urls import reverse
from django.utils import timezone

from people.models import AuditEntry
from people.operations import audit
from tests.factories.people import PersonFactory, PostFactory
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
