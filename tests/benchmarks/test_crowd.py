"""What is compared after the start and after the last second must find what is lost and what is double."""

import json
from importlib import import_module

import pytest

from benchmarks.crowd import SEQ, Told, check_last_second, check_start, last_answers, told
from benchmarks.faults import FAULTS, is_bad, moved

ONE = "0000aaaa-0000-0000-0000-000000000001"
HEX = ONE.replace("-", "")
BEGUN = {HEX: (20, 1000.0, 4600.0, 4630.0)}
STARTED = [
    Told("B1", "start", 302, f"/attempts/{ONE}/", 1.0),
    Told("B1", "start again", 302, f"/attempts/{ONE}/", 1.0),
    Told("B1", "paper", 200, "1", 1.0),
]
HELD = {HEX: (20, None, None, 7)}


def test_one_attempt_with_its_whole_hour_and_a_paper_is_right():
    found = check_start(STARTED, BEGUN, HELD)
    assert found == {"candidates": 1, "begun": 1, "papers": 1, "lost": 0, "double": 0}


@pytest.mark.parametrize(
    ("deadlines", "why"),
    [
        ({}, "not begun"),
        ({HEX: (10, 1000.0, 4600.0, 4630.0)}, "only prepared"),
        ({HEX: (20, 1000.0, 4500.0, 4530.0)}, "a shorter hour"),
    ],
)
def test_a_start_that_does_not_hold_is_lost(deadlines, why):
    assert check_start(STARTED, deadlines, HELD)["lost"] == 1, why


def test_who_was_refused_or_got_no_paper_is_lost():
    assert check_start([Told("B1", "start", 503)], BEGUN, HELD)["lost"] == 1
    assert check_start(STARTED[:2], BEGUN, HELD)["lost"] == 1


def test_a_second_click_that_made_a_second_attempt_is_double():
    other = ONE[:-1] + "2"
    clicked = [*STARTED, Told("B1", "start again", 302, f"/attempts/{other}/", 1.0)]
    assert check_start(clicked, BEGUN, HELD)["double"] == 1
    assert check_start(STARTED, BEGUN, {**HELD, "2": (20, None, None, 7)})["double"] == 1


def reply(receipt="R-1", **fates):
    answers = [{"item": a["item"], "seq": a["seq"], "status": "accepted"} for a in LAST]
    for answer in answers:
        answer["status"] = fates.get(f"q{answer['item']}", "accepted")
    return json.dumps({"receipt": receipt, "answers": answers})


LAST = last_answers(ONE)
ANSWERS = {(HEX, a["item"]): (a["seq"], json.dumps(a["value"])) for a in LAST}
GRADED = {HEX: (40, "R-1", 5, 7)}


def last_second(*texts, held=GRADED, answers=ANSWERS, kept=frozenset()):
    found = [Told(ONE, f"hand in {n}", 200, text, 1.0) for n, text in enumerate(texts)]
    return check_last_second(found, held, answers, set(kept))


def test_handed_in_twice_with_one_receipt_and_all_answers_held_is_right():
    assert last_second(reply(), reply(q50="refused")) == {
        "candidates": 1, "handed_in": 1, "accepted": 5, "refused_and_kept": 0, "lost": 0, "double": 0,
    }  # fmt: skip


def test_an_accepted_answer_that_is_not_held_is_lost():
    assert last_second(reply(), answers={**ANSWERS, (HEX, 50): (SEQ, '"A"')})["lost"] == 1
    assert last_second(reply(), answers={})["lost"] == 5


def test_a_refused_answer_must_have_been_kept():
    refused = reply(q50="refused")
    assert last_second(refused)["lost"] == 1
    kept = last_second(refused, kept=[(HEX, 50, SEQ + 50)])
    assert (kept["lost"], kept["refused_and_kept"]) == (0, 1)


def test_no_receipt_another_receipt_and_an_open_attempt_are_losses():
    assert last_second()["candidates"] == 0
    nobody = check_last_second([Told(ONE, "hand in", 503)], GRADED, ANSWERS, set())
    assert nobody["lost"] == 1
    assert last_second(reply("R-2"))["lost"] == 1
    assert last_second(reply(), held={HEX: (20, None, None, 7)})["lost"] == 1


def test_two_receipts_are_double():
    assert last_second(reply(), reply("R-2"))["double"] == 1


def test_a_journal_tells_of_each_request_its_answer_or_that_there_was_none(tmp_path):
    journal = tmp_path / "1.txt"
    journal.write_text('["B1", "start"]\n["B1", "start", 302, "/x/", 2.5]\n["B1", "paper"]\n')
    assert told([journal]) == [Told("B1", "start", 302, "/x/", 2.5), Told("B1", "paper")]


def test_a_deadline_that_was_moved_is_seen():
    assert moved(BEGUN, BEGUN) == 0
    assert moved(BEGUN, {HEX: (30, *BEGUN[HEX][1:])}) == 0
    assert moved(BEGUN, {HEX: (20, 1000.0, 4601.0, 4630.0)}) == 1


GOOD = {
    "lost": 0, "double": 0, "deadlines_moved": 0, "failed_500": 0,
    "trouble": "", "control_wrong": 3, "acknowledged": 9,
}  # fmt: skip


@pytest.mark.parametrize(
    "worse",
    [
        {"lost": 1},
        {"double": 1},
        {"deadlines_moved": 1},
        {"failed_500": 1},
        {"trouble": "the killed worker did not come back"},
        {"control_wrong": 0},
        {"acknowledged": 0},
    ],
    ids=str,
)
def test_a_run_of_faults_is_good_only_if_its_control_fails_and_it_does_not(worse):
    assert not is_bad(GOOD)
    assert is_bad({**GOOD, **worse})


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_the_sites_a_fault_is_tried_on_exist(fault):
    for name in (fault.application, fault.control):
        module, application = name.split(":")
        assert callable(getattr(import_module(module), application))
