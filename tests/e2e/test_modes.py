"""The main pages of each role in four modes and two widths: readable, nothing cut off; the main tasks without a mouse."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, expect

from content import operations
from courses.models import Enrolment
from people.enums import Role
from people.models import Person
from people.operations import grant_role
from tests.factories.classes import make_class, make_place, make_sessions
from tests.factories.content import (
    policy_bytes,
    published_lecture,
    published_lesson,
    published_policy,
)
from tests.factories.courses import EnrolmentFactory
from tests.factories.people import OrgUnitFactory, PersonFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PASSWORD = "a quiet reading room"
# data-theme, data-text, width: each mode at the width where it is most likely to fail, and large letters on a phone.
MODES = [
    ("", "", 1440),
    ("", "", 390),
    ("dark", "", 1440),
    ("dark", "", 390),
    ("contrast", "", 1440),
    ("contrast", "", 390),
    ("", "large", 1440),
    ("", "large", 390),
]
_DRESS = """([theme, text]) => {
  const { dataset } = document.documentElement;
  if (theme) dataset.theme = theme; else delete dataset.theme;
  if (text) dataset.text = text; else delete dataset.text;
}"""


@pytest.fixture
def world(live_server) -> dict[str, Any]:
    """One unit with a learner, a liaison, an administrator and both editors; something on every page."""
    call_command("createcachetable")
    top = OrgUnitFactory(name="清河区", code="QH")
    people: dict[str, Person] = {}
    for number, role in (
        ("M1", None),
        ("L1", Role.LIAISON),
        ("T1", Role.TRAINING_ADMIN),
        ("E1", Role.EDITOR),
        ("R1", Role.CONTENT_REVIEWER),
    ):
        people[number] = PersonFactory(staff_number=number, unit=top, password=PASSWORD)
        if role:
            grant_role(
                people[number], role, top, by=None, now=timezone.now(), on=timezone.localdate()
            )
    text, lesson, lecture = published_policy(public=True), published_lesson(), published_lecture()
    enrolment = EnrolmentFactory(person=people["M1"])
    of = make_class(top, starts_on=timezone.localdate() + timedelta(days=20))
    make_place(of, people["M1"])
    make_sessions(of, "7", "7")
    course = f"/courses/{enrolment.course.slug}/"
    return {
        "-": ["/library/", text.url, "/search/?q=读书", "/announcements/", "/verify/"],
        "M1": [
            "/", text.url, lesson.url, lecture.url, "/courses/", course, f"{course}time/",
            "/courses/mine/", "/classes/", f"/classes/{of.pk}/", "/certificates/", "/notices/",
            "/me/record/", "/archive/", "/search/?q=读书班",
        ],
        "L1": ["/", "/liaison/", "/classes/answers/", f"/classes/{of.pk}/answer/",
               "/courses/remarks/", "/courses/assigned/"],
        "T1": ["/", "/overview/QH/", "/overview/QH/people/", "/classes/plans/",
               f"/classes/{of.pk}/", "/courses/assigned/new/", "/certificates/issued/"],
        "E1": ["/", "/desk/", "/stock/"],
        "R1": ["/desk/"],
    }  # fmt: skip


@pytest.mark.parametrize("who", ["-", "M1", "L1", "T1", "E1", "R1"])
def test_the_main_pages_are_readable_and_whole_in_every_mode(
    page: Page, live_server, sign_in, world, who
):
    if who != "-":
        sign_in(page, who, PASSWORD)
    axe, found = Axe(), []
    for path in world[who]:
        page.goto(f"{live_server.url}{path}")
        for theme, text, width in MODES:
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate(_DRESS, [theme, text])
            place = (path, theme or "light", text or "normal", width)
            found += [
                (*place, each["id"], each["nodes"][0]["target"])
                for each in axe.run(page).response["violations"]
                if each["impact"] in ("serious", "critical")
            ]
            over = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            if over > 0:
                found.append((*place, "overflow", over))

    assert found == []


def test_a_day_too_long_to_stand_beside_its_label_stands_below_it(
    page: Page, live_server, sign_in, world
):
    Enrolment.objects.update(deadline_on=date(2026, 12, 27))
    sign_in(page, "M1", PASSWORD)
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": live_server.url}])
    page.set_viewport_size({"width": 320, "height": 800})

    page.goto(f"{live_server.url}/courses/mine/")

    box = page.get_by_text("27 December 2026").bounding_box()
    assert box["x"] + box["width"] <= 320


# --- without a mouse --------------------------------------------------------------------------------


@pytest.fixture
def tab_to(page: Page) -> Callable[[str], None]:
    """``tab_to(selector)`` presses Tab until the element has the focus, and sees that the focus shows."""

    def go(selector: str, at_most: int = 120) -> None:
        for _ in range(at_most):
            page.keyboard.press("Tab")
            if page.evaluate("s => document.activeElement?.matches(s)", selector):
                shows = page.evaluate(
                    "() => { const s = getComputedStyle(document.activeElement);"
                    "return s.outlineStyle !== 'none' || s.boxShadow !== 'none' }"
                )
                assert shows, f"no ring around {selector}"
                return
        raise AssertionError(f"{selector} is out of reach of Tab on {page.url}")

    return go


@pytest.fixture
def enter(page: Page) -> Callable[[Any], None]:
    """``enter(url)`` presses Enter on what has the focus and waits to be there."""

    def go(url: Any) -> None:
        page.keyboard.press("Enter")
        page.wait_for_url(url)

    return go


def test_a_learner_finds_a_text_and_opens_a_course_without_a_mouse(
    page: Page, live_server, world, tab_to, enter
):
    page.goto(f"{live_server.url}/accounts/login/")
    page.focus("input[name=login]")
    page.keyboard.type("M1")
    tab_to("input[name=password]")
    page.keyboard.type(PASSWORD)
    enter(lambda url: "/accounts/login" not in url)

    tab_to("input[name=q]")
    page.keyboard.type("读书班")
    enter("**/search/**")
    tab_to("ol.hits a.title")
    enter("**/library/**")

    page.goto(f"{live_server.url}/courses/mine/")
    tab_to("main a[href^='/courses/']:not([href='/courses/'])")
    enter(lambda url: not url.endswith("/mine/"))
    tab_to("main form[action$='/begin/'] button, main a.button.primary")
    enter(re.compile(r"/courses/[^/]+/\d+/"))
    expect(page.locator("main")).to_be_visible()


def test_a_reviewer_returns_a_text_without_a_mouse(
    page: Page, live_server, sign_in, world, tab_to, enter
):
    operations.import_policy(
        policy_bytes(title="关于值班的意见", number=99),
        by=Person.objects.get(staff_number="E1"),
        now=timezone.now(),
    )
    sign_in(page, "R1", PASSWORD)
    page.goto(f"{live_server.url}/desk/")
    tab_to("section[aria-labelledby=review] a.title")
    enter("**/desk/review/**")
    tab_to("textarea[name=reason]", at_most=300)
    page.keyboard.type("第二条写明谁来做。")
    tab_to("button[value=return]")
    enter("**/desk/")
    expect(page.locator("body")).to_contain_text("退回")
