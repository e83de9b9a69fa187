"""A password somebody else made opens one door only: the page on which one's own is chosen."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from people import operations
from people.enums import Role
from people.models import AuditEntry, Person
from tests.factories.exams import make_attempt, make_exam
from tests.factories.people import OrgUnitFactory, PersonFactory, RoleGrantFactory

NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
PAGE = "/accounts/first-password/"
OWN = "湖边的三棵老柳树正发芽"
BEHIND_THE_DOOR = (
    "/",
    "/people/",
    "/ledger/import/",
    "/jobs/",
    "/api/me/standings/",
    "/cms/",
    "/exams/",
)


@pytest.fixture
def unit(db):
    return OrgUnitFactory()


@pytest.fixture
def keeper(unit):
    return RoleGrantFactory(role=Role.SYSTEM_ADMIN, unit=unit).person


@pytest.fixture
def newcomer(unit):
    person = PersonFactory(unit=unit, name="王晓明")
    person.set_unusable_password()
    person.save()
    return person


@pytest.fixture
def first(newcomer, keeper):
    ((_person, password),) = operations.issue_first_passwords(
        keeper.role_grants.get().unit, by=keeper, now=NOW
    )
    return password


def typed(person, password, client=None, at="/accounts/login/", field="login"):
    """The client after typing the password, and where it was led."""
    client = client or Client()
    answer = client.post(at, {field: person.staff_number, "password": password})
    return client, answer.headers.get("Location")


def chosen(client, one=OWN, two=None):
    return client.post(PAGE, {"password1": one, "password2": two or one})


def is_in(client):
    return client.get("/").status_code == 200


def test_who_was_given_a_password_chooses_his_own_and_is_in(newcomer, first):
    client, led_to = typed(newcomer, first)
    assert led_to == PAGE
    page = client.get(PAGE)
    text = page.content.decode()
    assert "请设置自己的密码" in text
    assert "至少 10 个字符。" in text
    assert "no-store" in page.headers["Cache-Control"]
    assert not is_in(client)

    assert chosen(client).status_code == 302
    assert is_in(client)
    newcomer.refresh_from_db()
    assert not newcomer.must_choose_password
    assert AuditEntry.objects.get(verb="people.password.choose").actor == newcomer
    # The next time nothing is asked, and the first password is worth nothing.
    again, led_to = typed(newcomer, OWN)
    assert (led_to, is_in(again)) == ("/", True)
    assert not is_in(typed(newcomer, first)[0])


def test_a_password_an_administrator_set_anew_is_a_first_one_and_ends_what_was_open(
    newcomer, keeper
):
    newcomer.set_password(OWN)
    newcomer.save()
    open_before, led_to = typed(newcomer, OWN)
    assert (led_to, is_in(open_before)) == ("/", True)

    password = operations.issue_password(newcomer.pk, by=keeper, now=NOW)

    assert not is_in(open_before)
    assert typed(newcomer, password)[1] == PAGE


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("短", None),
        ("1234567890123", None),
        (OWN, OWN + "x"),
        ("password123", None),
        ("given", None),
    ],
)
def test_a_poor_password_is_refused_with_the_reason(newcomer, first, one, two):
    client, _ = typed(newcomer, first)
    answer = chosen(client, first if one == "given" else one, two)
    assert answer.status_code == 422
    assert answer.context["form"].errors
    reasons = str(answer.context["form"].errors["password2" if two else "password1"])
    assert not re.search("[a-z]{3}", re.sub("<[^>]*>", "", reasons)), reasons  # in Chinese
    assert not is_in(client)
    assert Person.objects.get(pk=newcomer.pk).check_password(first)


@pytest.mark.parametrize("address", BEHIND_THE_DOOR)
def test_nothing_else_is_reached_before(newcomer, first, address, django_assert_max_num_queries):
    Person.objects.filter(pk=newcomer.pk).update(is_superuser=True)  # the editors' rooms ask for it
    client, _ = typed(newcomer, first)
    open_to_all = Client().get(address)
    with django_assert_max_num_queries(6):
        answer = client.get(address)
    assert (answer.status_code, answer.headers.get("Location")) == (
        open_to_all.status_code,
        open_to_all.headers.get("Location"),
    )
    # The negative control: with a password of one's own the same address answers otherwise.
    chosen(client)
    now = client.get(address)
    assert (now.status_code, now.headers.get("Location")) != (
        answer.status_code,
        answer.headers.get("Location"),
    ) or now.content != answer.content


def test_no_exam_begins_or_goes_on_before(newcomer, first):
    exam = make_exam()
    attempt = make_attempt(exam, newcomer)
    client, _ = typed(newcomer, first)
    for address in (f"/exams/{exam.pk}/", f"/exams/attempts/{attempt.pk}/"):
        answer = client.get(address)
        assert answer.status_code in (302, 404)
        assert "token" not in answer.content.decode()
    saved = client.post(f"/api/attempts/{attempt.pk}/answers/", {}, content_type="application/json")
    assert saved.status_code in (400, 403)


def test_the_other_doors_lead_nowhere(newcomer, first, keeper):
    RoleGrantFactory(role=Role.EDITOR, unit=newcomer.unit, person=newcomer)
    client, _ = typed(newcomer, first, at="/cms/login/", field="username")
    assert not is_in(client)
    # Signed in without the form, as a test or another library might.
    client.force_login(Person.objects.get(pk=newcomer.pk), backend="people.backends.RosterBackend")
    assert not is_in(client)
    assert client.get("/api/me/standings/").status_code == 403
    Person.objects.filter(pk=newcomer.pk).update(must_choose_password=False)
    assert is_in(client)  # it was the mark that kept him out


def test_the_page_is_nobody_s_without_a_sign_in_under_way(newcomer, first, keeper, login):
    stranger = Client()
    assert stranger.get(PAGE).url == "/accounts/login/"
    assert chosen(stranger).url == "/accounts/login/"
    assert typed(newcomer, "wrong", stranger)[1] is None
    assert chosen(stranger).url == "/accounts/login/"
    assert chosen(login(Client(), keeper)).url == "/"
    assert Person.objects.get(pk=newcomer.pk).check_password(first)


def test_of_two_browsers_the_second_changes_nothing_and_of_two_tabs_both_are_in(newcomer, first):
    one, _ = typed(newcomer, first)
    two, _ = typed(newcomer, first)
    chosen(one)

    assert chosen(two, "不是本人所选的另一个密码").url == "/accounts/login/"
    assert not is_in(two)
    assert Person.objects.get(pk=newcomer.pk).check_password(OWN)
    assert chosen(one, "第二个标签页里的密码也不算").url == "/"
    assert Person.objects.get(pk=newcomer.pk).check_password(OWN)


def test_a_sign_in_under_way_ends_with_the_password_it_began_with(newcomer, first, keeper):
    client, _ = typed(newcomer, first)
    newer = operations.issue_password(newcomer.pk, by=keeper, now=NOW)

    assert chosen(client).url == "/accounts/login/"
    assert Person.objects.get(pk=newcomer.pk).check_password(newer)


def test_a_sign_in_under_way_ends_with_the_account(newcomer, first):
    client, _ = typed(newcomer, first)
    Person.objects.filter(pk=newcomer.pk).update(is_active=False)

    assert chosen(client).url == "/accounts/login/"
    assert Person.objects.get(pk=newcomer.pk).check_password(first)


def test_leaving_and_language_are_open_meanwhile(newcomer, first):
    client, _ = typed(newcomer, first)
    client.post("/language/", {"language": "en", "next": PAGE})
    assert "Choose your own password" in client.get(PAGE).content.decode()
    client.post("/accounts/logout/")
    assert client.get(PAGE).url == "/accounts/login/"
