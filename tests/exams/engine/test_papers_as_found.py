"""Papers and files with the oddities real ones have: read as meant, or told by the line."""

import contextlib
import io
import time
import zipfile

import openpyxl
import pytest

from exams.engine import formats
from exams.engine import items as it
from exams.engine.formats import Unreadable


def keys(name: str, text: str | bytes) -> list[object]:
    reading = formats.read(name, text.encode() if isinstance(text, str) else text)
    assert reading.error_lines == []
    return [record.item.key for record in reading.records]


# --- Chinese papers ---------------------------------------------------------------------------------

TWO = "A. 一\nB. 二\n"


@pytest.mark.parametrize(
    ("paper", "key"),
    [
        ("一、单选题\n（ B ）1. 甲\n" + TWO + "（A）2、乙\n" + TWO, ["B", "A"]),
        ("多选题\n（A、B）1. 甲\n" + TWO + "（AB）2. 乙\n" + TWO, [["A", "B"], ["A", "B"]]),
        # An option may begin with a number of its own.
        ("单选题\n1. 甲\n（A）2、3 日\n（B）4、5 日\n答案：B\n", ["B"]),
        ("判断题\n① 甲。 答案：正确\n② 乙。 答案：错误\n", [True, False]),
        ("单选题\n1 甲（ ）\nA 一  B 二\n2 乙（ ）\nA 一\nB 二\n答案：1-2 AB\n", ["A", "B"]),
        ("单选题\n1. 甲（ ）\n" + TWO + "2. 乙（ ）\n" + TWO + "3. 丙\n" + TWO + "答案：1-2 AB\n3.B\n"
         "判断题\n1. 甲（ ）\n2. 乙（ ）\n答案：1.√\n2.×\n", ["A", "B", "B", True, False]),
        ("单选题\n1. 甲（ ）\n" + TWO + "判断题\n2. 乙（ ）\n答案：1.A\n2.×\n", ["A", False]),
        ("1. 甲\n" + TWO + "答案：选B\n2. 乙\n" + TWO + "答案：B. 二\n3. 丙\n" + TWO + "本题答案为：A\n",
         ["B", "B", "A"]),
        ("１、甲\n" + TWO + "［答案］Ａ\n２、乙\n" + TWO + "【正确答案：B】\n", ["A", "B"]),
        ("判断题\n1. 甲。\n答案：×（第三条）\n", [False]),
        ("1. 甲\n" + TWO + "我的答案：B  正确答案：A\n得分：0分\n2. 乙\n" + TWO + "考生答案：B\n正确答案：A\n",
         ["A", "A"]),
    ],
    ids=["before the number", "several before it", "an option with a number", "circles", "a space",
         "a key a section", "a key for all", "in words", "in brackets", "with a reason", "of whoever sat it"],
)  # fmt: skip
def test_numbers_and_keys_stand_where_papers_put_them(paper, key):
    assert [sorted(k) if isinstance(k, frozenset) else k for k in keys("text", paper)] == key


def test_what_an_answer_says_beside_its_letter_explains():
    (record,) = formats.read("text", f"1. 甲\n{TWO}答案：B（见第三条）\n".encode()).records
    assert (record.item.key, record.item.explanation) == ("B", "见第三条")


def test_the_answer_of_a_blank_may_stand_on_its_line():
    (record,) = formats.read("text", "填空题\n1.预备期（____）年。答案：一\n".encode()).records
    plain = it.item_to_dict(record.item)
    assert (plain["stem"], plain["blanks"]) == ("预备期（____）年。", [{"accept": ["一"]}])


def test_a_list_inside_a_stem_with_marks_of_its_own_begins_no_question():
    paper = f"1．甲\n{TWO}答案：A\n2．计划：\n1）稳增长\n2）调结构\n正确的是\n{TWO}答案：B\n"
    first, second = formats.read("text", paper.encode()).records
    assert first.item.stem == "甲"
    assert second.item.stem == "计划：\n1）稳增长\n2）调结构\n正确的是"


def test_a_label_of_no_field_is_no_part_of_the_last_option_and_named():
    reading = formats.read("text", f"1. 甲\n{TWO}出题人：张三\n答案：B\n".encode())
    (record,) = reading.records
    assert record.item.options[1].text == "二"
    assert [str(note) for note in reading.notes] == [
        "line 4: this line belongs to no question: 出题人：张三"
    ]


def test_the_text_of_a_case_behind_its_label_is_no_heading():
    paper = (
        "案例分析题\n阅读材料，回答问题。\n材料：某支部未开会。\n（1）问题？\n答案：没有开会。\n"
    )
    (record,) = formats.read("text", paper.encode()).records
    assert record.item.stem == "阅读材料，回答问题。\n材料：某支部未开会。"
    heading = "材料分析题：共20分\n案例：丙入党一年。\n（1）怎么办？\n答案：讨论。\n"
    (record,) = formats.read("text", heading.encode()).records
    assert record.item.stem == "丙入党一年。"


def test_of_a_heading_s_rule_the_worth_of_a_part_is_named_wherever_it_stands():
    reading = formats.read(
        "text", f"多选题（每题3分，多选、错选不得分，少选得1分）\n1. 甲（AB）\n{TWO}".encode()
    )
    assert "“少选得1分”" in str(reading.notes[0])


@pytest.mark.parametrize(
    "paper",
    [
        "判断题\n1. 甲\n" + "答案：1.A\n" * 40_000 + "A. x\n",
        "判断题\n" + "".join(f"{n}. 甲（ ）\n" for n in range(1, 9000)) + "答案：1.A\n" * 3000 + "A. x\n",
        "判断题\n" + "".join(f"{n}. 甲（ ）\n答案：0.A\n" for n in range(1, 9000)) + "A. x\n",
    ],
    ids=["keys", "keys below many", "a key each"],
)  # fmt: skip
def test_a_paper_full_of_keys_does_not_take_long(paper):
    start = time.process_time()
    with contextlib.suppress(Unreadable):
        formats.read("text", paper.encode())
    assert time.process_time() - start < 8


# --- Aiken, Moodle, tables -----------------------------------------------------------------------------


def test_aiken_in_full_width_is_found_and_its_numbers_and_reasons_are_no_stems():
    wide = "党的最高理想？\nＡ．小康\nＢ．共产主义\nANSWER：Ｂ\n".encode("gb18030")
    assert formats.detect(wide, "x.txt") == "aiken"
    assert keys("aiken", wide) == ["B"]

    text = "1. What?\nA) a\nB) b\nANSWER: A\nReason: because\n2. Who?\nA) a\nB) b\nANSWER: B\n"
    first, second = formats.read("aiken", text.encode()).records
    assert (first.item.stem, first.item.explanation) == ("What?", "because")
    assert second.item.stem == "Who?"
    alone = "1921. What year is it?\nA) a\nB) b\nANSWER: A\n"
    (record,) = formats.read("aiken", alone.encode()).records
    assert record.item.stem == "1921. What year is it?"


def test_an_answer_missing_in_aiken_does_not_join_two_questions():
    reading = formats.read("aiken", b"Q1\nA. a\nB. b\nQ2\nA. c\nB. d\nANSWER: B\n")
    missing, read = reading.entries
    assert missing.error_lines() == ["line 1: no right answer is marked"]
    assert read.record is not None
    assert (str(read.place), read.record.item.stem) == ("line 4", "Q2")


def test_a_weight_of_gift_may_have_a_decimal_comma():
    gift = "Q{~%33,333%a ~%33,333%b ~%33,333%c ~%-33,333%d}\n"
    (record,) = formats.read("gift", gift.encode()).records
    assert [option.text for option in record.item.options] == ["a", "b", "c", "d"]
    assert record.item.key == {"A", "B", "C"}


def test_html_of_moodle_that_stands_in_no_cdata_is_not_lost():
    text = """<quiz><question type="essay"><name><text>E</text></name>
      <questiontext format="html"><text>论述<ol><li>甲</li></ol></text>
      <file name="图.png" encoding="base64">iVBORw0KGgo=</file></questiontext>
      <graderinfo format="html"><text>要点：<b>一</b></text></graderinfo></question></quiz>"""
    (record,) = formats.read("moodle-xml", text.encode()).records
    plain = it.item_to_dict(record.item)
    assert (plain["stem"], plain["model_answer"]) == ("论述\n1. 甲", "要点：一")


def test_a_file_of_moodle_that_the_text_shows_is_named_once():
    text = """<quiz><question type="essay"><name><text>E</text></name><questiontext format="html">
      <text><![CDATA[看<img src="@@PLUGINFILE@@/%E5%9B%BE.png" alt="图">]]></text>
      <file name="图.png" encoding="base64">iVBORw0KGgo=</file></questiontext></question></quiz>"""
    reading = formats.read("moodle-xml", text.encode())
    assert [n.code for n in reading.all_notes if n.code in ("image", "attachment")] == ["image"]


def test_a_table_may_be_parted_by_semicolons_and_name_its_chapter():
    text = '题型;题干;A;B;答案;所属章节\r\n单选;"党;的";甲;乙;A;党章/总纲\r\n'
    (record,) = formats.read("xlsx", text.encode("gb18030")).records
    assert (record.item.stem, record.category) == ("党;的", ("党章", "总纲"))


def test_cells_that_are_numbers_days_and_truth_values_are_words():
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["2026年题库"],
        ["题型", "题干", "选项A", "选项B", "答案"],
        ["单选", "哪年？", 1919, 1921.0, "ｂ"],
        ["判断题", "对吗？", None, None, True],
    ):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    first, second = formats.read("xlsx", stream.getvalue()).records
    assert [option.text for option in first.item.options] == ["1919", "1921"]
    assert (first.item.key, second.item.key) == ("B", True)


ITEM = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="i" title="t"
      adaptive="false" timeDependent="false"><responseDeclaration identifier="R" cardinality="single"
      baseType="identifier"><correctResponse><value>a</value></correctResponse></responseDeclaration>
      <itemBody><choiceInteraction responseIdentifier="R" shuffle="true" maxChoices="1"><prompt>甲</prompt>
      <simpleChoice identifier="a">一</simpleChoice><simpleChoice identifier="b">二</simpleChoice>
      </choiceInteraction></itemBody></assessmentItem>"""


def test_a_package_tells_of_the_item_that_is_missing_and_of_the_one_it_does_not_name():
    named = "".join(
        f'<resource identifier="{name}" type="imsqti_item_xmlv2p1" href="{name}.xml"/>'
        for name in ("i1", "i2")
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("imsmanifest.xml", f"<manifest><resources>{named}</resources></manifest>")
        archive.writestr("i1.xml", ITEM)
        archive.writestr("i3.xml", ITEM)
        archive.writestr("settings.xml", "<settings/>")
    reading = formats.read("qti", stream.getvalue())
    assert len(reading.records) == 1
    assert [str(note) for note in reading.notes] == [
        "file: the package names the file “i2.xml”, which is not in it",
        "file: the file “i3.xml” is not named by the package and was not read",
    ]


def test_what_a_mac_packs_beside_each_file_is_no_question():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("i1.xml", ITEM)
        archive.writestr("__MACOSX/._i1.xml", b"\x00\x05\x16\x07")
    reading = formats.read("qti", stream.getvalue())
    assert (len(reading.records), reading.error_lines, reading.all_notes) == (1, [], [])
