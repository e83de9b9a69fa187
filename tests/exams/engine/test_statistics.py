"""Item and test statistics, against published figures and by their laws."""

import csv
import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.engine.statistics import Tally, analyse, analyse_choices, groups_by_score

LSAT = Path(__file__).resolve().parents[4] / "shared" / "fixtures" / "statistics"


@pytest.mark.skipif(not LSAT.exists(), reason="the shared fixtures are not on this machine")
def test_the_figures_of_lsat_7_are_the_published_ones():
    with (LSAT / "lsat7.csv").open() as file:
        names, *rows = csv.reader(file)
    expected = json.loads((LSAT / "lsat7_expected.json").read_text())["lsat7"]
    found = analyse([[int(cell) for cell in row] for row in rows], names)
    test = found.test
    for ours, theirs in [
        (test.mean, "mean"), (test.sd, "sd"), (test.variance, "var"), (test.skewness, "skew_type3"),
        (test.kurtosis, "kurtosi_type3"), (test.alpha, "alpha_raw"), (test.kr20, "kr20_pop"),
        (test.kr21, "kr21_pop"), (test.sem, "sem"), (test.mean_inter_item_correlation, "average_r"),
    ]:  # fmt: skip
        assert ours == pytest.approx(expected[theirs], rel=1e-9), theirs
    for item, figures in zip(found.items, expected["items"], strict=True):
        assert item.item == figures["item"]
        assert item.facility == pytest.approx(figures["difficulty"])
        assert item.sd == pytest.approx(figures["sd"])
        assert item.point_biserial == pytest.approx(figures["r_total"])
        assert item.corrected_point_biserial == pytest.approx(figures["r_drop"])
        assert item.alpha_if_deleted == pytest.approx(figures["alpha_if_deleted"])


# Patterns of right answers of 1000 persons to section 6 of the Law School Admission Test and how often
# each came: R. D. Bock, M. Lieberman, Psychometrika 35 (1970), table 1.
LSAT6 = {
    "00000": 3, "00001": 6, "00010": 2, "00011": 11, "00100": 1, "00101": 1, "00110": 3, "00111": 4,
    "01000": 1, "01001": 8, "01010": 0, "01011": 16, "01100": 0, "01101": 3, "01110": 2, "01111": 15,
    "10000": 10, "10001": 29, "10010": 14, "10011": 81, "10100": 3, "10101": 28, "10110": 15, "10111": 80,
    "11000": 16, "11001": 56, "11010": 21, "11011": 173, "11100": 11, "11101": 61, "11110": 28, "11111": 298,
}  # fmt: skip


def test_the_figures_of_lsat_6_are_the_published_ones():
    """As the R package ltm prints them for this table, to four places."""
    rows = [[int(cell) for cell in pattern] for pattern, n in LSAT6.items() for _ in range(n)]
    found = analyse(rows, ["1", "2", "3", "4", "5"])
    assert found.test.persons == 1000
    assert [item.facility for item in found.items] == [0.924, 0.709, 0.553, 0.763, 0.870]

    def places(values):
        return [round(value, 4) for value in values]

    assert round(found.test.alpha, 4) == 0.2950
    assert places(i.point_biserial for i in found.items) == [0.3620, 0.5668, 0.6184, 0.5344, 0.4354]
    assert places(i.corrected_point_biserial for i in found.items) == [
        0.1128, 0.1532, 0.1728, 0.1444, 0.1216,
    ]  # fmt: skip
    assert places(i.alpha_if_deleted for i in found.items) == [
        0.2754, 0.2376, 0.2168, 0.2459, 0.2663,
    ]  # fmt: skip


# Ebel & Frisbie's definition worked by hand: 10 persons, groups of 2.7; see the docstring on ties.
TEN = [
    [1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 1, 0],
    [1, 1, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1],
]  # fmt: skip


def test_the_discrimination_index_shares_ties_on_the_border():
    found = analyse(TEN, ["a", "b", "c", "d"])
    # upper: the one with 4, and 1.7 of the two with 3; lower: the one with 0, and 1.7 of the three with 1
    upper = [(1 + 1.7) / 2.7, (1 + 1.7) / 2.7, (1 + 1.7) / 2.7, 1 / 2.7]
    lower = [1.7 / 3 / 2.7, 1.7 / 3 / 2.7, 0, 1.7 / 3 / 2.7]
    for item, high, low in zip(found.items, upper, lower, strict=True):
        assert item.discrimination == pytest.approx(high - low)


def test_the_order_of_the_persons_changes_nothing():
    there, back = analyse(TEN, "abcd"), analyse(TEN[::-1], "abcd")
    assert there == back


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ([], ["a"]),
        ([[1]], ["a"]),
        ([[1], [0]], ["a"]),
        ([[1, 1], [1, 1]], ["a", "b"]),
        ([[None, None], [None, None]], ["a", "b"]),
        ([[1, None], [0, 1], [None, 0]], ["a", "b"]),
        ([[1, 1], [0, 1], [1, 0]], ["a", "b"]),
    ],
)
def test_what_is_not_defined_is_none_and_never_nan(rows, names):
    found = analyse(rows, names)
    values = [getattr(found.test, name) for name in type(found.test).__slots__]
    values += [getattr(item, name) for item in found.items for name in type(item).__slots__]
    assert not [v for v in values if isinstance(v, float) and not math.isfinite(v)]
    if len(names) == 1 or not rows or rows[0] == [1, 1] == rows[-1]:
        assert found.test.alpha is None


def test_one_item_and_no_variance_are_said():
    assert "one_item" in analyse([[1], [0]], ["a"]).test.flags
    assert "no_variance" in analyse([[1, 1], [1, 1]], ["a", "b"]).test.flags
    assert "few_persons" in analyse([[1, 1]], ["a", "b"]).test.flags


matrices = st.integers(2, 6).flatmap(
    lambda k: st.lists(st.lists(st.integers(0, 1), min_size=k, max_size=k), min_size=2, max_size=40)
)


@given(matrices)
def test_alpha_of_right_and_wrong_items_is_kr20_and_correlations_stay_in_bounds(rows):
    found = analyse(rows, [f"i{n}" for n in range(len(rows[0]))])
    assert (
        found.test.alpha == pytest.approx(found.test.kr20) if found.test.kr20 is not None else True
    )
    for item in found.items:
        for r in (item.point_biserial, item.corrected_point_biserial):
            assert r is None or -1 <= r <= 1
        assert item.discrimination is None or -1 <= item.discrimination <= 1


@given(matrices)
def test_the_corrected_correlation_is_pearsons_with_the_rest_of_the_test(rows):
    found = analyse(rows, [f"i{n}" for n in range(len(rows[0]))])
    for index, item in enumerate(found.items):
        mine = [row[index] for row in rows]
        rest = [sum(row) - row[index] for row in rows]
        a, b = sum(mine) / len(mine), sum(rest) / len(rest)
        both = sum((x - a) * (y - b) for x, y in zip(mine, rest, strict=True))
        spread = sum((x - a) ** 2 for x in mine) * sum((y - b) ** 2 for y in rest)
        if spread > 1e-9:
            assert item.corrected_point_biserial == pytest.approx(
                both / math.sqrt(spread), abs=1e-9
            )
        else:
            assert item.corrected_point_biserial is None


def test_a_distractor_table_says_who_chose_what():
    rows = [["A", "B"]] * 20 + [["B", "B"]] * 10 + [["C", None]] * 10
    found = analyse_choices(rows, ["q1", "q2"], ["A", "B"])
    table = {line.option: line for line in found.items[0].options}
    assert {name: line.count for name, line in table.items()} == {"A": 20, "B": 10, "C": 10}
    assert table["A"].is_key
    assert not table["B"].is_key
    assert table["A"].upper == 1.0
    assert table["C"].lower == pytest.approx(10 / 10.8)
    assert table["C"].point_biserial < 0
    assert found.items[1].missing == 10


def test_a_distractor_that_draws_the_best_is_flagged():
    good = [["B", "A", "A", "A"]] * 20
    weak = [["A", "B", "B", "B"]] * 20
    found = analyse_choices(good + weak, ["q1", "q2", "q3", "q4"], ["A"] * 4)
    assert {"negative", "distractor_attracts_the_best"} <= set(found.items[0].flags)


def test_points_need_not_be_whole_and_a_row_must_fit():
    tally = Tally(["a", "b"], [2, 2])
    for row in ([0.1, 0.2], [0.3, 0], [2, 1.5]):
        tally.add(row)
    assert tally.analysis().items[0].facility == pytest.approx(2.4 / 3 / 2)
    assert [persons for _score, persons in tally.analysis().scores] == [2, 1]
    with pytest.raises(ValueError, match="3 scores for 2 items"):
        tally.add([1, 2, 3])
    with pytest.raises(ValueError, match="finite"):
        tally.add([math.inf, 0])


@pytest.mark.parametrize("offset", [0, 1000.25, 1e9, 3e9 + 0.5])
def test_large_scores_that_are_not_whole_give_the_figures_of_small_ones(offset):
    rows = [[a * 0.75, b * 1.25, a + b * 0.5] for a in range(4) for b in (0, 1, 1, 3)]
    small = analyse(rows, "abc", [10, 10, 10])
    large = analyse([[cell + offset for cell in row] for row in rows], "abc", [10, 10, 10])

    assert large.test.alpha == pytest.approx(small.test.alpha, rel=1e-6)
    assert large.test.mean == pytest.approx(small.test.mean + 3 * offset)
    assert large.test.mean_inter_item_correlation == pytest.approx(
        small.test.mean_inter_item_correlation, rel=1e-6
    )
    for one, other in zip(small.items, large.items, strict=True):
        assert other.sd == pytest.approx(one.sd, rel=1e-6)
        assert other.point_biserial == pytest.approx(one.point_biserial, rel=1e-6)
        assert other.alpha_if_deleted == pytest.approx(one.alpha_if_deleted, rel=1e-6, abs=1e-6)


def test_scores_fall_into_bins_that_cover_all():
    bins = groups_by_score([(0.0, 3), (5.0, 2), (10.0, 5)], 10)
    assert sum(persons for _a, _b, persons in bins) == 10
    assert [(a, b) for a, b, _n in bins[:2]] == [(0.0, 1.0), (1.0, 2.0)]
    assert groups_by_score([]) == []
    assert groups_by_score([(4.0, 7)]) == [(4.0, 5.0, 7)]


def test_the_bins_have_round_edges_and_the_best_score_stands_in_the_last_one():
    bins = groups_by_score([(46.0, 1), (73.5, 2), (90.0, 4), (100.0, 3)])
    assert bins[0] == (40.0, 50.0, 1)
    assert bins[-1] == (90.0, 100.0, 7)
    assert len(bins) == 6
    fine = groups_by_score([(0.1, 1), (0.3, 1), (0.4, 1)])
    assert [edge for edge, _b, n in fine if n] == [0.1, 0.3, 0.35]


@given(
    st.lists(
        st.tuples(st.decimals(0, 1000, places=2).map(float), st.integers(1, 9)),
        min_size=1,
        max_size=30,
        unique_by=lambda pair: pair[0],
    )
)
def test_every_candidate_stands_in_one_bin(scores):
    scores.sort()
    bins = groups_by_score(scores)
    assert len(bins) <= 10
    assert sum(persons for _a, _b, persons in bins) == sum(persons for _score, persons in scores)
    assert bins[0][0] <= scores[0][0]
    assert scores[-1][0] <= bins[-1][1]
