"""A learner contests a sitting; his unit answers once, and nobody else."""

from datetime import date

import pytest
from django.test import Client

from courses import operations, queries
from courses.models import ItemProgress, SittingRemark, StudyLease
from notices.models import Notice
from people.enums import Role
from people.operations import grant_role
from tests.factories.classes import NOW
from tests.factories.courses import EnrolmentFactory
from tests.factories.people import OrgUnitFactory, PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sat(enrolment, study_page):
    """A sitting of ten seconds that were counted; the learner's client."""
    page = study_page(enrolment)
    page.play(0, 10)
    return page


def keeper(unit, role=Role.LIAISON):
    person = PersonFactory(unit=unit)
    grant_role(person, role, unit, by=None, now=NOW, on=date(2020, 1, 1))
    return person


def contest(client, enrolment, text="当时一直在看，没有暂停。", lease=None):
    lease = lease or StudyLease.objects.get().pk
    address = f"/courses/{enrolment.course.slug}/time/{lease}/contest/"
    return client.post(address, {"text": text}, follow=True)


def test_a_sitting_is_contested_answered_once_and_the_learner_reads_it(enrolment, sat, login):
    before = ItemProgress.objects.values().get()
    page = contest(sat.client, enrolment).content.decode()
    assert "当时一直在看" in page
    assert "等待单位答复" in page

    liaison = login(Client(), keeper(enrolment.person.unit))
    assert "1 次有异议的学习待答复" in liaison.get("/").content.decode()
    listed = liaison.get("/courses/remarks/").content.decode()
    assert "当时一直在看" in listed
    assert enrolment.person.name in listed
    remark = SittingRemark.objects.get()
    liaison.post(f"/courses/remarks/{remark.pk}/", {"answer": "已核对，确系断网。"})
    again = login(Client(), keeper(enrolment.person.unit))
    said = again.post(f"/courses/remarks/{remark.pk}/", {"answer": "另一个答复"}, follow=True)

    assert "以先前的答复为准" in said.content.decode()
    page = sat.client.get(f"/courses/{enrolment.course.slug}/time/").content.decode()
    assert "已核对，确系断网" in page
    assert "另一个答复" not in page
    assert Notice.objects.filter(person=enrolment.person).count() == 1
    assert ItemProgress.objects.values().get() == before
    assert "当时一直在看" not in liaison.get("/courses/remarks/").content.decode()


def told():
    return set(Notice.objects.filter(url="/courses/remarks/").values_list("person", flat=True))


def test_the_nearest_liaison_is_told_that_a_sitting_waits_for_an_answer(enrolment, sat):
    unit = enrolment.person.unit
    liaison, department = keeper(unit), keeper(unit, Role.TRAINING_ADMIN)
    elsewhere = keeper(OrgUnitFactory())

    contest(sat.client, enrolment)
    contest(sat.client, enrolment, "又一次")

    assert told() == {liaison.pk}
    assert not told() & {department.pk, elsewhere.pk}
    notice = Notice.objects.get(person=liaison)
    assert enrolment.person.name in notice.text
    assert enrolment.edition.title in notice.text


def test_a_contest_reaches_the_department_where_the_only_liaison_is_the_learner(enrolment, sat):
    unit = enrolment.person.unit
    grant_role(enrolment.person, Role.LIAISON, unit, by=None, now=NOW, on=date(2020, 1, 1))
    department = keeper(unit, Role.TRAINING_ADMIN)

    contest(sat.client, enrolment)

    assert told() == {department.pk}


def test_a_contest_nobody_answers_for_is_kept_all_the_same(enrolment, sat):
    contest(sat.client, enrolment)

    assert told() == set()
    assert SittingRemark.objects.count() == 1


def test_one_remark_waits_at_a_time_and_an_empty_one_is_none(enrolment, sat):
    contest(sat.client, enrolment)
    assert "正在等待答复" in contest(sat.client, enrolment, "又一次").content.decode()
    assert SittingRemark.objects.count() == 1
    SittingRemark.objects.all().delete()
    for text in ("", "   ", "长" * 1001):
        assert "不超过 1000 字" in contest(sat.client, enrolment, text).content.decode()
    assert not SittingRemark.objects.exists()


def test_somebody_elses_sitting_cannot_be_contested(enrolment, sat, login):
    lease = StudyLease.objects.get().pk
    stranger = EnrolmentFactory(edition=enrolment.edition)
    client = login(Client(), stranger.person)
    assert contest(client, enrolment, lease=lease).status_code == 404
    assert contest(client, enrolment, lease=999_999).status_code == 404
    assert not SittingRemark.objects.exists()


@pytest.mark.parametrize("who", ["other unit", "auditor", "himself"])
def test_who_does_not_keep_the_records_does_not_answer(enrolment, sat, login, who):
    contest(sat.client, enrolment)
    unit = enrolment.person.unit
    person = {
        "other unit": lambda: keeper(OrgUnitFactory()),
        "auditor": lambda: keeper(unit, Role.AUDITOR),
        "himself": lambda: enrolment.person,
    }[who]()
    if who == "himself":
        grant_role(person, Role.LIAISON, unit, by=None, now=NOW, on=date(2020, 1, 1))
    client = login(Client(), person)
    remark = SittingRemark.objects.get()

    assert "当时一直在看" not in client.get("/courses/remarks/").content.decode()
    assert client.post(f"/courses/remarks/{remark.pk}/", {"answer": "好"}).status_code in {403, 404}
    assert SittingRemark.objects.get().answer == ""
    with pytest.raises(operations.NotYours):
        operations.answer_sitting(remark.pk, by=person, answer="好", now=NOW)


def test_every_grade_has_its_reason_on_the_page(enrolment, study_page):
    page = study_page(enrolment)
    page.play(0, 10)
    page.wait(300)  # the network is gone for five minutes
    for at in range(10, 310, 50):
        page.tick(at, at + 50, 50)
    page.send()
    page.wait(60 * 60)  # and for an hour
    for at in range(310, 370, 60):
        page.tick(at, at + 60, 60)
    for _ in range(55):
        page.tick(0, 60, 60)
    page.send()
    grades = {
        (stretch.grade.value, stretch.credited_seconds > 0)
        for sitting in queries.sittings(enrolment.pk)
        for stretch in sitting.stretches
    }
    assert {("verified", True), ("plausible", True), ("claimed", True)} <= grades
    text = page.client.get(f"/courses/{enrolment.course.slug}/time/").content.decode()
    for words in ("已核实", "较可信", "仅申报"):
        assert words in text, words


def test_the_contested_list_states_its_number_of_statements(
    enrolment, sat, login, django_assert_num_queries
):
    contest(sat.client, enrolment)
    client = login(Client(), keeper(enrolment.person.unit))
    client.get("/courses/remarks/")
    with django_assert_num_queries(5):
        client.get("/courses/remarks/")


def test_a_package_in_the_ledger_says_what_it_reported():
    from tracker.wording import evidence  # noqa: PLC0415

    told = {"status": "passed", "score_percent": "85.50"}
    items = [
        {"title": "会议记录", "kind": "package", "verified_seconds": 61, "told_by_package": told},
        {"title": "读规定", "kind": "reading", "verified_seconds": 61},
        {"title": "结业考试", "kind": "exam", "verified_seconds": 0, "completed_at": "2026-11-02"},
    ]
    package, text, exam = evidence("items", items)
    assert "课件报告：已通过，85.5%" in package
    assert "课件报告" not in text
    assert exam.endswith("已完成")
