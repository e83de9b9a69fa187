"""Signing in, attendance, results, credits, opinions."""

from datetime import timedelta
from decimal import Decimal

import pytest

from classes import operations, queries, rules
from classes.enums import Criterion, MakeupState, PresenceKind, PresenceWay, Result
from classes.models import Ballot, ClassOpinion, MakeupTask, Place, Presence
from classes.operations.sessions import Mark
from people.enums import Role
from people.models import AuditEntry
from tests.factories.classes import (
    NOW,
    STARTS,
    at,
    finished_class,
    make_class,
    make_place,
    make_sessions,
    mark,
)
from tests.factories.people import OrgUnitFactory, PersonFactory, holder
from tests.factories.tracker import InstitutionFactory
from tracker.models import Entry

pytestmark = pytest.mark.django_db
AFTER = at(STARTS + timedelta(days=3))


@pytest.fixture
def school(district):
    return InstitutionFactory(unit=OrgUnitFactory(parent=district, kind="institution"))


@pytest.fixture
def keeper(school):
    return holder(Role.INSTITUTION_STAFF, school.unit)


def code_at(session, moment):
    step = rules.code_step(moment.timestamp())
    return rules.door_code(queries.door_key(), session.pk, step)


def test_signing_in_twice_is_once(district):
    place = make_place(of := make_class(district))
    [session] = make_sessions(of, "14")
    moment = at(STARTS, 8, 50)
    for _ in range(2):
        operations.sign_in(
            session.pk, code_at(session, moment), person=place.person, device="d1", now=moment
        )
    assert Presence.objects.filter(session=session, kind="present", way="code").count() == 1


def test_a_code_forwarded_half_a_minute_later_is_refused(district):
    place = make_place(of := make_class(district))
    [session] = make_sessions(of, "14")
    moment = at(STARTS, 9)
    with pytest.raises(operations.CodeOutOfDate):
        operations.sign_in(
            session.pk,
            code_at(session, moment),
            person=place.person,
            device="d1",
            now=moment + timedelta(seconds=30),
        )


def test_one_browser_signs_in_one_person(district):
    of = make_class(district)
    first, second = make_place(of), make_place(of)
    [session] = make_sessions(of, "14")
    moment = at(STARTS, 9)
    code = code_at(session, moment)
    operations.sign_in(session.pk, code, person=first.person, device="same", now=moment)

    with pytest.raises(operations.OtherPersonsBrowser):
        operations.sign_in(session.pk, code, person=second.person, device="same", now=moment)
    assert Presence.objects.count() == 1


def test_digits_are_guessed_twenty_times_and_no_more(district):
    place = make_place(of := make_class(district))
    [session] = make_sessions(of, "14")
    moment = at(STARTS, 9)
    right = code_at(session, moment)
    wrong = "000000" if right != "000000" else "000001"
    for _ in range(20):
        with pytest.raises(operations.CodeOutOfDate):
            operations.sign_in(session.pk, wrong, person=place.person, device="", now=moment)

    with pytest.raises(operations.TooManyWrongCodes):
        operations.sign_in(session.pk, right, person=place.person, device="", now=moment)
    assert not Presence.objects.exists()


@pytest.mark.parametrize("moment", [at(STARTS, 8, 29), at(STARTS, 11, 0)])
def test_nobody_signs_in_too_early_or_when_it_is_over(district, moment):
    place = make_place(of := make_class(district))
    [session] = make_sessions(of, "14")
    with pytest.raises(operations.NotSignInTime):
        operations.sign_in(
            session.pk, code_at(session, moment), person=place.person, device="", now=moment
        )


def test_nobody_signs_in_once_the_results_are_confirmed(district):
    place = make_place(of := make_class(district))
    [session] = make_sessions(of, "14")
    moment = at(STARTS, 9)
    of.confirmed_at = moment
    of.save()

    with pytest.raises(operations.NotSignInTime):
        operations.sign_in(
            session.pk, code_at(session, moment), person=place.person, device="", now=moment
        )
    assert not Presence.objects.exists()


def test_who_is_excused_or_not_called_is_not_on_the_roster(district):
    of = make_class(district)
    excused = make_place(of, state="excused")
    [session] = make_sessions(of, "14")
    moment = at(STARTS, 9)
    for person in (excused.person, PersonFactory()):
        with pytest.raises(operations.NotOnRoster):
            operations.sign_in(
                session.pk, code_at(session, moment), person=person, device="", now=moment
            )


def test_a_later_record_replaces_an_earlier_one_and_the_log_keeps_both(district, keeper):
    place = make_place(of := make_class(district))
    [session] = make_sessions(of, "14")
    hand = {"way": PresenceWay.HAND, "by": keeper, "now": NOW}
    operations.record_presences(session.pk, [Mark(place.pk, PresenceKind.ABSENT)], **hand)
    leave = [Mark(place.pk, PresenceKind.LEAVE, Decimal("1.5"))]
    assert operations.record_presences(session.pk, leave, **hand) == 1
    assert operations.record_presences(session.pk, leave, **hand) == 0

    assert Presence.objects.get().missed == Decimal("1.5")
    assert AuditEntry.objects.filter(verb="classes.presence.record").count() == 2


def test_results_wait_for_the_evidence(district, school, keeper):
    of = make_class(district, institution=school)
    place = make_place(of, state="called")
    session, _second = make_sessions(of, "7", "6")

    with pytest.raises(operations.EvidenceMissing) as refused:
        operations.confirm_results(of.pk, by=keeper, now=NOW)
    assert refused.value.codes == ["roster", "timetable", "attendance", "over"]
    assert not Place.objects.exclude(result="").exists()
    assert place.pk
    assert session.pk


def test_only_the_institution_says_who_failed_and_only_until_it_confirms(
    district, school, keeper, admin
):
    of, place, _sessions = finished_class(district, keeper, institution=school)
    with pytest.raises(operations.NotYours):
        operations.judge_failed(place.pk, failed=True, note="", by=admin, now=AFTER)

    operations.judge_failed(place.pk, failed=True, note="未交作业", by=keeper, now=AFTER)

    place.refresh_from_db()
    assert (place.judged_failed, place.note) == (True, "未交作业")
    operations.confirm_results(of.pk, by=keeper, now=AFTER)
    with pytest.raises(operations.NotConfirmed):
        operations.judge_failed(place.pk, failed=False, note="", by=keeper, now=AFTER)


def test_only_the_institution_confirms_and_only_the_authority_posts(
    district, school, keeper, admin
):
    of, _place, _sessions = finished_class(district, keeper, institution=school)
    with pytest.raises(operations.NotYours):
        operations.confirm_results(of.pk, by=admin, now=AFTER)
    with pytest.raises(operations.NotConfirmed):
        operations.post_credits(of.pk, by=admin, now=AFTER)
    operations.confirm_results(of.pk, by=keeper, now=AFTER)
    with pytest.raises(operations.NotYours):
        operations.post_credits(of.pk, by=keeper, now=AFTER)


def test_exactly_one_seventh_of_leave_credits_and_a_little_more_does_not(
    district, school, keeper, admin
):
    of = make_class(district, institution=school)
    first, second = make_sessions(of, "7", "7")
    seventh, more, never = make_place(of), make_place(of), make_place(of)
    for place, missed in ((seventh, "2"), (more, "2.1")):
        mark(first, place, "leave", missed)
        mark(second, place)
    for session in (first, second):
        mark(session, never, "absent")
    found = operations.confirm_results(of.pk, by=keeper, now=AFTER)
    assert found == {Result.PASSED: 1, Result.TOO_MUCH_MISSED: 1, Result.NO_SHOW: 1}

    assert operations.post_credits(of.pk, by=admin, now=AFTER) == 1
    assert list(Entry.objects.values_list("person", flat=True)) == [seventh.person_id]
    tasks = MakeupTask.objects.order_by("place")
    assert [(task.place_id, task.due_on.isoformat()) for task in tasks] == [
        (more.pk, "2026-09-30"),
        (never.pk, "2026-09-30"),
    ]


def test_credits_are_posted_once_with_days_hours_bucket_and_confirmer(
    district, school, keeper, admin
):
    of, place, _sessions = finished_class(district, keeper, institution=school)
    operations.confirm_results(of.pk, by=keeper, now=AFTER)
    assert operations.post_credits(of.pk, by=admin, now=AFTER) == 1
    assert operations.post_credits(of.pk, by=admin, now=AFTER) == 0

    entry = Entry.objects.get(person=place.person)
    assert (entry.hours, entry.training_days) == (Decimal(14), Decimal(2))
    assert (entry.bucket, entry.confirmer) == ("off_the_job", "institution")
    assert (entry.institution, entry.confirmed_by) == (school, keeper)
    assert (entry.occurred_from, entry.occurred_to) == (of.starts_on, of.ends_on)
    assert entry.source == f"classes.place:{place.pk}"


def test_a_later_class_that_is_passed_settles_one_make_up_task(district, school, keeper, admin):
    person = PersonFactory(unit=district)
    for month in (3, 4):
        missed = make_place(
            make_class(district, starts_on=STARTS.replace(month=month)), person, result="no_show"
        )
        MakeupTask.objects.create(place=missed, due_on=rules.makeup_due_on(STARTS))
    of = make_class(district, institution=school)
    place = make_place(of, person)
    for session in make_sessions(of, "7", "7"):
        mark(session, place)
    operations.confirm_results(of.pk, by=keeper, now=AFTER)
    operations.post_credits(of.pk, by=admin, now=AFTER)
    operations.post_credits(of.pk, by=admin, now=AFTER)

    done = MakeupTask.objects.filter(state=MakeupState.DONE, settled_in=place)
    assert (done.count(), queries.open_makeups(person.pk).count()) == (1, 1)


def test_a_task_is_waived_with_a_reason_by_the_authority_only(district, admin, keeper):
    missed = make_place(make_class(district), result="no_show")
    task = MakeupTask.objects.create(place=missed, due_on=STARTS)
    with pytest.raises(operations.NotYours):
        operations.waive_makeup(task.pk, because="退休", by=keeper, now=NOW)
    with pytest.raises(operations.ReasonMissing):
        operations.waive_makeup(task.pk, because=" ", by=admin, now=NOW)
    operations.waive_makeup(task.pk, because="退休", by=admin, now=NOW)

    assert MakeupTask.objects.get().state == MakeupState.WAIVED


def test_attendance_does_not_change_once_results_are_confirmed(district, school, keeper):
    of, place, sessions = finished_class(district, keeper, institution=school)
    operations.confirm_results(of.pk, by=keeper, now=AFTER)
    with pytest.raises(operations.NotSignInTime):
        operations.record_presences(
            sessions[0].pk,
            [Mark(place.pk, PresenceKind.ABSENT)],
            way=PresenceWay.HAND,
            by=keeper,
            now=AFTER,
        )


def test_what_is_still_to_come_has_been_missed_by_nobody(district):
    of = make_class(district)
    place = make_place(of)
    first, _second = make_sessions(of, "7", "7")

    def missed(over_by=None):
        (found,) = queries.attended_hours(of, [place], over_by=over_by)
        return found.attended.missed

    assert missed(over_by=first.ends_at - timedelta(seconds=1)) == 0
    assert missed(over_by=first.ends_at) == 7
    assert missed() == 14  # when results are confirmed, what has no record was missed


# --- opinions -------------------------------------------------------------------------------------

SCORES = dict.fromkeys(Criterion.values, 4)


def test_opinions_are_shown_from_five_answers_and_when_the_vote_is_over(district):
    of = make_class(district)
    places = [make_place(of) for _ in range(6)]
    for place in places[:4]:
        operations.judge(place.pk, SCORES, remark="", by=place.person, now=AFTER)
    closed = of.ends_on + queries.evaluation.OPEN_FOR
    assert queries.opinion_of(of, closed) is None

    operations.judge(places[4].pk, SCORES, remark="", by=places[4].person, now=AFTER)
    assert queries.opinion_of(of, closed - timedelta(days=1)) is None
    opinion = queries.opinion_of(of, closed)
    assert (opinion.answers, opinion.asked, opinion.overall) == (5, 6, 4.0)


def test_one_answers_once_and_only_after_the_class(district):
    place = make_place(make_class(district))
    with pytest.raises(operations.MayNotJudge):
        operations.judge(place.pk, SCORES, remark="", by=place.person, now=at(STARTS))
    operations.judge(place.pk, SCORES, remark="", by=place.person, now=AFTER)
    with pytest.raises(operations.MayNotJudge):
        operations.judge(place.pk, SCORES, remark="", by=place.person, now=AFTER)
    with pytest.raises(operations.MayNotJudge):
        operations.judge(place.pk, SCORES, remark="", by=PersonFactory(), now=AFTER)

    assert ClassOpinion.objects.get().answers == 1


def test_nothing_stored_ties_an_answer_to_a_person(district):
    of = make_class(district)
    places = [make_place(of) for _ in range(3)]
    for place, remark in zip(places, ("丙", "甲", "乙"), strict=True):
        operations.judge(place.pk, SCORES, remark=remark, by=place.person, now=AFTER)

    opinion = ClassOpinion.objects.get()
    assert opinion.remarks == sorted(["丙", "甲", "乙"])
    assert opinion.counts["content"] == [0, 0, 0, 3, 0]
    assert [field.name for field in Ballot._meta.get_fields()] == ["place"]
    assert {field.name for field in ClassOpinion._meta.get_fields()} == {
        "training_class",
        "answers",
        "counts",
        "remarks",
    }
    assert not AuditEntry.objects.filter(verb__contains="judge").exists()
