"""Persons are found by a piece of name or number and by spelling, by one rule on every page."""

import pytest
from django.db import connection

from people.models import Person
from people.queries import search_people
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def roster():
    for name, number, pinyin in [
        ("王小明", "QH0421", "wangxiaoming wxm"),
        ("王明", "QH1042", "wangming wm"),
        ("明小王", "X-9", "mingxiaowang mxw"),
        ("欧阳 Li_100%", "A.B", "ouyang li_100% oyl"),
    ]:
        PersonFactory(name=name, staff_number=number, pinyin=pinyin)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("王小明", {"王小明"}),
        ("小明", {"王小明"}),
        ("明", {"王小明", "王明", "明小王"}),
        ("王明", {"王明"}),
        ("王 明", {"王小明", "王明", "明小王"}),
        ("042", {"王小明", "王明"}),
        ("h042", {"王小明"}),
        ("42", set()),
        ("QH", {"王小明", "王明"}),
        ("wangxiao", {"王小明"}),
        ("Wang Xiao Ming", {"王小明"}),
        ("wxm", {"王小明"}),
        ("XM", set()),
        ("li_1", {"欧阳 Li_100%"}),
        ("LI_1", {"欧阳 Li_100%"}),
        ("i_100%", {"欧阳 Li_100%"}),
        ("%", {"欧阳 Li_100%"}),
        ("_", {"欧阳 Li_100%"}),
        ("\\", set()),
        ("王.明", set()),
        ("  ", {"王小明", "王明", "明小王", "欧阳 Li_100%"}),
    ],
)
def test_who_is_found(roster, words, found):
    assert set(search_people(Person.objects.all(), words).values_list("name", flat=True)) == found


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite reads through the names")
@pytest.mark.parametrize(
    ("words", "index"),
    [
        ("王小明", "people_person_pieces"),
        ("小明", "people_person_pieces"),
        ("明", "people_person_characters"),
        ("042", "people_person_pieces"),
        ("42", "people_person_pieces"),
        ("wangx", "people_person_pieces"),
        ("wxm", "people_person_pieces"),
    ],
)
def test_postgresql_finds_them_through_the_index(roster, words, index):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert index in search_people(Person.objects.all(), words).explain()
