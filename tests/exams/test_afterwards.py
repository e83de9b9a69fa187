"""After the hand-in: double marking, corrected keys, appeals, and results that can be recomputed."""

import io
import json
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from exams import operations, queries
from exams.engine.items import record_from_dict
from exams.models import Attempt, BlueprintRow, Exam, KeyCorrection, Mark, ScoreChange
from exams.signals import attempt_graded
from notices.models import Notice
from people.enums import Role
from tests.factories.exams import NOW, SINGLE, make_exam, make_paper, make_question
from tests.factories.people import PersonFactory, PostFactory
from tests.factories.tracker import hours_of

ESSAY = {"type": "essay", "stem": "谈谈体会", "rubric": [{"text": "观点正确"}], "min_length": 2}


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def sit(exam, *answers, person=None):
    """Hand in these answers, given in places; graded as far as it goes."""
    person = person or PersonFactory()
    attempt = operations.start_attempt(exam.pk, person, now=NOW)
    given = [operations.Given(n, 1, json.dumps(a)) for n, a in enumerate(answers, 1)]
    operations.submit_attempt(attempt.pk, now=NOW, last=given)
    operations.grade_attempt(attempt.pk, now=NOW)
    return Attempt.objects.get(pk=attempt.pk)


def revised(question, **fields):
    """The question with another key, approved by a second person: its id as a version."""
    plain = {**SINGLE, "code": question.code, "category": "党章党规/党章", **fields}
    plain.setdefault("stem", question.current.stem)
    author = PersonFactory()
    operations.revise_question(question.pk, record_from_dict(plain), by=author, now=NOW)
    operations.submit_question_for_review(question.pk, by=author, now=NOW)
    operations.approve_question(question.pk, by=PersonFactory(), now=NOW)
    question.refresh_from_db()
    return question.current_id


@pytest.fixture
def question(db):
    return make_question({**SINGLE, "stem": "第几条"})


@pytest.fixture
def exam(question):
    """One single choice of ten points; the key says B. Nothing is shuffled; two hours are granted."""
    paper = make_paper([question], points=Decimal(10))
    return make_exam(paper, shuffle_options=False, shuffle_questions=False, hours=Decimal(2))


def propose(exam, question, *, ruling="new_key", replacement=None, by=None):
    version = exam.paper.items.get().version_id
    draft = operations.drafted_correction(
        exam.pk, version, ruling, replacement_id=replacement, because="答案印错"
    )
    return operations.propose_correction(draft, by=by or PersonFactory(), now=NOW)


def approve(correction, by=None):
    operations.decide_correction(
        correction.pk, approve=True, answer="", by=by or PersonFactory(), now=NOW
    )
    return operations.apply_correction(correction.pk, now=NOW)


# --- two markers -----------------------------------------------------------------------------------


@pytest.fixture
def essay_exam(db):
    exam = make_exam(make_paper([make_question(ESSAY)], points=Decimal(10)))
    operations.set_marking(
        exam.pk, markers=2, tolerance_percent=20, appeal_days=5, by=PersonFactory(), now=NOW
    )
    return Exam.objects.get(pk=exam.pk)


def test_two_markers_who_agree_settle_on_the_mean(essay_exam):
    attempt = sit(essay_exam, "体会很深")
    first, second = PersonFactory(), PersonFactory()

    assert not operations.mark_by_hand(attempt.pk, 1, Decimal(6), by=first, now=NOW)
    assert operations.mark_by_hand(attempt.pk, 1, Decimal(8), by=second, now=NOW)

    attempt.refresh_from_db()
    assert attempt.score == 7


def test_a_third_marker_is_asked_when_two_disagree_and_only_then(essay_exam):
    attempt = sit(essay_exam, "体会很深")
    version = essay_exam.paper.items.get().version_id
    first, second, third, fourth = (PersonFactory() for _ in range(4))
    operations.mark_by_hand(attempt.pk, 1, Decimal(2), by=first, now=NOW)
    assert not operations.mark_by_hand(attempt.pk, 1, Decimal(9), by=second, now=NOW)
    # Who marked it is not asked again; who did not is.
    assert queries.answers_waiting(essay_exam.pk, version, second) == []
    assert len(queries.answers_waiting(essay_exam.pk, version, third)) == 1
    with pytest.raises(operations.MarkRefused):
        operations.mark_by_hand(attempt.pk, 1, Decimal(5), by=first, now=NOW)

    assert operations.mark_by_hand(attempt.pk, 1, Decimal(8), by=third, now=NOW)

    attempt.refresh_from_db()
    assert attempt.score == Decimal("8.5")
    with pytest.raises(operations.AttemptClosed):
        operations.mark_by_hand(attempt.pk, 1, Decimal(5), by=fourth, now=NOW)
    progress = queries.marking_progress(essay_exam)
    assert [(q.answers, q.settled, q.third) for q in progress.questions] == [(1, 1, 1)]
    assert [m.marks for m in progress.markers] == [1, 1, 1]


def test_how_answers_are_marked_is_settled_before_the_first_mark(essay_exam):
    attempt = sit(essay_exam, "体会很深")
    operations.mark_by_hand(attempt.pk, 1, Decimal(2), by=PersonFactory(), now=NOW)
    settings = {"tolerance_percent": 20, "by": PersonFactory(), "now": NOW}

    with pytest.raises(operations.MarkingBegan):
        operations.set_marking(essay_exam.pk, markers=1, appeal_days=5, **settings)
    operations.set_marking(essay_exam.pk, markers=2, appeal_days=9, **settings)


def test_alike_answers_are_marked_together_each_with_its_own_mark(client, login, role, db):
    exam = make_exam(make_paper([make_question(ESSAY)], points=Decimal(10)))
    same, near, other = sit(exam, "体会很深。"), sit(exam, "体会 很深"), sit(exam, "没有")
    login(client, role(Role.MARKER))
    page = f"/marking/{exam.pk}/{exam.paper.items.get().version_id}/"

    client.post(page, {"attempt": same.pk, "points": "6", "also": [str(near.pk)]})

    scores = dict(Attempt.objects.values_list("pk", "score"))
    assert (scores[same.pk], scores[near.pk]) == (6, 6)
    assert Attempt.objects.get(pk=other.pk).state == 30
    assert Mark.objects.filter(points=6).count() == 2


def test_marks_and_changes_of_scores_only_grow(essay_exam):
    attempt = sit(essay_exam, "体会很深")
    operations.mark_by_hand(attempt.pk, 1, Decimal(2), by=PersonFactory(), now=NOW)

    for statement in ("UPDATE exams_mark SET points = 9", "DELETE FROM exams_mark"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


# --- corrected keys ----------------------------------------------------------------------------------


def test_the_effect_of_a_new_key_is_shown_first_and_writes_nothing(exam, question):
    wrong, right = sit(exam, "A"), sit(exam, "B")
    replacement = revised(question, key="A")
    version = exam.paper.items.get().version_id

    draft = operations.drafted_correction(
        exam.pk, version, "new_key", replacement_id=replacement, because="答案印错"
    )
    effect = queries.effect_of(draft)

    assert (effect.attempts, effect.higher, effect.lower) == (2, 1, 1)
    assert (effect.now_pass, effect.now_fail) == (1, 1)
    assert {one.attempt.pk for one in effect.concerned} == {wrong.pk, right.pk}
    assert not KeyCorrection.objects.exists()
    assert Attempt.objects.get(pk=right.pk).score == 10


def test_an_approved_key_changes_scores_hours_and_tells_once(
    exam, question, django_capture_on_commit_callbacks
):
    loser, winner = PostFactory().person, PostFactory().person
    passed, failed = sit(exam, "B", person=loser), sit(exam, "A", person=winner)
    assert (hours_of(loser), hours_of(winner)) == (2, 0)
    correction = propose(exam, question, replacement=revised(question, key="A"))
    told = []

    def hear(attempt_id, **kwargs):
        told.append(attempt_id)

    attempt_graded.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            assert approve(correction) == 2
            assert operations.apply_correction(correction.pk, now=NOW) == 0
    finally:
        attempt_graded.disconnect(hear)

    for attempt, score in ((passed, 0), (failed, 10)):
        attempt.refresh_from_db()
        assert (attempt.score, attempt.passed) == (score, bool(score))
    assert (hours_of(loser), hours_of(winner)) == (0, 2)
    assert sorted(told) == sorted([passed.pk, failed.pk])
    candidates = Notice.objects.exclude(person=correction.proposed_by)
    assert {n.person_id: n.url for n in candidates} == {
        a.person_id: f"/attempts/{a.pk}/result/" for a in (passed, failed)
    }
    change = ScoreChange.objects.get(attempt=passed)
    assert (change.score_before, change.score_after, change.passed_before) == (10, 0, True)


def test_hours_lost_and_won_back_stand_in_the_ledger_once(exam, question):
    person = PostFactory().person
    sit(exam, "B", person=person)
    approve(propose(exam, question, replacement=revised(question, key="A")))
    assert hours_of(person) == 0

    approve(propose(exam, question, ruling="granted"))

    assert hours_of(person) == 2
    assert queries.best_result(exam.pk, person.pk).passed


def test_who_had_the_points_already_is_told_of_no_change(client, login, exam, question):
    right = sit(exam, "B")
    wrong = sit(exam, "A")

    assert approve(propose(exam, question, ruling="granted")) == 1

    # The reason of the mark is another one, and the old marks stay readable.
    assert Attempt.objects.get(pk=right.pk).marks == [[1, "10.00", "granted"]]
    assert ScoreChange.objects.get(attempt=right).marks_before == [[1, "10.00", "right"]]
    told = Notice.objects.filter(source__startswith="exams.change:")
    assert [notice.person_id for notice in told] == [wrong.person_id]
    login(client, right.person)
    assert "更正为" not in client.get(f"/attempts/{right.pk}/result/").content.decode()


def test_who_proposed_a_correction_does_not_decide_it(exam, question):
    by = PersonFactory()
    correction = propose(exam, question, ruling="granted", by=by)

    with pytest.raises(operations.CorrectionRefused, match="own_proposal"):
        operations.decide_correction(correction.pk, approve=True, answer="", by=by, now=NOW)
    # The database holds it too.
    with pytest.raises(DatabaseError), transaction.atomic():
        KeyCorrection.objects.update(state="approved", decided_by=by, decided_at=NOW)


def test_a_refused_correction_changes_nothing_and_says_why(exam, question):
    attempt = sit(exam, "A")
    correction = propose(exam, question, ruling="granted")
    other = PersonFactory()
    with pytest.raises(operations.CorrectionRefused, match="no_reason"):
        operations.decide_correction(correction.pk, approve=False, answer=" ", by=other, now=NOW)

    operations.decide_correction(correction.pk, approve=False, answer="题目无误", by=other, now=NOW)

    with pytest.raises(operations.CorrectionRefused):
        operations.apply_correction(correction.pk, now=NOW)
    assert Attempt.objects.get(pk=attempt.pk).score == 0


def test_a_key_needs_a_reviewed_later_version_of_the_same_shape(exam, question):
    version = exam.paper.items.get().version_id
    old = question.current_id
    unreviewed = operations.revise_question(
        question.pk,
        record_from_dict(
            {**SINGLE, "stem": "改", "code": question.code, "category": "党章党规/党章"}
        ),
        by=PersonFactory(),
        now=NOW,
    )
    question.refresh_from_db()

    def code(replacement):
        with pytest.raises(operations.CorrectionRefused) as refusal:
            operations.drafted_correction(
                exam.pk, version, "new_key", replacement_id=replacement, because="错"
            )
        return refusal.value.code

    assert unreviewed is not None
    assert code(None) == code(old) == code(question.current_id) == "not_a_key"
    three = revised(question, options=["甲", "乙", "丙"], key="A")
    assert code(three) == "other_shape"


def test_regrading_killed_in_the_middle_is_finished_by_the_sweep(exam, question, monkeypatch):
    attempts = [sit(exam, "A") for _ in range(3)]
    correction = propose(exam, question, ruling="granted")
    operations.decide_correction(
        correction.pk, approve=True, answer="", by=PersonFactory(), now=NOW
    )
    real = operations.regrade.regrade_attempt
    calls = []

    def until_killed(pk, **kwargs):
        if calls:
            raise KeyboardInterrupt
        calls.append(pk)
        return real(pk, **kwargs)

    monkeypatch.setattr(operations.regrade, "regrade_attempt", until_killed)
    with pytest.raises(KeyboardInterrupt):
        operations.apply_correction(correction.pk, now=NOW)
    monkeypatch.undo()
    assert ScoreChange.objects.count() == 1

    assert operations.sweep(NOW)["regraded"] == 1

    assert ScoreChange.objects.count() == 3
    assert {Attempt.objects.get(pk=a.pk).score for a in attempts} == {10}
    assert operations.sweep(NOW)["regraded"] == 0


def test_what_is_graded_later_is_judged_by_the_corrected_key(exam, question):
    approve(propose(exam, question, replacement=revised(question, key="A")))

    assert sit(exam, "A").score == 10


def test_the_candidate_reads_the_change_its_reason_and_the_new_key(client, login, exam, question):
    attempt = sit(exam, "A")
    approve(propose(exam, question, replacement=revised(question, key="A")))
    login(client, attempt.person)

    body = client.get(f"/attempts/{attempt.pk}/result/").content.decode()

    assert "由 0 分更正为 10 分" in body
    assert '<a href="#line-1">第 1 题</a>' in body
    assert "答案印错" in body
    assert body.count("data-right") == 1
    assert "data-chosen data-right" in body


def test_whoever_proposed_a_correction_is_told_what_was_decided(exam, question):
    setter = PersonFactory()
    refused = propose(exam, question, ruling="granted", by=setter)
    operations.decide_correction(
        refused.pk, approve=False, answer="题目无误", by=PersonFactory(), now=NOW
    )
    approve(propose(exam, question, replacement=revised(question, key="A"), by=setter))

    told = Notice.objects.filter(person=setter).order_by("pk")
    assert [notice.text for notice in told] == [
        f"您对“六月月考”中 {question.code} 提出的答案更正未通过，理由见更正页。",
        f"您对“六月月考”中 {question.code} 提出的答案更正已审定。",
    ]
    assert told[0].url == f"/exams/corrections/{refused.pk}/"


# --- appeals -----------------------------------------------------------------------------------------


def test_an_appeal_is_answered_by_somebody_who_did_not_mark_it(db):
    exam = make_exam(make_paper([make_question(ESSAY)], points=Decimal(10)))
    attempt = sit(exam, "体会很深")
    marker, other = PersonFactory(), PersonFactory()
    operations.mark_by_hand(attempt.pk, 1, Decimal(5), by=marker, now=NOW)
    appeal = operations.file_appeal(attempt.pk, by=attempt.person, text="漏看一段", now=NOW)
    assert list(queries.appeals_for(marker)) == []
    assert list(queries.appeals_for(attempt.person)) == []
    assert list(queries.appeals_for(other)) == [appeal]
    with pytest.raises(operations.AppealRefused, match="marked_it"):
        operations.answer_appeal(appeal.pk, answer="看过", by=marker, now=NOW)
    with pytest.raises(operations.AppealRefused, match="own_attempt"):
        operations.answer_appeal(appeal.pk, answer="该给分", by=attempt.person, now=NOW)

    operations.answer_appeal(
        appeal.pk, answer="第二段也算", by=other, now=NOW, number=1, points=Decimal(7)
    )

    attempt.refresh_from_db()
    appeal.refresh_from_db()
    assert (attempt.score, attempt.passed, appeal.state) == (7, True, "changed")
    assert ScoreChange.objects.get().appeal == appeal
    told = Notice.objects.filter(person=attempt.person).order_by("pk")
    assert [notice.source.partition(":")[0] for notice in told] == ["exams.graded", "exams.appeal"]
    with pytest.raises(operations.AppealRefused, match="answered"):
        operations.answer_appeal(appeal.pk, answer="再答", by=other, now=NOW)


def test_one_appeals_once_in_time_and_only_for_oneself(exam):
    attempt = sit(exam, "A")
    late = NOW + timedelta(days=5)
    with pytest.raises(operations.AppealRefused, match="too_late"):
        operations.file_appeal(attempt.pk, by=attempt.person, text="请看", now=late)
    with pytest.raises(Attempt.DoesNotExist):
        operations.file_appeal(attempt.pk, by=PersonFactory(), text="请看", now=NOW)
    operations.file_appeal(
        attempt.pk, by=attempt.person, text="请看", now=late - timedelta(seconds=1)
    )
    with pytest.raises(operations.AppealRefused, match="asked_before"):
        operations.file_appeal(attempt.pk, by=attempt.person, text="请看", now=NOW)


def test_an_appeal_that_cannot_be_sent_stands_on_the_page_as_it_was_written(client, login, exam):
    attempt = sit(exam, "A")
    login(client, attempt.person)
    # A browser counts a line's end once, the form twice: so many pass the box but not the form.
    written = "\r\n".join(["请再看第一题"] * 130)

    answer = client.post(f"/attempts/{attempt.pk}/appeal/", {"text": written})

    assert answer.status_code == 422
    assert "请再看第一题\n请再看" in answer.content.decode().replace("\r", "")


def test_points_an_appeal_gives_to_a_question_with_a_key_are_no_work_of_markers(exam):
    attempt = sit(exam, "A")
    appeal = operations.file_appeal(attempt.pk, by=attempt.person, text="请看", now=NOW)
    operations.answer_appeal(
        appeal.pk, answer="改判", by=PersonFactory(), now=NOW, number=1, points=Decimal(10)
    )

    assert queries.marking_progress(exam).questions == []


def test_a_result_that_a_corrected_key_changed_may_be_appealed_against_anew(exam, question):
    attempt = sit(exam, "B")
    later = NOW + timedelta(days=20)
    correction = propose(exam, question, replacement=revised(question, key="A"))
    operations.decide_correction(
        correction.pk, approve=True, answer="", by=PersonFactory(), now=later
    )
    with pytest.raises(operations.AppealRefused, match="too_late"):
        operations.file_appeal(attempt.pk, by=attempt.person, text="请看", now=later)
    operations.apply_correction(correction.pk, now=later)
    attempt.refresh_from_db()

    assert queries.appeal_until(attempt, later) == later + timedelta(days=5)
    operations.file_appeal(attempt.pk, by=attempt.person, text="请看", now=later)


# --- the pages, and results recomputed ---------------------------------------------------------------


def test_a_correction_goes_from_the_form_to_the_new_score_in_the_browser(
    client, login, role, exam, question, django_assert_num_queries
):
    sit(exam, "A")
    replacement = revised(question, key="A")
    version = exam.paper.items.get().version_id
    login(client, role(Role.QUESTION_SETTER))
    page = f"/exams/{exam.pk}/corrections/new/"
    data = {
        "version": version, "ruling": "new_key", "replacement": replacement, "because": "印错",
    }  # fmt: skip

    assert client.post(page, {**data, "replacement": ""}).status_code == 422
    preview = client.post(page, data)
    assert preview.status_code == 200
    assert not KeyCorrection.objects.exists()
    found = client.post(page, {**data, "propose": "1"})
    assert client.post(found.url, {"approve": "1"}).status_code == 404
    assert KeyCorrection.objects.get().state == "proposed"
    login(client, role(Role.QUESTION_REVIEWER))
    assert found.url in client.get("/bank/review/").content.decode()
    client.get(found.url)
    with django_assert_num_queries(10):
        client.get(f"/exams/{exam.pk}/afterwards/")
    client.post(found.url, {"approve": "1"})

    assert Attempt.objects.get().score == 10
    assert KeyCorrection.objects.get().applied_at == NOW


def test_the_pages_of_markers_name_no_candidate(client, login, role, exam):
    attempt = sit(exam, "A", person=PersonFactory(name="欧阳某某", staff_number="X9917"))
    appeal = operations.file_appeal(attempt.pk, by=attempt.person, text="请再看", now=NOW)
    login(client, role(Role.MARKER))

    for page in ("/marking/", "/marking/appeals/", f"/marking/appeals/{appeal.pk}/"):
        body = client.get(page).content.decode()
        assert "欧阳某某" not in body
        assert "X9917" not in body


def test_a_second_marker_s_answer_to_an_appeal_is_not_lost_without_a_word(
    client, login, role, exam
):
    attempt = sit(exam, "A")
    appeal = operations.file_appeal(attempt.pk, by=attempt.person, text="请再看", now=NOW)
    page = f"/marking/appeals/{appeal.pk}/"
    login(client, role(Role.MARKER))
    assert client.post(page, {"answer": "维持"}).status_code == 302
    login(client, role(Role.MARKER))

    said = client.post(page, {"answer": "改分"}, follow=True).content.decode()

    assert "已有人答复" in said
    appeal.refresh_from_db()
    assert appeal.answer == "维持"


def test_recomputing_finds_a_result_that_was_tampered_with_and_no_other(exam):
    sound, forged = sit(exam, "B"), sit(exam, "A")
    out = io.StringIO()
    call_command("recompute_results", stdout=out, stderr=io.StringIO())
    assert out.getvalue() == ""

    Attempt.objects.filter(pk=forged.pk).update(score=10, passed=True)

    with pytest.raises(SystemExit) as end:
        call_command("recompute_results", exam.pk, stdout=out, stderr=io.StringIO())
    assert end.value.code == 1
    assert str(forged.pk) in out.getvalue()
    assert str(sound.pk) not in out.getvalue()


# --- parallel forms -----------------------------------------------------------------------------------


@pytest.fixture
def two_forms(db):
    """An exam on two forms, and one graded attempt on each; by form: (paper, attempt)."""
    first, second = (make_paper([make_question(ESSAY), make_question()]) for _ in range(2))
    exam = make_exam(first, other_form_ids=[second.pk], shuffle_options=False)
    sat = {}
    while len(sat) < 2:
        attempt = sit(exam, "体会很深", "A")
        sat.setdefault(second if attempt.drawn else first, attempt)
    return exam, first, second, sat


def test_answers_on_the_second_form_are_marked_and_counted_too(client, login, role, two_forms):
    exam, first, second, sat = two_forms
    marker = role(Role.MARKER)
    login(client, marker)
    for paper in (first, second):
        version = paper.items.get(number=1).version_id
        assert [(one.attempt_id, one.number) for one in queries.answers_waiting(
            exam.pk, version, marker
        ) if one.attempt_id == sat[paper].pk] == [(sat[paper].pk, 1)]  # fmt: skip
        page = client.get(f"/marking/{exam.pk}/{version}/")
        assert page.status_code == 200
        assert "体会很深" in page.content.decode()
    progress = queries.marking_progress(exam)
    assert {line.version_id for line in progress.questions} == {
        paper.items.get(number=1).version_id for paper in (first, second)
    }


def test_a_question_of_the_second_form_is_corrected_for_those_who_had_it(two_forms):
    exam, first, second, sat = two_forms
    marker = PersonFactory()
    for attempt in sat.values():
        operations.mark_by_hand(attempt.pk, 1, Decimal(1), by=marker, now=NOW)
    line = second.items.get(number=2)
    assert line.version_id in {asked.version_id for asked in queries.asked_questions(exam)}

    draft = operations.drafted_correction(
        exam.pk, line.version_id, "granted", replacement_id=None, because="题干有误"
    )
    effect = queries.effect_of(draft)
    assert {anew.attempt.pk for anew in effect.concerned} >= {sat[second].pk}
    assert sat[first].pk not in {anew.attempt.pk for anew in effect.concerned}
    correction = operations.propose_correction(draft, by=PersonFactory(), now=NOW)
    approve(correction)
    scores = {paper: Attempt.objects.get(pk=attempt.pk).score for paper, attempt in sat.items()}
    assert scores == {first: 1, second: 3}


def test_one_question_in_two_wordings_on_two_forms_may_be_corrected_in_each(question):
    first = make_paper([question])
    asked = question.current_id
    second_wording = revised(question, stem="第几条（新）")
    second = make_paper([question])
    exam = make_exam(first, other_form_ids=[second.pk])
    third = revised(question, key="C")

    lines = {line.version_id: line.later for line in queries.asked_questions(exam)}

    assert {pk for pk, _ in lines[asked]} == {second_wording, third}
    assert {pk for pk, _ in lines[second_wording]} == {third}


def test_only_questions_an_exam_asks_are_opened_to_markers_or_corrected(client, login, role):
    drawn, other = make_question(ESSAY), make_question(ESSAY, ready=False)
    row = BlueprintRow(count=1, points=Decimal(5), type="essay")
    blueprint = operations.create_blueprint("蓝图", [row], by=PersonFactory(), now=NOW)
    exam = make_exam(blueprint_id=blueprint.pk)
    sit(exam, "体会")
    login(client, role(Role.MARKER))
    assert client.get(f"/marking/{exam.pk}/{drawn.current_id}/").status_code == 200
    # A question of the bank with its key is none of a marker's business.
    assert client.get(f"/marking/{exam.pk}/{other.versions.get().pk}/").status_code == 404
    with pytest.raises(operations.CorrectionRefused):
        operations.drafted_correction(
            exam.pk, other.versions.get().pk, "granted", replacement_id=None, because="有误"
        )
