"""Certainty from the page to the statistics: stated, saved under the same rules, marked, explained."""

import io
import json
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.management import call_command

from exams import operations, queries
from exams.engine.certainty import GARDNER_MEDWIN
from exams.engine.receipts import digest_of
from exams.models import Answer, Attempt, AttemptEvent, Exam
from exams.operations import Given
from people.enums import Role
from tests.factories.exams import NOW, make_attempt, make_exam, make_paper, make_question
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db
ESSAY = {"type": "essay", "stem": "谈谈体会", "rubric": [{"text": "观点正确"}]}


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def exam():
    """Three choices of three points each, the key says B, marked by certainty."""
    return make_exam(
        make_paper(count=3, points=Decimal(3)),
        shuffle_options=False,
        shuffle_questions=False,
        certainty_scheme=GARDNER_MEDWIN.as_dict(),
    )


def sit(exam, *answers, person=None):
    """Hand in (letter, certainty) by place."""
    attempt = make_attempt(exam, person)
    given = [Given(n, 1, json.dumps(a), sure) for n, (a, sure) in enumerate(answers, 1)]
    operations.submit_attempt(attempt.pk, now=NOW, last=given)
    operations.grade_attempt(attempt.pk, now=NOW)
    return Attempt.objects.get(pk=attempt.pk)


def test_certainty_is_saved_with_the_answer_and_the_newer_of_both_wins(exam, open_page):
    attempt = make_attempt(exam)
    page = open_page(attempt)

    def save(seq, value, sure):
        entry = {"item": 1, "seq": seq, "value": value, "certainty": sure}
        return page.post("answers", [entry]).json()["answers"][0]

    assert save(2, "B", 3)["status"] == "accepted"
    assert save(1, "B", 1) == {"item": 1, "seq": 1, "status": "duplicate", "reason": "superseded"}
    assert save(2, "B", 3) == {"item": 1, "seq": 2, "status": "duplicate"}
    # The same answer with another certainty under the same number comes from another window.
    assert save(2, "B", 1)["reason"] == "newer_elsewhere"
    assert save(3, "B", 2)["status"] == "accepted"
    assert Answer.objects.values_list("value", "certainty").get() == ('"B"', 2)


@pytest.mark.parametrize("sure", [0, 4, -1, True, "3", 2.0, [3]])
def test_a_certainty_that_is_no_level_is_refused_and_nothing_is_stored(exam, open_page, sure):
    page = open_page(make_attempt(exam))
    entry = {"item": 1, "seq": 1, "value": "B", "certainty": sure}
    (reply,) = page.post("answers", [entry]).json()["answers"]
    assert (reply["status"], reply["reason"]) == ("refused", "malformed")
    assert not Answer.objects.exists()


def test_where_none_is_asked_none_is_stored(open_page):
    page = open_page(make_attempt())
    page.post("answers", [{"item": 1, "seq": 1, "value": "B", "certainty": 3}])
    assert Answer.objects.get().certainty is None


def test_a_late_certainty_is_kept_with_its_answer_and_does_not_count(exam, open_page):
    attempt = make_attempt(exam)
    page = open_page(attempt)
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        page.post("answers", [{"item": 1, "seq": 1, "value": "B", "certainty": 3}])
    assert AttemptEvent.objects.get(kind="refused").detail["answers"] == [[1, 1, '"B"', 3]]


def test_the_score_is_that_of_the_scheme_and_can_be_recomputed(exam):
    attempt = sit(exam, ("B", 3), ("A", 2), ("B", None))
    assert [Decimal(points) for _, points, _ in attempt.marks] == [3, -2, 1]
    assert (attempt.score, attempt.worth) == (2, 9)
    assert list(queries.wrong_results(Exam.objects.get(pk=exam.pk))) == []
    Answer.objects.filter(attempt=attempt, item=2).update(certainty=3, seq=9)
    assert len(list(queries.wrong_results(Exam.objects.get(pk=exam.pk)))) == 1


def test_the_receipt_stands_for_the_certainty_too():
    """Two hand-ins that differ in nothing but certainty have two digests."""
    assert digest_of([(1, 1, '"B"', 3)]) != digest_of([(1, 1, '"B"', 2)])
    assert digest_of([(1, 1, '"B"', 3)]) != digest_of([(1, 1, '"B"', None)])


def test_the_page_asks_for_it_and_shows_what_was_said(exam, client, login):
    essay = make_question(ESSAY)
    by = PersonFactory()
    mixed = make_paper([make_question(), essay])
    mixed = make_exam(mixed, certainty_scheme=GARDNER_MEDWIN.as_dict())
    attempt = make_attempt(mixed)
    operations.save_answers(attempt.pk, [Given(1, 1, '"B"', 2)], now=NOW)
    login(client, attempt.person)
    page = client.get(f"/attempts/{attempt.pk}/").content.decode()
    # Asked of the choice, not of the essay.
    assert page.count("您对这个答案有多大把握") == 1
    assert 'name="c1" value="2" checked' in page
    assert "J、K、L" in page
    login(client, by)
    assert "把握程度" in client.get(f"/exams/{mixed.pk}/").content.decode()
    plain = make_attempt()
    login(client, plain.person)
    page = client.get(f"/attempts/{plain.pk}/").content.decode()
    assert "把握" not in page.split("<div hidden id", 1)[0]


def test_the_result_explains_question_by_question_and_level_by_level(exam, client, login):
    attempt = sit(exam, ("A", 3), ("B", 1), (None, 2))
    login(client, attempt.person)
    page = client.get(f"/attempts/{attempt.pk}/result/").content.decode()
    assert page.count("您的把握程度：") == 2  # the blank one says nothing
    assert "把握偏高" in page
    assert "偏于保守" in page


def test_statistics_rest_on_right_and_wrong_and_show_the_levels(exam, client, login, role):
    for n in range(4):
        sit(exam, ("B", 3), ("B" if n < 2 else "A", 3), ("A", 1))
    figures = queries.exam_figures(Exam.objects.get(pk=exam.pk))
    assert [line.figures.facility for line in figures.lines] == [1.0, 0.5, 0.0]
    assert [(level.answers, level.share) for level in figures.levels] == [
        (4, 0.0), (0, None), (8, 0.75),
    ]  # fmt: skip
    login(client, role(Role.QUESTION_SETTER))
    page = client.get(f"/papers/exams/{exam.pk}/statistics/").content.decode()
    assert "把握程度与正确率" in page


def test_statistics_of_parallel_forms_know_the_levels_too(exam):
    other = make_paper(count=3, points=Decimal(3))
    exam.other_forms.add(other)
    for _ in range(8):
        sit(exam, ("B", 3), ("A", 2), ("B", 1))
    figures = queries.exam_figures(Exam.objects.get(pk=exam.pk))
    assert {line.figures.facility for line in figures.lines} == {0.0, 1.0}
    assert [level.answers for level in figures.levels] == [8, 8, 8]


def test_it_is_chosen_when_an_exam_is_announced_and_kept_by_a_make_up(client, login, role):
    setter = role(Role.QUESTION_SETTER, Role.TRAINING_ADMIN)
    login(client, setter)
    paper = make_paper()
    data = {
        "title": "把握", "paper": paper.pk, "opens_at": "2026-06-01T09:00",
        "closes_at": "2026-06-02T00:00", "minutes": 60, "grace_seconds": 30,
        "attempts_allowed": 1, "counts": "best", "pass_percent": 60, "review": "key",
        "review_when": "after_close", "audience": "everyone", "hours": 0, "by_certainty": "on",
    }  # fmt: skip
    assert client.post("/papers/exams/new/", data).status_code == 302
    exam = Exam.objects.get(title="把握")
    assert exam.certainty_scheme == {"right": [1, 2, 3], "wrong": [0, -2, -6]}
    again = operations.open_make_up(
        exam.pk, [setter.pk], opens_at=NOW, closes_at=NOW + timedelta(days=1), paper_id=None,
        title="补考", by=setter, now=NOW,
    )  # fmt: skip
    assert again.certainty_scheme == exam.certainty_scheme
    client.post(
        "/papers/exams/new/", {**data, "title": "练", "is_practice": "on", "paper": make_paper().pk}
    )
    assert Exam.objects.get(title="练").certainty_scheme is None


def test_the_command_grades_by_certainty(tmp_path):
    question = {"type": "single", "stem": "几", "options": ["甲", "乙"], "key": "B"}
    said = [{"answer": a, "certainty": c} for a in "BA" for c in (1, 2, 3)]
    cases = [
        {"question": question, "points": 2, "certainty_marking": True, "responses": said},
        {"question": question, "response": "A", "certainty": 3},
        {"question": question, "response": "B", "certainty_marking": {"right": [2], "wrong": [0]}},
        {"question": question, "response": "B"},
    ]
    path, out = tmp_path / "cases.json", io.StringIO()
    path.write_text(json.dumps(cases))
    with pytest.raises(Exception, match="1 of 4 cases"):
        call_command("grade", path, stdout=out, stderr=io.StringIO())
    first, second, wrong, plain = json.loads(out.getvalue())
    assert [each["certainty_mark"] for each in first["results"]] == [1, 2, 3, 0, -2, -6]
    assert [each["points"] for each in first["results"]] == [
        "0.67", "1.33", "2.00", "0.00", "-1.33", "-4.00",
    ]  # fmt: skip
    assert second["results"][0]["certainty_mark"] == -6
    assert "certainty_marking" in wrong["problems"][0]
    assert "certainty" not in plain["results"][0]
