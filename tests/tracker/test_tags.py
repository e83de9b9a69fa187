"""Small helps of the ledger's templates."""

import pytest

from tracker.templatetags.ledger import plain, total


@pytest.mark.parametrize(("value", "said"), [(0, "0"), (None, "0"), ("31.50", "31.5")])
def test_a_sum_in_a_sentence_says_nothing_as_0(value, said):
    assert total(value) == said


def test_in_a_column_nothing_is_a_dash():
    assert plain(0) == "–"
