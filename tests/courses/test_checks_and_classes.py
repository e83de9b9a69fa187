"""A self-check and a training class as items of a course."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

import classes.operations
import tracker.queries
from courses import operations, queries
from courses.models import CheckedQuestion, CourseItem, CoursePage, Enrolment, ItemProgress
from exams.models import Question
from people.enums import Role
from people.models import OrgUnit
from tests.courses.test_editing import add_address, course_form, editor, with_role  # noqa: F401
from tests.factories.classes import finished_class, make_class, make_place
from tests.factories.content import published_lesson
from tests.factories.courses import CourseEditionFactory, CoursePageFactory, EnrolmentFactory
from tests.factories.exams import NOW, make_exam, make_paper, make_question
from tests.factories.people import OrgUnitFactory, holder

AFTER = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)
KEY = "B"


@pytest.fixture(autouse=True)
def _at_that_time():
    with time_machine.travel(NOW, tick=False):
        yield


def check_of(*questions, min_share=60, also=()):
    """Somebody enrolled in a course of a self-check with these questions."""
    item = {
        "kind": "check",
        "page": None,
        "length_seconds": 0,
        "questions": [each.code for each in questions],
        "min_share": min_share,
    }
    return EnrolmentFactory(edition=CourseEditionFactory(items=[item, *also]))


def address(enrolment, code):
    return f"/courses/{enrolment.course.slug}/1/check/{code}/"


def right_letter(client, enrolment, question):
    """The letter of the right option as this person sees it."""
    for letter in "ABCD":
        if "message success" in answer(client, enrolment, question, letter):
            return letter
    raise AssertionError("no option was right")


def answer(client, enrolment, question, value):
    sent = {"value": json.dumps(value), "version": question.current_id}
    return client.post(address(enrolment, question.code), sent).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_self_check_is_done_when_its_share_was_answered_right(login):
    questions = [make_question(explanation="因为第二条这样写。") for _ in range(3)]
    enrolment = check_of(*questions, min_share=60)  # two of three
    client = login(Client(), enrolment.person)
    page = client.get(f"/courses/{enrolment.course.slug}/1/").content.decode()
    assert all(each.current.stem in page for each in questions)
    assert "因为第二条这样写" not in page

    right_letter(client, enrolment, questions[0])
    assert ItemProgress.objects.get().completed_at is None
    assert Enrolment.objects.get().completed_at is None
    page = client.get(f"/courses/{enrolment.course.slug}/1/").content.decode()
    assert "<b>1</b> / 3" in page
    assert "须答对 2 题" in page
    right_letter(client, enrolment, questions[1])
    assert ItemProgress.objects.get().completed_at is not None
    assert Enrolment.objects.get().completed_at is not None


@pytest.mark.django_db
def test_wrong_answers_and_the_same_right_one_again_do_not_add_up(login):
    first, second = make_question(), make_question()
    enrolment = check_of(first, second, min_share=100)
    client = login(Client(), enrolment.person)
    letter = right_letter(client, enrolment, first)
    for _ in range(5):
        answer(client, enrolment, first, letter)
    wrong = next(each for each in "ABCD" if each != letter)
    answer(client, enrolment, first, wrong)

    checked = CheckedQuestion.objects.get()
    assert checked.right_at is not None
    item = checked.progress.item_id
    codes = [first.code, second.code]
    assert queries.answered_in_check(enrolment.pk, item, codes, 100).done == 1
    assert ItemProgress.objects.get().completed_at is None
    assert ItemProgress.objects.get().covered_ms == 0


@pytest.mark.django_db
def test_only_questions_of_ones_own_check_are_asked_and_kept(login, person):
    asked, other = make_question(), make_question()
    enrolment = check_of(asked)
    owner, stranger = login(Client(), enrolment.person), login(Client(), person)

    assert owner.get(address(enrolment, asked.code)).status_code == 200
    assert owner.get(address(enrolment, other.code)).status_code == 404
    assert stranger.get(address(enrolment, asked.code)).status_code == 404
    assert stranger.post(address(enrolment, asked.code), {"value": '"B"'}).status_code == 404
    with pytest.raises(operations.NotStudied):
        operations.keep_answer(
            enrolment.pk, enrolment.edition.items.get().pk, other.code, right=True, now=NOW
        )
    assert not CheckedQuestion.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("value", [None, "", "Z", ["A", "B"], {"A": 1}, 17, "x" * 50_000])
def test_an_answer_that_is_none_does_not_complete(login, value):
    question = make_question()
    enrolment = check_of(question)
    client = login(Client(), enrolment.person)
    sent = {"value": json.dumps(value), "version": question.current_id}
    assert client.post(address(enrolment, question.code), sent).status_code == 200

    assert not CheckedQuestion.objects.filter(right_at__isnull=False).exists()


@pytest.mark.django_db
def test_letters_of_an_older_wording_are_asked_again_and_not_kept(login):
    question = make_question()
    enrolment = check_of(question)
    client = login(Client(), enrolment.person)
    for letter in "ABCD":
        sent = {"value": json.dumps(letter), "version": question.current_id + 1000}
        client.post(address(enrolment, question.code), sent)

    assert not CheckedQuestion.objects.exists()


@pytest.mark.django_db
def test_the_key_of_an_open_exam_is_not_told_by_a_self_check(login):
    question = make_question(explanation="因为第二条这样写。")
    enrolment = check_of(question)
    make_exam(make_paper([question]))
    client = login(Client(), enrolment.person)

    for text in (
        client.get(f"/courses/{enrolment.course.slug}/1/").content.decode(),
        answer(client, enrolment, question, "B"),
    ):
        assert "考试结束后才能练习" in text
        assert "因为第二条这样写" not in text
    assert not CheckedQuestion.objects.exists()


@pytest.mark.django_db
def test_a_question_withdrawn_from_the_bank_need_not_be_answered(login):
    kept, gone = make_question(), make_question()
    enrolment = check_of(kept, gone, min_share=100)
    Question.objects.filter(pk=gone.pk).update(status="withdrawn")
    right_letter(login(Client(), enrolment.person), enrolment, kept)

    assert ItemProgress.objects.get().completed_at is not None


@pytest.mark.django_db
def test_a_check_whose_questions_were_all_withdrawn_says_so_and_is_not_done(login):
    gone = make_question()
    enrolment = check_of(gone)
    Question.objects.filter(pk=gone.pk).update(status="withdrawn")
    page = login(Client(), enrolment.person).get(f"/courses/{enrolment.course.slug}/1/")

    assert "试题正在修订" in page.content.decode()
    with pytest.raises(operations.NotProven):
        operations.complete_item(enrolment.pk, enrolment.edition.items.get().pk, now=NOW)


@pytest.mark.django_db
def test_a_self_check_costs_the_same_number_of_statements_however_many_questions(
    login, django_assert_num_queries
):
    few, many = check_of(make_question()), check_of(*(make_question() for _ in range(9)))
    for enrolment in (few, many):
        client = login(Client(), enrolment.person)
        client.get(f"/courses/{enrolment.course.slug}/1/")
        with django_assert_num_queries(7):
            client.get(f"/courses/{enrolment.course.slug}/1/")


@pytest.mark.django_db
def test_a_lesson_with_self_checks_costs_at_most_eight_statements(
    login, django_assert_max_num_queries
):
    questions = [make_question() for _ in range(9)]
    lesson = published_lesson(body=[("check", {"question": each.code}) for each in questions])
    edition = CourseEditionFactory(items=[{"kind": "reading", "page": lesson}])
    enrolment = EnrolmentFactory(edition=edition)
    client = login(Client(), enrolment.person)
    address = f"/courses/{enrolment.course.slug}/1/"
    shown = client.get(address).content.decode()
    assert all(each.current.stem in shown for each in questions)
    with django_assert_max_num_queries(8):
        client.get(address)


# --- editing --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_editor_makes_a_course_of_a_text_a_check_and_a_class(login, editor):  # noqa: F811
    questions = [make_question(), make_question()]
    of = make_class(OrgUnitFactory(), title="支部书记培训班")
    form = course_form(
        {"page": published_lesson().pk, "training_class": "", "questions": ""},
        {"training_class": "", "questions": "、".join(each.code for each in questions)},
        {"training_class": of.pk, "questions": ""},
    )
    login(Client(), editor).post(add_address(), form)
    course = CoursePage.objects.get(slug="read-a-text")
    CoursePage.objects.filter(pk=course.pk).update(live=True)
    edition = operations.freeze_edition(course.pk, now=NOW)

    text, check, training = edition.items.order_by("position")
    assert (text.kind, check.kind, training.kind) == ("reading", "check", "class")
    assert check.questions == [each.code for each in questions]
    assert check.title == "自测"
    assert training.title == "支部书记培训班"
    assert edition.hours == Decimal(2)


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", ["unknown", "draft", "two things", "too many"])
def test_a_check_that_cannot_be_asked_is_refused_in_the_form_and_nothing_is_lost(
    login,
    editor,  # noqa: F811
    wrong,
):
    good, draft = make_question(), make_question(ready=False)
    codes = {
        "unknown": "NO-SUCH",
        "draft": draft.code,
        "two things": good.code,
        "too many": " ".join(f"Q-{n}" for n in range(31)),
    }[wrong]
    page = published_lesson().pk if wrong == "two things" else ""
    form = course_form({"page": page, "training_class": "", "questions": codes})
    answer = login(Client(), editor).post(add_address(), form | {"action-submit": "1"})

    assert answer.status_code == 200
    text = answer.content.decode()
    assert codes[:20] in text
    said = {
        "unknown": "NO-SUCH:",
        "draft": f"{draft.code}:",
        "two things": "请四选一",
        "too many": "最多 30 题",
    }[wrong]
    assert said in text
    assert not CoursePage.objects.filter(slug="read-a-text").exists()


# --- classes --------------------------------------------------------------------------------------


def finished(unit: OrgUnit | None = None):
    """A class that is over, its staff, its organiser, and somebody in it who takes the course."""
    unit = unit or OrgUnitFactory()
    keeper, organiser = holder(Role.INSTITUTION_STAFF, unit), holder(Role.TRAINING_ADMIN, unit)
    of, place, _sessions = finished_class(unit, keeper, school=unit)
    item = {"kind": "class", "page": None, "length_seconds": 0, "training_class": of}
    edition = CourseEditionFactory(items=[item], hours=Decimal(0))
    return of, keeper, organiser, EnrolmentFactory(person=place.person, edition=edition)


def credit(of, keeper, organiser):
    classes.operations.confirm_results(of.pk, by=keeper, now=AFTER)
    classes.operations.post_credits(of.pk, by=organiser, now=AFTER)


@pytest.mark.django_db(transaction=True)
def test_a_class_completes_its_item_when_it_is_credited_not_before_and_its_hours_come_once():
    of, keeper, organiser, enrolment = finished()
    classes.operations.confirm_results(of.pk, by=keeper, now=AFTER)
    with pytest.raises(operations.NotProven):
        operations.complete_item(enrolment.pk, enrolment.edition.items.get().pk, now=AFTER)

    for _ in range(2):
        classes.operations.post_credits(of.pk, by=organiser, now=AFTER)
    assert ItemProgress.objects.get().completed_at is not None
    assert Enrolment.objects.get().posted_at is not None
    (entry,) = tracker.queries.entries_of(enrolment.person_id, AFTER)
    assert entry.hours == of.hours


@pytest.mark.django_db
def test_the_sweep_takes_over_credits_whose_signal_was_lost():
    of, keeper, organiser, enrolment = finished()
    stranger = EnrolmentFactory(edition=enrolment.edition)
    credit(of, keeper, organiser)  # inside the test's transaction the signal is never sent
    assert Enrolment.objects.get(pk=enrolment.pk).completed_at is None

    assert operations.sweep(AFTER).items == 1
    assert operations.sweep(AFTER).items == 0
    assert Enrolment.objects.get(pk=enrolment.pk).completed_at == AFTER
    assert Enrolment.objects.get(pk=stranger.pk).completed_at is None


@pytest.mark.django_db
def test_a_course_of_nothing_but_classes_and_checks_gives_no_hours_besides():
    course = CoursePageFactory(hours=Decimal(14))
    CourseItem.objects.create(course=course, training_class=make_class(OrgUnitFactory()))
    CourseItem.objects.create(course=course, questions=make_question().code)
    assert operations.freeze_edition(course.pk, now=NOW).hours == 0
    CourseItem.objects.create(course=course, page_id=published_lesson().pk)
    assert operations.freeze_edition(course.pk, now=NOW).hours == Decimal(14)


@pytest.mark.django_db
def test_the_item_of_a_class_says_where_one_stands(login):
    of = make_class(OrgUnitFactory(), title="任职培训班")
    item = {"kind": "class", "page": None, "length_seconds": 0, "training_class": of}
    enrolment = EnrolmentFactory(edition=CourseEditionFactory(items=[item]))
    client = login(Client(), enrolment.person)
    page = f"/courses/{enrolment.course.slug}/1/"
    assert "您不在本班名单中" in client.get(page).content.decode()
    assert f"/classes/{of.pk}/" not in client.get(page).content.decode()

    make_place(of, enrolment.person)
    text = client.get(page).content.decode()
    assert "您已在本班名单中" in text
    assert f"/classes/{of.pk}/" in text
    type(of).objects.filter(pk=of.pk).update(cancelled_at=NOW)
    assert "该培训班已取消" in client.get(page).content.decode()


@pytest.mark.django_db
def test_the_page_of_a_class_states_its_number_of_statements(login, django_assert_num_queries):
    _of, _keeper, _organiser, enrolment = finished()
    client = login(Client(), enrolment.person)
    client.get(f"/courses/{enrolment.course.slug}/1/")
    with django_assert_num_queries(6):
        client.get(f"/courses/{enrolment.course.slug}/1/")
