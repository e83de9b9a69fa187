"""Every page: what it costs, who may see it, what it says."""

from datetime import timedelta

import pytest
import time_machine

from exams import operations
from exams.engine.items import record_from_dict
from exams.models import BlueprintRow, Exam, Paper, Question, QuestionVersion
from people.enums import Role
from tests.exams.engine.test_items import EXAMPLES
from tests.factories.exams import NOW, make_attempt, make_exam, make_paper, make_question
from tests.factories.people import OrgUnitFactory, PersonFactory

pytestmark = pytest.mark.django_db
MEMBER_PAGES = ["/exams/", "/exams/mine/", "/exams/receipts/"]
BANK_PAGES = ["/bank/", "/bank/new/", "/bank/{q}/", "/bank/{q}/edit/", "/bank/{q}/history/",
              "/papers/", "/papers/new/", "/papers/{p}/", "/papers/exams/", "/papers/exams/new/",
              "/papers/exams/{e}/", "/papers/blueprints/{b}/"]  # fmt: skip


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def house(role):
    """One of everything."""
    questions = [make_question() for _ in range(3)]
    paper = make_paper(questions)
    exam = make_exam(paper)
    row = BlueprintRow(count=2, points=2)
    blueprint = operations.create_blueprint("蓝图", [row], by=PersonFactory(), now=NOW)
    return {"q": questions[0].pk, "p": paper.pk, "e": exam.pk, "b": blueprint.pk}


@pytest.mark.parametrize("address", MEMBER_PAGES)
def test_a_members_page_costs_few_statements(
    address, client, login, person, house, django_assert_max_num_queries
):
    login(client, person)
    with django_assert_max_num_queries(10):
        assert client.get(address).status_code == 200


def test_the_examination_page_costs_few_statements(client, login, django_assert_max_num_queries):
    attempt = make_attempt(make_exam(make_paper([make_question(e) for e in EXAMPLES])))
    login(client, attempt.person)
    with django_assert_max_num_queries(6):
        assert client.get(f"/attempts/{attempt.pk}/").status_code == 200


@pytest.mark.parametrize("address", BANK_PAGES)
def test_a_page_of_the_bank_costs_few_statements(
    address, client, login, role, house, django_assert_max_num_queries
):
    login(client, role(Role.QUESTION_SETTER, Role.QUESTION_REVIEWER))
    with django_assert_max_num_queries(14):
        assert client.get(address.format(**house)).status_code == 200


def test_the_list_of_the_bank_costs_the_same_for_many_questions(
    client, login, role, django_assert_max_num_queries
):
    login(client, role(Role.QUESTION_SETTER))
    for _ in range(12):
        make_question()
    with django_assert_max_num_queries(10):
        client.get("/bank/")


@pytest.mark.parametrize("address", BANK_PAGES)
@pytest.mark.parametrize("held", [(), (Role.LIAISON, Role.EDITOR, Role.AUDITOR, Role.SYSTEM_ADMIN)])
def test_the_bank_is_not_there_for_other_roles(address, held, client, login, role, house):
    login(client, role(*held))
    assert client.get(address.format(**house)).status_code == 404


def test_an_attempt_of_somebody_else_is_not_there(client, login, person):
    attempt = make_attempt()
    login(client, person)
    for page in ("", "pass/", "receipt/", "result/"):
        assert client.get(f"/attempts/{attempt.pk}/{page}").status_code == 404
    assert client.post(f"/attempts/{attempt.pk}/submit/").status_code == 404
    login(client, attempt.person)
    assert client.get(f"/attempts/{attempt.pk}/").status_code == 200


def test_nobody_gets_in_without_signing_in(client, house):
    for address in (*MEMBER_PAGES, *BANK_PAGES, "/exams/{e}/"):
        assert client.get(address.format(**house)).status_code == 302


def test_an_exam_for_certain_units_is_there_for_them_and_below_only(client, login):
    unit = OrgUnitFactory()
    below = PersonFactory(unit=OrgUnitFactory(parent=unit))
    beside = PersonFactory()
    exam = make_exam(audience="units", unit_ids=[unit.pk])
    for somebody, status in ((below, 200), (beside, 404)):
        login(client, somebody)
        assert client.get(f"/exams/{exam.pk}/").status_code == status
        assert (exam.title in client.get("/exams/").content.decode()) is (status == 200)
        answer = client.post(f"/exams/{exam.pk}/start/").status_code
        assert answer == (302 if status == 200 else 404)


def test_an_exam_of_a_course_is_not_listed_but_may_be_sat(client, login, person):
    exam = make_exam(audience="course")
    login(client, person)
    assert exam.title not in client.get("/exams/").content.decode()
    assert client.get(f"/exams/{exam.pk}/").status_code == 200


@pytest.mark.parametrize(
    ("now", "may"),
    [(timedelta(hours=-1, microseconds=-1), False), (timedelta(hours=-1), True),
     (timedelta(days=1, microseconds=-1), True), (timedelta(days=1), False)],
)  # fmt: skip
def test_an_exam_may_be_begun_from_its_opening_until_before_its_close(now, may, person):
    exam = make_exam()
    if may:
        assert operations.start_attempt(exam.pk, person, now=NOW + now).due_at <= exam.closes_at
    else:
        with pytest.raises(operations.StartRefused):
            operations.start_attempt(exam.pk, person, now=NOW + now)


def test_attempts_are_used_up(person):
    exam = make_exam(attempts_allowed=1)
    attempt = operations.start_attempt(exam.pk, person, now=NOW)
    operations.submit_attempt(attempt.pk, now=NOW)
    with pytest.raises(operations.StartRefused, match="used_up"):
        operations.start_attempt(exam.pk, person, now=NOW)


def test_an_attempt_declared_void_gives_the_try_back(person):
    exam = make_exam(attempts_allowed=1)
    attempt = operations.start_attempt(exam.pk, person, now=NOW)
    operations.void_attempt(attempt.pk, because="断网", by=PersonFactory(), now=NOW)
    assert operations.start_attempt(exam.pk, person, now=NOW).ordinal == 2


def test_a_receipt_is_confirmed_to_its_owner_and_not_to_others(client, login, person):
    attempt = make_attempt()
    receipt, _ = operations.submit_attempt(attempt.pk, now=NOW)
    address = f"/exams/receipts/?code={receipt.code.lower()}"
    login(client, attempt.person)
    assert attempt.person.name in client.get(address).content.decode()
    login(client, person)
    assert attempt.person.name not in client.get(address).content.decode()


def rows(kind):
    """The fields a setter sends for an example of this type."""
    common = {"category": "党章党规/党章", "difficulty": "3", "stem": "题干"}
    return common | {
        "single": {"row-0-text": "甲", "row-1-text": "乙", "key": "B"},
        "multiple": {"row-0-text": "甲", "row-1-text": "乙", "row-2-text": "丙", "key": ["A", "C"], "rule": "half"},
        "true_false": {"truth": "false"},
        "fill_in": {"stem": "[[1]]年召开[[2]]", "row-0-accept": "2022", "row-1-accept": "二十大 | 党的二十大", "rule": "per_blank"},
        "numeric": {"number": "86.97", "tolerance": "0.01", "unit": "%"},
        "matching": {"row-0-left": "一", "row-0-right": "甲", "row-1-left": "二", "row-1-right": "乙", "distractors": "丙", "rule": "per_pair"},
        "ordering": {"row-0-text": "先", "row-1-text": "后", "rule": "exact"},
        "short_answer": {"row-0-text": "要点", "row-0-any_of": "甲|乙", "row-0-weight": "2", "marking": "manual"},
        "essay": {"row-0-text": "观点", "min_length": "300", "max_length": "1500"},
        "case": {"source": "stem: 案例\nparts:\n- {type: true_false, stem: 问, key: true}\n"},
    }[kind]  # fmt: skip


@pytest.mark.parametrize("kind", [e["type"] for e in EXAMPLES if e["type"]])
def test_a_question_of_every_type_is_written_and_edited_in_the_browser(kind, client, login, role):
    login(client, role(Role.QUESTION_SETTER))
    response = client.post(f"/bank/new/?type={kind}", rows(kind))
    assert response.status_code == 302, response.context["form"].errors
    question = Question.objects.get()
    assert question.current.type == kind
    # What the form shows of it, sent back unchanged, is the same question.
    page = client.get(f"/bank/{question.pk}/edit/")
    response = client.post(f"/bank/{question.pk}/edit/", as_sent(page.context["form"]))
    assert response.status_code == 302, response.context["form"].errors
    bodies = list(QuestionVersion.objects.order_by("number").values_list("body", flat=True))
    assert bodies[0] == bodies[1]


def as_sent(form):
    """The data a browser would send for an unchanged form."""
    sent = {}
    for bound in form:
        value = bound.value()
        if value not in (None, "", False):
            sent[bound.html_name] = value
    for row in form.rows():
        for cell in row["cells"]:
            sent[f"row-{row['index']}-{cell['name']}"] = cell["value"]
        if row["is_key"]:
            sent.setdefault("key", []).append(row["letter"])
    return sent


def test_a_wrong_form_keeps_what_was_typed_and_names_the_field(client, login, role):
    login(client, role(Role.QUESTION_SETTER))
    response = client.post("/bank/new/?type=single", {**rows("single"), "key": ""})
    assert response.status_code == 422
    assert 'value="乙"' in response.content.decode()
    assert Question.objects.count() == 0


def test_two_persons_bring_a_question_into_use(client, login, role):
    setter = role(Role.QUESTION_SETTER, Role.QUESTION_REVIEWER)
    login(client, setter)
    client.post("/bank/new/?type=single", rows("single"))
    question = Question.objects.get()
    client.post(f"/bank/{question.pk}/submit/")
    client.post(f"/bank/{question.pk}/approve/")
    question.refresh_from_db()
    assert question.status == "in_review"
    login(client, role(Role.QUESTION_REVIEWER))
    assert question.code in client.get("/bank/review/").content.decode()
    client.post(f"/bank/{question.pk}/return/", {"reason": ""})
    question.refresh_from_db()
    assert question.status == "in_review"
    client.post(f"/bank/{question.pk}/return/", {"reason": "题干有歧义"})
    question.refresh_from_db()
    assert question.status == "draft"
    login(client, setter)
    assert "题干有歧义" in client.get(f"/bank/{question.pk}/").content.decode()
    client.post(f"/bank/{question.pk}/submit/")
    login(client, role(Role.QUESTION_REVIEWER))
    client.post(f"/bank/{question.pk}/approve/")
    question.refresh_from_db()
    assert question.status == "ready"


def test_a_reviewer_does_not_write_and_a_setter_does_not_approve(client, login, role):
    question = make_question(ready=False)
    login(client, role(Role.QUESTION_REVIEWER))
    assert client.get("/bank/new/").status_code == 404
    assert client.post(f"/bank/{question.pk}/retire/").status_code == 404
    login(client, role(Role.QUESTION_SETTER))
    assert client.post(f"/bank/{question.pk}/approve/").status_code == 404


def test_from_a_blueprint_to_an_open_exam_in_the_browser(client, login, role):
    for _ in range(3):
        make_question()
    login(client, role(Role.QUESTION_SETTER))
    data = {"title": "六月月考", "rows-TOTAL_FORMS": 1, "rows-INITIAL_FORMS": 0,
            "rows-0-count": 3, "rows-0-points": 2, "save": ""}  # fmt: skip
    response = client.post("/papers/new/", {**data, "rows-0-count": 5, "save_short": "on"})
    page = client.get(response["Location"])
    assert page.context["feasible"] is False
    blueprint = client.post("/papers/new/", data)["Location"]
    paper = client.post(blueprint, {"seed": "2026-6"})["Location"]
    assert client.get(paper).status_code == 200
    client.post(f"{paper}publish/")
    assert Paper.objects.get().state == "published"
    response = client.post(
        "/papers/exams/new/",
        {"title": "六月月考", "paper": Paper.objects.get().pk, "opens_at": "2026-06-01T09:00",
         "closes_at": "2026-06-02T09:00", "minutes": 45, "grace_seconds": 30, "attempts_allowed": 1,
         "counts": "best", "pass_percent": 60, "shuffle_questions": "on", "review": "key",
         "review_when": "after_close", "audience": "everyone", "hours": 0},
    )  # fmt: skip
    assert response.status_code == 302, response.context["form"].errors
    exam = Exam.objects.get()
    assert (exam.duration, exam.grace) == (timedelta(minutes=45), timedelta(seconds=30))
    assert exam.opens_at == NOW - timedelta(hours=1)


def test_history_shows_what_changed(client, login, role):
    question = make_question(stem="旧的题干")
    record = record_from_dict(
        {"category": "党章", "type": "true_false", "stem": "新的题干", "key": True}
    )
    operations.revise_question(question.pk, record, by=question.author, now=NOW)
    login(client, role(Role.QUESTION_SETTER))
    body = client.get(f"/bank/{question.pk}/history/").content.decode()
    assert "<del>旧</del>的题干" in body
    assert "<ins>新</ins>的题干" in body
    assert '<dd class="before">' in body


def test_who_came_from_a_course_is_led_back_to_it_from_every_page(client, login, person):
    exam = make_exam()
    other = make_exam(title="另一场")
    login(client, person)
    back = 'href="/courses/hb-2026/3/?a=1&amp;b=2"'

    first = client.get(f"/exams/{exam.pk}/?next=/courses/hb-2026/3/%3Fa%3D1%26b%3D2")
    assert back in first.content.decode()
    started = client.post(f"/exams/{exam.pk}/start/")["Location"]
    assert client.get(started).status_code == 200
    client.post(f"{started}submit/")

    for page in (f"{started}receipt/", f"{started}result/", f"/exams/{exam.pk}/"):
        body = client.get(page).content.decode()
        assert back in body, page
    assert "返回课程" not in client.get(f"/exams/{other.pk}/").content.decode()


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)",
     "courses/x", "", "/" + "x" * 600],
)  # fmt: skip
def test_an_address_that_leads_elsewhere_is_not_offered_as_the_way_back(
    address, client, login, person
):
    exam = make_exam()
    login(client, person)

    response = client.get(f"/exams/{exam.pk}/", {"next": address})

    assert response.status_code == 200
    assert response.context["back"] == ""
    assert "返回课程" not in response.content.decode()


def test_the_ways_back_that_are_remembered_stay_few(client, login, person):
    exams = [make_exam(make_paper(count=1)) for _ in range(22)]
    login(client, person)
    for exam in exams:
        client.get(f"/exams/{exam.pk}/?next=/courses/{exam.pk}/")

    kept = client.session["exams_back"]
    assert len(kept) == 20
    assert kept[str(exams[-1].pk)] == f"/courses/{exams[-1].pk}/"


def test_everything_wrong_with_a_question_is_told_at_once(client, login, role):
    login(client, role(Role.QUESTION_SETTER))
    sent = {"stem": "只写了题干", "code": "Q1", "difficulty": "3"}
    page = client.post("/bank/new/", sent)
    told = page.content.decode()
    assert page.status_code == 422
    assert "只写了题干" in told  # nothing typed is lost
    assert page.context["form"].errors.keys() == {"category", "__all__"}
    assert "选项" in str(page.context["form"].non_field_errors())


def test_forms_drawn_together_are_announced_together(client, login, role):
    for _ in range(4):
        make_question()
    login(client, role(Role.QUESTION_SETTER))
    data = {"title": "六月月考", "rows-TOTAL_FORMS": 1, "rows-INITIAL_FORMS": 0,
            "rows-0-count": 2, "rows-0-points": 2, "save": ""}  # fmt: skip
    blueprint = client.post("/papers/new/", data)["Location"]
    client.post(blueprint, {"seed": "2026-6", "forms": "2"})
    first, second = Paper.objects.order_by("pk")
    for paper in (first, second):
        page = client.get(f"/papers/exams/new/?paper={first.pk}").context["form"]
        assert page["other_forms"].value() is None  # a draft is not announced
        client.post(f"/papers/{paper.pk}/publish/")
    for paper, other in ((first, second), (second, first)):
        form = client.get(f"/papers/exams/new/?paper={paper.pk}").context["form"]
        assert form["other_forms"].value() == [other.pk]
        assert form["title"].value() == "六月月考"
    response = client.post("/papers/exams/new/", {"title": "", "other_forms": [second.pk]})
    assert "<details open>" in response.content.decode()  # what was chosen is not hidden again
    exam = make_exam(first, other_form_ids=[second.pk])
    assert second.title in client.get(f"/papers/exams/{exam.pk}/").content.decode()


def test_who_holds_an_exam_reads_its_rules_as_candidates_do_and_cannot_begin(client, login, role):
    exam = make_exam(audience="persons", person_ids=[PersonFactory().pk])
    login(client, role(Role.QUESTION_SETTER))
    page = client.get(f"/exams/{exam.pk}/").content.decode()
    assert "您不是这场考试的考生" in page
    assert f"/exams/{exam.pk}/start/" not in page
    client.post(f"/exams/{exam.pk}/start/")
    assert not exam.attempts.exists()
    login(client, PersonFactory())
    assert client.get(f"/exams/{exam.pk}/").status_code == 404


def test_the_receipt_stands_under_the_exams_also_on_a_phone(client, login, person):
    attempt = make_attempt(person=person)
    operations.submit_attempt(attempt.pk, now=NOW)
    login(client, person)
    page = client.get(f"/attempts/{attempt.pk}/receipt/").content.decode()
    bar = page[page.index('class="bottombar"') :]
    assert '<a href="/exams/" aria-current="page">' in bar
    assert bar.count('aria-current="page"') == 1


def test_where_the_exchange_form_cannot_be_read_is_said_in_the_readers_language(
    client, login, role
):
    login(client, role(Role.QUESTION_SETTER))
    asked = {"source": "stem: 材料\nparts: [ , ]", "category": "党史", "difficulty": 2}
    page = client.post("/bank/new/?type=case", asked)
    assert page.status_code == 422
    assert "第 2 行无法读取" in page.content.decode()
    assert "while parsing" not in page.content.decode()


def test_a_missing_field_says_what_to_do(client, login, role):
    login(client, role(Role.QUESTION_SETTER))
    page = client.post("/bank/new/?type=true_false", {"stem": ""}).content.decode()
    assert "请填写此项。" in page
    assert "必需字段" not in page
