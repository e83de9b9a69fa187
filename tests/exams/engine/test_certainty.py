"""Certainty-based marking, pure: honesty pays, and nothing else does."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.engine import certainty as cbm
from exams.engine.certainty import GARDNER_MEDWIN
from exams.engine.items import item_from_dict
from exams.engine.scoring import Line, Reason, grade

SINGLE = item_from_dict({"type": "single", "stem": "几", "options": ["甲", "乙", "丙"], "key": "B"})
MANY = item_from_dict(
    {"type": "multiple", "stem": "几", "options": ["甲", "乙", "丙"], "key": ["A", "B"]}
)
ESSAY = item_from_dict({"type": "essay", "stem": "谈谈", "rubric": [{"text": "好"}]})


def points(item, answer, sure, worth=3):
    graded = grade(
        [Line(1, item, Decimal(worth))],
        {1: answer},
        certainties={1: sure} if sure is not None else {},
        scheme=GARDNER_MEDWIN,
    )
    return graded.marks[0].points


@pytest.mark.parametrize(
    ("sure", "right", "wrong"), [(1, 1, 0), (2, 2, -2), (3, 3, -6), (None, 1, 0), (9, 1, 0)]
)
def test_the_marks_of_a_question_worth_three_are_those_of_the_source(sure, right, wrong):
    assert points(SINGLE, "B", sure) == right
    assert points(SINGLE, "A", sure) == wrong


def test_a_blank_costs_nothing_however_sure_and_a_partly_right_answer_brings_its_share():
    assert points(SINGLE, None, 3) == 0
    assert points(SINGLE, "?x", 3) == 0  # no answer to this type: a person looks
    assert points(MANY, ["A"], 3) == Decimal("1.5")
    assert points(MANY, ["A"], 1) == Decimal("0.5")
    assert points(MANY, ["C"], 2) == -2


def test_what_a_person_marks_and_what_was_ruled_knows_no_certainty():
    graded = grade(
        [Line(1, ESSAY, Decimal(10)), Line(2, SINGLE, Decimal(3), Reason.GRANTED)],
        {1: "体会", 2: "A"},
        {1: Decimal(8)},
        certainties={1: 3, 2: 3},
        scheme=GARDNER_MEDWIN,
    )
    assert [mark.points for mark in graded.marks] == [8, 3]


def test_a_paper_never_gives_less_than_nothing():
    lines = [Line(n, SINGLE, Decimal(1)) for n in range(1, 5)]
    graded = grade(
        lines, dict.fromkeys(range(1, 5), "A"), certainties=dict.fromkeys(range(1, 5), 3),
        scheme=GARDNER_MEDWIN,
    )  # fmt: skip
    assert (graded.points, graded.worth) == (0, 4)


def test_the_best_level_changes_at_two_thirds_and_four_fifths():
    """The thresholds Gardner-Medwin gives: 67 % and 80 %."""
    assert cbm.best_from(GARDNER_MEDWIN) == (0, Fraction(2, 3), Fraction(4, 5))


@given(st.fractions(0, 1))
def test_nobody_expects_more_by_stating_another_level_than_his_own(chance):
    def expected(level):
        right, wrong = GARDNER_MEDWIN.right[level - 1], GARDNER_MEDWIN.wrong[level - 1]
        return chance * right + (1 - chance) * wrong

    own = max(n for n, least in enumerate(cbm.best_from(GARDNER_MEDWIN), 1) if chance >= least)
    assert all(expected(own) >= expected(other) for other in GARDNER_MEDWIN.levels)


@given(
    st.sampled_from([Fraction(1), Fraction(1, 2), Fraction(1, 3), Fraction(0)]),
    st.integers(1, 3),
    st.decimals("0.5", "20", places=1),
)
def test_how_right_an_answer_was_is_read_back_from_its_points(right, sure, worth):
    earned = cbm.marked(right, sure, GARDNER_MEDWIN) * Fraction(worth)
    shown = round(Decimal(earned.numerator) / earned.denominator, 2)
    back = cbm.accuracy(shown, worth, sure, GARDNER_MEDWIN)
    assert abs(back - right) <= Fraction(3, 100)


def test_calibration_tells_who_is_too_sure_and_who_too_careful():
    said = cbm.Calibration(GARDNER_MEDWIN)
    for sure, right in [(3, 1), (3, 0), (1, 1), (1, 1), (None, 1)]:
        said.add(sure, Fraction(right))
    low, middle, high = said.figures()
    assert (low.answers, low.share, low.finding) == (3, 1.0, "under")
    assert (middle.answers, middle.share, middle.finding) == (0, None, "")
    assert (high.answers, high.share, high.finding) == (2, 0.5, "over")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [((1,), (0,)), ((1, 2), (0,)), ((2, 1), (0, -1)), ((1, 2), (-1, 0)), ((1, 2), (1, 0))],
)
def test_a_scheme_that_rewards_guessing_is_refused(right, wrong):
    with pytest.raises(ValueError, match=r"marks|level"):
        cbm.Scheme(right, wrong)
