"""Estimates from a sample of the people a rule pack was tried on."""

from hypothesis import given
from hypothesis import strategies as st

from tracker.rules.sampling import estimate


def test_everybody_looked_at_is_no_estimate():
    assert estimate(7, 100, 100) == (7, 7, 7)
    assert estimate(0, 0, 0) == (0, 0, 0)


def test_a_tenth_of_two_thousand_stands_for_a_tenth_of_all():
    assert estimate(200, 2000, 1_000_000) == (87_609, 100_000, 113_925)


def test_none_found_does_not_mean_none():
    least, likely, most = estimate(0, 2000, 1_000_000)
    assert (least, likely) == (0, 0)
    assert 1_500 < most < 2_500


@given(st.integers(1, 3000), st.integers(1, 10**6), st.data())
def test_an_estimate_lies_in_its_range_and_never_contradicts_what_was_seen(looked_at, more, data):
    found = data.draw(st.integers(0, looked_at))
    total = looked_at + more
    least, likely, most = estimate(found, looked_at, total)
    assert found <= least <= likely <= most <= total - (looked_at - found)
