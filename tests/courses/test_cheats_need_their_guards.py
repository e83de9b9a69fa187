"""Negative controls: with its guard switched off, each of the cheats pays, and its test fails."""

import inspect
from dataclasses import replace

import pytest
from django.db import IntegrityError

from courses import study_time
from courses.api import tokens, views
from courses.operations import completion, study
from courses.study_time import Policy, Tick
from tests.courses import test_cheats as cheats

RECEIVE = study_time.receive


def no_highest_rate(monkeypatch):
    lenient = Policy(max_rate=1000)
    monkeypatch.setattr(
        study_time, "receive", lambda *args, **given: RECEIVE(*args, **given, policy=lenient)
    )


def sequence_numbers_forgotten(monkeypatch):
    monkeypatch.setattr(study_time, "_fresh", lambda ticks, last_seq: list(ticks))


def coverage_forgotten(monkeypatch):
    """Here the database still refuses: more was earned than is covered."""
    monkeypatch.setattr(study_time, "gaps", lambda coverage, start, end: ((start, end),))


def lost_leases_go_on(monkeypatch):
    read = study._READ_LEASE.replace("l.released_because", "''")
    write = study._WRITE_LEASE.replace(" AND released_at IS NULL", "")
    both = study._WRITE_BOTH.replace(study._WRITE_LEASE, write)
    monkeypatch.setattr(study, "_READ_LEASE", read)
    monkeypatch.setattr(study, "_WRITE_LEASE", write)
    monkeypatch.setattr(study, "_WRITE_BOTH", both)


def new_leases_forget_time_spent(monkeypatch):
    """Every lease begins with the whole slack of late arrivals unspent."""
    take = study._take_lease

    def forgetful(*args):
        lease = take(*args)
        study.StudyLease.objects.filter(pk=lease.lease_id).update(clock_ms=0, heard_ms=0)
        return lease

    monkeypatch.setattr(study, "_take_lease", forgetful)


def any_session(monkeypatch):
    monkeypatch.setattr(tokens, "_mark", lambda request: "")


def unsigned_tokens(monkeypatch):
    monkeypatch.setattr(
        tokens.signing, "loads", lambda token, **given: [1, "media", 600_000, 1, None]
    )
    monkeypatch.setattr(tokens, "_mark", lambda request: None)
    monkeypatch.setattr(tokens, "isinstance", lambda value, kind: True, raising=False)


def pages_always_seem_watched(monkeypatch):
    monkeypatch.setattr(
        views, "Tick", lambda seq, start, end, lasted, *seen: Tick(seq, start, end, lasted)
    )


def the_browsers_clock_is_believed(monkeypatch):
    def receive(account, ticks, *, now_ms, **given):
        said = account.heard_ms + sum(tick.lasted_ms for tick in ticks)
        return RECEIVE(account, ticks, now_ms=max(now_ms, said), **given)

    monkeypatch.setattr(study_time, "receive", receive)


def time_spent_is_forgotten(monkeypatch):
    def receive(account, ticks, **given):
        return RECEIVE(replace(account, clock_ms=0), ticks, **given)

    monkeypatch.setattr(study_time, "receive", receive)


def proof_is_not_asked_for(monkeypatch):
    monkeypatch.setattr(study_time, "is_proven", lambda *args, **given: True)


def the_body_names_the_length(monkeypatch):
    """Here a second guard holds too: an item is weighed once more by the length in its row."""
    monkeypatch.setattr(completion, "_is_proven", lambda *args: True)
    read = tokens.read

    def trusting(token, request):
        return replace(read(token, request), length_ms=10_000, min_share=1)

    monkeypatch.setattr(tokens, "read", trusting)


GUARDS = [
    (cheats.test_cheat_1_fast_forward_to_the_end_earns_the_time_that_passed, no_highest_rate),
    (cheats.test_cheat_2_sixteen_times_the_speed_earns_the_time_that_passed, no_highest_rate),
    (cheats.test_cheat_3_replayed_ticks_change_nothing, sequence_numbers_forgotten),
    (cheats.test_cheat_3b_the_same_part_under_new_numbers_earns_once, coverage_forgotten),
    (cheats.test_cheat_4_two_tabs_earn_once, lost_leases_go_on),
    (
        cheats.test_cheat_4b_two_tabs_taking_the_lease_in_turns_earn_once,
        new_leases_forget_time_spent,
    ),
    (cheats.test_cheat_5_a_forged_lease_is_refused, any_session),
    (cheats.test_cheat_5_a_forged_lease_is_refused, unsigned_tokens),
    (cheats.test_cheat_6_a_hidden_tab_earns_nothing, pages_always_seem_watched),
    (cheats.test_cheat_6b_a_paused_lecture_earns_nothing, pages_always_seem_watched),
    (
        cheats.test_cheat_7_the_browsers_clock_set_forward_earns_the_time_that_passed,
        the_browsers_clock_is_believed,
    ),
    (cheats.test_cheat_7b_the_servers_clock_set_back_pays_no_time_twice, time_spent_is_forgotten),
    (cheats.test_cheat_8_there_is_no_direct_way_to_complete, proof_is_not_asked_for),
    (cheats.test_cheat_9_items_studied_in_parallel_earn_the_time_that_passed, lost_leases_go_on),
    (
        cheats.test_cheat_9b_items_in_turns_with_a_fresh_lease_each_earn_the_time_that_passed,
        new_leases_forget_time_spent,
    ),
    (cheats.test_cheat_10_an_edited_length_is_never_read, the_body_names_the_length),
]


@pytest.mark.parametrize(
    ("cheat", "switch_off"), GUARDS, ids=[f"{c.__name__[5:13]}-{g.__name__}" for c, g in GUARDS]
)
def test_a_cheat_pays_once_its_guard_is_off(
    cheat, switch_off, enrolment, two_items, study_page, login, clock, monkeypatch
):
    forgery = "another_session" if switch_off is any_session else "another_key"
    have = {
        "enrolment": enrolment,
        "two_items": two_items,
        "study_page": study_page,
        "login": login,
        "clock": clock,
        "forgery": forgery,
    }
    wanted = {name: have[name] for name in inspect.signature(cheat).parameters}
    switch_off(monkeypatch)

    with pytest.raises((AssertionError, IntegrityError)):
        cheat(**wanted)


def test_every_scripted_cheat_has_its_control():
    scripted = {cheat for name, cheat in vars(cheats).items() if name.startswith("test_cheat_")}
    assert scripted == {cheat for cheat, _ in GUARDS}
    numbers = {cheat.__name__.split("_")[2].rstrip("b") for cheat in scripted}
    assert numbers == {str(n) for n in range(1, 11)}
