"""What holds on every page: health, language, sign-in, headers."""

import logging

import pytest
from django.db import connection
from pythonjsonlogger.json import JsonFormatter

pytestmark = pytest.mark.django_db


def test_healthz_answers_200_with_json_and_needs_no_sign_in(client):
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite's database is a file")
def test_healthz_tells_that_the_database_was_removed_although_it_still_answers(client, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "NAME", "/nowhere/xiangxu.sqlite3")

    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()["database"]) == (503, "removed")


def test_a_page_needs_a_sign_in_by_default(client):
    answer = client.get("/")

    assert answer.status_code == 302
    assert answer.url == "/accounts/login/?next=/"


def test_every_answer_carries_a_request_id_and_keeps_a_plausible_one_from_the_proxy(client):
    assert len(client.get("/healthz")["X-Request-ID"]) == 16
    assert (
        client.get("/healthz", headers={"X-Request-ID": "proxy-1234"})["X-Request-ID"]
        == "proxy-1234"
    )
    forged = client.get("/healthz", headers={"X-Request-ID": 'a"}\n{"level":"x'})
    assert '"' not in forged["X-Request-ID"]


def test_the_login_page_is_chinese_whatever_the_browser_says_and_english_when_chosen(client):
    chinese = client.get("/accounts/login/", headers={"Accept-Language": "en"})
    client.cookies["django_language"] = "en"
    english = client.get("/accounts/login/")

    assert 'lang="zh-hans"' in chinese.content.decode().lower()
    assert "工号" in chinese.content.decode()
    assert "Staff number" in english.content.decode()


def test_no_inline_script_and_no_foreign_host_is_allowed(client):
    policy = client.get("/accounts/login/")["Content-Security-Policy"]

    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "http" not in policy


def test_an_unknown_address_is_a_404_in_the_house_look(client, person, login):
    answer = login(client, person).get("/there-is-no-such-page/")

    assert answer.status_code == 404
    assert "庠序" in answer.content.decode()


def test_self_registration_is_closed(client):
    answer = client.get("/accounts/signup/")

    assert "password1" not in answer.content.decode()


def test_logs_are_one_json_object_a_line(settings):
    formatter = settings.LOGGING["formatters"]["json"]
    record = logging.LogRecord("x", logging.INFO, "f", 1, "学习 %s", ("开始",), None)
    record.request_id = "abc"
    line = JsonFormatter(formatter["fmt"], style="{", json_ensure_ascii=False).format(record)

    assert '"message": "学习 开始"' in line
    assert '"request_id": "abc"' in line


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (f"/exams/{2**63}/", 404),
        (f"/ledger/{'9' * 30}/", 404),
        ("/courses/?q=%00", 400),
    ],
)
def test_an_address_no_database_takes_is_refused_before_any_is_asked(
    client, login, person, address, status
):
    assert login(client, person).get(address).status_code == status


@pytest.mark.parametrize("charset", ["hex", "idna", "utf-7", "raw_unicode_escape", "no-such-thing"])
@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"]
)
def test_a_body_that_says_it_is_not_utf_8_is_refused_and_breaks_nothing(client, kind, charset):
    answer = client.generic("POST", "/accounts/login/", b"login=%5C", f"{kind}; charset={charset}")

    assert answer.status_code == 415


def test_a_body_that_says_it_is_utf_8_is_read(client):
    kind = 'application/x-www-form-urlencoded; charset="UTF-8"'

    assert client.generic("POST", "/accounts/login/", b"login=%E7%8E%8B", kind).status_code == 200


def test_a_form_with_a_nul_is_refused_for_it_is_no_text(client, person, login):
    login(client, person)

    assert client.post("/claims/new/", {"title": "a\x00b"}).status_code == 400
    assert client.post("/claims/new/", {"a\x00b": "1"}).status_code == 400
