"""The parser of policy texts. All samples are written for these tests."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from content.articles import NodeKind, PublicationMark, Reason, RemarkKind, parse
from content.articles.numbering import han_number, numbered

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
REAL_TEXT = SHARED / "texts" / "002_c0f8088965fc94c3.txt"

NOTICE = """
000123

中共晴川市委文件

晴委发[2024] 7 号

中共晴川市委印发《关于办好机关读书
班的意见》的通知

各区党委，
各委、办、局：

市委同意这份意见，现印发给你们。

中共晴川市委

2024年3月5日

（此件公开发布）

关于办好机关读书班的意见

为办好读书班 and 用好图书，提出以下意见。

一、总体要求

（一）读什么。围绕岗位选书，每季度不少于1 200页，由读书小组商定书目，并向全体人员公布，使人人知道自己要读的是哪一本，从

哪里借到。

(二) 怎样读。先自己读，再一起谈。

二、组织保障

（三）谁来办。各机关办公室负责。要求如下：
1.定人。
2．定时。
3、定地方。

（四）谁来评。读的人自己评。
"""

REGULATION = """
晴川市图书借阅规定

（2023年5月1日市议事会议通过 2023年5月20日发布 自2023年7月1日起施行）

目　录
第一章　总则
第二章　借阅

第一章　总则

第一条　为了方便借阅，制定本规定。
第二条（适用范围）　本规定适用于全市图书馆。
社会力量办的图书馆参照执行。

第二章　借阅
第一节　办证

第三条　办理借阅证，需要：
（一）本人申请；
（二）下列材料之一：
1.工作证；
2.学生证。
图书馆应当当日办结。
第三条之一　代办借阅证的，按
第三条规定办理。
第四条　遗失借阅证的，应当补办。
"""


def anchors(text):
    return [node.anchor for node in parse(text).nodes]


def test_title_block_of_a_notice_gives_issuer_number_title_date_and_mark():
    parsed = parse(NOTICE)

    assert parsed.issuer == "中共晴川市委"
    assert parsed.number == "晴委发〔2024〕7号"
    assert parsed.serial == "000123"
    assert parsed.title == "关于办好机关读书班的意见"
    assert parsed.notice_title == "中共晴川市委印发《关于办好机关读书班的意见》的通知"
    assert parsed.issued_on == date(2024, 3, 5)
    assert parsed.mark == PublicationMark.PUBLIC
    assert parsed.notice[0] == "各区党委，各委、办、局："


def test_items_that_run_on_through_the_headings_are_counted_through():
    assert anchors(NOTICE) == [
        "preamble", "p1", "i1", "i2", "p2", "i3", "i3-n1", "i3-n2", "i3-n3", "i4",
    ]  # fmt: skip


def test_items_that_begin_anew_under_each_heading_are_named_after_it():
    text = "关于读书的意见\n一、甲\n（一）子。丑。\n（二）寅。卯。\n二、乙\n（一）辰。巳。\n（二）午。未。"

    assert anchors(text) == ["p1", "p1-i1", "p1-i2", "p2", "p2-i1", "p2-i2"]


def test_run_in_heading_is_parted_from_its_text():
    items = {node.anchor: node for node in parse(NOTICE).nodes}

    assert items["i2"].heading == "怎样读"
    assert items["i2"].text == "先自己读，再一起谈。"
    assert items["i2"].label == "(二)"
    assert items["i2"].parent == "p1"


def test_regulation_gives_articles_paragraphs_and_items():
    assert anchors(REGULATION) == [
        "c1", "a1", "a2", "a2-k2", "c2", "c2-s1",
        "a3", "a3-i1", "a3-i2", "a3-i2-n1", "a3-i2-n2", "a3-k2", "a3-z1", "a4",
    ]  # fmt: skip


def test_regulation_gives_its_three_dates():
    parsed = parse(REGULATION)

    assert parsed.passed_on == date(2023, 5, 1)
    assert parsed.issued_on == date(2023, 5, 20)
    assert parsed.effective_on == date(2023, 7, 1)


def test_article_spoken_of_at_the_start_of_a_line_begins_no_article():
    inserted = next(node for node in parse(REGULATION).nodes if node.anchor == "a3-z1")

    assert inserted.text == "代办借阅证的，按第三条规定办理。"


def test_table_of_contents_is_dropped_and_reported():
    reasons = [remark.reason for remark in parse(REGULATION).report]

    assert Reason.CONTENTS in reasons


def test_sentence_broken_by_a_page_is_joined_and_reported():
    parsed = parse(NOTICE)
    item = next(node for node in parsed.nodes if node.anchor == "i1")

    assert item.text.endswith("从哪里借到。")
    assert any(r.reason == Reason.BROKEN_SENTENCE and "哪里借到" in r.after for r in parsed.report)


def test_heading_broken_by_a_page_is_joined():
    text = "关于读书的意见\n一、突出重点抓住关键打造人人爱读书的好\n\n学习机关\n\n（一）甲。乙。"

    assert parse(text).nodes[0].heading == "突出重点抓住关键打造人人爱读书的好学习机关"


def test_english_and_between_chinese_words_is_mended_and_shown_to_the_editor():
    parsed = parse(NOTICE)

    assert parsed.nodes[0].text == "为办好读书班和用好图书，提出以下意见。"
    assert [r.after for r in parsed.doubts if r.reason == Reason.FOREIGN_AND] == [
        "为办好读书班和用好图书，提出以"
    ]


def test_damaged_digits_are_mended_and_shown_to_the_editor():
    parsed = parse(NOTICE + "\n（五）多少人。不足l00人的，办一个班。")

    assert "不少于1200页" in next(n for n in parsed.nodes if n.anchor == "i1").text
    assert "不足100人的" in parsed.nodes[-1].text
    assert {Reason.SPACED_DIGITS, Reason.LETTER_FOR_DIGIT} <= {r.reason for r in parsed.doubts}


def test_page_number_between_two_halves_of_a_sentence_is_dropped():
    text = "关于读书的意见\n一、总则\n（一）读书。人人都要读书，读书的时候要用心读书，不要一边读书一\n- 12 -\n边说话。"
    parsed = parse(text)

    assert parsed.nodes[-1].text.endswith("不要一边读书一边说话。")
    assert [r.kind for r in parsed.report if r.reason == Reason.PAGE_NUMBER] == [RemarkKind.DROPPED]


QUOTED = """关于读书的意见
一、学规定
{open}一、少开会。
二、写短文。
三、不铺张。{close}
二、用规定
三、查规定
四、改规定
"""


@pytest.mark.parametrize(("open_", "close"), [("“", "”"), ("", "")], ids=["in quotes", "bare"])
def test_quoted_list_with_the_same_numbers_does_not_fool_the_parser(open_, close):
    parsed = parse(QUOTED.format(open=open_, close=close))

    assert [node.anchor for node in parsed.nodes] == ["p1", "p2", "p3", "p4"]
    assert [node.heading for node in parsed.nodes][1:] == ["用规定", "查规定", "改规定"]
    assert "不铺张" in parsed.nodes[0].text


def test_bare_list_inside_an_item_is_doubted_in_the_report():
    parsed = parse(QUOTED.format(open="", close=""))

    assert Reason.LIST_INSIDE in {r.reason for r in parsed.doubts}


def test_list_of_articles_quoted_inside_an_article_stays_its_text():
    text = "读书规定\n第一条 甲。\n第二条 上级规定如下：“\n第一条 子。\n第二条 丑。\n第三条 寅。”\n第三条 丙。\n第四条 丁。"

    parsed = parse(text)
    assert [n.anchor for n in parsed.nodes if n.kind == NodeKind.ARTICLE] == [
        "a1",
        "a2",
        "a3",
        "a4",
    ]
    assert parsed.nodes[-2].text == "丙。"


def test_missing_number_is_doubted_and_the_printed_number_kept():
    parsed = parse("关于读书的意见\n一、甲\n二、乙\n四、丁\n五、戊")

    assert [node.anchor for node in parsed.nodes] == ["p1", "p2", "p4", "p5"]
    assert Reason.NUMBER_SKIPPED in {r.reason for r in parsed.doubts}


def test_repeated_number_gets_an_anchor_of_its_own_and_a_doubt():
    parsed = parse("关于读书的意见\n一、甲\n二、乙\n二、丙\n三、丁")

    assert [node.anchor for node in parsed.nodes] == ["p1", "p2", "p2r2", "p3"]
    assert Reason.NUMBER_REPEATED in {r.reason for r in parsed.doubts}


def test_year_at_the_start_of_a_line_is_no_number():
    assert anchors("关于读书的意见\n一、甲\n2019.我们开始。\n二、乙") == ["p1", "p2"]


def test_signature_and_date_below_the_text_are_no_part_of_its_last_article():
    parsed = parse("关于读书的意见\n一、甲\n（一）子。丑。\n晴川市委\n2026年3月5日")

    assert parsed.nodes[-1].text == "丑。"
    assert parsed.closing == ("晴川市委", "2026年3月5日")
    assert parsed.issued_on == date(2026, 3, 5)


def test_internal_mark_is_recognised():
    assert parse("关于读书的意见\n（此件不公开）\n一、甲").mark == PublicationMark.INTERNAL


def test_text_without_numbers_has_no_numbered_nodes():
    parsed = parse("今天天气很好。\n我们去读书。")

    assert parsed.numbered == ()
    assert Reason.NO_TITLE in {r.reason for r in parsed.doubts}


@pytest.mark.parametrize(
    ("numeral", "value"),
    [("一", 1), ("十", 10), ("十一", 11), ("二十", 20), ("一百零五", 105), ("一百一十", 110),
     ("１２", 12), ("二〇一九", 2019), ("", None), ("甲", None)],
)  # fmt: skip
def test_chinese_numerals(numeral, value):
    assert han_number(numeral) == value


def test_number_zero_begins_nothing():
    assert numbered("0、没有") is None


LINES = st.sampled_from(
    [*NOTICE.splitlines(), *REGULATION.splitlines(), *QUOTED.splitlines(), "“", "”", "，", "12", "附件：表",
     "目录", "第一条 甲", "第二条 乙", "（一）甲；", "1.甲", "(1)甲", "甲 and", "and 乙", "l", "00人，", "第九条规定"]
)  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(LINES).map("\n".join), st.lists(LINES).map("\n\n".join))


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_any_text_is_parsed_without_an_error_and_anchors_are_unique(text):
    nodes = parse(text).nodes

    assert len({node.anchor for node in nodes}) == len(nodes)
    known = {node.anchor for node in nodes} | {""}
    assert all(node.parent in known for node in nodes)


@given(TEXTS)
@example("中共\r中共\r00意见")  # the tail of a title that is itself the tail of another line
@example("目录\r目录\r(1)\r(1)\r(1)")  # a table of contents before a table of contents
@example("#l\n1l1\n甲，\n1l1\n乙")  # a mended letter makes a page number
@settings(max_examples=400, deadline=None)
def test_parsing_the_cleaned_text_again_changes_nothing(text):
    once = parse(text)
    twice = parse(once.as_text())

    assert twice.as_text() == once.as_text()
    assert twice.nodes == once.nodes


@given(st.lists(LINES).map("\n".join))
@settings(max_examples=200, deadline=None)
def test_every_number_that_is_kept_stands_in_the_source(text):
    squeezed = "".join(text.split())
    for node in parse(text).nodes:
        assert node.label in squeezed


@pytest.mark.skipif(not REAL_TEXT.exists(), reason="the shared texts are not beside the project")
def test_real_policy_text_is_read_to_its_last_item():
    parsed = parse(REAL_TEXT.read_text("utf-8"))

    assert parsed.title == "关于加强和改进市级机关党的建设的实施意见"
    assert parsed.number == "沪委发〔2019〕18号"
    assert parsed.issuer == "中共上海市委"
    assert parsed.serial == "001776"
    assert parsed.issued_on == date(2019, 7, 26)
    assert parsed.mark == PublicationMark.PUBLIC
    assert [n.anchor for n in parsed.nodes if n.kind == NodeKind.HEADING] == [
        f"p{n}" for n in range(1, 7)
    ]
    assert [n.anchor for n in parsed.nodes if n.kind == NodeKind.ITEM] == [
        f"i{n}" for n in range(1, 21)
    ]
    assert {n.parent for n in parsed.nodes if n.anchor in ("i15", "i20")} == {"p6"}
    assert sum(r.reason == Reason.BROKEN_SENTENCE for r in parsed.report) == 8
    assert sum(r.reason == Reason.BROKEN_HEADING for r in parsed.report) == 1
    assert all(n.text.endswith("。") for n in parsed.nodes if n.kind == NodeKind.ITEM)


@pytest.mark.slow
@pytest.mark.parametrize("line", ["甲，", "一、甲", "（2019年", "“", "1.甲", "1 234 "])
def test_a_large_hostile_text_takes_seconds_at_most(line):
    parse("关于读书的意见\n一、甲\n" + f"{line}\n" * 60_000 + line * 60_000)


def test_half_width_marks_within_chinese_text_are_made_full_width_and_told_once():
    parsed = parse(
        "晴川市阅读办法\n第一条 读书要联系实际,讲求实效;不求数量:100%的人员(含借调人员)参加,每人3本,"
        "共1,200本,比例为3:2,见晴教(2024)6号.\n第二条 问:为什么读?答: 为了用。"
    )

    first, second = parsed.nodes
    assert first.text == (
        "读书要联系实际，讲求实效；不求数量：100%的人员（含借调人员）参加，每人3本，"
        "共1,200本，比例为3:2，见晴教(2024)6号."
    )
    assert second.text == "问：为什么读？答：为了用。"
    told = [remark for remark in parsed.report if remark.reason is Reason.HALF_WIDTH]
    assert [(r.line, r.kind) for r in told] == [(2, RemarkKind.MENDED)]


@pytest.mark.parametrize(
    "line",
    [
        "1. 中发(2003)17号 中共中央关于印发某某条例的通知，自印发之日起施行，各级机关遵照执行，请结合实际办理",
        "表一 地方机关读书班情况汇总，按季度填写，由读书小组报送，数字以实到人数为准，缺席的另行注明原因",
    ],
)
def test_a_gap_that_parts_two_things_is_not_closed(line):
    parsed = parse(f"晴川市阅读办法\n第一条 有关文件如下。\n{line}。")

    assert line.removeprefix("1. ") in parsed.as_text()
    assert not [r for r in parsed.report if r.reason is Reason.GAP_CLOSED]
