"""Seeding goes through the real operations, once, and only where it may."""

import random
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db.models import Sum

from demo import answers, library
from demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from exams.engine.items import record_from_dict
from exams.engine.scoring import Line, grade
from exams.enums import AttemptState
from people.models import AuditEntry, OrgUnit, Person, RoleGrant

ON = "2026-11-20"
# What a second run must leave as it is.
COUNTED = [
    "people.Person", "people.OrgUnit", "people.Post", "people.RoleGrant", "people.AuditEntry",
    "tracker.Entry", "tracker.RulePack", "tracker.CareerEvent", "tracker.Standing",
    "wagtailcore.Page", "wagtailcore.Revision", "content.Article", "content.Citation",
    "exams.Question", "exams.Paper", "exams.Exam", "exams.Attempt",
    "courses.CourseEdition", "courses.Enrolment", "certificates.Certificate",
]  # fmt: skip


def counts():
    return {name: apps.get_model(name).objects.count() for name in COUNTED}


def seed(**options):
    call_command("seed_demo", people=80, seed=3, on=date.fromisoformat(ON), verbosity=0, **options)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@time_machine.travel("2026-11-20T10:00:00+08:00")
def test_a_district_is_seeded_whole_and_a_second_run_changes_nothing(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    seed()
    first = counts()
    # The roster, and two second records of persons in it.
    assert first["people.Person"] == 82
    pairs = apps.get_model("people.SamePerson").objects
    assert set(pairs.values_list("state", flat=True)) == {"asked", "merged"}
    assert apps.get_model("dashboards.League").objects.get().state == "asked"
    reading = apps.get_model("dashboards.Job").objects.get(kind="as_of")
    assert reading.state == "done"
    assert reading.judged.count() == reading.result["persons"] > 0
    assert first["exams.Question"] == 154
    # Essays and cases lie before the marker, and one answer waits for a third to look.
    written = apps.get_model("exams.Exam").objects.get(title="基层工作论述测试")
    marks = apps.get_model("exams.Mark").objects.filter(attempt__exam=written)
    assert written.markers == 2
    assert marks.exists()
    waiting = written.attempts.filter(state=AttemptState.SUBMITTED)
    assert waiting.filter(given_marks__isnull=True).exists()
    assert waiting.filter(given_marks__round=2).exists()
    assert apps.get_model("content.TopicPage").objects.live().get().title == "把支部学习办实"
    assert first["courses.CourseEdition"] == 13
    assert first["certificates.Certificate"] > 20
    assert first["tracker.Standing"] > 80
    assert not any(OrgUnit.find_problems())

    # Every completed course stands in the ledger once, with its certificate.
    enrolments = apps.get_model("courses.Enrolment").objects.filter(completed_at__isnull=False)
    entries = apps.get_model("tracker.Entry").objects
    assert enrolments.filter(posted_at=None).count() == 0
    posted = entries.filter(source__startswith="courses.completion:")
    assert posted.count() == enrolments.count() == first["certificates.Certificate"]
    # A correction is three rows that add up to the right hours.
    reversal = entries.filter(reverses__isnull=False).first()
    again = entries.get(source=f"{reversal.reverses.source}#2")
    three = entries.filter(pk__in=[reversal.pk, reversal.reverses_id, again.pk])
    assert three.aggregate(hours=Sum("hours"))["hours"] == again.hours

    member = Person.objects.get(staff_number="QH0001")
    assert member.check_password(DEMO_PASSWORD)
    # Every account but the member's. Two administrators, for what one writes another approves.
    assert RoleGrant.objects.count() == len(DEMO_ACCOUNTS) - 1
    approver = apps.get_model("classes", "AnnualPlan").objects.get().approved_by
    assert (approver.staff_number, approver.check_password(DEMO_PASSWORD)) == ("QH0012", True)
    online = apps.get_model("tracker.Standing").objects.get(
        person=member, requirement="online-yearly"
    )
    assert online.state == "on_course"

    seed()
    call_command("seed_demo", verbosity=0, if_empty=True)
    assert counts() == first

    # Another district does not fit into the same database.
    with pytest.raises(CommandError, match="80 persons"):
        call_command("seed_demo", people=90, verbosity=0)


@pytest.mark.django_db
def test_nothing_is_seeded_where_demo_is_off(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO"):
        seed()
    assert not Person.objects.exists()
    with pytest.raises(CommandError, match="DEMO"):
        call_command("show_demo_accounts")


@pytest.mark.django_db
def test_a_database_with_people_is_left_alone(person):
    with pytest.raises(CommandError, match="people in this database"):
        seed()
    seed(if_empty=True)
    assert Person.objects.count() == 1
    assert not AuditEntry.objects.filter(verb="demo.seed").exists()


def test_the_accounts_are_printed_with_their_password(capsys):
    call_command("show_demo_accounts")
    printed = capsys.readouterr().out
    assert "QH0003  顾明远" in printed
    assert DEMO_PASSWORD in printed


def test_the_right_answer_earns_everything_and_the_wrong_one_less():
    rng = random.Random(1)  # noqa: S311 - no secret
    for question in library.questions():
        item = record_from_dict(question).item
        line = Line(1, item, Decimal(10))
        if item.type in {"short_answer", "essay", "case"}:
            continue  # a person marks it
        right = grade([line], {1: answers.right_answer(item)}, {})
        wrong = grade([line], {1: answers.wrong_answer(item, rng)}, {})
        assert right.points == 10, item.stem
        assert wrong.points < 10, item.stem
