"""Chinese words of two characters are found, titles first, with the words marked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content import queries
from content.words import bigrams, fold, snippet, terms
from tests.factories.content import published_lecture, published_lesson, published_policy


@pytest.fixture
def library(db):
    text = published_policy()
    lecture = published_lecture(title="读书班怎样开")
    lesson = published_lesson(
        title="办公室的一天", body=[("paragraph", "<p>Ｗｏｒｄ文档 与读书。</p>")]
    )
    return text, lecture, lesson


def found(person, query, **filters):
    return [(h.entry.page_id, h.anchor) for h in queries.search(person, query, 50, **filters)]


def test_two_character_word_in_the_middle_of_a_sentence_is_found(library, person):
    text, *_ = library

    assert found(person, "岗位") == [(text.pk, "i1")]


def test_titles_come_before_texts(library, person):
    text, lecture, lesson = library

    hits = found(person, "读书")

    assert set(hits[:2]) == {(text.pk, ""), (lecture.pk, "")}
    assert (lesson.pk, "") in hits[2:]


def test_all_words_must_be_found(library, person):
    text, *_ = library

    assert found(person, "岗位 选书") == [(text.pk, "i1")]
    assert found(person, "岗位 航天") == []


def test_width_and_case_make_no_difference(library, person):
    *_, lesson = library

    assert found(person, "word文档") == [(lesson.pk, "")]
    assert found(person, "ＷＯＲＤ 文档") == [(lesson.pk, "")]


def test_number_of_a_document_is_found(library, person):
    text, *_ = library

    assert found(person, "晴委发〔2026〕7号")[0] == (text.pk, "")


def test_near_miss_falls_back_to_pairs_of_characters(library, person):
    text, *_ = library

    assert (text.pk, "i1") in found(person, "选书岗位选") or found(person, "岗位选") == [
        (text.pk, "i1")
    ]


def test_words_are_marked(library, person):
    hit = queries.search(person, "岗位")[0]

    assert ("岗位", True) in hit.pieces


def test_filters_narrow_the_search(library, person):
    _, lecture, _ = library

    assert found(person, "读书", kind="lecture") == [(lecture.pk, "")]
    assert found(person, "读书", theme="history") == []


@pytest.mark.parametrize(
    "query", ["", "   ", "。", "%", "_", "'; DROP TABLE", "\x00", "a" * 500, "（）"]
)
def test_strange_queries_find_nothing_and_break_nothing(library, person, query):
    assert queries.search(person, query) == []


@given(st.text(max_size=60), st.text(max_size=10))
def test_snippet_is_cut_from_the_text_and_marks_only_what_was_asked(text, query):
    wanted = terms(query)
    pieces = snippet(text, wanted)

    shown = "".join(words for words, _ in pieces).strip("…")
    assert shown in text.replace("\n", " ") or not shown
    for words, marked in pieces:
        if marked:
            assert fold(words) in wanted or any(term in fold(words) for term in wanted)


def test_bigrams_of_a_word():
    assert bigrams("党章程") == ["党章", "章程"]
    assert bigrams("党") == ["党"]
    assert bigrams("") == []
