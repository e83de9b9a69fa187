"""What a browser may keep: nothing of somebody who is signed in, so that Back after signing out shows none."""

import re

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from people.enums import Role
from tests.factories.content import published_policy
from tests.factories.people import PersonFactory, RoleGrantFactory

PASSWORD = "a quiet reading room"
PAGES = ["/", "/library/", "/search/?q=读书", "/courses/", "/notices/", "/me/record/", "/desk/"]


@pytest.mark.django_db
def test_every_page_of_a_person_is_stored_by_nobody(login):
    person = RoleGrantFactory(role=Role.EDITOR).person
    client = login(Client(), person)
    text = published_policy(public=True)

    for address in [*PAGES, text.url]:
        answer = client.get(address, follow=True)
        assert answer.status_code == 200, address
        assert "no-store" in answer["Cache-Control"], address
        assert "public" not in answer["Cache-Control"], address


def _sign_out(page: Page) -> None:
    page.locator(".topbar details.menu > summary").last.click()
    page.locator('form[action*="logout"] button').first.click()
    page.wait_for_url(re.compile("/accounts/login/"))


@pytest.fixture
def page_that_goes_back(browser_type, browser_type_launch_args):
    """A browser that keeps pages whole to go back to, as everybody's does; the driver's own does not."""
    browser = browser_type.launch(
        **browser_type_launch_args, ignore_default_args=["--disable-back-forward-cache"]
    )
    yield browser.new_page(locale="zh-CN")
    browser.close()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", ["/me/record/", "/library/"])
@pytest.mark.parametrize("marked", [True, False], ids=["as it is", "without the mark"])
def test_back_after_signing_out_shows_nothing_of_the_person(
    page_that_goes_back, live_server, monkeypatch, address, marked
):
    if not marked:  # the control: then Back shows the page
        monkeypatch.setattr("config.middleware.patch_cache_control", lambda *_, **__: None)
    PersonFactory(staff_number="B1", name="柳不言", password=PASSWORD)
    page = page_that_goes_back
    page.goto(f"{live_server.url}/accounts/login/?next={address}")
    page.fill("input[name=login]", "B1")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"**{address}")
    expect(page.locator("body")).to_contain_text("柳不言")

    _sign_out(page)
    page.evaluate("history.back()")

    page.wait_for_timeout(1000)
    seen = "柳不言" in (page.locator("body").text_content() or "")
    assert seen is not marked
