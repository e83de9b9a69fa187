"""The JSON addresses of the pages, as docs/openapi.json tells of them: all of them, and truly."""

import json
from pathlib import Path

import pytest
from django.http import JsonResponse
from django.test import Client
from django.urls import get_resolver, resolve
from django.urls.resolvers import URLResolver
from jsonschema import Draft202012Validator

from tests.factories.people import PersonFactory

SCHEMA = json.loads(
    (Path(__file__).resolve().parents[2] / "docs" / "openapi.json").read_text("utf-8")
)
ANY = "00000000-0000-4000-8000-000000000000"
POSTED = [path for path, verbs in SCHEMA["paths"].items() if "post" in verbs]
ASKED = [
    path
    for path, verbs in SCHEMA["paths"].items()
    if "get" in verbs and "pages" in verbs["get"]["tags"]
]
BODIES = [
    b"",
    b"x",
    b"[]",
    b"null",
    b"{}",
    b"[" * 100_000,
    b'{"token": 1}',
    b'{"token": "x"}',
    b'{"token": "a:b:c", "ticks": [[1, 0, 1, 1, true, true]]}',
    b'{"token": "\\u0000\\ud800", "answers": [{"item": 1, "seq": 1, "value": NaN}]}',
    b'{"token": "x", "answers": {}, "signs": [], "part": 1e400}',
    b'{"enrolment": 1, "item": 1}',
    b'{"enrolment": 99999999999999999999, "item": true}',
    b"\xff\xfe\x00",
]


def filled(path):
    number = ANY if "attempts/" in path else "1"
    return path.replace("{id}", number)


def referred(node):
    while "$ref" in node:
        found = SCHEMA
        for name in node["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        node = found
    return node


def is_told(answer, operation):
    """Whether the schema tells of an answer's status, media type and shape."""
    told = operation["responses"].get(str(answer.status_code))
    if told is None:
        return False
    content = referred(told).get("content", {})
    kind = answer["Content-Type"].partition(";")[0]
    if not content:
        return answer.status_code == 302
    if kind not in content:
        return False
    if kind != "application/json":
        return True
    shape = content[kind]["schema"] | {"components": SCHEMA["components"]}
    return Draft202012Validator(shape).is_valid(json.loads(answer.content))


def under_api(resolver, before=""):
    for each in resolver.url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from under_api(each, route)
        elif route.startswith("api/") and route != "api/schema/":
            yield route


def test_every_address_for_programs_is_told_of():
    routes = set(under_api(get_resolver()))
    told = {path.removeprefix("/") for path in SCHEMA["paths"]}
    plain = {route.replace("<uuid:pk>", "{id}").replace("<int:pk>", "{id}") for route in routes}
    assert {route for route in plain if not route.startswith("api/main")} <= told
    for path in told:
        assert resolve("/" + filled(path)).url_name != "wagtail_serve", path


@pytest.mark.django_db
@pytest.mark.parametrize("signed_in", [False, True])
@pytest.mark.parametrize("path", POSTED)
def test_whatever_is_sent_gets_an_answer_the_schema_tells_of(client, login, path, signed_in):
    if signed_in:
        login(client, PersonFactory())
    operation = SCHEMA["paths"][path]["post"]
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        for body in BODIES:
            answer = client.post(filled(path), body, content_type=kind)
            assert is_told(answer, operation), (path, kind, body[:60], answer.status_code)
    assert client.put(filled(path)).status_code == 405 or not signed_in


@pytest.mark.django_db
@pytest.mark.parametrize("path", POSTED)
def test_a_request_without_the_form_s_token_is_told_so_in_json(path):
    answer = Client(enforce_csrf_checks=True).post(filled(path), b"{}", "application/json")
    assert is_told(answer, SCHEMA["paths"][path]["post"])


@pytest.mark.django_db
@pytest.mark.parametrize("path", ASKED)
def test_what_a_page_asks_for_while_it_waits_is_answered_as_told(client, login, path):
    operation = SCHEMA["paths"][path]["get"]
    assert is_told(client.get(filled(path)), operation)
    login(client, PersonFactory())
    answer = client.get(filled(path), {"q": "王"})
    assert is_told(answer, operation), answer.status_code


def test_an_answer_the_schema_does_not_tell_of_would_be_noticed():
    operation = SCHEMA["paths"]["/api/study/ticks/"]["post"]
    assert is_told(JsonResponse({"code": "x"}, status=400), operation)
    assert not is_told(JsonResponse({"code": "x"}, status=418), operation)
    assert not is_told(JsonResponse({"detail": "x"}, status=400), operation)
