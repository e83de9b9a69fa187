"""Two people see every text before it is published."""

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from wagtail.actions.publish_page_revision import PublishPagePermissionError

from content import operations, queries
from content.models import SelfApproval, review
from tests.factories.content import NOW, policy_bytes, published_policy


def imported(by):
    return operations.import_policy(policy_bytes(), by=by, now=NOW).page


def live(page):
    page.refresh_from_db()
    return page.live


def test_second_person_approves_and_the_text_is_published(editor, reviewer):
    page = imported(editor)
    assert not live(page)

    operations.approve(page.pk, by=reviewer)

    assert live(page)
    assert page.edition.published_at is not None


def test_who_submitted_may_not_approve_even_with_the_reviewers_role(editor):
    page = imported(editor)
    make_reviewer(editor)

    with pytest.raises(SelfApproval):
        operations.approve(page.pk, by=editor)
    assert not live(page)


def test_who_wrote_the_last_revision_may_not_approve(editor, reviewer):
    page = imported(editor)
    page.get_latest_revision_as_object().save_revision(user=reviewer)

    with pytest.raises(SelfApproval):
        operations.approve(page.pk, by=reviewer)
    assert not live(page)


def test_negative_control_without_the_guard_the_same_approval_publishes(editor, monkeypatch):
    monkeypatch.setattr(review, "refuse_same_person", lambda user_id, others: None)
    monkeypatch.setattr(
        review.TwoPersonPermissions, "can_publish", review.PagePermissionTester.can_publish
    )
    page = imported(editor)
    make_reviewer(editor)

    operations.approve(page.pk, by=editor)

    assert live(page)


def test_reviewer_cannot_publish_past_the_review_what_he_wrote_himself(reviewer, editor):
    make_editor(reviewer)
    page = imported(editor).get_latest_revision_as_object()
    revision = page.save_revision(user=reviewer)

    with pytest.raises(PublishPagePermissionError):
        revision.publish(user=reviewer)
    assert not live(page)


def test_approval_in_the_browser_is_refused_for_the_submitter(client, login, editor):
    page = imported(editor)
    make_reviewer(editor)
    login(client, editor)
    state = page.current_workflow_task_state

    client.post(reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", state.pk]))

    assert not live(page)


def test_approval_in_the_browser_works_for_a_second_person(client, login, editor, reviewer):
    page = imported(editor)
    login(client, reviewer)
    state = page.current_workflow_task_state

    client.post(reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", state.pk]))

    assert live(page)


def test_edit_page_offers_no_publishing_past_the_review(client, login, editor, reviewer):
    make_editor(reviewer)
    page = imported(editor)

    html = login(client, reviewer).get(reverse("wagtailadmin_pages:edit", args=[page.pk])).text

    assert "action-publish" not in html
    assert "w-workflow" in html or "workflow-action" in html


def test_desk_puts_the_text_on_the_second_persons_desk_and_not_on_the_first(editor, reviewer):
    page = imported(editor)

    assert [w.page.pk for w in queries.editor_desk(reviewer).to_review] == [page.pk]
    desk = queries.editor_desk(editor)
    assert desk.to_review == []
    assert [w.page.pk for w in desk.in_review] == [page.pk]


def test_text_sent_back_lies_on_the_editors_desk(editor, reviewer):
    page = imported(editor)
    page.current_workflow_task_state.specific.reject(user=reviewer)

    assert [w.page.pk for w in queries.editor_desk(editor).returned] == [page.pk]


def test_cited_text_cannot_be_deleted(client, login, editor):
    page = published_policy(by=editor)
    operations.cite(
        source="x:1", text_id=page.pk, anchor="i1", label="x", url="", owner_id=None, now=NOW
    )
    make_reviewer(editor)
    login(client, editor)

    client.post(reverse("wagtailadmin_pages:delete", args=[page.pk]))

    assert live(page)


def make_reviewer(person):
    _join(person, "content_reviewer")


def make_editor(person):
    _join(person, "editor")


def _join(person, name):
    person.groups.add(Group.objects.get(name=name))
    person.__dict__.pop("_group_approval_task_checks", None)


def test_person_without_the_reviewers_role_cannot_approve(editor, person):
    page = imported(editor)

    with pytest.raises(PermissionDenied):
        operations.approve(page.pk, by=person)

    assert not live(page)
    assert page.workflow_in_progress
