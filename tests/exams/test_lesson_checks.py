"""A question of the bank in a lesson: judged in the page, and the bank tells nobody else its keys."""

import json

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from content.lesson_blocks import SelfCheck
from exams.models import Redo
from people.enums import Role
from people.operations import grant_role
from tests.exams.engine.test_items import EXAMPLES
from tests.factories.content import published_lesson
from tests.factories.exams import NOW, make_exam, make_paper, make_question
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_that_time():
    with time_machine.travel(NOW, tick=False):
        yield


def lesson_asking(*questions):
    return published_lesson(body=[("check", {"question": each.code}) for each in questions])


def address(lesson, question):
    return f"/practice/lessons/{lesson.pk}/{question.code}/"


def answer(client, lesson, question, value, version=None):
    sent = {"value": json.dumps(value), "version": version or question.current_id}
    return client.post(address(lesson, question), sent).content.decode()


def test_a_lesson_asks_without_the_key_and_judges_in_the_page(client, login, person):
    question = make_question(explanation="因为第二条这样写。")
    lesson = lesson_asking(question)
    login(client, person)

    page = client.get(lesson.url).content.decode()
    assert question.current.stem in page
    assert "因为第二条这样写" not in page
    assert "正确答案" not in page
    judged = answer(client, lesson, question, "A")
    assert "正确答案" in judged
    assert "因为第二条这样写" in judged
    assert "<html" not in judged
    again = client.get(address(lesson, question)).content.decode()
    assert question.current.stem in again
    assert "因为第二条这样写" not in again
    assert not Redo.objects.exists()


def test_exactly_one_option_of_a_single_choice_is_right(client, login, person):
    question = make_question()
    lesson = lesson_asking(question)
    login(client, person)
    verdicts = ["message success" in answer(client, lesson, question, letter) for letter in "ABCD"]
    assert sum(verdicts) == 1


def test_every_type_that_is_judged_by_itself_can_be_asked(client, login, person):
    login(client, person)
    for example in EXAMPLES:
        question = make_question(example)
        page = client.get(lesson_asking(question).url).content.decode()
        by_hand = question.current.type in ("short_answer", "essay", "case")
        assert ("data-practice" in page) is not by_hand, question.current.type
        if by_hand:
            with pytest.raises(ValidationError):
                SelfCheck().clean({"question": question.code})
        else:
            assert SelfCheck().clean({"question": question.code})


def test_only_a_question_its_published_lesson_names_is_judged(client, login, person):
    asked, other = make_question(), make_question()
    lesson = lesson_asking(asked)
    assert client.get(address(lesson, asked)).status_code == 302  # a visitor is asked to sign in
    login(client, person)
    assert client.get(address(lesson, asked)).status_code == 200
    assert client.get(address(lesson, other)).status_code == 404
    assert client.post(address(lesson, other), {"value": '"A"'}).status_code == 404
    lesson.unpublish()
    assert client.post(address(lesson, asked), {"value": '"A"'}).status_code == 404


def test_the_key_of_an_open_exam_is_not_told_by_a_lesson(client, login, person):
    question = make_question(explanation="因为第二条这样写。")
    lesson = lesson_asking(question)
    assert SelfCheck().clean({"question": question.code})
    make_exam(make_paper([question]))
    login(client, person)
    for answered in (
        client.get(lesson.url).content.decode(),
        answer(client, lesson, question, "A"),
    ):
        assert "考试结束后才能练习" in answered
        assert "因为第二条这样写" not in answered
        assert question.current.stem not in answered
    with pytest.raises(ValidationError):
        SelfCheck().clean({"question": question.code})


def test_letters_of_another_wording_and_an_empty_answer_are_asked_again(client, login, person):
    question = make_question()
    lesson = lesson_asking(question)
    login(client, person)
    stale = answer(client, lesson, question, "A", version=question.current_id + 1000)
    empty = answer(client, lesson, question, None)
    for page in (stale, empty):
        assert "data-practice" in page
        assert "正确答案" not in page


def test_an_editor_is_told_when_the_bank_has_no_such_approved_question():
    draft = make_question(ready=False)
    for code in ("NO-SUCH", draft.code):
        with pytest.raises(ValidationError):
            SelfCheck().clean({"question": code})


def test_the_questions_of_a_lesson_cost_two_statements_together(
    client, login, person, django_assert_num_queries
):
    login(client, person)
    plain = published_lesson(title="无题")
    client.get(plain.url)
    with CaptureQueriesContext(connection) as without:
        client.get(plain.url)
    as_prose = len(without)  # read now: the next request empties the log
    lesson = lesson_asking(*(make_question() for _ in range(5)))
    client.get(lesson.url)
    with django_assert_num_queries(as_prose + 2):
        client.get(lesson.url)


# --- what an editor chooses from


CHOOSE = "/cms/lesson-questions/"


@pytest.fixture
def editor():
    editor = PersonFactory()
    grant_role(editor, Role.EDITOR, editor.unit, by=None, now=NOW, on=NOW.date())
    return editor


def test_an_editor_finds_questions_by_words_and_is_shown_no_key(client, editor):
    wanted = make_question(explanation="因为第二条这样写。")
    client.force_login(editor)

    found = client.get(CHOOSE, {"q": wanted.current.stem[:6]}).content.decode()

    assert f'data-question-choice="{wanted.code}"' in found
    assert "因为第二条这样写" not in found
    assert "没有合适的试题" in client.get(CHOOSE, {"q": "绝无此语"}).content.decode()
    by_category = client.get(CHOOSE, {"category": wanted.category.full_name}).content.decode()
    assert wanted.code in by_category


def test_the_blanks_of_a_question_to_choose_are_lines(client, editor):
    make_question(
        {"type": "fill_in", "stem": "[[1]]年召开[[2]]。", "blanks": [["2022"], ["二十大"]]}
    )
    client.force_login(editor)

    found = client.get(CHOOSE).content.decode()

    assert 'data-stem="____年召开____。"' in found
    assert "[[" not in found


def test_a_question_that_a_lesson_would_refuse_is_not_offered(client, editor):
    secret, free = make_question(), make_question()
    make_exam(paper=make_paper([secret]))
    client.force_login(editor)

    found = client.get(CHOOSE).content.decode()

    assert free.code in found
    assert secret.code not in found


def test_only_editors_search_the_bank_from_a_lesson(client, person):
    reviewer = PersonFactory()
    grant_role(reviewer, Role.CONTENT_REVIEWER, reviewer.unit, by=None, now=NOW, on=NOW.date())
    client.force_login(reviewer)
    assert client.get(CHOOSE).status_code == 404
    client.force_login(person)
    assert client.get(CHOOSE).status_code in (302, 403, 404)
