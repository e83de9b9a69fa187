"""Editors make courses in Wagtail's admin; a second person publishes them."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import Page

from content.operations import submit_for_review
from courses import operations
from courses.models import CatalogPage, CourseEdition, CoursePage
from people.enums import Role
from people.models import Person
from people.operations import grant_role
from tests.factories.content import NOW, published_lesson
from tests.factories.courses import CourseEditionFactory, CoursePageFactory, EnrolmentFactory
from tests.factories.exams import ExamFactory, make_question
from tests.factories.people import OrgUnitFactory, PersonFactory

pytestmark = pytest.mark.django_db


def with_role(role):
    person = PersonFactory()
    grant_role(person, role, OrgUnitFactory(), by=None, now=NOW, on=date(2026, 1, 1))
    return person


@pytest.fixture
def editor(db):
    return with_role(Role.EDITOR)


@pytest.fixture
def reviewer(db):
    return with_role(Role.CONTENT_REVIEWER)


def course_form(*items, **fields):
    """What the admin's form posts for a course with these items."""
    data = {
        "title": "读懂一份文件",
        "slug": "read-a-text",
        "summary": "学会用四个问题读文件。",
        "theme": "policy",
        "speaker": "",
        "hours": "2",
        "credits": "0",
        "grants_certificate": "on",
        "items-TOTAL_FORMS": str(len(items)),
        "items-INITIAL_FORMS": "0",
        "items-MIN_NUM_FORMS": "1",
        "items-MAX_NUM_FORMS": "1000",
        "comments-TOTAL_FORMS": "0",
        "comments-INITIAL_FORMS": "0",
        "comments-MIN_NUM_FORMS": "0",
        "comments-MAX_NUM_FORMS": "",
        **fields,
    }
    for n, item in enumerate(items):
        values = {"page": "", "exam": "", "title": "", "required": "on", "min_share": "80", **item}
        data |= {f"items-{n}-{name}": str(value) for name, value in values.items()}
        data |= {f"items-{n}-ORDER": str(n + 1), f"items-{n}-id": "", f"items-{n}-DELETE": ""}
    return data


def add_address():
    return reverse(
        "wagtailadmin_pages:add", args=["courses", "coursepage", CatalogPage.objects.get().pk]
    )


def test_an_editor_writes_a_course_and_a_reviewer_publishes_it(login, editor, reviewer):
    client = login(Client(), editor)
    assert client.get(add_address()).status_code == 200
    form = course_form({"page": published_lesson().pk}, {"exam": ExamFactory().pk})
    client.post(add_address(), form | {"action-submit": "1"})

    course = CoursePage.objects.get(slug="read-a-text")
    assert not course.live
    assert not CourseEdition.objects.exists()

    task = course.current_workflow_task_state
    task.specific.approve(user=reviewer)
    edition = CourseEdition.objects.get(course=course)
    assert [item.kind for item in edition.items.all()] == ["reading", "exam"]


def test_an_editor_cannot_publish_alone(login, editor):
    client = login(Client(), editor)
    form = course_form({"page": published_lesson().pk})
    client.post(add_address(), form | {"action-publish": "1"})

    assert not CoursePage.objects.get(slug="read-a-text").live


@pytest.mark.parametrize("both", [True, False])
def test_an_item_is_a_page_or_an_exam_never_both_and_never_neither(login, editor, both):
    client = login(Client(), editor)
    item = {"page": published_lesson().pk, "exam": ExamFactory().pk} if both else {}
    response = client.post(add_address(), course_form(item) | {"action-submit": "1"})

    assert response.status_code == 200
    assert not CoursePage.objects.filter(slug="read-a-text").exists()


@pytest.mark.parametrize("questions", ["", "CS-0"])
def test_a_draft_saves_itself_with_an_item_half_done(login, editor, questions):
    client = login(Client(), editor)
    form = course_form({"questions": questions})
    saved = client.post(add_address(), form, headers={"accept": "application/json"})

    assert saved.json()["success"]
    course = CoursePage.objects.get(slug="read-a-text")
    address = reverse("wagtailadmin_pages:edit", args=[course.pk])
    refused = client.post(address, form | {"action-submit": "1"})
    assert refused.status_code == 200
    assert not CoursePage.objects.get(pk=course.pk).workflow_in_progress


def test_an_item_with_nothing_chosen_is_no_item_of_an_edition():
    course = CoursePageFactory()
    course.items.create(required=True)
    assert operations.freeze_edition(course.pk, now=NOW) is None


def test_a_course_may_not_take_the_address_of_my_courses(login, editor):
    client = login(Client(), editor)
    client.post(add_address(), course_form({"page": published_lesson().pk}, slug="mine"))
    assert not CoursePage.objects.exists()


def test_a_cancelled_exam_is_not_offered_to_editors(login, editor):
    exam = ExamFactory(title="已取消的考试")
    type(exam).objects.filter(pk=exam.pk).update(cancelled_at=NOW)
    assert "已取消的考试" not in login(Client(), editor).get(add_address()).content.decode()


def test_a_page_that_was_studied_is_not_deleted(login):
    page = EnrolmentFactory().edition.items.get().page
    client = login(Client(), Person.objects.create_superuser("ROOT", "管理员"))
    client.post(reverse("wagtailadmin_pages:delete", args=[page.pk]))

    assert Page.objects.filter(pk=page.pk).exists()


def test_the_address_of_the_page_in_wagtail_leads_to_the_course(login, person):
    enrolment = EnrolmentFactory(person=person)
    assert enrolment.course.serve(None).url == f"/courses/{enrolment.course.slug}/"
    assert CatalogPage.objects.get().serve(None).url == "/courses/"


def test_the_preview_shows_the_draft(login, editor):
    client = login(Client(), editor)
    first = CourseEditionFactory(title="先修的课程").course
    question = make_question(stem="谁可以批准？")
    form = course_form(
        {"page": published_lesson(title="先读规定").pk, "min_share": 70},
        {"questions": question.code, "min_share": 60},
        prerequisites=[first.pk],
    )
    address = reverse(
        "wagtailadmin_pages:preview_on_add",
        args=["courses", "coursepage", CatalogPage.objects.get().pk],
    )
    assert client.post(address, form).json()["is_valid"]
    shown = client.get(address).content.decode()
    for said in ["先读规定", "至少学完 70%", "至少答对 60%", "谁可以批准？", first.title]:
        assert said in shown


def test_a_review_shows_of_a_changed_course_only_what_differs(login, editor, reviewer):
    course = CoursePageFactory()
    titles = ["先读规定", "再读办法", "后读细则"]
    for n, title in enumerate(titles):
        course.items.create(page_id=published_lesson(title=title).pk, sort_order=n)
    course.save_revision().publish()
    draft = course.get_latest_revision_as_object()
    first, second, _third = draft.items.all()
    first.min_share = 60
    draft.items = [first]
    second.sort_order, first.sort_order = 0, 1
    draft.items = [second, first]
    draft.save_revision(user=editor)
    submit_for_review(course.pk, by=editor)

    task = course.current_workflow_task_state
    page = login(Client(), reviewer).get(reverse("content:review", args=[task.pk])).content.decode()
    shown = page[page.index('id="differences"') : page.index('id="asread"')]
    assert "次序有变动" in shown
    assert "先读规定" in shown
    assert "再读办法" not in shown
    assert 'class="difference deletion"' in shown
    assert "后读细则" in shown
    assert "True" not in shown


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_questions_of_a_self_check_are_chosen_from_the_bank_one_after_another(
    page, live_server, login, editor
):
    codes = [make_question(stem=stem).code for stem in ("谁可以批准？", "谁可以申请？")]
    cookie = login(Client(), editor).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(live_server.url + add_address())

    for code in codes:
        page.click("[data-panel] [data-question-field] button")
        page.click(f"[data-question-choice='{code}']")
    assert page.input_value("[name=items-0-questions]") == " ".join(codes)
