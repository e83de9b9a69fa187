"""A word that is not quite right still finds what was meant, and the page says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content import nearest, queries
from content.nearest import Change
from content.words import fold
from tests.factories.content import published_lesson, published_policy

BODY = [("paragraph", "<p>党员应当学习党章，按时参加三会一课，读懂群众工作。</p>")]


@pytest.mark.parametrize(
    ("typed", "meant", "change"),
    [
        ("党张", "党章", Change.SOUND),
        ("章党", "党章", Change.SWAPPED),
        ("三会课", "三会一课", Change.MISSING),
        ("三会一一课", "三会一课", Change.EXTRA),
        ("微克课", "微党课", Change.OTHER),
        ("党章", "党章", None),
        ("党章", "规矩", None),
        ("党", "党章", None),
    ],
)
def test_one_thing_differs_between_two_words(typed, meant, change):
    assert nearest.change_between(typed, meant) == change


def test_most_ears_hear_no_difference_between_zh_and_z_or_ang_and_an():
    assert "章" in nearest.sounding_like("赞")
    assert "章" in nearest.sounding_like("张")
    assert "章" not in nearest.sounding_like("章")
    assert "章" not in nearest.sounding_like("学")


@given(st.text(alphabet="党章学习三会一课ab1", min_size=2, max_size=12))
def test_every_word_proposed_is_another_word(term):
    folded = fold(term)
    assert folded not in nearest.respelt(folded, range(len(folded)))


@given(
    st.text(alphabet="党章学习三会一课", min_size=4, max_size=10),
    st.integers(0, 9),
    st.sampled_from("微群众"),
)
def test_a_word_with_one_other_character_is_recognised_in_a_text(word, at, other):
    at %= len(word)
    typed = word[:at] + other + word[at + 1 :]

    assert word in nearest.alike_in(typed, f"我们{word}很久")


@pytest.fixture
def library(db):
    return published_policy(), published_lesson(title="群众工作一课", body=BODY)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("党张", "党章"),
        ("章党", "党章"),
        ("三会一客", "三会一课"),
        ("三会课", "三会一课"),
        ("三会一一课", "三会一课"),
        ("群总工作", "群众工作"),
        ("党张 三会一课", "党章 三会一课"),
    ],
)
def test_what_was_meant_is_found_at_once(library, person, typed, meant):
    _text, lesson = library

    found = queries.search_forgiving(person, typed)

    assert (set(found.meant.split()), found.instead) == (set(meant.split()), True)
    assert [hit.entry.page_id for hit in found.hits if not hit.in_part] == [lesson.pk]


def test_a_word_of_three_with_any_other_character_is_only_offered(library, person):
    published_lesson(title="微党课怎样讲")

    found = queries.search_forgiving(person, "微当客")
    assert not found.meant

    found = queries.search_forgiving(person, "微党山")
    assert (found.meant, found.instead) == ("微党课", False)


@pytest.mark.parametrize("typed", ["党章", "谁学习党张？", "党", "鑫淼鑫淼", "岗位 选书"])
def test_right_words_questions_and_strange_words_are_left_alone(library, person, typed):
    found = queries.search_forgiving(person, typed)

    assert (found.meant, found.instead) == ("", False)
    assert [h.entry.pk for h in found.hits] == [h.entry.pk for h in queries.search(person, typed)]


def test_a_rare_word_is_right_unless_its_like_stands_ten_times_as_often(library, person):
    published_lesson(title="党张抄错的一课")
    assert queries.search_forgiving(person, "党张").meant == ""

    for number in range(11):
        published_lesson(title=f"学党章第 {number} 讲")

    found = queries.search_forgiving(person, "党张")
    assert (found.meant, found.instead) == ("党章", False)


def test_nothing_is_proposed_from_a_text_one_may_not_read(library, client):
    html = client.get("/search/", {"q": "党张"}).content.decode()

    assert "您是不是要找" not in html
    assert "群众工作一课" not in html


def test_the_page_says_what_it_shows_and_lets_one_insist(library, client, login, person):
    client = login(client, person)
    html = client.get("/search/", {"q": "党张"}).content.decode()

    assert "没有找到“党张”" in html
    assert "exactly=1" in html
    assert "群众工作一课" in html

    html = client.get("/search/", {"q": "党张", "exactly": "1"}).content.decode()
    assert "您是不是要找" not in html
    assert "群众工作一课" not in html


def test_forgiving_costs_a_bounded_number_of_statements(
    library, person, django_assert_max_num_queries
):
    with django_assert_max_num_queries(25):
        queries.search_forgiving(person, "党张 三会一客 群总")
