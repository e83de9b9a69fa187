"""The interface for programs: the same facts in the same scope, and a schema that tells the truth."""

import json
from pathlib import Path

import pytest
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

from people.enums import Role
from people.models import AuditEntry
from tests.factories.people import PersonFactory, PostFactory, RoleGrantFactory
from tests.factories.tracker import packs_in_force, post_hours

pytestmark = pytest.mark.django_db
SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"


@pytest.fixture
def member():
    packs_in_force("cadre-2023")
    post = PostFactory()
    post_hours(post.person, "tests.api:1", hours="4")
    return post.person


def test_my_standings_say_state_gap_and_what_counted(client, login, member):
    login(client, member)

    answer = client.get("/api/me/standings/?on=2026-06-01")

    online = next(row for row in answer.json() if row["requirement"] == "online-yearly")
    assert online["gap"] == [{"measure": "hours", "missing": "46", "course": ""}]
    assert [row["title"] for row in online["counted"]] == ["学习 tests.api:1"]
    assert online["window"]["from"] == "2026-01-01"


def test_a_standing_as_known_before_the_hours_were_posted_does_not_know_them(client, login, member):
    login(client, member)

    answer = client.get("/api/me/standings/?on=2026-06-01&known_at=2026-03-02T00:00:00Z")

    online = next(row for row in answer.json() if row["requirement"] == "online-yearly")
    assert online["counted"] == []


@pytest.mark.parametrize("query", ["on=yesterday", "known_at=2026", "on=2026-02-30"])
def test_a_day_that_is_none_is_refused_with_the_name_of_the_field(client, login, member, query):
    login(client, member)

    answer = client.get(f"/api/me/standings/?{query}")

    assert answer.status_code == 400
    assert list(answer.json()) == [query.split("=")[0]]


def test_my_entries_are_paged(client, login, member):
    login(client, member)

    answer = client.get("/api/me/entries/").json()

    assert answer["count"] == 1
    assert answer["results"][0]["hours"] == "4.00"


def test_somebody_elses_record_is_there_only_for_who_may_see_it_and_leaves_a_trace(
    client, login, member
):
    stranger, liaison = PersonFactory(), PersonFactory(unit=member.unit)
    RoleGrantFactory(person=liaison, unit=member.unit, role=Role.LIAISON)

    login(client, stranger)
    assert client.get(f"/api/people/{member.pk}/standings/").status_code == 404
    assert client.get(f"/api/people/{member.pk}/entries/").status_code == 404
    login(client, liaison)
    assert client.get(f"/api/people/{member.pk}/standings/").status_code == 200
    assert client.get(f"/api/people/{member.pk}/entries/").status_code == 200

    traces = AuditEntry.objects.filter(actor=liaison).values_list("verb", flat=True)
    assert sorted(traces) == ["tracker.api.entries", "tracker.api.standings"]


def test_the_interface_only_reads(client, login, member):
    login(client, member)

    for url in ("/api/me/standings/", "/api/me/entries/"):
        assert client.post(url, {}, content_type="application/json").status_code == 405
        assert client.delete(url).status_code == 405


def _as_json_schema(node):
    """OpenAPI 3.0 says ``nullable`` where JSON Schema says so in the type."""
    if isinstance(node, list):
        return [_as_json_schema(each) for each in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _as_json_schema(value) for key, value in node.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain


def _told_otherwise(client, asked, values, pk):
    """(address, answer) where the answer is not one the schema tells of."""
    schema = _as_json_schema(json.loads(SCHEMA.read_text()))
    for path, verbs in schema["paths"].items():
        if not path.startswith(("/api/me/", "/api/people/")):
            continue
        told = verbs["get"]["responses"]
        for name in ("", *(each["name"] for each in verbs["get"]["parameters"])):
            for value in values:
                answer = client.get(path.replace("{id}", str(pk)), {name: value} if name else {})
                asked.add(answer.status_code)
                kind = told.get(str(answer.status_code), {}).get("content", {})
                if answer["Content-Type"] not in kind:
                    yield path, name, value, answer.status_code
                    continue
                shape = kind[answer["Content-Type"]]["schema"] | {
                    "components": schema["components"]
                }
                for error in Draft202012Validator(shape).iter_errors(answer.json()):
                    yield path, name, value, error.message


def test_every_answer_is_one_the_schema_tells_of(client, login, member):
    values = (
        "",
        "0",
        "-1",
        "9" * 30,
        "2026-06-01",
        "0001-01-01",
        "9999-12-31T23:59:59Z",
        "王",
        "²",
    )
    liaison = PersonFactory(unit=member.unit)
    RoleGrantFactory(person=liaison, unit=member.unit, role=Role.LIAISON)
    asked = set()

    assert list(_told_otherwise(client, asked, values, member.pk)) == []
    login(client, member)
    assert list(_told_otherwise(client, asked, values, 0)) == []
    login(client, liaison)
    assert list(_told_otherwise(client, asked, values, member.pk)) == []
    assert asked == {200, 400, 403, 404}


@pytest.mark.parametrize(
    ("known_at", "is_known"),
    [("0001-01-01T00:00:00Z", False), ("9999-12-31T23:59:59-12:00", True)],
)
def test_an_instant_at_an_end_of_the_calendar_is_before_or_after_all_records(
    client, login, member, known_at, is_known
):
    login(client, member)

    answer = client.get("/api/me/standings/", {"known_at": known_at, "on": "2026-06-01"})

    assert answer.status_code == 200
    assert bool(answer.json()) == is_known


def test_an_empty_day_is_refused_and_not_taken_for_today(client, login, member):
    login(client, member)

    assert client.get("/api/me/standings/?on=").status_code == 400


def test_the_committed_schema_is_that_of_the_code():
    """Write it anew with ``manage.py spectacular --lang en --format openapi-json --file docs/openapi.json``."""
    with translation.override("en"):
        generated = json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True)))

    assert json.loads(SCHEMA.read_text()) == generated
