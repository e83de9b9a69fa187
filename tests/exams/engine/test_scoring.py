"""What an answer is worth."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.engine import items as it
from exams.engine.drawing import arrange, canonical, shown
from exams.engine.scoring import Line, Reason, grade, score
from exams.engine.text import normalise
from tests.exams.engine.test_items import EXAMPLES


def item(**fields):
    return it.item_from_dict({"stem": "题", **fields})


def fraction(question, answer):
    return score(question, answer).fraction


def multiple(rule, **more):
    return item(
        type="multiple", options=["甲", "乙", "丙", "丁"], key=["A", "B", "C"], rule=rule, **more
    )


@pytest.mark.parametrize(
    ("rule", "answer", "worth"),
    [
        ("exact", ["A", "B", "C"], "1"),
        ("exact", ["C", "B", "A"], "1"),
        ("exact", ["A", "B"], "0"),
        ("half", ["A"], "1/2"),
        ("half", ["A", "B"], "1/2"),
        ("half", ["A", "D"], "0"),
        ("half", ["A", "B", "C", "D"], "0"),
        ("per_option", ["A", "B"], "2/3"),
        ("per_option", ["A", "B", "D"], "0"),
        ("balanced", ["A", "B", "D"], "1/3"),
        ("balanced", ["A", "D"], "0"),
        ("balanced", ["D"], "0"),
    ],
)
def test_multiple_choice_is_marked_by_its_declared_rule(rule, answer, worth):
    assert fraction(multiple(rule), answer) == Fraction(worth)


def test_weights_add_up_and_never_below_nothing():
    question = item(
        type="multiple",
        options=[{"text": "甲", "credit": 0.5}, {"text": "乙", "credit": 0.5}, {"text": "丙", "credit": -1}],
        key="AB",
        rule="weights",
    )  # fmt: skip
    assert fraction(question, ["A"]) == Fraction(1, 2)
    assert fraction(question, ["A", "B", "C"]) == 0


def test_a_wrong_answer_costs_the_penalty_and_a_blank_one_nothing():
    question = item(type="single", options=["甲", "乙"], key="A", penalty=0.25)
    assert fraction(question, "B") == Fraction(-1, 4)
    assert score(question, None).reason == Reason.BLANK
    assert fraction(question, None) == 0
    assert score(question, "B").points(Decimal(2)) == Decimal("-0.50")


def test_an_answer_that_is_none_of_the_options_is_malformed_and_costs_nothing():
    question = item(type="single", options=["甲", "乙"], key="A", penalty=0.25)
    for broken in ("Z", 3, ["A"], {"a": 1}):
        assert score(question, broken).reason == Reason.MALFORMED
        assert fraction(question, broken) == 0


@pytest.mark.parametrize(
    ("given_text", "accepted"),
    [
        ("20大", "二十大"),
        ("第20次", "第二十次"),
        ("2022年", "二〇二二年"),
        ("３万", "30000"),
        ("1 348", "1,348"),
        ("《中国共产党章程》", "中国共产党章程"),
        ("中國共產黨", "中国共产党"),
        (" 为 人民 服务。", "为人民服务"),
        ("ＡＩ", "ai"),
        ("五四运动", "五四运动"),
        ("3.5万", "35000"),
    ],
)
def test_two_wordings_that_mean_the_same_are_the_same(given_text, accepted):
    assert fraction(item(type="fill_in", stem="____", blanks=[accepted]), [given_text]) == 1


@pytest.mark.parametrize(
    ("given_text", "accepted"),
    [
        ("十九大", "二十大"),
        ("五十四运动", "五四运动"),
        ("3.14", "314"),
        ("-5", "5"),
        ("50", "50%"),
        ("党员", "中共党员"),
        ("", "二十大"),
    ],
)
def test_two_wordings_that_differ_stay_different(given_text, accepted):
    assert fraction(item(type="fill_in", stem="____", blanks=[accepted]), [given_text]) == 0


def test_blanks_in_any_order_count_each_text_once():
    question = item(
        type="fill_in", stem="____、____", blanks=[["甲", "乙"], ["甲"]], any_order=True
    )
    assert fraction(question, ["乙", "甲"]) == 1
    assert fraction(question, ["甲", "乙"]) == 1
    assert fraction(question, ["甲", "甲"]) == Fraction(1)
    assert fraction(question, ["乙", "乙"]) == Fraction(1, 2)


def test_a_wildcard_stands_for_any_run():
    question = item(
        type="fill_in", stem="____", blanks=[{"accept": ["*人民*"], "match": "wildcard"}]
    )
    assert fraction(question, ["为人民服务"]) == 1
    assert fraction(question, ["为民服务"]) == 0


def test_numbers_are_right_up_to_the_tolerance_and_no_further():
    question = item(type="numeric", key="86.97", tolerance="0.01", unit="%")
    assert fraction(question, "86.98") == 1
    assert fraction(question, "86.96%") == 1
    assert fraction(question, "86.981") == 0
    assert fraction(question, "约八十") == 0


def test_matching_and_ordering_pay_by_their_rule():
    matching = item(
        type="matching", left=["一", "二"], right=["甲", "乙"], key={"1": "A", "2": "B"}
    )
    assert fraction(matching, {"1": "A", "2": "A"}) == Fraction(1, 2)
    exact = item(type="ordering", options=["甲", "乙", "丙"], key=["C", "A", "B"])
    assert fraction(exact, ["C", "A", "B"]) == 1
    assert fraction(exact, ["C", "B", "A"]) == 0
    place = item(type="ordering", options=["甲", "乙", "丙"], key=["C", "A", "B"], rule="position")
    assert fraction(place, ["C", "B", "A"]) == Fraction(1, 3)
    pairs = item(
        type="ordering", options=["甲", "乙", "丙"], key=["C", "A", "B"], rule="neighbours"
    )
    assert fraction(pairs, ["B", "C", "A"]) == Fraction(1, 2)


def test_key_points_are_found_by_any_of_their_wordings():
    question = item(
        type="short_answer",
        marking="auto",
        key_points=[
            {"text": "党的领导", "any_of": ["党的领导", "党領導"], "weight": 2},
            "人民至上",
        ],
    )
    assert fraction(question, "要坚持党的领导。") == Fraction(2, 3)
    assert fraction(question, "坚持党领导，人民至上") == 1


def test_what_a_person_must_mark_earns_nothing_until_then():
    essay = item(type="essay")
    graded = grade([Line(1, essay, Decimal(10))], {1: "我认为……"})
    assert (graded.settled, graded.points) == (False, Decimal("0.00"))
    marked = grade([Line(1, essay, Decimal(10))], {1: "我认为……"}, {1: Decimal("7.5")})
    assert (marked.settled, marked.points) == (True, Decimal("7.5"))


def test_the_total_is_never_below_nothing():
    question = item(type="true_false", key=True, penalty=1)
    graded = grade([Line(1, question, Decimal(2))], {1: False})
    assert graded.marks[0].points == Decimal("-2.00")
    assert graded.points == 0


def test_points_are_rounded_half_up_to_a_hundredth():
    third = score(multiple("per_option"), ["A"])
    assert third.points(Decimal(1)) == Decimal("0.33")
    assert third.points(Decimal("0.015")) == Decimal("0.01")  # 0.005 goes up


def best_answer(question):
    match question:
        case it.SingleChoice() | it.TrueFalse():
            return question.key
        case it.MultipleChoice():
            return sorted(question.key)
        case it.FillIn():
            return [blank.accept[0].text for blank in question.blanks]
        case it.Numeric():
            return str(question.accept[0].value)
        case it.Matching():
            return dict(question.key)
        case it.Ordering():
            return list(question.key)
        case it.ShortAnswer():
            return "，".join((p.any_of or (p.text,))[0] for p in question.key_points)
        case it.Essay():
            return "文章"
        case it.Case():
            return {part.id: best_answer(part.item) for part in question.parts}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e["type"])
def test_the_key_earns_everything(example):
    question = it.item_from_dict(example)
    outcome = score(question, best_answer(question))
    assert outcome.fraction == 1 or not outcome.settled


_answers = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from("ABCD"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("12Ab"), inner),
    max_leaves=8,
)


@given(st.sampled_from(EXAMPLES), _answers)
def test_no_answer_earns_more_than_all_or_breaks_the_marking(example, answer):
    outcome = score(it.item_from_dict(example), answer)
    assert -1 <= outcome.fraction <= 1
    assert outcome == score(it.item_from_dict(example), answer)


@given(
    st.lists(st.sampled_from("党员群众大会ABC"), min_size=1), st.sampled_from(" 　，。、《》“”·")
)
def test_spaces_and_marks_between_characters_change_nothing(chars, mark):
    assert normalise(mark.join(chars)) == normalise("".join(chars))


def labelled(question, answer, arrangement):
    """The canonical answer as the page would send it."""
    places = {ident: it.LETTERS[n] for n, ident in enumerate(arrangement.options)}
    match question:
        case it.SingleChoice():
            return places[answer]
        case it.MultipleChoice() | it.Ordering():
            return [places[a] for a in answer]
        case it.Matching():
            numbers = {ident: str(n) for n, ident in enumerate(arrangement.left, 1)}
            return {numbers[left]: places[right] for left, right in answer.items()}
        case it.Case():
            return {
                part.id: labelled(part.item, answer[part.id], arrangement.parts[part.id])
                for part in question.parts
            }
        case _:
            return answer


@given(st.sampled_from(EXAMPLES), st.text(max_size=6))
def test_an_answer_finds_back_through_any_shuffle(example, seed):
    question = it.item_from_dict(example)
    arrangement = arrange(question, seed, 1)
    best = best_answer(question)
    assert canonical(question, labelled(question, best, arrangement), arrangement) == best


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e["type"])
def test_what_is_shown_never_depends_on_the_key(example):
    question = it.item_from_dict(example)
    view = str(shown(question, arrange(question, "seed", 1)))
    for word in (
        "key",
        "credit",
        "feedback",
        "explanation",
        "accept",
        "tolerance",
        "rubric",
        "weight",
    ):
        assert word not in view
    if isinstance(question, it.FillIn):
        for blank in question.blanks:
            assert all(wording.text not in view for wording in blank.accept)
