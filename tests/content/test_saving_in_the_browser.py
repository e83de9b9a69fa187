"""An editor presses a button while the page is just saving itself: one page, and what was pressed is done."""

from contextlib import suppress
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import TimeoutError

from content.models import LibraryPage, TopicPage
from people.enums import Role
from people.operations import grant_role
from tests.factories.content import NOW
from tests.factories.people import OrgUnitFactory, PersonFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_a_button_pressed_during_the_save_of_its_own_waits_for_it(page, live_server, login):
    library = LibraryPage.objects.get()
    person = PersonFactory()
    grant_role(person, Role.EDITOR, OrgUnitFactory(), by=None, now=NOW, on=date(2026, 1, 1))
    cookie = login(Client(), person).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(
        live_server.url
        + reverse("wagtailadmin_pages:add", args=["content", "topicpage", library.pk])
    )
    answers = []
    page.on("response", lambda answer: answers.append(answer.status))

    # Pressed when the save of its own has just been sent off.
    page.evaluate(
        """() => { const send = window.fetch; window.fetch = (...what) => {
            const answer = send(...what);
            if (what[1]?.method === "post") { window.fetch = send; window.sent = true; document.querySelector("[name=action-submit]").click(); }
            return answer; } }"""
    )
    # Changes are watched for from some moment after loading on, without a sign of it: type until one is seen.
    for half in ["先读", "先读规定"] * 15:
        page.fill("[name=title]", half)
        page.press("[name=title]", "Tab")
        with suppress(TimeoutError):
            page.wait_for_function("window.sent", timeout=2000)
            break
    page.wait_for_url(f"**/pages/{library.pk}/")

    assert [answer for answer in answers if answer >= 400] == []
    (topic,) = TopicPage.objects.all()
    assert topic.title == half
    assert topic.workflow_in_progress
