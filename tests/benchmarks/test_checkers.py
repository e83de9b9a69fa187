"""The benchmark's checker must find what is lost; otherwise "none lost" says nothing."""

import json
from xml.etree import ElementTree

from benchmarks import chart
from benchmarks.answer_saves import lost
from benchmarks.chart import slope
from benchmarks.load import _whole


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
    assert slope([(1000, 2.0), (10_000, 20.0)]) == 1.0
    assert slope([(1000, 2.0), (10_000, 2.0), (100_000, 2.0)]) == 0.0
    assert slope([(10, 1.0), (100, 100.0), (1000, 10_000.0)]) == 2.0


def test_one_size_or_an_unmeasured_figure_has_no_slope():
    assert slope([(1000, 2.0)]) is None
    assert slope([(1000, 0.0), (10_000, 2.0)]) is None


def test_each_line_of_the_chart_bears_its_name_and_slope():
    rows = [{"people": 1000, "ms": 2.0}, {"people": 10_000, "ms": 20.0}]
    drawn = chart.draw([chart.panel("Time", "people", rows, {"ms": "a <page>", "none": "nothing"})])
    tree = ElementTree.fromstring(drawn)  # noqa: S314 - our own
    said = [element.text for element in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert "a <page>: +1.00" in said
    assert not any("nothing" in (text or "") for text in said)
    assert len(list(tree.iter("{http://www.w3.org/2000/svg}circle"))) == 2
