"""A training class from the plan to the learner's record, in a browser, as six people do it.

Only the clock is wound, on the server: the class begins a week after it is called up.
"""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, expect

from people.enums import OrgKind, Role
from people.operations import grant_role
from tests.factories.people import OrgUnitFactory, PersonFactory
from tests.factories.tracker import InstitutionFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PASSWORD = "a quiet reading room"
TITLE = "新任科级干部培训班"


@pytest.fixture
def house(live_server) -> SimpleNamespace:
    """A district with a bureau and a school; everybody the class needs."""
    call_command("createcachetable")
    top = OrgUnitFactory(name="清河区", code="QH", kind=OrgKind.SYSTEM)
    bureau = OrgUnitFactory(name="区民政局", code="QH-MZ", parent=top)
    school = OrgUnitFactory(name="清河区委党校", parent=top, kind=OrgKind.INSTITUTION)
    InstitutionFactory(name="清河区委党校", unit=school)
    for number, name, unit, role in (
        ("T1", "顾明远", top, Role.TRAINING_ADMIN),
        ("T2", "秦怀远", top, Role.TRAINING_ADMIN),
        ("L1", "周慧敏", bureau, Role.LIAISON),
        ("I1", "沈文博", school, Role.INSTITUTION_STAFF),
        ("M1", "林晓禾", bureau, None),
        ("M2", "王家东", bureau, None),
    ):
        person = PersonFactory(staff_number=number, name=name, unit=unit, password=PASSWORD)
        if role:
            grant_role(person, role, unit, by=None, now=timezone.now(), on=timezone.localdate())
    return SimpleNamespace(bureau=bureau)


@pytest.fixture
def clock(monkeypatch) -> SimpleNamespace:
    """``clock.to(day, hour, minute)`` winds the server on to a moment of its own calendar."""
    real_now = timezone.now
    wound = SimpleNamespace(ahead=timedelta())
    monkeypatch.setattr(timezone, "now", lambda: real_now() + wound.ahead)

    def to(day, hour: int, minute: int = 0) -> None:
        moment = timezone.localtime(real_now()).replace(
            year=day.year, month=day.month, day=day.day, hour=hour, minute=minute
        )
        wound.ahead = moment - real_now()

    wound.to = to
    return wound


def test_a_class_runs_from_the_plan_to_the_learners_record(
    page: Page, browser, browser_context_args, live_server, house, sign_in, look, clock
):
    def at(path: str) -> None:
        page.goto(f"{live_server.url}{path}")

    def press(text: str) -> None:
        page.locator("main button:visible", has_text=text).last.click()
        page.wait_for_load_state()

    def said(text: str, on: Page = page) -> None:
        expect(on.locator(".message").first).to_contain_text(text)

    day = timezone.localdate() + timedelta(days=8)

    # 1. A plan with one class; more seats than there are is refused; a second person approves.
    sign_in(page, "T1", PASSWORD)
    at("/classes/plans/")
    page.fill("[name=year]", str(day.year))
    page.fill("[name=title]", "年度培训计划")
    press("编制计划")
    plan = page.url
    page.get_by_role("link", name="添加班次").click()
    page.fill("[name=title]", TITLE)
    page.select_option("[name=institution]", label="清河区委党校")
    page.fill("[name=first_day]", day.isoformat())
    page.fill("[name=last_day]", day.isoformat())
    page.fill("[name=answer_by]", (day - timedelta(days=2)).isoformat())
    page.fill("[name=training_days]", "1")
    page.fill("[name=hours]", "7")
    page.fill("[name=seats]", "2")
    press("添加班次")
    of = page.url
    page.get_by_role("link", name="分配名额").click()
    seats = page.get_by_label("区民政局")
    seats.fill("3")
    press("保存")
    said("超过本班总名额 2 人")
    expect(seats).to_have_value("3")
    seats.fill("2")
    press("保存")
    sign_in(page, "T2", PASSWORD)
    page.goto(plan)
    press("批准")
    sign_in(page, "T1", PASSWORD)
    page.goto(of)
    press("下达调训")
    look(page, "class-called")

    # 2. The unit's liaison names two, of a small unit without searching.
    sign_in(page, "L1", PASSWORD)
    at("/classes/answers/")
    page.get_by_role("link", name=TITLE).click()
    press("确认人选")
    said("请先选择人员")
    page.get_by_label("林晓禾").check()
    page.get_by_label("王家东").check()
    look(page, "class-answer")
    press("确认人选")
    expect(page.locator("main")).to_contain_text("已确认参加")

    # 3. The school writes the timetable.
    sign_in(page, "I1", PASSWORD)
    page.goto(of)
    for title, begins, ends, hours in (
        ("岗位职责", "08:45", "12:15", "5"),
        ("公文", "14:00", "17:00", "2"),
    ):
        page.locator("main summary", has_text="添加课次").click()
        page.fill("[name=title]", title)
        page.fill("[name=starts_at]", f"{day}T{begins}")
        page.fill("[name=ends_at]", f"{day}T{ends}")
        page.fill("[name=hours]", hours)
        press("添加课次")

    # 4. On the day: the code is on the wall, the learner enters it on a phone.
    clock.to(day, 8, 50)
    sign_in(page, "I1", PASSWORD)
    page.goto(of)
    page.get_by_role("link", name="岗位职责").click()
    page.get_by_role("link", name="签到码").click()
    page.locator("[data-digits]:visible").wait_for()
    phone = browser.new_context(
        **(browser_context_args | {"viewport": {"width": 390, "height": 844}})
    ).new_page()
    phone.goto(f"{live_server.url}/accounts/login/")
    phone.fill("input[name=login]", "M1")
    phone.fill("input[name=password]", PASSWORD)
    phone.press("input[name=password]", "Enter")
    phone.wait_for_url(lambda url: "/accounts/login" not in url)
    phone.get_by_role("link", name=TITLE).click()
    phone.get_by_role("link", name="签到：岗位职责").click()
    phone.fill("[name=code]", page.locator("[data-digits]").inner_text())
    phone.locator("main form button").click()
    said("您已签到", on=phone)
    expect(phone.get_by_role("row", name="岗位职责")).to_contain_text("出勤")
    expect(phone.get_by_role("link", name="签到：")).to_have_count(0)
    phone.context.close()

    # 5. Leave of two of seven hours is too much; a sheet fills the rest.
    clock.to(day, 17, 5)
    sign_in(page, "I1", PASSWORD)
    page.goto(of)
    page.get_by_role("link", name="岗位职责").click()
    row = page.get_by_role("row", name="王家东")
    row.locator("select").select_option("leave")
    row.locator("input").fill("2")
    press("保存考勤")
    page.goto(of)
    page.get_by_role("link", name="公文").click()
    sheet = "工号,状态\nM1,出勤\nM2,出勤\n".encode("gb18030")
    page.set_input_files(
        "[name=sheet]", {"name": "考勤.csv", "mimeType": "text/csv", "buffer": sheet}
    )
    press("预览")
    press("导入无误的行")
    said("已导入 2 行")
    page.goto(of)
    press("确认结果")
    expect(page.locator("dialog[open]")).to_contain_text("缺课超过七分之一")
    press("确认结果")
    said("结果已确认")

    # 6. One click posts; the learner reads it in the own record and judges without a name.
    sign_in(page, "T1", PASSWORD)
    page.goto(of)
    press("入账")
    said("1 人的培训天数和学时已入账")
    look(page, "class-posted")
    sign_in(page, "M1", PASSWORD)
    at("/notices/")
    page.get_by_role("link", name="已记入您的学时档案").click()
    expect(page.locator("main")).to_contain_text(TITLE)
    page.get_by_role("link", name=TITLE).first.click()
    expect(page.locator("main")).to_contain_text("清河区委党校")
    page.goto(of)
    page.get_by_role("link", name="评价这个班").click()
    for question in page.locator("main fieldset").all():
        question.get_by_label("4").check()
    look(page, "class-judge")
    press("匿名提交")
    said("谢谢")
