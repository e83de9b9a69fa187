"""Packages in a real browser: played to the end, gone on from, cut off from the site."""

import io
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from content import operations as content
from content.models import LibraryPage, PackagePage
from courses import operations
from courses.enums import PackageStatus
from courses.models import CourseItem, ItemProgress, PackageReport
from demo import library
from tests.factories.content import NOW
from tests.factories.courses import CoursePageFactory, EnrolmentFactory
from tests.factories.people import PersonFactory

PHONE = {"width": 390, "height": 844}

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _trunk(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    assert LibraryPage.objects.exists()


def enrolled(archive: bytes, *, minutes=1, min_share=1):
    """A person enrolled in a course of one package."""
    package = content.add_package(ContentFile(archive, name="p.zip"), title="课件")
    page = content.create_page("package", title="课件", package=package, minutes=minutes)
    content.publish_without_review(page.pk, now=NOW)
    assert PackagePage.objects.get().live
    course = CoursePageFactory()
    CourseItem.objects.create(course=course, page_id=page.pk, sort_order=0, min_share=min_share)
    edition = operations.freeze_edition(course.pk, now=NOW)
    return EnrolmentFactory(person=PersonFactory(name="林一"), edition=edition)


@pytest.fixture
def open_item(page, live_server, login):
    """``open_item(enrolment, page)``: the item's page, in a browser signed in as the learner."""

    def go(enrolment, where=page):
        client = login(Client(), enrolment.person)
        cookie = client.cookies["sessionid"].value
        where.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        where.goto(f"{live_server.url}/courses/{enrolment.course.slug}/1/")
        return where.frame_locator("[data-package-stage] iframe")

    return go


def until(page, check):
    """Wait until something is in the database, letting the page live meanwhile."""
    for _ in range(60):
        if check():
            return
        page.wait_for_timeout(250)
    raise AssertionError(check)


def report(part=0):
    return PackageReport.objects.filter(part=part).first()


def told(page):
    return page.text_content("[data-package-told]").strip()


def answer_letter(frame, right):
    # By keyboard: what the page says above the frame may move it between aim and click.
    frame.get_by_role("button", name=right).press("Enter")
    frame.locator(".next").press("Enter")


RIGHT = ["楼道灯的事我们已经看过", "这里距离路口太近", "先打电话，问清楚", "情况属实，是定时器设错"]


def test_scorm_12_is_played_resumed_on_a_second_device_and_completes_the_item(
    page, browser, open_item
):
    enrolment = enrolled(library.package("petition-reply"))
    frame = open_item(enrolment)
    answer_letter(frame, RIGHT[0])
    answer_letter(frame, RIGHT[1])
    until(page, lambda: report() and '"[true,true]"' in report().state)
    assert report().status == PackageStatus.INCOMPLETE

    phone = browser.new_context(viewport=PHONE, locale="zh-CN").new_page()
    frame = open_item(enrolment, phone)
    frame.get_by_text("第 3 封，共 4 封").wait_for()
    answer_letter(frame, RIGHT[2])
    answer_letter(frame, RIGHT[3])
    frame.get_by_text("四封来信，选对 4 封。").wait_for()
    until(phone, lambda: report().status == PackageStatus.PASSED)
    until(phone, lambda: ItemProgress.objects.get().completed_at is not None)

    assert report().score_percent == 100
    assert "已通过" in told(phone)
    assert "100 分" in told(phone)
    phone.context.close()


def test_scorm_2004_completes_when_both_parts_are_done(page, open_item):
    enrolment = enrolled(library.package("minutes-check"))
    frame = open_item(enrolment)
    for button in range(5):
        frame.locator(".choice").nth(button).click()
    until(page, lambda: report() and report().done_at)
    assert ItemProgress.objects.get().completed_at is None
    assert "2 个部分已完成 1 个" in told(page)

    page.get_by_role("button", name="挑出不合用的句子").click()
    frame.locator(".choice").nth(1).wait_for()
    frame.get_by_role("button", name="对照说明").click()
    until(page, lambda: report(1) and report(1).status == PackageStatus.FAILED)
    for poor in (1, 3, 5):
        frame.locator(".choice").nth(poor).click()
    frame.get_by_role("button", name="对照说明").click()
    until(page, lambda: report(1).status == PackageStatus.PASSED)
    until(page, lambda: ItemProgress.objects.get().completed_at is not None)
    assert report(1).score_percent == 100

    page.reload()
    page.get_by_role("button", name="看一份合用的记录").click()
    frame.get_by_text("五行都看过了").wait_for()


def test_h5p_is_played_goes_on_where_it_stopped_and_completes_the_item(page, open_item):
    enrolment = enrolled(library.package("privacy-habits"))
    frame = open_item(enrolment)
    sound = [True, False, False, True]
    for at, answer in enumerate(sound):
        frame.locator("li").nth(at).get_by_role("button").nth(0 if answer else 1).click()
    frame.get_by_text("还有 1 条没有判断。").wait_for()
    until(page, lambda: report() and "answers" in report().state)

    page.reload()
    frame.get_by_text("还有 1 条没有判断。").wait_for()
    frame.locator("li").nth(4).get_by_role("button").nth(0).click()
    until(page, lambda: report().status == PackageStatus.COMPLETED)
    until(page, lambda: ItemProgress.objects.get().completed_at is not None)

    assert report().score_percent == 100


def test_a_package_whose_page_is_lost_on_the_way_opens_at_the_second_try_or_says_so(
    page, open_item
):
    enrolment = enrolled(library.package("petition-reply"))
    lost = [True, False]

    def on_the_way(route):
        if lost.pop(0) if lost else False:
            route.abort()
        else:
            route.continue_()

    page.route("**/packages/**/index.html", on_the_way)
    frame = open_item(enrolment)
    frame.get_by_role("button", name=RIGHT[0]).wait_for()
    assert page.locator("[data-package-failed]").is_hidden()

    lost[:] = [True, True]
    page.reload()
    page.get_by_text("课件没有打开").wait_for()
    page.get_by_role("button", name="重新打开").click()
    answer_letter(frame, RIGHT[0])
    assert page.locator("[data-package-failed]").is_hidden()
    until(page, lambda: report() and '"[true]"' in report().state)


# --- cut off -------------------------------------------------------------------------------------

HOSTILE = """<!doctype html><meta charset="utf-8"><title>刺探</title><p id="out">…</p><script>
const found = {};
const attempt = (name, what) => {
  try { found[name] = String(what()); } catch (error) { found[name] = error.name; }
};
attempt("cookie", () => document.cookie);
attempt("storage", () => localStorage.length);
attempt("parent", () => parent.document.title);
attempt("top", () => top.location.href);
attempt("leave", () => { top.location = "/accounts/logout/"; return "left"; });
attempt("popup", () => window.open("/"));
const ask = (name, url, how) => fetch(url, how).then(
  (answer) => { found[name] = "answered " + answer.status; }, () => { found[name] = "refused"; });
const beacon = new Promise((done) => {
  const picture = new Image();
  picture.onload = picture.onerror = (event) => { found.picture = event.type; done(); };
  picture.src = "/notices/?leak=1";
});
Promise.all([
  ask("page", "/courses/", { credentials: "include" }),
  ask("api", "/api/study/lease/", { method: "POST", credentials: "include", body: "{}" }),
  ask("elsewhere", "https://elsewhere.example/?leak", { mode: "no-cors" }),
  ask("own", "own.txt"),
  beacon,
]).then(() => { document.getElementById("out").textContent = JSON.stringify(found); });
</script>"""

MANIFEST = """<?xml version="1.0"?><manifest xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2">
<metadata><schemaversion>1.2</schemaversion></metadata>
<organizations default="o"><organization identifier="o"><title>刺探</title>
<item identifierref="r"><title>刺探</title></item></organization></organizations>
<resources><resource identifier="r" href="index.html"/></resources></manifest>"""


def hostile(page=HOSTILE):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("imsmanifest.xml", MANIFEST)
        archive.writestr("index.html", page)
        archive.writestr("own.txt", "eigen")
    return stream.getvalue()


def test_a_hostile_package_reaches_neither_cookies_nor_pages_nor_the_api_nor_the_net(
    page, open_item
):
    asked = []
    page.on("response", lambda response: asked.append(response.url))
    frame = open_item(enrolled(hostile()))
    frame.locator("#out", has_text="{").wait_for()
    found = frame.locator("#out").evaluate("node => JSON.parse(node.textContent)")

    assert found == {
        "cookie": "SecurityError",
        "storage": "0",
        "parent": "SecurityError",
        "top": "SecurityError",
        "leave": "SecurityError",
        "popup": "null",
        "page": "refused",
        "api": "refused",
        "elsewhere": "refused",
        "own": "answered 200",
        "picture": "error",
    }
    assert not [url for url in asked if "leak" in url]


def test_a_package_that_tells_its_own_completion_at_once_earns_no_time(page, open_item):
    forged = """<!doctype html><meta charset="utf-8"><script>
    parent.postMessage({ xiangxu: "told", status: "passed", score: 100, model: null }, "*");
    </script><p>完成</p>"""
    frame = open_item(enrolled(hostile(forged), minutes=10, min_share=90))
    frame.get_by_text("完成").wait_for()
    until(page, lambda: report() and report().done_at)
    page.wait_for_timeout(6_000)

    progress = ItemProgress.objects.get()
    assert progress.completed_at is None
    assert progress.verified_ms + progress.plausible_ms <= 20_000


def test_the_page_with_a_package_is_free_of_serious_faults(page, open_item, look):
    frame = open_item(enrolled(library.package("minutes-check")))
    frame.locator(".choice").nth(1).wait_for()
    look(page, "courses-package")
