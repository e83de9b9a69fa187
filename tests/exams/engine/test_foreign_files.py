"""Files as other systems and other people write them: read whole, or what is lost named; never a traceback."""

import io
import time
import zipfile

import docx
import pytest

from exams.engine import formats
from exams.engine import items as it
from exams.engine.formats import Unreadable


def read_one(name: str, text: str | bytes) -> tuple[it.Plain, list[str]]:
    content = text.encode() if isinstance(text, str) else text
    reading = formats.read(name, content)
    assert reading.error_lines == []
    assert len(reading.records) == 1
    return it.record_to_dict(reading.records[0]), [note.code for note in reading.all_notes]


def packed(**files: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), text)
    return stream.getvalue()


# --- QTI 1.2 ------------------------------------------------------------------------------------


def older(kind: str, presentation: str, processing: str, more: str = "") -> str:
    return (
        '<questestinterop><item ident="i" title="T"><itemmetadata><qtimetadata><qtimetadatafield>'
        f"<fieldlabel>question_type</fieldlabel><fieldentry>{kind}</fieldentry></qtimetadatafield>"
        f"</qtimetadata></itemmetadata><presentation>{presentation}</presentation>"
        f"<resprocessing>{processing}</resprocessing>{more}</item></questestinterop>"
    )


def gap(name: str, *labels: tuple[str, str]) -> str:
    inside = "".join(
        f'<response_label ident="{ident}"><material><mattext>{text}</mattext></material></response_label>'
        for ident, text in labels
    )
    return (
        f'<response_lid ident="response_{name}"><material><mattext>{name}</mattext></material>'
        f"<render_choice>{inside}</render_choice></response_lid>"
    )


def worth(name: str, ident: str, points: str) -> str:
    return (
        f'<respcondition><conditionvar><varequal respident="response_{name}">{ident}</varequal>'
        f'</conditionvar><setvar action="Add">{points}</setvar></respcondition>'
    )


def said(ident: str, text: str) -> str:
    return f'<itemfeedback ident="{ident}"><material><mattext>{text}</mattext></material></itemfeedback>'


SENTENCE = "<material><mattext>省会是[city]，简称[short]。</mattext></material>"


def test_gaps_of_canvas_are_blanks_and_not_pairs_that_give_the_key_away():
    text = older(
        "fill_in_multiple_blanks_question",
        SENTENCE
        + gap("city", ("1", "南京"), ("2", "南京市"))
        + gap("short", ("3", "Su"), ("4", "SU")),
        worth("city", "1", "50") + worth("short", "3", "50"),
    )

    plain, _notes = read_one("qti", text)

    assert plain["type"] == "fill_in"
    assert plain["stem"] == "省会是[[1]]，简称[[2]]。"
    assert [blank["accept"] for blank in plain["blanks"]] == [["南京", "南京市"], ["Su"]]


def test_drop_downs_of_canvas_are_parts_with_their_feedback():
    text = older(
        "multiple_dropdowns_question",
        SENTENCE
        + gap("city", ("1", "南京"), ("2", "苏州"))
        + gap("short", ("3", "苏"), ("4", "皖")),
        worth("city", "1", "50") + worth("short", "3", "50"),
        said("general_fb", "见地图") + said("2_fb", "不是省会"),
    )

    plain, notes = read_one("qti", text)

    assert plain["stem"] == "省会是（1）___，简称（2）___。"
    assert plain["explanation"] == "见地图"
    assert [part["key"] for part in plain["parts"]] == ["A", "A"]
    assert plain["parts"][0]["options"][1]["feedback"] == "不是省会"
    assert notes == []


def test_two_options_that_are_no_words_of_truth_stay_options():
    text = older(
        "multiple_choice_question",
        "<material><mattext>?</mattext></material>" + gap("a", ("1", "x"), ("2", "y")),
        worth("a", "1", "100"),
    )

    plain, _notes = read_one("qti", text)

    assert plain["type"] == "single"
    assert [option["text"] for option in plain["options"]] == ["x", "y"]


def test_a_canvas_package_is_read_though_its_settings_are_no_questions():
    question = older(
        "multiple_choice_question",
        "<material><mattext>?</mattext></material>" + gap("a", ("1", "甲"), ("2", "乙")),
        worth("a", "2", "100"),
    )
    manifest = (
        '<manifest><resources><resource type="imsqti_xmlv1p2"><file href="q/q.xml"/></resource>'
        '<resource type="associatedcontent" href="q/meta.xml"><file href="q/meta.xml"/></resource>'
        "</resources></manifest>"
    )

    plain, notes = read_one(
        "qti",
        packed(imsmanifest_xml=manifest, q__q_xml=question, q__meta_xml="<quiz><title/></quiz>"),
    )

    assert plain["key"] == "B"
    assert notes == ["attachment"]


def test_one_broken_item_of_a_package_is_named_beside_those_that_can_be_read():
    item = (
        "<assessmentItem><itemBody><p>?</p><extendedTextInteraction/></itemBody></assessmentItem>"
    )

    reading = formats.read("qti", packed(a_xml=item, b_xml="<assessmentItem><itemBody>"))

    assert len(reading.records) == 1
    assert [str(entry.place) for entry in reading.entries if entry.errors] == ["item b.xml"]


@pytest.mark.parametrize("fault", ["a tag left open", "a declaration run together"])
def test_mending_broken_xml_loses_no_reference(fault):
    text = older(
        "essay_question",
        "<material><mattext>1 &lt; 2 &amp; 3&nbsp;= 3 & 4</mattext></material>"
        '<response_str ident="r"><render_fib/></response_str>',
        "",
    )
    if fault == "a tag left open":
        broken = text.replace("<resprocessing>", "<resprocessing><outcomes>")
    else:
        broken = f'<?xml version="1.0"encoding="UTF-8"?>{text}'

    plain, notes = read_one("qti", broken)

    assert plain["stem"].replace("\xa0", " ") == "1 < 2 & 3 = 3 & 4"
    assert notes == ["mended"]


def test_xml_in_the_chinese_encodings_is_read():
    text = '<?xml version="1.0" encoding="gb2312"?><quiz><question type="essay"><questiontext><text>谈体会</text></questiontext></question></quiz>'

    plain, _notes = read_one("moodle-xml", text.encode("gb2312"))

    assert plain["stem"] == "谈体会"


# --- QTI 2 and 3 --------------------------------------------------------------------------------


def item(declaration: str, body: str, more: str = "") -> str:
    return (
        f'<assessmentItem title="T">{declaration}<itemBody>{body}</itemBody>{more}</assessmentItem>'
    )


KEY_A = (
    '<responseDeclaration identifier="R" cardinality="single" baseType="identifier"><correctResponse>'
    "<value>A</value></correctResponse></responseDeclaration>"
)
TWO = (
    '<choiceInteraction responseIdentifier="R" maxChoices="1"><prompt>?</prompt>'
    '<simpleChoice identifier="A">甲</simpleChoice><simpleChoice identifier="B">乙</simpleChoice></choiceInteraction>'
)


def test_numbers_drawn_anew_for_everybody_are_refused_by_name():
    text = item('<templateDeclaration identifier="x"/>' + KEY_A, TWO)

    with pytest.raises(Unreadable) as refusal:
        formats.read("qti", text.encode())

    assert [note.code for note in refusal.value.notes] == ["not_representable"]


def test_feedback_that_bears_the_name_of_a_choice_is_said_to_who_chose_it():
    feedback = (
        '<modalFeedback identifier="B" outcomeIdentifier="F" showHide="show">不对</modalFeedback>'
    )

    plain, notes = read_one("qti", item(KEY_A, TWO, feedback))

    assert plain["options"][1]["feedback"] == "不对"
    assert notes == []


def test_qti_3_says_the_same_in_other_words():
    text = (
        '<qti-assessment-item title="T"><qti-response-declaration identifier="R" base-type="identifier" cardinality="single">'
        "<qti-correct-response><qti-value>B</qti-value></qti-correct-response></qti-response-declaration>"
        '<qti-item-body><qti-choice-interaction response-identifier="R" max-choices="1"><qti-prompt>?</qti-prompt>'
        '<qti-simple-choice identifier="A">甲</qti-simple-choice><qti-simple-choice identifier="B">乙</qti-simple-choice>'
        "</qti-choice-interaction></qti-item-body></qti-assessment-item>"
    )

    plain, _notes = read_one("qti", text)

    assert (plain["type"], plain["key"]) == ("single", "B")


def test_pairs_of_unequal_worth_and_a_second_try_at_the_key_are_named():
    pairs = (
        '<responseDeclaration identifier="R" cardinality="multiple" baseType="directedPair"><correctResponse>'
        "<value>a x</value><value>b y</value></correctResponse><mapping><mapEntry mapKey='a x' mappedValue='2'/>"
        "<mapEntry mapKey='b y' mappedValue='1'/></mapping></responseDeclaration>"
    )
    sets = "".join(
        "<simpleMatchSet>"
        + "".join(
            f'<simpleAssociableChoice identifier="{c}">{c}</simpleAssociableChoice>' for c in two
        )
        + "</simpleMatchSet>"
        for two in ("ab", "xy")
    )
    body = f'<matchInteraction responseIdentifier="R"><prompt>?</prompt>{sets}</matchInteraction>'

    _plain, notes = read_one("qti", item(pairs, body))

    assert notes == ["scoring_simplified"]


def test_a_formula_keeps_its_powers_and_fractions():
    formula = "<math><msup><mi>x</mi><mn>2</mn></msup><mo>+</mo><mfrac><mn>1</mn><mn>2</mn></mfrac></math>"

    plain, _notes = read_one("qti", item(KEY_A, f"<p>{formula}</p>{TWO}"))

    assert plain["stem"].startswith("x^2+1/2")


# --- GIFT, papers, sheets -----------------------------------------------------------------------


WITHOUT_EMPTY_LINES = """\
// 第一章
::Q1:: 中国共产党成立于哪一年？{=1921 ~1919}
::Q2:: 地球是圆的。{T}
// 下一题没有名称
首都是{=北京}。
谁写的{
  =鲁迅
  ~老舍
}
$CATEGORY: 党史/一大
::Q4:: 论述。{}
一段说明
::Q5:: 多少？{#5:1}

Moodle {~a =b} is a
missing word.
Grant is buried here.{F}

Grant is {~buried =entombed} in his tomb.
He is buried there.{F}
"""


def test_gift_questions_that_no_empty_line_parts_are_told_apart():
    reading = formats.read("gift", WITHOUT_EMPTY_LINES.encode())
    read = [(str(e.place), e.plain.get("type"), e.plain["stem"]) for e in reading.entries]
    assert read == [
        ("line 2", "single", "中国共产党成立于哪一年？"),
        ("line 3", "true_false", "地球是圆的。"),
        ("line 5", "fill_in", "首都是_____。"),
        ("line 6", "single", "谁写的"),
        ("line 11", "essay", "论述。"),
        ("line 13", "numeric", "多少？"),
        # Where the first ends is not clear: both are refused by name, nothing is guessed.
        ("line 15", None, read[6][2]),
        ("line 19", "single", "Grant is _____ in his tomb."),
        ("line 20", "true_false", "He is buried there."),
    ]
    assert reading.error_lines == ["line 15: several “{…}” are only read when each is “{=…}”"]
    assert [str(note) for note in reading.notes] == [
        "line 12: a text without a question was left out: 一段说明"
    ]


def test_gift_blanks_in_neighbouring_lines_stay_one_question_unless_they_are_numbered():
    one = formats.read("gift", "甲{=一}\n乙{=二}".encode())
    assert [len(record.item.blanks) for record in one.records] == [2]
    assert "put an empty line between them" in str(one.notes[0])
    two = formats.read("gift", "1. 甲{=一}\n2. 乙{=二}".encode())
    assert [record.item.stem for record in two.records] == ["1. 甲", "2. 乙"]
    assert two.notes == ()


def test_gift_says_something_to_any_other_number():
    plain, notes = read_one("gift", "Wann?{#1921:1~#Nein}")

    assert plain["accept"] == [{"value": 1921, "tolerance": 1}]
    assert notes == ["feedback_dropped"]


PAPER = """一、多项选择题（每题2分，共4分。多选、少选均不得分）
【多选题】1. 甲（　）
Ａ．一　　Ｂ．二　　Ｃ．三
2（多选）乙
A 一    B 二    C 三
二、判断题（共2分）
（√）1、丙
2、丁
三、填空题（每空1分）
1. ____年__月
四、论述题（20分）
1. 戊
参考答案
一、1-2 AB AC
二、2.×
三、1. 1921；7
四、1. 略
"""


def test_a_paper_with_its_marks_in_other_places_is_read_whole():
    reading = formats.read("text", PAPER.encode())

    assert reading.error_lines == []
    assert [(r.item.type, entry.points) for r, entry in zip(reading.records, reading.entries, strict=True)] == [
        ("multiple", 2), ("multiple", 2), ("true_false", 1), ("true_false", 1), ("fill_in", 2), ("essay", 20),
    ]  # fmt: skip
    multiple = [it.record_to_dict(record) for record in reading.records[:2]]
    assert [(plain["key"], plain["rule"]) for plain in multiple] == [
        (["A", "B"], "exact"),
        (["A", "C"], "exact"),
    ]
    assert [record.item.key for record in reading.records[2:4]] == [True, False]


def test_a_sheet_with_english_headings_and_options_in_one_cell_is_read():
    text = 'Question Type,Question,Options,Correct Answer\nMultiple choice,?,一;二;三,"A,C"\nTrue/False,!,,TRUE\n'

    reading = formats.read("xlsx", text.encode())

    assert [record.item.type for record in reading.records] == ["multiple", "true_false"]


# --- hostile ------------------------------------------------------------------------------------

MANY = 30_000
WHOLE = packed(imsmanifest_xml="<manifest/>" * 400)
BROKEN_STREAM = WHOLE[:45] + b"\xff" * 12 + WHOLE[57:]  # behind the member's header and name
CHOICES = "".join(f'<simpleChoice identifier="o{n}">o</simpleChoice>' for n in range(MANY))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("qti", item("", f'<choiceInteraction responseIdentifier="R">{CHOICES}</choiceInteraction>')),
        ("qti", item("", "<p><textEntryInteraction/>x</p>" * MANY + TWO)),
        ("qti", older("", '<response_str ident="r"/>' * MANY, "")),
        ("gift", "q {\n\n" * MANY),
        ("gift", "q {=a\n\n" * 15_000 + "}"),
        ("text", "一、案例题\n1. q\n" + "".join(f"（{n}）p\n答案：x\n" for n in range(1, MANY))),
        ("text", "1. q\nA. a B. b\n答案\n" + "1-5 " * 100_000),
        ("xlsx", "题干,答案," + ",".join(f"选项{n}" for n in range(MANY)) + "\nq,A" + ",x" * MANY),
        ("moodle-xml", '<question type="essay"><questiontext format="html"><text><![CDATA[' + "<math><mrow>" * MANY + "]]></text></questiontext></question>"),
    ],
    ids=["choices", "entries", "responses", "open braces", "braces that close", "parts", "ranges", "columns", "formula"],
)  # fmt: skip
def test_a_file_made_to_take_long_does_not(name, text):
    start = time.process_time()
    try:
        reading = formats.read(name, text.encode())
    except Unreadable:
        reading = None
    assert time.process_time() - start < 8
    assert reading is None or len(reading.records) <= 1


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("yaml", b"a: &a [x,x,x,x,x,x,x,x,x,x]\n" + b"".join(b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 10)) for n in range(8)) + b"questions: [*i]", "unsafe"),
        ("docx", packed(word__document_xml="<!DOCTYPE d [<!ENTITY x 'y'>]><d/>"), "unsafe"),
        ("xlsx", packed(xl__workbook_xml="<!DOCTYPE d [<!ENTITY x 'y'>]><d/>"), "unsafe"),
        ("qti", BROKEN_STREAM, "syntax"),
    ],
    ids=["aliases", "document type in docx", "document type in xlsx", "broken stream"],
)  # fmt: skip
def test_a_file_made_to_do_harm_is_refused(name, content, code):
    with pytest.raises(Unreadable) as refusal:
        formats.read(name, content)

    assert refusal.value.note.code == code


def test_half_a_surrogate_pair_is_no_text():
    reading = formats.read("json", b'[{"type": "essay", "stem": "\\ud800"}]')

    assert reading.error_lines == ["row 1: stem: holds a control character"]


def word_file(*pieces):
    """A .docx of paragraphs and of tables, given as lists of rows."""
    document = docx.Document()
    for piece in pieces:
        if isinstance(piece, str):
            document.add_paragraph(piece)
            continue
        table = document.add_table(rows=len(piece), cols=len(piece[0]))
        for row, cells in zip(table.rows, piece, strict=True):
            for cell, text in zip(row.cells, cells, strict=True):
                cell.text = text
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def test_a_bank_that_stands_in_a_table_of_a_word_file_is_read_like_a_sheet():
    content = word_file(
        "党建题库",
        [
            ["序号", "题型", "题目", "A", "B", "C", "答案"],
            ["1", "单选题", "首都是", "北京", "上海", "广州", "A"],
            ["2", "多选题", "直辖市有", "北京", "上海", "广州", "AB"],
        ],
        "一、判断题",
        "1. 地球是圆的。",
        "参考答案",
        "1.√",
    )
    reading = formats.read("docx", content)
    assert reading.error_lines == []
    assert [(str(e.place), e.record.item.type) for e in reading.entries] == [
        ("row 表1!2", "single"), ("row 表1!3", "multiple"), ("line 3", "true_false"),
    ]  # fmt: skip
    assert [str(note) for note in reading.notes] == [
        "line 1: this line belongs to no question: 党建题库"
    ]


def test_a_rule_of_a_heading_that_is_none_of_ours_is_named():
    paper = "一、多选题（每题3分，{}）\n1. 甲\nA. 一 B. 二 C. 三\n答案：AB\n"
    odd = formats.read("text", paper.format("少选得1分").encode())
    assert [note.code for note in odd.notes] == ["scoring_simplified"]
    assert "少选得1分" in str(odd.notes[0])
    known = formats.read("text", paper.format("少选不得分").encode())
    assert known.notes == ()


def test_what_a_qti_test_says_beside_its_items_is_named():
    item = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p2" identifier="i" title="t"
      adaptive="false" timeDependent="false"><responseDeclaration identifier="R" cardinality="single"
      baseType="identifier"><correctResponse><value>a</value></correctResponse></responseDeclaration>
      <itemBody><choiceInteraction responseIdentifier="R" maxChoices="1"><prompt>甲</prompt>
      <simpleChoice identifier="a">一</simpleChoice><simpleChoice identifier="b">二</simpleChoice>
      </choiceInteraction></itemBody></assessmentItem>"""
    manifest = """<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"><resources>
      <resource identifier="i" type="imsqti_item_xmlv2p2" href="i.xml"/>
      <resource identifier="t" type="imsqti_test_xmlv2p2" href="test.xml"/></resources></manifest>"""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in (
            ("imsmanifest.xml", manifest),
            ("i.xml", item),
            ("test.xml", "<assessmentTest/>"),
        ):
            archive.writestr(name, text)
    reading = formats.read("qti", stream.getvalue())
    assert len(reading.records) == 1
    assert [str(note) for note in reading.notes] == [
        "file: the field “assessmentTest” is not used here: test.xml"
    ]


def test_an_answer_behind_its_question_is_its_key():
    paper = "一、单选题\n1. 首都？【答案】B\nA. 上海\nB. 北京\n二、判断题\n2. 地球是圆的。 答案：正确\n3. 答案：错误的写法也算答案吗？（错）"
    reading = formats.read("text", paper.encode())
    assert reading.error_lines == []
    assert [r.item.key for r in reading.records] == ["B", True, False]
    assert reading.records[0].item.stem == "首都？"


def test_a_key_behind_its_heading_is_the_papers_and_not_the_last_questions():
    paper = "判断题\n( √ )1、甲。\n（×）2、乙。\n(   )3、丙。\n(   )4、丁。\n答案：3.√ 4.×"
    reading = formats.read("text", paper.encode())
    assert reading.error_lines == []
    assert [r.item.key for r in reading.records] == [True, False, True, False]

    halves = "一、单选题\n1. 问（ ）\nA. 甲\nB. 乙\n2. 问二（ ）\nA. 甲\nB. 乙\n答案：{}\n二、判断题\n1. 丙。（ ）\n答案：√"
    told = formats.read("text", halves.format("B").encode())
    assert [r.item.key for r in told.records] == [
        "B",
        True,
    ]  # the heading below begins a new section


def test_a_worth_for_a_part_is_told_where_wrong_ones_earn_nothing_too():
    paper = "一、多选题（每题3分，少选得1分，多选、错选不得分）\n1. 问（AB）\nA. 甲\nB. 乙\nC. 丙"
    (record,) = (reading := formats.read("text", paper.encode())).records
    assert record.item.rule == "half"
    assert "少选得1分" in str(reading.notes[0])


def test_the_word_before_an_answer_in_ones_own_words_is_no_part_of_it():
    paper = "一、简答题\n1. 简述。\n答案：答：（1）认真学习；（2）贯彻执行。"
    (record,) = formats.read("text", paper.encode()).records
    assert [point.text for point in record.item.key_points] == ["认真学习", "贯彻执行"]
