"""What a page's markup points to stands on the page, once: labels, descriptions, what is controlled.

A screen reader says nothing where ``aria-describedby`` names an id that is not there, and the wrong
thing where two elements share one. No browser shows it, so every page is read for it.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse

from tests.architecture import test_authorisation as matrix
from tests.architecture.test_hostile_parameters import almighty as almighty

pytestmark = pytest.mark.django_db

world = matrix.world
POINTERS = (
    "aria-describedby",
    "aria-labelledby",
    "aria-controls",
    "aria-errormessage",
    "for",
    "list",
)


def loose_ends(html: bytes) -> Iterator[str]:
    """What points to nothing, and ids that stand twice."""
    page = BeautifulSoup(html, "lxml")
    ids = Counter(str(tag["id"]) for tag in page.find_all(id=True))
    yield from (f"{name} stands {count} times" for name, count in ids.items() if count > 1)
    for pointer in POINTERS:
        for tag in page.find_all(attrs={pointer: True}):
            for name in str(tag[pointer]).split():
                if name not in ids:
                    yield f"{pointer} of <{tag.name}> names {name}"


def test_no_page_points_to_what_is_not_there(almighty: Any, world: Any) -> None:
    found = []
    with time_machine.travel(matrix.NOW, tick=False):
        for name, row in matrix.MATRIX.items():
            if row.post or row.own:
                continue
            answer = almighty.get(reverse(name, args=row.args(world)))
            if answer.streaming:
                list(answer.streaming_content)  # a file sent is closed when it was read
                continue
            if not answer["Content-Type"].startswith("text/html"):
                continue
            found += [(name, end) for end in loose_ends(answer.content)]

    assert found == []


def test_a_loose_end_would_be_noticed() -> None:
    html = (
        b'<label for="a">A</label><input id="b" aria-describedby="b c"><p id="d"></p><p id="d"></p>'
    )

    assert list(loose_ends(html)) == [
        "d stands 2 times",
        "aria-describedby of <input> names c",
        "for of <label> names a",
    ]
