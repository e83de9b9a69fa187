"""Handbooks, collections and reports: read into parts, shown part by part. All samples are written for these tests."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content import operations, queries
from content.articles import Form, NodeKind, Reason, form_of, parse_book
from content.models import Article, PolicyTextPage
from tests.factories.content import NOW

TEXTS = Path(__file__).resolve().parents[2].parent / "shared" / "texts"

HANDBOOK = """
读书班实务手册/晴川市机关读书会编.—晴川:晴川出版社,2026

ISBN 978-0-00-000000-0

目 录

第一章 怎样开班	001
第一节 开班之前.....	001
案例 1 某局的第一个班	004
第二章 怎样评	010
后 记.....020

第一章 怎样开班

开班要想清楚为什么。

第一节 开班之前

一、定人

1. 谁来读,谁来领读,谁来记

领读的人先读一遍。要做到以下几点：
1. 读懂。
2. 讲清。

2. 谁来管

办公室管。

表一 分工

事	人	时间
领读	王敏	周一
(续表)
事	人	时间
记录	李强	周二

二、定书

书由大家定。

案例 1 某局的第一个班

一、缘起

某局要办班。

二、做法

每周一次。

三、成效

人人都读了。

三、定时间

时间由大家定。

附录(有关文件名称)

1. 读书办法

第二章 怎样评

评要公道,不能只看谁读得多,还要看谁把书里的话用到了手头的事情上,这一

点最要紧。

后 记

写给读书的人。
"""

PAPERS = """# 读书文选

# 目 录

前言 (1)
机关读书的三个办法研究
晴川市机关读书会 (3)
怎样让读书不走样
王 敏 (12)

# 前 言

这是一本文选。

# 机关读书的三个办法研究

晴川市机关读书会

## 一、现状

### （一）读得少

人人都忙。

## 二、办法

一起读。
"""

REPORT = """读书班推进会

这次会讲两件事。

一、读什么

读要紧的书。

二、怎么读

一起读。

三、谁来读

人人读。



近年来，我们办了三个班，读了二十本书。

一、办班

办了三个。

二、读书

读了二十本。
"""


def anchors(text, form):
    return [node.anchor for node in parse_book(text, form).nodes]


@pytest.mark.parametrize(
    ("text", "form"),
    [(HANDBOOK, Form.HANDBOOK), (PAPERS, Form.PAPERS), (REPORT, Form.REPORT)],
)
def test_form_is_recognised(text, form):
    assert form_of(text) is form


def test_handbook_gives_chapters_sections_headings_and_cases():
    assert anchors(HANDBOOK, Form.HANDBOOK) == [
        "f1", "c1", "c1-s1", "c1-s1-p1", "c1-s1-p1-n1", "c1-s1-p1-n2", "c1-s1-p2", "c1-s1-e1",
        "c1-s1-e1-p1", "c1-s1-e1-p2", "c1-s1-e1-p3", "c1-s1-p3", "c1-s1-x1", "c2", "f2",
    ]  # fmt: skip


def test_numbering_of_a_case_does_not_disturb_that_of_its_section():
    nodes = {node.anchor: node for node in parse_book(HANDBOOK, Form.HANDBOOK).nodes}

    assert nodes["c1-s1-e1-p2"].heading == "做法"
    assert nodes["c1-s1-e1"].label == "案例1"


def test_numbered_sentences_are_a_list_and_no_headings():
    nodes = {node.anchor: node for node in parse_book(HANDBOOK, Form.HANDBOOK).nodes}

    assert "1. 读懂。" in nodes["c1-s1-p1-n1"].text
    assert nodes["c1-s1-p1-n2"].heading == "谁来管"


def test_long_numbered_heading_is_not_taken_for_a_torn_sentence():
    nodes = {node.anchor: node for node in parse_book(HANDBOOK, Form.HANDBOOK).nodes}

    assert nodes["c1-s1-p1-n1"].heading == "谁来读，谁来领读，谁来记"


def test_table_that_runs_on_is_one_table_with_one_head():
    parsed = parse_book(HANDBOOK, Form.HANDBOOK)
    text = next(n for n in parsed.nodes if n.anchor == "c1-s1-p1-n2").text

    assert text.split("\n")[-3:] == ["事\t人\t时间", "领读\t王敏\t周一", "记录\t李强\t周二"]
    assert Reason.TABLE_CONTINUED in {remark.reason for remark in parsed.report}


def test_title_and_author_are_read_from_the_back_of_the_title_page():
    parsed = parse_book(HANDBOOK, Form.HANDBOOK)

    assert (parsed.title, parsed.issuer) == ("读书班实务手册", "晴川市机关读书会")


def test_lines_of_a_title_page_stay_lines_and_the_preface_after_them_is_prose():
    text = PAPERS.replace(
        "# 目 录\n",
        "统一书号 1234，印张 16，字数 178 千字，读书会出版\n\n责任编辑 林 一\n\n2014\n\n"
        "# 前 言\n\n这一本是从各处报来的几十篇文章里选编而成的，读者从中\n\n能看到一年里的进展。\n\n# 目 录\n",
        1,
    )
    imprint, preface, *_ = parse_book(text, Form.PAPERS).nodes

    assert imprint.text.split("\n")[-3:] == [
        "统一书号 1234，印张 16，字数 178 千字，读书会出版", "责任编辑 林 一", "2014",
    ]  # fmt: skip
    assert "读者从中能看到一年里的进展。" in preface.text


def test_sentence_torn_by_a_page_is_joined_in_a_book_too():
    chapter = next(n for n in parse_book(HANDBOOK, Form.HANDBOOK).nodes if n.anchor == "c2")

    assert chapter.text.endswith("这一点最要紧。")


def test_paper_named_by_the_contents_but_not_there_is_doubted():
    parsed = parse_book(PAPERS, Form.PAPERS)

    assert [n.anchor for n in parsed.nodes] == ["f1", "f2", "t1", "t1-p1", "t1-p1-i1", "t1-p2"]
    missing = [r.before for r in parsed.report if r.reason == Reason.CONTENTS_WITHOUT_TEXT]
    assert len(missing) == 1
    assert missing[0].startswith("怎样让读书不走样")


def test_report_of_two_texts_is_parted_and_the_one_without_title_is_doubted():
    parsed = parse_book(REPORT, Form.REPORT)

    assert [n.anchor for n in parsed.nodes] == [
        "t1",
        "t1-p1",
        "t1-p2",
        "t1-p3",
        "t2",
        "t2-p1",
        "t2-p2",
    ]
    assert next(n for n in parsed.nodes if n.anchor == "t2").text.startswith("近年来")
    assert [r.reason for r in parsed.doubts] == [Reason.TEXT_WITHOUT_TITLE]


LINES = st.sampled_from(
    [*HANDBOOK.splitlines(), *PAPERS.splitlines(), *REPORT.splitlines(), "a\tb", "\t", "12"]
)


@given(st.one_of(st.text(), st.lists(LINES).map("\n".join)), st.sampled_from([*Form][1:]))
@settings(max_examples=300, deadline=None)
def test_any_text_gives_parts_with_anchors_of_their_own(text, form):
    nodes = parse_book(text, form).nodes

    assert len({node.anchor for node in nodes}) == len(nodes)
    known = {node.anchor for node in nodes} | {""}
    assert all(node.parent in known for node in nodes)


@pytest.fixture
def book(db):
    imported = operations.import_policy(
        HANDBOOK.encode(), source_name="book.txt", submit=False, now=NOW
    )
    operations.publish_without_review(imported.page.pk, now=NOW)
    return PolicyTextPage.objects.get(pk=imported.page.pk)


def test_book_shows_its_contents_and_then_one_part(book, client, login, person):
    login(client, person)

    contents = client.get(book.url).content.decode()
    part = client.get(book.url, {"part": "c1-s1-p1-n2"}).content.decode()

    assert "怎样评" in contents
    assert "办公室管" not in contents
    assert "办公室管" in part
    assert "评要公道" not in part
    assert "<td>王敏</td>" in part


def test_unknown_part_shows_the_contents(book, client, login, person):
    login(client, person)

    answer = client.get(book.url, {"part": "x' OR 1"})

    assert answer.status_code == 200
    assert "怎样评" in answer.content.decode()


def test_part_of_a_book_costs_the_same_queries_wherever_it_stands(
    book, person, django_assert_num_queries
):
    queries.book_body(book, person, "c1")  # the person's roles are asked for once
    for anchor in ("c1-s1-p1", "c2"):
        with django_assert_num_queries(4):
            queries.book_body(book, person, anchor)


def test_hit_in_a_book_leads_to_its_part(book, person):
    hit = queries.search(person, "办公室管")[0]

    assert hit.entry.url == f"{book.url}?part=c1-s1-p1-n2#c1-s1-p1-n2"
    assert hit.entry.kind == "book"


def test_book_imported_twice_changes_nothing(book):
    parts = Article.objects.count()

    again = operations.import_policy(
        HANDBOOK.encode(), source_name="other.txt", submit=False, now=NOW
    )

    assert not again.created
    assert Article.objects.count() == parts


# --- the real texts, when they are there --------------------------------------------------------


def _real(number):
    found = sorted(TEXTS.glob(f"{number}*.txt"))
    if not found:
        pytest.skip("the shared texts are not beside the project")
    text = found[0].read_text("utf-8")
    form = form_of(text)
    return form, parse_book(text, form)


def _count(parsed, kind):
    return sum(node.kind == kind for node in parsed.nodes)


def test_real_handbook_of_five_chapters_is_read_whole():
    form, parsed = _real("003")

    assert form is Form.HANDBOOK
    assert _count(parsed, NodeKind.CHAPTER) == 5
    assert _count(parsed, NodeKind.SECTION) == 31
    assert _count(parsed, NodeKind.CASE) == 33
    assert parsed.title
    assert parsed.issuer


def test_real_handbook_of_ten_chapters_has_a_case_in_each():
    form, parsed = _real("004")

    assert form is Form.HANDBOOK
    assert _count(parsed, NodeKind.CHAPTER) == 10
    cases = [node for node in parsed.nodes if node.kind == NodeKind.CASE]
    assert len(cases) == 10
    assert all(node.heading for node in cases)
    assert Reason.NO_TITLE in {remark.reason for remark in parsed.doubts}


def test_real_collection_says_which_papers_are_not_there():
    form, parsed = _real("000")

    assert form is Form.PAPERS
    assert _count(parsed, NodeKind.TEXT) == 1
    assert [_below(parsed, f"t1-p{n}") for n in range(1, 5)] == [2, 3, 4, 3]
    [missing] = [r.before for r in parsed.report if r.reason == Reason.CONTENTS_WITHOUT_TEXT]
    assert missing.startswith("22：")
    assert missing.count("；") == 21
    imprint = parsed.nodes[0].text.split("\n")
    assert "2014" in imprint
    assert len([line for line in imprint if line.startswith("ISBN")]) == 2


def _below(parsed, anchor):
    return sum(node.parent == anchor and node.kind == NodeKind.ITEM for node in parsed.nodes)


def test_real_report_holds_two_texts_of_four_parts():
    form, parsed = _real("001")

    assert form is Form.REPORT
    assert [n.anchor for n in parsed.nodes if n.kind == NodeKind.TEXT] == ["t1", "t2"]
    for text in ("t1", "t2"):
        assert sum(n.parent == text and n.kind == NodeKind.HEADING for n in parsed.nodes) == 4
