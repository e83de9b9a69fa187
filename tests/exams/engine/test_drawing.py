"""Drawing papers, shuffling, deadlines and receipts."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from exams.engine import receipts, timing
from exams.engine.drawing import Candidate, Row, draw, shuffled

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def bank(*kinds):
    """Questions given as (type, category)."""
    return [
        Candidate(n, n, kind, frozenset({category, 0}))
        for n, (kind, category) in enumerate(kinds, 1)
    ]


def row(number, count, **fields):
    return Row(number, count, Decimal(2), **fields)


def test_the_same_seed_draws_the_same_paper_in_any_order_of_the_bank():
    questions = bank(*[("single", 1)] * 30)
    first = draw([row(1, 10)], questions, "2026-6")
    again = draw([row(1, 10)], list(reversed(questions)), "2026-6")
    other = draw([row(1, 10)], questions, "2026-7")
    assert first.lines == again.lines
    assert first.lines != other.lines


def test_a_seed_means_the_same_for_ever():
    assert shuffled(list("ABCDEF"), "seed", 1) == list("AEDCFB")


def test_what_is_missing_is_told_row_by_row():
    drawn = draw(
        [row(1, 10, category=7), row(2, 2)], bank(*[("single", 7)] * 7, ("single", 8)), "s"
    )
    assert not drawn.feasible
    short = drawn.report[0]
    assert (short.wanted, short.ready) == (10, 7)


def test_overlapping_rows_are_both_filled_when_they_can_be():
    # A greedy draw gives the only true_false question of category 1 to the first row.
    questions = bank(("true_false", 1), ("single", 1))
    drawn = draw([row(1, 1, category=1), row(2, 1, type="true_false")], questions, "s")
    assert drawn.feasible
    assert {(line.row.number, line.candidate.type) for line in drawn.lines} == {
        (1, "single"),
        (2, "true_false"),
    }


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(["single", "multiple"]), st.integers(1, 3)), max_size=7),
    st.lists(
        st.tuples(
            st.integers(1, 2),
            st.sampled_from(["", "single", "multiple"]),
            st.integers(1, 3) | st.none(),
        ),
        min_size=1,
        max_size=3,
    ),
    st.text(max_size=4),
)
def test_a_draw_takes_no_question_twice_and_is_as_full_as_can_be(kinds, wanted, seed):
    questions = bank(*kinds)
    rows = [row(n, c, type=t, category=k) for n, (c, t, k) in enumerate(wanted, 1)]
    drawn = draw(rows, questions, seed)
    taken = [line.candidate.question for line in drawn.lines]
    assert len(taken) == len(set(taken))
    assert all(line.row.admits(line.candidate) for line in drawn.lines)
    slots = [r for r in rows for _ in range(r.count)]
    if len(slots) <= len(questions) <= 6:
        possible = any(
            all(r.admits(c) for r, c in zip(slots, chosen, strict=True))
            for chosen in permutations(questions, len(slots))
        )
        assert drawn.feasible == possible


def test_every_place_is_equally_likely():
    counts = Counter(shuffled("ABCD", seed).index("A") for seed in range(2000))
    assert all(430 < counts[place] < 570 for place in range(4))


def test_an_attempt_ends_with_the_exam_even_when_its_time_is_not_used_up():
    closes = NOON + timedelta(hours=1)
    assert timing.due_at(NOON, timedelta(minutes=45), closes) == NOON + timedelta(minutes=45)
    late = closes - timedelta(minutes=10)
    assert timing.due_at(late, timedelta(minutes=45), closes) == closes
    assert timing.due_at(late, timedelta(minutes=45), closes, timedelta(minutes=5)) == (
        closes + timedelta(minutes=5)
    )


def test_the_state_follows_the_clock_to_the_last_instant_included():
    until = NOON + timedelta(seconds=30)
    assert timing.derived_state("in_progress", until, until) == "in_progress"
    after = until + timedelta(microseconds=1)
    assert timing.derived_state("in_progress", until, after) == "submitted"
    assert timing.derived_state("graded", until, after) == "graded"


def test_a_receipt_belongs_to_what_was_handed_in():
    answers = [(1, 3, '"A"', None), (2, 1, '"B"', None)]
    code = receipts.code_for(b"secret", "x", NOON, receipts.digest_of(answers))
    assert code == receipts.code_for(b"secret", "x", NOON, receipts.digest_of(reversed(answers)))
    changed = [(1, 3, '"A"', None), (2, 1, '"C"', None)]
    assert code != receipts.code_for(b"secret", "x", NOON, receipts.digest_of(changed))
    assert code != receipts.code_for(b"other", "x", NOON, receipts.digest_of(answers))


@given(
    st.binary(min_size=1), st.integers(0, 15), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXY")
)
def test_a_mistyped_receipt_is_noticed(secret, place, letter):
    code = receipts.code_for(secret, "x", NOON, "d")
    assert receipts.tidy(code.lower().replace("-", " ")) == code
    bare = code.replace("-", "")
    wrong = bare[:place] + letter + bare[place + 1 :]
    if wrong != bare and bare[place] != "Z":
        assert receipts.tidy(wrong) is None
