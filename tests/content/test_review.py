"""Two people see every text before it is published."""

from datetime import date

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from wagtail.actions.publish_page_revision import PublishPagePermissionError

from content import operations, queries
from content.models import SelfApproval, review
from people.enums import Role
from people.operations import grant_role
from tests.factories.content import NOW, policy_bytes, published_policy
from tests.factories.courses import CourseEditionFactory
from tests.factories.people import OrgUnitFactory, PersonFactory


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


# --- the review page


def review_url(page):
    return reverse("content:review", args=[page.current_workflow_task_state.pk])


def decide(client, page, decision, reason=""):
    state = page.current_workflow_task_state
    return client.post(
        reverse("content:review", args=[state.pk]),
        {"decision": decision, "reason": reason, "seen": state.revision_id},
    )


def test_desk_leads_the_second_person_to_the_review_page(client, login, editor, reviewer):
    page = imported(editor)

    assert review_url(page) in login(client, reviewer).get(reverse("content:desk")).text


def test_reviewer_reads_the_submitted_text_and_is_offered_both_decisions(
    client, login, editor, reviewer
):
    page = imported(editor)

    html = login(client, reviewer).get(review_url(page)).text

    assert "先自己读，再一起谈。" in html
    assert editor.name in html
    assert 'value="approve"' in html
    assert 'value="return"' in html


def test_approving_on_the_review_page_publishes(client, login, editor, reviewer):
    page = imported(editor)

    response = decide(login(client, reviewer), page, "approve")

    assert response.url == reverse("content:desk")
    assert live(page)


def test_returned_page_lies_on_the_submitters_desk_with_the_reason(client, login, editor, reviewer):
    page = imported(editor)

    decide(login(client, reviewer), page, "return", "第二条的日期请核对")

    assert not live(page)
    html = login(client, editor).get(reverse("content:desk")).text
    assert "第二条的日期请核对" in html
    assert reviewer.name in html


def test_page_is_not_returned_without_a_reason(client, login, editor, reviewer):
    page = imported(editor)

    response = decide(login(client, reviewer), page, "return", "  ")

    assert response.status_code == 422
    assert "errorlist" in response.text
    assert page.current_workflow_task_state.status == "in_progress"
    with pytest.raises(operations.NoReason):
        operations.return_for_changes(page.pk, by=reviewer, reason=" ")


@pytest.mark.parametrize("decision", ["approve", "return"])
def test_submitter_who_is_a_reviewer_too_decides_nothing_by_post(client, login, editor, decision):
    page = imported(editor)
    make_reviewer(editor)
    login(client, editor)

    html = client.get(review_url(page)).text
    decide(client, page, decision, "so")

    assert 'value="approve"' not in html
    assert 'value="return"' not in html
    assert not live(page)
    assert page.current_workflow_task_state.status == "in_progress"


@pytest.mark.parametrize("decision", ["approve", "return"])
def test_last_writer_decides_nothing_by_post(client, login, editor, reviewer, decision):
    page = imported(editor)
    make_editor(reviewer)
    page.get_latest_revision_as_object().save_revision(user=reviewer)

    decide(login(client, reviewer), page, decision, "so")

    assert not live(page)
    assert page.current_workflow_task_state.status == "in_progress"


def test_negative_control_without_the_guard_the_submitters_post_publishes(
    client, login, editor, monkeypatch
):
    monkeypatch.setattr(review, "authors_of", lambda task_state: set())
    monkeypatch.setattr(
        review.TwoPersonPermissions, "can_publish", review.PagePermissionTester.can_publish
    )
    page = imported(editor)
    make_reviewer(editor)

    decide(login(client, editor), page, "approve")

    assert live(page)


@pytest.mark.parametrize("decision", ["approve", "return"])
def test_editor_who_is_no_reviewer_decides_nothing_by_post(client, login, editor, decision):
    page = imported(editor)
    other = PersonFactory()
    grant_role(other, Role.EDITOR, OrgUnitFactory(), by=None, now=NOW, on=date(2026, 1, 1))

    decide(login(client, other), page, decision, "so")

    assert not live(page)
    assert page.current_workflow_task_state.status == "in_progress"


def test_review_page_is_not_there_for_a_learner_nor_for_a_task_that_is_none(
    client, login, editor, reviewer, person
):
    page = imported(editor)

    assert login(client, person).get(review_url(page)).status_code == 404
    assert decide(client, page, "approve").status_code == 404
    missing = reverse("content:review", args=[999999])
    assert login(client, reviewer).get(missing).status_code == 404


def test_decision_on_a_wording_that_changed_meanwhile_is_not_taken(client, login, editor, reviewer):
    page = imported(editor)
    login(client, reviewer)
    state = page.current_workflow_task_state
    other = page.get_latest_revision_as_object().save_revision(user=editor)
    type(state).objects.filter(pk=state.pk).update(revision=other)

    client.post(
        reverse("content:review", args=[state.pk]),
        {"decision": "approve", "seen": state.revision_id},
    )

    assert not live(page)


def test_second_decision_finds_the_first(client, login, editor, reviewer):
    page = imported(editor)
    state = page.current_workflow_task_state
    login(client, reviewer)
    decide(client, page, "return", "so")

    url = reverse("content:review", args=[state.pk])
    response = client.post(url, {"decision": "approve", "seen": state.revision_id})

    assert response.url == url
    assert not live(page)


def test_new_edition_of_a_live_text_shows_what_differs(client, login, editor, reviewer):
    page = published_policy(by=editor)
    operations.import_policy(
        policy_bytes(first="围绕岗位和兴趣选书。", day=6), edition_of=page.pk, by=editor, now=NOW
    )

    html = login(client, reviewer).get(review_url(page)).text

    assert 'class="addition"' in html
    assert "围绕岗位和兴趣选书" in html


def test_page_of_another_room_is_reviewed_in_its_own_preview(client, login, editor, reviewer):
    course = CourseEditionFactory().course
    course.title = "学习方法入门"
    course.save_revision(user=editor)
    operations.submit_for_review(course.pk, by=editor)

    html = login(client, reviewer).get(review_url(course)).text

    assert "course-items" in html
    assert "学习方法入门" in html


def test_review_page_costs_a_fixed_number_of_queries(
    client, login, editor, reviewer, django_assert_num_queries
):
    page = imported(editor)
    url = review_url(page)
    login(client, reviewer).get(url)

    with django_assert_num_queries(17):
        client.get(url)


# --- Wagtail's own editor


def test_approving_is_the_editors_main_button_for_who_may_approve(client, login, editor, reviewer):
    page = imported(editor)

    html = login(client, reviewer).get(reverse("wagtailadmin_pages:edit", args=[page.pk])).text

    footer = html[html.index("footer__container") :]
    assert footer.index('data-workflow-action-name="approve"') < footer.index("action-save")


def test_saving_stays_the_main_button_for_the_editor(client, login, editor):
    page = operations.create_page("lesson", title="x", body=[("paragraph", "<p>x</p>")], by=editor)

    html = login(client, editor).get(reverse("wagtailadmin_pages:edit", args=[page.pk])).text

    assert "data-workflow-action-name" not in html
    assert "action-save" in html


def test_editor_too_asks_for_a_reason_before_a_page_is_returned(client, login, editor, reviewer):
    page = imported(editor)
    state = page.current_workflow_task_state
    url = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "reject", state.pk])
    login(client, reviewer)

    client.post(url, {"comment": ""})
    assert page.current_workflow_task_state.status == "in_progress"

    client.post(url, {"comment": "日期请核对"})
    state.refresh_from_db()
    assert (state.status, state.comment) == ("rejected", "日期请核对")
