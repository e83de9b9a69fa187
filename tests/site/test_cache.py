"""The cache in the site's own database does what Django's does, with one statement a write."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection

from config.cache import UpsertCache  # noqa: TID251  part of the site as a whole

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def cache(db):
    call_command("createcachetable", "tested_cache", verbosity=0)
    return UpsertCache("tested_cache", {})


def test_what_was_set_is_read_and_set_again(cache):
    cache.set("a", [1, "二"])
    cache.set("a", [2])
    assert cache.get("a") == [2]
    assert cache.get("b") is None


def test_add_takes_a_free_place_only(cache):
    assert cache.add("lock", "mine")
    assert not cache.add("lock", "theirs")
    assert cache.get("lock") == "mine"


def test_add_takes_the_place_of_what_is_past_its_time(cache):
    with time_machine.travel(NOON, tick=False) as clock:
        cache.add("lock", "mine", timeout=10)
        clock.move_to(NOON + timedelta(seconds=9))
        assert not cache.add("lock", "theirs", timeout=10)
        clock.move_to(NOON + timedelta(seconds=11))
        assert cache.add("lock", "theirs", timeout=10)
        assert cache.get("lock") == "theirs"


def test_touch_prolongs_what_is_there_and_nothing_else(cache):
    with time_machine.travel(NOON, tick=False) as clock:
        cache.set("a", 1, timeout=10)
        assert cache.touch("a", timeout=100)
        assert not cache.touch("b", timeout=100)
        clock.move_to(NOON + timedelta(seconds=50))
        assert cache.get("a") == 1


def test_without_a_timeout_it_stays(cache):
    with time_machine.travel(NOON, tick=False) as clock:
        cache.set("a", 1, timeout=None)
        clock.move_to(NOON + timedelta(days=4000))
        assert cache.get("a") == 1


@pytest.mark.parametrize("mode", ["set", "add", "touch"])
def test_a_write_is_one_statement(cache, mode, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr("random.random", lambda: 1.0)
    with django_assert_num_queries(1):
        getattr(cache, mode)(*(("a",) if mode == "touch" else ("a", 1)))


def test_what_is_past_its_time_is_thrown_out_now_and_then(cache, monkeypatch):
    with time_machine.travel(NOON, tick=False) as clock:
        cache.set("old", 1, timeout=10)
        clock.move_to(NOON + timedelta(hours=1))
        monkeypatch.setattr("random.random", lambda: 0.0)
        cache.set("new", 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM tested_cache")
        assert [key for (key,) in cursor.fetchall()] == [":1:new"]


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_gets_the_lock():
    call_command("createcachetable", "tested_cache", verbosity=0)
    got = []

    def take():
        got.append(UpsertCache("tested_cache", {}).add("lock", "mine"))
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE tested_cache")
    assert sorted(got) == [False] * 7 + [True]
