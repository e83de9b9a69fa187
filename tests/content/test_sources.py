"""Word, HTML and Markdown become lines of text; what is hostile or is not what it says is refused whole."""

import io
import zipfile

import docx
import pytest

from content import importing, operations
from content.articles import Reason
from content.models import Edition
from tests.factories.content import NOW

BODY = ["读书规定", "第一条 为了读书，制定本规定。", "第二条 人人读书。"]


def word(paragraphs=BODY, *, table=None, numbered=()):
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    for text in numbered:
        document.add_paragraph(text, style="List Number")
    if table:
        made = document.add_table(rows=0, cols=len(table[0]))
        for row in table:
            for cell, text in zip(made.add_row().cells, row, strict=True):
                cell.text = text
    stored = io.BytesIO()
    document.save(stored)
    return stored.getvalue()


def zipped(**parts):
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return stored.getvalue()


WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def test_word_document_is_read_paragraph_by_paragraph_and_tables_by_cells():
    source = importing.read_source(word(table=[["事", "人"], ["领读", "王敏"]]), "a.docx")

    lines = [line for line in source.text.split("\n") if line]
    assert lines == [*BODY, "事\t人", "领读\t王敏"]


def test_word_document_is_imported_with_its_articles(db):
    imported = operations.import_policy(word(), source_name="规定.docx", submit=False, now=NOW)

    assert [a.anchor for a in imported.edition.articles.all()] == ["a1", "a2"]
    assert imported.page.title == "读书规定"


def test_numbers_word_makes_itself_are_doubted():
    document = docx.Document(io.BytesIO(word()))
    paragraph = document.add_paragraph("自动编号")
    numbering = paragraph._p.get_or_add_pPr().get_or_add_numPr()
    numbering.get_or_add_numId().val = 1
    stored = io.BytesIO()
    document.save(stored)

    parsed = operations.read_policy(stored.getvalue(), name="a.docx")

    assert Reason.AUTOMATIC_NUMBERS in {remark.reason for remark in parsed.doubts}


def test_html_gives_words_and_no_scripts():
    page = """<!doctype html><html><head><title>x</title><style>p{}</style></head><body onload="steal()">
    <h1>读书规定</h1><script>alert(1)</script><p>第一条 为了<b>读书</b>，制定&#26412;规定。</p>
    <p>第二条 人人读书。<img src=x onerror=alert(1)></p><table><tr><th>事<th>人</tr><tr><td>领读</td><td>王敏</td></tr></table></body></html>"""
    text = importing.read_source(page.encode(), "a.html").text

    assert "第一条 为了读书，制定本规定。" in text
    assert "领读\t王敏" in text
    assert "alert" not in text
    assert "<" not in text


def test_markdown_gives_headings_links_and_tables_as_text():
    text = importing.read_source(
        "# 读书规定\n\n第一条 读[好书](http://x.test/a)。\n\n| 事 | 人 |\n|---|---|\n| 领读 | 王敏 |\n".encode(),
        "a.md",
    ).text

    assert "第一条 读好书。" in text
    assert "领读\t王敏" in text
    assert "---" not in text


def test_gb18030_page_of_html_is_read():
    data = "<html><body><p>第一条 读书。</p><p>第二条 讲书。</p></body></html>".encode("gb18030")

    assert "第二条 讲书。" in importing.read_source(data, "a.htm").text


BOMB = (
    b"<w:document " + WORD.encode() + b"><w:body>" + b"<w:p/>" * 400_000 + b"</w:body></w:document>"
)
ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "读书"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    f"<w:document {WORD}><w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>"
)
OUTSIDE = (
    '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    f"<w:document {WORD}><w:body><w:p><w:r><w:t>&a;</w:t></w:r></w:p></w:body></w:document>"
)
DEEP = f"<w:document {WORD}>" + "<w:sdt>" * 5000 + "</w:sdt>" * 5000 + "</w:document>"

CELLS = (
    f"<w:document {WORD}><w:tbl><w:tr>"
    + "".join(f"<w:tc>{n}</w:tc>" for n in range(100_001))
    + "</w:tr></w:tbl></w:document>"
)


@pytest.mark.parametrize(
    ("data", "name", "refusal"),
    [
        (zipped(word__document_xml=BOMB), "bomb.docx", importing.Excessive),
        (zipped(word__document_xml=ENTITIES), "entities.docx", importing.NotWord),
        (zipped(word__document_xml=OUTSIDE), "outside.docx", importing.NotWord),
        (zipped(word__document_xml=DEEP), "deep.docx", importing.Excessive),
        (zipped(word__document_xml="<w:document"), "torn.docx", importing.NotWord),
        (zipped(other_xml="x"), "other.docx", importing.NotWord),
        (word()[:-200], "cut.docx", importing.NotWord),
        (b"no zip at all" * 9, "fake.docx", importing.NotWord),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "old.doc", importing.OldWord),
        (b"%PDF-1.7\n" + bytes(600), "a.pdf", importing.OldWord),
        (b"{\\rtf1 x}", "a.rtf", importing.OldWord),
        (word([""]), "empty.docx", importing.EmptyFile),
        (b"<html><script>x</script></html>", "empty.html", importing.EmptyFile),
        (zipped(word__document_xml=CELLS), "cells.docx", importing.Excessive),
        (b"<p>x" * 500_000, "tags.html", importing.Excessive),
    ],
)
def test_hostile_or_unfit_file_is_refused_and_nothing_is_stored(db, data, name, refusal):
    with pytest.raises(refusal) as refused:
        operations.import_policy(data, source_name=name, now=NOW)

    assert str(refused.value)
    assert not Edition.objects.exists()


def test_size_an_archive_lies_about_is_not_believed():
    data = bytearray(zipped(word__document_xml=f"<w:document {WORD}/>" + " " * 100_000))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (50).to_bytes(4, "little")

    with pytest.raises(importing.ImportRefused):
        importing.read_source(bytes(data), "liar.docx")


@pytest.mark.parametrize("begun", ["<!--", "</a ", "<![x", "<!x", "<?x", "<", '<a x="'])
def test_page_of_marks_that_never_end_is_read_without_harm(begun):
    read = importing.read_source(f"第一条 读书。{begun * 20_000}".encode(), "open.html").text

    assert read.startswith("第一条 读书。")


def test_words_beside_marks_of_word_and_a_lone_sign_are_kept():
    page = "<p><![if !supportLists]>一、<![endif]>人数<100，共 5 > 3。</p><!-- 注 --><p>二、又 < 三"

    assert importing.read_source(page.encode(), "a.html").text.split() == [
        "一、人数<100，共", "5", ">", "3。", "二、又", "<", "三",
    ]  # fmt: skip


def test_page_nested_a_hundred_thousand_deep_is_read_without_harm():
    text = "<div>" * 100_000 + "第一条 读书。"

    assert importing.read_source(text.encode(), "deep.html").text.strip() == "第一条 读书。"
