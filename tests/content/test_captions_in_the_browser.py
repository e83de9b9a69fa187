"""An editor reads captions from a file into their field."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from content.models import LibraryPage
from people.enums import Role
from people.operations import grant_role
from tests.factories.content import NOW, VTT
from tests.factories.people import OrgUnitFactory, PersonFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

SRT = "1\r\n00:00:00,000 --> 00:00:03,500\r\n各位同志，大家好。\r\n"


def test_captions_are_read_from_a_file_and_another_file_is_refused(page, live_server, login):
    person = PersonFactory()
    grant_role(person, Role.EDITOR, OrgUnitFactory(), by=None, now=NOW, on=date(2026, 1, 1))
    cookie = login(Client(), person).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    where = ["content", "microlecturepage", LibraryPage.objects.get().pk]
    page.goto(live_server.url + reverse("wagtailadmin_pages:add", args=where))

    def read(name: str, text: str, encoding: str = "utf-8") -> None:
        file = {"name": name, "mimeType": "", "buffer": text.encode(encoding)}
        page.set_input_files("[data-captions-file]", file)

    captions = "document.querySelector('[name=captions]').value"
    read("talk.vtt", VTT)
    page.wait_for_function(f"{captions}.includes('各位同志')")
    assert page.evaluate(captions) == VTT
    read("talk.srt", SRT, "gb18030")
    page.wait_for_function(f"{captions}.includes('00:00:03.500')")
    assert page.evaluate(captions).startswith(
        "WEBVTT\n\n1\n00:00:00.000 --> 00:00:03.500\n各位同志"
    )

    before = page.evaluate(captions)
    read("talk.txt", "不是字幕")
    page.wait_for_function("!document.querySelector('[data-captions-file]').validity.valid")
    assert page.evaluate(captions) == before
