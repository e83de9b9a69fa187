"""The laws H1-H6 of study time, and the arithmetic under them."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses import study_time
from courses.study_time import (
    Account,
    Grade,
    Kind,
    Line,
    Policy,
    Reason,
    Tick,
    open_account,
    receive,
)

HOUR = 3_600_000
LENGTH = 600_000  # a lecture of ten minutes

spans = st.lists(
    st.tuples(st.integers(0, 900), st.integers(0, 100)).map(lambda p: (p[0], p[0] + p[1])),
    max_size=20,
)
ticks = st.builds(
    Tick,
    seq=st.integers(1, 60),
    from_ms=st.integers(-5_000, LENGTH + 5_000),
    to_ms=st.integers(-5_000, LENGTH + 50_000),
    lasted_ms=st.integers(-1_000, 200_000),
    playing=st.booleans(),
    visible=st.booleans(),
)
kinds = st.sampled_from(Kind)


@st.composite
def histories(draw):
    """Arrivals as a forger could send them: any ticks at any time, the clock may jump back."""
    steps = draw(
        st.lists(st.tuples(st.integers(-20_000, 120_000), st.lists(ticks, max_size=5)), max_size=15)
    )
    now, found = HOUR, []
    for wait, batch in steps:
        now += wait
        found.append((now, batch))
    return found


def play(history, kind=Kind.MEDIA, length_ms=LENGTH, account=None):
    account = account or open_account(now_ms=HOUR)
    lines: list[Line] = []
    for now, batch in history:
        receipt = receive(account, batch, kind=kind, length_ms=length_ms, now_ms=now)
        account = receipt.account
        lines += receipt.lines
    return account, lines


def credited_in_window(lines, start, end):
    """The most that lies in [start, end), however the credit lies inside its stretch."""
    return sum(
        min(line.credited_ms, max(0, min(line.to_ms, end) - max(line.from_ms, start)))
        for line in lines
    )


# --- spans ---------------------------------------------------------------------------------


@given(spans)
def test_uniting_spans_covers_exactly_the_same_instants(pieces):
    seen = {instant for start, end in pieces for instant in range(start, end)}
    united = study_time.unite(pieces)

    assert {instant for start, end in united for instant in range(start, end)} == seen
    assert study_time.measure(united) == len(seen)
    assert all(left[1] < right[0] for left, right in itertools.pairwise(united))


def test_a_span_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="5-3"):
        study_time.unite([(5, 3)])


@given(spans, st.integers(0, 900), st.integers(0, 200))
def test_gaps_are_what_coverage_leaves_of_the_window(pieces, start, length):
    coverage = study_time.unite(pieces)
    found = study_time.gaps(coverage, start, start + length)

    inside = {i for left, right in coverage for i in range(left, right)}
    wanted = {i for i in range(start, start + length) if i not in inside}
    assert {i for left, right in found for i in range(left, right)} == wanted


@given(spans)
def test_spans_are_read_back_as_they_were_written(pieces):
    united = study_time.unite(pieces)
    assert study_time.decode(study_time.encode(united)) == united


def test_filling_takes_the_first_uncovered_part_only():
    assert study_time.fill(((10, 20),), 0, 100, 25) == ((0, 10), (20, 35))


# --- the laws ------------------------------------------------------------------------------


@given(histories(), kinds, st.integers(0, 2 * HOUR), st.integers(0, HOUR))
def test_h1_no_window_earns_more_than_its_length(history, kind, start, length):
    _, lines = play(history, kind)
    assert credited_in_window(lines, start, start + length) <= length


@given(histories(), kinds)
def test_h1_every_credit_lies_in_wall_clock_time_of_its_own(history, kind):
    _, lines = play(history, kind)
    for line in lines:
        assert 0 <= line.credited_ms <= line.to_ms - line.from_ms
    for earlier, later in itertools.pairwise(lines):
        assert earlier.to_ms <= later.from_ms


@given(histories())
def test_h1_nothing_is_earned_before_the_lease_or_after_the_arrival(history):
    _, lines = play(history)
    latest = max((now for now, _ in history), default=HOUR)
    assert all(line.from_ms >= HOUR for line in lines)
    assert all(line.to_ms <= latest for line in lines if line.credited_ms)


@given(histories(), kinds, st.integers(0, LENGTH))
def test_h2_verified_time_never_exceeds_the_length_of_the_item(history, kind, length):
    account, lines = play(history, kind, length)
    earned = account.verified_ms + account.plausible_ms

    assert earned <= account.covered_ms <= length
    assert earned == sum(li.credited_ms for li in lines if li.grade != Grade.CLAIMED)


@given(histories(), kinds)
def test_h3_replaying_everything_at_the_end_changes_nothing(history, kind):
    account, _ = play(history, kind)
    everything = [tick for _, batch in history for tick in batch]
    later = account.heard_ms + 30_000

    again = receive(account, everything, kind=kind, length_ms=LENGTH, now_ms=later)

    # Ticks never accepted (all had a sequence number below an accepted one) do not exist here.
    assert again.account == account
    assert again.lines == ()


@given(histories(), kinds)
def test_h3_sending_each_batch_twice_earns_what_sending_it_once_earns(history, kind):
    once, _ = play(history, kind)
    twice, _ = play([arrival for arrival in history for _ in range(2)], kind)
    assert once == twice


@given(histories(), histories(), kinds)
def test_h4_two_items_of_one_person_earn_no_window_twice(first, second, kind):
    """Every arrival at the other item takes the lease over, as a second device would."""
    open_at = HOUR
    account = open_account(now_ms=open_at)
    here, coverage, lines = 0, [(), ()], []
    arrivals = sorted(
        [(now, 0, batch) for now, batch in first] + [(now, 1, batch) for now, batch in second],
        key=lambda arrival: arrival[0],
    )
    for now, where, batch in arrivals:
        if where != here:
            coverage[here] = account.coverage
            account = open_account(
                now_ms=now, spent_until_ms=account.clock_ms, coverage=coverage[where]
            )
            here = where
        receipt = receive(account, batch, kind=kind, length_ms=LENGTH, now_ms=now)
        account = receipt.account
        lines += receipt.lines

    for earlier, later in itertools.pairwise(lines):
        assert earlier.to_ms <= later.from_ms


@given(histories(), kinds)
def test_h5_hidden_or_paused_earns_nothing(history, kind):
    idle = [
        (now, [replace(tick, playing=False) if tick.visible else tick for tick in batch])
        for now, batch in history
    ]
    account, lines = play(idle, kind)

    assert account.covered_ms == account.verified_ms == account.plausible_ms == 0
    assert all(line.reason in {Reason.HIDDEN, Reason.PAUSED} for line in lines)


@given(histories(), st.integers(-200_000, 10_000_000))
def test_h6_claiming_longer_durations_never_beats_the_servers_clock(history, longer):
    inflated = [
        (now, [replace(t, lasted_ms=t.lasted_ms + abs(longer)) for t in b]) for now, b in history
    ]
    account, _ = play(inflated)
    latest = max((now for now, _ in history), default=HOUR)
    assert account.verified_ms + account.plausible_ms <= max(0, latest - HOUR)


def test_the_first_law_fails_when_the_clock_is_not_spent():
    """Negative control: without moving the clock on, one minute would be earned many times."""
    account = open_account(now_ms=HOUR)
    lines = []
    for seq in range(1, 4):
        batch = [Tick(seq, seq * 60_000, (seq + 1) * 60_000, 60_000)]
        receipt = receive(account, batch, kind=Kind.MEDIA, length_ms=LENGTH, now_ms=HOUR + 60_000)
        lines += receipt.lines
        account = replace(receipt.account, clock_ms=HOUR)  # the guard, switched off

    assert credited_in_window(lines, HOUR, HOUR + 60_000) > 60_000


def test_the_third_law_fails_when_sequence_numbers_are_forgotten():
    """Negative control: a tick cut short by the clock would earn again when it is replayed."""
    fast = [Tick(1, 0, 160_000, 10_000)]
    first = one(fast[0]).account
    forgetful = replace(first, last_seq=0)
    again = receive(
        forgetful, fast * 2, kind=Kind.MEDIA, length_ms=LENGTH, now_ms=first.heard_ms + 10_000
    )
    assert again.account.position_ms == first.position_ms
    assert again.account != first


def test_the_fourth_law_fails_when_a_new_lease_forgets_the_last_one():
    """Negative control: two accounts of their own would each earn the same ten seconds."""
    accounts = [open_account(now_ms=HOUR), open_account(now_ms=HOUR)]
    earned = sum(one(Tick(1, 0, 10_000, 10_000), account=a).credited_ms for a in accounts)

    assert earned > 10_000


def test_without_a_highest_rate_sixteen_times_the_speed_would_cover_everything():
    """Negative control of the rate."""
    receipt = receive(
        open_account(now_ms=HOUR),
        [Tick(1, 0, 160_000, 10_000)],
        kind=Kind.MEDIA,
        length_ms=LENGTH,
        now_ms=HOUR + 10_000,
        policy=Policy(max_rate=16),
    )
    assert receipt.account.covered_ms == 160_000


# --- the rules one by one --------------------------------------------------------------------


def one(tick, *, kind=Kind.MEDIA, wait=10_000, account=None):
    account = account or open_account(now_ms=HOUR)
    return receive(account, [tick], kind=kind, length_ms=LENGTH, now_ms=account.heard_ms + wait)


def test_ten_seconds_of_play_heard_at_once_are_verified():
    receipt = one(Tick(1, 0, 10_000, 10_000))

    assert receipt.account.verified_ms == 10_000
    assert receipt.account.coverage == ((0, 10_000),)
    assert receipt.account.position_ms == 10_000
    assert receipt.lines == (Line(HOUR, HOUR + 10_000, 10_000, Grade.VERIFIED, Reason.OBSERVED),)


def test_double_speed_covers_twice_but_earns_only_the_time_it_took():
    receipt = one(Tick(1, 0, 20_000, 10_000))

    assert receipt.account.covered_ms == 20_000
    assert receipt.account.verified_ms == 10_000


def test_sixteen_times_the_speed_covers_no_more_than_double_speed():
    receipt = one(Tick(1, 0, 160_000, 10_000))

    assert receipt.account.coverage == ((0, 20_000),)
    assert receipt.account.verified_ms == 10_000
    assert receipt.lines[0].reason is Reason.FASTER_THAN_CLOCK


def test_half_speed_earns_no_more_than_the_length_of_what_was_played():
    assert one(Tick(1, 0, 5_000, 10_000)).account.verified_ms == 5_000


def test_a_part_heard_again_earns_nothing():
    first = one(Tick(1, 0, 10_000, 10_000))
    second = one(Tick(2, 0, 10_000, 10_000), account=first.account)

    assert second.account.verified_ms == 10_000
    assert second.lines[0].reason is Reason.SEEN_BEFORE


def test_a_late_batch_is_paid_from_the_silence_before_it():
    """Two requests were lost; the third carries all three ticks."""
    batch = [Tick(n, (n - 1) * 10_000, n * 10_000, 10_000) for n in (1, 2, 3)]
    receipt = receive(
        open_account(now_ms=HOUR), batch, kind=Kind.MEDIA, length_ms=LENGTH, now_ms=HOUR + 30_000
    )
    assert receipt.account.verified_ms == 30_000


def test_five_minutes_offline_are_plausible_but_the_last_minute_is_verified():
    batch = [Tick(n, (n - 1) * 10_000, n * 10_000, 10_000) for n in range(1, 31)]
    receipt = receive(
        open_account(now_ms=HOUR), batch, kind=Kind.MEDIA, length_ms=LENGTH, now_ms=HOUR + 300_000
    )
    assert receipt.account.verified_ms == 60_000
    assert receipt.account.plausible_ms == 240_000


def test_forty_five_minutes_offline_are_plausible_and_a_second_more_is_claimed():
    length = 3 * HOUR
    batch = [
        Tick(n, (n - 1) * 60_000, n * 60_000, 60_000 if n > 1 else 1_000) for n in range(1, 47)
    ]
    receipt = receive(
        open_account(now_ms=HOUR), batch, kind=Kind.MEDIA, length_ms=length, now_ms=2 * HOUR
    )
    assert [line.grade for line in receipt.lines[:2]] == [Grade.CLAIMED, Grade.PLAUSIBLE]
    assert receipt.account.claimed_ms == 1_000
    assert receipt.account.coverage[0][0] == 60_000


def test_a_laptop_that_slept_three_hours_loses_nothing_of_what_follows():
    receipt = one(Tick(1, 0, 10_000, 10_000), wait=3 * HOUR)
    assert receipt.account.verified_ms == 10_000


def test_a_tick_that_arrives_late_leaves_the_next_one_whole():
    account = open_account(now_ms=HOUR)
    for arrival, seq in ((10_000, 1), (23_000, 2), (30_500, 3), (40_000, 4)):
        account = receive(
            account,
            [Tick(seq, (seq - 1) * 10_000, seq * 10_000, 10_000)],
            kind=Kind.MEDIA,
            length_ms=LENGTH,
            now_ms=HOUR + arrival,
        ).account
    assert account.verified_ms == 40_000


def test_play_beyond_the_end_earns_only_to_the_end():
    account = open_account(now_ms=HOUR, coverage=((0, LENGTH - 4_000),))
    receipt = one(Tick(1, LENGTH - 4_000, LENGTH + 6_000, 10_000), account=account)
    assert receipt.credited_ms == 4_000
    assert receipt.account.covered_ms == LENGTH


def test_reading_fills_the_part_in_the_window_and_then_earns_nothing():
    screen = (0, 15_000)
    first = one(Tick(1, *screen, 10_000), kind=Kind.READING)
    second = one(Tick(2, *screen, 10_000), kind=Kind.READING, account=first.account)
    third = one(Tick(3, *screen, 10_000), kind=Kind.READING, account=second.account)

    assert first.account.verified_ms == 10_000
    assert second.account.verified_ms == 15_000
    assert third.account.verified_ms == 15_000
    assert third.lines[0].reason is Reason.READ_ENOUGH


def test_a_server_clock_that_jumps_back_earns_nothing_and_breaks_nothing():
    first = one(Tick(1, 0, 10_000, 10_000))
    back = receive(
        first.account,
        [Tick(2, 10_000, 20_000, 10_000)],
        kind=Kind.MEDIA,
        length_ms=LENGTH,
        now_ms=HOUR - 100_000,
    )
    assert back.credited_ms == 0
    assert back.account.clock_ms == first.account.clock_ms
    assert back.lines[0].reason is Reason.FASTER_THAN_CLOCK


def test_coverage_in_crumbs_is_refused_once_it_would_fill_the_row():
    crumbs = tuple((n * 10, n * 10 + 1) for n in range(400))
    account = open_account(now_ms=HOUR, coverage=crumbs)
    receipt = one(Tick(1, 100_000, 100_001, 10_000), account=account)

    assert receipt.lines[0].reason is Reason.FRAGMENTED
    assert receipt.account.coverage == crumbs


def test_an_account_after_another_starts_where_the_other_stopped_spending():
    other = Account(clock_ms=HOUR + 5_000, heard_ms=HOUR + 5_000)
    assert open_account(now_ms=HOUR, spent_until_ms=other.clock_ms).clock_ms == HOUR + 5_000


@pytest.mark.parametrize(
    ("covered_ms", "proven"), [(539_999, False), (540_000, True), (600_000, True)]
)
def test_ninety_per_cent_of_ten_minutes_is_nine_minutes(covered_ms, proven):
    assert study_time.is_proven(covered_ms, length_ms=LENGTH, min_share=90) is proven


def test_an_item_without_length_is_never_proven():
    assert not study_time.is_proven(0, length_ms=0, min_share=0)


def test_neighbouring_lines_of_one_kind_become_one():
    lines = [
        Line(0, 10, 10, Grade.VERIFIED, Reason.OBSERVED),
        Line(10, 20, 9, Grade.VERIFIED, Reason.OBSERVED),
        Line(20, 20, 0, Grade.VERIFIED, Reason.PAUSED),
        Line(20, 30, 0, Grade.VERIFIED, Reason.PAUSED),
    ]
    assert study_time.merge_lines(lines) == (
        Line(0, 20, 19, Grade.VERIFIED, Reason.OBSERVED),
        Line(20, 30, 0, Grade.VERIFIED, Reason.PAUSED),
    )
