"""A citation is copied with one click, and the button says that it was."""

import pytest
from playwright.sync_api import Page, expect

from content.models import LibraryPage
from tests.factories.content import published_policy

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_the_button_says_that_a_citation_was_copied(live_server, page: Page):
    assert LibraryPage.objects.exists()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_server.url)
    page.goto(live_server.url + published_policy().url)
    button = page.locator(".cite").first
    said = button.get_attribute("aria-label")
    wanted = button.get_attribute("data-copy")

    button.click()

    expect(button).to_have_attribute("aria-label", "已复制")
    expect(button.locator("use")).to_have_attribute("href", "/static/icons.svg#check")
    assert page.evaluate("navigator.clipboard.readText()") == wanted
    expect(button).to_have_attribute("aria-label", said)
    expect(button.locator("use")).not_to_have_attribute("href", "/static/icons.svg#check")
