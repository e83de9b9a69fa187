"""The exchange form of questions."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.engine import items as it

EXAMPLES = [
    {"type": "single", "stem": "题", "options": ["甲", "乙", "丙"], "key": "B"},
    {
        "type": "single",
        "stem": "题",
        "options": [{"text": "甲", "credit": 0.5, "feedback": "近了"}, "乙"],
        "key": "B",
        "penalty": 0.25,
    },
    {"type": "multiple", "stem": "题", "options": {"A": "甲", "B": "乙", "C": "丙"}, "key": "AC"},
    {"type": "true_false", "stem": "题", "key": False, "explanation": "解析"},
    {
        "type": "fill_in",
        "stem": "[[1]]年召开[[2]]。",
        "blanks": [["2022"], {"accept": ["二十大", {"text": "大会", "credit": "0.5"}]}],
    },
    {"type": "fill_in", "stem": "____是宗旨。", "blanks": ["为人民服务"], "rule": "exact"},
    {"type": "numeric", "stem": "题", "key": 86.97, "tolerance": 0.01, "unit": "%"},
    {"type": "numeric", "stem": "题", "accept": [{"from": 3.141, "to": 3.142}, {"value": 3, "credit": 0.5}]},
    {"type": "matching", "stem": "题", "pairs": [["北京", "中国"], ["东京", "日本"]], "distractors": ["法国"]},
    {
        "type": "matching",
        "stem": "题",
        "left": ["一", "二"],
        "right": ["甲", "乙", "丙"],
        "key": {"1": "C", "2": "A"},
    },
    {"type": "ordering", "stem": "题", "sequence": ["申请人", "积极分子", "发展对象"], "rule": "position"},
    {"type": "short_answer", "stem": "题", "key_points": [{"text": "甲", "any_of": ["乙"], "weight": 2}, "丙"]},
    {"type": "essay", "stem": "题", "rubric": ["观点", {"text": "论证", "weight": 3}], "min_length": 300},
    {
        "type": "case",
        "stem": "案例",
        "parts": [
            {"type": "true_false", "stem": "问一", "key": True},
            {"id": "b", "weight": 2, "type": "single", "stem": "问二", "options": ["甲", "乙"], "key": "A"},
        ],
    },
]  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e["type"])
def test_an_item_written_out_and_read_again_is_the_same(example):
    item = it.item_from_dict(example)
    plain = it.item_to_dict(item)
    assert it.item_from_dict(plain) == item
    assert it.item_to_dict(it.item_from_dict(plain)) == plain


def test_every_type_has_an_example():
    assert {example["type"] for example in EXAMPLES} == set(it.TYPES)


def test_a_record_keeps_its_bookkeeping():
    record = it.record_from_dict(
        {
            "code": "DZ-001",
            "category": "党章党规 / 党章",
            "difficulty": 2,
            "tags": ["基础"],
            "cites": [{"text": "某发〔2019〕18号", "anchor": "i3"}],
            "valid_from": "2026-01-01",
            **EXAMPLES[0],
        }
    )
    assert record.category == ("党章党规", "党章")
    assert record.valid_from == date(2026, 1, 1)
    assert it.record_from_dict(it.record_to_dict(record)) == record


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"key": "Z"}, "key", "unknown_id"),
        ({"key": None}, "key", "required"),
        ({"stem": "  "}, "stem", "required"),
        ({"options": ["只有一个"]}, "options", "too_few"),
        ({"options": ["甲", ""]}, "options[1].text", "required"),
        ({"options": [{"id": "A", "text": "甲"}, {"id": "A", "text": "乙"}]}, "options[1].id", "duplicate"),
        ({"options": "甲乙"}, "options", "not_list"),
        ({"penalty": 2}, "penalty", "out_of_range"),
        ({"difficulty": 9}, "difficulty", "unknown_field"),
        ({"type": "riddle"}, "type", "not_choice"),
        ({"type": None}, "type", "required"),
        ({"stem": "题\x00"}, "stem", "bad_character"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(changes, field, code):
    with pytest.raises(it.InvalidItem) as refusal:
        it.item_from_dict({**EXAMPLES[0], **changes})
    assert (field, code) in [(p.field, p.code) for p in refusal.value.problems]
    assert field in str(refusal.value)


def test_all_wrong_fields_are_named_at_once():
    with pytest.raises(it.InvalidItem) as refusal:
        it.item_from_dict({"type": "multiple", "stem": "", "options": ["甲", ""], "key": ["C"]})
    assert {p.field for p in refusal.value.problems} == {"stem", "options[1].text", "key"}


def test_a_part_of_a_case_is_named_by_its_path():
    with pytest.raises(it.InvalidItem, match=r"parts\[0\]\.key"):
        it.item_from_dict(
            {"type": "case", "stem": "案例", "parts": [{"type": "true_false", "stem": "问"}]}
        )


def test_blanks_in_the_stem_and_blanks_given_must_agree():
    with pytest.raises(it.InvalidItem, match="the stem marks 2 blanks, 1 are given"):
        it.item_from_dict({"type": "fill_in", "stem": "[[1]]和[[2]]", "blanks": ["甲"]})


@pytest.mark.parametrize("kind", ["sequence", "pairs"])
def test_the_order_in_which_a_setter_wrote_does_not_give_the_key_away(kind):
    texts = [f"第{n}步" for n in range(8)]
    if kind == "sequence":
        item = it.item_from_dict({"type": "ordering", "stem": "题", "sequence": texts})
        assert list(item.key) != sorted(item.key)
    else:
        pairs = [[f"左{n}", text] for n, text in enumerate(texts)]
        item = it.item_from_dict({"type": "matching", "stem": "题", "pairs": pairs})
        assert [right for _, right in item.key] != sorted(right for _, right in item.key)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("１，３４８", Decimal(1348)),
        ("86.97", Decimal("86.97")),
        ("−5", Decimal(-5)),
        (".5", Decimal("0.5")),
        ("1e3", Decimal(1000)),
        ("", None),
        ("十", None),
        ("1,34", None),
        ("nan", None),
        ("1e999", None),
        (True, None),
    ],
)
def test_numbers_are_read_as_people_type_them(text, number):
    assert it.decimal_of(text) == number


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.sampled_from(EXAMPLES), st.dictionaries(
    st.sampled_from(["options", "key", "stem", "blanks", "accept", "pairs", "left", "right", "parts",
                     "sequence", "rubric", "key_points", "rule", "penalty", "tolerance", "type"]),
    _json, max_size=3))  # fmt: skip
def test_whatever_comes_in_is_an_item_or_named_problems(example, changes):
    try:
        item = it.item_from_dict({**example, **changes})
    except it.InvalidItem:
        return
    assert it.item_from_dict(it.item_to_dict(item)) == item
