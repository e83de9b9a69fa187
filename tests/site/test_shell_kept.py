"""The shell is drawn once and kept; whatever is somebody's own is filled in for each request."""

import re

import pytest
from django.test import Client

from people.enums import Role
from tests.factories.exams import ExamFactory
from tests.factories.people import OrgUnitFactory, PersonFactory, RoleGrantFactory

pytestmark = pytest.mark.django_db
PAGE = "/practice/"  # a page of the shell that shows no person of its own


def rail(text: str) -> str:
    return text[text.index('<nav class="rail"') :].partition("</nav>")[0]


def page(client, person, login, **cookies) -> str:
    for name, value in cookies.items():
        client.cookies[name] = value
    return login(client, person).get(PAGE).content.decode()


def test_two_people_in_turn_each_see_their_own_name_unit_and_number(login):
    one = PersonFactory(name="甲某", unit=OrgUnitFactory(name="第一单位"))
    two = PersonFactory(name="乙某", unit=OrgUnitFactory(name="第二单位"))

    first, second = page(Client(), one, login), page(Client(), two, login)

    assert "甲某" in first
    assert "第一单位" in first
    assert f'data-who="{one.pk}"' in first
    assert "甲某" not in second
    assert "第一单位" not in second
    assert f'data-who="{two.pk}"' in second


def test_a_name_is_escaped_and_one_that_looks_like_a_mark_stays_a_name(login):
    person = PersonFactory(name="<b>[[token]]</b>", unit=None)

    text = page(Client(), person, login)

    assert "&lt;b&gt;[[token]]&lt;/b&gt;" in text
    assert "<b>[[" not in text


def test_each_look_and_language_has_its_own_bar(person, login):
    pressed = re.compile(r'data-value="dark" aria-pressed="(true|false)"')

    plain = page(Client(), person, login)
    dark = page(Client(), person, login, theme="dark")
    english = page(Client(), person, login, django_language="en")

    assert pressed.search(plain)[1] == "false"
    assert pressed.search(dark)[1] == "true"
    assert "Sign out" in english
    assert "Sign out" not in plain


def test_the_kept_forms_carry_the_token_of_who_asks(person, login):
    client = login(Client(enforce_csrf_checks=True), person)
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', client.get(PAGE).content.decode())[1]

    refused = client.post("/accounts/logout/")
    taken = client.post("/accounts/logout/", {"csrfmiddlewaretoken": token})

    assert refused.status_code == 403
    assert (taken.status_code, client.get(PAGE).status_code) == (302, 302)


def test_a_role_granted_or_ended_shows_in_the_rail_at_once(person, login):
    client = login(Client(), person)
    assert "/bank/" not in client.get(PAGE).content.decode()

    grant = RoleGrantFactory(person=person, role=Role.QUESTION_SETTER)
    assert "/bank/" in client.get(PAGE).content.decode()

    grant.delete()
    assert "/bank/" not in client.get(PAGE).content.decode()


def test_my_jobs_stand_once_in_the_rail_whatever_the_roles(person, login):
    client = login(Client(), person)
    rail = re.compile(r'class="rail.*?</nav>', re.DOTALL)

    def times():
        return rail.search(client.get(PAGE).content.decode())[0].count('href="/jobs/"')

    assert times() == 0
    RoleGrantFactory(person=person, role=Role.QUESTION_SETTER)
    assert times() == 1
    RoleGrantFactory(person=person, role=Role.AUDITOR)
    assert times() == 1


def test_who_is_no_longer_active_is_not_signed_in_any_more(person, login):
    client = login(Client(), person)
    person.is_active = False
    person.save()

    assert client.get(PAGE).status_code == 302


def test_a_visitor_s_way_in_leads_back_to_the_very_page(db):
    text = Client().get("/search/?q=a%22b&year=2020").content.decode()

    assert "?next=/search/%3Fq%3Da%2522b%26year%3D2020" in text
    assert "[[" not in text


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("/papers/", "/papers/"),
        ("/papers/series/", "/papers/exams/"),
        ("/classes/", "/classes/"),
        ("/classes/make-up/", "/classes/answers/"),
        ("/classes/excuses/", "/classes/plans/"),
        ("/courses/remarks/", "/courses/assigned/"),
        ("/leagues/", "/overview/"),
        ("/same-persons/", "/quality/"),
    ],
)
def test_the_rail_marks_the_line_that_leads_to_a_page_even_where_addresses_are_alike(
    login, address, line
):
    unit = OrgUnitFactory()
    person = PersonFactory(unit=unit)
    for role in (Role.TRAINING_ADMIN, Role.QUESTION_SETTER):
        RoleGrantFactory(person=person, unit=unit, role=role)

    text = login(Client(), person).get(address).content.decode()

    assert set(re.findall(r'<a [^>]*href="([^"]+)"[^>]*aria-current="page"', rail(text))) == {line}


def test_the_rail_marks_by_the_view_where_the_address_begins_like_another_line(login):
    sitting = ExamFactory()
    person = PersonFactory()
    RoleGrantFactory(person=person, unit=person.unit, role=Role.QUESTION_REVIEWER)

    text = login(Client(), person).get(f"/exams/{sitting.pk}/afterwards/").content.decode()

    assert 'href="/papers/exams/" aria-current="page"' in rail(text)
