"""No address of the site breaks on what somebody sends to it, and what is refused stores nothing.

Every page of the authorisation matrix is read for its forms. Each form is filled the way a person
would, then sent again and again with one field holding what no page expects. Addresses whose forms
stand on no page here are asked with the names they look for. A refusal is fine; a crash is not, and
neither is a refusal that has already written something.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from bs4 import BeautifulSoup, Tag
from django.db import connection, transaction
from django.http import QueryDict
from django.test import Client
from django.urls import Resolver404, resolve, reverse
from django.utils.datastructures import MultiValueDict

from people.forms import PersonForm
from tests.architecture import test_authorisation as matrix
from tests.architecture.test_hostile_parameters import almighty as almighty
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db

world = matrix.world

HUGE = "9" * 30  # beyond every integer column
SEVERAL = ["1", "x", "9" * 19]  # where one is expected
# By the kind of control, so that the sweep stays a matter of seconds.
HOSTILE: dict[str, tuple[str | list[str], ...]] = {
    "date": ("0001-01-01", "9999-12-31"),
    "datetime-local": ("0001-01-01T00:00", "9999-12-31T23:59"),
    "number": ("-1", "NaN", HUGE),
    "text": ("a\x00b", "长" * 20_000),
    "choice": (HUGE, SEVERAL),
    "unknown": ("a\x00b", HUGE, SEVERAL),
}
FILLERS = {
    "date": "2026-06-01",
    "datetime-local": "2026-06-01T09:00",
    "time": "09:00",
    "number": "1",
}
# What may be written although the request was refused: who asked, and how often.
TRACES = re.compile(
    r"\b(people_auditentry|django_session|site_cache|certificates_verificationcount)\b"
)
WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)


@dataclass
class Form:
    """A form as it stands on a page: where it is sent, and a body a person might send."""

    action: str
    body: dict[str, str | list[str]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)  # of the controls: keys of HOSTILE


def _filled(control: Tag) -> str | None:
    """What a person would leave or write in this control; None where the browser sends nothing."""
    kind = str(control.get("type", "text"))
    if control.name == "textarea":
        return control.get_text().strip() or "测试"
    if control.name == "select":
        options = control.find_all("option")
        chosen = [option for option in options if option.has_attr("selected")] or [
            option for option in options if option.get("value")
        ]
        return str(chosen[0].get("value", "")) if chosen else ""
    if kind in ("file", "image", "reset", "button") or control.has_attr("disabled"):
        return None
    return str(control.get("value") or FILLERS.get(kind, "测试"))


def _kind(control: Tag) -> str:
    kind = str(control.get("type", "text"))
    if control.name in ("select", "button") or kind in ("hidden", "radio", "checkbox"):
        return "choice"
    return kind if kind in HOSTILE else "text"


def _forms(html: bytes, address: str) -> Iterator[Form]:
    for tag in BeautifulSoup(html, "lxml").find_all("form", method=re.compile("post", re.I)):
        form = Form(urlsplit(str(tag.get("action") or address)).path)
        for control in tag.find_all(["input", "select", "textarea", "button"]):
            name = control.get("name")
            value = _filled(control)
            if name and value is not None and name != "csrfmiddlewaretoken":
                form.body.setdefault(str(name), value)
                form.kinds.setdefault(str(name), _kind(control))
        yield form


@contextmanager
def _written() -> Iterator[list[str]]:
    """The statements that write and are not taken back by a savepoint; read it inside the block."""
    kept: list[tuple[str, str]] = []
    shown: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if found := re.match(r"(ROLLBACK TO SAVEPOINT|SAVEPOINT) (\S+)", sql):
            verb, name = found.groups()
            if verb == "SAVEPOINT":
                kept.append(("savepoint", name))
            elif ("savepoint", name) in kept:
                del kept[kept.index(("savepoint", name)) :]
        elif WRITES.match(sql) and not TRACES.search(sql):
            kept.append(("write", sql[:80]))
        shown[:] = [sql for kind, sql in kept if kind == "write"]
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield shown


def _fault(client: Client, url: str, body: dict[str, Any], **headers: Any) -> str:
    """What the address raised, answered or half stored; empty when it held. Nothing is kept."""
    try:
        with transaction.atomic(), _written() as writes:
            answer = client.post(url, body, **headers)
            if answer.streaming:
                list(answer.streaming_content)
            transaction.set_rollback(True)
    except Exception as error:  # noqa: BLE001  any exception is the finding
        return f"{type(error).__name__}: {error}"[:160]
    if answer.status_code >= 500:
        return str(answer.status_code)
    wrong = not answer.streaming and b'aria-invalid="true"' in answer.content
    if writes and (answer.status_code >= 400 or wrong):
        return f"{answer.status_code}, yet {writes[0]}"
    return ""


@contextmanager
def _names_asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The names looked for in any query or body."""
    names: set[str] = set()

    def noting(plain: Any) -> Any:
        def look(self: Any, key: Any, *args: Any, **kwargs: Any) -> Any:
            if isinstance(self, QueryDict):
                names.add(str(key))
            return plain(self, key, *args, **kwargs)

        return look

    with monkeypatch.context() as patch:
        for method in ("__getitem__", "_getlist"):
            patch.setattr(MultiValueDict, method, noting(getattr(MultiValueDict, method)))
        patch.setattr(
            MultiValueDict, "__contains__", noting(MultiValueDict.__contains__), raising=False
        )
        yield names
    names.discard("csrfmiddlewaretoken")


def _all_forms(
    client: Client, world: Any, monkeypatch: pytest.MonkeyPatch, *, own: bool
) -> dict[tuple[str, frozenset[str]], Form]:
    """One form for each address and set of fields."""
    found: dict[tuple[str, frozenset[str]], Form] = {}

    def keep(form: Form) -> None:
        try:
            match = resolve(form.action)
        except Resolver404:
            return
        if not form.action.startswith(("/cms/", "/accounts/")):
            found.setdefault((match.view_name, frozenset(form.body)), form)

    for name, row in matrix.MATRIX.items():
        if row.own != own or name.startswith(("exams:api", "courses:api")):
            continue
        url = reverse(name, args=row.args(world))
        if not row.post:
            answer = client.get(url)
            if answer.streaming:
                list(answer.streaming_content)
            elif answer["Content-Type"].startswith("text/html"):
                for form in _forms(answer.content, answer.request["PATH_INFO"]):
                    keep(form)
        with _names_asked(monkeypatch) as names:
            _fault(client, url, {})
        if names:
            keep(Form(url, dict.fromkeys(sorted(names), "1")))
    return found


def _found(forms: dict[Any, Form], client: Client) -> Iterator[tuple[str, ...]]:
    for (name, _fields), form in forms.items():
        if fault := _fault(client, form.action, form.body):
            yield name, "as filled", fault
        for key in form.body:
            for value in HOSTILE[form.kinds.get(key, "unknown")]:
                if fault := _fault(client, form.action, form.body | {key: value}):
                    yield name, key, str(value)[:20], fault


def test_no_address_breaks_on_a_hostile_body(almighty, world, monkeypatch):
    himself = matrix._visitor(world.person)
    with time_machine.travel(matrix.NOW, tick=False):
        theirs = _all_forms(almighty, world, monkeypatch, own=False)
        his = _all_forms(himself, world, monkeypatch, own=True)

        assert len(theirs) > 80
        assert [*_found(theirs, almighty), *_found(his, himself)] == []


def test_the_sweep_would_notice_an_address_that_breaks(almighty, world, monkeypatch):
    """Negative control: a day is counted on before anybody asked whether it can be."""
    url = reverse("tracker:recognise", args=[world.institution.pk])
    page = reverse("tracker:institution", args=[world.institution.pk])
    form = next(form for form in _forms(almighty.get(page).content, page) if form.action == url)

    assert _fault(almighty, url, form.body | {"last_day": "9999-12-31"}) == ""
    monkeypatch.setattr("people.fields.PLAUSIBLE_YEARS", range(1, 10_000))
    assert "OverflowError" in _fault(almighty, url, form.body | {"last_day": "9999-12-31"})


def test_the_sweep_would_notice_a_refusal_that_has_stored_something(almighty, world, monkeypatch):
    """Negative control: the person is written first and the request refused after."""
    url, body = reverse("people:add"), {"name": "王晓明"}

    assert _fault(almighty, url, body) == ""
    whether_valid = PersonForm.is_valid

    def hasty(form: PersonForm) -> bool:
        PersonFactory(name="半途")
        return whether_valid(form)

    monkeypatch.setattr(PersonForm, "is_valid", hasty)
    assert "INSERT" in _fault(almighty, url, body)
