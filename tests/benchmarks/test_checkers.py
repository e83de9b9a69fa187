"""The benchmark's checker must find what is lost; otherwise "none lost" says nothing."""

import json

from benchmarks.answer_saves import lost
from benchmarks.load import _whole
from benchmarks.standings import slope


def acknowledged(item, seq, status="accepted"):
    return "a 200 " + json.dumps({"answers": [{"item": item, "seq": seq, "status": status}]})


JOURNAL = ["i 1 1 A", acknowledged(1, 1), "i 1 2 B", acknowledged(1, 2), "i 2 3 C"]


def test_nothing_is_lost_when_the_newest_acknowledged_answer_is_held():
    assert lost(JOURNAL, {1: (2, '"B"')}) == (2, [])


def test_an_older_answer_in_the_database_is_a_loss():
    assert lost(JOURNAL, {1: (1, '"A"')}) == (2, [(1, 2)])


def test_a_row_that_is_not_there_is_a_loss():
    assert lost(JOURNAL, {}) == (2, [(1, 2)])


def test_another_value_than_was_sent_is_a_loss():
    assert lost(JOURNAL, {1: (2, '"D"')}) == (2, [(1, 2)])


def test_a_newer_answer_that_was_sent_but_not_acknowledged_is_none():
    """The server was killed between commit and reply."""
    journal = ["i 1 1 A", acknowledged(1, 1), "i 1 2 B"]
    assert lost(journal, {1: (2, '"B"')}) == (1, [])


def test_a_newer_answer_that_nobody_sent_is_a_loss():
    assert lost(["i 1 1 A", acknowledged(1, 1)], {1: (9, '"A"')}) == (1, [(1, 1)])


def test_what_was_refused_is_not_counted_as_acknowledged():
    assert lost(["i 1 1 A", acknowledged(1, 1, "refused")], {}) == (0, [])


def test_an_answer_is_whole_only_with_all_of_its_body():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
    assert _whole(head + b"abc") is None
    assert _whole(head + b"abcd") == (200, b"abcd", head[:-4])


def test_ten_times_the_time_for_ten_times_the_people_is_a_slope_of_one():
    rows = [{"people": 1000, "s": 2.0}, {"people": 10_000, "s": 20.0}]
    assert slope(rows, "s") == 1.0
    assert slope(rows[:1], "s") is None
