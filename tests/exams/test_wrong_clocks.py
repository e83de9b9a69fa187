"""A clock that ran ahead takes nothing away: of the page it is not believed, of the server it is mended."""

import json
from datetime import timedelta

import pytest
import time_machine

from exams import operations, queries
from exams.models import Attempt
from exams.operations import Given
from people.enums import Role
from people.models import AuditEntry, Person
from people.queries import persons_visible_to
from tests.factories.exams import NOW, make_attempt, make_exam
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SOON = NOW + timedelta(minutes=10)  # by the right clock; an attempt lasts an hour


def answer(attempt, item=1, at=NOW, seq=1):
    operations.save_answers(attempt.pk, [Given(item, seq, json.dumps("B"))], now=at)


def closed_by_a_jump(exam, person, *, by=HOUR):
    """An attempt handed in by looking at it while the server's clock ran ahead."""
    attempt = make_attempt(exam, person)
    answer(attempt)
    operations.submit_attempt(attempt.pk, now=SOON + by)
    operations.grade_when_automatic(attempt.pk, now=SOON + by)
    return Attempt.objects.get(pk=attempt.pk)


def test_one_deed_opens_what_a_clock_running_ahead_closed_and_nothing_else(admin):
    exam = make_exam(review="score", review_when="after_close", closes_at=NOW + timedelta(days=2))
    early = [closed_by_a_jump(exam, PersonFactory(unit=admin.scope)) for _ in range(2)]
    outside = closed_by_a_jump(exam, PersonFactory())
    himself = make_attempt(exam, PersonFactory(unit=admin.scope))
    answer(himself)
    operations.submit_attempt(himself.pk, now=SOON)
    own = closed_by_a_jump(exam, admin)
    answering = make_attempt(exam, PersonFactory(unit=admin.scope))
    reach = persons_visible_to(admin, Role.TRAINING_ADMIN)
    assert set(queries.closed_by_the_clock(exam, reach, SOON)) == {*early, own}

    more = {"since": None, "because": "服务器时钟快了一小时", "by": admin, "now": SOON}
    assert operations.reopen_sitting(exam.pk, reach, timedelta(minutes=5), **more) == (2, 0)
    for before in early:
        after = Attempt.objects.get(pk=before.pk)
        assert (after.state, after.receipt, after.score) == (20, None, None)
        assert after.due_at == before.due_at + timedelta(minutes=5)
        event = after.events.get(kind="reopened")
        assert event.detail["receipt"] == before.receipt
        assert event.detail["reason"] == "服务器时钟快了一小时"
        answer(after, item=2, at=SOON)
        assert operations.submit_attempt(after.pk, now=SOON)[0].answered == 2
    for other, state in ((outside, 40), (himself, 30), (own, 40), (answering, 20)):
        assert Attempt.objects.get(pk=other.pk).state == state
    entry = AuditEntry.objects.get(verb="exams.sitting.reopen")
    assert entry.detail["attempts"] == 2
    # A second click finds nothing left to do.
    assert operations.reopen_sitting(exam.pk, reach, timedelta(minutes=5), **more) == (0, 0)
    assert AuditEntry.objects.filter(verb="exams.sitting.reopen").count() == 1


def test_found_late_the_moment_from_which_the_clock_was_wrong_says_which():
    exam = make_exam(
        review="score", review_when="after_close", opens_at=NOW - timedelta(days=1),
        closes_at=NOW + timedelta(days=2),
    )  # fmt: skip
    jumped = closed_by_a_jump(exam, PersonFactory())
    in_order = make_attempt(exam)
    later = NOW + timedelta(hours=5)
    long_over = make_attempt(exam, now=NOW - timedelta(hours=3))
    operations.submit_attempt(long_over.pk, now=NOW - timedelta(minutes=30))
    everybody = Person.objects.all()
    assert not queries.closed_by_the_clock(exam, everybody, later)
    since = queries.closed_by_the_clock(exam, everybody, later, since=SOON)
    assert list(since) == [jumped]

    opened = operations.reopen_sitting(
        exam.pk, everybody, timedelta(minutes=30), since=SOON, because="时钟快了",
        by=PersonFactory(), now=later,
    )  # fmt: skip
    assert opened == (1, 0)
    # Its deadline is past, so it goes on from now.
    assert Attempt.objects.get(pk=jumped.pk).due_at == later + timedelta(minutes=30)
    assert Attempt.objects.get(pk=in_order.pk).due_at == in_order.due_at


def test_what_could_be_seen_or_is_under_way_elsewhere_stays_closed_and_is_counted():
    exam = make_exam(review="key", review_when="at_once", closes_at=NOW + timedelta(days=2))
    closed_by_a_jump(exam, PersonFactory())
    more = {"since": None, "because": "时钟快了", "by": PersonFactory(), "now": SOON}
    everybody = Person.objects.all()
    assert operations.reopen_sitting(exam.pk, everybody, timedelta(minutes=5), **more) == (0, 1)
    with pytest.raises(operations.ReopenRefused, match="no_reason"):
        operations.reopen_sitting(exam.pk, everybody, HOUR, **{**more, "because": " "})
    with pytest.raises(operations.ReopenRefused, match="too_long"):
        operations.reopen_sitting(exam.pk, everybody, timedelta(0), **more)


def test_the_page_of_the_sitting_says_so_and_opens_them(admin, client, login):
    exam = make_exam(review="score", review_when="after_close", closes_at=NOW + timedelta(days=2))
    attempt = closed_by_a_jump(exam, PersonFactory(unit=admin.scope))
    with time_machine.travel(SOON, tick=False):
        login(client, admin)
        page = client.get(f"/sittings/{exam.pk}/").content.decode()
        assert "有 1 份答卷在截止时间之前被到时收走" in page
        address = f"/sittings/{exam.pk}/reopen/"
        wrong = client.post(address, {"minutes": "0", "reason": ""}, follow=True)
        assert "分钟：" in wrong.content.decode()
        assert Attempt.objects.get(pk=attempt.pk).state == 40
        done = client.post(address, {"minutes": "5", "reason": "时钟快了"}, follow=True)
        assert "已重新开放 1 份答卷" in done.content.decode()
        assert "被到时收走" not in done.content.decode()
    assert Attempt.objects.get(pk=attempt.pk).state == 20


def test_a_page_whose_clock_ran_ahead_does_not_hand_in_by_itself(open_page):
    attempt = make_attempt()
    page = open_page(attempt)
    entry = [{"item": 1, "seq": 1, "value": "B"}]
    with time_machine.travel(SOON, tick=False):
        early = page.post("submit", entry, at_end=True)
    assert (early.status_code, early.json()) == (425, {"code": "time_left", "seconds": 3000})
    # Nothing was handed in, and what came with the request is kept.
    assert Attempt.objects.get(pk=attempt.pk).state == 20
    assert queries.answers_of(attempt.pk)[1][1] == "B"
    with time_machine.travel(attempt.due_at - timedelta(seconds=4), tick=False):
        assert page.post("submit", entry, at_end=True).status_code == 200
    assert Attempt.objects.get(pk=attempt.pk).state >= 30


def test_whoever_hands_in_himself_may_do_so_early(open_page):
    page = open_page(make_attempt())
    with time_machine.travel(SOON, tick=False):
        assert page.post("submit", []).status_code == 200
