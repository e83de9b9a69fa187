"""What a phone loads before the first paint: the page, and its styles, scripts and pictures as they are served."""

import gzip
import re
from urllib.parse import urljoin

import pytest
from django.contrib.staticfiles import finders

from content.models import Article
from tests.factories.content import published_lecture, published_lesson, published_policy
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


def test_a_text_of_200_articles_keeps_to_the_budget_as_it_is_sent(client, db):
    page = published_policy(public=True)
    Article.objects.bulk_create(
        Article(edition=page.edition, anchor=f"b{n}", kind="article", label=f"第{n}条", order=100 + n,
                text="".join(chr(0x4E00 + (n * 131 + at * 7) % 6000) for at in range(120)))
        for n in range(200)
    )  # fmt: skip

    sent = client.get(page.url, headers={"accept-encoding": "gzip"})
    plain = client.get(page.url)
    _, parts = weight(plain.content.decode())

    assert sent["Content-Encoding"] == "gzip"
    assert gzip.decompress(sent.content) == plain.content
    assert "Content-Encoding" not in plain
    assert len(sent.content) + sum(parts.values()) <= BUDGET_BYTES
    again = client.get(page.url, headers={"accept-encoding": "gzip", "if-none-match": sent["ETag"]})
    assert again.status_code == 304


def test_only_pages_are_compressed(client, db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    lecture = published_lecture()
    client.force_login(PersonFactory())

    film = client.get(f"/lectures/{lecture.media_id}/media", headers={"accept-encoding": "gzip"})

    assert b"".join(film.streaming_content)

    assert "Content-Encoding" not in film
    assert film["Content-Length"] == "1000"


def test_the_measure_sees_what_is_too_heavy():
    total, parts = weight('<script src="/static/vendor/echarts.min.js"></script>')

    assert total > BUDGET_BYTES
    assert parts
