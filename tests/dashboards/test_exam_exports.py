"""Exam results as files: in the asker's scope, never his own, in the background, with an audit row."""

from datetime import UTC, datetime

import pytest
from django.template.loader import render_to_string

from dashboards.enums import JobState
from dashboards.files import printed
from dashboards.models import Job
from exams import operations as exams
from exams import queries
from people.enums import Role
from people.models import AuditEntry, Person
from tests.dashboards.conftest import exported
from tests.factories.exams import make_attempt, make_exam, make_paper
from tests.factories.people import OrgUnitFactory, PersonFactory, RoleGrantFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    """Files of these tests lie apart."""
    settings.VAR_DIR = tmp_path


@pytest.fixture
def pages(monkeypatch):
    """The pages as they go to the printer, and none of its seconds."""
    pages = []

    def print_them(template, context):
        pages.append(render_to_string(template, context))
        return b"%PDF-"

    monkeypatch.setattr(printed, "pdf", print_them)
    return pages


def handed_in(exam, person):
    attempt = make_attempt(exam, person)
    exams.submit_attempt(attempt.pk, now=NOW)
    exams.grade_attempt(attempt.pk, now=NOW)
    return attempt


def test_exam_results_are_exported_by_the_units_of_the_asker(
    client, login, administrator, liaison, district
):
    exam = make_exam(make_paper(count=1))
    make_attempt(exam, PersonFactory(unit=district.first))
    login(client, administrator)
    assert 'value="results"' in client.get(f"/sittings/{exam.pk}/results/").content.decode()

    rows = exported(client, "results", exam=exam.pk, unit="D")["各单位成绩"]

    assert [row[0] for row in rows[1:]] == ["D1", "D2"]
    login(client, liaison)
    asked = {"kind": "results", "form": "xlsx", "exam": exam.pk, "unit": "D2"}
    assert client.post("/jobs/export/", asked).status_code == 404
    stranger = RoleGrantFactory(role=Role.LIAISON, unit=OrgUnitFactory(code="Y")).person
    login(client, stranger)
    assert client.post("/jobs/export/", asked).status_code == 404
    assert Job.objects.count() == 1


def test_results_of_persons_are_exported_in_scope_with_what_became_of_each(
    client, login, administrator, liaison, district
):
    second = PersonFactory(unit=district.second, name="=1+1")
    absent = PersonFactory(unit=district.first)
    foreign = PersonFactory(unit=OrgUnitFactory(code="Y"))
    exam = make_exam(
        make_paper(count=2), audience="persons", person_ids=[second.pk, absent.pk, foreign.pk]
    )
    for person in (second, foreign):
        handed_in(exam, person)
    login(client, administrator)
    page = client.get(f"/sittings/{exam.pk}/results/").content.decode()
    assert 'value="person_results"' in page

    rows = exported(client, "person_results", exam=exam.pk, unit="")["个人考试成绩"]

    # Unit by unit as the tree has them.
    assert [(row[0], row[5]) for row in rows[1:]] == [
        (absent.staff_number, "缺考或未评分"),
        (second.staff_number, "未合格"),
    ]
    assert rows[2][1] == "=1+1"
    assert rows[2][3:5] == [0, 4]
    made = AuditEntry.objects.get(verb="dashboards.person_results.export")
    assert (made.actor, made.detail["persons"], made.detail["exam"]) == (
        administrator, 2, str(exam.pk),
    )  # fmt: skip
    login(client, liaison)
    rows = exported(client, "person_results", exam=exam.pk, unit="D1")["个人考试成绩"]
    assert [row[0] for row in rows[1:]] == [absent.staff_number]
    asked = {"kind": "person_results", "form": "xlsx", "exam": exam.pk, "unit": "D2"}
    assert client.post("/jobs/export/", asked).status_code == 404


def test_nobody_exports_his_own_score(client, login, administrator, district):
    exam = make_exam(make_paper(count=1), review="nothing")
    handed_in(exam, administrator)
    other = PersonFactory(unit=district.first)
    handed_in(exam, other)
    login(client, administrator)
    rows = exported(client, "person_results", exam=exam.pk, unit="")["个人考试成绩"]
    numbers = [row[0] for row in rows[1:]]
    assert other.staff_number in numbers
    assert administrator.staff_number not in numbers


def test_the_list_to_sign_is_unit_by_unit_with_a_place_for_who_checked(
    client, login, administrator, district, pages
):
    people = [PersonFactory(unit=unit) for unit in (district.second, district.first) * 2]
    exam = make_exam(audience="persons", person_ids=[person.pk for person in people])
    handed_in(exam, people[0])
    login(client, administrator)
    asked = {"kind": "person_results", "form": "pdf", "exam": exam.pk, "unit": ""}
    client.post("/jobs/export/", asked)
    job = Job.objects.latest("pk")
    assert (job.state, job.done, job.total) == (JobState.DONE, 4, 4)
    (page,) = pages
    assert page.count('scope="rowgroup"') == 2
    assert page.index(district.first.name) < page.index(district.second.name)
    assert "核对人：" in page
    # The unit stands above its rows and not in each of them.
    assert page.count(f">{district.first.name}<") == 1


def test_offices_of_one_name_stand_apart_after_the_units_above_them(
    client, login, administrator, district, pages
):
    offices = [
        OrgUnitFactory(name="办公室", parent=unit) for unit in (district.first, district.second)
    ]
    people = [PersonFactory(unit=unit) for unit in (*offices, district.first)]
    exam = make_exam(audience="persons", person_ids=[person.pk for person in people])
    login(client, administrator)
    asked = {"kind": "person_results", "form": "pdf", "exam": exam.pk, "unit": ""}
    client.post("/jobs/export/", asked)
    (page,) = pages
    assert page.count('scope="rowgroup"') == 3
    for above in (district.first, district.second):
        assert f">{above.name} · 办公室<" in page
    assert f">{district.first.name}<" in page


def test_results_are_read_some_hundreds_at_a_time(district, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(queries.sittings, "AT_ONCE", 2)
    exam = make_exam(make_paper(count=1), audience="units", unit_ids=[district.first.pk])
    people = PersonFactory.create_batch(5, unit=district.first)
    attempt = handed_in(exam, people[4])
    persons = queries.persons_in_results(exam, Person.objects.filter(pk__in=[p.pk for p in people]))
    with django_assert_num_queries(1 + 2 * 3):
        found = list(queries.with_results(exam, persons))
    assert [person for person, _ in found] == people
    assert [each.pk if each else None for _, each in found] == [None] * 4 + [attempt.pk]
