"""Posts over time, and the audit log that cannot be rewritten."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from people import operations
from people.enums import DutyKind, Rank, Stage
from people.models import AuditEntry, Post
from people.queries import careers_of
from people.signals import career_changed
from tests.factories.people import OrgUnitFactory, PersonFactory, PostFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)


def test_an_appointment_ends_the_old_post_the_day_the_new_one_begins():
    old = PostFactory(starts_on=date(2020, 1, 1))
    new_unit = OrgUnitFactory()

    operations.appoint(
        old.person_id,
        unit=new_unit,
        starts_on=date(2026, 3, 15),
        title="副局长",
        rank=Rank.COUNTY_DEPUTY,
        by=None,
        now=NOW,
    )

    old.refresh_from_db()
    old.person.refresh_from_db()
    assert old.ends_on == date(2026, 3, 15)
    assert old.person.unit == new_unit
    assert [post.title for post in careers_of([old.person_id])[old.person_id].posts] == [
        "科员",
        "副局长",
    ]


def test_a_career_is_read_as_it_was_known_at_a_moment():
    post = PostFactory(starts_on=date(2020, 1, 1))
    person, told = post.person_id, NOW + timedelta(days=1)
    duty = operations.give_duty(
        person, kind=DutyKind.BRANCH_SECRETARY, unit=post.unit, starts_on=date(2021, 1, 1), by=None,
        now=NOW,
    )  # fmt: skip
    for stage, day, now in (
        (Stage.PROBATIONARY_MEMBER, date(2024, 1, 1), NOW), (Stage.FULL_MEMBER, date(2025, 1, 1), told),
    ):  # fmt: skip
        operations.enter_stage(person, stage=stage, starts_on=day, by=None, now=now)
    operations.appoint(
        person, unit=post.unit, starts_on=date(2026, 3, 15), title="副局长", by=None, now=told
    )
    operations.end_duty(duty.pk, ends_on=date(2026, 2, 1), by=None, now=told)
    operations.end_duty(duty.pk, ends_on=date(2025, 2, 1), by=None, now=told)  # it ended before

    before, after = (careers_of([person], moment)[person] for moment in (NOW, told))

    assert [(p.title, p.ends_on) for p in before.posts] == [("科员", None)]
    assert [p.ends_on for p in before.duties] == [None]
    assert [(s.stage, s.ends_on) for s in before.stages] == [("probationary_member", None)]
    assert [p.ends_on for p in after.posts] == [date(2026, 3, 15), None]
    assert [p.ends_on for p in after.duties] == [date(2026, 2, 1)]
    assert [s.ends_on for s in after.stages] == [date(2025, 1, 1), None]
    assert after == careers_of([person])[person]
    assert careers_of([person], NOW - timedelta(days=1))[person].duties == []


def test_an_appointment_before_the_present_post_began_is_refused_and_changes_nothing():
    old = PostFactory(starts_on=date(2026, 3, 15))

    with pytest.raises(operations.AppointmentOutOfOrder):
        operations.appoint(
            old.person_id, unit=old.unit, starts_on=date(2026, 3, 15), title="x", by=None, now=NOW
        )

    assert Post.objects.get() == old


def test_the_news_of_an_appointment_is_sent_on_commit(django_capture_on_commit_callbacks):
    person, heard = PersonFactory(), []

    def listen(sender, person_id, **kwargs):
        heard.append(person_id)

    career_changed.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            operations.appoint(
                person.pk, unit=person.unit, starts_on=date(2026, 1, 1), title="x", by=None, now=NOW
            )
    finally:
        career_changed.disconnect(listen)

    assert heard == [person.pk]


def test_careers_of_many_persons_cost_three_statements(django_assert_num_queries):
    people = [PostFactory().person_id for _ in range(4)]

    with django_assert_num_queries(3):
        assert len(careers_of(people)) == 4


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE people_auditentry SET verb = 'nothing happened'",
        "DELETE FROM people_auditentry",
    ],
)
def test_the_database_refuses_to_rewrite_the_audit_log(statement):
    operations.audit(None, "people.test", "people.person:1", now=NOW)

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert AuditEntry.objects.get().verb == "people.test"


def test_pinyin_keys_have_spelling_and_initials():
    assert operations.pinyin_key("王晓明") == "wangxiaoming wxm"
