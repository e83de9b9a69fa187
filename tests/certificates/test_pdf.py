"""The printed page: one page, Chinese embedded, readable by a scanner, the same every time."""

import shutil
import subprocess
from pathlib import Path

import pytest
from weasyprint.urls import FatalURLFetchingError

from certificates.pdf import certificate_pdf, seal_columns
from certificates.queries import verify_url
from tests.factories.certificates import AwardTemplateFactory, CertificateFactory

pytestmark = pytest.mark.django_db


def tool(name):
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture
def printed(tmp_path) -> Path:
    certificate = CertificateFactory()
    path = tmp_path / "certificate.pdf"
    path.write_bytes(certificate_pdf(certificate))
    path.with_suffix(".url").write_text(verify_url(certificate.token))
    path.with_suffix(".json").write_text(certificate.document, encoding="utf-8")
    return path


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_one_landscape_page_of_a4(printed):
    info = run(tool("pdfinfo"), str(printed))

    assert "Pages:           1\n" in info
    assert "841.89 x 595.276 pts (A4)" in info


def test_every_font_is_embedded(printed):
    lines = run(tool("pdffonts"), str(printed)).splitlines()[2:]

    assert lines
    # The columns after the encoding: embedded, subset, has a map to Unicode.
    assert all(line.split()[-5:-2] == ["yes", "yes", "yes"] for line in lines)


def test_the_text_can_be_read_and_searched(printed):
    text = run(tool("pdftotext"), str(printed), "-")

    assert "王晓明同志" in text
    assert "公文写作十二讲" in text


def test_a_scanner_reads_the_verification_address(printed, tmp_path):
    run(tool("pdftoppm"), "-r", "150", "-png", str(printed), str(tmp_path / "page"))

    read = run(tool("zbarimg"), "-q", "--raw", "-Sbinary", str(tmp_path / "page-1.png"))

    assert read.strip() == printed.with_suffix(".url").read_text()


def test_the_signed_document_is_inside(printed, tmp_path):
    run(tool("pdfdetach"), "-save", "1", "-o", str(tmp_path / "inside"), str(printed))

    assert (tmp_path / "inside").read_text(encoding="utf-8") == printed.with_suffix(
        ".json"
    ).read_text(encoding="utf-8")


def test_the_same_certificate_gives_the_same_bytes():
    certificate = CertificateFactory()

    assert certificate_pdf(certificate) == certificate_pdf(certificate)


@pytest.mark.parametrize(
    "name",
    [
        '<img src="file:///etc/passwd">',
        "<style>@import url(http://192.0.2.1/x.css)</style>",
        "A" * 60,
    ],
)
def test_what_stands_in_a_name_is_printed_not_run(name):
    certificate = CertificateFactory(learner_name=name)

    assert certificate_pdf(certificate).startswith(b"%PDF-")


def test_a_template_can_neither_read_a_file_nor_the_network(monkeypatch):
    """The lock itself: with markup let through, the fetcher still refuses."""
    monkeypatch.setattr(
        "people.printing.render_to_string",
        lambda *_: '<link rel="stylesheet" href="file:///etc/passwd"><p>x</p>',
    )
    certificate = CertificateFactory()

    with pytest.raises(FatalURLFetchingError):
        certificate_pdf(certificate)


def test_an_english_certificate_speaks_english(tmp_path):
    template = AwardTemplateFactory(
        language="en",
        title="Certificate of Completion",
        wording="{name} completed {course} on {completed_on}.",
        seal_text="Completed",
    )
    path = tmp_path / "certificate.pdf"
    path.write_bytes(certificate_pdf(CertificateFactory(template=template)))

    assert "1 June 2026" in " ".join(run(tool("pdftotext"), str(path), "-").split())


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("结业之章", [["之", "章"], ["结", "业"]]),
        ("学习证", [["学", "习", "证"]]),
        ("区委组织部之印章", [["印", "章"], ["织", "部", "之"], ["区", "委", "组"]]),
        ("Completed", [["Completed"]]),
    ],
)
def test_a_seal_is_read_from_right_to_left(text, columns):
    assert seal_columns(text) == columns
