"""What may never go wrong in an examination: E1–E12."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, connection, transaction

from exams import operations, queries
from exams.engine import drawing, items
from exams.engine.items import record_from_dict
from exams.engine.scoring import grade
from exams.enums import AttemptState
from exams.models import Answer, Attempt, AttemptEvent, PaperItem, QuestionVersion
from exams.operations import Given
from exams.signals import attempt_graded
from tests.factories.exams import NOW, make_attempt, make_exam, make_paper, make_question
from tests.factories.people import PersonFactory
from tests.factories.tracker import hours_of

pytestmark = pytest.mark.django_db

DUE = NOW + timedelta(minutes=60)
UNTIL = DUE + timedelta(seconds=30)
INSTANT = timedelta(microseconds=1)


def save(attempt, item, seq, value, *, now=NOW):
    return operations.save_answers(attempt.pk, [Given(item, seq, json.dumps(value))], now=now)[0]


def held(attempt):
    return {item: value for item, (_seq, value) in queries.answers_of(attempt.pk).items()}


def right_labels(attempt):
    """For every question the label under which this candidate sees the right option."""
    out = {}
    for line in queries.sheet_of(attempt):
        place = line.arrangement.options.index(line.item.key)
        out[line.number] = "ABCD"[place]
    return out


# --- E1: at most one live attempt ------------------------------------------------------------------


def test_e1_starting_again_goes_on_with_the_same_attempt():
    exam, person = make_exam(), PersonFactory()
    first = operations.start_attempt(exam.pk, person, now=NOW)
    again = operations.start_attempt(exam.pk, person, now=NOW + timedelta(minutes=5))
    assert again.pk == first.pk
    assert again.due_at == DUE


def test_e1_the_database_refuses_a_second_live_attempt():
    attempt = make_attempt()
    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.create(
            exam=attempt.exam, person=attempt.person, ordinal=2, state=AttemptState.PREPARED
        )


def test_e1_without_the_constraint_a_second_live_attempt_would_be_stored():
    """Negative control of the test above: it is the constraint that refuses."""
    attempt = make_attempt()
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX exams_attempt_one_live")
    Attempt.objects.create(
        exam=attempt.exam, person=attempt.person, ordinal=2, state=AttemptState.PREPARED
    )
    assert Attempt.objects.filter(exam=attempt.exam, person=attempt.person).count() == 2


# --- E2: the deadline stands -------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["due_at", "accepts_until", "started_at"])
def test_e2_the_database_refuses_to_move_a_deadline(field):
    attempt = make_attempt()
    with pytest.raises(DatabaseError), transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk).update(**{field: DUE + timedelta(hours=1)})


def test_e2_a_deadline_moves_with_a_reason_and_a_trace():
    attempt, by = make_attempt(), PersonFactory()
    operations.extend_attempt(attempt.pk, timedelta(minutes=10), because="停电", by=by, now=NOW)
    attempt.refresh_from_db()
    assert attempt.due_at == DUE + timedelta(minutes=10)
    assert attempt.overrides == 1
    event = AttemptEvent.objects.get(attempt=attempt)
    assert (event.kind, event.by, event.detail["reason"]) == ("extended", by, "停电")
    assert save(attempt, 1, 1, "A", now=UNTIL + timedelta(minutes=10)).status == "accepted"


def test_e2_a_deadline_does_not_move_without_a_reason():
    with pytest.raises(operations.DeadlineRefused):
        operations.extend_attempt(
            make_attempt().pk, timedelta(minutes=10), because=" ", by=PersonFactory(), now=NOW
        )


# --- E3, E4: answers ----------------------------------------------------------------------------------


def test_e3_what_is_acknowledged_is_committed_before_the_reply(open_page):
    attempt = make_attempt()
    page = open_page(attempt)
    with time_machine.travel(NOW, tick=False):
        assert page.save((1, 1, "A"))[0]["status"] == "accepted"
    assert held(attempt) == {1: "A"}


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_e4_of_two_answers_to_one_question_in_one_request_the_newer_wins(order):
    attempt = make_attempt()
    given = [Given(1, seq, json.dumps(f"v{seq}")) for seq in order]

    saved = operations.save_answers(attempt.pk, given, now=NOW)

    assert {one.seq: one.status for one in saved} == {2: "accepted", 1: "duplicate"}
    assert held(attempt) == {1: "v2"}


@pytest.mark.parametrize("order", [[1, 2, 3], [3, 2, 1], [2, 3, 1], [3, 3, 1]])
def test_e4_the_highest_sequence_wins_whatever_the_order_of_arrival(order):
    attempt = make_attempt()
    replies = [save(attempt, 1, seq, f"v{seq}") for seq in order]
    assert held(attempt) == {1: "v3"}
    assert {reply.status for reply in replies} <= {"accepted", "duplicate"}


def test_e4_an_answer_counts_up_to_the_last_instant_of_the_grace():
    attempt = make_attempt()
    assert save(attempt, 1, 1, "A", now=UNTIL).status == "accepted"
    late = save(attempt, 1, 2, "B", now=UNTIL + INSTANT)
    assert (late.status, late.reason) == ("refused", "late")
    assert held(attempt) == {1: "A"}


def test_e4_two_windows_with_the_same_number_are_told_apart():
    attempt = make_attempt()
    save(attempt, 1, 5, "A")
    other = save(attempt, 1, 5, "B")
    assert (other.status, other.reason) == ("refused", "newer_elsewhere")
    assert save(attempt, 1, 5, "A").status == "duplicate"
    assert held(attempt) == {1: "A"}


def test_e4_the_database_refuses_to_put_an_older_answer_over_a_newer():
    attempt = make_attempt()
    save(attempt, 1, 5, "A")
    with pytest.raises(DatabaseError), transaction.atomic():
        Answer.objects.filter(attempt=attempt, item=1).update(seq=4, value='"B"')


# --- E5: the state follows the clock -----------------------------------------------------------------


def test_e5_an_attempt_past_its_time_is_closed_though_nothing_ran():
    attempt = make_attempt()
    assert queries.state_of(attempt, UNTIL) == AttemptState.IN_PROGRESS
    assert queries.state_of(attempt, UNTIL + INSTANT) == AttemptState.SUBMITTED
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.IN_PROGRESS


def test_e5_the_database_refuses_to_take_a_state_back():
    attempt = make_attempt()
    operations.submit_attempt(attempt.pk, now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk).update(state=AttemptState.IN_PROGRESS)


def test_e5_an_expired_attempt_is_handed_in_as_of_its_deadline_by_whoever_looks_first():
    attempt = make_attempt()
    save(attempt, 1, 1, "A")
    receipt, _ = operations.submit_attempt(attempt.pk, now=UNTIL + timedelta(hours=5))
    assert receipt.submitted_at == UNTIL
    assert receipt.answered == 1


def test_e5_the_sweep_finishes_what_nobody_finished_and_repeats_harmlessly():
    expired, running = make_attempt(), None
    handed_in = make_attempt()
    operations.submit_attempt(handed_in.pk, now=NOW)
    later = UNTIL + timedelta(minutes=1)
    running = make_attempt(now=later)
    assert operations.sweep(later)["closed"] == 1
    assert operations.sweep(later) == {
        "prepared": 0,
        "closed": 0,
        "graded": 0,
        "regraded": 0,
        "told": 0,
        "stale": 0,
    }
    states = dict(Attempt.objects.values_list("pk", "state"))
    assert states == {
        expired.pk: AttemptState.GRADED,
        handed_in.pk: AttemptState.GRADED,
        running.pk: AttemptState.IN_PROGRESS,
    }


# --- E6: the score is a function ----------------------------------------------------------------------


def test_e6_the_score_follows_from_paper_and_answers_and_can_be_computed_again():
    attempt = make_attempt()
    right = right_labels(attempt)
    for number in (1, 2, 3):
        save(attempt, number, 1, right[number])
    save(attempt, 4, 1, next(label for label in "ABCD" if label != right[4]))
    operations.submit_attempt(attempt.pk, now=NOW)
    assert operations.grade_attempt(attempt.pk, now=NOW)
    attempt.refresh_from_db()
    assert (attempt.score, attempt.worth, attempt.passed) == (Decimal(6), Decimal(10), True)
    lines, answers = queries.grading_input(attempt, queries.answers_of(attempt.pk))
    assert grade(lines, answers).points == attempt.score
    assert [reason for _n, _p, reason in attempt.marks] == [
        "right", "right", "right", "wrong", "blank",
    ]  # fmt: skip


def test_e6_shuffling_changes_labels_but_not_marks():
    exam = make_exam()
    sheets = [queries.sheet_of(make_attempt(exam)) for _ in range(6)]
    assert len({tuple(line.number for line in sheet) for sheet in sheets}) > 1
    assert len({line.arrangement.options for sheet in sheets for line in sheet}) > 1


# --- E7: no key leaves ---------------------------------------------------------------------------------

SECRETS = {
    "single": {"options": ["选一", "选二"], "key": "A", "explanation": "保密解析"},
    "fill_in": {"stem": "____是宗旨", "blanks": ["保密填空"], "explanation": "保密解析"},
    "numeric": {"key": 86.97, "tolerance": 0.01, "explanation": "保密解析"},
    "short_answer": {
        "key_points": [{"text": "保密要点", "any_of": ["保密措辞"]}],
        "marking": "auto",
    },
    "essay": {"rubric": ["保密评分"], "model_answer": "保密范文"},
    "case": {"parts": [{"type": "numeric", "stem": "问", "key": 86.97, "explanation": "保密解析"}]},
}
WORDS = (
    "保密",
    "86.97",
    '"key"',
    "tolerance",
    '"accept"',
    "'accept'",
    "model_answer",
    "any_of",
)


def leaks(body):
    return [word for word in WORDS if word in body]


@pytest.fixture
def secret_attempt():
    questions = [make_question({"type": kind, **fields}) for kind, fields in SECRETS.items()]
    return make_attempt(make_exam(make_paper(questions), review="key"))


def test_e7_no_byte_of_the_key_is_sent_before_release(secret_attempt, open_page):
    page = open_page(secret_attempt)
    with time_machine.travel(NOW, tick=False):
        body = page.client.get(f"/attempts/{secret_attempt.pk}/").content.decode()
        assert "____是宗旨" not in body
        assert "是宗旨" in body
        body += page.post(
            "answers", [{"item": 1, "seq": 1, "value": "A"}, {"item": 5, "seq": 1, "value": "文章"}]
        ).content.decode()
        body += page.client.get(f"/attempts/{secret_attempt.pk}/pass/").content.decode()
        body += page.client.get(f"/exams/{secret_attempt.exam_id}/").content.decode()
        body += page.submit().content.decode()
        # The essay waits for a marker: nothing is released yet.
        body += page.client.get(
            f"/attempts/{secret_attempt.pk}/result/", follow=True
        ).content.decode()
    assert leaks(body) == []


def test_e7_the_guard_sees_a_key_that_does_leak(secret_attempt, open_page, monkeypatch):
    """Negative control: with the whole item handed to the page, the test above must fail."""
    monkeypatch.setattr(
        drawing,
        "shown",
        lambda item, _arrangement: {
            **items.item_to_dict(item),
            "stem": str(items.item_to_dict(item)),
        },
    )
    monkeypatch.setattr(
        "exams.views.attempts.question_view", lambda shown, _v, name: {**shown, "name": name}
    )
    page = open_page(secret_attempt)
    with time_machine.travel(NOW, tick=False):
        body = page.client.get(f"/attempts/{secret_attempt.pk}/").content.decode()
    assert leaks(body)


def test_e7_labels_on_the_page_are_places_so_the_authors_ids_say_nothing():
    attempt = make_attempt(make_exam(shuffle_options=True))
    for line in queries.sheet_of(attempt):
        assert [option["id"] for option in line.shown()["options"]] == list("ABCD")


@pytest.mark.parametrize(("review", "sees"), [("score", False), ("marks", False), ("key", True)])
def test_e7_the_key_is_shown_only_when_the_policy_releases_it(review, sees, open_page):
    attempt = make_attempt(make_exam(review=review))
    page = open_page(attempt)
    with time_machine.travel(NOW, tick=False):
        page.submit()
        body = page.client.get(f"/attempts/{attempt.pk}/result/").content.decode()
    assert ("题的解析" in body) is sees


def test_e7_nothing_is_released_before_the_exam_closes_when_the_policy_says_so(open_page):
    exam = make_exam(review="key", review_when="after_close")
    attempt = make_attempt(exam)
    page = open_page(attempt)
    address = f"/attempts/{attempt.pk}/result/"
    with time_machine.travel(NOW, tick=False):
        page.submit()
        assert page.client.get(address).status_code == 302
    with time_machine.travel(exam.closes_at, tick=False):
        page.client.force_login(attempt.person, backend="django.contrib.auth.backends.ModelBackend")
    assert queries.review_level(Attempt.objects.get(pk=attempt.pk), exam.closes_at) == "key"
    assert (
        queries.review_level(Attempt.objects.get(pk=attempt.pk), exam.closes_at - INSTANT)
        == "nothing"
    )


def test_e7_what_waits_for_the_closing_waits_for_whoever_was_given_more_time(open_page):
    exam = make_exam(review="key", review_when="after_close", closes_at=NOW + timedelta(minutes=30))
    done, other = make_attempt(exam), make_attempt(exam)
    operations.extend_attempt(
        other.pk, timedelta(minutes=20), because="停电", by=PersonFactory(), now=NOW
    )
    page = open_page(done)
    address = f"/attempts/{done.pk}/receipt/"
    with time_machine.travel(NOW, tick=False):
        page.submit()
    operations.grade_attempt(done.pk, now=NOW)
    done.refresh_from_db()
    asked = exam.paper.items.values_list("version__question_id", flat=True)

    last = Attempt.objects.get(pk=other.pk).accepts_until
    assert queries.review_level(done, last) == "nothing"
    assert queries.questions_held_back(last) == set(asked)
    with time_machine.travel(exam.closes_at, tick=False):
        assert "获准加时的考生全部交卷后" in page.client.get(address).content.decode()
    assert queries.review_level(done, last + INSTANT) == "key"
    assert queries.questions_held_back(last + INSTANT) == set()

    operations.submit_attempt(other.pk, now=exam.closes_at)
    assert queries.review_level(done, exam.closes_at) == "key"


# --- E8: what was used never changes ---------------------------------------------------------------------


def test_e8_a_version_and_a_published_paper_cannot_be_changed():
    paper = make_paper()
    line = paper.items.first()
    for attempt_to_change in (
        lambda: QuestionVersion.objects.filter(pk=line.version_id).update(body={}),
        lambda: QuestionVersion.objects.filter(pk=line.version_id).delete(),
        lambda: PaperItem.objects.filter(pk=line.pk).update(points=99),
        lambda: PaperItem.objects.filter(pk=line.pk).delete(),
        lambda: PaperItem.objects.create(paper=paper, number=99, version=make_question().current, points=1),
        lambda: type(paper).objects.filter(pk=paper.pk).update(title="改"),
        lambda: type(paper).objects.filter(pk=paper.pk).update(published_at=None, state="draft"),
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt_to_change()


def test_e8_editing_a_question_leaves_papers_with_the_wording_they_have():
    question = make_question()
    paper = make_paper([question])
    record = record_from_dict(
        {"category": "党章", "type": "true_false", "stem": "新题", "key": True}
    )
    operations.revise_question(question.pk, record, by=question.author, now=NOW)
    assert queries.paper_lines(paper.pk)[0][3].stem == question.current.stem
    question.refresh_from_db()
    assert (question.status, question.current.number) == ("draft", 2)


# --- E9: repeating is harmless ------------------------------------------------------------------------------


def test_e9_start_save_and_submit_may_be_repeated(open_page):
    attempt = make_attempt()
    page = open_page(attempt)
    with time_machine.travel(NOW, tick=False):
        for _ in range(2):
            response = page.client.post(f"/exams/{attempt.exam_id}/start/")
            assert response["Location"] == f"/attempts/{attempt.pk}/"
        assert [page.save((1, 1, "A"))[0]["status"] for _ in range(3)] == [
            "accepted",
            "duplicate",
            "duplicate",
        ]
        receipts = {page.submit((2, 1, "B")).json()["receipt"] for _ in range(3)}
    assert len(receipts) == 1
    assert Attempt.objects.filter(exam=attempt.exam).count() == 1
    assert held(attempt) == {1: "A", 2: "B"}


def test_e9_the_news_is_sent_once_however_often_it_is_graded(django_capture_on_commit_callbacks):
    heard = []
    attempt_graded.connect(
        lambda attempt_id, **_: heard.append(attempt_id), weak=False, dispatch_uid="t"
    )
    try:
        attempt = make_attempt()
        operations.submit_attempt(attempt.pk, now=NOW)
        with django_capture_on_commit_callbacks(execute=True):
            operations.grade_attempt(attempt.pk, now=NOW)
            operations.grade_attempt(attempt.pk, now=NOW)
    finally:
        attempt_graded.disconnect(dispatch_uid="t")
    assert heard == [attempt.pk]


# --- E10: nothing received is dropped ---------------------------------------------------------------------------


def test_e10_a_late_answer_is_refused_with_its_reason_and_kept_on_record(open_page):
    attempt = make_attempt()
    page = open_page(attempt)
    with time_machine.travel(UNTIL + timedelta(seconds=1), tick=False):
        reply = page.save((1, 1, "迟到的答案"))[0]
    assert (reply["status"], reply["reason"]) == ("refused", "late")
    event = AttemptEvent.objects.get(attempt=attempt, kind="refused")
    assert event.detail == {"reason": "late", "answers": [[1, 1, '"迟到的答案"']]}


def test_e10_an_answer_after_handing_in_is_refused_and_kept(open_page):
    attempt = make_attempt()
    page = open_page(attempt)
    with time_machine.travel(NOW, tick=False):
        page.submit((1, 1, "A"))
        replies = page.save((1, 1, "A"), (1, 2, "B"), (2, 1, "C"))
    assert [r["status"] for r in replies] == ["duplicate", "refused", "refused"]
    assert {r.get("reason") for r in replies[1:]} == {"submitted"}
    assert len(AttemptEvent.objects.get(kind="refused").detail["answers"]) == 2


def test_e10_every_answer_of_a_request_gets_a_reply(open_page):
    page = open_page(make_attempt())
    with time_machine.travel(NOW, tick=False):
        response = page.post(
            "answers",
            [
                {"item": 1, "seq": 1, "value": "A"},
                {"item": 99, "seq": 1, "value": "A"},
                {"item": 1, "seq": -1, "value": "A"},
                {"item": True, "seq": 1},
                "nonsense",
                {"item": 2, "seq": 1, "value": "x" * 50_000},
                {"item": 3, "seq": 1, "value": "\ud800"},
            ],
        )
    replies = response.json()["answers"]
    assert len(replies) == 7
    assert [r["status"] for r in replies].count("accepted") == 1
    assert {r.get("reason") for r in replies if r["status"] == "refused"} == {
        "malformed",
        "too_long",
    }


def test_e10_malformed_answers_are_graded_as_such_and_break_nothing():
    attempt = make_attempt()
    save(attempt, 1, 1, {"no": ["answer"]})
    operations.submit_attempt(attempt.pk, now=NOW)
    operations.grade_attempt(attempt.pk, now=NOW)
    attempt.refresh_from_db()
    assert attempt.marks[0] == [1, "0.00", "malformed"]


# --- E11: to the last second --------------------------------------------------------------------------------------


def test_e11_the_last_answers_ride_on_the_submit_in_the_last_instant(open_page):
    attempt = make_attempt()
    page = open_page(attempt)
    with time_machine.travel(UNTIL, tick=False):
        body = page.submit((1, 1, "A"), (2, 1, "B")).json()
    assert body["answered"] == 2
    assert {a["status"] for a in body["answers"]} == {"accepted"}


# --- hours ------------------------------------------------------------------------------------------------------------


def test_passing_earns_the_hours_of_the_exam_once():
    exam = make_exam(hours=Decimal("1.5"), attempts_allowed=2, pass_percent=0)
    person = PersonFactory()
    for _ in range(2):
        attempt = operations.start_attempt(exam.pk, person, now=NOW)
        operations.submit_attempt(attempt.pk, now=NOW)
        operations.grade_attempt(attempt.pk, now=NOW)
    assert hours_of(person) == Decimal("1.5")
