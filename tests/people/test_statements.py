"""Statements of the hot paths are prepared by PostgreSQL, counted and translated like any other; queries
that are compiled once say what they would say compiled anew."""

from datetime import date, timedelta
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.models import QuerySet
from django.db.transaction import TransactionManagementError

from exams.models import Attempt
from people.models import OrgUnit, Person, RoleGrant
from people.queries import in_force
from people.statements import LONGEST, Kept, prepared_cursor
from tests.factories.exams import make_attempt
from tests.factories.people import OrgUnitFactory, PersonFactory, RoleGrantFactory

pytestmark = pytest.mark.django_db
only_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite keeps statements itself"
)


def _prepared(marker):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", [f"%{marker}%"]
        )
        return cursor.fetchone()[0]


@only_postgresql
def test_what_runs_again_is_prepared_and_what_django_runs_is_not():
    for number in range(3):
        with prepared_cursor() as cursor:
            cursor.execute("SELECT %s::integer /* kept_once */", [number])
            assert cursor.fetchone() == (number,)
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::integer /* never_kept */", [number])

    assert _prepared("kept_o_ce") == 1
    assert _prepared("never_k_pt") == 0


@only_postgresql
def test_it_is_counted_and_its_errors_are_djangos(django_assert_num_queries):
    with django_assert_num_queries(1), prepared_cursor() as cursor:
        cursor.execute("SELECT %s::integer", [1])
    with pytest.raises(ProgrammingError), transaction.atomic(), prepared_cursor() as cursor:
        cursor.execute("SELECT %s::integer FROM nothing_of_the_kind", [1])


# --- compiled once -------------------------------------------------------------------------------


@Kept
def with_unit(pk: int) -> QuerySet[Person]:
    return Person.objects.select_related("unit").filter(pk=pk)


@Kept
def among(ids: list[int]) -> QuerySet[Person, str]:
    found = Person.objects.filter(pk__in=ids).order_by("staff_number")
    return found.values_list("staff_number", flat=True)


@Kept
def roles(person_id: int, on: date) -> QuerySet[RoleGrant]:
    return RoleGrant.objects.filter(in_force(on), person_id=person_id).select_related("unit")


def test_each_call_reads_its_own_row_as_it_stands_now(django_assert_num_queries):
    one, other = PersonFactory(), PersonFactory()
    assert with_unit(one.pk) == [one]

    with django_assert_num_queries(1):
        (found,) = with_unit(other.pk)
        assert (found, found.unit.name) == (other, other.unit.name)

    Person.objects.filter(pk=one.pk).update(name="改了名")
    assert with_unit(one.pk)[0].name == "改了名"
    assert with_unit(0) == []


@Kept
def locked(pk: int) -> QuerySet[Person]:
    return Person.objects.select_for_update().filter(pk=pk)


@pytest.mark.django_db(transaction=True)
def test_a_lock_is_only_taken_within_a_transaction():
    person = PersonFactory()
    with transaction.atomic():
        assert locked(person.pk) == [person]

    with pytest.raises(TransactionManagementError):
        locked(person.pk)


def test_what_was_read_can_be_changed_and_read_further():
    person = PersonFactory()
    (found,) = with_unit(person.pk)

    found.name = "另一个名字"
    found.save()
    found.refresh_from_db(fields=["pinyin"])

    assert with_unit(person.pk)[0].name == "另一个名字"


def test_lists_of_every_length_find_what_a_plain_query_finds():
    persons = [PersonFactory() for _ in range(LONGEST + 2)]
    numbers = [person.staff_number for person in persons]
    ids = [person.pk for person in persons]

    for length in (0, 1, 2, 1, LONGEST, LONGEST + 2, 0):
        assert among(ids[:length]) == numbers[:length]


def test_days_are_compared_as_days_on_both_databases():
    grant = RoleGrantFactory(starts_on=date(2026, 1, 1), ends_on=date(2026, 7, 1))
    person = grant.person_id

    assert roles(person, date(2025, 12, 31)) == []
    assert roles(person, date(2026, 1, 1)) == [grant]
    assert roles(person, date(2026, 6, 30)) == [grant]
    assert roles(person, date(2026, 7, 1)) == []


def test_instants_and_uuids_are_compared_as_such():
    attempt = make_attempt()
    began = attempt.started_at.astimezone(ZoneInfo("Asia/Shanghai"))

    @Kept
    def begun(pk, since):
        return Attempt.objects.filter(pk=pk, started_at__gte=since)

    # The same instant told by another clock, and a second later.
    assert begun(attempt.pk, began) == [attempt]
    assert begun(attempt.pk, began + timedelta(seconds=1)) == []


def test_related_rows_are_fetched_ahead():
    parent = OrgUnitFactory()
    person = PersonFactory(unit=OrgUnitFactory(parent=parent))
    RoleGrantFactory(person=person)

    @Kept
    def with_grants(pk):
        return Person.objects.filter(pk=pk).prefetch_related("role_grants")

    (found,) = with_grants(person.pk)
    assert [grant.person_id for grant in found.role_grants.all()] == [person.pk]


def test_the_text_is_made_once_and_again_only_for_another_length():
    made = []

    @Kept
    def watched(ids, depth):
        made.append(len(ids))
        return OrgUnit.objects.filter(pk__in=ids, depth=depth)

    for ids in ([1], [2], [3, 4], [5], [6, 7]):
        watched(ids, 1)

    assert made == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_thread_reads_through_its_own_connection():
    person = PersonFactory()
    with_unit(person.pk)  # compiled here
    found = []

    def read():
        found.extend(with_unit(person.pk))
        found.append(connection.connection)
        connection.close()

    mine = connection.connection
    thread = Thread(target=read)
    thread.start()
    thread.join()

    assert found[0] == person
    assert found[1] is not None
    assert found[1] is not mine
