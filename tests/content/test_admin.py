"""Wagtail's admin as part of the house."""

import io
import re
from datetime import date
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image as Pillow

from content import operations
from demo import library
from people.enums import Role
from people.operations import grant_role
from tests.factories.content import NOW, policy_bytes, published_lesson
from tests.factories.people import OrgUnitFactory, PersonFactory

ROOT = Path(__file__).resolve().parents[2]
ADMIN_WORDS = ROOT / "site/admin-locale/zh_Hans/LC_MESSAGES"
# What a browser fetches by itself, not what a reader may follow.
FETCHED = re.compile(r"""<(?:script|img|link|iframe|source)\b[^>]*?(?:src|href)=["']([^"']+)""")


def admin_pages():
    lesson = published_lesson()
    library = operations.ensure_library()
    return [
        reverse("wagtailadmin_home"),
        reverse("wagtailadmin_explore", args=[library.pk]),
        reverse("wagtailadmin_pages:add", args=["content", "microlecturepage", library.pk]),
        reverse("wagtailadmin_pages:edit", args=[lesson.pk]),
        reverse("wagtailadmin_pages:history", args=[lesson.pk]),
        reverse("wagtailadmin_account"),
        reverse("wagtailimages:index"),
        reverse("wagtailsnippets_content_mediafile:add"),
        reverse("content_import"),
    ]


def test_no_page_of_the_admin_fetches_or_leads_to_a_foreign_host(client, login, editor):
    login(client, editor)
    for url in admin_pages():
        html = client.get(url).text
        # Shown only to a browser without scripts; its Chinese names no foreign site.
        assert "enable-javascript.com" not in html, url
        foreign = [f for f in FETCHED.findall(html) if f.startswith(("http", "//"))]
        assert foreign == [], url
        for host in ("wagtail.org", "wagtail.io", "gravatar.com", "github.com"):
            assert host not in html, (url, host)


def test_negative_control_the_pattern_finds_a_foreign_script():
    assert FETCHED.findall('<script defer src="https://example.org/x.js"></script>')


def test_home_shows_what_waits_and_where_to_begin(client, login, editor, reviewer):
    operations.import_policy(policy_bytes(), by=editor, now=NOW)

    html = login(client, reviewer).get(reverse("wagtailadmin_home")).text
    assert reverse("content:desk") in html
    assert reverse("content_import") not in html

    html = login(client, editor).get(reverse("wagtailadmin_home")).text
    assert reverse("content_import") in html
    for model in ("microlecturepage", "lessonpage"):
        assert f"/{model}/" in html


def test_admin_bears_the_seal_and_leads_back_to_the_site(client, login, editor):
    html = login(client, editor).get(reverse("wagtailadmin_home")).text

    assert 'class="seal"' in html
    assert "css/admin.css" in html
    assert "返回庠序" in html or "\\u8fd4\\u56de" in html
    assert "<title>" in html
    assert "Wagtail</title>" not in html.replace("\n", "")


@pytest.mark.parametrize("name", ["django.po", "djangojs.po"])
def test_words_for_the_admin_are_complete_and_change_no_word_of_the_house(name):
    def messages(path):
        with path.open("rb") as file:
            return [m for m in read_po(file, locale="zh_Hans") if m.id]

    words = messages(ADMIN_WORDS / name)
    assert words
    assert [m.id for m in words if not m.string or m.fuzzy] == []
    # This catalogue stands above all others; a word of ours in it would be overruled.
    ours = {
        (m.context, m.id if isinstance(m.id, str) else m.id[0])
        for path in ROOT.glob("*/locale/zh_Hans/LC_MESSAGES/django.po")
        for m in messages(path)
    }
    theirs = {(m.context, m.id if isinstance(m.id, str) else m.id[0]) for m in words}
    assert theirs & ours == set()


def picture() -> bytes:
    drawn = io.BytesIO()
    Pillow.new("RGB", (40, 30), "red").save(drawn, "PNG")
    return drawn.getvalue()


@pytest.mark.parametrize(
    ("data", "taken"),
    [
        (picture(), True),
        (picture()[:8] + b"not a picture" * 50, False),
        (picture()[:-20], False),
    ],
)
def test_a_damaged_picture_is_refused_with_a_word(client, login, editor, data, taken):
    login(client, editor)

    answer = client.post(
        reverse("wagtailimages:add_multiple"),
        {"files[]": SimpleUploadedFile("a.png", data, "image/png")},
        HTTP_X_REQUESTED_WITH="XMLHttpRequest",
    )

    assert answer.status_code == 200
    assert answer.json()["success"] is taken
    assert taken or "请上传有效图片" in answer.json()["error_message"]


def test_an_empty_choice_is_said_in_words(client, editor):
    client.force_login(editor)
    library = operations.ensure_library()

    page = client.get(
        reverse("wagtailadmin_pages:add", args=["content", "lessonpage", library.pk])
    ).content.decode()
    report = client.get(reverse("wagtailadmin_reports:aging_pages")).content.decode()

    assert '<option value="" selected>未选</option>' in page
    assert '<option value="" selected>不限</option>' in report
    assert "-----" not in page + report


def test_an_editor_locks_a_page_and_another_finds_it_locked(client, login, editor):
    lesson = published_lesson()
    login(client, editor)
    client.post(reverse("wagtailadmin_pages:lock", args=[lesson.pk]))
    lesson.refresh_from_db()
    assert lesson.locked_by == editor

    other = PersonFactory()
    grant_role(other, Role.EDITOR, OrgUnitFactory(), by=None, now=NOW, on=date(2026, 1, 1))
    login(client, other)
    assert editor.name in client.get(reverse("wagtailadmin_pages:edit", args=[lesson.pk])).text
    client.post(reverse("wagtailadmin_pages:unlock", args=[lesson.pk]))
    lesson.refresh_from_db()
    assert lesson.locked

    login(client, editor)
    client.post(reverse("wagtailadmin_pages:unlock", args=[lesson.pk]))
    lesson.refresh_from_db()
    assert not lesson.locked


def test_what_the_admin_does_not_have_is_told_on_a_page_of_the_house(client, login, editor):
    login(client, editor)

    answer = client.get("/cms/nowhere/")

    assert answer.status_code == 404
    assert "没有这个页面" in answer.content.decode()
    assert f'href="{reverse("wagtailadmin_home")}"' in answer.content.decode()


def test_every_column_of_the_packages_is_named_in_chinese(
    client, login, editor, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    operations.add_package(ContentFile(library.package("minutes-check"), name="p.zip"))
    login(client, editor)

    page = client.get("/cms/snippets/content/package/").content.decode()

    assert "上传人" in page
    assert "Uploaded by" not in page
