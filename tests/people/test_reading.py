"""Rows read through while others write."""

import pytest
from django.db import connection

from people.models import Person
from people.reading import read_through
from tests.factories.people import PersonFactory


@pytest.mark.django_db
def test_rows_come_in_their_order_and_without_those_deleted_meanwhile(django_assert_num_queries):
    names = ["丙", "甲", "乙", "丁"]
    persons = {name: PersonFactory(name=name) for name in names}
    rows = read_through(Person.objects.filter(name__in=names).order_by("-pk"), 2)

    assert next(rows).name == "丁"
    Person.objects.filter(pk=persons["甲"].pk).delete()
    assert [each.name for each in rows] == ["乙", "丙"]


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL reads and writes side by side"
)
@pytest.mark.django_db(transaction=True)
def test_who_reads_through_can_write_although_another_has_written_meanwhile():
    first, second, third = PersonFactory.create_batch(3)
    rows = read_through(Person.objects.order_by("pk"), 2)
    assert next(rows) == first
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("UPDATE people_person SET name = '别人' WHERE id = %s", [third.pk])
    other.close()

    Person.objects.filter(pk=second.pk).update(name="自己")

    assert [each.name for each in rows] == [second.name, "别人"]
