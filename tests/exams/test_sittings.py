"""Candidates, the live view, overrides, results by unit, make-up: in scope, audited, safe to race."""

import io
import json
import zipfile
from datetime import date, timedelta

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from exams import operations, queries
from exams.forms.sittings import RuleFields
from exams.models import Attempt, AttemptEvent, Exam
from exams.operations import Given
from exams.queries import PostRule
from notices.models import Notice
from people.enums import Rank, Role
from people.models import AuditEntry, Person
from people.queries import persons_visible_to
from tests.factories.exams import NOW, make_attempt, make_exam, make_paper, make_question
from tests.factories.people import OrgUnitFactory, PersonFactory, PostFactory, RoleGrantFactory
from tracker.queries import entry_standing_for

pytestmark = pytest.mark.django_db
EVERYBODY = Person.objects.all()


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def answer(attempt, item=1, at=NOW, seq=1):
    operations.save_answers(attempt.pk, [Given(item, seq, json.dumps("B"))], now=at)


# --- candidates -----------------------------------------------------------------------------------


def test_a_list_names_persons_and_every_wrong_line(admin):
    inside = PersonFactory(unit=admin.scope, staff_number="A01", name="王敏")
    PersonFactory(staff_number="B01")
    reach = persons_visible_to(admin, Role.TRAINING_ADMIN)

    ids, problems = queries.read_staff_numbers(
        ["a01，王敏", "", "A01", "B01", "A01x", "a02"], reach
    )

    assert ids == [inside.pk]
    assert [(p.line, p.code) for p in problems] == [
        (3, "twice"), (4, "unknown"), (5, "unknown"), (6, "unknown"),
    ]  # fmt: skip
    assert queries.read_staff_numbers(["A01 王明"], reach)[1][0].name == "王敏"


def test_a_rule_asks_what_is_held_on_the_day_by_one_post():
    chief = PostFactory(rank=Rank.COUNTY_HEAD, leading=True, starts_on=date(2026, 1, 1)).person
    PostFactory(rank=Rank.COUNTY_HEAD, leading=False)
    # Leading once, high now: no post is both.
    mixed = PostFactory(rank=Rank.OTHER, leading=True, primary=False).person
    PostFactory(person=mixed, rank=Rank.COUNTY_HEAD, leading=False)
    rule = PostRule(rank_from=Rank.COUNTY_DEPUTY, leading=True)

    found = queries.persons_by_rule(EVERYBODY, rule, date(2026, 6, 1))

    assert list(found) == [chief]
    assert not queries.persons_by_rule(EVERYBODY, rule, date(2025, 12, 31)).exists()
    assert PostRule.from_dict(json.loads(json.dumps(rule.as_dict()))) == rule


def test_an_exam_for_a_rule_is_there_for_those_listed_and_for_nobody_else(client, login):
    listed, other = PersonFactory(), PersonFactory()
    exam = make_exam(audience="rule", rule={"leading": True}, person_ids=[listed.pk])
    for person, status in ((listed, 200), (other, 404)):
        login(client, person)
        assert client.get(f"/exams/{exam.pk}/").status_code == status


def test_a_form_with_wrong_lines_keeps_the_list_and_stores_nothing(client, login, role):
    setter = role(Role.QUESTION_SETTER)
    login(client, setter)
    data = {
        "title": "名单考试", "paper": make_paper().pk, "opens_at": "2026-06-01T09:00",
        "closes_at": "2026-06-02T09:00", "minutes": 45, "grace_seconds": 30, "attempts_allowed": 1,
        "counts": "best", "pass_percent": 60, "review": "key", "review_when": "after_close",
        "audience": "persons", "hours": 0, "staff_numbers": f"{setter.staff_number}\nX999",
    }  # fmt: skip
    response = client.post("/papers/exams/new/", data)
    assert "第 2 行：未找到工号为 X999 的人员" in response.content.decode()
    assert f"{setter.staff_number}\nX999" in response.content.decode()
    assert not Exam.objects.exists()
    data["staff_numbers"] = ""
    book = openpyxl.Workbook()
    book.active.append(["工号", "姓名"])
    book.active.append([setter.staff_number, setter.name])
    raw = io.BytesIO()
    book.save(raw)
    upload = SimpleUploadedFile("名单.xlsx", raw.getvalue())
    assert client.post("/papers/exams/new/", {**data, "staff_file": upload}).status_code == 302
    assert list(Exam.objects.get().persons.all()) == [setter]


def _bomb():
    """A workbook of a few hundred kilobytes whose one part would fill the memory."""
    book, packed, out = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    book.save(packed)
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
        for name in source.namelist():
            more = b" " * 250_000_000 if name == "xl/styles.xml" else b""
            bomb.writestr(name, source.read(name) + more)
    return out.getvalue()


def test_a_strange_file_is_only_unreadable(client, login, role):
    login(client, role(Role.QUESTION_SETTER))
    for name, raw in (
        ("a.xlsx", b"PK\x03\x04broken"),
        ("a.xlsx", b"\xff\xfe\x00\xd8\x00"),
        ("a.xlsx", _bomb()),
        ("a.csv", b"QH0001\x00"),  # PostgreSQL knows no such text
    ):
        response = client.post(
            "/papers/exams/new/",
            {"audience": "persons", "staff_file": SimpleUploadedFile(name, raw)},
        )
        assert "无法读取这个文件" in response.content.decode()


def test_whoever_is_taken_off_the_list_may_not_begin_with_a_laid_out_attempt():
    person = PersonFactory()
    exam = make_exam(audience="persons", person_ids=[person.pk])
    operations.prepare_sitting(exam.pk, now=NOW)
    operations.remove_candidate(exam.pk, person.pk, by=PersonFactory(), now=NOW)
    with pytest.raises(operations.StartRefused, match="not_invited"):
        operations.start_attempt(exam.pk, person, now=NOW)


def test_what_opens_within_the_hour_is_laid_out_once_and_the_start_is_one_write(
    django_assert_max_num_queries,
):
    person = PersonFactory()
    exam = make_exam(
        opens_at=NOW + timedelta(minutes=59), audience="persons", person_ids=[person.pk]
    )
    assert operations.prepare_due(NOW - timedelta(minutes=2)) == 0
    assert operations.sweep(NOW)["prepared"] == 1
    assert operations.sweep(NOW)["prepared"] == 0
    assert operations.add_candidates(exam.pk, [PersonFactory().pk], by=person, now=NOW) == 1
    assert operations.sweep(NOW)["prepared"] == 1
    with django_assert_max_num_queries(4):
        operations.start_attempt(exam.pk, person, now=exam.opens_at)


# --- time -----------------------------------------------------------------------------------------


def test_extra_time_holds_for_every_try_and_has_a_reason():
    person, by = PersonFactory(), PersonFactory()
    exam = make_exam(attempts_allowed=2)
    extra = timedelta(minutes=20)
    with pytest.raises(operations.DeadlineRefused):
        operations.allow_extra_time(exam.pk, person.pk, extra, because=" ", by=by, now=NOW)
    operations.allow_extra_time(exam.pk, person.pk, extra, because="视力障碍", by=by, now=NOW)
    first = operations.start_attempt(exam.pk, person, now=NOW)
    operations.submit_attempt(first.pk, now=NOW)
    second = operations.start_attempt(exam.pk, person, now=NOW)
    assert first.due_at == second.due_at == NOW + timedelta(minutes=80)
    assert AuditEntry.objects.filter(verb="exams.attempt.extra").count() == 1


def test_more_time_for_all_reaches_only_those_answering_in_reach(admin):
    inside, outside = PersonFactory(unit=admin.scope), PersonFactory()
    exam = make_exam()
    running, other = make_attempt(exam, inside), make_attempt(exam, outside)
    done = make_attempt(exam, PersonFactory(unit=admin.scope))
    operations.submit_attempt(done.pk, now=NOW)
    own = make_attempt(exam, admin)
    moved = operations.extend_sitting(
        exam.pk, persons_visible_to(admin, Role.TRAINING_ADMIN), timedelta(minutes=10),
        because="停电", by=admin, now=NOW,
    )  # fmt: skip
    assert moved == 1
    for attempt in (other, done, own):
        assert Attempt.objects.get(pk=attempt.pk).due_at == attempt.due_at
    after = Attempt.objects.get(pk=running.pk)
    assert after.due_at == running.due_at + timedelta(minutes=10)
    assert after.events.get().detail["reason"] == "停电"


def test_an_attempt_is_opened_again_with_its_answers_and_the_first_receipt_on_record():
    exam = make_exam(review="score")
    attempt = make_attempt(exam)
    answer(attempt)
    first, _ = operations.submit_attempt(attempt.pk, now=NOW)
    operations.grade_attempt(attempt.pk, now=NOW)
    later = NOW + timedelta(minutes=30)
    operations.reopen_attempt(
        attempt.pk, timedelta(minutes=10), because="误点交卷", by=PersonFactory(), now=later
    )
    reopened = Attempt.objects.get(pk=attempt.pk)
    assert (reopened.state, reopened.receipt, reopened.score) == (20, None, None)
    answer(attempt, item=2, at=later)
    second, _ = operations.submit_attempt(attempt.pk, now=later)
    assert (first.answered, second.answered) == (1, 2)
    assert reopened.events.get(kind="reopened").detail["receipt"] == first.code
    assert AuditEntry.objects.filter(verb="exams.attempt.reopen").exists()


def test_the_receipt_of_an_attempt_opened_again_is_known_and_says_so(client, login, role):
    """The paper a candidate holds in his hand is never called unknown by the house that gave it."""
    exam = make_exam(review="score")
    attempt = make_attempt(exam)
    answer(attempt)
    first, _ = operations.submit_attempt(attempt.pk, now=NOW)
    later = NOW + timedelta(minutes=30)
    operations.reopen_attempt(
        attempt.pk, timedelta(minutes=10), because="误点交卷", by=PersonFactory(), now=later
    )
    login(client, attempt.person)
    page = client.get("/exams/receipts/", {"code": first.code}).content.decode()
    assert "回执属实" in page
    assert "尚未再次交卷" in page

    answer(attempt, item=2, at=later)
    second, _ = operations.submit_attempt(attempt.pk, now=later)
    page = client.get("/exams/receipts/", {"code": first.code}).content.decode()
    assert "以后一份回执为准" in page
    assert "<dt>已答题数</dt><dd>1</dd>" in page
    page = client.get("/exams/receipts/", {"code": second.code}).content.decode()
    assert "以后一份回执为准" not in page
    assert "<dt>已答题数</dt><dd>2</dd>" in page

    login(client, role(Role.QUESTION_SETTER))
    page = client.get("/exams/receipts/", {"code": first.code}).content.decode()
    assert attempt.person.name in page
    login(client, PersonFactory())  # of others' receipts one does not learn that they exist
    for code in (first.code, second.code):
        page = client.get("/exams/receipts/", {"code": code}).content.decode()
        assert "没有这份回执" in page
        assert attempt.person.name not in page


def test_the_receipt_of_a_void_attempt_says_that_it_is_void(client, login):
    attempt = make_attempt()
    receipt, _ = operations.submit_attempt(attempt.pk, now=NOW)
    operations.void_attempt(attempt.pk, because="替考", by=PersonFactory(), now=NOW)
    login(client, attempt.person)
    page = client.get("/exams/receipts/", {"code": receipt.code}).content.decode()
    assert "后来被宣布作废" in page


def test_a_void_attempt_gives_its_hours_back_and_its_candidate_is_told_why(client, login):
    exam = make_exam(hours=2, pass_percent=0)
    attempt = make_attempt(exam)
    operations.submit_attempt(attempt.pk, now=NOW)
    operations.grade_attempt(attempt.pk, now=NOW)
    source = f"exams.exam:{exam.pk}:{attempt.person_id}"
    assert entry_standing_for(source, attempt.person_id) is not None
    operations.void_attempt(attempt.pk, because="替考", by=PersonFactory(), now=NOW)
    assert entry_standing_for(source, attempt.person_id) is None
    operations.void_attempt(attempt.pk, because="再按一次", by=PersonFactory(), now=NOW)
    said = Notice.objects.get(person=attempt.person)
    assert "已作废，理由：替考" in said.text
    login(client, attempt.person)
    assert client.get(said.url).status_code == 200


def test_an_exam_is_withdrawn_with_a_reason_until_somebody_begins(client, login, role):
    setter, colleague = role(Role.QUESTION_SETTER), role(Role.TRAINING_ADMIN)
    exam, begun = make_exam(by=colleague), make_exam(by=colleague)
    needed = make_exam(by=colleague, audience="course")
    attempt = make_attempt(begun)
    operations.prepare_attempts(exam.pk, [attempt.person_id], now=NOW)  # laid out is not begun
    for pk, because, code in (
        (exam.pk, " ", "no_reason"), (begun.pk, "发错", "begun"), (needed.pk, "发错", "built_upon"),
    ):  # fmt: skip
        with pytest.raises(operations.WithdrawRefused, match=code):
            operations.withdraw_exam(pk, because=because, by=setter, now=NOW)
    login(client, role(Role.QUESTION_REVIEWER))
    assert client.post(f"/papers/exams/{exam.pk}/withdraw/", {"reason": "发错"}).status_code == 404
    elsewhere = RoleGrantFactory(role=Role.QUESTION_SETTER, unit=OrgUnitFactory()).person
    login(client, elsewhere)
    assert 'id="withdraw"' not in client.get(f"/papers/exams/{exam.pk}/").content.decode()
    assert client.post(f"/papers/exams/{exam.pk}/withdraw/", {"reason": "发错"}).status_code == 404
    login(client, setter)
    assert 'id="withdraw"' not in client.get(f"/papers/exams/{begun.pk}/").content.decode()
    assert 'id="withdraw"' in client.get(f"/papers/exams/{exam.pk}/").content.decode()
    client.post(f"/papers/exams/{exam.pk}/withdraw/", {"reason": "对象选错"})
    assert AuditEntry.objects.get(verb="exams.exam.withdraw").detail["reason"] == "对象选错"
    for address in (f"/papers/exams/{exam.pk}/", f"/exams/{exam.pk}/"):
        page = client.get(address).content.decode()
        assert "已于" in page
        assert "理由：对象选错" in page
    login(client, attempt.person)
    page = client.get(f"/exams/{exam.pk}/").content.decode()
    assert "理由：对象选错" in page
    assert "开始作答" not in page
    # Who had the page open and begins is led to the reason.
    assert client.post(f"/exams/{exam.pk}/start/").url == f"/exams/{exam.pk}/"
    assert f"/exams/{exam.pk}/" not in client.get("/exams/").content.decode()
    assert client.get(f"/exams/{begun.pk}/").status_code == 200


def test_whoever_an_exam_was_announced_to_is_told_once_that_it_is_withdrawn(
    client, login, role, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(operations.papers, "TOLD_TOGETHER", 2)
    invited, other = PersonFactory.create_batch(5), PersonFactory()
    setter = role(Role.QUESTION_SETTER)
    exam = make_exam(by=setter, audience="persons", person_ids=[p.pk for p in invited])
    login(client, setter)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/papers/exams/{exam.pk}/withdraw/", {"reason": "对象选错"})
    told = Notice.objects.filter(source=f"exams.withdrawn:{exam.pk}")
    assert {notice.person for notice in told} == set(invited)
    assert "已撤回，不再举行，理由：对象选错" in told[0].text
    login(client, invited[0])
    assert "理由：对象选错" in client.get(told[0].url).content.decode()
    login(client, other)
    assert client.get(told[0].url).status_code == 404
    assert operations.tell_withdrawn(exam.pk, now=NOW) == 0


def test_the_sweep_tells_the_rest_of_a_withdrawal_that_was_killed(role):
    invited = PersonFactory.create_batch(2)
    setter = role(Role.QUESTION_SETTER)
    exam = make_exam(by=setter, audience="persons", person_ids=[p.pk for p in invited])
    operations.withdraw_exam(exam.pk, because="发错", by=setter, now=NOW)
    assert not Notice.objects.exists()
    assert operations.sweep(NOW)["told"] == 1
    assert Notice.objects.count() == 2
    assert operations.sweep(NOW)["told"] == 0


def test_whoever_is_let_go_on_is_told_until_when_and_keeps_both_receipts(admin, client, login):
    attempt = make_attempt(make_exam(review="nothing"), PersonFactory(unit=admin.scope))
    first, _ = operations.submit_attempt(attempt.pk, now=NOW)
    operations.reopen_attempt(
        attempt.pk, timedelta(minutes=15), because="误点交卷", by=admin, now=NOW
    )
    said = Notice.objects.get(person=attempt.person)
    assert "可继续作答至 2026年6月1日 10:15" in said.text
    assert "理由：误点交卷" in said.text
    login(client, attempt.person)
    page = client.get(said.url).content.decode()
    assert "已于 2026年6月1日 10:00 重新开放" in page
    assert "误点交卷" in page
    assert "继续作答" in page
    second, _ = operations.submit_attempt(attempt.pk, now=NOW + timedelta(minutes=1))
    receipt = client.get(f"/attempts/{attempt.pk}/receipt/").content.decode()
    assert second.code in receipt
    assert first.code in receipt
    assert "此前的回执" in receipt
    login(client, admin)
    log = client.get(f"/sittings/attempts/{attempt.pk}/").content.decode()
    assert log.count("<p>已交卷</p>") == 2
    login(client, attempt.person)
    # Handed in anew, nothing asks to go on.
    assert "重新开放" not in client.get(said.url).content.decode()


def test_the_receipt_of_a_void_attempt_repeats_the_reason(client, login):
    attempt = make_attempt()
    receipt, _ = operations.submit_attempt(attempt.pk, now=NOW)
    login(client, attempt.person)
    address = f"/attempts/{attempt.pk}/receipt/"
    assert "替考" not in client.get(address).content.decode()
    operations.void_attempt(attempt.pk, because="替考", by=PersonFactory(), now=NOW)
    for page in (address, f"/exams/receipts/?code={receipt.code}"):
        assert "<dd>替考</dd>" in client.get(page).content.decode()


def test_a_candidate_is_told_his_own_time_before_he_begins_and_which_attempt_counts(client, login):
    exam = make_exam(attempts_allowed=2, counts="last", review="key")
    person = PersonFactory()
    login(client, person)
    assert "限时 60 分钟" in client.get(f"/exams/{exam.pk}/").content.decode()
    operations.allow_extra_time(
        exam.pk, person.pk, timedelta(minutes=10), because="视力", by=PersonFactory(), now=NOW
    )
    page = client.get(f"/exams/{exam.pk}/").content.decode()
    assert "限时 70 分钟" in page
    assert "其中 10 分钟是为您延长的时间" in page
    assert "即考试结束时间加上为您延长的时间" in page
    attempts = []
    for _ in range(2):
        assert "计入成绩" not in client.get(f"/exams/{exam.pk}/").content.decode()
        attempts.append(make_attempt(exam, person))
        operations.submit_attempt(attempts[-1].pk, now=NOW)
        operations.grade_attempt(attempts[-1].pk, now=NOW)
    response = client.get(f"/exams/{exam.pk}/")
    assert response.context["counting"] == attempts[1].pk
    assert response.content.decode().count("计入成绩") == 1


def test_what_happened_to_an_attempt_stands_in_the_order_of_time(client, login, role):
    attempt = make_attempt()
    later = NOW + timedelta(minutes=9)
    operations.submit_attempt(attempt.pk, now=later)
    operations.void_attempt(
        attempt.pk, because="替考", by=PersonFactory(), now=later + timedelta(hours=1)
    )
    watcher = role(Role.TRAINING_ADMIN)
    Person.objects.filter(pk=attempt.person_id).update(unit=watcher.unit)
    login(client, watcher)
    log = client.get(f"/sittings/attempts/{attempt.pk}/").context["events"]
    assert [line["words"] for line in log][-2:] == ["已交卷", "宣布作废"]
    assert log[0]["words"] == "开始作答"


def test_nothing_is_opened_again_once_the_key_could_be_seen_or_by_its_own_candidate():
    exam = make_exam(review="key", review_when="at_once")
    attempt = make_attempt(exam)
    by = PersonFactory()
    more = {"extra": timedelta(minutes=5), "because": "误点", "now": NOW}
    with pytest.raises(operations.ReopenRefused, match="not_handed_in"):
        operations.reopen_attempt(attempt.pk, by=by, **more)
    operations.submit_attempt(attempt.pk, now=NOW)
    with pytest.raises(operations.ReopenRefused, match="own"):
        operations.reopen_attempt(attempt.pk, by=attempt.person, **more)
    operations.grade_attempt(attempt.pk, now=NOW)
    with pytest.raises(operations.ReopenRefused, match="seen"):
        operations.reopen_attempt(attempt.pk, by=by, **more)


def test_the_database_refuses_to_take_a_receipt_back_without_an_override():
    attempt = make_attempt()
    operations.submit_attempt(attempt.pk, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk).update(receipt=None, state=20, submitted_at=None)


# --- the live view --------------------------------------------------------------------------------


def test_the_live_view_counts_persons_in_reach_and_finds_the_silent(admin):
    exam = make_exam()
    silent, busy, done = (PersonFactory(unit=admin.scope) for _ in range(3))
    PersonFactory(unit=admin.scope)
    for person in (silent, busy, done, PersonFactory()):
        make_attempt(exam, person)
    later = NOW + timedelta(minutes=10)
    answer(Attempt.objects.get(person=silent), at=NOW - timedelta(seconds=1) + timedelta(seconds=1))
    answer(Attempt.objects.get(person=busy), at=NOW + timedelta(seconds=1))
    operations.submit_attempt(Attempt.objects.get(person=done).pk, now=NOW)
    operations.note_signals(
        Attempt.objects.get(person=busy).pk, [("left", {"seconds": 9})], now=NOW
    )
    reach = persons_visible_to(admin, Role.TRAINING_ADMIN)
    figures = queries.sitting_figures(exam, reach, later, silent_for=timedelta(minutes=10))
    # The administrator himself is a candidate of an exam for everyone.
    assert (figures.invited, figures.waiting) == (5, 2)
    assert (figures.answering, figures.silent, figures.done, figures.signed) == (2, 1, 1, 1)
    rows = queries.attempts_in_sitting(exam, reach, later, silent_for=timedelta(minutes=10))
    assert rows[0].person == silent
    assert rows.count() == 3


def test_the_pages_of_a_sitting_cost_few_statements_and_keep_their_scope(
    admin, client, login, django_assert_max_num_queries
):
    exam = make_exam()
    inside, outside = PersonFactory(unit=admin.scope), PersonFactory()
    mine, other = make_attempt(exam, inside), make_attempt(exam, outside)
    for n in range(8):
        answer(make_attempt(exam, PersonFactory(unit=admin.scope)), item=n % 5 + 1)
    login(client, admin)
    with django_assert_max_num_queries(14):
        page = client.get(f"/sittings/{exam.pk}/").content.decode()
    assert inside.name in page
    assert outside.name not in page
    for address in ("/sittings/", f"/sittings/{exam.pk}/candidates/",
                    f"/sittings/{exam.pk}/results/", f"/sittings/{exam.pk}/?part=live",
                    f"/sittings/{exam.pk}/make-up/", f"/sittings/attempts/{mine.pk}/"):  # fmt: skip
        with django_assert_max_num_queries(16):
            assert client.get(address).status_code == 200, address
    assert client.get(f"/sittings/attempts/{other.pk}/").status_code == 404
    assert client.post(f"/sittings/attempts/{other.pk}/void/", {"reason": "x"}).status_code == 404
    assert AuditEntry.objects.filter(verb="exams.attempt.look").count() == 1


def test_the_invigilators_deeds_are_done_in_the_browser_and_need_a_reason(admin, client, login):
    exam = make_exam(review="nothing")
    attempt = make_attempt(exam, PersonFactory(unit=admin.scope))
    address = f"/sittings/attempts/{attempt.pk}/"
    login(client, admin)
    client.post(f"{address}extend/", {"minutes": 10, "reason": ""})
    assert Attempt.objects.get(pk=attempt.pk).overrides == 0
    client.post(f"{address}extend/", {"minutes": 10, "reason": "断网"})
    assert Attempt.objects.get(pk=attempt.pk).due_at == attempt.due_at + timedelta(minutes=10)
    operations.submit_attempt(attempt.pk, now=NOW)
    client.post(f"{address}reopen/", {"minutes": 10, "reason": "误点交卷"})
    assert Attempt.objects.get(pk=attempt.pk).state == 20
    client.post(f"{address}void/", {"reason": "设备故障"})
    assert Attempt.objects.get(pk=attempt.pk).state == 90
    body = client.get(address).content.decode()
    for reason in ("断网", "误点交卷", "设备故障"):
        assert reason in body


def test_nobody_reads_his_own_score_by_way_of_the_department(admin, client, login):
    RoleGrantFactory(person=admin, role=Role.LIAISON, unit=admin.unit,
                     starts_on=date(2020, 1, 1), ends_on=None)  # fmt: skip
    exam = make_exam(make_paper(count=2), review="nothing")
    attempt = sat(exam, admin, right=True)
    login(client, admin)
    assert client.get(f"/sittings/attempts/{attempt.pk}/").status_code == 404


def test_a_liaison_watches_and_does_nothing(admin, client, login):
    liaison = PersonFactory()
    RoleGrantFactory(person=liaison, role=Role.LIAISON, unit=admin.scope,
                     starts_on=date(2020, 1, 1), ends_on=None)  # fmt: skip
    attempt = make_attempt(person=PersonFactory(unit=admin.scope))
    login(client, liaison)
    assert client.get(f"/sittings/attempts/{attempt.pk}/").status_code == 200
    answered = client.post(f"/sittings/attempts/{attempt.pk}/void/", {"reason": "x"})
    assert answered.status_code == 404
    assert client.post(f"/sittings/{attempt.exam_id}/extend/").status_code == 404


# --- afterwards -----------------------------------------------------------------------------------


def sat(exam, person, right):
    attempt = operations.start_attempt(exam.pk, person, now=NOW)
    sheet = queries.sheet_of(attempt)
    for line in sheet:
        label = {o: n for n, o in enumerate(line.arrangement.options)}
        wanted = line.item.key if right else next(o for o in label if o != line.item.key)
        value = json.dumps("ABCD"[label[wanted]])
        operations.save_answers(attempt.pk, [Given(line.number, 1, value)], now=NOW)
    operations.submit_attempt(attempt.pk, now=NOW)
    operations.grade_attempt(attempt.pk, now=NOW)
    return attempt


def test_results_by_unit_count_each_person_once_in_the_unit_of_the_day(admin, client, login):
    below = OrgUnitFactory(parent=admin.scope)
    moved, failed, absent = (PersonFactory(unit=below) for _ in range(3))
    exam = make_exam(make_paper(count=2), attempts_allowed=2, audience="units",
                     unit_ids=[admin.scope.pk])  # fmt: skip
    sat(exam, moved, right=False)
    sat(exam, moved, right=True)
    sat(exam, failed, right=False)
    moved.unit = PersonFactory().unit
    moved.save()
    rows = queries.results_by_unit(exam, admin, None, Role.TRAINING_ADMIN)
    (row,) = rows
    assert (row.invited, row.absent, row.graded, row.passed) == (2, 1, 2, 1)
    assert row.mean == 50
    reach = persons_visible_to(admin, Role.TRAINING_ADMIN)
    login(client, admin)
    assert "50%" in client.get(f"/sittings/{exam.pk}/results/").content.decode()
    assert list(queries.absent_from(exam, reach)) == [absent]
    assert list(queries.failed_in(exam, reach)) == [failed]


def test_when_the_last_attempt_counts_a_worse_second_try_is_the_result(person):
    exam = make_exam(make_paper(count=2), attempts_allowed=2, counts="last")
    sat(exam, person, right=True)
    second = sat(exam, person, right=False)
    assert [a.pk for a in queries.counting_attempts(exam)] == [second.pk]


def test_a_make_up_sitting_invites_the_absent_and_the_failed_of_the_first(admin, client, login):
    passed, failed, absent = (PersonFactory(unit=admin.scope) for _ in range(3))
    exam = make_exam(make_paper(count=2), audience="persons",
                     person_ids=[passed.pk, failed.pk, absent.pk])  # fmt: skip
    sat(exam, passed, right=True)
    sat(exam, failed, right=False)
    login(client, admin)
    data = {"title": "补考", "absent": "on", "failed": "on", "opens_at": "2026-06-10T09:00",
            "closes_at": "2026-06-11T09:00"}  # fmt: skip
    assert (
        "第一次考试还在进行" in client.post(f"/sittings/{exam.pk}/make-up/", data).content.decode()
    )
    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        login(client, admin)
        assert client.post(f"/sittings/{exam.pk}/make-up/", data).status_code == 302
    made = Exam.objects.get(makes_up_for=exam)
    assert set(made.persons.all()) == {failed, absent}
    assert (made.duration, made.paper) == (exam.duration, exam.paper)


def test_parallel_forms_are_dealt_out_by_the_attempt_and_stay():
    first, second = (make_paper([make_question(), make_question()]) for _ in range(2))
    exam = make_exam(first, other_form_ids=[second.pk])
    people = [PersonFactory() for _ in range(24)]
    operations.prepare_attempts(exam.pk, [p.pk for p in people], now=NOW)
    attempts = list(Attempt.objects.filter(exam=exam).select_related("exam"))
    forms = {tuple(line[1] for line in queries.lines_of(attempt)) for attempt in attempts}
    assert forms == {
        tuple(paper.items.values_list("version_id", flat=True)) for paper in (first, second)
    }
    drawn = attempts[0].drawn
    started = operations.start_attempt(exam.pk, attempts[0].person, now=NOW)
    assert started.drawn == drawn


def test_signals_are_written_down_while_the_attempt_runs_and_capped(person):
    attempt = make_attempt(person=person)
    flood = [("left", {"seconds": 1})] * 150
    assert operations.note_signals(attempt.pk, flood, now=NOW) == 150
    assert operations.note_signals(attempt.pk, flood, now=NOW) == 50
    operations.submit_attempt(attempt.pk, now=NOW)
    assert operations.note_signals(attempt.pk, [("pasted", {})], now=NOW) == 0
    assert AttemptEvent.objects.filter(kind="left").count() == 200


def test_the_page_reports_signs_with_its_pass_and_nothing_else_is_taken(client, open_page):
    attempt = make_attempt()
    page = open_page(attempt)
    good = [{"kind": "left", "seconds": 12}, {"kind": "pasted", "characters": 40}]
    assert page.post("signs", [], signs=good).json() == {"kept": 2}
    for bad in (None, "x", [1], [{"kind": "moved", "seconds": 1}], [{"kind": "left"}],
                [{"kind": "left", "seconds": True}], [{"kind": []}], [{"kind": {}}], good * 11):  # fmt: skip
        assert page.post("signs", [], signs=bad).status_code == 400
    page.token = "forged"
    assert page.post("signs", [], signs=good).status_code == 403
    assert attempt.events.filter(kind__in=["left", "pasted"]).count() == 2
    assert not attempt.events.exclude(kind__in=["left", "pasted"]).exists()


def test_an_answer_overtaken_by_another_window_is_told_apart_from_a_repeat():
    attempt = make_attempt()
    save = operations.save_answers
    save(attempt.pk, [Given(1, 5, '"A"')], now=NOW)
    (overtaken,) = save(attempt.pk, [Given(1, 4, '"B"')], now=NOW)
    (repeat,) = save(attempt.pk, [Given(1, 5, '"A"')], now=NOW)
    assert (overtaken.status, overtaken.reason) == ("duplicate", "superseded")
    assert (repeat.status, repeat.reason) == ("duplicate", "")


def test_a_rule_whose_ranks_exclude_each_other_is_told_at_the_field():
    form = RuleFields({"rank_from": Rank.COUNTY_HEAD.value, "rank_to": Rank.COUNTY_DEPUTY.value})
    assert not form.is_valid()
    assert list(form.errors) == ["rank_to"]
    assert RuleFields(
        {"rank_from": Rank.COUNTY_HEAD.value, "rank_to": Rank.COUNTY_HEAD.value}
    ).is_valid()
