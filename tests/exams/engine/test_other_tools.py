"""Files of D2L, ILIAS, Blackboard and others, and habits of typists: nothing is keyed another way."""

import io

import openpyxl
import pytest

from exams.engine import formats
from exams.engine import items as it

OLD = '<questestinterop><item ident="i" title="t"><presentation><flow>{shown}</flow></presentation><resprocessing><outcomes><decvar varname="SCORE" maxvalue="10"/></outcomes>{rules}</resprocessing></item></questestinterop>'


def choices(cardinality):
    labels = "".join(
        f'<response_label ident="{n}"><material><mattext>{word}</mattext></material></response_label>'
        for n, word in enumerate(("one", "two", "three"))
    )
    return f'<material><mattext>Which?</mattext></material><response_lid ident="R" rcardinality="{cardinality}"><render_choice>{labels}</render_choice></response_lid>'


def rule(value, points, name="R", *, variable="SCORE", action="Add", test="varequal", more=""):
    equal = f'<{test} respident="{name}">{value}</{test}>'
    return f'<respcondition><conditionvar>{equal}</conditionvar>{more}<setvar varname="{variable}" action="{action}">{points}</setvar></respcondition>'


def unchosen(value, points):
    return f'<respcondition><conditionvar><not><varequal respident="R">{value}</varequal></not></conditionvar><setvar action="Add">{points}</setvar></respcondition>'


def read(content, kind="qti"):
    reading = formats.read(kind, content.encode() if isinstance(content, str) else content)
    assert reading.error_lines == []
    notes = [note.text for note in reading.all_notes]
    return [it.item_to_dict(record.item) for record in reading.records], notes


def key_and_credits(item):
    return item["key"], [option.get("credit", 0) for option in item["options"]]


TRY = '<setvar varname="TRIES" action="Add">1</setvar>'


@pytest.mark.parametrize(
    ("cardinality", "rules", "key", "worths", "noted"),
    [
        ("Multiple", rule(0, 1, variable="D2L_Correct") + rule(1, 1, variable="D2L_Incorrect") + rule(2, 1, variable="D2L_Correct"), ["A", "C"], ["0.5", 0, "0.5"], []),
        ("Multiple", rule(0, 1) + rule(1, 1, action="Subtract") + rule(2, 1), ["A", "C"], ["0.5", "-0.5", "0.5"], []),
        ("Multiple", rule(0, 1) + unchosen(0, 0) + rule(1, 0) + unchosen(1, 1) + rule(2, 1), ["A", "C"], ["0.5", "-0.5", "0.5"], ["the marking rule “not” is read as: weights"]),
        ("Single", rule(1, 0, more=TRY) + rule(2, 1, more=TRY), "C", [0, 0, 0], []),
        ("Single", rule(1, "SCORE.max", action="Set"), "B", [0, 0, 0], []),
        ("Single", '<respcondition><conditionvar><or><varequal respident="R">0</varequal><varequal respident="R">2</varequal></or></conditionvar><setvar>1</setvar></respcondition>', "A", [0, 0, 1], []),
    ],
)  # fmt: skip
def test_points_are_those_of_the_score_and_of_nothing_beside_it(
    cardinality, rules, key, worths, noted
):
    [item], notes = read(OLD.format(shown=choices(cardinality), rules=rules))

    assert (*key_and_credits(item), notes) == (key, worths, noted)


def gap(name):
    return f'<response_str ident="{name}"><render_fib/></response_str>'


WORDS = "<material><mattext>Rome is in </mattext></material>"


def test_gaps_keep_what_a_wording_is_worth_and_a_part_of_a_word_that_suffices():
    shown = WORDS + gap("R")

    [item], notes = read(OLD.format(shown=shown, rules=rule("Italy", 2) + rule("Italia", 1)))
    assert item["blanks"] == [{"accept": ["Italy", {"text": "Italia", "credit": "0.5"}]}]

    [item], more = read(OLD.format(shown=shown, rules=rule("Ital", 1, test="varsubstring")))
    assert item["blanks"] == [{"accept": ["*Ital*"], "match": "wildcard"}]
    assert notes + more == []


def test_gaps_of_unequal_worth_are_named():
    shown = WORDS + gap("R") + WORDS + gap("S")

    _items, notes = read(OLD.format(shown=shown, rules=rule("Italy", 1) + rule("Latium", 3, "S")))

    assert notes == ["the marking rule “1, 3” is read as: per_blank"]


def test_a_gap_of_ilias_that_offers_its_words_is_a_choice_and_a_place_in_an_order_counts():
    offered = '<response_str ident="R"><render_choice><response_label ident="0"><material><mattext>Italy</mattext></material></response_label><response_label ident="1"><material><mattext>Spain</mattext></material></response_label></render_choice></response_str>'
    [item], _notes = read(
        OLD.format(shown=WORDS + offered + WORDS + gap("S"), rules=rule("Italy", 1) + rule("x", 2, "S"))
    )  # fmt: skip
    assert [(part["type"], part["weight"]) for part in item["parts"]] == [
        ("single", 1),
        ("fill_in", 2),
    ]
    assert item["parts"][0]["key"] == "A"

    placed = "".join(
        f'<respcondition><conditionvar><varequal index="{place}" respident="R">{ident}</varequal></conditionvar><setvar action="Add">1</setvar></respcondition>'
        for place, ident in ((0, 2), (1, 0), (2, 1))
    )
    [item], _notes = read(OLD.format(shown=choices("Ordered"), rules=placed))
    texts = {option["id"]: option["text"] for option in item["options"]}
    assert [texts[ident] for ident in item["key"]] == ["three", "one", "two"]
    assert item["rule"] == "position"


def test_the_words_of_blackboard_are_read():
    shown = choices("Single").replace("<mattext>", '<mat_extension><mat_formattedtext type="HTML">')
    shown = shown.replace("</mattext>", "</mat_formattedtext></mat_extension>")

    [item], _notes = read(OLD.format(shown=shown, rules=rule(1, "SCORE.max")))

    assert [item["stem"], *(option["text"] for option in item["options"])] == [
        "Which?",
        "one",
        "two",
        "three",
    ]


@pytest.mark.parametrize("gaps", ["{1:SA:=cat} and {2:REGEXP:=do.*}", "{1:REGEXP:=do.*}"])
def test_a_cloze_gap_of_a_foreign_kind_never_leaves_its_answer_in_the_text(gaps):
    quiz = f"<quiz><question type='cloze'><questiontext><text>{gaps}</text></questiontext></question><question type='truefalse'><questiontext><text>?</text></questiontext><answer fraction='100'><text>true</text></answer></question></quiz>"

    [item], notes = read(quiz, "moodle-xml")

    assert item["type"] == "true_false"
    assert notes == ["a question of the type “cloze: REGEXP” cannot be represented here"]


def test_an_order_of_some_of_the_items_is_named():
    answers = "".join(
        f'<answer fraction="{n}"><text>{w}</text></answer>' for n, w in enumerate("abc", 1)
    )
    quiz = f"<quiz><question type='ordering'><questiontext><text>?</text></questiontext><selecttype>RANDOM</selecttype><selectcount>2</selectcount><gradingtype>ALL_OR_NOTHING</gradingtype>{answers}</question></quiz>"

    assert read(quiz, "moodle-xml")[1] == ["the field “selectcount” is not used here: 2"]


def test_a_character_reference_of_gift_is_the_character():
    [item], _notes = read("[html]Is 1 &lt; 2? {=5 &gt; 4 ~&eacute; ~R&D}", "gift")

    assert item["stem"] == "Is 1 < 2?"
    assert [option["text"] for option in item["options"]] == ["5 > 4", "é", "R&D"]


HEAD = ("题型", "题干", "选项A", "选项B", "选项C", "选项D", "答案")


def sheet(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("kind", "options", "answer", "key"),
    [
        ("单选题", ("上海", "北京", "广州", "武汉"), "北京", "B"),
        ("多选题", ("上海", "北京", "广州", "武汉"), "北京、上海", ["A", "B"]),
        ("单选题", ("上海", "北京", "广州", "武汉"), 2, "B"),
        ("单选题", (1, 2, 3, 4), 4, "D"),
        ("单选题", ("B", "A", "C", "D"), "A", "A"),
        ("单选题", (10, 20, 30, 40), 30, "C"),
    ],
)
def test_an_answer_of_a_sheet_names_a_letter_a_number_or_the_words(kind, options, answer, key):
    [item], _notes = read(sheet(HEAD, (kind, "问", *options, answer)), "xlsx")

    assert item["key"] == key


def test_a_number_that_is_one_option_and_names_another_is_not_guessed():
    reading = formats.read("xlsx", sheet(HEAD, ("单选题", "2+2=", 3, 4, 5, 6, 4)))

    assert reading.error_lines == [
        "row 2: the answer “4” is the option B by its words and D by its number: write the letter"
    ]


def test_options_in_one_cell_may_be_parted_by_the_sign_of_an_examination_site():
    [item], _notes = read(sheet(("题型", "题干", "选项", "答案"), ("单选题", "问", "一$;$二$;$三", "C")), "xlsx")  # fmt: skip

    assert [option["text"] for option in item["options"]] == ["一", "二", "三"]


@pytest.mark.parametrize(
    ("line", "key"), [("答案 A", "A"), ("正确答案　B", "B"), ("答案 A、C", "AC")]
)
def test_the_colon_before_the_letter_may_be_missing_on_a_paper(line, key):
    [item], _notes = read(f"1. 问？\nA. 甲\nB. 乙\nC. 丙\n{line}\n", "text")

    assert "".join(item["key"]) == key


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        (
            ' shuffle="No"',
            ["the fixed order of options is set in the examination, not in the question"],
        ),
        (' shuffle="Yes"', []),
        ("", []),
    ],
)
def test_an_order_of_choices_that_is_said_to_be_fixed_is_told(said, noted):
    shown = choices("Single").replace("<render_choice>", f"<render_choice{said}>")

    _items, notes = read(OLD.format(shown=shown, rules=rule(1, 1)))

    assert notes == noted
