"""Packages in the library: uploaded by editors, served under a pass, with a policy of their own."""

import io
import zipfile
from datetime import date

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from content import operations, passes
from content.models import Package, PackagePage
from demo import library
from people.enums import Role
from people.operations import grant_role
from tests.factories.content import NOW
from tests.factories.people import OrgUnitFactory, PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def editor():
    person = PersonFactory()
    grant_role(person, Role.EDITOR, OrgUnitFactory(), by=None, now=NOW, on=date(2026, 1, 1))
    return person


def upload(client, data, title="", name="p.zip"):
    return client.post(
        reverse("wagtailsnippets_content_package:add"),
        {"title": title, "file": SimpleUploadedFile(name, data)},
    )


def archive(files, method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return stream.getvalue()


def page_of(text: bytes, name="index.html"):
    """A SCORM 1.2 package with this page."""
    manifest = f"""<manifest xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2">
    <metadata><schemaversion>1.2</schemaversion></metadata><organizations default="o">
    <organization identifier="o"><title>课件</title><item identifierref="r"><title>一</title></item>
    </organization></organizations><resources><resource identifier="r" href="{name}"/></resources>
    </manifest>"""
    return archive({"imsmanifest.xml": manifest, name: text, "film.mp4": bytes(range(200))})


def stored(data):
    return operations.add_package(SimpleUploadedFile("p.zip", data))


def address(package, name="index.html"):
    return reverse("content:package_file", args=[passes.issue(package.pk), name])


def test_an_editor_uploads_a_package_and_its_own_title_is_taken(login, editor):
    client = login(Client(), editor)
    assert upload(client, library.package("minutes-check")).status_code == 302

    package = Package.objects.get()
    assert (package.title, package.kind, package.file_count) == ("会议记录找毛病", "scorm_2004", 7)
    assert package.uploaded_by == editor
    assert [part.title for part in package.outline] == ["看一份合用的记录", "挑出不合用的句子"]
    assert package.file.name.startswith("private/packages/")
    listed = client.get(reverse("wagtailsnippets_content_package:list")).content.decode()
    assert "会议记录找毛病" in listed


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"MZ...", "这不是课件包"),
        (archive({"../a.html": "x"}), "“../a.html”不是安全的文件名"),
        (archive({"imsmanifest.xml": "<a>", "run.exe": "x"}), "“run.exe”属于不接收的文件类型"),
        (archive({"folder/imsmanifest.xml": "<a/>"}), "不要打包文件夹本身"),
        (archive({"imsmanifest.xml": "<a/>"}), "“imsmanifest.xml”无法读取"),
        (archive({"a.txt": "0" * 3_000_000}), "解压后会异常膨胀"),
    ],
)
def test_a_hostile_upload_is_refused_in_words_and_nothing_is_stored(login, editor, data, words):
    answer = upload(login(Client(), editor), data, title="课件")

    assert words in answer.content.decode()
    assert not Package.objects.exists()
    assert not default_storage.exists("private")


def test_a_stored_package_is_renamed_but_never_exchanged(login, editor):
    client = login(Client(), editor)
    package = stored(library.package("petition-reply"))
    edit = reverse("wagtailsnippets_content_package:edit", args=[package.pk])
    other = SimpleUploadedFile("q.zip", library.package("minutes-check"))
    answer = client.post(edit, {"title": "改名", "file": other})
    assert "已保存的课件包不再更改" in answer.content.decode()
    assert client.post(edit, {"title": "改名"}).status_code == 302

    package.refresh_from_db()
    assert (package.title, package.kind) == ("改名", "scorm_12")


def test_nobody_but_an_editor_uploads(login, person):
    answer = upload(login(Client(), person), library.package("petition-reply"))

    assert answer.status_code in (302, 403)
    assert not Package.objects.exists()


def test_a_file_comes_under_a_pass_without_a_session_and_with_the_frames_policy():
    package = stored(page_of(b"<html><head></head><p>x"))
    answer = Client().get(address(package))
    policy = answer["Content-Security-Policy"]

    assert answer.status_code == 200
    assert not answer.cookies
    assert "sandbox allow-scripts allow-forms allow-modals;" in policy
    assert "allow-same-origin" not in policy
    own = f"http://testserver/packages/{answer.request['PATH_INFO'].split('/')[2]}/"
    assert f"connect-src {own} blob: data:;" in policy
    assert "form-action 'none'" in policy
    assert "X-Frame-Options" not in answer
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_pass_opens_one_package_for_some_hours():
    first, second = stored(page_of(b"eins")), stored(page_of(b"zwei"))
    with time_machine.travel(NOW, tick=False) as clock:
        url = address(first)
        assert b"eins" in Client().get(url).content
        clock.shift(6 * 60 * 60 + 1)
        assert Client().get(url).status_code == 404
    token = passes.issue(first.pk)
    for forged in (f"{token}x", "x", str(second.pk), token.replace(token[0], "X", 1)):
        answer = Client().get(reverse("content:package_file", args=[forged, "index.html"]))
        assert answer.status_code == 404


@pytest.mark.parametrize("name", ["gone.html", "../settings.py", "imsmanifest.exe", "a/", "%00"])
def test_what_is_not_in_the_package_is_not_found(name):
    package = stored(page_of(b"x"))
    token = passes.issue(package.pk)

    assert Client().get(f"/packages/{token}/{name}").status_code in (400, 404)


def test_a_film_is_sent_in_the_part_that_is_asked_for():
    package = stored(page_of(b"x"))
    answer = Client().get(address(package, "film.mp4"), headers={"range": "bytes=10-19"})

    assert answer.status_code == 206
    assert answer["Content-Type"] == "video/mp4"
    assert answer.getvalue() == bytes(range(10, 20))
    past = Client().get(address(package, "film.mp4"), headers={"range": "bytes=200-"})
    assert past.status_code == 416


@pytest.mark.parametrize(
    ("page", "before"),
    [
        (b"<!doctype html><html><head lang='zh'><script>a</script>", b"<head lang='zh'>"),
        (b"<!DOCTYPE html><html lang=zh><body><script>a</script>", b"<html lang=zh>"),
        (b"<script>a</script>", b""),
        (b"\xef\xbb\xbf<!doctype html><script>a</script>", b"<!doctype html>"),
        (b"<!doctype html><header>x</header><script>a</script>", b"<!doctype html>"),
    ],
)
def test_the_run_time_is_the_first_script_of_a_page(page, before):
    sent = Client().get(address(stored(page_of(page)))).content
    runtime = sent.index(b"scorm12.min.js")

    assert sent[: sent.index(b"<script")].endswith(before)
    assert runtime < sent.index(b"package-scorm.js") < sent.index(b"<script>a")


def test_a_page_in_utf_16_is_sent_in_utf_8():
    sent = Client().get(address(stored(page_of("<html><p>课件</p>".encode("utf-16"))))).content

    assert sent.startswith(b"\xef\xbb\xbf<html><script")
    assert "<p>课件</p>" in sent.decode("utf-8-sig")


def test_only_h5p_has_a_page_that_plays_it():
    for name, status in (("privacy-habits", 200), ("petition-reply", 404)):
        token = passes.issue(stored(library.package(name)).pk)
        assert Client().get(reverse("content:package_play", args=[token])).status_code == status


def test_a_published_package_is_found_in_the_library_and_played_there_by_whoever_signed_in(
    login, person
):
    page = operations.create_page(
        "package",
        title="来信这样答复",
        package=stored(library.package("petition-reply")),
        minutes=5,
    )
    operations.publish_without_review(page.pk, now=NOW)
    where = PackagePage.objects.get().url
    assert Client().get(where).status_code in (302, 404)
    client = login(Client(), person)

    assert "来信这样答复" in client.get("/library/?kind=package").content.decode()
    text = client.get(where).content.decode()
    assert "data-package-stage" in text
    assert "仅供浏览" in text
