"""What packages tell: kept, bounded, a condition to completion and never time."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from content import operations as content
from content import passes
from content.models import Package, PackagePage
from courses import operations, queries
from courses.enums import PackageStatus
from courses.models import CourseEdition, CourseItem, EditionItem, ItemProgress, PackageReport
from demo import library
from tests.courses.study_helpers import StudyPage
from tests.factories.content import NOW
from tests.factories.courses import CoursePageFactory, EnrolmentFactory
from tests.factories.courses import study_page as plain_page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def stored(name="petition-reply"):
    return content.add_package(ContentFile(library.package(name), name="p.zip"))


def published(package=None, **fields):
    fields = {"title": "来信这样答复", "minutes": 1, **fields}
    page = content.create_page("package", package=package or stored(), **fields)
    content.publish_without_review(page.pk, now=NOW)
    return PackagePage.objects.get(pk=page.pk)


def enrolled(page=None, **item):
    course = CoursePageFactory()
    page = page or published()
    CourseItem.objects.create(course=course, page_id=page.pk, min_share=80, **item)
    return EnrolmentFactory(edition=operations.freeze_edition(course.pk, now=NOW))


def tell(page: StudyPage, status="passed", *, part=0, score=100, model=None, token=None):
    return page.client.post(
        reverse("courses:api_told"),
        json.dumps(
            {
                "token": token or page.token,
                "part": part,
                "status": status,
                "score": score,
                "model": model,
            }
        ),
        content_type="application/json",
    )


def work(page: StudyPage, seconds):
    for _ in range(0, seconds, 10):
        page.wait(10)
        page.tick(0, 60, 10)
        page.send()


def completed(enrolment):
    return ItemProgress.objects.get(enrolment=enrolment).completed_at is not None


def test_time_and_report_together_complete_the_item_whichever_comes_last(study_page):
    enrolment = enrolled()
    page = study_page(enrolment)
    work(page, 50)
    assert not completed(enrolment)
    assert tell(page).json() == {"state": "ok", "completed": True, "course_completed": True}
    assert completed(enrolment)

    second = enrolled(published(title="另一个"))
    page = study_page(second)
    assert tell(page).json()["completed"] is False
    work(page, 50)
    assert completed(second)
    assert page.answers[-1]["course_completed"]


def test_a_forged_report_earns_no_time(study_page):
    enrolment = enrolled()
    page = study_page(enrolment)
    for _ in range(20):
        assert tell(page).status_code == 200

    progress = ItemProgress.objects.get(enrolment=enrolment)
    assert (progress.verified_ms, progress.plausible_ms, progress.covered_ms) == (0, 0, 0)
    assert progress.completed_at is None
    with pytest.raises(operations.NotProven):
        operations.complete_item(enrolment.pk, progress.item_id, now=NOW)


def test_a_package_earns_no_more_time_than_its_minutes(study_page):
    enrolment = enrolled()
    page = study_page(enrolment)
    work(page, 200)

    assert ItemProgress.objects.get().verified_ms == 60_000


def test_a_package_that_need_not_report_is_completed_by_time(study_page):
    enrolment = enrolled(published(must_report=False))
    work(study_page(enrolment), 50)

    assert completed(enrolment)


def test_every_part_must_report_and_a_part_begun_anew_stays_done(study_page):
    enrolment = enrolled(published(stored("minutes-check")))
    page = study_page(enrolment)
    work(page, 60)
    tell(page, "completed", part=0, score=None)
    assert not completed(enrolment)
    tell(page, "incomplete", part=0, score=None)
    tell(page, "passed", part=1, score=83.333)

    assert completed(enrolment)
    told = queries.told_by_packages(enrolment.pk)[enrolment.edition.items.get().pk]
    assert told.score_percent == Decimal("83.33")
    assert told.status == PackageStatus.INCOMPLETE


def test_a_failed_package_does_not_complete_the_item(study_page):
    enrolment = enrolled()
    page = study_page(enrolment)
    work(page, 60)
    tell(page, "failed", score=25)

    assert not completed(enrolment)
    course = page.client.get(f"/courses/{enrolment.course.slug}/").content.decode()
    assert "课件尚未报告完成" in course


def test_the_window_that_lost_the_lease_overwrites_nothing(study_page, login, clock):
    enrolment = enrolled()
    first = study_page(enrolment)
    tell(first, "incomplete", model={"suspend_data": "erst"})
    second = StudyPage(login(Client(), enrolment.person), clock)
    second.take(enrolment, enrolment.edition.items.get())
    tell(second, "incomplete", model={"suspend_data": "dann"})
    answer = tell(first, "incomplete", model={"suspend_data": "alt"})

    assert answer.json()["state"] == "lost"
    assert json.loads(PackageReport.objects.get().state) == {"suspend_data": "dann"}


def test_the_last_report_is_kept_also_when_the_page_has_said_good_bye(study_page):
    page = study_page(enrolled())
    operations.release_lease(ItemProgress.objects.get().leases.get().pk, now=NOW)

    assert tell(page, "incomplete").json()["state"] == "ok"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"status": "mastered"}, 400),
        ({"score": 101}, 400),
        ({"score": -1}, 400),
        ({"score": "90"}, 400),
        ({"part": 1}, 404),
        ({"part": -1}, 404),
        ({"model": "text"}, 400),
        ({"model": {"suspend_data": "x" * operations.STATE_TO}}, 413),
        ({"token": "forged"}, 403),
    ],
)
def test_what_no_player_tells_is_refused_and_nothing_kept(study_page, change, status):
    page = study_page(enrolled())

    assert tell(page, **change).status_code == status
    assert not PackageReport.objects.exists()


def test_a_body_beyond_every_report_is_refused(study_page):
    page = study_page(enrolled())
    assert tell(page, model={"x": "y" * 7 * operations.STATE_TO}).status_code == 413


def test_a_lease_of_a_text_tells_nothing(study_page, two_items):
    assert tell(study_page(two_items)).status_code == 404


def test_a_new_version_is_a_new_edition_and_who_began_keeps_the_old(study_page):
    page = published(first := stored())
    enrolment = enrolled(page)
    second = stored("minutes-check")
    page.package = second
    page.save_revision(clean=False)
    content.publish_without_review(page.pk, now=NOW + timedelta(days=1))

    old, new = CourseEdition.objects.filter(course=enrolment.course).order_by("number")
    assert (old.items.get().package_id, new.items.get().package_id) == (first.pk, second.pk)
    assert old.items.get().part_count == 1
    assert new.items.get().part_count == 2
    enrolment.refresh_from_db()
    assert enrolment.edition_id == old.pk


def test_the_sweep_finds_a_new_version_whose_signal_was_lost():
    page = published()
    enrolment = enrolled(page)
    page.package = stored("minutes-check")
    page.last_published_at = datetime.now(tz=UTC) + timedelta(hours=1)
    page.save()

    assert operations.sweep(page.last_published_at + timedelta(minutes=1)).editions == 1
    assert operations.sweep(page.last_published_at + timedelta(minutes=2)).editions == 0
    assert enrolment.course.editions.count() == 2


def test_frozen_items_still_never_change():
    enrolled()
    item = EditionItem.objects.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        EditionItem.objects.filter(pk=item.pk).update(part_count=2)


def test_the_ledger_and_ones_own_data_have_what_the_package_told(study_page):
    enrolment = enrolled()
    page = study_page(enrolment)
    tell(page, "passed", score=75)
    work(page, 60)

    (item,) = operations.completion._evidence(enrolment)["items"]
    assert item["told_by_package"] == {"status": "passed", "score_percent": "75.00"}
    section = next(each for each in queries.own_data(enrolment.person) if each.name == "packages")
    assert len(section.rows) == 1


def test_the_page_of_a_package_costs_a_fixed_number_of_queries(
    study_page, django_assert_num_queries
):
    enrolment = enrolled(published(stored("minutes-check")))
    page = study_page(enrolment)
    address = reverse("courses:item", args=[enrolment.course.slug, 1])
    page.client.get(address)
    tell(page, "incomplete", part=0)
    tell(page, "incomplete", part=1)
    with django_assert_num_queries(7):
        text = page.client.get(address).content.decode()
    assert "课件报告" in text
    assert '"status": "incomplete"' in text


def test_a_file_of_a_package_costs_one_query(client, django_assert_num_queries):
    package = stored()
    address = reverse("content:package_file", args=[passes.issue(package.pk), "look.css"])
    with django_assert_num_queries(1):
        assert b"--paper" in client.get(address).getvalue()


def test_packages_are_not_deleted_with_what_uses_them():
    enrolled()
    with pytest.raises(Exception, match="protected"):
        Package.objects.get().delete()


def test_a_plain_page_is_no_package():
    assert operations.package_published(plain_page().pk, now=NOW) == 0
