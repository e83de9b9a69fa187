"""What a course is worth: its own normative hours, or a rule's; and the ledger says which."""

from decimal import Decimal

import pytest
from django.test import Client

import tracker.queries
from courses import operations
from courses.models import CourseItem, CoursePage, ItemProgress
from tests.courses.test_editing import add_address, course_form, editor, with_role  # noqa: F401
from tests.factories.content import NOW, published_lesson
from tests.factories.courses import CourseEditionFactory, CoursePageFactory, EnrolmentFactory
from tests.factories.exams import ExamFactory
from tests.factories.tracker import packs_in_force

RULE = "district-2005:1/online-quota"  # forty-five minutes are an hour

pytestmark = pytest.mark.django_db


@pytest.fixture
def packs(db):
    packs_in_force("district-2005")


def frozen(course, *seconds, monkeypatch, required=True):
    """An edition of a course whose texts take so many seconds to read."""
    lengths = iter(seconds)
    monkeypatch.setattr(
        "courses.operations.editions._how_studied",
        lambda page: ("reading", next(lengths), {}),
    )
    for order, _ in enumerate(seconds):
        CourseItem.objects.create(
            course=course, page_id=published_lesson().pk, sort_order=order, required=required
        )
    return operations.freeze_edition(course.pk, now=NOW)


@pytest.mark.parametrize(
    ("seconds", "hours"),
    [
        ((2700,), "1"),  # 45 minutes
        ((2699,), "0.9"),  # a second less is not an hour
        ((1350, 1350), "1"),
        ((5400, 2700), "3"),
        ((60,), "0"),  # 0.02 of an hour is below a tenth
    ],
)
def test_a_rule_values_the_length_of_what_must_be_studied_rounded_down(
    packs, monkeypatch, seconds, hours
):
    course = CoursePageFactory(hours=Decimal(9), valuation=RULE)
    edition = frozen(course, *seconds, monkeypatch=monkeypatch)

    assert edition.hours == Decimal(hours)
    assert edition.valuation == RULE


def test_what_need_not_be_studied_is_not_valued(packs, monkeypatch):
    course = CoursePageFactory(valuation=RULE)
    CourseItem.objects.create(course=course, exam=ExamFactory(), sort_order=9)
    assert frozen(course, 5400, required=False, monkeypatch=monkeypatch).hours == 0


def test_a_course_without_a_rule_is_worth_its_own_hours(packs, monkeypatch):
    edition = frozen(CoursePageFactory(hours=Decimal(9)), 60, monkeypatch=monkeypatch)
    assert (edition.hours, edition.valuation) == (Decimal(9), "")


@pytest.mark.parametrize("rule", [RULE, ""])
def test_the_ledger_and_the_page_say_by_which_rule(packs, login, rule):
    edition = CourseEditionFactory(items=[{"length_seconds": 600}], valuation=rule)
    enrolment = EnrolmentFactory(edition=edition)
    item = edition.items.get()
    ItemProgress.objects.create(
        enrolment=enrolment, item=item, covered_ms=600_000, verified_ms=600_000
    )
    operations.complete_item(enrolment.pk, item.pk, now=NOW)
    operations.post_completion(enrolment.pk, now=NOW)
    (entry,) = tracker.queries.entries_of(enrolment.person_id, NOW)

    assert entry.valuation == (rule or tracker.queries.NORMATIVE)
    client = login(Client(), enrolment.person)
    page = client.get(f"/ledger/{entry.pk}/").content.decode()
    assert ("45 分钟" in page) == bool(rule)
    assert ("课程核定学时" in page) == (not rule)
    page = client.get(f"/courses/{enrolment.course.slug}/").content.decode()
    assert ("45 分钟" in page) == bool(rule)


def test_an_older_version_of_a_pack_still_explains_what_it_valued(packs):
    assert "45 分钟" in tracker.queries.valued_by(RULE)
    assert tracker.queries.valued_by("district-2005:2/online-quota") == (
        "district-2005:2/online-quota"
    )
    for nonsense in ("", "x", ":/", "district-2005:99999999999/x", "district-2005:一/x"):
        assert tracker.queries.length_rule(nonsense) is None


def test_the_editor_chooses_among_approved_rules_and_no_other(packs, login, editor):  # noqa: F811
    client = login(Client(), editor)
    assert "45 分钟" in client.get(add_address()).content.decode()
    form = course_form({"page": published_lesson().pk, "training_class": "", "questions": ""})
    refused = client.post(add_address(), form | {"valuation": "made-up:1/x"})
    assert "没有这条规则" in refused.content.decode()
    client.post(add_address(), form | {"valuation": RULE})
    assert CoursePage.objects.get(slug="read-a-text").valuation == RULE


def test_a_draft_pack_values_nothing(login, editor):  # noqa: F811
    assert tracker.queries.length_rules() == []
    assert tracker.queries.length_rule(RULE) is None
