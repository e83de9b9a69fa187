"""A question rests on articles of the library: when one changes, or its text lapses, it waits for its author."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

import content.operations
import content.queries
from content.enums import Status
from content.models import Citation, PolicyTextPage
from exams import operations, queries
from exams.engine.items import record_from_dict
from exams.models import QuestionCite
from exams.operations import Article
from people.enums import Role
from tests.factories.content import policy_bytes, published_lesson, published_policy
from tests.factories.exams import NOW, SINGLE, make_exam, make_paper, make_question
from tests.factories.people import PersonFactory, RoleGrantFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 1)


@pytest.fixture
def text():
    return published_policy()


def citing(text, anchor):
    """A question that is ready and cites one part of a text; without an anchor, the whole of it."""
    author = PersonFactory()
    record = record_from_dict({"category": "党章", "stem": f"题 {anchor}", **SINGLE})
    question = operations.create_question(
        record, author=author, articles=[Article(text.pk, anchor, "某意见")], now=NOW
    )
    operations.submit_question_for_review(question.pk, by=author, now=NOW)
    operations.approve_question(question.pk, by=PersonFactory(), now=NOW)
    return question


def drawable():
    return {candidate.question for candidate in queries.drawable(TODAY)}


def amend(text):
    """The first part of the text reads otherwise from now on."""
    content.operations.import_policy(
        policy_bytes(first="围绕岗位选书，也选经典。", day=9),
        edition_of=text.pk,
        submit=False,
        now=NOW,
    )
    content.operations.publish_without_review(text.pk, now=NOW)


def anchors_of(text):
    return [
        shown.article.anchor
        for shown in content.queries.policy_body(text, PersonFactory()).articles
    ]


def repeal(text, on):
    draft = PolicyTextPage.objects.get(pk=text.pk)
    draft.repealed_on = on
    draft.save_revision().publish()


def flagged():
    return {citation.source for citation in Citation.objects.exclude(flagged_at=None)}


def changed_anchor(text):
    [anchor] = [
        shown.article.anchor
        for shown in content.queries.policy_body(text, PersonFactory()).articles
        if "围绕岗位" in shown.article.text
    ]
    return anchor


def test_news_that_was_lost_with_its_process_is_found_by_the_sweep(text):
    anchor = changed_anchor(text)
    changed, whole = citing(text, anchor), citing(text, "")
    same = citing(text, next(each for each in anchors_of(text) if each != anchor))
    amend(text)  # nobody runs what waits for the commit: the news is lost
    assert drawable() == {changed.pk, whole.pk, same.pk}

    assert operations.sweep(NOW)["stale"] == 2

    assert drawable() == {same.pk}
    assert operations.sweep(NOW)["stale"] == 0


def test_whoever_confirmed_or_rewrote_is_not_asked_again(text):
    anchor = changed_anchor(text)
    confirmed, rewritten = citing(text, anchor), citing(text, anchor)
    amend(text)
    operations.sweep(NOW)

    operations.confirm_cites(confirmed.pk, by=confirmed.author, now=NOW)
    operations.revise_question(
        rewritten.pk,
        record_from_dict({"category": "党章", "stem": "改过的题", **SINGLE}),
        by=rewritten.author,
        articles=[Article(text.pk, anchor, "某意见")],
        now=NOW,
    )

    assert operations.sweep(NOW)["stale"] == 0
    assert not QuestionCite.objects.exclude(stale_since=None).exists()
    assert not flagged()


def test_what_cites_a_text_is_flagged_on_the_day_of_its_repeal(
    text, django_capture_on_commit_callbacks
):
    question = citing(text, changed_anchor(text))
    lesson = published_lesson(body=[("citation", {"text": text, "anchor": changed_anchor(text)})])
    now = timezone.now()
    day = timezone.localdate(now) + timedelta(days=3)
    repeal(text, day)
    content.operations.sweep(now)
    assert not flagged()

    with django_capture_on_commit_callbacks(execute=True):
        assert content.operations.sweep(now + timedelta(days=3)) == 1

    assert {f"content.page:{lesson.pk}"} < flagged()
    assert question.pk not in drawable()
    assert content.operations.sweep(now + timedelta(days=3)) == 0


def test_a_flag_for_a_lapsed_text_that_was_looked_at_stays_away_until_it_lapses_again(text):
    lesson = published_lesson(body=[("citation", {"text": text, "anchor": changed_anchor(text)})])
    yesterday = timezone.localdate() - timedelta(days=1)
    repeal(text, yesterday)
    [citation] = Citation.objects.exclude(flagged_at=None)
    assert citation.source == f"content.page:{lesson.pk}"
    content.operations.reviewed(citation.pk, by=PersonFactory(), now=timezone.now())

    repeal(text, yesterday)
    content.operations.sweep(timezone.now())
    assert not flagged()

    repeal(text, None)
    repeal(text, yesterday)
    assert flagged()


def test_a_text_that_is_replaced_holds_no_more_from_the_day_of_the_new_one_until_that_is_withdrawn(
    text,
):
    question = citing(text, changed_anchor(text))
    now = timezone.now()
    day = timezone.localdate(now) + timedelta(days=3)
    newer = published_policy(title="关于办好读书班的规定", number=9)
    newer.replaces, newer.effective_on = text, day
    newer.save_revision().publish()
    assert not flagged()

    content.operations.sweep(now + timedelta(days=3))
    operations.sweep(now)

    assert drawable() == set()
    assert content.operations.sweep(now + timedelta(days=3)) == 0
    operations.confirm_cites(question.pk, by=question.author, now=NOW)

    newer = PolicyTextPage.objects.get(pk=newer.pk)
    newer.effective_on = timezone.localdate(now)
    newer.save_revision().publish()
    assert text.status_on(timezone.localdate(now)) == Status.SUPERSEDED
    newer.unpublish()
    assert text.status_on(timezone.localdate(now)) == Status.IN_FORCE
    assert not flagged()


def test_a_text_holds_again_when_what_replaced_it_is_said_to_replace_it_no_more(text):
    newer = published_policy(title="关于办好读书班的规定", number=9)
    newer.replaces = text
    newer.save_revision().publish()
    assert not _holds_in_search(text)

    newer = PolicyTextPage.objects.get(pk=newer.pk)
    newer.replaces = None
    newer.save_revision().publish()
    assert content.operations.sweep(timezone.now()) == 1

    assert _holds_in_search(text)
    assert content.operations.sweep(timezone.now()) == 0


def _holds_in_search(text):
    found = content.queries.search(PersonFactory(), "读书班")
    [hit] = [hit for hit in found if hit.entry.page_id == text.pk and not hit.anchor]
    return not hit.no_longer_holds


def test_whoever_holds_an_exam_is_told_that_its_paper_rests_on_a_changed_article(
    text, client, login
):
    changed, other = citing(text, changed_anchor(text)), make_question()
    now = timezone.now()
    exam = make_exam(make_paper([changed, other], now=now), now=now)
    setter = RoleGrantFactory(role=Role.QUESTION_SETTER).person
    holder = RoleGrantFactory(role=Role.TRAINING_ADMIN).person
    addresses = [
        reverse("exams:exam_page", args=[exam.pk]),
        reverse("exams:paper", args=[exam.paper_id]),
    ]
    login(client, setter)
    assert not any(changed.code in client.get(address).text for address in addresses[:1])
    amend(text)
    operations.sweep(now)

    for address in addresses:
        page = client.get(address).text
        assert f'href="/bank/{changed.pk}/"' in page
        assert f'href="/bank/{other.pk}/"' not in page
    page = login(client, holder).get(addresses[0]).text
    assert changed.code in page
    assert f'href="/bank/{changed.pk}/"' not in page


def test_the_page_and_the_search_say_that_a_text_was_repealed(text, client):
    assert "废止" not in client.get(text.url).text
    repeal(text, date(2026, 1, 1))

    assert "自2026年1月1日起不再有效" in client.get(text.url).text
    assert not _holds_in_search(text)
