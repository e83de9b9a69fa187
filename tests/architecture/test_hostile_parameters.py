"""No address of the site breaks on what somebody writes into its path or its query.

Each page is asked once plainly while its looks at ``request.GET`` are noted; then every parameter
it looked at is filled, one at a time, with what no page expects. A refusal is fine, a crash is not.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils.datastructures import MultiValueDict

from people.enums import Role
from people.operations import grant_role
from tests.architecture import test_authorisation as matrix
from tests.factories.people import PersonFactory, PostFactory

pytestmark = pytest.mark.django_db

world = matrix.world

HOSTILE = (
    "-1",
    "9999-99-99",
    "0001-01-01",
    "9999-12-31",
    "²",  # a digit to str.isdigit, none to int()
    "\x00",
    "9" * 19,  # no more than 19 digits, yet beyond 64 bits
    "9" * 5000,  # beyond every integer column and what int() reads
)
PATHS = {"int": ("0", "9" * 18, "9" * 30), "text": ("\x00", "%", "../..", "9" * 5000)}


@pytest.fixture
def almighty(world: Any) -> Client:
    """Signed in as a person with every role over the whole city, so that every guard opens."""
    PostFactory(person=(person := PersonFactory(unit=world.places["parent"])))
    for role in Role:
        grant_role(person, role, person.unit, by=None, now=matrix.NOW, on=matrix.date(2020, 1, 1))
    return matrix._visitor(person)


def _crash(client: Client, url: str, query: dict[str, str] | None = None) -> str:
    """What the address raised or that it answered 5xx; empty when it held."""
    try:
        with transaction.atomic():
            answer = client.get(url, query)
            if answer.streaming:
                list(answer.streaming_content)
    except Exception as error:  # noqa: BLE001  any exception is the finding
        return f"{type(error).__name__}: {error}"[:120]
    return str(answer.status_code) if answer.status_code >= 500 else ""


def _asked_for(client: Client, url: str, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names the view looked for in the query."""
    names: set[str] = set()
    getitem, contains = MultiValueDict.__getitem__, MultiValueDict.__contains__
    getlist = MultiValueDict._getlist

    def noting(plain: Any) -> Any:
        def look(self: Any, key: Any, *args: Any, **kwargs: Any) -> Any:
            if isinstance(self, QueryDict):
                names.add(str(key))
            return plain(self, key, *args, **kwargs)

        return look

    with monkeypatch.context() as patch:
        patch.setattr(MultiValueDict, "__getitem__", noting(getitem))
        patch.setattr(MultiValueDict, "__contains__", noting(contains), raising=False)
        patch.setattr(MultiValueDict, "_getlist", noting(getlist))
        _crash(client, url)
    return names - {"csrfmiddlewaretoken"}


def _found(
    client: Client, world: Any, monkeypatch: pytest.MonkeyPatch, *, own: bool
) -> Iterator[tuple[str, ...]]:
    for name, row in matrix.MATRIX.items():
        if row.post or row.own != own:
            continue
        url = reverse(name, args=row.args(world))
        for parameter in sorted(_asked_for(client, url, monkeypatch)):
            for value in HOSTILE:
                if crash := _crash(client, url, {parameter: value}):
                    yield name, parameter, value[:20], crash


def test_no_page_breaks_on_a_hostile_query(almighty, world, monkeypatch):
    himself = matrix._visitor(world.person)

    assert [
        *_found(almighty, world, monkeypatch, own=False),
        *_found(himself, world, monkeypatch, own=True),
    ] == []


def _patterns(resolver: Any, prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            if not str(pattern.pattern).startswith(("cms/", "accounts/")):
                inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
                yield from _patterns(pattern, inner)
        elif pattern.pattern.converters:
            yield f"{prefix}{pattern.name}", pattern.pattern.converters


def _hostile_paths() -> Iterator[str]:
    for name, converters in _patterns(get_resolver()):
        for number in range(len(PATHS["text"])):
            values = {
                key: PATHS["int"][number % len(PATHS["int"])]
                if type(converter).__name__ == "IntConverter"
                else PATHS["text"][number]
                for key, converter in converters.items()
            }
            try:
                yield reverse(name, kwargs=values)
            except NoReverseMatch:  # a slug or UUID admits none of these
                continue


def test_no_address_breaks_on_a_hostile_path(almighty):
    paths = list(_hostile_paths())

    assert len(paths) > 100
    assert [(path[:60], crash) for path in paths if (crash := _crash(almighty, path))] == []


def test_the_sweep_would_notice_a_page_that_breaks(almighty, world, monkeypatch):
    """Negative control: a page number read with a bare int() is found by the names the page asks for."""
    url = reverse("notices:inbox")

    assert "page" in _asked_for(almighty, url, monkeypatch)
    monkeypatch.setattr(
        "django.core.paginator.Paginator.get_page", lambda self, number: self.page(int(number or 1))
    )
    assert "ValueError" in _crash(almighty, url, {"page": "abc"})
