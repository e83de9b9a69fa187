"""Rates as the department prints them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.rates import Roster, percent, printed


def test_rates_of_the_first_campaign_are_those_it_reported():
    """1 348 obliged and registered, 1 343 studying, 1 168 finished."""
    roster = Roster(obliged=1348, registered=1348, studying=1343, finished=1168)

    assert roster.registration == Decimal("100.00")
    assert roster.participation == Decimal("99.63")
    assert roster.passing == Decimal("86.97")


def test_passing_is_of_those_who_study_not_of_the_registered():
    assert percent(1168, 1348) == Decimal("86.65")


def test_nobody_obliged_gives_no_rate_rather_than_none_or_all():
    assert Roster(0, 0, 0, 0).registration is None


def test_one_missing_of_a_million_is_not_all():
    assert percent(999_999, 1_000_000) == Decimal("99.99")


def test_one_of_a_million_is_not_nobody():
    assert percent(1, 1_000_000) == Decimal("0.01")


@pytest.mark.parametrize(
    ("part", "whole", "heads", "said"),
    [
        (16, 25, 25, "64%"),
        (98, 99, 99, "99%"),
        (64, 100, 100, "64.0%"),
        (16, 25, 348, "64.0%"),
        (998, 999, 999, "99.9%"),
        (1168, 1348, 1348, "86.65%"),
        (1, 1348, 99, "1%"),
        (0, 0, 25, "–"),
    ],
)
def test_a_page_prints_no_digit_that_one_person_cannot_move(part, whole, heads, said):
    assert printed(part, whole, heads=heads) == said


def test_half_is_rounded_up():
    assert percent(1, 800) == Decimal("0.13")


@pytest.mark.parametrize("counts", [(1, 2, 0, 0), (3, 2, 3, 0), (3, 2, 1, 2), (1, 0, 0, -1)])
def test_a_group_larger_than_the_one_it_is_part_of_is_refused(counts):
    with pytest.raises(ValueError, match="part of the one before"):
        Roster(*counts)


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_a_rate_lies_between_nothing_and_all(part, rest):
    rate = percent(part, part + rest)

    assert rate is None or Decimal(0) <= rate <= Decimal(100)
    assert (rate == 100) == (rest == 0 and part > 0)
