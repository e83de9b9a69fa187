"""What may not be read may not be sent to either, and nothing is taken from another site's page.

The authorisation matrix asks pages with GET; here the same addresses are sent to.
"""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from people.enums import Role
from people.operations import grant_role
from tests.architecture import test_authorisation as matrix
from tests.architecture.test_hostile_parameters import almighty as almighty
from tests.factories.people import PersonFactory, PostFactory

pytestmark = pytest.mark.django_db

world = matrix.world

PAGES = {name: row for name, row in matrix.MATRIX.items() if not row.post}
# A signed pass in the body, bound to the session, stands in the token's place.
# What carries a pass of its own, and the choice of a language, which writes nothing but its cookie.
PASSES = {
    "set_language",
    "exams:api_answers",
    "exams:api_submit",
    "exams:api_signs",
    "courses:api_ticks",
    "courses:api_told",
}


def _is_let_in(client: Client, name: str, world: Any) -> bool:
    """Whether the guard let a POST through; a page that takes none (405) lets nobody in."""
    answer = client.post(reverse(name, args=matrix.MATRIX[name].args(world)))
    if answer.status_code == 302 and answer.url.startswith("/accounts/login/"):
        return False
    return answer.status_code not in (403, 404, 405)


def test_a_visitor_sends_to_nothing_but_what_is_public(world):
    client = matrix._visitor(None)

    assert [
        name for name, row in PAGES.items() if not row.public and _is_let_in(client, name, world)
    ] == []


def test_a_learner_sends_to_nothing_of_a_role_or_of_others(world):
    client = matrix._visitor(PostFactory(person__unit=world.places["sibling"]).person)

    assert [
        name
        for name, row in PAGES.items()
        if (row.own or not row.learners) and _is_let_in(client, name, world)
    ] == []


def test_every_role_of_another_unit_together_sends_to_nothing_of_this_one(world):
    unit = world.places["sibling"]
    stranger = PostFactory(person=PersonFactory(unit=unit)).person
    for role in Role:
        grant_role(stranger, role, unit, by=None, now=matrix.NOW, on=matrix.date(2020, 1, 1))
    client = matrix._visitor(stranger)

    assert [
        name for name, row in PAGES.items() if row.scoped and _is_let_in(client, name, world)
    ] == []


def test_the_sweep_would_notice_a_page_that_guards_its_get_alone(world, monkeypatch):
    """Negative control: with the role check switched off the learner is let in."""
    monkeypatch.setattr("people.permissions.has_role", lambda *args: True)
    client = matrix._visitor(PersonFactory(unit=world.places["sibling"]))

    assert (
        len([n for n, row in PAGES.items() if not row.learners and _is_let_in(client, n, world)])
        > 5
    )


def test_nothing_is_taken_without_the_token_of_our_own_page(almighty, world):
    client = Client(enforce_csrf_checks=True)
    client.cookies[settings.SESSION_COOKIE_NAME] = almighty.cookies[
        settings.SESSION_COOKIE_NAME
    ].value

    assert [
        name
        for name, row in matrix.MATRIX.items()
        if name not in PASSES
        and client.post(reverse(name, args=row.args(world))).status_code != 403
    ] == []
