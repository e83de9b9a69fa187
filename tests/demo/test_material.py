"""The demo's written material holds together: what cites, cites what is there."""

import json
from collections import Counter
from itertools import pairwise

import pytest
from django.core.files.base import ContentFile

from content import articles
from content.media_check import CheckMedia
from demo import library
from exams.engine.items import InvalidItem, record_from_dict


@pytest.fixture(scope="module")
def anchors():
    parsed = {slug: articles.parse(library.text(slug).decode()) for slug in library.TEXTS}
    by_slug = {slug: {node.anchor for node in policy.nodes} for slug, policy in parsed.items()}
    by_number = {policy.number: by_slug[slug] for slug, policy in parsed.items()}
    return by_slug | by_number


@pytest.mark.parametrize("slug", library.TEXTS)
def test_a_policy_text_parses_whole_and_without_a_doubt(slug):
    policy = articles.parse(library.text(slug).decode())
    assert not policy.doubts
    assert policy.number
    assert policy.mark == articles.PublicationMark.PUBLIC
    assert policy.issued_on.year == 2025
    counted = [node for node in policy.nodes if node.anchor[0] in "ai" and "-" not in node.anchor]
    assert 15 <= len(counted) <= 40


def test_every_question_is_valid_and_cites_an_article_that_exists(anchors):
    records = [record_from_dict(question) for question in library.questions()]
    assert len(records) == 154
    for record in records:
        assert record.cites, record.code
        for cite in record.cites:
            assert cite.anchor in anchors[cite.text], record.code


def test_a_question_whose_key_is_no_option_would_be_noticed():
    broken = next(q for q in library.questions() if q["type"] == "single") | {"key": "E"}
    with pytest.raises(InvalidItem):
        record_from_dict(broken)


def test_codes_and_stems_are_there_once():
    found = library.questions()
    for field in ("code", "stem"):
        assert max(Counter(question[field] for question in found).values()) == 1


def test_the_right_option_is_neither_known_by_its_place_nor_by_its_length():
    singles = [question for question in library.questions() if question["type"] == "single"]
    places = Counter(question["key"] for question in singles)
    assert max(places.values()) - min(places.values()) <= 2
    longest = 0
    for question in singles:
        right = question["options"]["ABCD".index(question["key"])]
        longest += all(len(right) > len(other) for other in question["options"] if other != right)
    assert longest < len(singles) * 0.3


def test_every_type_of_the_brief_occurs():
    types = {question["type"] for question in library.questions()}
    assert types == {
        "single", "multiple", "true_false", "fill_in", "numeric", "matching", "ordering",
        "short_answer", "essay", "case",
    }  # fmt: skip


def test_what_candidates_wrote_answers_the_questions_and_keeps_to_their_length():
    by_code = {q["code"]: record_from_dict(q).item for q in library.questions()}
    for code, said in library.written_answers().items():
        item = by_code[code]
        for each in said:
            if item.type == "essay":
                assert item.min_length <= len(each) <= item.max_length, each
            else:
                assert len(each) == len(item.parts), each


def test_the_topic_gathers_what_there_is():
    titles = {
        item["title"] for course in library.courses() for item in course.items if "title" in item
    }
    titles.add(library.lecture()["title"])
    slugs = {course.slug for course in library.courses()}
    for part in library.topic()["parts"]:
        assert set(part.get("titles", [])) <= titles
        assert set(part.get("courses", [])) <= slugs
        assert set(part.get("texts", [])) <= set(library.TEXTS)


def test_every_course_has_a_lesson_to_read_and_cites_what_exists(anchors):
    courses = library.courses()
    assert len(courses) == 12
    titles = {course.title for course in courses}
    categories = {question["category"] for question in library.questions()}
    assert {f"课程/{title}" for title in titles} <= categories
    for course in courses:
        assert 800 <= len(course.body) <= 1500, course.slug
        kinds = Counter(kind for kind, _ in course.blocks)
        assert kinds["question"] == 1, course.slug
        assert kinds["table"] == 1, course.slug
        for slug, anchor in course.cites:
            assert anchor in anchors[slug], course.slug
        quoted = [value for kind, value in course.blocks if kind == "quotation"]
        assert quoted, course.slug
        assert all(each["source"] for each in quoted), course.slug


def test_markdown_that_the_lessons_do_not_know_is_refused():
    with pytest.raises(ValueError, match="not prose"):
        list(library.lesson_blocks("## 案例：一\n\n| 表 | 格 |"))


def test_the_lecture_is_a_film_of_five_to_ten_minutes_with_captions_in_order():
    film = library.lecture_file("webm")
    assert film.stat().st_size < 1_000_000
    CheckMedia()(ContentFile(film.read_bytes(), name=film.name))
    said = library.lecture()
    assert 300 <= said["seconds"] <= 600
    cues = said["cues"]
    assert all(first["end"] <= second["start"] for first, second in pairwise(cues))
    assert cues[-1]["end"] < said["seconds"]
    captions = library.lecture_file("vtt").read_text(encoding="utf-8")
    assert captions.startswith("WEBVTT")
    assert [cue["text"] for cue in cues] == [
        line for line in captions.splitlines()[1:] if line and "-->" not in line
    ]
    assert json.dumps(said["chapters"])
