"""An editor uploads packages in a real browser: attacks are refused in words, a good one is kept."""

from datetime import date

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from content.models import LibraryPage, Package
from people.enums import Role
from people.operations import grant_role
from tests.content.test_packages import archive, page_of
from tests.factories.content import NOW
from tests.factories.people import OrgUnitFactory, PersonFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def editor_page(page, live_server, login, settings, tmp_path):
    """The form for a new package, as an editor has it open."""
    settings.MEDIA_ROOT = tmp_path
    assert LibraryPage.objects.exists()
    person = PersonFactory()
    grant_role(person, Role.EDITOR, OrgUnitFactory(), by=None, now=NOW, on=date(2026, 1, 1))
    cookie = login(Client(), person).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(live_server.url + reverse("wagtailsnippets_content_package:add"))
    return page


def upload(page, data, name="课件.zip"):
    page.set_input_files(
        "input[type=file][name=file]",
        {"name": name, "mimeType": "application/zip", "buffer": data},
    )
    page.locator("form:has(input[name=file]) button[type=submit]:visible").first.click()
    page.wait_for_load_state()


def test_attacks_are_refused_in_words_and_the_next_try_succeeds(editor_page):
    page = editor_page
    page.fill("input[name=title]", "会议怎么开")
    for data, words in (
        (archive({"../a.html": "x"}), "不是安全的文件名"),
        (archive({"imsmanifest.xml": "<a>", "run.exe": "x"}), "不接收的文件类型"),
        (archive({"a.txt": "0" * 3_000_000}), "异常膨胀"),
        (b"MZ not a zip", "这不是课件包"),
    ):
        upload(page, data)
        assert words in page.text_content("body")
        assert page.input_value("input[name=title]") == "会议怎么开"  # nothing typed is lost
        assert not Package.objects.exists()
    assert not default_storage.exists("private")

    upload(page, page_of(b"<!doctype html><title>1</title><p>1</p>"))
    page.wait_for_url("**/content/package/")
    package = Package.objects.get()
    assert (package.title, package.kind) == ("会议怎么开", "scorm_12")
    assert "会议怎么开" in page.text_content("table")
