"""Marking by hand in the browser: anonymous, one answer after another, graded when the last is in."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from exams import operations, queries
from exams.engine import marking
from exams.engine.drawing import arrange
from exams.engine.items import item_from_dict
from exams.models import Attempt, BlueprintRow, Mark
from exams.signals import attempt_graded
from notices.models import Notice
from people.enums import Role
from tests.factories.exams import NOW, SINGLE, make_exam, make_paper, make_question
from tests.factories.people import PersonFactory

SHORT = {
    "type": "short_answer",
    "stem": "学习要求",
    "key_points": [
        {"text": "坚持党的领导", "any_of": ["党的领导"], "weight": 3},
        {"text": "人民至上", "any_of": ["人民至上"], "weight": 1},
    ],
}
ESSAY = {"type": "essay", "stem": "谈谈体会", "rubric": [{"text": "观点正确"}], "min_length": 2}


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def sat(db):
    """``sat(exam, "text", …)``: a candidate hands these answers in; graded as far as it goes."""

    def sit(exam, *texts, person=None):
        person = person or PersonFactory(name="应试人", staff_number=f"S{Attempt.objects.count()}")
        attempt = operations.start_attempt(exam.pk, person, now=NOW)
        given = [operations.Given(n, 1, json.dumps(text)) for n, text in enumerate(texts, 1)]
        operations.submit_attempt(attempt.pk, now=NOW, last=given)
        operations.grade_attempt(attempt.pk, now=NOW)
        return attempt

    return sit


@pytest.fixture
def exam(db):
    """A short answer and an essay, four points each."""
    questions = [make_question(SHORT), make_question(ESSAY)]
    return make_exam(make_paper(questions, points=Decimal(4)))


@pytest.fixture
def marker(role):
    return role(Role.MARKER)


def address(exam, number):
    version = exam.paper.items.get(number=number).version_id
    return f"/marking/{exam.pk}/{version}/"


def mark(client, page, attempt, points="2", **more):
    return client.post(page, {"attempt": attempt.pk, "points": points, **more})


def test_an_attempt_is_graded_with_its_last_open_answer_and_told_once(
    client, login, marker, exam, sat, django_capture_on_commit_callbacks
):
    attempt = sat(exam, "党的领导", "体会很深")
    login(client, marker)
    told = []

    def hear(attempt_id, **kwargs):
        told.append(attempt_id)

    attempt_graded.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            assert mark(client, address(exam, 1), attempt, "2.5").status_code == 302
        attempt.refresh_from_db()
        assert (attempt.get_state_display(), told) == ("已交卷", [])
        with django_capture_on_commit_callbacks(execute=True):
            mark(client, address(exam, 2), attempt, "4", comment="观点鲜明", met=["k0"])
            mark(client, address(exam, 2), attempt, "1")
    finally:
        attempt_graded.disconnect(hear)

    attempt.refresh_from_db()
    assert told == [attempt.pk]
    assert (attempt.score, attempt.passed) == (Decimal("6.5"), True)
    assert attempt.marks == [[1, "2.5", "partly"], [2, "4", "right"]]
    marks = list(Mark.objects.filter(attempt=attempt).order_by("number"))
    assert [(m.marker_id, m.round, m.points, m.worth) for m in marks] == [
        (marker.pk, 1, Decimal("2.5"), 4),
        (marker.pk, 1, 4, 4),
    ]
    assert (marks[1].comment, marks[1].met) == ("观点鲜明", ["观点正确"])


def test_the_candidate_reads_the_comment_beside_the_points(client, login, marker, exam, sat):
    attempt = sat(exam, "党的领导", "体会")
    operations.mark_by_hand(attempt.pk, 1, Decimal(3), by=marker, now=NOW, comment="再想想人民至上")
    operations.mark_by_hand(attempt.pk, 2, Decimal(3), by=marker, now=NOW)
    login(client, Attempt.objects.get(pk=attempt.pk).person)

    assert "再想想人民至上" in client.get(f"/attempts/{attempt.pk}/result/").content.decode()


def test_the_marker_sees_no_name_and_no_staff_number(client, login, marker, exam, sat):
    sat(exam, "甲的答案", "体会", person=PersonFactory(name="欧阳某某", staff_number="X9917"))
    login(client, marker)

    for page in ("/marking/", address(exam, 1), address(exam, 2)):
        body = client.get(page).content.decode()
        assert "欧阳某某" not in body
        assert "X9917" not in body
    assert "甲的答案" in client.get(address(exam, 1)).content.decode()


def test_the_list_counts_what_waits_by_exam_and_question(client, login, marker, exam, sat):
    first = sat(exam, "一", "二")
    sat(exam, "一", "二")
    sat(exam, "一")  # the essay is blank: nothing to mark there
    operations.mark_by_hand(first.pk, 1, Decimal(1), by=marker, now=NOW)

    queues = queries.marking_queues(marker)

    assert {queue.stem: queue.waiting for queue in queues} == {"学习要求": 2, "谈谈体会": 2}
    login(client, marker)
    assert client.get("/marking/").context["total"] == 4
    assert "有 4 份答案待评" in client.get("/").content.decode()


def test_after_saving_the_next_answer_comes_and_at_last_the_end(client, login, marker, exam, sat):
    attempts = {sat(exam, "答案").pk for _ in range(3)}
    login(client, marker)
    seen = set()
    for _ in range(3):
        answer = client.get(address(exam, 1)).context["answer"]
        seen.add(answer.attempt_id)
        mark(client, address(exam, 1), Attempt(pk=answer.attempt_id))

    assert seen == attempts
    page = client.get(address(exam, 1))
    assert page.context["answer"] is None
    assert 'class="empty"' in page.content.decode()
    assert 'class="empty"' in client.get("/marking/").content.decode()


def test_an_answer_put_off_comes_again_after_the_others(client, login, marker, exam, sat):
    for _ in range(3):
        sat(exam, "答案")
    login(client, marker)
    page = address(exam, 1)
    order = [client.get(page).context["answer"].attempt_id]
    for _ in range(3):
        answer = client.get(f"{page}?after={order[-1]}").context["answer"]
        order.append(answer.attempt_id)

    assert len(set(order[:3])) == 3
    assert order[3] == order[0]
    assert client.get(f"{page}?after=nonsense").status_code == 200


@pytest.mark.parametrize("points", ["", "-0.5", "4.5", "1.25", "四", "NaN"])
def test_points_that_cannot_be_are_refused_and_nothing_typed_is_lost(
    points, client, login, marker, exam, sat
):
    attempt = sat(exam, "党的领导", "体会")
    other = sat(exam, "人民至上", "体会")
    login(client, marker)
    for one in (attempt, other):
        response = mark(client, address(exam, 1), one, points, comment="已写好的评语", met=["k1"])
        body = response.content.decode()
        assert response.status_code == 422
        assert response.context["answer"].attempt_id == one.pk
        assert response.context["ticked"] == {"k1"}
        assert "已写好的评语" in body
        assert f'value="{points}"' in body or not points
        one.refresh_from_db()
        assert one.by_hand is None


@pytest.mark.parametrize("points", ["0", "0.5", "4", "4.0"])
def test_points_reach_from_nothing_to_all(points, client, login, marker, exam, sat):
    attempt = sat(exam, "党的领导", "体会")
    login(client, marker)

    assert mark(client, address(exam, 1), attempt, points).status_code == 302


def test_of_two_markers_of_one_answer_the_second_is_told_and_gets_the_next(
    client, login, role, exam, sat
):
    attempt, other = sat(exam, "一", "二"), sat(exam, "三", "四")
    page = address(exam, 1)
    login(client, role(Role.MARKER))
    mark(client, page, attempt, "3")
    login(client, role(Role.MARKER))

    response = client.post(page, {"attempt": attempt.pk, "points": "1"}, follow=True)

    assert "另一位" in response.content.decode()
    assert response.context["answer"].attempt_id == other.pk
    attempt.refresh_from_db()
    assert attempt.by_hand == {"1": "3"}


def test_a_marker_s_own_second_window_is_not_called_another_marker(
    client, login, marker, exam, sat, role
):
    attempt = sat(exam, "一", "二")
    void = sat(exam, "三", "四")
    page = address(exam, 1)
    login(client, marker)
    mark(client, page, attempt, "3")

    again = client.post(page, {"attempt": attempt.pk, "points": "1"}, follow=True)

    assert "您已评过" in again.content.decode()
    assert "另一位" not in again.content.decode()
    assert Mark.objects.get(attempt=attempt).points == 3
    operations.void_attempt(void.pk, because="换题", by=role(Role.TRAINING_ADMIN), now=NOW)
    gone = client.post(page, {"attempt": void.pk, "points": "1"}, follow=True)
    assert "已作废或重新开放" in gone.content.decode()
    assert "另一位" not in gone.content.decode()


def test_the_operation_itself_refuses_a_second_mark(exam, sat, role):
    attempt = sat(exam, "一", "二")
    operations.mark_by_hand(attempt.pk, 1, Decimal(3), by=role(Role.MARKER), now=NOW)

    with pytest.raises(operations.MarkRefused, match="already_marked"):
        operations.mark_by_hand(attempt.pk, 1, Decimal(1), by=role(Role.MARKER), now=NOW)


def test_a_marker_does_not_mark_an_attempt_of_his_own(client, login, marker, exam, sat):
    own = sat(exam, "自己的答案", "体会", person=marker)
    login(client, marker)

    assert queries.marking_queues(marker) == []
    assert client.get(address(exam, 1)).context["answer"] is None
    assert mark(client, address(exam, 1), own).status_code == 404
    with pytest.raises(operations.MarkRefused, match="own_attempt"):
        operations.mark_by_hand(own.pk, 1, Decimal(1), by=marker, now=NOW)


def test_what_is_not_there_is_a_404(client, login, marker, exam, sat):
    attempt = sat(make_exam(), "B")
    strange = make_question(SHORT)
    login(client, marker)

    assert client.get(f"/marking/{exam.pk}/{strange.current_id}/").status_code == 404
    assert client.get(f"/marking/99999/{strange.current_id}/").status_code == 404
    assert mark(client, address(exam, 1), attempt).status_code == 404
    assert client.post(address(exam, 1), {"attempt": "x", "points": "1"}).status_code == 404


@pytest.mark.parametrize("held", [(), (Role.QUESTION_SETTER, Role.TRAINING_ADMIN, Role.AUDITOR)])
def test_marking_is_not_there_for_other_roles(held, client, login, role, exam, sat):
    attempt = sat(exam, "一", "二")
    login(client, role(*held))

    assert client.get("/marking/").status_code == 404
    assert client.get(address(exam, 1)).status_code == 404
    assert mark(client, address(exam, 1), attempt).status_code == 404
    attempt.refresh_from_db()
    assert attempt.by_hand is None


@pytest.mark.parametrize("papers", [1, 6])
def test_the_pages_cost_the_same_for_one_paper_and_for_many(
    papers, client, login, marker, exam, sat, django_assert_num_queries
):
    for _ in range(papers):
        sat(exam, "一", "二")
    login(client, marker)
    page = address(exam, 1)
    client.get("/marking/")
    with django_assert_num_queries(7):
        client.get("/marking/")
    with django_assert_num_queries(10):
        client.get(page)


def test_papers_drawn_for_each_candidate_are_marked_by_question_too(marker, sat):
    question = make_question(ESSAY)
    row = BlueprintRow(count=1, points=Decimal(5), type="essay")
    blueprint = operations.create_blueprint("蓝图", [row], by=PersonFactory(), now=NOW)
    exam = make_exam(blueprint_id=blueprint.pk)
    sat(exam, "一")
    sat(exam, "二")

    waiting = queries.answers_waiting(exam.pk, question.current_id, marker)

    assert [queue.waiting for queue in queries.marking_queues(marker)] == [2]
    assert [(answer.number, answer.worth) for answer in waiting] == [(1, Decimal(5))] * 2


def test_the_candidate_is_told_when_the_last_answer_is_marked_and_the_result_can_be_seen(exam, sat):
    attempt = sat(exam, "党的领导", "体会很深")
    later = exam.closes_at + timedelta(days=3)
    for number, told in ((1, 0), (2, 1)):
        operations.mark_by_hand(attempt.pk, number, Decimal(2), by=PersonFactory(), now=later)
        assert Notice.objects.filter(person=attempt.person).count() == told
    notice = Notice.objects.get(person=attempt.person)
    assert notice.text == "您在“六月月考”中的答卷已评阅，可以查看成绩。"
    assert notice.url == f"/attempts/{attempt.pk}/result/"


def test_nobody_is_told_of_a_result_that_waits_for_the_closing(sat):
    exam = make_exam(make_paper([make_question(ESSAY)]), review_when="after_close")
    attempt = sat(exam, "体会很深")
    operations.mark_by_hand(attempt.pk, 1, Decimal(2), by=PersonFactory(), now=NOW)
    assert not Notice.objects.filter(person=attempt.person).exists()


# --- the layout of an answer, pure -------------------------------------------------------------------


def laid(plain, value, worth):
    item = item_from_dict({"explanation": "", **plain})
    return marking.to_mark(item, value, arrange(item, "", 1, shuffle=False), Decimal(worth))


def test_key_points_share_the_points_by_weight_and_found_ones_are_proposed():
    answer = laid(SHORT, "坚持党的领导。", "4")

    ticks = answer.pieces[0].ticks
    assert [(tick.points, tick.found) for tick in ticks] == [
        (Decimal("3.00"), True),
        (Decimal("1.00"), False),
    ]
    assert answer.proposed == Decimal("3.0")


def test_nothing_found_proposes_nothing():
    assert laid(SHORT, "不知道", "4").proposed is None
    assert laid(ESSAY, "体会", "4").proposed is None


def test_a_part_of_a_case_with_a_key_says_what_it_brought():
    parts = [
        {"id": "a", "weight": "1", **SINGLE, "stem": "选"},
        {"id": "b", "weight": "3", **SHORT, "stem": "答"},
    ]
    case = {"type": "case", "stem": "案例", "parts": parts}

    by_key, by_hand = laid(case, {"a": "B", "b": "不知道"}, "8").pieces

    assert (by_key.marked, by_key.worth) == (Decimal(2), Decimal(2))
    assert (by_hand.marked, by_hand.worth) == (None, Decimal(6))


@pytest.mark.parametrize(
    ("points", "steps"),
    [("0.24", "0"), ("0.25", "0.5"), ("1.74", "1.5"), ("1.75", "2"), ("9", "4")],
)
def test_proposals_stand_on_halves(points, steps):
    assert marking.whole_steps(Decimal(points), Decimal(4)) == Decimal(steps)


def test_all_the_points_may_be_given_even_when_they_are_no_halves():
    assert marking.in_steps(Decimal("2.25"), Decimal("2.25"))
    assert not marking.in_steps(Decimal("1.25"), Decimal("2.25"))
    assert marking.in_steps(Decimal("1.5"), Decimal("2.25"))
