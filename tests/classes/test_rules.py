"""The pure rules of classes: one seventh, the next quarter, the code at the door."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classes import rules
from classes.enums import Result
from classes.rules import Attended, Outcome


@pytest.mark.parametrize(
    ("missed", "hours", "too_much"),
    [
        ("2", "14", False),
        ("2.1", "14", True),
        ("0", "14", False),
        ("10", "70", False),
        ("10.5", "70", True),
        ("14.2", "100", False),
        ("14.3", "100", True),
    ],
)
def test_exactly_one_seventh_missed_still_credits_and_more_does_not(missed, hours, too_much):
    assert rules.missed_too_much(Decimal(missed), Decimal(hours)) is too_much


def test_leave_and_absence_are_added_before_they_are_weighed():
    attended = Attended(present=Decimal(11), leave=Decimal(2), absent=Decimal(1))
    assert rules.outcome(attended, Decimal(14)) == Outcome.TOO_MUCH_MISSED


def test_who_was_at_no_session_did_not_come():
    attended = Attended(present=Decimal(0), leave=Decimal(14), absent=Decimal(0))
    assert rules.outcome(attended, Decimal(14)) == Outcome.NO_SHOW


def test_the_institutions_verdict_fails_somebody_who_attended_everything():
    attended = Attended(present=Decimal(14), leave=Decimal(0), absent=Decimal(0))
    assert rules.outcome(attended, Decimal(14), failed=True) == Outcome.FAILED
    assert rules.outcome(attended, Decimal(14)) == Outcome.PASSED


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2026, 1, 1), date(2026, 6, 30)),
        (date(2026, 3, 31), date(2026, 6, 30)),
        (date(2026, 4, 1), date(2026, 9, 30)),
        (date(2026, 9, 30), date(2026, 12, 31)),
        (date(2026, 10, 1), date(2027, 3, 31)),
        (date(2026, 12, 31), date(2027, 3, 31)),
    ],
)
def test_a_make_up_task_is_due_at_the_end_of_the_next_quarter(day, due):
    assert rules.makeup_due_on(day) == due


def test_an_excuse_is_in_time_until_the_day_before_the_class():
    assert rules.excuse_is_in_time(date(2026, 6, 14), date(2026, 6, 15))
    assert not rules.excuse_is_in_time(date(2026, 6, 15), date(2026, 6, 15))


KEY = b"k" * 32


def test_a_code_is_taken_in_its_own_step_and_the_next_and_never_after():
    code = rules.door_code(KEY, 7, rules.code_step(1_000_000.0))
    start = 1_000_000 - 1_000_000 % 15

    assert rules.code_is_current(KEY, 7, code, start)
    assert rules.code_is_current(KEY, 7, code, start + 29.9)
    assert not rules.code_is_current(KEY, 7, code, start + 30)
    assert not rules.code_is_current(KEY, 7, code, start - 0.1)


@given(st.integers(0, 10**6), st.integers(0, 10**9))
def test_a_code_of_another_session_or_key_is_not_taken_for_this_one(session, step):
    code = rules.door_code(KEY, session, step)
    others = {rules.door_code(KEY, session + n, step) for n in range(1, 4)}
    others.add(rules.door_code(b"x" * 32, session, step))

    assert len(code) == 6
    assert code.isdecimal()
    # One chance collision in a million each; three at once is a broken code.
    assert others != {code}


def test_results_have_the_values_of_the_outcomes():
    assert [each.value for each in Result] == [each.value for each in Outcome]


@pytest.mark.parametrize(
    ("minutes", "most"), [(30, "0.5"), (40, "1"), (45, "1"), (90, "2"), (120, "3"), (450, "11")]
)
def test_a_session_is_worth_no_more_hours_than_its_length_holds(minutes, most):
    assert rules.most_hours(timedelta(minutes=minutes)) == Decimal(most)
