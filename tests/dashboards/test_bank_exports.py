"""What the bank gives out by jobs: questions of any number in any format, papers, answer sheets."""

import io
import zipfile

import pytest

from dashboards import reports
from dashboards.enums import JobState
from dashboards.models import Job
from exams import bank_file, operations, printed
from exams.engine import formats
from exams.models import BlueprintRow
from people.enums import Role
from people.models import AuditEntry, RoleGrant
from tests.factories.exams import NOW, make_exam, make_paper, make_question
from tests.factories.people import PersonFactory, RoleGrantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    """Files of these tests lie apart."""
    settings.VAR_DIR = tmp_path


@pytest.fixture
def setter(client, login, district):
    person = RoleGrantFactory(role=Role.QUESTION_SETTER, unit=district.top).person
    login(client, person)
    return person


def asked_for(client, kind, form, **asked):
    """(the job, its file), asked for as the page does."""
    assert client.post("/jobs/export/", {"kind": kind, "form": form, **asked}).status_code == 302
    job = Job.objects.latest("pk")
    assert job.state == JobState.DONE
    answer = client.get(f"/jobs/{job.pk}/file/")
    return job, answer, b"".join(answer.streaming_content)


@pytest.mark.parametrize("name", formats.FORMATS)
def test_questions_of_the_filters_leave_in_every_format(client, setter, name, monkeypatch):
    monkeypatch.setattr(bank_file, "READ_AT_ONCE", 2)
    for number in range(5):
        make_question(code=f"A-{number}")
    make_question(code="B-1")

    job, answer, raw = asked_for(client, "questions", "file", query="q=A-", format=name)

    assert answer["Content-Type"] == formats.FORMATS[name].mime
    assert len(formats.read(name, raw).records) == 5
    assert (job.done, job.total) == (10, 10)
    made = AuditEntry.objects.get(verb="dashboards.questions.export")
    assert (made.actor, made.detail["questions"], made.detail["query"]) == (setter, 5, "q=A-")


def test_the_order_is_that_of_the_list_however_many_are_read_at_once(monkeypatch):
    made = [make_question(code=f"A-{number}") for number in range(5)]
    whole = [record.code for record in bank_file.records(*_all())]
    assert sorted(whole) == [question.code for question in made]
    monkeypatch.setattr(bank_file, "READ_AT_ONCE", 2)
    assert [record.code for record in bank_file.records(*_all())] == whole


def _all():
    return bank_file.queries.questions(), lambda done: None


def test_what_the_format_does_not_carry_stands_beside_the_file(client, setter):
    parts = [{"type": "true_false", "stem": "x", "key": True}]
    make_question({"type": "case", "parts": parts}, code="B-1")
    make_question(code="A-1")
    job, _answer, raw = asked_for(client, "questions", "file", query="", format="gift")
    assert job.result["lost"] == len(job.result["losses"]) > 0
    page = client.get("/jobs/").content.decode()
    assert "无法写出题型“案例题”" in page
    assert [record.code for record in formats.read("gift", raw).records] == ["A-1"]


def test_a_paper_is_printed_with_its_key_or_without(client, setter, monkeypatch):
    paper, asked = make_paper(count=1), []
    monkeypatch.setattr(
        printed, "printed_paper", lambda paper, with_key: asked.append(with_key) or b"%PDF-"
    )
    for layout, with_key in (("paper", False), ("key", True)):
        job, answer, _raw = asked_for(client, "paper", "pdf", paper=paper.pk, layout=layout)
        assert answer["Content-Type"] == "application/pdf"
        assert ("含答案" in job.title, asked[-1]) == (with_key, with_key)
    made = AuditEntry.objects.filter(verb="dashboards.paper.export").latest("pk")
    assert (made.actor, made.detail["layout"]) == (setter, "key")
    assert 'name="layout" value="key"' in client.get(f"/papers/{paper.pk}/").content.decode()


def test_answer_sheets_are_of_the_candidates_in_reach_a_hundred_a_volume(
    client, login, administrator, district, monkeypatch
):
    monkeypatch.setattr(reports.bank, "SHEETS_A_VOLUME", 2)
    volumes = []
    monkeypatch.setattr(
        printed, "printed_sheets", lambda exam, people: volumes.append(list(people)) or b"%PDF-"
    )
    mine = PersonFactory.create_batch(3, unit=district.first)
    foreign = PersonFactory(unit=district.foreign)
    ids = [person.pk for person in (*mine, foreign)]
    exam = make_exam(make_paper(count=1), audience="persons", person_ids=ids)
    login(client, administrator)
    page = client.get(f"/sittings/{exam.pk}/candidates/").content.decode()
    assert 'name="kind" value="sheets"' in page

    _job, _answer, raw = asked_for(client, "sheets", "pdf", exam=exam.pk)

    assert zipfile.ZipFile(io.BytesIO(raw)).namelist() == ["001.pdf", "002.pdf"]
    assert [len(volume) for volume in volumes] == [2, 1]
    assert [person for volume in volumes for person in volume] == mine
    made = AuditEntry.objects.get(verb="dashboards.sheets.export")
    assert (made.actor, made.detail["persons"]) == (administrator, 3)


def test_where_each_has_a_paper_of_his_own_there_is_no_common_sheet(
    client, login, administrator, district
):
    make_question()
    row = BlueprintRow(count=1, points=2)
    blueprint = operations.create_blueprint("蓝图", [row], by=administrator, now=NOW)
    mine = PersonFactory(unit=district.first)
    exam = make_exam(blueprint_id=blueprint.pk, audience="persons", person_ids=[mine.pk])
    login(client, administrator)
    asked = {"kind": "sheets", "form": "pdf", "exam": exam.pk}
    assert client.post("/jobs/export/", asked).status_code == 404
    page = client.get(f"/sittings/{exam.pk}/candidates/").content.decode()
    assert "答题卡（PDF）" not in page


def test_who_may_ask_for_what(client, login, administrator, liaison, setter, district):
    paper = make_paper(count=1)
    mine = PersonFactory(unit=district.first)
    exam = make_exam(paper, audience="persons", person_ids=[mine.pk])
    reviewer = RoleGrantFactory(role=Role.QUESTION_REVIEWER, unit=district.top).person
    learner = PersonFactory(unit=district.first)
    questions = {"kind": "questions", "form": "file", "query": "", "format": "json"}
    printed_paper = {"kind": "paper", "form": "pdf", "paper": paper.pk, "layout": "paper"}
    sheets = {"kind": "sheets", "form": "pdf", "exam": exam.pk}
    people = {"kind": "people", "form": "xlsx", "unit": "D1", "query": ""}
    findings = {"kind": "quality", "form": "xlsx", "check": ""}
    wanted = (questions, printed_paper, sheets, people, findings)
    may = {
        setter: (True, True, False, False, False),
        reviewer: (True, True, False, False, False),
        administrator: (False, True, True, True, True),
        liaison: (False, False, False, True, True),
        learner: (False,) * 5,
    }

    for person, expected in may.items():
        login(client, person)
        answers = [client.post("/jobs/export/", asked).status_code for asked in wanted]
        assert [answer == 302 for answer in answers] == list(expected)
        assert set(answers) <= {302, 404}
    login(client, setter)
    for wrong in (
        {"form": "xlsx"}, {"form": "deed"}, {"format": "exe"}, {"format": ""},
    ):  # fmt: skip
        assert client.post("/jobs/export/", {**questions, **wrong}).status_code == 404
    for wrong in ({"layout": "else"}, {"paper": 0}, {"paper": "9" * 30}, {"form": "file"}):
        assert client.post("/jobs/export/", {**printed_paper, **wrong}).status_code == 404


def test_a_setter_who_lost_the_role_meanwhile_gets_nothing(setter):
    make_question()
    RoleGrant.objects.filter(person=setter).delete()
    with pytest.raises(reports.NotEntrusted):
        reports.REPORTS["questions"](setter, {"query": "", "format": "json"}, NOW)
