"""What a phone loads before the first paint: the page, and its styles, scripts and pictures as they are served."""

import gzip
import re
from urllib.parse import urljoin

import pytest
from django.contrib.staticfiles import finders

from tests.factories.content import published_lesson, published_policy
from tests.factories.people import PersonFactory

BUDGET_BYTES = 150_000
_REFERENCES = re.compile(r'(?:href|src)="(/static/[^"#?]+)')
_IMPORTS = re.compile(r'(?:from|import)\s*"(\.{1,2}/[^"]+|/static/[^"]+)"')


def weight(html):
    """Bytes of the page as it stands, and of what it names, compressed as production serves it."""
    waiting = set(_REFERENCES.findall(html))
    seen, total = {}, len(html.encode())
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        path = finders.find(address.removeprefix("/static/"))
        assert path is not None, address
        with open(path, "rb") as file:
            data = file.read()
        seen[address] = len(gzip.compress(data, 6))
        if address.endswith(".js"):
            found = _IMPORTS.findall(data.decode())
            waiting |= {urljoin(address, name) for name in found}
    return total + sum(seen.values()), seen


@pytest.fixture
def addresses(db):
    text, lesson = published_policy(public=True), published_lesson()
    return {
        "visitor": [
            "/library/",
            "/announcements/",
            text.url,
            "/search/?q=读书",
            "/accounts/login/",
        ],
        "member": ["/", "/library/", "/courses/", "/exams/", "/practice/", text.url, lesson.url],
    }


def test_pages_keep_to_the_budget_and_bring_no_charts_unasked(client, addresses):
    for who, paths in addresses.items():
        if who == "member":
            client.force_login(PersonFactory())
        for path in paths:
            html = client.get(path, follow=True).content.decode()
            total, parts = weight(html)
            assert total <= BUDGET_BYTES, (who, path, total, parts)
            assert "echarts" not in str(parts), path


def test_the_measure_sees_what_is_too_heavy():
    total, parts = weight('<script src="/static/vendor/echarts.min.js"></script>')

    assert total > BUDGET_BYTES
    assert parts
