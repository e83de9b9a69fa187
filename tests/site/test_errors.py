"""While the database is away the site says so, and when to try again; other faults are ours."""

import pytest
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.test import Client

from config.errors import bad_request  # noqa: TID251  the answers are part of the shell

AWAY = [OperationalError("server closed the connection"), InterfaceError("closed")]


@pytest.fixture
def broken(client, login, person, monkeypatch):
    """``broken(error)``: a client for whom whatever is asked of the exams fails with it."""
    login(client, person)
    client.raise_request_exception = False

    def make(error):
        def fail(*args, **kwargs):
            raise error

        monkeypatch.setattr("exams.queries.exams_open_to", fail)
        return client

    return make


@pytest.mark.django_db
@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
def test_while_the_database_is_away_a_page_says_so_and_when_to_try_again(broken, error):
    response = broken(error).get("/exams/")

    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "暂时无法读取数据" in response.content.decode()


@pytest.mark.django_db
def test_a_database_that_is_away_before_the_view_is_reached_is_told_likewise(
    broken, monkeypatch, client
):
    broken(None)

    def fail(*args, **kwargs):
        raise AWAY[0]

    monkeypatch.setattr(
        "django.contrib.sessions.backends.base.SessionBase._session", property(fail)
    )

    assert client.get("/exams/").status_code == 503


@pytest.mark.django_db
def test_a_fault_of_our_own_is_none_that_passes(broken):
    response = broken(ValueError("a bug")).get("/exams/")

    assert response.status_code == 500
    assert "Retry-After" not in response
    assert "本站出了问题" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/people/none/entries/", "/api/nothing/"])
def test_a_program_that_is_not_signed_in_is_told_in_json_too(client, path):
    found = client.get(path)

    assert (found.status_code, found["Content-Type"]) == (404, "application/json")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/people/none/entries/", "/api/nothing/"])
def test_a_program_is_told_in_json_that_there_is_nothing_and_a_person_on_a_page(
    client, login, person, path
):
    login(client, person)
    found = client.get(path)
    page = client.get("/nothing-here/")

    assert (found.status_code, page.status_code) == (404, 404)
    assert found["Content-Type"] == "application/json"
    assert list(found.json()) == ["detail"]
    assert page["Content-Type"].startswith("text/html")


@pytest.mark.django_db
def test_a_form_sent_after_the_session_ended_gives_back_what_was_typed(client):
    typed = {
        "text": "很长的一段异议，写了半个小时，<b>不能丢</b>",
        "hours": "8",
        "password": "never shown",
        "csrfmiddlewaretoken": "neither is this",
    }

    answer = client.post(
        "/ledger/1/contest/",
        typed,
        headers={"Accept": "text/html", "Referer": "http://testserver/ledger/1/?from=list"},
    )

    page = answer.content.decode()
    assert answer.status_code == 403
    assert "很长的一段异议，写了半个小时，&lt;b&gt;不能丢&lt;/b&gt;</textarea>" in page
    assert "另外提交了： 8<" in page
    assert "/accounts/login/?next=%2Fledger%2F1%2F%3Ffrom%3Dlist" in page
    assert "never shown" not in page
    assert "neither is this" not in page


@pytest.mark.django_db
def test_the_way_back_after_a_lost_session_leads_to_no_other_site(client):
    headers = {"Accept": "text/html", "Referer": "http://elsewhere.example/x"}

    page = client.post("/ledger/1/contest/", {"text": "甲"}, headers=headers).content.decode()

    assert "/accounts/login/?next=%2F&quot;" in page or '/accounts/login/?next=%2F"' in page
    assert "elsewhere" not in page


@pytest.mark.django_db
def test_a_script_whose_session_ended_is_sent_to_the_form_to_sign_in_as_before(client):
    assert client.post("/ledger/1/contest/", {"text": "甲"}).url.startswith("/accounts/login/")


@pytest.mark.django_db
def test_the_page_admin_is_not_there_for_who_may_not_enter_it(client, login, person):
    """It led to the form to sign in, and that back to the page admin, without end."""
    login(client, person)

    assert client.get("/cms/", follow=True).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("whence", ["http://testserver/ledger/1/", "http://elsewhere.example/x"])
def test_a_form_that_expired_gives_back_what_was_typed_on_a_page_of_ours_and_no_strangers_words(
    login, person, whence
):
    browser = login(Client(enforce_csrf_checks=True), person)
    typed = {
        "csrfmiddlewaretoken": "of-another-session",
        "because": "会议记录里写的是四小时，不是两小时，请核对。",
    }

    answer = browser.post("/ledger/1/contest/", typed, headers={"Referer": whence})

    assert answer.status_code == 403
    page = answer.content.decode()
    assert "表单已过期" in page
    assert (typed["because"] in page) == ("testserver" in whence)
    assert typed["csrfmiddlewaretoken"] not in page


TOO_MUCH = {
    "text": f"text={'a' * 6_000_000}",
    "fields": "&".join(f"f{number}=1" for number in range(20_000)),
}


@pytest.mark.django_db
@pytest.mark.parametrize("typed", TOO_MUCH.values(), ids=TOO_MUCH)
def test_a_form_with_more_than_is_read_at_once_is_told_so(client, login, person, typed):
    form = "application/x-www-form-urlencoded"
    login(client, person)

    response = client.post("/accounts/password/change/", typed, content_type=form)

    assert response.status_code == 413
    assert "超出了本站一次能接收的大小" in response.content.decode()
    assert "5.0 MB" in response.content.decode().replace("\xa0", " ")


def test_a_program_that_sends_more_than_is_read_at_once_is_told_in_json(rf):
    response = bad_request(rf.post("/api/people/"), RequestDataTooBig())

    assert (response.status_code, response.content) == (413, b'{"code": "too_large"}')
