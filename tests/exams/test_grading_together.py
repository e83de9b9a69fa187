"""The sweep grades many at once: the same marks as one by one, and no attempt keeps others waiting."""

import json

import pytest
import time_machine

from exams import operations, queries
from exams.models import Attempt
from exams.operations import Given, grading
from exams.signals import attempt_graded
from tests.factories.exams import NOW, make_attempt, make_exam, make_paper, make_question

pytestmark = pytest.mark.django_db
ESSAY = {"type": "essay", "stem": "谈谈体会", "rubric": [{"text": "观点正确"}]}


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def handed_in(exam, *answers):
    attempt = make_attempt(exam)
    given = [Given(n, 1, json.dumps(answer)) for n, answer in enumerate(answers, 1)]
    operations.submit_attempt(attempt.pk, now=NOW, last=given)
    return attempt.pk


def test_the_sweep_gives_the_marks_that_single_grading_gives(
    django_capture_on_commit_callbacks, monkeypatch
):
    monkeypatch.setattr(grading, "TOGETHER", 2)
    first, second = make_exam(), make_exam(make_paper([make_question(), make_question(ESSAY)]))
    pks = [handed_in(first, letter, "B", "C") for letter in "ABCD"]
    by_hand = handed_in(second, "B", "体会很深")
    heard = []
    attempt_graded.connect(listener := lambda **said: heard.append(said["attempt_id"]))
    with django_capture_on_commit_callbacks(execute=True):
        assert grading.grade_waiting(NOW, limit=100) == 4
    attempt_graded.disconnect(listener)
    assert sorted(heard) == sorted(pks)
    for attempt in Attempt.objects.select_related("exam"):
        assert attempt.marks == queries.marks_of(queries.graded(attempt))
        assert attempt.score == queries.graded(attempt).points
    assert Attempt.objects.get(pk=by_hand).state == 30  # waits for a marker, and is not asked again
    assert grading.grade_waiting(NOW, limit=100) == 0


def test_an_attempt_that_cannot_be_graded_does_not_keep_its_companions_waiting(monkeypatch):
    exam = make_exam()
    pks = [handed_in(exam, "A") for _ in range(3)]
    real = grading._store

    def store(attempt, result, now):
        if attempt.pk == pks[1]:
            raise ValueError("broken")
        real(attempt, result, now)

    monkeypatch.setattr(grading, "_store", store)
    assert grading.grade_waiting(NOW, limit=100) == 2
    states = {attempt.pk: attempt.state for attempt in Attempt.objects.all()}
    assert [states[pk] for pk in pks] == [40, 30, 40]


def test_many_cost_few_statements(django_assert_max_num_queries):
    exam = make_exam()
    for _ in range(10):
        handed_in(exam, "A")
    # One each to store; reading, locking and savepoint are shared.
    with django_assert_max_num_queries(10 + 9):
        assert grading.grade_waiting(NOW, limit=100) == 10
