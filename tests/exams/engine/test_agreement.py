"""When markers agree, which answers are alike, and what a ruling does to a sum."""

from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.engine.alike import alike_to, likeness
from exams.engine.items import item_from_dict, same_shape
from exams.engine.marking import settled_points
from exams.engine.scoring import Line, Reason, grade

HALVES = st.integers(0, 20).map(lambda n: Decimal(n) / 2)
SINGLE = {"type": "single", "stem": "哪一项对", "options": ["甲", "乙", "丙"], "key": "B"}


@pytest.mark.parametrize(
    ("given", "markers", "settled"),
    [
        ([], 1, None),
        (["3"], 1, "3"),
        (["3"], 2, None),
        (["3", "5"], 2, "4"),
        (["3", "5.5"], 2, None),
        (["3", "5.5", "5"], 2, "5.25"),
        (["3", "5.5", "3"], 2, "3"),
        # Equally close to both: the higher pair stands.
        (["2", "6", "4"], 2, "5"),
    ],
)
def test_two_markers_settle_within_the_tolerance_and_a_third_decides(given, markers, settled):
    points = settled_points([Decimal(g) for g in given], markers=markers, tolerance=Decimal(2))

    assert points == (None if settled is None else Decimal(settled))


@given(st.lists(HALVES, min_size=3, max_size=3), HALVES)
def test_a_settled_mark_lies_between_the_marks_given(marks, tolerance):
    settled = settled_points(marks, markers=2, tolerance=tolerance)

    assert settled is not None
    assert min(marks) <= settled <= max(marks)


@given(st.lists(HALVES, min_size=3, max_size=3))
def test_of_three_that_disagree_the_order_of_marking_does_not_matter(marks):
    wide = {settled_points(p, markers=2, tolerance=Decimal(-1)) for p in permutations(marks)}

    assert len(wide) == 1


def test_spelling_does_not_matter_and_other_words_do():
    assert likeness("坚持党的领导，人民至上。", "坚持党的领导 人民至上") == 1
    assert likeness("坚持党的领导", "党的坚持领导") < 1
    others = {"a": "坚持党的领导、人民至上", "b": "坚持党的领导,人民至上!", "c": "不知道"}
    found = alike_to("坚持党的领导，人民至上", others)
    assert [(one.name, one.same) for one in found] == [("a", True), ("b", True)]
    assert alike_to("  ", others) == []


def test_a_ruling_grants_the_points_or_takes_the_question_out_of_the_sum():
    item = item_from_dict(SINGLE)
    two = Decimal(2)

    def points(ruling):
        graded = grade([Line(1, item, two, ruling), Line(2, item, two)], {1: "A", 2: "B"})
        return graded.points, graded.worth, graded.marks[0].reason

    assert points("") == (2, 4, Reason.WRONG)
    assert points(Reason.GRANTED) == (4, 4, Reason.GRANTED)
    assert points(Reason.NOT_COUNTED) == (2, 2, Reason.NOT_COUNTED)


def test_only_a_question_with_the_same_ids_may_judge_old_answers():
    asked = item_from_dict(SINGLE)
    assert same_shape(asked, item_from_dict({**SINGLE, "key": "C"}))
    assert same_shape(asked, item_from_dict({**SINGLE, "options": ["甲", "乙（修正）", "丙"]}))
    assert not same_shape(asked, item_from_dict({**SINGLE, "options": ["甲", "乙"]}))
    assert not same_shape(asked, item_from_dict({"type": "essay", "stem": "哪一项对"}))
