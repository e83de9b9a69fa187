"""What the pages of a sitting say to whoever holds it: two windows, wrong moments, one name twice."""

import json
from datetime import timedelta

import pytest
import time_machine

from exams import operations
from exams.models import Attempt, Exam
from exams.operations import Given
from people.enums import Role
from tests.factories.exams import NOW, make_attempt, make_exam, make_paper, make_question
from tests.factories.people import OrgUnitFactory, PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def test_offices_of_one_name_are_told_apart_where_candidates_stand(client, login, admin):
    halls = [OrgUnitFactory(parent=admin.scope, name=name) for name in ("财政局", "教育局")]
    people = [
        PersonFactory(unit=OrgUnitFactory(parent=hall, name="办公室"), name=f"王{n}")
        for n, hall in enumerate(halls)
    ]
    exam = make_exam()
    operations.start_attempt(exam.pk, people[0], now=NOW)
    operations.start_attempt(exam.pk, people[1], now=NOW)
    named = make_exam(audience="persons", person_ids=[people[0].pk])
    login(client, admin)
    for page in (f"/sittings/{exam.pk}/", f"/sittings/{exam.pk}/candidates/"):
        body = client.get(page).content.decode()
        assert "财政局 · 办公室" in body, page
        assert "教育局 · 办公室" in body, page
    found = client.get(f"/sittings/{named.pk}/candidates/", {"part": "find", "find": "王"})
    assert "办公室" in found.content.decode()
    # In the list to choose from, an office stands set in below its hall.
    body = client.get(f"/sittings/{named.pk}/candidates/").content.decode()
    assert "\u3000办公室</option>" in body


def test_openings_of_the_page_that_follow_each_other_stand_in_one_line(client, login, admin):
    attempt = make_attempt(person=PersonFactory(unit=admin.scope))
    for minute in range(3):
        operations.note_opening(attempt, "here", now=NOW + timedelta(minutes=minute))
    operations.note_opening(attempt, "there", now=NOW + timedelta(minutes=5))
    operations.note_opening(attempt, "there", now=NOW + timedelta(minutes=6))
    login(client, admin)
    response = client.get(f"/sittings/attempts/{attempt.pk}/")
    lines = [(line["words"], line["times"]) for line in response.context["events"]]
    # The change of the address parts them; nothing is lost from the record.
    assert lines == [("开始作答", 1), ("打开页面", 4), ("网络地址变化", 1), ("打开页面", 1)]
    assert "（4 次）" in response.content.decode()
    assert attempt.events.count() == 6


def test_a_second_declaration_of_void_says_that_the_first_reason_stands(client, login, admin):
    attempt = make_attempt(person=PersonFactory(unit=admin.scope))
    login(client, admin)
    address = f"/sittings/attempts/{attempt.pk}/void/"
    first = client.post(address, {"reason": "试卷抽错"}, follow=True).content.decode()
    again = client.post(address, {"reason": "另一理由"}, follow=True).content.decode()
    assert "考生可以重考" in first
    assert "以当时记录的理由为准" in again
    assert "另一理由" not in again
    # An answer of the page still open: refused for its own reason, and not called late.
    (saved,) = operations.save_answers(attempt.pk, [Given(1, 1, json.dumps("B"))], now=NOW)
    assert (saved.status, saved.reason) == ("refused", "void")
    login(client, attempt.person)
    assert "考试结束后送达" not in client.get(f"/attempts/{attempt.pk}/receipt/").content.decode()


def test_two_windows_announce_one_make_up_sitting(client, login, admin):
    exam = make_exam(closes_at=NOW - timedelta(minutes=1))
    PersonFactory(unit=admin.scope)
    login(client, admin)
    data = {"title": "补考", "absent": "on", "opens_at": "2026-06-02T09:00",
            "closes_at": "2026-06-03T09:00"}  # fmt: skip
    address = f"/sittings/{exam.pk}/make-up/"
    assert client.post(address, data).status_code == 302
    again = client.post(address, data)
    assert "已发布过同名的补考" in again.content.decode()
    assert exam.make_ups.count() == 1
    assert client.post(address, {**data, "title": "第二次补考"}).status_code == 302


def test_nothing_is_prepared_for_an_exam_that_was_withdrawn(client, login, admin):
    inside = PersonFactory(unit=admin.scope)
    exam = make_exam(audience="persons", person_ids=[inside.pk])
    operations.withdraw_exam(exam.pk, because="误发", by=exam.created_by, now=NOW)
    login(client, admin)
    address = f"/sittings/{exam.pk}/candidates/"
    page = client.get(address).content.decode()
    assert 'value="prepare"' not in page
    assert f"/sittings/{exam.pk}/make-up/" not in page
    for deed in ("prepare", "pick", "remove"):
        said = client.post(
            address, {"deed": deed, "person": inside.pk, "pick": inside.pk}, follow=True
        )
        assert "本场考试已撤回，不再变动" in said.content.decode()
    said = client.get(f"/sittings/{exam.pk}/make-up/", follow=True)
    assert "本场考试已撤回，不再变动" in said.content.decode()
    assert not Attempt.objects.exists()
    assert exam.persons.get() == inside
    with pytest.raises(operations.CandidatesRefused, match="withdrawn"):
        operations.add_candidates(exam.pk, [PersonFactory().pk], by=admin, now=NOW)


def test_an_exam_for_units_where_nobody_is_at_home_says_so(client, login, role):
    setter = role(Role.TRAINING_ADMIN)
    empty = OrgUnitFactory(parent=setter.unit)
    login(client, setter)
    data = {
        "title": "支部考试", "paper": make_paper(count=1).pk, "opens_at": "2026-06-02T09:00",
        "closes_at": "2026-06-03T09:00", "minutes": 30, "grace_seconds": 30, "pass_percent": 60,
        "attempts_allowed": 1, "counts": "best", "hours": 0, "review": "score",
        "review_when": "at_once", "audience": "units", "units": [empty.pk],
    }  # fmt: skip
    answer = client.post("/papers/exams/new/", data)
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "目前没有人属于所选单位" in said
    assert f"{empty.name}（0 人）" in said
    assert f"{setter.unit.name}（1 人）" in said
    PersonFactory(unit=empty)
    said = client.post("/papers/exams/new/", {**data, "title": "二"}, follow=True).content.decode()
    assert "考试已发布" in said
    assert Exam.objects.get().title == "二"


def test_adding_nobody_is_no_success(client, login, admin):
    exam = make_exam(audience="persons", person_ids=[PersonFactory(unit=admin.scope).pk])
    login(client, admin)
    said = client.post(f"/sittings/{exam.pk}/candidates/", {"deed": "pick"}, follow=True)
    assert "没有勾选任何人" in said.content.decode()


def test_an_attempt_not_wholly_marked_shows_no_partial_score(client, login, admin):
    essay = make_question({"type": "essay", "stem": "谈谈体会", "rubric": [{"text": "观点正确"}]})
    exam = make_exam(make_paper([make_question(), essay], points=4))
    attempt = make_attempt(exam, PersonFactory(unit=admin.scope))
    said = [Given(1, 1, json.dumps("B")), Given(2, 1, json.dumps("很有体会"))]
    operations.submit_attempt(attempt.pk, now=NOW, last=said)
    operations.grade_attempt(attempt.pk, now=NOW)
    attempt.refresh_from_db()
    assert attempt.score is not None
    login(client, admin)
    page = client.get(f"/sittings/attempts/{attempt.pk}/").content.decode()
    assert "阅卷尚未结束" in page
    assert " / 8</dd>" not in page
    operations.mark_by_hand(attempt.pk, 2, 3, by=PersonFactory(), now=NOW)
    page = client.get(f"/sittings/attempts/{attempt.pk}/").content.decode()
    assert "阅卷尚未结束" not in page
    assert " / 8</dd>" in page


def test_questions_that_are_not_valid_all_the_while_are_told_of(client, login, role):
    setter = role(Role.QUESTION_SETTER)
    opens, closes = NOW + timedelta(days=10), NOW + timedelta(days=12)
    last = closes.date()
    whole = make_question(valid_to=str(last + timedelta(days=1)))
    early, late = make_question(valid_to=str(last)), make_question(valid_from=str(last))
    gone = make_question(valid_to=str(NOW.date()))
    paper = make_paper([whole, early, late, gone])
    exam = make_exam(paper, opens_at=opens, closes_at=closes)
    login(client, setter)

    def told(page):
        return [question.code for question in client.get(page).context["lapsing"]]

    assert told(f"/papers/exams/{exam.pk}/") == sorted([early.code, late.code, gone.code])
    assert told(f"/papers/{paper.pk}/") == sorted([late.code, gone.code])
    body = client.get(f"/papers/exams/{exam.pk}/").content.decode()
    assert "有 3 题的有效期未覆盖整个考试开放期间。" in body
