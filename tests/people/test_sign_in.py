"""A hall of candidates gets in from one address; guessing and spraying passwords do not get far."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from people import sign_in
from people.models import FailedSignIn, Person
from tests.at_once import at_once

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
RIGHT = "right-and-long-enough"
WITHOUT_LIMIT = dict.fromkeys(settings.SIGN_IN_FAILURES, (10_000, 600))


def people(count):
    secret = make_password(RIGHT)
    return Person.objects.bulk_create(
        Person(staff_number=f"H{number:03d}", name=f"考生{number}", password=secret)
        for number in range(count)
    )


def signs_in(account, password=RIGHT, *, address="10.0.0.1", **headers):
    client = Client(REMOTE_ADDR=address, headers=headers)
    client.post("/accounts/login/", {"login": account, "password": password})
    return "_auth_user_id" in client.session


def fails(*accounts, address="10.0.0.1", now=None):
    """Tries that fail, without the pages around them."""
    for account in accounts:
        sign_in.begin_try(account, address, now=now or timezone.now())


@pytest.mark.django_db
def test_a_hall_of_seventy_gets_in_from_one_address_within_a_minute():
    people(70)

    with time_machine.travel(NOON, tick=False):
        assert all(signs_in(f"H{number:03d}") for number in range(70))

    assert not FailedSignIn.objects.exists()


@pytest.mark.django_db
def test_after_five_wrong_passwords_the_right_one_waits_five_minutes():
    people(1)
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(5):
            assert not signs_in("H000", "wrong")
        assert not signs_in("H000")
        # Refused tries do not prolong the wait; another spelling of the account is the same one.
        clock.move_to(NOON + timedelta(minutes=4, seconds=59))
        assert not signs_in(" h000 ")
        clock.move_to(NOON + timedelta(minutes=5, seconds=1))
        assert signs_in("H000")


@pytest.mark.django_db
def test_without_the_limits_the_sixth_try_would_get_in(settings):
    settings.SIGN_IN_FAILURES = WITHOUT_LIMIT
    people(1)
    for _ in range(5):
        assert not signs_in("H000", "wrong")

    assert signs_in("H000")


@pytest.mark.django_db
def test_a_neighbour_who_guesses_does_not_lock_the_person_out_at_his_own_desk():
    people(1)
    for _ in range(6):
        signs_in("H000", "wrong", address="10.0.0.9")

    assert not signs_in("H000", address="10.0.0.9")
    assert signs_in("H000", address="10.0.0.1")


@pytest.mark.django_db
def test_one_account_is_not_guessed_from_many_addresses():
    people(1)
    with time_machine.travel(NOON, tick=False) as clock:
        for number in range(19):
            fails("H000", address=f"10.0.1.{number}", now=NOON)
        assert not signs_in("H000", "wrong", address="10.0.1.19")
        assert not signs_in("H000", address="10.0.2.1")
        clock.move_to(NOON + timedelta(minutes=10, seconds=1))
        assert signs_in("H000", address="10.0.2.1")


@pytest.mark.django_db
def test_one_password_is_not_tried_on_account_after_account():
    people(62)
    with time_machine.travel(NOON, tick=False):
        fails(*(f"H{number:03d}" for number in range(58)))
        for number in (58, 59):
            assert not signs_in(f"H{number:03d}", "qinghe-2025")
        assert not signs_in("H061")  # though it is the right one
        assert signs_in("H061", address="10.0.0.2")


@pytest.mark.django_db
def test_accounts_that_do_not_exist_count_like_others():
    fails(*(f"X{number}" for number in range(59)))
    assert not signs_in("X59", "wrong")
    with pytest.raises(sign_in.TooManyFailures, match="address"):
        fails("X99")


@pytest.mark.django_db
@pytest.mark.parametrize("limited", [True, False])
def test_signing_in_now_and_then_does_not_wipe_out_the_failures(limited, settings):
    if not limited:
        settings.SIGN_IN_FAILURES = WITHOUT_LIMIT
    people(62)
    for number in range(60):
        fails(f"H{number:03d}")
        if number % 20 == 0:
            assert signs_in("H060")

    assert signs_in("H061") is not limited


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("allowed", [5, 10_000])
def test_of_many_tries_at_once_no_more_than_the_allowance_reach_the_password(allowed, settings):
    settings.SIGN_IN_FAILURES = {**WITHOUT_LIMIT, "account_at_address": (allowed, 300)}

    def tried():
        try:
            sign_in.begin_try("H000", "10.0.0.1", now=NOON)
        except sign_in.TooManyFailures:
            return False
        return True

    reached = sum(at_once(*[tried] * 12))

    assert reached <= allowed
    assert allowed == 5 or reached == 12
    assert FailedSignIn.objects.count() == reached


@pytest.mark.django_db
def test_all_addresses_of_one_ipv6_network_count_together():
    for number in range(60):
        fails(f"X{number}", address=f"2001:db8:1:2::{number:x}", now=NOON)
    with pytest.raises(sign_in.TooManyFailures, match="address"):
        fails("X60", address="2001:db8:1:2:ffff::1", now=NOON)
    fails("X60", address="2001:db8:1:3::1", now=NOON)


@pytest.mark.django_db
def test_neither_account_nor_password_is_kept_in_clear():
    signs_in("hunter2-typed-in-the-wrong-field", "wrong")
    row = FailedSignIn.objects.values().get()
    assert "hunter2" not in str(row)


@pytest.mark.django_db
def test_what_counts_no_longer_is_cleared_away():
    sign_in.begin_try("X", "10.0.0.1", now=NOON)
    for _ in range(100):
        with_time = NOON + timedelta(hours=1)
        sign_in.forgive(sign_in.begin_try("Y", "10.0.0.2", now=with_time))
    assert not FailedSignIn.objects.exists()


@pytest.mark.django_db
def test_the_limits_cost_a_sign_in_three_statements():
    people(1)
    with CaptureQueriesContext(connection) as log:
        assert signs_in("H000")
    assert sum("people_failedsignin" in query["sql"] for query in log) == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("message", "failed"),
    [
        ("密码输错的次数过多", ["H000"] * 5),
        ("您所在的网络登录失败次数过多", [f"X{number}" for number in range(60)]),
    ],
)
def test_the_page_says_why_and_how_long_to_wait(message, failed):
    people(1)
    fails(*failed)
    client = Client(REMOTE_ADDR="10.0.0.1")
    page = client.post("/accounts/login/", {"login": "H000", "password": RIGHT}).content.decode()
    assert message in page
    assert "十分钟" in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("proxies", "forwarded", "counted"),
    [
        (0, "203.0.113.7", "10.0.0.1"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "1.1.1.1, 203.0.113.7", "203.0.113.7"),
        (2, "1.1.1.1, 203.0.113.7, 192.0.2.1", "203.0.113.7"),
        (1, "nonsense", "10.0.0.1"),
        (2, "203.0.113.7", "10.0.0.1"),
    ],
)
def test_behind_a_proxy_it_is_the_client_s_address_that_counts(
    proxies, forwarded, counted, settings
):
    settings.TRUSTED_PROXIES = proxies
    signs_in("X", "wrong", **{"X-Forwarded-For": forwarded})
    assert FailedSignIn.objects.get().address == counted


@pytest.mark.django_db
def test_the_editors_have_no_door_of_their_own_past_the_count_and_the_second_step():
    people(1)
    Person.objects.update(is_superuser=True)
    client = Client()

    answer = client.post("/cms/login/", {"username": "H000", "password": RIGHT})

    assert answer.url == "/accounts/login/"
    assert "_auth_user_id" not in client.session
    assert client.get("/cms/").url.startswith("/accounts/login/")
    assert signs_in("H000")  # by the one door
