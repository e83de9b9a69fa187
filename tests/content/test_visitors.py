"""What a visitor sees, and who may keep it."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from content.models import PolicyTextPage
from tests.content.test_announcements import announce
from tests.factories.content import published_lesson, published_policy
from tests.factories.people import PersonFactory

LIBRARY = "/library/"


@pytest.fixture
def text(db):
    return published_policy(public=True)


def test_the_front_page_shows_what_is_public_and_the_way_in(client, text):
    published_policy(public=False, title="关于内部事项的意见", number=9)
    announce("公开公告", public=True)
    announce("内部公告")

    html = client.get(LIBRARY).content.decode()

    assert text.title in html
    assert "公开公告" in html
    assert "内部" not in html
    assert f'href="{reverse("account_login")}?next=/library/"' in html


@pytest.mark.parametrize("address", [LIBRARY, "/announcements/", "/search/?q=读书", "text"])
def test_a_visitors_page_is_kept_and_asked_for_again_by_its_tag(client, text, address):
    address = text.url if address == "text" else address

    first = client.get(address)
    again = client.get(address, headers={"if-none-match": first["ETag"]})

    assert first.status_code == 200
    assert first["Cache-Control"] == "public, max-age=60"
    assert "Cookie" in first["Vary"]
    assert not first.cookies
    assert again.status_code == 304
    assert again.content == b""
    assert again["ETag"] == first["ETag"]
    assert again["Cache-Control"] == first["Cache-Control"]


def test_a_text_tells_when_it_was_published(client, text):
    text = PolicyTextPage.objects.get(pk=text.pk)

    answer = client.get(text.url)

    assert answer["Last-Modified"].endswith("GMT")


def test_another_page_has_another_tag(client, text):
    before = client.get(LIBRARY)["ETag"]
    published_policy(title="关于写作的意见", number=8)

    answer = client.get(LIBRARY, headers={"if-none-match": before})

    assert answer.status_code == 200
    assert answer["ETag"] != before


def test_colours_and_language_make_another_page(client, text):
    plain = client.get(LIBRARY)["ETag"]
    client.cookies["theme"] = "dark"
    dark = client.get(LIBRARY)["ETag"]
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    english = client.get(LIBRARY)["ETag"]

    assert len({plain, dark, english}) == 3


def test_a_persons_page_is_kept_by_nobody_else(client, text):
    client.force_login(PersonFactory())

    for address in (LIBRARY, text.url, "/announcements/", "/search/?q=读书"):
        answer = client.get(address)
        assert "no-store" in answer["Cache-Control"]
        assert "public" not in answer["Cache-Control"]
        assert "ETag" not in answer


def test_the_way_to_the_sign_in_page_is_not_kept(client, db):
    page = published_lesson()

    answer = client.get(page.url)

    assert answer.status_code == 302
    assert "no-store" in answer["Cache-Control"]


def test_a_visitor_chooses_the_language_without_a_token(db):
    strict = Client(enforce_csrf_checks=True)

    answer = strict.post("/language/", {"language": "en", "next": LIBRARY})

    assert answer.status_code == 302
    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"
