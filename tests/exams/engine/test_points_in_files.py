"""Marks in files: read as a suggestion, carried where the format has a place, else named."""

import io
import zipfile
from decimal import Decimal

import openpyxl
import pytest

from exams.engine import formats
from exams.engine.formats import xlsx
from exams.engine.items import InvalidItem, record_from_dict, record_to_dict

SINGLE = {"type": "single", "stem": "党的根本宗旨是什么", "options": ["甲", "乙"], "key": "B"}
CASE = {
    "type": "case",
    "stem": "某支部一年未开会。",
    "parts": [{**SINGLE, "weight": 2}, {"type": "true_false", "stem": "应当整改", "key": True}],
}


@pytest.mark.parametrize("name", ["xlsx", "docx", "text", "moodle-xml", "qti", "yaml", "json"])
@pytest.mark.parametrize("points", ["2", "0.5", "12.25"])
def test_points_come_back_from_formats_that_carry_them(name, points):
    plains = [SINGLE, {"type": "essay", "stem": "谈谈体会\n不少于五百字", "rubric": []}]
    if name != "moodle-xml":
        plains.append(CASE)
    records = [
        record_from_dict({**plain, "code": f"T{n}", "points": points})
        for n, plain in enumerate(plains)
    ]
    written = formats.write(name, records)
    assert "points" not in " ".join(str(note) for note in written.losses)
    back = formats.read(name, written.content).records
    assert [record.points for record in back] == [Decimal(points)] * len(records)
    assert [record.item.stem for record in back] == [record.item.stem for record in records]


@pytest.mark.parametrize("name", ["xlsx", "docx", "text", "moodle-xml", "qti", "yaml", "json"])
def test_where_none_are_suggested_none_are_invented(name):
    written = formats.write(name, [record_from_dict(SINGLE)])
    (record,) = formats.read(name, written.content).records
    assert record.points is None
    assert "points" not in record_to_dict(record)


@pytest.mark.parametrize("name", ["gift", "aiken"])
def test_a_format_without_a_place_for_them_says_so(name):
    records = [record_from_dict({**SINGLE, "points": 2})]
    assert any("points" in note.text for note in formats.write(name, records).losses)
    plain = [record_from_dict(SINGLE)]
    assert not any("points" in note.text for note in formats.write(name, plain).losses)


QTI_ITEM = """<?xml version="1.0" encoding="UTF-8"?>
<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="x" title="T" adaptive="false" timeDependent="false">
<responseDeclaration identifier="RESPONSE" cardinality="single" baseType="identifier"><correctResponse><value>a</value></correctResponse></responseDeclaration>
{outcome}
<itemBody><choiceInteraction responseIdentifier="RESPONSE" maxChoices="1"><prompt>谁？</prompt>
<simpleChoice identifier="a">甲</simpleChoice><simpleChoice identifier="b">乙</simpleChoice></choiceInteraction></itemBody>
<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"/></assessmentItem>"""


def outcome(name, *, normal_maximum="", default=""):
    attribute = f' normalMaximum="{normal_maximum}"' if normal_maximum else ""
    value = f"<defaultValue><value> {default} </value></defaultValue>" if default else ""
    return f'<outcomeDeclaration identifier="{name}" cardinality="single" baseType="float"{attribute}>{value}</outcomeDeclaration>'


@pytest.mark.parametrize(
    ("outcomes", "points"),
    [
        (outcome("SCORE", default="0"), None),
        (outcome("SCORE", normal_maximum="1"), None),
        (outcome("SCORE", normal_maximum="2.5"), Decimal("2.5")),
        (outcome("MAXSCORE", default="3"), 3),
        (outcome("MAXSCORE", normal_maximum="4"), 4),
        (outcome("SCORE", normal_maximum="1") + outcome("MAXSCORE", default="1"), 1),
        (outcome("SCORE", normal_maximum="9") + outcome("MAXSCORE", default="3"), 3),
        (outcome("MAXSCORE", default="many"), None),
    ],
)
def test_the_highest_score_of_a_qti_item_is_what_it_is_worth(outcomes, points):
    raw = QTI_ITEM.replace("{outcome}", outcomes).encode()
    (record,) = formats.read("qti", raw).records
    assert record.points == points


def test_a_qti_item_worth_two_points_gives_two_and_not_one_elsewhere():
    def xml(points):
        written = formats.write("qti", [record_from_dict({**SINGLE, **points})]).content
        with zipfile.ZipFile(io.BytesIO(written)) as package:
            return package.read("items/q00001.xml").decode()

    told = xml({"points": 2})
    assert 'identifier="MAXSCORE"' in told
    assert 'normalMaximum="2"' in told
    # The templates of the standard give one point at most, so this item says itself how it scores.
    assert "rptemplates" not in told
    assert told.index("<match>") < told.index("<product>")
    untold = xml({})
    assert "MAXSCORE" not in untold
    assert "normalMaximum" not in untold
    assert "rptemplates/match_correct" in untold


def test_a_column_of_the_usual_layout_is_read_and_nonsense_in_it_is_named():
    book = openpyxl.Workbook()
    for row in [
        ["题型", "题干", "选项A", "选项B", "答案", "分值"],
        ["单选题", "一", "甲", "乙", "A", "2分"],
        ["单选题", "二", "甲", "乙", "A", 5000],
        ["单选题", "三", "甲", "乙", "A", 0],
        ["单选题", "四", "甲", "乙", "A", None],
    ]:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    reading = xlsx.read(stream.getvalue())
    assert [record.points for record in reading.records] == [2, None, None, None]
    named = [note.text for note in reading.all_notes]
    assert [("5000" in text, "分值" in text) for text in named] == [(True, True), (False, True)]


def test_points_of_a_section_and_of_a_single_question_of_a_paper():
    paper = "一、单选题（每题2分）\n1. 甲？\nA. 一 B. 二\n答案：A\n2.（3分）乙？\nA. 一 B. 二\n答案：B\n"
    reading = formats.read("text", paper.encode())
    assert [record.points for record in reading.records] == [2, 3]


@pytest.mark.parametrize("points", ["0", "-1", "1001", "two", True])
def test_points_that_cannot_be_are_refused_in_the_exchange_form(points):
    with pytest.raises(InvalidItem, match="points"):
        record_from_dict({**SINGLE, "points": points})
