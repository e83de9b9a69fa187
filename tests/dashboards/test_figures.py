"""Counting persons by where they stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.figures import BY_URGENCY, Tally, overall, tally_by, total
from dashboards.templatetags.standing_cells import labels_of_standings, standing_cells

STATES = st.sampled_from([*BY_URGENCY, "not_applicable"])


@pytest.mark.parametrize(
    ("states", "stands"),
    [
        ([], "not_applicable"),
        (["met"], "met"),
        (["met", "exempt"], "met"),
        (["exempt"], "exempt"),
        (["met", "on_course"], "on_course"),
        (["on_course", "short"], "short"),
        (["met", "overdue", "short"], "overdue"),
    ],
)
def test_a_person_stands_where_the_most_pressing_requirement_stands(states, stands):
    assert overall(states) == stands


@given(st.lists(STATES), st.randoms())
def test_order_of_requirements_never_matters(states, random):
    shuffled = list(states)
    random.shuffle(shuffled)

    assert overall(shuffled) == overall(states)


def test_exempt_persons_are_not_obliged():
    tally = Tally(met=3, short=1, exempt=4, not_applicable=5)

    assert (tally.obliged, tally.persons) == (4, 13)
    assert str(tally.rate) == "75.00"


def test_nobody_obliged_has_no_rate():
    assert Tally(exempt=2).rate is None


def test_rows_of_one_key_add_up():
    tallies = tally_by([("a", "met", 2), ("b", "met", 1), ("a", "met", 3), ("a", "overdue", 1)])

    assert tallies == {"a": Tally(met=5, overdue=1), "b": Tally(met=1)}


def test_an_unknown_state_is_refused_rather_than_dropped():
    with pytest.raises(ValueError, match="no such state"):
        tally_by([("a", "lost", 1)])


@given(st.lists(st.tuples(st.sampled_from("abc"), STATES, st.integers(0, 9))))
def test_nobody_is_lost_or_counted_twice(rows):
    assert total(tally_by(rows).values()).persons == sum(persons for _, _, persons in rows)


def test_thousands_stand_apart_and_are_not_broken_between_lines():
    labels = labels_of_standings()

    cells = standing_cells(Tally(met=1204), "/people/?state=", labels, 1204)

    assert '<a href="/people/?state=met">1\u202f204</a>' in cells
    assert 'viewBox="0 0 1204 1"' in cells
