"""Whatever is typed where a number belongs gives a number in range, or what was to stand instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.numbers import LARGEST, whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("17", 17),
        ("0", 0),
        (str(LARGEST), LARGEST),
        (str(LARGEST + 1), -1),
        ("9" * 5000, -1),
        ("²", -1),
        ("-1", -1),
        (" 1", -1),
        ("1.0", -1),
        ("", -1),
        (None, -1),
    ],
)
def test_only_decimal_digits_within_a_key_s_range_are_a_number(text, number):
    assert whole_number(text, otherwise=-1) == number


def test_a_number_out_of_range_gives_what_stands_instead():
    assert [whole_number(n, least=1, most=12, otherwise=3) for n in ("0", "1", "12", "13")] == [
        3, 1, 12, 3
    ]  # fmt: skip


@given(st.text())
def test_nothing_typed_raises(text):
    assert 0 <= whole_number(text) <= LARGEST
