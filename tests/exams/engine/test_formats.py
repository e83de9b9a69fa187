"""Question files: written and read again they are the same; real and hostile ones are answered in words."""

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import openpyxl
import pytest
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Pt
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from exams.engine import formats
from exams.engine import items as it
from exams.engine.formats import base, gift, paperwriting
from exams.engine.formats.base import Collector
from exams.engine.formats.markup import plain_of_html
from exams.engine.known import merged
from exams.engine.scoring import score
from tests.exams.engine.test_items import EXAMPLES

FIXTURES = Path(__file__).resolve().parents[4] / "shared" / "fixtures" / "questions"
there = pytest.mark.skipif(
    not FIXTURES.exists(), reason="the shared fixtures are not on this machine"
)

# Text meant to hurt: marks of every format, Chinese, HTML, mathematics, quotes, brackets.
NASTY = [
    *"~=#{}:\\%*[]<>&\"'/|;_-→＃：（）、。１Aa b%",
    "->", "::", "####", "//", "\\n", "{T}", "<b>x</b>", "<p>", "&lt;", "]]>", "[html]", "$CATEGORY: x", "二十大",
    "ANSWER: A", "答案", "\\(x^2\\)", "一、", "1.", "A.", "%50%", "=%0%", "_x0041_", "=1+1", "é", "𠮷", "[[",
]  # fmt: skip
nasty = (
    st.lists(st.sampled_from(NASTY), min_size=1, max_size=8)
    .map("".join)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: text and not it.blank_numbers(text) and "_" not in text)
)
lines = st.lists(nasty, min_size=1, max_size=3).map("\n".join)
credits = st.sampled_from([None, "0.5", "0.25", "-0.5", "0.3333333", "0.1"])
tags = st.lists(
    nasty.filter(lambda t: ":" not in t and "=" not in t and "：" not in t), max_size=2, unique=True
)


def option(text, feedback, credit=None):
    plain = {"text": text} | ({"feedback": feedback} if feedback else {})
    return plain | ({"credit": credit} if credit else {})


maybe = st.one_of(st.just(""), nasty)
options = st.lists(
    st.builds(option, lines, maybe), min_size=2, max_size=5, unique_by=lambda o: o["text"]
)
single = st.builds(
    lambda stem, found, credit: {
        "type": "single",
        "stem": stem,
        "options": [
            found[0],
            *({**o, **({"credit": credit} if credit else {})} for o in found[1:]),
        ],
        "key": "A",
    },
    lines,
    options,
    credits,
)
multiple = st.builds(
    lambda stem, found: {
        "type": "multiple",
        "stem": stem,
        "options": [{**found[0], "credit": 1}, *({**o, "credit": "-0.5"} for o in found[1:])],
        "key": ["A"],
        "rule": "weights",
    },
    lines,
    options,
)
truth = st.builds(
    lambda stem, key, said: (
        {"type": "true_false", "stem": stem, "key": key}
        | ({"feedback": {"true": said}} if said else {})
    ),
    lines,
    st.booleans(),
    maybe,
)
blank = st.lists(nasty.filter(lambda t: "*" not in t), min_size=1, max_size=3, unique=True)
fill = st.builds(
    lambda a, b, words: {"type": "fill_in", "stem": f"{a}_____{b}", "blanks": [words]},
    nasty,
    nasty,
    blank,
).filter(lambda q: "<" not in q["stem"])
numbers = st.builds(
    lambda stem, value, tolerance: {
        "type": "numeric", "stem": stem, "accept": [{"value": str(value), "tolerance": str(tolerance)}]
    },
    lines,
    st.decimals(-1000, 1000, places=3),
    st.decimals(0, 10, places=2),
)  # fmt: skip
matching = st.builds(
    lambda stem, left, right: {
        "type": "matching", "stem": stem, "pairs": [list(p) for p in zip(left, right, strict=False)],
        "distractors": right[len(left):],
    },
    lines,
    st.lists(nasty, min_size=2, max_size=3, unique=True),
    st.lists(nasty, min_size=3, max_size=4, unique=True),
)  # fmt: skip
ordering = st.builds(
    lambda stem, found, rule: {"type": "ordering", "stem": stem, "sequence": found, "rule": rule},
    lines,
    st.lists(nasty, min_size=2, max_size=4, unique=True),
    st.sampled_from(["exact", "position", "neighbours"]),
)
essay = lines.map(lambda stem: {"type": "essay", "stem": stem})
carried = st.one_of(single, multiple, truth, fill, numbers, matching, ordering, essay)


def record(plain, explanation="", found=(), difficulty=3):
    more = {"explanation": explanation} if explanation else {}
    return it.record_from_dict(
        {
            **plain,
            **more,
            "code": "甲-1",
            "category": "党史/党章",
            "tags": list(found),
            "difficulty": difficulty,
        }
    )


def meant(records):
    """Records with what is only a name or an order of choices left out: ids of matching."""
    out = []
    for each in records:
        plain = it.record_to_dict(each)
        if isinstance(each.item, it.Matching):
            texts = {option["id"]: option["text"] for option in plain.pop("right")}
            plain["key"] = [texts[right] for right in plain["key"].values()]
            plain["choices"] = sorted(texts.values())
        out.append(plain)
    return out


def back(name, records):
    reading = formats.read(name, formats.write(name, records).content)
    assert reading.error_lines == []
    return reading.records


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(carried, maybe, tags, st.integers(1, 5))
@example({"type": "ordering", "stem": "~", "sequence": ["~", "//"], "rule": "exact"}, "", [], 1)
@example(
    {
        "type": "matching",
        "stem": "~",
        "pairs": [["~", "~"], ["%50%", "="]],
        "distractors": ["<b>x</b>"],
    },
    "",
    [],
    1,
)
@pytest.mark.parametrize("name", ["gift", "moodle-xml", "qti"])
def test_a_question_goes_through_a_moodle_format_unchanged(
    name, plain, explanation, found, difficulty
):
    mine = record(plain, explanation, found, difficulty)
    unsayable = plain["type"] in ("fill_in", "matching") and "->" in str(plain)
    if name == "gift" and unsayable and formats.write(name, [mine]).losses:
        return  # GIFT cannot say "->" inside an answer, and says so
    if name == "qti" and plain.get("rule") in ("position", "neighbours"):
        mine = record({**plain, "rule": "exact"}, explanation, found, difficulty)
    assert meant(back(name, [mine])) == meant([mine])
    assert formats.write(name, [mine]).losses == ()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(carried, st.sampled_from(EXAMPLES)), maybe)
@pytest.mark.parametrize("name", ["xlsx", "yaml", "json"])
def test_a_question_goes_through_a_sheet_or_the_exchange_form_unchanged(name, plain, explanation):
    mine = record({k: v for k, v in plain.items() if k != "explanation"}, explanation)
    assert back(name, [mine]) == [mine]


WORDS = st.lists(
    st.sampled_from(list("党员学习制度规定按期民主集中原则“”《》，。%=#~{}\\\\<>&+2 ")),
    min_size=2,
    max_size=9,
).map(lambda chars: "学" + "".join(chars).strip() + "习")
PAPER = st.one_of(
    st.builds(lambda s, o: {"type": "single", "stem": s, "options": o, "key": "B"}, WORDS, st.lists(WORDS, min_size=2, max_size=5, unique=True)),
    st.builds(lambda s, o: {"type": "multiple", "stem": s, "options": o, "key": ["A", "B"]}, WORDS, st.lists(WORDS, min_size=2, max_size=5, unique=True)),
    st.builds(lambda s, k: {"type": "true_false", "stem": s, "key": k}, WORDS, st.booleans()),
    st.builds(lambda s, a: {"type": "fill_in", "stem": f"{s}____{s}____", "blanks": [[a], ["2022", "二〇二二"]]}, WORDS, WORDS.filter(lambda t: "；" not in t)),
    st.builds(lambda s, p: {"type": "short_answer", "stem": s, "key_points": [{"text": p[0], "weight": 2}, *p[1:]]}, WORDS, st.lists(WORDS.filter(lambda t: not t.endswith("。")), min_size=2, max_size=4, unique=True)),
    st.builds(lambda s, a: {"type": "essay", "stem": s, "model_answer": a}, WORDS, WORDS),
    st.builds(lambda s, q: {"type": "ordering", "stem": s, "sequence": q}, WORDS, st.lists(WORDS, min_size=2, max_size=4, unique=True)),
    st.builds(lambda s, p: {"type": "matching", "stem": s, "pairs": [[p[0], p[1]], [p[2], p[3]]]}, WORDS, st.lists(WORDS, min_size=4, max_size=4, unique=True)),
    st.builds(lambda s, v: {"type": "numeric", "stem": s, "key": str(v), "tolerance": "0.5", "unit": "%"}, WORDS, st.decimals(0, 99, places=2)),
    st.builds(lambda s, e: {"type": "numeric", "stem": s, "accept": [{"from": "3.13", "to": "3.15", "open": e}]}, WORDS, st.sampled_from(("from", "to", "both"))),
)  # fmt: skip


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(PAPER, st.booleans()), min_size=1, max_size=4))
@pytest.mark.parametrize("name", ["text", "docx"])
def test_a_paper_written_is_the_paper_read(name, plains):
    mine = [record(plain, "解析在此" if explained else "") for plain, explained in plains]
    mine = [replace(each, code=f"甲-{n}") for n, each in enumerate(mine)]
    assert back(name, mine) == mine
    assert formats.write(name, mine).losses == ()


@pytest.mark.parametrize("name", ["text", "docx"])
def test_a_paper_of_more_than_a_hundred_sections_is_written_and_read(name):
    plains = [
        {"type": "true_false", "stem": f"判断{n}", "key": True} if n % 2
        else {"type": "single", "stem": f"单选{n}", "options": ["甲", "乙"], "key": "A"}
        for n in range(120)
    ]  # fmt: skip
    records = [it.record_from_dict(plain) for plain in plains]

    written = formats.write(name, records)

    read = [entry.record.item for entry in formats.read(name, written.content).entries]
    assert read == [record.item for record in records]
    assert written.losses == ()


def test_a_section_of_more_than_9999_questions_is_read_back():
    plain = {"type": "true_false", "stem": "正确", "key": True}
    records = [it.record_from_dict({**plain, "stem": f"第{n}句正确"}) for n in range(10_001)]

    assert formats.write("text", records).losses == ()


@pytest.mark.parametrize("name", ["text", "docx"])
def test_a_paper_too_large_to_be_read_again_says_so_once(name, monkeypatch):
    monkeypatch.setattr(base, "MOST_QUESTIONS", 2)
    plain = {"type": "true_false", "stem": "正确", "key": True}
    records = [it.record_from_dict({**plain, "stem": f"第{n}句正确"}) for n in range(3)]

    losses = formats.write(name, records).losses

    assert [(note.place.kind, note.code) for note in losses] == [("file", "too_many_questions")]


def test_a_word_paper_is_what_the_library_would_write_without_its_search_for_every_place(
    monkeypatch,
):
    plains = [
        {
            "type": "single",
            "stem": " 首<&>\"'\u2011 格 \t尾 ",
            "options": [" 甲 ", "乙"],
            "key": "B",
        },
        {"type": "true_false", "stem": "一\n\n 二", "key": True},
    ]
    records = [it.record_from_dict(plain) for plain in plains]
    document = docx.Document()
    for kind, text in paperwriting.lines_of(records):
        for line in text.split("\n"):
            paragraph = document.add_paragraph()
            run = paragraph.add_run(line)
            paragraph.paragraph_format.space_after = Pt(2)
            if kind == "heading":
                run.bold = True
                paragraph.paragraph_format.space_before = Pt(10)
            elif kind == "option":
                paragraph.paragraph_format.left_indent = Pt(22)
    wanted = io.BytesIO()
    document.save(wanted)
    searches = []
    search = BaseOxmlElement.first_child_found_in
    monkeypatch.setattr(
        BaseOxmlElement, "first_child_found_in",
        lambda self, *names: searches.append(names) or search(self, *names),
    )  # fmt: skip

    written = formats.write("docx", records).content
    few = len(searches)
    formats.write("docx", records * 20)

    def inside(content):
        return zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml")

    assert inside(written) == inside(wanted.getvalue())
    assert few
    assert len(searches) == 2 * few


def test_what_a_format_cannot_carry_is_named_and_never_dropped_silently():
    mine = [replace(record(e), code=f"X{n}") for n, e in enumerate(EXAMPLES)]
    for name in formats.FORMATS:
        writing = formats.write(name, mine)
        reading = formats.read(name, writing.content)
        named = {str(note.place) for note in writing.losses}
        same = {each.code: each for each in reading.records}
        for each in mine:
            known = each.code in same and meant([same[each.code]]) == meant([each])
            assert known or f"question {each.code}" in named, (name, each)


PAPER_TEXT = """2026 年测试题

一、单项选择题（每题2分，共4分）
1．党的根本宗旨是（  ）。
A．全心全意为人民服务　　B．实事求是
C．独立自主　　　　　D．群众路线
答案：A
解析：见总纲。
难度：易
2、最高领导机关是（ Ｂ ）
A. 政治局
B. 全国代表大会
二、多选题
1. “四风”有：
A、形式主义
B、官僚主义
C、享乐主义
正确答案：A、B、C
三、判断题
1. 预备期为一年。（√）
2. 可以不按期换届。（ ）
答案：错误
四、填空题
1. 中国共产党于____年在____成立。
答案：1921；上海/上海、嘉兴
五、简答题
1. 简述“三会一课”。
参考答案：
1. 支部党员大会（2分）
2. 党课（3分）
六、案例分析题
1. 某支部一年未开会。
（1）违反了什么？
A. 组织生活制度 B. 财务制度
答案：A
（2）如何整改？
答案：①补开；②健全制度。
"""


def test_a_chinese_paper_is_read_with_its_variants():
    reading = formats.read("auto", PAPER_TEXT.encode("gb18030"), "题库.txt")
    assert reading.error_lines == []
    items = [each.item for each in reading.records]
    assert [item.type for item in items] == [
        "single", "single", "multiple", "true_false", "true_false", "fill_in", "short_answer", "case"
    ]  # fmt: skip
    assert [option.text for option in items[0].options] == [
        "全心全意为人民服务",
        "实事求是",
        "独立自主",
        "群众路线",
    ]
    assert items[0].explanation == "见总纲。"
    assert items[1].key == "B"
    assert items[2].key == {"A", "B", "C"}
    assert (items[3].key, items[4].key) == (True, False)
    assert [[a.text for a in blank.accept] for blank in items[5].blanks] == [
        ["1921"],
        ["上海", "上海、嘉兴"],
    ]
    assert [(p.text, p.weight) for p in items[6].key_points] == [("支部党员大会", 2), ("党课", 3)]
    assert [part.item.type for part in items[7].parts] == ["single", "short_answer"]
    assert reading.records[0].difficulty == 1
    assert [entry.points for entry in reading.entries[:2]] == [2, 2]
    assert "2026 年测试题" in str(reading.notes[0])


def test_the_key_at_the_end_of_a_paper_finds_its_questions():
    paper = "\n".join(
        ["一、单选题", "1. 甲？", "A. 一 B. 二", "2. 乙？", "A. 一 B. 二", "二、多选题", "1. 丙？", "A. 一 B. 二 C. 三",
         "三、判断题", "1. 天蓝。", "2. 海红。", "参考答案", "一、单选题", "1-2 AB", "二、多选题 1. ABC",
         "三、判断题：1.√ 2.×"]
    )  # fmt: skip
    items = [each.item for each in formats.read("text", paper.encode()).records]
    assert [getattr(i, "key", None) for i in items] == ["A", "B", {"A", "B", "C"}, True, False]


@there
def test_every_example_of_moodles_own_gift_file_is_read():
    content = (FIXTURES / "gift" / "moodle-examples.gift.txt").read_bytes()
    assert formats.detect(content, "x.txt") == "gift"
    reading = formats.read("auto", content)
    assert reading.error_lines == []
    kinds = [each.item.type for each in reading.records]
    assert {kind: kinds.count(kind) for kind in sorted(set(kinds))} == {
        "fill_in": 9, "matching": 3, "multiple": 2, "numeric": 8, "single": 16, "true_false": 5
    }  # fmt: skip
    assert back("gift", reading.records) == reading.records
    assert [r.item for r in back("moodle-xml", reading.records)] == [
        r.item for r in reading.records
    ]


def test_moodle_xml_reports_by_name_what_it_leaves_out():
    xml = """<?xml version="1.0"?><quiz>
      <question type="category"><category><text>$course$/top/A/B</text></category></question>
      <question type="calculated"><name><text>Sum</text></name><questiontext><text>{a}+{b}</text></questiontext></question>
      <question type="multichoice"><name><text>n</text></name>
       <questiontext format="html"><text><![CDATA[<p>看图 <img src="@@PLUGINFILE@@/a.png" alt="图一"/></p>]]></text>
        <file name="a.png" encoding="base64">aGk=</file></questiontext>
       <penalty>0.3333333</penalty><single>false</single>
       <answer fraction="50"><text>甲</text><feedback><text>对</text></feedback></answer>
       <answer fraction="50"><text>乙</text></answer><answer fraction="-100"><text>丙</text></answer>
       <tags><tag><text>难度:4</text></tag><tag><text>党史</text></tag></tags></question>
      <question type="cloze"><questiontext format="html"><text>首都{1:SHORTANSWER:=北京~%50%北平}，{1:SA:=上海}</text></questiontext></question>
      <question type="cloze"><questiontext><text>a {1:MC:=x~y} b {2:NUMERICAL:=5:0.1}</text></questiontext></question>
      <question type="gapselect"><questiontext><text>[[2]]是[[1]]</text></questiontext>
       <selectoption><text>根本</text><group>1</group></selectoption><selectoption><text>宗旨</text><group>1</group></selectoption>
       <selectoption><text>多余</text><group>1</group></selectoption></question>
      <question type="numerical"><questiontext><text>多长</text></questiontext>
       <answer fraction="100"><text>1.5</text><tolerance>0.01</tolerance></answer>
       <units><unit><multiplier>1</multiplier><unit_name>m</unit_name></unit>
        <unit><multiplier>100</multiplier><unit_name>cm</unit_name></unit></units></question>
      </quiz>"""
    reading = formats.read("auto", xml.encode())
    assert reading.error_lines == []
    said = [str(note) for note in reading.all_notes]
    assert "question 1: a question of the type “calculated: Sum” cannot be represented here" in said
    assert "question 2: the image “a.png” is not taken over" in said
    assert any("penalty for repeated tries" in line for line in said)
    choice, cloze, mixed, gaps, length = reading.records
    assert choice.item.stem == "看图 〔图：图一〕"
    assert (choice.difficulty, choice.tags, choice.category) == (4, ("党史",), ("A", "B"))
    assert choice.item.options[2].credit == -1
    assert cloze.item.stem == "首都[[1]]，[[2]]"
    assert [part.item.type for part in mixed.item.parts] == ["single", "numeric"]
    assert [str(part.weight) for part in mixed.item.parts] == ["1", "2"]
    assert [dict(gaps.item.key)[left.id] for left in gaps.item.left]
    assert length.item.units[0][0] == "cm"


def moodle(kind, text, rest=""):
    return f"""<question type="{kind}"><questiontext format="html"><text><![CDATA[{text}]]></text></questiontext>{rest}</question>"""


def test_gaps_of_several_kinds_go_back_to_moodle_as_they_came():
    text = (
        "甲{1:NUMERICAL:=4:0.5#好~%50%5:0}，乙{2:SHORTANSWER_C:=Berlin\\#1~%50%B*n}，"
        "丙{1:MULTICHOICE:=yes#y~no~%50%maybe}，丁{1:MULTIRESPONSE:%50%p~%50%q~%-100%r}。"
    )
    first = formats.read("moodle-xml", f"<quiz>{moodle('cloze', text)}</quiz>".encode()).records
    assert [part.item.type for part in first[0].item.parts] == [
        "numeric",
        "fill_in",
        "single",
        "multiple",
    ]
    assert meant(back("moodle-xml", first)) == meant(first)


def test_a_case_that_is_more_than_gaps_is_named_when_written_for_moodle():
    parts = [
        {"type": "essay", "stem": "（1）"},
        {"type": "true_false", "stem": "（2）", "key": True},
    ]
    case = {"type": "case", "stem": "读（1）___、（2）___", "parts": parts}
    writing = formats.write("moodle-xml", [it.record_from_dict(case)])
    assert [str(note) for note in writing.losses] == [
        "question 1: a question of the type “case” cannot be written in this format"
    ]


def test_all_or_nothing_of_moodle_earns_nothing_for_a_part():
    answers = "".join(
        f'<answer fraction="{worth}"><text>{text}</text></answer>'
        for text, worth in (("p", 100), ("q", 100), ("r", 0))
    )
    xml = moodle("multichoiceset", "?", answers)
    item = formats.read("moodle-xml", xml.encode()).records[0].item
    assert [score(item, given).fraction for given in (["A", "B"], ["A"], ["A", "B", "C"])] == [
        1,
        0,
        0,
    ]


def test_letter_case_that_matters_is_named_when_written_as_gift():
    blank = {"accept": ["York"], "case_sensitive": True}
    plain = {"type": "fill_in", "stem": "Sun of ____", "blanks": [blank]}
    losses = formats.write("gift", [it.record_from_dict(plain)]).losses
    assert [str(note) for note in losses] == [
        "question 1: this format cannot carry: case_sensitive"
    ]


def test_two_lefts_with_the_only_right_are_read_back_from_the_exchange_form():
    pairs = {"type": "matching", "stem": "?", "pairs": [["cat", "felix"], ["dog", "felix"]]}
    first = [it.record_from_dict(pairs)]
    assert meant(back("json", first)) == meant(first)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_xml_in_utf_16_is_recognised_by_its_content(encoding):
    xml = f'<?xml version="1.0" encoding="UTF-16"?><quiz>{moodle("essay", "何谓宗旨？")}</quiz>'
    mark = "" if encoding == "utf-16" else "\ufeff"
    assert formats.detect((mark + xml).encode(encoding)) == "moodle-xml"
    assert formats.read("auto", (mark + xml).encode(encoding)).records[0].item.stem == "何谓宗旨？"


BOMB = b'<?xml version="1.0"?><!DOCTYPE q [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><quiz>&b;</quiz>'
OUTSIDE = b'<!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz><question type="essay"><questiontext><text>&x;</text></questiontext></question></quiz>'


def zipped(**files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


def workbook_with(rows):
    """A workbook whose sheet holds exactly this XML."""
    stream, plain = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(stream, "w") as archive:
        for name in source.namelist():
            content = re.sub(
                rb"<sheetData ?(/>|></sheetData>)",
                b"<sheetData>%b</sheetData>" % rows,
                source.read(name),
            )
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (workbook_with(b'<row r="1"><c r="A1" t="s"><v>99</v></c></row>'), "auto", "not_this_format"),
        (workbook_with(b"<a></b>"), "auto", "not_this_format"),
        (BOMB, "auto", "unsafe"),
        (OUTSIDE, "auto", "unsafe"),
        (b"<quiz>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</quiz>", "auto", "unsafe"),
        (b"<quiz><question", "auto", "not_this_format"),
        (b"PK\x03\x04rubbish", "auto", "not_this_format"),
        (zipped(**{"..__evil.xml": "x"}), "auto", "unsafe"),
        (zipped(**{"xl__workbook.xml": b"0" * 30_000_000}), "auto", "unsafe"),
        (zipped(**{"xl__workbook.xml": "<x/>"}), "xlsx", "not_this_format"),
        (zipped(**{"word__document.xml": "<x/>"}), "docx", "not_this_format"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "auto", "old_xls"),
        (b"", "auto", "no_questions"),
        (b"\x00\x01", "text", "not_text_file"),
        ("序号,姓名\n1,甲".encode(), "xlsx", "column_missing"),
    ],
    ids=range(15),
)  # fmt: skip
def test_a_hostile_or_foreign_file_is_refused_with_its_reason(content, name, code):
    with pytest.raises(formats.Unreadable) as refusal:
        formats.read(name, content)
    assert refusal.value.note.code == code


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        ("<p>一</p><p>二<br>三</p>", "一\n二\n三"),
        ("x<sup>2</sup>+H<sub>2</sub>O", "x²+H₂O"),
        ("<ul><li>甲</li><li>乙</li></ul>", "• 甲\n• 乙"),
        ("a &lt; b &amp;&nbsp;c", "a < b & c"),
        ("<script>alert(1)</script>好", "好"),
        ("<table><tr><td>一</td><td>二</td></tr></table>", "一 | 二"),
    ],
)
def test_html_becomes_the_text_a_reader_would_see(html, plain):
    assert plain_of_html(html, Collector()) == plain


def test_an_unclosed_brace_does_not_swallow_the_rest():
    reading = gift.read_text("One {=a\n\nTwo {=b}\n\nThree {T}")
    assert [entry.record is not None for entry in reading.entries] == [False, True, True]
    assert str(reading.entries[0].place) == "line 1"


def test_an_empty_line_inside_braces_belongs_to_the_question():
    reading = gift.read_text("One {\n=a\n\n~b\n}\n\nTwo {T}")
    assert [entry.record.item.type for entry in reading.entries] == ["single", "true_false"]


@there
@pytest.mark.parametrize(
    "file", sorted((FIXTURES / "qti_canvas").glob("*.xml")), ids=lambda f: f.stem
)
def test_every_real_qti_1_2_file_is_read_and_what_it_loses_is_named(file):
    reading = formats.read("auto", file.read_bytes(), file.name)
    assert reading.error_lines == []
    kinds = {each.item.type for each in reading.records}
    expected = {
        "choice": {"true_false", "single", "multiple"}, "essay": {"essay"}, "fib": {"fill_in"},
        "matching": {"matching"}, "multiple_answer_canvas": {"multiple"}, "multiple_choice": {"single"},
        "numeric_margin_error": {"numeric"}, "ordering": {"ordering"}, "question_group": {"true_false"},
        "single_fib": {"fill_in"}, "stimulus_with_child_item": {"case"}, "true_false": {"true_false"},
    }  # fmt: skip
    assert kinds == expected[file.stem]


QTI21 = """<?xml version="1.0" encoding="UTF-8"?>
<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="x" title="T" adaptive="false" timeDependent="false">
%s
<itemBody>%s</itemBody>
%s
</assessmentItem>"""
MATCH = '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"/>'
MAP = '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response"/>'


def declared(cardinality, base, correct, mapping=""):
    values = "".join(f"<value>{value}</value>" for value in correct)
    return f"""<responseDeclaration identifier="RESPONSE" cardinality="{cardinality}" baseType="{base}">
      <correctResponse>{values}</correctResponse>{mapping}</responseDeclaration>"""


@pytest.mark.parametrize(
    ("declaration", "body", "processing", "expected"),
    [
        (
            declared("single", "identifier", ["ChoiceB"]),
            '<p>Look</p><choiceInteraction responseIdentifier="RESPONSE" shuffle="false" maxChoices="1"><prompt>What?</prompt><simpleChoice identifier="ChoiceA">No</simpleChoice><simpleChoice identifier="ChoiceB">Yes<feedbackInline identifier="ChoiceB" outcomeIdentifier="F">Good</feedbackInline></simpleChoice><simpleChoice identifier="C">Maybe</simpleChoice></choiceInteraction>',
            MATCH,
            {"type": "single", "stem": "Look\nWhat?", "options": [{"id": "A", "text": "No"}, {"id": "B", "text": "Yes", "feedback": "Good"}, {"id": "C", "text": "Maybe"}], "key": "B"},
        ),
        (
            declared("multiple", "identifier", ["H", "O"], '<mapping lowerBound="0" upperBound="2" defaultValue="-2"><mapEntry mapKey="H" mappedValue="1"/><mapEntry mapKey="O" mappedValue="1"/><mapEntry mapKey="Cl" mappedValue="-1"/></mapping>'),
            '<choiceInteraction responseIdentifier="RESPONSE" maxChoices="0"><prompt>Water?</prompt><simpleChoice identifier="H">H</simpleChoice><simpleChoice identifier="O">O</simpleChoice><simpleChoice identifier="Cl">Cl</simpleChoice></choiceInteraction>',
            MAP,
            {"type": "multiple", "stem": "Water?", "options": [{"id": "A", "text": "H", "credit": "0.5"}, {"id": "B", "text": "O", "credit": "0.5"}, {"id": "C", "text": "Cl", "credit": "-0.5"}], "key": ["A", "B"], "rule": "weights"},
        ),
        (
            declared("single", "string", ["York"], '<mapping defaultValue="0"><mapEntry mapKey="York" mappedValue="1"/><mapEntry mapKey="york" mappedValue="0.5"/></mapping>'),
            '<blockquote><p>sun of <textEntryInteraction responseIdentifier="RESPONSE" expectedLength="15"/>;</p></blockquote>',
            MAP,
            {"type": "fill_in", "stem": "sun of _____;", "blanks": [{"accept": ["York", {"text": "york", "credit": "0.5"}], "case_sensitive": True}], "rule": "per_blank"},
        ),
        (
            declared("single", "identifier", ["Y"]),
            '<p>son of <inlineChoiceInteraction responseIdentifier="RESPONSE" shuffle="false"><inlineChoice identifier="G">Gloucester</inlineChoice><inlineChoice identifier="Y">York</inlineChoice></inlineChoiceInteraction>.</p>',
            MATCH,
            {"type": "single", "stem": "son of _____.", "options": [{"id": "A", "text": "Gloucester"}, {"id": "B", "text": "York"}], "key": "B"},
        ),
        (
            declared("single", "float", ["3.14"]),
            '<p>pi?</p><p><textEntryInteraction responseIdentifier="RESPONSE"/></p>',
            '<responseProcessing><responseCondition><responseIf><equal toleranceMode="absolute" tolerance="0.005 0.005"><variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></equal><setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue></responseIf></responseCondition></responseProcessing>',
            {"type": "numeric", "stem": "pi?", "accept": [{"value": "3.14", "tolerance": "0.005"}]},
        ),
    ],
    ids=["choice", "mapped", "text", "inline", "number"],
)  # fmt: skip
def test_a_qti_2_1_item_is_read(declaration, body, processing, expected):
    reading = formats.read("auto", (QTI21 % (declaration, body, processing)).encode())
    assert reading.error_lines == []
    assert it.item_to_dict(reading.records[0].item) == expected


def test_options_that_are_only_pictures_are_told_apart():
    body = """<choiceInteraction responseIdentifier="RESPONSE" maxChoices="1"><prompt>?</prompt>
      <simpleChoice identifier="A"><img src="img/a.png" alt=""/></simpleChoice>
      <simpleChoice identifier="B"><object type="image/png" data="img/b.png"/></simpleChoice>
    </choiceInteraction>"""
    xml = QTI21 % (declared("single", "identifier", ["B"]), body, MATCH)
    (record,) = formats.read("qti", xml.encode()).records
    assert [o.text for o in record.item.options] == ["〔图：a.png〕", "〔图：b.png〕"]


def test_a_fixed_order_of_moodles_options_is_told():
    xml = """<quiz><question type="multichoice"><questiontext><text>q</text></questiontext>
      <shuffleanswers>0</shuffleanswers><single>true</single><answer fraction="100"><text>a</text></answer>
      <answer fraction="0"><text>b</text></answer></question></quiz>"""
    (note,) = formats.read("moodle-xml", xml.encode()).all_notes
    assert note.code == "shuffle_dropped"


def test_the_format_of_a_gift_question_is_that_of_its_options_and_feedback():
    text = "[plain]问 {=<b>x</b>#<i>好</i> ~[html]<b>y</b>}\n\n[html]问二 {=a &mdash; b ~c &mdash; d####<p>因为</p>}"
    plain, html = formats.read("gift", text.encode()).records
    assert [(o.text, o.feedback) for o in plain.item.options] == [
        ("<b>x</b>", "<i>好</i>"),
        ("y", ""),
    ]
    assert [o.text for o in html.item.options] == ["a — b", "c — d"]
    assert html.item.explanation == "因为"


def test_places_that_stay_and_further_tries_of_qti_are_named():
    xml = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="a" title="a" adaptive="true">
      <responseDeclaration identifier="R" cardinality="single" baseType="identifier">
       <correctResponse><value>A</value></correctResponse></responseDeclaration>
      <itemBody><choiceInteraction responseIdentifier="R" maxChoices="1"><prompt>?</prompt>
       <simpleChoice identifier="A">a</simpleChoice>
       <simpleChoice identifier="B" fixed="true">all</simpleChoice></choiceInteraction></itemBody>
      </assessmentItem>"""
    assert {str(note) for note in formats.read("qti", xml.encode()).all_notes} == {
        "item 1: the field “adaptive” is not used here: true",
        "item 1: the field “fixed” is not used here: true",
    }


def test_gaps_pairs_and_orders_of_qti_are_read_and_a_hot_spot_is_named():
    gap = QTI21 % (
        declared("multiple", "directedPair", ["W G1", "Su G2"]),
        '<gapMatchInteraction responseIdentifier="RESPONSE"><prompt>Fill</prompt><gapText identifier="W" matchMax="1">winter</gapText><gapText identifier="Sp" matchMax="1">spring</gapText><gapText identifier="Su" matchMax="1">summer</gapText><blockquote><p>Now is the <gap identifier="G1"/> made <gap identifier="G2"/></p></blockquote></gapMatchInteraction>',
        MATCH,
    )  # fmt: skip
    item = formats.read("qti", gap.encode()).records[0].item
    right = {option.id: option.text for option in item.right}
    assert [(left.text, right[dict(item.key)[left.id]]) for left in item.left] == [
        ("（1）", "winter"),
        ("（2）", "summer"),
    ]
    assert sorted(right.values()) == ["spring", "summer", "winter"]
    assert "Now is the （1）___ made （2）___" in item.stem
    hot = QTI21 % ("", '<p>where</p><hotspotInteraction responseIdentifier="RESPONSE"/>', "")
    both = zipped(**{"a.xml": gap, "b.xml": hot, "img.png": "x"})
    reading = formats.read("auto", both)
    said = [str(note) for note in reading.all_notes]
    assert len(reading.records) == 1
    assert "item b.xml: a question of the type “hotspot: T” cannot be represented here" in said
    assert "file: the attached file “img.png” is not taken over" in said


@pytest.mark.parametrize("n", range(len(EXAMPLES)))
def test_a_cell_changed_in_the_exported_sheet_changes_the_question(n):
    """Also of a question that needs the column 补充 for what the others do not carry."""
    mine = replace(record(EXAMPLES[n], "原解析"), code="X1", difficulty=4)
    book = openpyxl.load_workbook(io.BytesIO(formats.write("xlsx", [mine]).content))
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    stem, told = heads.index("题干") + 1, heads.index("解析") + 1
    sheet.cell(2, stem).value = f"改过的{sheet.cell(2, stem).value}"
    sheet.cell(2, told).value = "新解析"
    out = io.BytesIO()
    book.save(out)

    (entry,) = formats.read("xlsx", out.getvalue()).entries
    found = entry.record

    assert entry.notes == ()
    assert (found.item.stem, found.item.explanation) == (f"改过的{mine.item.stem}", "新解析")
    assert replace(
        found, item=replace(found.item, stem=mine.item.stem, explanation="原解析")
    ) == mine  # fmt: skip


def resaved(mine, **cells):
    """The entry read from an exported sheet in which these cells were changed by hand."""
    book = openpyxl.load_workbook(io.BytesIO(formats.write("xlsx", [mine]).content))
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    assert sheet.cell(2, heads.index("补充") + 1).value
    for name, value in cells.items():
        sheet.cell(2, heads.index(name) + 1).value = value
    out = io.BytesIO()
    book.save(out)
    (entry,) = formats.read("xlsx", out.getvalue()).entries
    return entry


WITH_FEEDBACK = {
    "type": "single", "stem": "问", "key": "A",
    "options": [{"id": "A", "text": "甲", "feedback": "对了"}, {"id": "B", "text": "乙"}, {"id": "C", "text": "丙"}],
}  # fmt: skip


def test_a_changed_option_or_answer_wins_over_the_addition_which_keeps_its_feedback():
    mine = replace(record(WITH_FEEDBACK), code="X1")
    entry = resaved(mine, 选项B="乙二", 答案="C")
    assert entry.notes == ()
    assert [(o.text, o.feedback) for o in entry.record.item.options] == [
        ("甲", "对了"), ("乙二", ""), ("丙", ""),
    ]  # fmt: skip
    assert (entry.record.item.key, entry.record.code) == ("C", "X1")

    entry = resaved(mine, 选项A="甲改")  # said beside words it was not written for: told
    assert entry.record.item.options[0].feedback == "对了"
    assert [str(note) for note in entry.notes] == [
        "row 2: the cell was changed; of it the column 补充 still says: 甲改: 对了"
    ]


def test_pairs_changed_by_hand_win_over_the_addition():
    mine = record({"type": "matching", "stem": "连", "left": {"1": "甲", "2": "乙"},
                   "right": {"A": "子", "B": "丑"}, "key": {"1": "A", "2": "B"}})  # fmt: skip
    mine = replace(mine, item=replace(mine.item, right=mine.item.right[::-1]))
    entry = resaved(mine, 答案="甲——丑\n乙——子")
    item = entry.record.item
    right, left = ({o.id: o.text for o in options} for options in (item.right, item.left))
    assert [(left[a], right[b]) for a, b in item.key] == [("甲", "丑"), ("乙", "子")]


def test_a_changed_wording_and_true_or_false_win_and_keep_what_is_said_to_them():
    blank = {"accept": ["二十大", {"text": "党大", "credit": "0.5"}], "case_sensitive": True}
    entry = resaved(
        record({"type": "fill_in", "stem": "____", "blanks": [blank]}), 答案="十九大/党大"
    )
    (found,) = entry.record.item.blanks
    assert [(a.text, str(a.credit)) for a in found.accept] == [("十九大", "1"), ("党大", "0.5")]
    assert found.case_sensitive

    said = {"true": "请看第三条。"}
    entry = resaved(record({"type": "true_false", "stem": "问", "key": False, "feedback": said}), 答案="对")  # fmt: skip
    assert (entry.record.item.key, entry.record.item.when_true) == (True, "请看第三条。")


def test_weights_of_options_beside_another_key_are_asked_about():
    options = [{"id": "A", "text": "甲", "credit": 1}, {"id": "B", "text": "乙", "credit": "-0.5"}]
    mine = record({"type": "multiple", "stem": "问", "options": options, "key": ["A"], "rule": "weights"})  # fmt: skip
    entry = resaved(mine, 答案="B")
    assert [note.code for note in entry.errors] == ["addition_differs"]


def test_what_a_format_makes_another_question_is_known_again_when_it_comes_back():
    part = {"type": "single", "stem": "哪一项符合本条的规定？", "options": ["甲", "乙"], "key": "A"}
    mine = replace(record({"type": "case", "stem": "短", "parts": [part]}), code="X1")
    (back,) = formats.read("qti", formats.write("qti", [mine]).content).records
    assert back.item.type == "single"
    assert merged({"X1": mine}, {"X1": back}, "qti") == {"X1": mine}
    other = replace(record({"type": "essay", "stem": "完全不相干的一道题"}), code="X1")
    assert merged({"X1": mine}, {"X1": other}, "qti") == {}
