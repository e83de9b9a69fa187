"""What the examination tests share."""

import json
from datetime import date

import pytest
from django.conf import settings

from exams.permissions import issue_pass
from exams.queries import sheet_of
from people.enums import Role
from tests.factories.people import OrgUnitFactory, PersonFactory, RoleGrantFactory


@pytest.fixture
def role(db):
    """``role(Role.QUESTION_SETTER)``: a person who holds it."""
    unit = OrgUnitFactory()

    def make(*roles: Role):
        holder = PersonFactory(unit=unit)
        for one in roles:
            RoleGrantFactory(
                person=holder, role=one, unit=unit, starts_on=date(2020, 1, 1), ends_on=None
            )
        return holder

    return make


@pytest.fixture
def admin(db):
    """A training administrator of a unit, who himself belongs elsewhere."""
    unit = OrgUnitFactory()
    person = PersonFactory()
    RoleGrantFactory(
        person=person, role=Role.TRAINING_ADMIN, unit=unit, starts_on=date(2020, 1, 1), ends_on=None
    )
    person.scope = unit
    return person


class Page:
    """The examination page as its script sees it: a pass and the save address."""

    def __init__(self, client, attempt):
        self.client, self.attempt = client, attempt
        self.token = issue_pass(
            attempt, len(sheet_of(attempt)), client.cookies[settings.SESSION_COOKIE_NAME].value
        )

    def post(self, where, answers, **body):
        return self.client.post(
            f"/api/attempts/{self.attempt.pk}/{where}/",
            json.dumps({"token": self.token, "answers": answers, **body}),
            content_type="application/json",
        )

    def save(self, *answers):
        """``save((item, seq, value), …)`` → the list of replies."""
        entries = [{"item": item, "seq": seq, "value": value} for item, seq, value in answers]
        response = self.post("answers", entries)
        assert response.status_code == 200, response.content
        return response.json()["answers"]

    def submit(self, *answers):
        entries = [{"item": item, "seq": seq, "value": value} for item, seq, value in answers]
        return self.post("submit", entries)


@pytest.fixture
def open_page(client, login):
    """``open_page(attempt)``: its own candidate, signed in, with the page open."""

    def open_it(attempt):
        login(client, attempt.person)
        return Page(client, attempt)

    return open_it
