"""Two examinations from beginning to end in a browser: parallel forms, and marks two do not agree on."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from exams import operations
from exams.models import Attempt, Exam, Mark, Paper
from people.enums import Role
from people.models import Person
from tests.factories.exams import make_exam, make_paper, make_question
from tests.factories.people import OrgUnitFactory, PersonFactory, RoleGrantFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SAVED = "#saved[data-save=saved]"


@pytest.fixture
def person(db) -> Callable[..., Person]:
    """``person("M1", Role.MARKER)``: somebody of one unit who holds these roles."""
    unit = OrgUnitFactory(name="区民政局")

    def make(number: str, *roles: Role) -> Person:
        somebody = PersonFactory(staff_number=number, name=f"人员{number}", unit=unit)
        for role in roles:
            RoleGrantFactory(person=somebody, role=role, unit=unit, starts_on=date(2020, 1, 1))
        return somebody

    return make


@pytest.fixture
def desk(browser: Browser, live_server, client, login) -> Callable[[Person], Page]:
    """``desk(person)``: a browser of his own, signed in."""
    contexts = []

    def sit_down(somebody: Person) -> Page:
        login(client, somebody)
        context = browser.new_context(
            base_url=live_server.url, locale="zh-CN", viewport={"width": 1280, "height": 900}
        )
        contexts.append(context)
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies(
            [{"name": name, "value": client.cookies[name].value, "url": live_server.url}]
        )
        client.cookies.clear()
        return context.new_page()

    yield sit_down
    for context in contexts:
        context.close()


def test_parallel_forms_from_the_blueprint_to_the_figures_of_each(person, desk):
    for n in range(4):
        make_question(stem=f"题干{n}号", now=timezone.now())
    page = desk(person("S1", Role.QUESTION_SETTER))
    page.goto("/papers/new/")
    page.fill("[name=title]", "六月月考")
    page.fill("[name=rows-0-count]", "2")
    page.fill("[name=rows-0-points]", "5")
    page.click("[name=save]")
    page.select_option("#forms", "2")
    page.get_by_role("button", name="抽题").click()
    expect(page.locator(".message")).to_contain_text("2 份平行试卷")
    for form in Paper.objects.order_by("pk"):
        page.goto(f"/papers/{form.pk}/")
        page.get_by_role("button", name="发布", exact=True).click()
        expect(page.locator(".message")).to_contain_text("已发布")
    page.get_by_role("link", name="发布考试").click()
    expect(page.locator("[name=other_forms]:checked")).to_have_count(1)

    # So many that chance does not give all of them one form (of eight it did, one run in 128).
    candidates = [person(f"C{n}") for n in range(24)]
    now = timezone.localtime()
    page.fill("[name=opens_at]", f"{now - timedelta(minutes=5):%Y-%m-%dT%H:%M}")
    page.fill("[name=closes_at]", f"{now + timedelta(hours=2):%Y-%m-%dT%H:%M}")
    page.select_option("[name=review_when]", "at_once")
    page.select_option("[name=audience]", "persons")
    page.fill("[name=staff_numbers]", "\n".join(each.staff_number for each in candidates))
    page.get_by_role("button", name="发布", exact=True).click()
    page.wait_for_url("**/papers/exams/*/")
    expect(page.locator("main")).to_contain_text("六月月考 A卷")
    expect(page.locator("main")).to_contain_text("六月月考 B卷")

    # Forms are dealt out by chance: one candidate of each is enough.
    exam = Exam.objects.get()
    operations.prepare_attempts(exam.pk, [each.pk for each in candidates], now=timezone.now())
    laid = Attempt.objects.filter(exam=exam).select_related("person")
    asked = []
    for attempt in (
        laid.filter(drawn__isnull=True).first(),
        laid.filter(drawn__isnull=False).first(),
    ):
        sheet = desk(attempt.person)
        sheet.goto(f"/exams/{exam.pk}/")
        sheet.get_by_role("button", name="开始作答").click()
        sheet.wait_for_selector("html[data-exam-ready]")
        asked.append({n for n in range(4) if f"题干{n}号" in sheet.content()})
        sheet.click("[data-goto='1']")
        sheet.locator("#q1 input").first.check()
        sheet.wait_for_selector(SAVED)
        sheet.click("#hand-in")
        sheet.click("#confirm-yes")
        sheet.wait_for_url("**/receipt/")
        operations.grade_attempt(attempt.pk, now=timezone.now())
    assert [len(each) for each in asked] == [2, 2]
    assert not asked[0] & asked[1]

    page.get_by_role("link", name="统计分析").click()
    forms = page.locator("section[aria-labelledby=forms] tbody tr")
    expect(forms).to_have_count(2)
    forms.nth(1).get_by_role("link").click()
    expect(page.locator(".eyebrow")).to_contain_text("B卷")
    expect(page.locator(".lead")).to_contain_text("1 人")


def to_be_marked(person, now, *, markers):
    """An exam of one short answer of two points."""
    question = make_question(
        {
            "type": "short_answer",
            "stem": "学习要求",
            "key_points": [
                {"text": "坚持党的领导", "any_of": ["党的领导"], "weight": 1},
                {"text": "人民至上", "any_of": ["人民至上"], "weight": 1},
            ],
        },
        now=now,
    )
    exam = make_exam(make_paper([question], points=Decimal(10), now=now), now=now, review="key")
    operations.set_marking(
        exam.pk, markers=markers, tolerance_percent=20, appeal_days=5, by=person("S1"), now=now
    )
    return exam


def test_what_is_ticked_before_the_script_has_come_is_added_up(person, desk):
    now = timezone.now()
    exam = to_be_marked(person, now, markers=1)
    attempt = operations.start_attempt(exam.pk, person("C1"), now=now)
    given = operations.Given(1, 1, json.dumps("坚持党的领导，想着群众"))
    operations.submit_attempt(attempt.pk, now=now, last=[given])
    operations.grade_attempt(attempt.pk, now=now)

    page = desk(person("K1", Role.MARKER))
    held = []
    page.route("**/exams/marking.js*", lambda route: held.append(route))
    page.goto("/marking/")
    page.get_by_role("link", name="学习要求").click(no_wait_after=True)
    page.locator(".marking-ticks input").nth(1).check()
    expect(page.locator("[name=points]")).to_have_value("5")
    (script,) = held
    script.continue_()
    expect(page.locator("[name=points]")).to_have_value("10")


def test_two_markers_disagree_and_a_third_settles_it_without_a_name_in_sight(person, desk):
    now = timezone.now()
    exam = to_be_marked(person, now, markers=2)
    attempts = []
    for number in ("C1", "C2"):
        attempt = operations.start_attempt(exam.pk, person(number), now=now)
        given = operations.Given(1, 1, json.dumps("坚持党的领导，想着群众"))
        operations.submit_attempt(attempt.pk, now=now, last=[given])
        operations.grade_attempt(attempt.pk, now=now)
        attempts.append(attempt)

    for number, points in (("K1", "10"), ("K2", "5")):
        page = desk(person(number, Role.MARKER))
        page.goto("/marking/")
        page.get_by_role("link", name="学习要求").click()
        expect(page.locator("main")).not_to_contain_text("人员C")
        expect(page.locator(".marking-ticks input:checked")).to_have_count(1)
        expect(page.locator("[name=points]")).to_have_value("5")
        page.locator(".marking-ticks input").nth(1).check()
        expect(page.locator("[name=points]")).to_have_value("10")
        page.fill("[name=points]", points)
        expect(page.locator("[name=also]:checked")).to_have_count(1)  # the same words, together
        page.get_by_role("button", name="保存并评下一份").click()
        expect(page.locator("form.marking")).to_have_count(0)
    assert Mark.objects.count() == 4

    holder = desk(person("S2", Role.QUESTION_SETTER))
    holder.goto(f"/exams/{exam.pk}/afterwards/")
    expect(holder.locator(".message")).to_contain_text("等待第三位阅卷人")

    third = desk(person("K3", Role.MARKER))
    third.goto("/marking/")
    third.get_by_role("link", name="学习要求").click()
    third.locator("[name=also]").uncheck()
    third.fill("[name=points]", "8")
    third.fill("[name=comment]", "第二点说得不全")
    third.get_by_role("button", name="保存并评下一份").click()
    expect(third.locator(".message").first).to_contain_text("成绩已经评定")
    settled = Attempt.objects.get(exam=exam, score__isnull=False, by_hand__isnull=False)
    # The mean of the two that lie nearest: 10 and 8.
    assert settled.score == Decimal(9)

    own = desk(settled.person)
    own.goto(f"/attempts/{settled.pk}/result/")
    expect(own.locator("main")).to_contain_text("得 9 分")
    expect(own.locator("main")).to_contain_text("第二点说得不全")
    expect(own.locator("main")).not_to_contain_text("人员K")
