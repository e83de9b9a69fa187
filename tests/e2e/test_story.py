"""The main job, from the policy text to the department's figure, as six people do it in a browser.

Nothing is mocked. Only the clock is wound: while the member studies, the server's clock and the
page's timers are moved on together and the recording plays sixteen times as fast, so that minutes
of study pass in seconds.
"""

import subprocess
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, expect
from wagtail.models import Page as TreePage

from people.enums import DutyKind, OrgKind, Rank, Role, Stage
from people.models import MembershipStage, PartyDuty
from people.operations import grant_role
from tests.factories.people import OrgUnitFactory, PersonFactory, PostFactory
from tests.factories.tracker import packs_in_force

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

ROOT = Path(__file__).resolve().parents[2]
REAL_TEXT = ROOT.parent / "shared" / "texts" / "002_c0f8088965fc94c3.txt"
OWN_TEXT = ROOT / "demo" / "material" / "texts" / "branch-study-rules.txt"
OWN_TITLE = "关于做好微党课和党支部学习工作的若干意见"
LECTURE = ROOT / "demo" / "material" / "lecture"
PASSWORD = "a quiet reading room"
# Chromium plays no faster.
FASTEST = 16


class Clock:
    """The time of server and page, wound on together in short steps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = timedelta()
        real_now = timezone.now
        monkeypatch.setattr(timezone, "now", lambda: real_now() + self.ahead)

    def wind(self, page: Page, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)
        page.clock.run_for(int(seconds * 1000))

    def play(self, page: Page, *, until: Callable[[], bool], at_most: float) -> None:
        """While a recording plays sixteen times as fast, let both clocks run as fast as it."""
        for _ in range(int(at_most / 4)):
            if until():
                return
            page.wait_for_timeout(250)
            self.wind(page, 4 - 0.25)
        raise AssertionError(f"not reached after {at_most} seconds of listening")

    def read(self, page: Page, *, until: Callable[[], bool], at_most: float) -> None:
        """Read down the page, a little further every five seconds, from the top again at the end."""
        for _ in range(int(at_most / 5)):
            if until():
                return
            page.evaluate(
                """() => {
                    const end = scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
                    scrollTo({top: end ? 0 : scrollY + innerHeight / 4, behavior: "instant"});
                }"""
            )
            self.wind(page, 5)
            page.wait_for_timeout(60)
        raise AssertionError(f"not reached after {at_most} seconds of reading")


@pytest.fixture
def district(live_server) -> SimpleNamespace:
    """A district with one unit, one person a role, and the rules in force."""
    call_command("createcachetable")
    top = OrgUnitFactory(name="清河区", code="QH", kind=OrgKind.SYSTEM)
    unit = OrgUnitFactory(name="区民政局", code="QH-MZ", parent=top)
    branch = OrgUnitFactory(name="机关党支部", code="QH-MZ-1", kind=OrgKind.BRANCH, parent=unit)
    today = timezone.localdate()

    def person(number: str, name: str, *roles: Role):
        somebody = PersonFactory(
            staff_number=number, name=name, unit=unit, password=PASSWORD, joined_on=date(2020, 1, 1)
        )
        PostFactory(person=somebody, unit=unit, title="科员", rank=Rank.SECTION_STAFF)
        for role in roles:
            grant_role(somebody, role, top, by=None, now=timezone.now(), on=today)
        return somebody

    people = SimpleNamespace(
        top=top,
        unit=unit,
        editor=person("E1", "苏婉清", Role.EDITOR),
        reviewer=person("R1", "贺之遥", Role.CONTENT_REVIEWER),
        setter=person("S1", "罗书宁", Role.QUESTION_SETTER),
        checker=person("C1", "方以恒", Role.QUESTION_REVIEWER),
        department=person("T1", "顾明远", Role.TRAINING_ADMIN),
        member=person("M1", "林晓禾"),
    )
    MembershipStage.objects.create(
        person=people.member, stage=Stage.FULL_MEMBER, starts_on=date(2015, 7, 1)
    )
    PartyDuty.objects.create(
        person=people.department,
        unit=branch,
        kind=DutyKind.BRANCH_SECRETARY,
        starts_on=date(2019, 1, 1),
    )
    packs_in_force("cadre-2023", "party")
    call_command("rebuild_standings")
    return people


def _publish_what_waits(page: Page, live_server) -> None:
    """As the reviewer: open what waits on the desk, look at it, approve it."""
    page.goto(f"{live_server.url}/desk/")
    page.locator("ul.items a.title").first.click()
    page.get_by_role("button", name="批准并发布").click()
    page.wait_for_url("**/desk/")


def _output(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _submit_for_review(page: Page) -> None:
    page.get_by_role("button", name="更多动作").click()
    page.locator("[name=action-submit]").click()
    page.wait_for_url("**/cms/pages/*/")


def _choose(page: Page, field: str, title: str) -> None:
    """Pick something in the chooser of a field."""
    page.locator(f"#id_{field}-chooser [data-chooser-action-choose]:visible").first.click()
    modal = page.locator(".modal-body")
    found = modal.locator("a[data-chooser-modal-choice], a.choose-page", has_text=title).first
    modal.locator("a[data-chooser-modal-choice], a.choose-page").first.wait_for()
    if not found.is_visible():
        modal.locator("input[name=q]").fill(title)
    found.click()
    expect(page.locator(f"#id_{field}-title")).to_have_text(title)


def _parents() -> tuple[int, int]:
    """The ids of library and catalogue in the page tree."""
    pages = TreePage.objects.filter(slug__in=["library", "courses"]).values_list("slug", "pk")
    found = dict(pages)
    return found["library"], found["courses"]


def test_the_main_job_runs_from_the_policy_text_to_the_departments_figure(
    page: Page, context, live_server, district, sign_in, look, monkeypatch, tmp_path
):
    clock = Clock(monkeypatch)

    def at(path: str) -> None:
        page.goto(f"{live_server.url}{path}")

    # 1. An editor imports a policy text; a second person publishes it.
    sign_in(page, "E1", PASSWORD)
    at("/cms/import-policy/")
    page.set_input_files("input[type=file]", REAL_TEXT if REAL_TEXT.exists() else OWN_TEXT)
    page.get_by_role("button", name="读取文件").click()
    expect(page.locator("main, #main").first).to_contain_text("20" if REAL_TEXT.exists() else "条")
    page.get_by_role("button", name="确认并提交审核").click()
    page.wait_for_url("**/cms/pages/**/edit/")
    sign_in(page, "R1", PASSWORD)
    at("/desk/")
    look(page, "desk")
    page.locator("ul.items a.title").first.click()
    look(page, "desk-review")
    _publish_what_waits(page, live_server)
    at("/library/")
    page.locator("ul.items a.title").first.click()
    look(page, "policy-text")
    expect(page.locator("#i2, #a2").first).to_be_visible()

    # 2. A question setter writes questions citing its articles; a second person approves them.
    sign_in(page, "S1", PASSWORD)
    for number in range(1, 6):
        at("/bank/new/?type=single")
        page.fill("[name=stem]", f"第 {number} 题：新任党支部书记应当在任职多久之内接受集中培训？")
        for row, option in enumerate(["三个月", "六个月", "一年", "两年"]):
            page.fill(f"[name=row-{row}-text]", option)
        page.check("[name=key][value=B]")
        page.fill("[name=explanation]", "见所引条款。")
        page.fill("#article-words", "培训" if REAL_TEXT.exists() else "党支部")
        page.locator(".found label, .found button, .found input").first.click()
        page.fill("[name=category]", "党务/党支部")
        page.locator(".form-actions button.primary").click()
        page.locator("form[action$='/submit/'] button.primary").click()
    at("/bank/")
    look(page, "bank")
    sign_in(page, "C1", PASSWORD)
    for _ in range(5):
        at("/bank/review/")
        page.locator("main table a, main ul.items a.title").first.click()
        page.locator("button[formaction$='/approve/']").click()
    at("/bank/review/")
    look(page, "review")

    # 3. A paper is drawn from them and an exam announced.
    sign_in(page, "S1", PASSWORD)
    at("/papers/new/")
    page.fill("[name=title]", "党支部建设结业测试")
    page.fill("[name=rows-0-count]", "5")
    page.fill("[name=rows-0-points]", "20")
    page.locator("button[value=save], button[name=save]").first.click()
    look(page, "blueprint")
    page.locator("main form button.primary").click()
    look(page, "paper")
    page.locator("form[action$='/publish/'] button").click()
    page.locator("a[href*='/papers/exams/new/']").click()
    page.fill("[name=title]", "党支部建设结业测试")
    now = timezone.localtime()
    page.fill("[name=opens_at]", (now - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"))
    page.fill("[name=closes_at]", (now + timedelta(days=7)).strftime("%Y-%m-%dT%H:%M"))
    page.fill("[name=minutes]", "30")
    page.select_option("[name=review_when]", "at_once")
    page.locator(".form-actions button.primary").click()
    look(page, "exam-announced")

    # 4. The editor publishes a micro-lecture, and a course of text, lecture and final test.
    sign_in(page, "E1", PASSWORD)
    at("/cms/snippets/content/mediafile/add/")
    page.fill("[name=title]", "读文件先问四个问题（录像）")
    page.set_input_files("[name=file]", LECTURE / "four-questions.webm")
    page.fill("[name=length_seconds]", "387")
    page.get_by_role("button", name="保存").last.click()
    page.wait_for_url("**/cms/snippets/content/mediafile/")
    library, catalog = _parents()
    at(f"/cms/pages/add/content/microlecturepage/{library}/")
    page.fill("[name=title]", "读文件先问四个问题")
    page.fill("[name=speaker]", "区委党校教研室")
    page.fill("[name=captions]", (LECTURE / "four-questions.vtt").read_text())
    _choose(page, "media", "读文件先问四个问题（录像）")
    _submit_for_review(page)
    sign_in(page, "R1", PASSWORD)
    _publish_what_waits(page, live_server)

    sign_in(page, "E1", PASSWORD)
    at(f"/cms/pages/add/courses/coursepage/{catalog}/")
    page.fill("[name=title]", "党支部建设")
    page.fill("[name=summary]", "学完以后知道党支部每年要做哪几件事。")
    page.select_option("[name=theme]", index=1)
    page.fill("[name=hours]", "2")
    title = "关于加强和改进市级机关党的建设的实施意见" if REAL_TEXT.exists() else OWN_TITLE
    _choose(page, "items-0-page", title)
    page.locator("#id_items-ADD").click()
    _choose(page, "items-1-page", "读文件先问四个问题")
    page.locator("#id_items-ADD").click()
    page.select_option("[name=items-2-exam]", label="党支部建设结业测试")
    _submit_for_review(page)
    sign_in(page, "R1", PASSWORD)
    _publish_what_waits(page, live_server)

    # 5. The department's figure before: nobody has studied online this year.
    sign_in(page, "T1", PASSWORD)
    at("/overview/QH/")
    look(page, "overview")
    at("/overview/QH/people/?q=M1")
    before = page.locator("main").inner_text()

    # 6. The member studies: reads, listens, sits the test.
    sign_in(page, "M1", PASSWORD)
    at("/")
    look(page, "home")
    at("/courses/")
    look(page, "catalogue")
    page.clock.install(time=timezone.now())
    page.get_by_role("link", name="党支部建设").first.click()
    look(page, "course")
    page.locator("main form[action$='/begin/'] button.primary").click()
    look(page, "item-text")
    proven = page.locator("[data-study-bar]")
    clock.read(page, until=lambda: int(proven.get_attribute("value") or 0) >= 100, at_most=2400)
    page.locator("[data-study-next]").first.click()
    page.locator("video").wait_for()
    look(page, "item-lecture")
    page.evaluate(
        "rate => { const v = document.querySelector('video'); v.muted = true; v.playbackRate = rate; v.play(); }",
        FASTEST,
    )
    clock.play(
        page,
        until=lambda: int(page.locator("[data-study-bar]").get_attribute("value") or 0) >= 95,
        at_most=600,
    )
    page.locator("[data-study-next]").first.click()
    look(page, "item-exam")
    page.locator("main a.button.primary").first.click()
    look(page, "exam")
    page.locator("form[action$='/start/'] button.primary").click()
    page.wait_for_selector("html[data-exam-ready]")
    for _ in range(5):
        page.locator(".question:visible .option", has_text="六个月").first.click()
        step = page.locator(".question:visible [data-step='1']")
        if step.is_enabled():
            step.click()
    look(page, "attempt")
    page.locator("#hand-in").click()
    page.locator("#confirm-yes").click()
    page.wait_for_url("**/receipt/")
    look(page, "receipt")
    code = page.locator("p.code, .receipt .code").first.inner_text()
    page.goto(page.url.replace("/receipt/", "/result/"))
    expect(page.locator("main")).to_contain_text("100")
    look(page, "result")
    at("/exams/receipts/")
    page.fill("main [name=code]", code)
    page.locator("main form button").first.click()
    look(page, "receipt-checked")

    # 7. A certificate was issued: Chinese fonts embedded, its QR code leads to a public page.
    at("/certificates/")
    look(page, "certificates")
    with page.expect_download() as downloading:
        page.locator("a[href$='/pdf/']").first.click()
    pdf = Path(downloading.value.path())
    fonts = _output("pdffonts", pdf).splitlines()[2:]
    assert fonts
    assert all(" yes " in line for line in fonts), "a font is not embedded"
    assert "林晓禾" in _output("pdftotext", pdf, "-").replace(" ", "")
    picture = tmp_path / "certificate"
    subprocess.run(["pdftoppm", "-png", "-r", "150", "-singlefile", pdf, picture], check=True)
    verify = _output("zbarimg", "--quiet", "--raw", "-Sbinary", f"{picture}.png").strip()
    assert "/verify/" in verify

    # 8. The hours stand in the ledger once, and the record explains what counted.
    at("/me/record/")
    look(page, "record")
    expect(page.locator("main")).to_contain_text("党支部建设")
    page.get_by_role("link", name="年度网络学习").first.click()
    look(page, "requirement")
    assert page.locator("main").inner_text().count("党支部建设") == 1

    context.clear_cookies()
    page.goto(live_server.url + urlsplit(verify).path)
    look(page, "verify")
    expect(page.locator("main")).to_contain_text("林*禾")

    # 9. The department sees the figure move, down to this person.
    sign_in(page, "T1", PASSWORD)
    at("/overview/QH/")
    look(page, "overview-after")
    at("/overview/QH/people/?q=M1")
    look(page, "people")
    assert page.locator("main").inner_text() != before
    page.get_by_role("link", name="林晓禾").first.click()
    look(page, "person")
    expect(page.locator("main")).to_contain_text("年度网络学习")
