"""Every component, in the browser: readable in each theme, workable by keyboard, under the policy."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.template.loader import render_to_string
from django.test import RequestFactory
from playwright.sync_api import Page

from tests.factories.people import PersonFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ADDRESS = "/styleguide-in-a-test/"


@pytest.fixture
def guide(page: Page, live_server, client) -> Callable[..., list[str]]:
    """``guide(width, **cookies)`` opens the style guide; returns what the console complains about."""
    policy = client.get("/accounts/login/")["Content-Security-Policy"]
    person = PersonFactory()

    def show(width: int = 1440, **cookies: str) -> list[str]:
        request = RequestFactory().get(ADDRESS)
        request.user = person
        request.COOKIES.update(cookies)
        html = render_to_string("styleguide.html", request=request)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_viewport_size({"width": width, "height": 900})
        page.route(
            f"**{ADDRESS}",
            lambda route: route.fulfill(
                body=html,
                content_type="text/html; charset=utf-8",
                headers={"Content-Security-Policy": policy},
            ),
        )
        page.goto(f"{live_server.url}{ADDRESS}")
        return complaints

    return show


def _serious(page: Page) -> list[tuple[str, list[object]]]:
    return [
        (violation["id"], [node["target"] for node in violation["nodes"]][:3])
        for violation in Axe().run(page).response["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]


def _overflow(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize(
    "cookies",
    [{}, {"theme": "dark"}, {"theme": "contrast"}, {"text_size": "large"}],
    ids=["light", "dark", "contrast", "large"],
)
def test_every_component_is_accessible_and_fits_in_each_theme(page, guide, width, cookies):
    complaints = guide(width, **cookies)

    assert _serious(page) == []
    assert _overflow(page) <= 0
    assert complaints == []


def test_axe_would_see_words_too_pale_to_read(page, guide):
    guide()
    page.evaluate(
        "const s = new CSSStyleSheet(); s.replaceSync('.lead { color: #cccccc }');"
        "document.adoptedStyleSheets.push(s)"
    )

    assert [name for name, _ in _serious(page)] == ["color-contrast"]


def test_a_choice_of_colours_holds_at_once_and_is_kept_for_the_server(page, guide):
    guide()
    page.click(".topbar details.menu > summary")
    page.click('[data-pref="theme"][data-value="dark"]')

    assert page.get_attribute("html", "data-theme") == "dark"
    assert "theme=dark" in page.evaluate("document.cookie")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(24, 21, 18)"

    page.click('[data-pref="theme"][data-value=""]')
    assert page.get_attribute("html", "data-theme") is None
    assert "theme=" not in page.evaluate("document.cookie")


def test_escape_closes_a_menu_and_gives_the_focus_back(page, guide):
    guide()
    page.focus(".topbar details.menu > summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('.topbar details.menu').open")

    page.keyboard.press("Escape")

    assert not page.evaluate("document.querySelector('.topbar details.menu').open")
    assert page.evaluate("document.activeElement.localName") == "summary"


def test_the_first_tab_offers_to_skip_to_the_content(page, guide):
    guide()
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.className") == "skip-link"


def test_on_a_phone_more_opens_the_whole_rail_above_the_bottom_bar(page, guide):
    guide(390)
    assert not page.is_visible("#rail")

    page.click("[data-more]")

    assert page.is_visible("#rail")
    bar = page.locator(".bottombar").bounding_box()
    rail = page.locator("#rail").bounding_box()
    assert rail["y"] + rail["height"] == pytest.approx(bar["y"], abs=1)
    page.keyboard.press("Escape")
    assert not page.is_visible("#rail")


def test_a_chart_draws_only_when_it_comes_near_and_its_figures_can_be_had(page, guide):
    complaints = guide(390)
    assert page.evaluate("'echarts' in window") is False

    page.locator("figure.chart").first.scroll_into_view_if_needed()
    page.wait_for_selector("figure.chart canvas")

    with page.expect_download() as download:
        page.click('[data-chart-save="csv"] >> nth=0')
    text = download.value.path().read_text("utf-8-sig")
    assert text.splitlines()[0] == ",已达标,进行中,有差距,已逾期"
    assert text.splitlines()[1] == "6 月,412,640,112,40"
    assert complaints == []


def test_a_cell_of_the_figures_cannot_become_a_formula(page, guide, live_server):
    guide()
    cells = page.evaluate(
        "async (address) => { const { cell } = await import(address);"
        "return [cell('=1+1'), cell('@x'), cell(-3), cell('a,\"b\"'), cell(null)] }",
        f"{live_server.url}/static/js/chart.js",
    )

    assert cells == ["'=1+1", "'@x", "-3", '"a,""b"""', ""]


def test_where_the_system_gives_the_colours_a_bar_still_says_how_much(page: Page, guide):
    page.emulate_media(forced_colors="active")
    guide()
    bar = page.locator("progress").first
    # The same bar, empty, is another picture: the part that is done has not melted into the ground.
    bar.evaluate("e => { e.max = 2; e.value = 1 }")
    half = bar.screenshot()
    bar.evaluate("e => { e.value = 0 }")

    assert bar.screenshot() != half
