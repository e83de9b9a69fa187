"""The busiest path: few statements, and a pass that opens nothing else."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.test import Client

from exams import operations
from exams.enums import AttemptState
from exams.models import Attempt
from exams.permissions import PassRefused, issue_pass, read_pass
from tests.factories.exams import NOW, make_attempt, make_exam
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sitting(open_page):
    with time_machine.travel(NOW, tick=False):
        yield open_page(make_attempt())


def answers(seq, count=5, value="A"):
    return [(item, seq, value) for item in range(1, count + 1)]


def test_five_new_answers_cost_one_statement(sitting, django_assert_num_queries):
    with django_assert_num_queries(1) as log:
        sitting.save(*answers(1))
    assert "exams_answer" in log.captured_queries[0]["sql"]


def test_duplicates_cost_two_statements(sitting, django_assert_num_queries):
    sitting.save(*answers(1))
    with django_assert_num_queries(2):
        assert {r["status"] for r in sitting.save(*answers(1))} == {"duplicate"}


def test_no_session_and_no_user_is_read(sitting, django_assert_num_queries):
    """The session's row may be gone: the pass and the cookie are enough until the page closes."""
    Session.objects.all().delete()
    with django_assert_num_queries(1):
        sitting.save((1, 1, "A"))


def post(client, attempt, token, **headers):
    return client.post(
        f"/api/attempts/{attempt.pk}/answers/",
        json.dumps({"token": token, "answers": [{"item": 1, "seq": 1, "value": "A"}]}),
        content_type="application/json",
        headers=headers,
    )


def test_a_view_that_wants_a_login_still_gets_one(client):
    assert client.get("/exams/").status_code == 302


def test_a_pass_is_worthless_without_the_cookie_of_its_session(sitting):
    thief = Client()
    assert post(thief, sitting.attempt, sitting.token).status_code == 403
    thief.force_login(PersonFactory(), backend="django.contrib.auth.backends.ModelBackend")
    assert post(thief, sitting.attempt, sitting.token).json() == {"code": "session"}


def test_a_pass_opens_one_attempt_only(sitting):
    other = make_attempt()
    assert post(sitting.client, other, sitting.token).json() == {"code": "forged"}


def test_an_altered_pass_is_refused(sitting):
    assert post(sitting.client, sitting.attempt, sitting.token[:-2] + "xx").json() == {
        "code": "forged"
    }


def test_a_worn_out_pass_is_refused():
    attempt = make_attempt()
    token = issue_pass(attempt, 5, "key")
    last = attempt.due_at + timedelta(days=2)
    assert read_pass(token, attempt.pk, "key", last).person_id == attempt.person_id
    with pytest.raises(PassRefused):
        read_pass(token, attempt.pk, "key", last + timedelta(seconds=1))


def test_a_request_from_another_site_is_refused(sitting):
    assert post(
        sitting.client, sitting.attempt, sitting.token, **{"Sec-Fetch-Site": "cross-site"}
    ).json() == {"code": "foreign_site"}
    assert (
        post(
            sitting.client, sitting.attempt, sitting.token, **{"Sec-Fetch-Site": "same-origin"}
        ).status_code
        == 200
    )


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/json"),
        (b"[]", "application/json"),
        (b'{"token": 1}', "application/json"),
        (b'{"token": "x", "answers": {}}', "application/json"),
        (b'{"token": "x", "answers": [NaN]}', "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"\xff\xfe", "application/json"),
        (b'{"token": "x"}', "text/plain"),
    ],
)
def test_what_the_page_never_sends_is_a_bad_request(sitting, body, kind):
    response = sitting.client.post(
        f"/api/attempts/{sitting.attempt.pk}/answers/", body, content_type=kind
    )
    assert (response.status_code, response.json()) == (400, {"code": "malformed"})


def test_a_page_of_another_session_gets_a_fresh_pass_after_signing_in_again(sitting, login):
    old = sitting.token
    sitting.client.logout()
    login(sitting.client, sitting.attempt.person)
    assert post(sitting.client, sitting.attempt, old).status_code == 403
    fresh = sitting.client.get(f"/attempts/{sitting.attempt.pk}/pass/").json()
    assert post(sitting.client, sitting.attempt, fresh["token"]).status_code == 200


def test_starting_a_prepared_attempt_is_one_small_write(django_assert_max_num_queries):
    exam, person = make_exam(), PersonFactory()
    assert operations.prepare_attempts(exam.pk, [person.pk], now=NOW) == 1
    assert operations.prepare_attempts(exam.pk, [person.pk], now=NOW) == 0
    with django_assert_max_num_queries(4) as log:
        attempt = operations.start_attempt(exam.pk, person, now=NOW)
    writes = [q for q in log.captured_queries if not q["sql"].startswith("SELECT")]
    assert len(writes) == 1
    assert attempt.state == AttemptState.IN_PROGRESS
    assert Attempt.objects.count() == 1


def test_cookie_name_is_the_one_the_pass_is_bound_to(sitting):
    assert django_settings.SESSION_COOKIE_NAME in sitting.client.cookies
