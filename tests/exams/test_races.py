"""What happens at the same time: threads against one database."""

import json
import time
from datetime import timedelta
from functools import partial
from threading import Event

import pytest
from django.db import connection

from exams import operations, queries
from exams.enums import AttemptState
from exams.models import Attempt, AttemptEvent
from exams.operations import Given
from tests.at_once import at_once
from tests.factories.exams import NOW, make_attempt, make_exam
from tests.factories.people import PersonFactory

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
]


def given(item, seq):
    return Given(item, seq, json.dumps(f"v{seq}"))


def test_e1_many_clicks_at_once_start_one_attempt():
    exam, person = make_exam(), PersonFactory()
    started = at_once(*[lambda: operations.start_attempt(exam.pk, person, now=NOW)] * 6)
    assert len({attempt.pk for attempt in started}) == 1
    assert Attempt.objects.filter(exam=exam, person=person).count() == 1


def test_e4_answers_that_arrive_together_leave_the_newest():
    attempt = make_attempt()
    at_once(
        *[
            lambda seq=seq: operations.save_answers(attempt.pk, [given(1, seq), given(2, 9 - seq)], now=NOW)
            for seq in range(1, 9)
        ]
    )  # fmt: skip
    assert queries.answers_of(attempt.pk) == {1: (8, "v8"), 2: (8, "v8")}


def test_e10_no_answer_slips_in_behind_the_hand_in():
    """Whatever was acknowledged as accepted is in the marked paper; everything else is refused."""
    for attempt in [make_attempt() for _ in range(5)]:
        saves = [
            partial(operations.save_answers, attempt.pk, [given(item, 1)], now=NOW)
            for item in range(1, 6)
        ]
        *replies, (receipt, _saved) = at_once(
            *saves, partial(operations.submit_attempt, attempt.pk, now=NOW)
        )
        accepted = {reply.item for [reply] in replies if reply.status == "accepted"}
        assert set(queries.answers_of(attempt.pk)) == accepted
        assert receipt.answered == len(accepted)
        kept = AttemptEvent.objects.filter(attempt=attempt, kind="refused")
        assert sum(len(event.detail["answers"]) for event in kept) == 5 - len(accepted)


@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer: nothing can slip between"
)
def test_e10_without_the_lock_an_answer_would_slip_in_behind_the_hand_in(monkeypatch):
    """Negative control: the share lock is what keeps a save from outliving the hand-in."""
    bare = operations.delivery._UPSERT["postgresql"].replace("FOR SHARE", "")
    slow = bare.replace("WHERE id = %s", "WHERE pg_sleep(1) IS NOT NULL AND id = %s")
    monkeypatch.setitem(operations.delivery._UPSERT, "postgresql", slow)
    attempt = make_attempt()

    def hand_in_while_it_saves():
        with connection.cursor() as cursor:
            for _ in range(500):
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
                    " AND pid <> pg_backend_pid() AND datname = current_database()"
                    " AND query LIKE '%INSERT INTO exams_answer%'"
                )
                if cursor.fetchone()[0]:
                    break
                time.sleep(0.01)
        return operations.submit_attempt(attempt.pk, now=NOW)[0]

    reply, receipt = at_once(
        lambda: operations.save_answers(attempt.pk, [given(1, 1)], now=NOW)[0],
        hand_in_while_it_saves,
    )
    assert (reply.status, receipt.answered) == ("accepted", 0)


def begun_while_withdrawn(monkeypatch, *, laid_out):
    """Somebody who has the exam in hand begins it at the instant at which it is withdrawn: what
    became of each, "withdrawn" or "begun" or the code of a refusal."""
    setter, person = PersonFactory(), PersonFactory()
    exam = make_exam(by=setter)
    if laid_out:
        operations.prepare_attempts(exam.pk, [person.pk], now=NOW)
    looked, read = Event(), Event()
    was_begun, due_at = queries.was_begun, operations.delivery.timing.due_at

    def slow_was_begun(exam):
        found = was_begun(exam)
        looked.set()
        read.wait(5)
        time.sleep(0.5)  # the write of whoever begins comes in here, if nothing keeps it out
        return found

    def due_at_last(*given):
        # The exam is read and nothing written: now the setter looks whether anybody has begun.
        looked.wait(5)
        read.set()
        return due_at(*given)

    monkeypatch.setattr(operations.papers.queries, "was_begun", slow_was_begun)
    monkeypatch.setattr(operations.delivery.timing, "due_at", due_at_last)

    def withdraw():
        try:
            operations.withdraw_exam(exam.pk, because="发错", by=setter, now=NOW)
        except operations.WithdrawRefused as refusal:
            return str(refusal)
        return "withdrawn"

    def begin():
        try:
            operations.start_attempt(exam.pk, person, now=NOW)
        except operations.StartRefused as refusal:
            return refusal.code
        return "begun"

    said = at_once(withdraw, begin)
    exam.refresh_from_db()
    assert (exam.cancelled_at is not None) == (said[0] == "withdrawn")
    assert was_begun(exam) == (said[1] == "begun")
    return said


@pytest.mark.parametrize("laid_out", [True, False])
def test_nobody_begins_what_is_withdrawn_at_that_instant(monkeypatch, laid_out):
    said = begun_while_withdrawn(monkeypatch, laid_out=laid_out)
    assert said == ["withdrawn", "not_invited"]


@pytest.mark.parametrize("laid_out", [True, False])
def test_unless_he_holds_the_exam_he_begins_what_is_withdrawn(monkeypatch, laid_out):
    """Negative control: looking at the exam once more in the same transaction is what keeps him out."""
    unheld = "SELECT id FROM exams_exam WHERE id = %s"
    monkeypatch.setitem(operations.delivery._HELD, connection.vendor, unheld)
    said = begun_while_withdrawn(monkeypatch, laid_out=laid_out)
    assert said == ["withdrawn", "begun"]


@pytest.mark.parametrize("laid_out", [True, False])
def test_many_hold_an_exam_at_once_and_a_withdrawal_finds_who_has_begun(laid_out):
    setter, people = PersonFactory(), PersonFactory.create_batch(4)
    for _ in range(3):
        exam = make_exam(by=setter)
        if laid_out:
            operations.prepare_attempts(exam.pk, [person.pk for person in people], now=NOW)

        def withdraw(exam=exam):
            try:
                operations.withdraw_exam(exam.pk, because="发错", by=setter, now=NOW)
            except operations.WithdrawRefused:
                return False
            return True

        def begin(person, exam=exam):
            try:
                return operations.start_attempt(exam.pk, person, now=NOW)
            except operations.StartRefused:
                return None

        withdrawn, *begun = at_once(withdraw, *[partial(begin, person) for person in people])
        assert [attempt is None for attempt in begun] == [withdrawn] * 4 or not withdrawn
        assert queries.was_begun(exam) != withdrawn


def test_e9_many_hand_ins_at_once_give_one_receipt_and_one_grade():
    attempt = make_attempt()

    def hand_in():
        receipt, _ = operations.submit_attempt(attempt.pk, now=NOW)
        operations.grade_attempt(attempt.pk, now=NOW)
        return receipt.code

    assert len(set(at_once(*[hand_in] * 5))) == 1
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.GRADED


def test_e5_the_sweep_and_a_candidate_may_meet():
    attempt = make_attempt()
    later = NOW + timedelta(hours=2)
    at_once(
        lambda: operations.sweep(later),
        lambda: operations.submit_attempt(attempt.pk, now=later),
        lambda: operations.sweep(later),
    )
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.GRADED
