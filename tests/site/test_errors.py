"""While the database is away the site says so, and when to try again; other faults are ours."""

import pytest
from django.db import InterfaceError, OperationalError

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
