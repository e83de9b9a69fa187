"""Practice and the book of wrong answers: judged at once, and never a key of an exam still open."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from exams import operations, queries
from exams.engine.items import record_from_dict
from exams.engine.practice import Outcome, wrong_book
from exams.models import Attempt, BlueprintRow, Redo
from exams.operations import Given
from tests.exams.engine.test_items import EXAMPLES
from tests.factories.exams import NOW, SINGLE, make_exam, make_paper, make_question
from tests.factories.people import PersonFactory

DAY = timedelta(days=1)


def outcome(days, right, question=1, version=1):
    return Outcome(question, version, NOW + days * DAY, right)


def test_a_question_leaves_the_book_when_it_was_right_twice_running_and_comes_back():
    history = [outcome(0, right=False), outcome(1, right=True)]
    (weak,) = wrong_book(history)
    assert (weak.wrong, weak.right_since) == (1, 1)
    history.append(outcome(2, right=True))
    assert wrong_book(history) == []
    history.append(outcome(3, right=False, version=2))
    (weak,) = wrong_book(reversed(history))
    assert (weak.wrong, weak.right_since, weak.version) == (2, 0, 2)


def test_a_question_never_wrong_is_not_in_the_book_and_the_latest_error_stands_first():
    history = [
        outcome(0, right=True, question=9),
        outcome(1, right=False, question=2, version=2),
        outcome(2, right=False, question=3, version=3),
    ]
    assert [weak.question for weak in wrong_book(history)] == [3, 2]


@pytest.fixture
def practice():
    with time_machine.travel(NOW, tick=False):
        yield make_exam(
            make_paper([make_question(e) for e in EXAMPLES]),
            is_practice=True,
            attempts_allowed=50,
            duration=queries.PRACTICE_TIME,
        )


def wrong_and_right(attempt, number=None):
    """Labels of a wrong and of the right option of a single-choice question, as shown."""
    line = next(
        x
        for x in queries.sheet_of(attempt)
        if x.item.type == "single" and number in (None, x.number)
    )
    order = line.arrangement.options
    right = "ABCDEFGH"[order.index(line.item.key)]
    return line, next(label for label in "ABCD" if label != right), right


@pytest.mark.django_db
def test_an_answer_is_judged_at_once_stands_and_enters_the_book(practice, client, login, person):
    login(client, person)
    start = client.post(f"/practice/{practice.pk}/start/")["Location"]
    attempt = Attempt.objects.get()
    assert client.post(f"/practice/{practice.pk}/start/")["Location"] == start
    line, wrong, right = wrong_and_right(attempt)
    page = f"{start}?q={line.place}"
    before = client.get(page).content.decode()
    assert "正确答案" not in before
    assert line.item.explanation not in before or not line.item.explanation
    client.post(page, {"value": json.dumps(wrong)})
    after = client.get(page).content.decode()
    assert "正确答案" in after
    client.post(page, {"value": json.dumps(right)})  # the first answer stands
    (entry,) = queries.wrong_answers_of(person, NOW)
    assert (entry.version.pk, entry.weak.wrong) == (line.version_id, 1)
    assert Attempt.objects.get().events.filter(kind="marked").count() == 1


@pytest.mark.django_db
def test_every_type_is_asked_and_judged(
    practice, client, login, person, django_assert_max_num_queries
):
    login(client, person)
    start = client.post(f"/practice/{practice.pk}/start/")["Location"]
    attempt = Attempt.objects.get()
    for line in queries.sheet_of(attempt):
        with django_assert_max_num_queries(18):
            assert client.get(f"{start}?q={line.place}").status_code == 200
        client.post(f"{start}?q={line.place}", {"value": json.dumps("A")})
        assert client.get(f"{start}?q={line.place}").context["judged"] is not None
    client.post(start, {"finish": "1"})
    assert Attempt.objects.get().receipt
    assert not queries.marking_queues(PersonFactory())
    with django_assert_max_num_queries(16):
        assert client.get("/practice/wrong/").status_code == 200
    with django_assert_max_num_queries(16):
        assert client.get("/practice/").status_code == 200


@pytest.mark.django_db
def test_the_book_is_practised_until_the_question_leaves_it(practice, client, login, person):
    login(client, person)
    client.post(f"/practice/{practice.pk}/start/")
    attempt = Attempt.objects.get()
    line, wrong, _right = wrong_and_right(attempt)
    operations.judge(attempt.pk, line.number, wrong, now=NOW)
    address = f"/practice/wrong/{line.version_id}/"
    view = client.get(address).context["q"]
    label = next(o["id"] for o in view["options"] if o["text"] == _text(line))
    for _ in range(2):
        with time_machine.travel(NOW + timedelta(minutes=1), tick=True):
            judged = client.post(address, {"value": json.dumps(label)})
    assert Redo.objects.filter(right=True).count() == 2
    assert "已移出错题本" in client.get(judged["Location"]).content.decode()
    assert client.get(address).status_code == 404
    # A second window that still shows it is told, and leads on.
    late = client.post(address, {"value": json.dumps(label)}, follow=True)
    assert "这道题已不在错题本里" in late.content.decode()
    assert late.redirect_chain == [("/practice/wrong/", 302)]


@pytest.mark.django_db
def test_the_book_asks_the_wording_whose_key_is_right_now_and_nothing_that_was_retired(person):
    """A key corrected since would call the right answer wrong again and again."""
    question, gone = make_question(), make_question()
    exam = make_exam(make_paper([question, gone]), review="key", review_when="at_once")
    attempt = operations.start_attempt(exam.pk, person, now=NOW)
    for number in (1, 2):
        _line, wrong, _right = wrong_and_right(attempt, number)
        operations.save_answers(attempt.pk, [Given(number, 1, json.dumps(wrong))], now=NOW)
    operations.submit_attempt(attempt.pk, now=NOW)
    operations.grade_attempt(attempt.pk, now=NOW)
    plain = {**SINGLE, "key": "A", "code": question.code, "category": "党章党规/党章"}
    author = PersonFactory()
    operations.revise_question(
        question.pk, record_from_dict({**plain, "stem": "改正"}), by=author, now=NOW
    )
    operations.submit_question_for_review(question.pk, by=author, now=NOW)
    before, _gone = sorted(
        queries.wrong_answers_of(person, exam.closes_at), key=lambda line: line.weak.question
    )
    assert before.version.number == 1
    operations.approve_question(question.pk, by=PersonFactory(), now=NOW)
    operations.retire_question(gone.pk, by=author, now=NOW)

    (line,) = queries.wrong_answers_of(person, exam.closes_at)

    assert (line.version.number, line.version.item().key) == (2, "A")


def _text(line):
    return next(o.text for o in line.item.options if o.id == line.item.key)


@pytest.mark.django_db
def test_e7_a_question_of_an_exam_not_yet_closed_is_neither_judged_nor_in_the_book(
    client, login, person
):
    """Negative control: once that exam has closed, the same question is judged and shown."""
    with time_machine.travel(NOW, tick=False):
        question = make_question()
        exam = make_exam(make_paper([question]), opens_at=NOW + 2 * DAY, closes_at=NOW + 3 * DAY)
        drill = make_exam(make_paper([question]), is_practice=True, attempts_allowed=9, duration=10 * DAY,
                          closes_at=NOW + 20 * DAY)  # fmt: skip
        attempt = operations.start_attempt(drill.pk, person, now=NOW)
        _line, wrong, _right = wrong_and_right(attempt)
        with pytest.raises(operations.PracticeRefused, match="secret"):
            operations.judge(attempt.pk, 1, wrong, now=NOW)
        assert queries.answers_of(attempt.pk) == {}
        # Neither the page of the practice nor that of an exam's result leads around it.
        login(client, person)
        operations.save_answers(attempt.pk, [Given(1, 1, json.dumps(wrong))], now=NOW)
        page = f"/practice/attempts/{attempt.pk}/"
        assert "正确答案" not in client.get(page).content.decode()
        operations.submit_attempt(attempt.pk, now=NOW)
        operations.grade_attempt(attempt.pk, now=NOW)
        for address in (f"/attempts/{attempt.pk}/result/", f"/attempts/{attempt.pk}/"):
            assert client.get(address).status_code == 404
        assert "正确答案" not in client.get(page).content.decode()
        attempt = operations.start_attempt(drill.pk, person, now=NOW)
        _line, wrong, _right = wrong_and_right(attempt)
        later = exam.closes_at
        operations.judge(attempt.pk, 1, wrong, now=later)
        assert len(queries.wrong_answers_of(person, later)) == 1
        make_exam(make_paper([question]), opens_at=later, closes_at=later + DAY)
        assert queries.wrong_answers_of(person, later) == []


@pytest.mark.django_db
def test_a_practice_draws_no_question_of_an_exam_that_is_not_over(person):
    """Negative control: an exam of the same blueprint draws from all of them."""
    held_back, free = make_question(), make_question()
    make_exam(make_paper([held_back]), opens_at=NOW + DAY, closes_at=NOW + 2 * DAY)

    def drawn(count, **options):
        row = BlueprintRow(count=count, points=Decimal(2))
        blueprint = operations.create_blueprint("练习", [row], by=PersonFactory(), now=NOW)
        exam = make_exam(blueprint_id=blueprint.pk, **options)
        attempt = operations.start_attempt(exam.pk, person, now=NOW)
        return {version for version, _points in attempt.drawn}

    assert drawn(1, is_practice=True) == {free.current_id}
    with pytest.raises(operations.StartRefused, match="no_questions"):
        drawn(2, is_practice=True)
    assert drawn(2) == {free.current_id, held_back.current_id}


@pytest.mark.django_db
def test_the_book_takes_wrong_answers_of_exams_only_after_their_key_was_released(person):
    exam = make_exam(review="key", review_when="after_close")
    attempt = operations.start_attempt(exam.pk, person, now=NOW)
    _line, wrong, _right = wrong_and_right(attempt, 1)
    operations.save_answers(attempt.pk, [Given(1, 1, json.dumps(wrong))], now=NOW)
    operations.submit_attempt(attempt.pk, now=NOW)
    operations.grade_attempt(attempt.pk, now=NOW)
    assert queries.wrong_answers_of(person, NOW) == []
    assert len(queries.wrong_answers_of(person, exam.closes_at)) == 1


@pytest.mark.django_db
def test_somebody_elses_practice_and_book_are_not_there(practice, client, login, person):
    other = PersonFactory()
    attempt = operations.start_attempt(practice.pk, other, now=NOW)
    line, wrong, _right = wrong_and_right(attempt)
    operations.judge(attempt.pk, line.number, wrong, now=NOW)
    login(client, person)
    assert client.get(f"/practice/attempts/{attempt.pk}/").status_code == 404
    assert client.get(f"/practice/wrong/{line.version_id}/").status_code == 404
    exam = make_exam()
    assert client.post(f"/practice/{exam.pk}/start/").status_code == 404


@pytest.mark.django_db
def test_practice_stands_in_no_list_of_exams_or_results(practice, client, login, person):
    login(client, person)
    client.post(f"/practice/{practice.pk}/start/")
    attempt = Attempt.objects.get()
    operations.submit_attempt(attempt.pk, now=NOW)
    for address in ("/exams/", "/exams/mine/"):
        assert practice.title not in client.get(address).content.decode()
