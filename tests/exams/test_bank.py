"""A question's life, what it cites, and how papers are drawn from the bank."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

import content.operations
from content.signals import article_changed
from exams import operations, queries
from exams.engine.items import record_from_dict
from exams.models import BlueprintRow, Category, Paper, QuestionCite
from exams.operations import Article
from people.enums import Role
from tests.factories.exams import NOW, SINGLE, make_exam, make_question
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 1)


@pytest.fixture
def posted(monkeypatch):
    """What is posted to content, without a library: (verb, source)."""
    log = []
    monkeypatch.setattr(
        content.operations, "cite", lambda **fields: log.append(("cite", fields["source"]))
    )
    monkeypatch.setattr(content.operations, "uncite", lambda source: log.append(("uncite", source)))
    return log


def citing(question_articles, **fields):
    author = PersonFactory()
    record = record_from_dict({"category": "党章", "stem": "题", **SINGLE, **fields})
    question = operations.create_question(
        record, author=author, articles=question_articles, now=NOW
    )
    operations.submit_question_for_review(question.pk, by=author, now=NOW)
    operations.approve_question(question.pk, by=PersonFactory(), now=NOW)
    return question


def drawable():
    return {candidate.question for candidate in queries.drawable(TODAY)}


def test_what_a_question_cites_is_posted_under_its_own_name(posted):
    question = citing([Article(7, "a5", "某条例 第五条")])
    assert posted == [("cite", f"exams.question:{question.pk}:7:a5")]
    operations.revise_question(
        question.pk, record_from_dict({"category": "党章", "stem": "题", **SINGLE}),
        by=question.author, articles=[Article(7, "a6", "某条例 第六条")], now=NOW,
    )  # fmt: skip
    assert posted[1:] == [
        ("uncite", f"exams.question:{question.pk}:7:a5"),
        ("cite", f"exams.question:{question.pk}:7:a6"),
    ]


def test_a_question_whose_article_changed_is_not_drawn_and_lies_on_its_authors_desk(posted):
    question = citing([Article(7, "a5", "某条例 第五条")])
    other = citing([Article(7, "a6", "某条例 第六条")])
    assert drawable() == {question.pk, other.pk}
    article_changed.send(sender=None, text_id=7, anchors=["a5", "a9"])
    assert drawable() == {other.pk}
    assert queries.setter_desk(question.author).stale == 1
    assert queries.setter_desk(other.author).stale == 0
    operations.confirm_cites(question.pk, by=question.author, now=NOW)
    assert drawable() == {question.pk, other.pk}
    assert not QuestionCite.objects.filter(stale_since__isnull=False).exists()


def test_a_stale_question_cannot_be_handed_in_for_review(posted):
    question = citing([Article(7, "a5", "某条例 第五条")])
    record = record_from_dict({"category": "党章", "stem": "题", **SINGLE})
    operations.revise_question(
        question.pk, record, by=question.author, articles=[Article(7, "a5", "x")], now=NOW
    )
    operations.flag_cites(7, ["a5"], now=NOW)
    with pytest.raises(operations.QuestionRefused, match="stale"):
        operations.submit_question_for_review(question.pk, by=question.author, now=NOW)


def test_nobody_approves_his_own_question_nor_his_own_wording():
    question = make_question(ready=False)
    editor = PersonFactory()
    record = record_from_dict({"category": "党章", "stem": "改", **SINGLE})
    operations.revise_question(question.pk, record, by=editor, now=NOW)
    operations.submit_question_for_review(question.pk, by=editor, now=NOW)
    for wrote in (question.author, editor):
        with pytest.raises(operations.QuestionRefused, match="own_question"):
            operations.approve_question(question.pk, by=wrote, now=NOW)
    operations.approve_question(question.pk, by=PersonFactory(), now=NOW)


@pytest.mark.parametrize(
    ("fields", "drawn"),
    [
        ({}, True),
        ({"valid_from": "2026-06-01"}, True),
        ({"valid_from": "2026-06-02"}, False),
        ({"valid_to": "2026-06-02"}, True),
        ({"valid_to": "2026-06-01"}, False),
    ],
)
def test_a_question_is_drawn_from_its_first_day_until_before_its_last(fields, drawn):
    question = make_question(**fields)
    assert (question.pk in drawable()) is drawn


def test_drafts_and_retired_questions_are_not_drawn():
    make_question(ready=False)
    retired = make_question()
    operations.retire_question(retired.pk, by=PersonFactory(), now=NOW)
    assert drawable() == set()


def test_a_blueprint_counts_the_categories_below_and_tells_what_is_missing():
    for _ in range(7):
        make_question(category="党史/新中国史")
    rows = [
        BlueprintRow(category=Category.objects.get(full_name="党史"), count=10, points=Decimal(2))
    ]
    blueprint = operations.create_blueprint("季考", rows, by=PersonFactory(), now=NOW)
    with pytest.raises(operations.NotFeasible) as refusal:
        operations.draw_paper(blueprint.pk, seed="s", by=PersonFactory(), now=NOW, on=TODAY)
    assert (refusal.value.report[0].ready, refusal.value.report[0].wanted) == (7, 10)
    assert not Paper.objects.exists()


def test_the_same_seed_draws_the_same_paper():
    for _ in range(10):
        make_question()
    rows = [BlueprintRow(count=4, points=Decimal(2))]
    blueprint = operations.create_blueprint("季考", rows, by=PersonFactory(), now=NOW)
    papers = [
        operations.draw_paper(blueprint.pk, seed=seed, by=PersonFactory(), now=NOW, on=TODAY)
        for seed in ("一", "一", "二")
    ]
    first, again, other = [list(p.items.values_list("version_id", flat=True)) for p in papers]
    assert first == again != other
    assert papers[0].points == 8


def test_an_exam_on_a_blueprint_draws_a_paper_for_each_candidate():
    for _ in range(12):
        make_question()
    rows = [BlueprintRow(count=5, points=Decimal(2))]
    blueprint = operations.create_blueprint("季考", rows, by=PersonFactory(), now=NOW)
    exam = make_exam(blueprint_id=blueprint.pk)
    drawn = set()
    for _ in range(4):
        attempt = operations.start_attempt(exam.pk, PersonFactory(), now=NOW)
        assert [line.points for line in queries.sheet_of(attempt)] == [Decimal(2)] * 5
        drawn.add(tuple(version for version, _ in attempt.drawn))
        operations.submit_attempt(attempt.pk, now=NOW + timedelta(minutes=1))
        assert operations.grade_attempt(attempt.pk, now=NOW)
    assert len(drawn) > 1


def test_an_unpublished_paper_cannot_be_sat():
    question = make_question()
    paper = operations.compose_paper(
        "卷", [(question.current_id, Decimal(2))], by=PersonFactory(), now=NOW
    )
    with pytest.raises(operations.PaperRefused):
        make_exam(paper)


def test_a_paper_takes_only_questions_that_are_ready():
    question = make_question(ready=False)
    with pytest.raises(operations.PaperRefused):
        operations.compose_paper(
            "卷", [(question.current_id, Decimal(2))], by=PersonFactory(), now=NOW
        )


def test_a_reviewer_sees_what_a_new_version_changes_of_the_approved_one(client, login, role):
    question = make_question({**SINGLE, "stem": "第几条"})
    for key in ("C", "A"):  # two drafts: compared is what papers ask, not what was saved between
        plain = {**SINGLE, "code": question.code, "category": "党章党规/党章", "stem": "第几条"}
        author = question.author
        operations.revise_question(
            question.pk, record_from_dict({**plain, "key": key}), by=author, now=NOW
        )
    operations.submit_question_for_review(question.pk, by=author, now=NOW)
    login(client, role(Role.QUESTION_REVIEWER))

    page = client.get(f"/bank/{question.pk}/").content.decode()

    assert "与版本 1 相比" in page
    changes = page.split('<dl class="changes">')[1].split("</dl>")[0]
    assert "<dt>正确答案</dt>" in changes
    assert "对的" in changes
    assert "错一" in changes
    assert "版本 1　审核通过" in page
