"""The pages of courses: who sees what, what they say, and what they cost."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from courses.models import Enrolment, ItemProgress, StudyLease
from tests.factories.courses import CourseEditionFactory, CoursePageFactory, EnrolmentFactory
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def learner(login):
    """A client signed in as a person with a unit: ``client.person``."""
    client = Client()
    client.person = PersonFactory()
    return login(client, client.person)


def test_the_catalogue_shows_what_i_began_before_what_is_on_offer(learner):
    CourseEditionFactory(title="尚未开始的课程")
    EnrolmentFactory(person=learner.person, edition=CourseEditionFactory(title="正在学的课程"))
    page = learner.get("/courses/").content.decode()

    assert page.index("正在学的课程") < page.index("尚未开始的课程")


def test_the_catalogue_narrows_to_a_theme_and_a_length(learner):
    CourseEditionFactory(title="短课", theme="ideals", items=[{"length_seconds": 600}])
    CourseEditionFactory(title="长课", theme="ideals", items=[{"length_seconds": 4000}])
    CourseEditionFactory(title="别的", theme="history")
    page = learner.get("/courses/?theme=ideals&minutes=30").content.decode()

    assert "短课" in page
    assert "长课" not in page
    assert "别的" not in page


@pytest.mark.parametrize("query", ["?theme=nonsense", "?minutes=abc", "?minutes=-5"])
def test_a_catalogue_filter_that_means_nothing_is_passed_over(learner, query):
    CourseEditionFactory(title="短课")
    assert "短课" in learner.get(f"/courses/{query}").content.decode()


def test_a_course_that_was_unpublished_is_not_found_but_stays_for_those_who_began(learner):
    course = CoursePageFactory(live=False)
    edition = CourseEditionFactory(course=course)
    assert learner.get(f"/courses/{course.slug}/").status_code == 404

    EnrolmentFactory(person=learner.person, edition=edition)
    assert learner.get(f"/courses/{course.slug}/").status_code == 200


def test_beginning_enrols_once_and_leads_to_the_first_item(learner):
    edition = CourseEditionFactory()
    for _ in range(2):
        response = learner.post(f"/courses/{edition.course.slug}/begin/")
        assert response.url == f"/courses/{edition.course.slug}/1/"

    assert Enrolment.objects.filter(person=learner.person).count() == 1


def test_a_course_may_have_a_chinese_address(learner):
    edition = CourseEditionFactory(course=CoursePageFactory(slug="读懂一份文件"))
    assert learner.get("/courses/").status_code == 200
    assert learner.get("/courses/读懂一份文件/").status_code == 200
    assert learner.post("/courses/读懂一份文件/begin/", follow=True).status_code == 200
    assert edition.enrolments.count() == 1


def test_beginning_by_a_link_alone_is_refused(learner):
    edition = CourseEditionFactory()
    assert learner.get(f"/courses/{edition.course.slug}/begin/").status_code == 405


def test_an_item_of_a_course_not_begun_leads_to_the_course(learner):
    edition = CourseEditionFactory()
    response = learner.get(f"/courses/{edition.course.slug}/1/")
    assert response.url == f"/courses/{edition.course.slug}/"


def test_what_is_another_persons_is_not_found(learner):
    theirs = EnrolmentFactory(edition=CourseEditionFactory(course=CoursePageFactory(live=False)))
    slug = theirs.course.slug
    for address in (f"/courses/{slug}/", f"/courses/{slug}/1/", f"/courses/{slug}/time/"):
        assert learner.get(address).status_code == 404
    assert learner.post(f"/courses/{slug}/begin/").status_code == 404


@pytest.mark.parametrize("position", [0, 2, 999])
def test_an_item_that_is_not_in_the_course_is_not_found(learner, position):
    enrolment = EnrolmentFactory(person=learner.person)
    assert learner.get(f"/courses/{enrolment.course.slug}/{position}/").status_code == 404


@pytest.mark.parametrize("address", ["/courses/", "/courses/mine/"])
def test_visitors_are_sent_to_sign_in(address):
    assert Client().get(address).url.startswith("/accounts/login/")


def test_an_item_whose_page_was_withdrawn_says_so(learner):
    enrolment = EnrolmentFactory(person=learner.person)
    item = enrolment.edition.items.get()
    item.page.live = False
    item.page.save()
    page = learner.get(f"/courses/{enrolment.course.slug}/1/").content.decode()

    assert "data-study-body" not in page
    assert "正在修订" in page


def test_the_course_page_tells_the_deadline_and_what_is_done(learner):
    enrolment = EnrolmentFactory(person=learner.person, deadline_on=date(2026, 12, 31))
    page = learner.get(f"/courses/{enrolment.course.slug}/").content.decode()
    assert "12月31日" in page.replace(" ", "")


# --- what a page costs -----------------------------------------------------------------------


def test_the_item_page_costs_at_most_eight_statements(learner, django_assert_max_num_queries):
    enrolment = EnrolmentFactory(
        person=learner.person, edition=CourseEditionFactory(items=[{"kind": "reading"}] * 6)
    )
    learner.get("/courses/")  # the session is in the cache from here on
    with django_assert_max_num_queries(8):
        assert learner.get(f"/courses/{enrolment.course.slug}/3/").status_code == 200


def test_the_course_page_costs_at_most_eight_statements(learner, django_assert_max_num_queries):
    enrolment = EnrolmentFactory(
        person=learner.person, edition=CourseEditionFactory(items=[{"kind": "reading"}] * 6)
    )
    learner.get("/courses/")
    with django_assert_max_num_queries(8):
        assert learner.get(f"/courses/{enrolment.course.slug}/").status_code == 200


def test_the_catalogue_costs_the_same_for_two_courses_and_for_twelve(
    learner, django_assert_max_num_queries
):
    EnrolmentFactory(person=learner.person)
    CourseEditionFactory.create_batch(11)
    learner.get("/courses/")
    with django_assert_max_num_queries(11):
        assert learner.get("/courses/").status_code == 200


def test_the_evidence_page_lists_sittings_at_a_fixed_cost(learner, django_assert_max_num_queries):
    enrolment = EnrolmentFactory(person=learner.person)
    progress = ItemProgress.objects.create(
        enrolment=enrolment, item=enrolment.edition.items.get(), covered_ms=10, verified_ms=10
    )
    for n in range(10):
        StudyLease.objects.create(
            person=learner.person,
            progress=progress,
            taken_at=NOW,
            clock_ms=0,
            heard_ms=0,
            released_at=NOW,
            verified_ms=60_000,
            lines=f'[[{1_780_000_000_000 + n},{1_780_000_060_000 + n},60000,"verified","observed"]]',
        )
    learner.get("/courses/")
    with django_assert_max_num_queries(8):
        page = learner.get(f"/courses/{enrolment.course.slug}/time/").content.decode()
    assert page.count("一分钟内报到") == 10


def test_search_finds_courses_by_title_and_summary_titles_first(login, person):
    CourseEditionFactory(title="答复群众来信", summary="把话说到点子上。")
    CourseEditionFactory(title="把话说明白", summary="写短句，也谈来信的答复。")
    withdrawn = CourseEditionFactory(title="来信旧课").course
    type(withdrawn).objects.filter(pk=withdrawn.pk).update(live=False)
    client = login(Client(), person)

    shown = client.get("/search/?q=来信 答复").content.decode()
    assert shown.index("答复群众来信") < shown.index("把话说明白")
    assert "没有找到" not in shown
    assert "来信旧课" not in shown
    assert "把话说明白" not in client.get("/search/?q=群众来信").content.decode()
    assert "答复群众来信" not in client.get("/search/?q=来信&theme=policy").content.decode()
