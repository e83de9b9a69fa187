"""Answers and ticks go a short way past the middleware; nothing else does, and nothing differs."""

import io
import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.wsgi import get_wsgi_application
from django.db import OperationalError
from django.test import Client
from django.urls import get_resolver, resolve

from config.hot_path import HOT_PATHS, HotPathHandler, with_hot_path  # noqa: TID251
from exams.permissions import issue_pass
from tests.courses.study_helpers import StudyPage
from tests.factories.courses import EnrolmentFactory
from tests.factories.exams import NOW, make_attempt

pytestmark = pytest.mark.django_db

NOT_COMPARED = {"X-Request-ID"}  # a new one for every request
# Said for pages; on JSON that answers a script it says nothing.
ONLY_FOR_PAGES = {
    "Content-Language",
    "Content-Security-Policy",
    "Vary",
    "X-Frame-Options",
}


class Answer:
    def __init__(self, application, path, body=b"", *, method="POST", **headers):
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "SCRIPT_NAME": "",
            "QUERY_STRING": "",
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "testserver",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.url_scheme": "http",
            **headers,
        }
        self.headers: dict[str, str] = {}
        # The response is not closed: closing ends the connection that the test's transaction is in.
        chunks = application(environ, self._start)
        self.body = b"".join(chunks)

    def _start(self, status, headers):
        self.status = int(status[:3])
        self.headers = dict(headers)

    @property
    def json(self):
        return json.loads(self.body)


@pytest.fixture
def whole():
    return get_wsgi_application()


@pytest.fixture
def served(whole):
    return with_hot_path(whole)


@pytest.fixture(autouse=True)
def _connections_stay_open(monkeypatch):
    """``request_started`` would close the connection the test's transaction lives in."""
    monkeypatch.setattr("django.core.signals.request_started.send", lambda **named: [])


@pytest.fixture
def sitting(login):
    with time_machine.travel(NOW, tick=False):
        attempt = make_attempt()
        client = login(Client(), attempt.person)
        key = client.cookies[django_settings.SESSION_COOKIE_NAME].value
        yield (
            f"/api/attempts/{attempt.pk}/answers/",
            issue_pass(attempt, 5, key),
            f"{django_settings.SESSION_COOKIE_NAME}={key}",
        )


def saving(token, seq=1, value="A"):
    return json.dumps(
        {"token": token, "answers": [{"item": 1, "seq": seq, "value": value}]}
    ).encode()


BODIES = {
    "an answer": lambda token: saving(token),
    "no pass": lambda token: json.dumps({"answers": []}).encode(),
    "a forged pass": lambda token: saving(token[:-2] + "xx"),
    "not JSON": lambda token: b"{",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("method", ["POST", "GET", "PUT"])
@pytest.mark.parametrize("site", ["same-origin", "cross-site"])
def test_saving_answers_the_same_both_ways(whole, served, sitting, body, method, site):
    path, token, cookie = sitting
    headers = {"HTTP_COOKIE": cookie, "HTTP_SEC_FETCH_SITE": site}

    long_way = Answer(whole, path, body(token), method=method, **headers)
    short_way = Answer(served, path, body(token), method=method, **headers)

    assert short_way.status == long_way.status
    if b"accepted" in long_way.body:
        # The same answer again is known already: what comes second is the duplicate.
        assert short_way.json == {
            "answers": [{**long_way.json["answers"][0], "status": "duplicate"}]
        }
    else:
        assert short_way.body == long_way.body
    for name in long_way.headers.keys() - ONLY_FOR_PAGES - NOT_COMPARED - {"Content-Length"}:
        assert short_way.headers[name] == long_way.headers[name], name
    assert short_way.headers["Content-Length"] == str(len(short_way.body))


def test_while_the_database_is_away_both_ways_ask_to_try_again(whole, served, sitting, monkeypatch):
    path, token, cookie = sitting

    def fail(*args, **kwargs):
        raise OperationalError("server closed the connection")

    monkeypatch.setattr("exams.operations.save_answers", fail)

    for application in (whole, served):
        answer = Answer(application, path, saving(token), HTTP_COOKIE=cookie)
        assert (answer.status, answer.json) == (503, {"code": "unavailable"})
        assert answer.headers["Retry-After"] == "5"


def test_ticks_answer_the_same_both_ways(whole, served, login):
    nine = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
    with time_machine.travel(nine, tick=False) as clock:
        answers = []
        for application in (whole, served):
            enrolment = EnrolmentFactory()
            page = StudyPage(login(Client(), enrolment.person), clock)
            page.take(enrolment, enrolment.edition.items.get())
            clock.shift(10)
            key = page.client.cookies[django_settings.SESSION_COOKIE_NAME].value
            body = {"token": page.token, "ticks": [[1, 0, 10_000, 10_000, True, True]]}
            answers.append(
                Answer(
                    application,
                    "/api/study/ticks/",
                    json.dumps(body).encode(),
                    HTTP_COOKIE=f"{django_settings.SESSION_COOKIE_NAME}={key}",
                )
            )
    long_way, short_way = answers
    assert (short_way.status, short_way.json) == (200, long_way.json)
    assert short_way.json["credited_seconds"] == 10


def test_without_a_pass_nothing_is_saved(served, sitting):
    path, token, cookie = sitting
    assert Answer(served, path, saving("forged"), HTTP_COOKIE=cookie).status == 403
    assert Answer(served, path, saving(token)).json == {"code": "session"}
    refused = Answer(served, "/api/study/ticks/", b'{"token": "x", "ticks": []}')
    assert (refused.status, refused.json) == (403, {"code": "bad_token"})


def test_one_statement_and_no_session(served, sitting, django_assert_num_queries):
    path, token, cookie = sitting
    with django_assert_num_queries(1):
        Answer(served, path, saving(token), HTTP_COOKIE=cookie)


def test_a_foreign_host_is_refused(served, sitting):
    path, token, cookie = sitting
    answer = Answer(served, path, saving(token), HTTP_COOKIE=cookie, HTTP_HOST="elsewhere.example")
    assert answer.status == 400


def test_plain_http_is_sent_to_https_where_the_site_demands_it(whole, sitting, settings):
    settings.SECURE_SSL_REDIRECT = True
    path, token, cookie = sitting
    answer = Answer(with_hot_path(whole), path, saving(token), HTTP_COOKIE=cookie)
    assert (answer.status, answer.headers["Location"]) == (301, f"https://testserver{path}")


def test_the_request_id_of_the_proxy_is_kept(served, sitting):
    path, token, cookie = sitting
    answer = Answer(
        served, path, saving(token), HTTP_COOKIE=cookie, HTTP_X_REQUEST_ID="from-the-proxy"
    )
    assert answer.headers["X-Request-ID"] == "from-the-proxy"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def every_address():
    """Every address pattern of the site, as a path with something in place of its parameters."""

    def walk(patterns, before=""):
        for entry in patterns:
            route = before + str(entry.pattern).lstrip("^")
            if hasattr(entry, "url_patterns"):
                yield from walk(entry.url_patterns, route)
            else:
                yield route

    for route in walk(get_resolver().url_patterns):
        yield "/" + route.replace("<uuid:pk>", str(uuid4()))


def test_every_other_address_goes_through_the_whole_middleware():
    hot = [path for path in every_address() if HOT_PATHS.fullmatch(path)]
    assert len(hot) == 2
    for path in (
        f"/api/attempts/{uuid4()}/submit/",
        f"/attempts/{uuid4()}/",
        f"/api/attempts/{uuid4()}/answers",
        f"/x/api/attempts/{uuid4()}/answers/",
        f"/api/attempts/{uuid4()}/answers/\n",
        f"/api/attempts/{uuid4().hex}/answers/",
        "/api/attempts/../answers/",
        "/api/study/lease/",
        "/api/study/ticks/more/",
        "/",
    ):
        assert not HOT_PATHS.fullmatch(path), path


def test_only_the_hot_paths_are_taken_from_the_whole_stack():
    seen = []

    def whole(environ, start_response):
        seen.append(environ["PATH_INFO"])
        return []

    application = with_hot_path(whole)
    application({"PATH_INFO": "/api/study/lease/"}, None)
    application({"PATH_INFO": "/exams/"}, None)
    Answer(application, "/api/study/ticks/", b"{}")

    assert seen == ["/api/study/lease/", "/exams/"]


def test_the_views_of_the_hot_paths_ask_for_no_login_and_no_csrf_cookie_by_their_own_word():
    """Were a view there to need the middleware, the short way would take its protection away."""
    handler = HotPathHandler()
    for view in handler._views:
        assert view.login_required is False
        assert view.csrf_exempt is True
    save_answers, ticks = handler._views
    assert save_answers is resolve(f"/api/attempts/{uuid4()}/answers/").func
    assert ticks is resolve("/api/study/ticks/").func
