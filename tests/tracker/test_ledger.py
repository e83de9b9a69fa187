"""The ledger: rows are only added, the same source earns once, corrections stay visible."""

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, connections, transaction

from people.models import OrgUnit
from tests.factories.people import OrgUnitFactory, PersonFactory, PostFactory
from tests.factories.tracker import hours_of, post_hours
from tracker import operations, queries
from tracker.enums import Bucket, Confirmer
from tracker.models import Entry, LedgerHead
from tracker.rules import Confirmer as ConfirmerFact
from tracker.rules import Form, Measures

NOW = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def test_the_choices_of_the_ledger_are_those_of_the_law_engine():
    assert set(Bucket.values) == {form.value for form in Form}
    assert set(Confirmer.values) == {confirmer.value for confirmer in ConfirmerFact}


def test_the_same_source_earns_once_however_often_it_is_reported(person):
    first = post_hours(person, "courses.completion:17", hours="8")
    again = post_hours(person, "courses.completion:17", hours="9")
    assert again.pk == first.pk
    assert again.hours == 8
    assert Entry.objects.count() == 1


def test_a_source_that_earned_for_somebody_else_is_refused(person):
    post_hours(person, "courses.completion:17", hours="8")
    with pytest.raises(operations.SourceTaken):
        post_hours(PersonFactory(), "courses.completion:17", hours="8")


def test_credited_reversed_and_credited_again_leaves_three_rows_and_the_last_sum(person):
    wrong = post_hours(person, "courses.completion:17", hours="80")
    later = datetime(2026, 3, 5, tzinfo=UTC)
    right = operations.correct(
        wrong.pk, measures=Measures(Decimal(8)), because="少了一个小数点", by_id=None, now=later
    )
    assert right.source == "courses.completion:17#2"
    assert Entry.objects.count() == 3
    assert hours_of(person, later) == 8
    assert sum(row.events for row in queries.entries_of(person.pk, later)) == 1
    assert hours_of(person, datetime(2026, 3, 4, tzinfo=UTC)) == 80
    assert [e.pk for e in queries.standing_entries_of(person.pk, later)] == [right.pk]


def test_a_row_is_reversed_once_and_only_with_a_reason(person):
    entry = post_hours(person, "x:1", hours="8")
    with pytest.raises(operations.ReasonMissing):
        operations.reverse(entry.pk, because=" ", by_id=None, now=NOW)
    reversal = operations.reverse(entry.pk, because="重复登记", by_id=None, now=NOW)
    for pk in (entry.pk, reversal.pk):
        with pytest.raises(operations.NothingToReverse):
            operations.reverse(pk, because="再来一次", by_id=None, now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"measures": Measures(events=0)},
        {"measures": Measures(Decimal(-1))},
        {"occurred_to": date(2026, 3, 2)},
        {"person_id": None},
        {"source": ""},
    ],
)
def test_a_posting_that_earns_nothing_or_belongs_to_nobody_is_refused(person, change):
    posting = {
        "person_id": person.pk,
        "source": "x:1",
        "bucket": Bucket.ONLINE,
        "title": "课程",
        "occurred_from": date(2026, 3, 2),
        "occurred_to": date(2026, 3, 3),
        "measures": Measures(Decimal(1)),
        "confirmer": Confirmer.PLATFORM,
        "now": NOW,
    }
    with pytest.raises(operations.InvalidPosting):
        operations.credit(**(posting | change))
    assert not Entry.objects.exists()


def test_the_place_is_the_one_of_that_day_and_does_not_move_with_the_unit():
    city, district = OrgUnitFactory(name="市"), OrgUnitFactory(name="区")
    old = OrgUnitFactory(parent=city, name="旧单位")
    new = OrgUnitFactory(parent=city, name="新单位")
    person = PersonFactory(unit=new)
    PostFactory(person=person, unit=old, starts_on=date(2020, 1, 1), ends_on=date(2026, 1, 1))
    PostFactory(person=person, unit=new, starts_on=date(2026, 1, 1))
    before = post_hours(person, "x:1", hours="1", on=date(2025, 12, 31))
    after = post_hours(person, "x:2", hours="1", on=date(2026, 1, 1))
    path = OrgUnit.objects.get(pk=old.pk).path
    OrgUnit.objects.get(pk=old.pk).move(OrgUnit.objects.get(pk=district.pk), "last-child")
    before.refresh_from_db()
    assert (before.unit_name, after.unit_name) == ("旧单位", "新单位")
    assert before.unit_path == path != OrgUnit.objects.get(pk=old.pk).path


@pytest.mark.parametrize(
    "statement", ["UPDATE tracker_entry SET hours = 99", "DELETE FROM tracker_entry"]
)
def test_the_database_refuses_to_change_or_delete_a_row(person, statement):
    post_hours(person, "x:1", hours="1")
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert Entry.objects.get().hours == 1


def test_the_database_refuses_to_change_a_seal():
    LedgerHead.objects.create(
        number=1, tree_size=0, root_hash="", sealed_at=NOW, key_id="", signature=""
    )
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        LedgerHead.objects.update(tree_size=1)


def test_without_the_trigger_the_change_would_go_through(person):
    """Negative control: it is the trigger that refuses, nothing else."""
    post_hours(person, "x:1", hours="1")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP TRIGGER tracker_entry_append_only ON tracker_entry")
        else:
            cursor.execute("DROP TRIGGER tracker_entry_no_update")
        cursor.execute("UPDATE tracker_entry SET hours = 99")
    assert Entry.objects.get().hours == 99


def postings(person, many):
    return (
        operations.Posting(
            person_id=person.pk,
            source=f"import:{n}",
            bucket=Bucket.ONLINE,
            title="课程",
            occurred_from=date(2026, 1, 1),
            occurred_to=date(2026, 1, 2),
            measures=Measures(Decimal(1)),
            confirmer=Confirmer.PLATFORM,
            recorded_at=NOW - timedelta(days=30),
        )
        for n in range(many)
    )


def test_many_postings_cost_a_few_statements_a_thousand_and_are_idempotent(
    person, django_assert_max_num_queries
):
    with django_assert_max_num_queries(14):
        assert operations.credit_many(postings(person, 3000), now=NOW, refresh=False) == 3000
    assert operations.credit_many(postings(person, 3001), now=NOW, refresh=False) == 1
    assert Entry.objects.first().recorded_at == NOW - timedelta(days=30)


def test_many_postings_are_all_or_nothing(person):
    good = list(postings(person, 3))
    bad = operations.Posting(
        **{**good[0].__dict__, "source": "bad", "measures": Measures(events=0)}
    )
    with pytest.raises(operations.InvalidPosting):
        operations.credit_many([*good, bad], now=NOW)
    assert not Entry.objects.exists()


def test_many_postings_become_the_rows_that_single_ones_would(person):
    unit = OrgUnitFactory()
    told = {
        "bucket": Bucket.CONCENTRATED,
        "title": "题" * 250,
        "occurred_from": date(2026, 1, 1),
        "occurred_to": date(2026, 1, 4),
        "measures": Measures(Decimal("1.5"), Decimal("0.25"), Decimal(3), 2),
        "confirmer": Confirmer.INSTITUTION,
        "evidence": {"rows": [1, "二", None], "quoted": 'a\tb\\n"'},
        "course": "党课\t一\n二\\三",
        "valuation": "by-day",
    }
    for subject in ({"person_id": person.pk}, {"unit_id": unit.pk}):
        single = operations.credit(**told, **subject, source=f"one:{subject}", now=NOW)
        posting = operations.Posting(**told, **subject, source=f"many:{subject}")
        assert operations.credit_many([posting, posting], now=NOW, refresh=False) == 1
        single.refresh_from_db()
        bulk = Entry.objects.get(source=f"many:{subject}")
        differ = {
            field.name
            for field in Entry._meta.concrete_fields
            if getattr(bulk, field.attname) != getattr(single, field.attname)
        }
        assert differ == {"id", "source"}


# --- several at once --------------------------------------------------------------------------------


def run_in_threads(work, times=6):
    barrier = threading.Barrier(times)
    failures = []

    def one(number):
        try:
            barrier.wait(timeout=20)
            work(number)
        except Exception as error:  # noqa: BLE001  every failure is reported by the test
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(n,)) for n in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return failures


@pytest.mark.django_db(transaction=True)
def test_parallel_postings_of_one_source_credit_once():
    person = PersonFactory()
    failures = run_in_threads(lambda n: post_hours(person, "courses.completion:17", hours="8"))
    assert failures == []
    assert Entry.objects.filter(person=person).count() == 1


@pytest.mark.django_db(transaction=True)
def test_parallel_imports_of_the_same_sources_add_each_once():
    person = PersonFactory()
    added = []

    def load(number):
        added.append(operations.credit_many(postings(person, 200), now=NOW, refresh=False))

    assert run_in_threads(load, 4) == []
    assert (sorted(added), Entry.objects.count()) == ([0, 0, 0, 200], 200)


@pytest.mark.django_db(transaction=True)
def test_parallel_postings_without_the_unique_source_would_credit_more_than_once():
    """Negative control: looking first and writing then is not enough; the constraint is."""
    person = PersonFactory()
    template = post_hours(person, "template", hours="8")
    seen = threading.Barrier(4)

    def careless(number):
        exists = Entry.objects.filter(source__startswith="careless").exists()
        seen.wait(timeout=20)
        if not exists:
            template_copy = Entry.objects.get(pk=template.pk)
            template_copy.pk = None
            template_copy.source = f"careless:{number}"  # as if sources were not unique
            template_copy.save(force_insert=True)

    assert run_in_threads(careless, 4) == []
    assert Entry.objects.filter(source__startswith="careless").count() == 4


@pytest.mark.django_db(transaction=True)
def test_parallel_reversals_take_back_once():
    entry = post_hours(PersonFactory(), "x:1", hours="8")

    def take_back(number):
        operations.reverse(entry.pk, because="重复", by_id=None, now=NOW)

    failures = run_in_threads(take_back)
    assert [type(failure) for failure in failures] == [operations.NothingToReverse] * 5
    assert hours_of(entry.person, NOW) == 0
