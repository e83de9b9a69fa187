"""What happens at the same time: threads against one database."""

import json
from datetime import timedelta
from functools import partial

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
    reply, receipt = at_once(
        lambda: operations.save_answers(attempt.pk, [given(1, 1)], now=NOW)[0],
        lambda: operations.submit_attempt(attempt.pk, now=NOW)[0],
    )
    assert (reply.status, receipt.answered) == ("accepted", 0)


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
