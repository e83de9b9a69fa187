"""Attached documents: what is taken in, what is shown of it, and who may open it."""

import io
import zlib

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from docx import Document as WordDocument
from weasyprint import HTML

from content import operations
from content.documents import DocumentRefused, examined
from content.enums import DocumentKind
from content.models import AnnouncementAudience, AnnouncementPage, Document, LessonPage
from content.pdf_check import PdfFinding
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


def pdf(*objects, trailer=b"<</Root 1 0 R>>"):
    """A PDF of these objects, numbered from 1; without a table of places, which a reader rebuilds."""
    bodies = b"".join(b"%d 0 obj %b endobj\n" % (n, body) for n, body in enumerate(objects, 1))
    return b"%PDF-1.7\n" + bodies + b"trailer" + trailer + b"\n%%EOF\n"


def packed(*objects, keys=b"/Type/ObjStm/Filter/FlateDecode", pack=zlib.compress):
    """The same objects within an object stream."""
    places, body = [], b""
    for n, each in enumerate(objects, 10):
        places.append(b"%d %d" % (n, len(body)))
        body += each + b" "
    head = b" ".join(places) + b" "
    dictionary = b"<<" + keys + b"/N %d/First %d>>" % (len(objects), len(head))
    return pdf(dictionary + b"stream\n" + pack(head + body) + b"\nendstream")


SCRIPT = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"
PAGE = b"<</Type/Page/AA<</O 3 0 R>>>>"
# What is no harm: an outline, a word in an address, a place to open at.
HARMLESS = (
    b"<</First 3 0 R/N 2>>",
    b"<</S/URI/URI(https://example.org/JavaScript/Launch/ 5 0 obj)>>",
    b"<</Type/Catalog/OpenAction[3 0 R/Fit]>>",
)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (pdf(b"<</Type/Catalog/OpenAction 2 0 R>>", SCRIPT), PdfFinding.ACTIVE),
        (pdf(b"<</Type/Page/AA<</O" + SCRIPT + b">>>>"), PdfFinding.ACTIVE),
        (pdf(b"<</S/J#61va#53cript/JS(1)>>"), PdfFinding.ACTIVE),
        (pdf(b"<</S/Launch/F(cmd.exe)>>"), PdfFinding.ACTIVE),
        (pdf(b"<</Names<</EmbeddedFiles 2 0 R>>>>"), PdfFinding.FILES),
        (packed(PAGE, SCRIPT), PdfFinding.ACTIVE),
        (packed(PAGE, SCRIPT, keys=b"/Filter[/FlateDecode]"), PdfFinding.ACTIVE),
        (packed(PAGE, SCRIPT, keys=b"/Type/ObjStm", pack=bytes), PdfFinding.ACTIVE),
        # Its place within a string: a reader goes where the head sends him.
        (pdf(b"<</N 1/First 5>>stream\n10 1 ( " + SCRIPT + b")\nendstream"), PdfFinding.ACTIVE),
        (pdf(b"<</Length 60>>stream\n7%\n0 obj" + SCRIPT + b" endobj endstream"), PdfFinding.ACTIVE),
        (pdf(b"<</T(3 0 obj" + SCRIPT + b")>>"), PdfFinding.ACTIVE),
        (packed(PAGE, keys=b"/Filter/ASCIIHexDecode"), PdfFinding.UNREADABLE),
        (packed(PAGE, keys=b"/Filter 9 0 R"), PdfFinding.UNREADABLE),
        (packed(PAGE, keys=b"/Filter/FlateDecode/DecodeParms<</Predictor 12>>"), PdfFinding.UNREADABLE),
        (packed(PAGE, pack=lambda body: zlib.compress(body)[:-9]), PdfFinding.UNREADABLE),
        (packed(PAGE, pack=lambda body: zlib.compress(body + bytes(70_000_000))), PdfFinding.UNREADABLE),
        (pdf(b"<<" + b"/K[]" * 800_000 + b">>"), PdfFinding.UNREADABLE),
        (pdf(b"<<>>", trailer=b"<</Root 1 0 R/Encrypt 2 0 R>>"), PdfFinding.ENCRYPTED),
    ],
)  # fmt: skip
def test_a_pdf_that_would_do_something_or_hides_what_it_holds_is_refused(data, found):
    with pytest.raises(DocumentRefused) as refusal:
        examined("通知.pdf", data)

    assert refusal.value.found == found


@pytest.mark.parametrize("data", [pdf(*HARMLESS), packed(*HARMLESS)])
def test_a_pdf_to_be_read_is_taken(data):
    assert examined("通知.pdf", data) == (DocumentKind.PDF, "")


def test_a_pdf_as_programs_write_it_is_taken():
    made = HTML(
        string='<h1>通知</h1><p><a href="https://example.org/JS/JavaScript">甲</a></p>'
    ).write_pdf()

    assert examined("通知.pdf", made) == (DocumentKind.PDF, "")


def test_the_editor_reads_what_is_wrong_with_a_pdf(client, editor):
    client.force_login(editor)
    sent = {
        "title": "通知",
        "file": SimpleUploadedFile("通知.pdf", pdf(b"<</OpenAction" + SCRIPT + b">>")),
    }

    answer = client.post(reverse(Document.snippet_viewset.get_url_name("add")), sent)

    assert "这个 PDF 会自行动作" in answer.content.decode()
    assert not Document.objects.exists()


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


def test_a_word_file_with_more_words_than_a_page_may_have_is_refused(monkeypatch):
    monkeypatch.setattr("content.sanitise._MAX_CHARACTERS", 20)

    with pytest.raises(DocumentRefused):
        examined("长.docx", word("一、总则" * 20))


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
