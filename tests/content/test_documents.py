"""Attached documents: what is taken in, what is shown of it, and who may open it."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from docx import Document as WordDocument

from content import operations
from content.documents import DocumentRefused, examined
from content.enums import DocumentKind
from content.models import AnnouncementAudience, AnnouncementPage, Document, LessonPage
from tests.factories.content import NOW, published_lesson
from tests.factories.people import OrgUnitFactory, PersonFactory

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def word(*paragraphs, table=()):
    made = WordDocument()
    for words in paragraphs:
        made.add_paragraph(words)
    if table:
        grid = made.add_table(rows=0, cols=len(table[0]))
        for row in table:
            for cell, words in zip(grid.add_row().cells, row, strict=True):
                cell.text = words
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def stored(data=PDF, name="办法.pdf", title="实施办法"):
    kind, html = examined(name, data)
    return Document.objects.create(
        title=title, file=ContentFile(data, name=name), kind=kind, html=html, size=len(data)
    )


def test_a_word_file_is_shown_as_inert_paragraphs_and_tables():
    data = word("一、总则", "<script>alert(1)</script>", table=[["单位", "人数"], ["甲", "3"]])

    kind, html = examined("通知.DOCX", data)

    assert kind is DocumentKind.WORD
    assert "<p>一、总则</p>" in html
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert '<th scope="col">单位</th>' in html
    assert "<td>3</td>" in html


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.exe", PDF),
        ("a.pdf", b"<html>%%EOF"),
        ("a.pdf", PDF[:-8]),
        ("a.docx", PDF),
        ("a.docx", word("好")[:300]),
        ("a.pdf", b""),
        ("a.html", b"<p>hello</p>"),
    ],
)
def test_what_is_not_what_its_name_says_is_refused(name, data):
    with pytest.raises(DocumentRefused):
        examined(name, data)


def opened(client, document):
    """The status of the document for who is signed in; what is sent is read to its end."""
    answer = client.get(reverse("content:document", args=[document.pk]))
    if answer.streaming:
        assert b"".join(answer.streaming_content)
    return answer.status_code


def lesson_with(document, **fields):
    return published_lesson(body=[("document", {"document": document})], **fields)


def test_a_document_of_a_lesson_opens_for_members_and_for_nobody_else(client, db):
    document = stored()
    page = lesson_with(document)
    address = reverse("content:document", args=[document.pk])

    assert client.get(address).status_code == 302
    client.force_login(PersonFactory())
    shown = client.get(page.url).content.decode()
    answer = client.get(address)

    assert f'src="{address}"' in shown
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("inline")
    assert "no-cache" in answer["Cache-Control"]


def test_one_that_no_published_page_shows_opens_for_editors_alone(client, db, editor):
    document = stored()
    page = lesson_with(document)
    LessonPage.objects.get(pk=page.pk).unpublish()
    client.force_login(PersonFactory())
    assert opened(client, document) == 404
    client.force_login(editor)
    assert opened(client, document) == 200


def test_one_taken_out_of_its_page_is_closed(client, db):
    document = stored()
    page = lesson_with(document)
    page.body = [("paragraph", "<p>没有附件。</p>")]
    page.save_revision()
    operations.publish_without_review(page.pk, now=NOW)
    client.force_login(PersonFactory())

    assert opened(client, document) == 404


def test_one_of_an_announcement_opens_for_those_it_is_for(client, db):
    bureau, school = OrgUnitFactory(), OrgUnitFactory()
    document = stored()
    page = AnnouncementPage(title="附件", live=False, body=[("document", {"document": document})])
    page.audience = [AnnouncementAudience(unit=bureau)]
    operations.ensure_library().add_child(instance=page)
    page.save_revision(clean=False)
    operations.publish_without_review(page.pk, now=NOW)

    for unit, status in ((bureau, 200), (school, 404)):
        client.force_login(PersonFactory(unit=unit))
        assert opened(client, document) == status


def test_an_editor_uploads_one_and_cannot_exchange_it(client, editor):
    client.force_login(editor)
    add = reverse("wagtailsnippets_content_document:add")
    refused = client.post(add, {"title": "表", "file": SimpleUploadedFile("x.xlsx", b"PK\x03\x04")})
    assert "请重新导出" in refused.content.decode()
    assert not Document.objects.exists()

    taken = client.post(add, {"title": "办法", "file": SimpleUploadedFile("x.pdf", PDF)})
    assert taken.status_code == 302
    document = Document.objects.get()
    assert (document.kind, document.size) == (DocumentKind.PDF, len(PDF))
    assert document.uploaded_by == editor

    edit = reverse("wagtailsnippets_content_document:edit", args=[document.pk])
    other = client.post(
        edit, {"title": "办法", "file": SimpleUploadedFile("y.pdf", PDF + b"\n%%EOF")}
    )
    assert "已保存的文档不能更换" in other.content.decode()
