"""The examination page in a real browser: what it says about saving is true."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from exams import operations, queries
from exams.engine.certainty import GARDNER_MEDWIN
from exams.models import Attempt
from people.enums import Role
from tests.exams.engine.test_items import EXAMPLES
from tests.factories.exams import make_exam, make_paper, make_question
from tests.factories.people import PersonFactory, RoleGrantFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
SAVED = "#saved[data-save=saved]"
READY = "html[data-exam-ready]"


@pytest.fixture
def window(browser):
    """A browser of its own: no cookie or stored answer of another test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context
    context.close()


@pytest.fixture
def attempt():
    now = timezone.now()
    questions = [make_question(now=now), make_question(now=now)]
    questions.append(make_question({**EXAMPLES[4]}, now=now))
    exam = make_exam(make_paper(questions, now=now), now=now, duration=timedelta(minutes=20))
    return operations.start_attempt(exam.pk, PersonFactory(), now=now)


@pytest.fixture
def by_certainty():
    """Two choices of three points each; the key of both says B."""
    now = timezone.now()
    paper = make_paper([make_question(now=now) for _ in range(2)], now=now, points=Decimal(3))
    exam = make_exam(
        paper, now=now, review="key", certainty_scheme=GARDNER_MEDWIN.as_dict(),
        shuffle_options=False, shuffle_questions=False,
    )  # fmt: skip
    return operations.start_attempt(exam.pk, PersonFactory(), now=now)


@pytest.fixture
def sitting(request, client, login, window, live_server):
    """``sitting()`` opens the page of the attempt in a new tab, signed in."""
    by_its_own = "by_certainty" in request.fixturenames
    attempt = request.getfixturevalue("by_certainty" if by_its_own else "attempt")
    login(client, attempt.person)
    cookie = client.cookies["sessionid"]
    window.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])

    def open_tab():
        tab = window.new_page()
        tab.goto(f"{live_server.url}/attempts/{attempt.pk}/")
        tab.wait_for_selector(READY)
        return tab

    return open_tab


def choose(tab, item, label):
    tab.click(f"[data-goto='{item}']")
    tab.check(f"#q{item} input[value={label}]")


def held(attempt):
    return {item: value for item, (_seq, value) in queries.answers_of(attempt.pk).items()}


def test_answers_are_saved_as_they_are_given_and_the_receipt_counts_them(sitting, attempt):
    tab = sitting()
    choose(tab, 1, "B")
    tab.click("[data-goto='3']")
    tab.fill("#q3 [data-blank='1']", "2022")
    tab.wait_for_selector("[data-goto='3']:not([data-unsaved])[data-answered]")
    tab.wait_for_selector(SAVED)
    assert held(attempt) == {1: "B", 3: ["2022", ""]}
    tab.click("#hand-in")
    expect(tab.locator("#confirm-open a")).to_have_count(1)
    tab.click("#confirm-yes")
    tab.wait_for_url("**/receipt/")
    code = Attempt.objects.get(pk=attempt.pk).receipt
    expect(tab.locator(".code")).to_have_text(code)


def test_what_is_answered_before_the_script_has_come_is_saved(
    sitting, attempt, window, live_server
):
    """On a slow line the paper is there to be answered before the script that saves."""
    held_back = []
    tab = window.new_page()
    tab.route("**/exams/attempt.js*", lambda route: held_back.append(route))
    tab.goto(f"{live_server.url}/attempts/{attempt.pk}/", wait_until="commit")
    tab.check("#q1 input[value=B]")
    tab.fill("#q3 [data-blank='1']", "2022")
    (script,) = held_back
    script.continue_()
    tab.wait_for_selector(READY)
    tab.wait_for_selector("[data-goto='3']:not([data-unsaved])[data-answered]")
    tab.wait_for_selector(SAVED)
    assert held(attempt) == {1: "B", 3: ["2022", ""]}

    # And a page that nobody has touched yet sends nothing.
    sent = []
    tab.on("request", lambda request: sent.append(request.url) if request.method == "POST" else 0)
    tab.unroute_all()
    tab.reload()
    tab.wait_for_selector(READY)
    tab.wait_for_timeout(1_000)
    expect(tab.locator("#q1 input[value=B]")).to_be_checked()
    assert sent == []


def test_an_answer_given_offline_is_kept_over_closing_and_sent_later(sitting, attempt, window):
    tab = sitting()
    window.set_offline(True)
    choose(tab, 1, "C")
    tab.wait_for_selector("#saved[data-save=waiting]")
    assert held(attempt) == {}
    tab.close()
    window.set_offline(False)
    again = sitting()
    expect(again.locator("#q1 input[value=C]")).to_be_checked()
    again.wait_for_selector(SAVED)
    assert held(attempt) == {1: "C"}


def test_a_reply_that_is_lost_is_asked_for_again_and_nothing_counts_twice(sitting, attempt, window):
    tab = sitting()
    lost = []

    def lose(route):
        if not lost:
            lost.append(route.fetch())  # stored, but the page never hears of it
            route.abort()
        else:
            route.continue_()

    window.route("**/answers/", lose)
    choose(tab, 1, "D")
    tab.wait_for_selector("[data-goto='1']:not([data-unsaved])[data-answered]", timeout=20_000)
    tab.wait_for_selector(SAVED)
    assert lost
    assert held(attempt) == {1: "D"}


def test_a_second_window_takes_over_and_the_first_says_so(sitting):
    first = sitting()
    second = sitting()
    expect(first.locator("#elsewhere")).to_be_visible()
    expect(first.locator("#q1 input").first).to_be_disabled()
    expect(second.locator("#elsewhere")).to_be_hidden()


def test_the_servers_deadline_rules_and_when_it_is_over_the_page_hands_in(sitting, attempt, window):
    tab = sitting()
    choose(tab, 1, "A")
    tab.wait_for_selector(SAVED)
    # The page believes that two seconds are left; the deadline was moved meanwhile.
    tab.add_init_script("const j = JSON.parse; JSON.parse = t => { const v = j(t); if (v && v.seconds) v.seconds = 2; return v; }")  # fmt: skip
    with tab.expect_response("**/pass/"):
        tab.reload()
    expect(tab.locator("#time")).to_contain_text("分钟")
    expect(tab.locator("#q1 input").first).to_be_enabled()
    soon = timezone.now() + timedelta(seconds=3)
    Attempt.objects.filter(pk=attempt.pk).update(
        due_at=soon, accepts_until=soon + timedelta(seconds=30), overrides=1
    )
    tab.reload()
    tab.wait_for_url("**/receipt/", timeout=20_000)
    assert Attempt.objects.get(pk=attempt.pk).answered == 1


def test_another_device_takes_over_and_leaving_the_page_is_noted(sitting, attempt, browser, window):
    tab = sitting()
    with browser.new_context() as elsewhere:
        elsewhere.add_cookies(window.cookies())
        other = elsewhere.new_page()
        other.goto(tab.url)
        other.wait_for_selector(READY)
        # Coming back to a page asks the server who is in charge.
        hidden = "Object.defineProperty(document, 'visibilityState', {value: '%s', configurable: true}); document.dispatchEvent(new Event('visibilitychange'))"
        tab.evaluate(hidden % "hidden")
        tab.wait_for_timeout(2100)
        with tab.expect_response("**/signs/"):
            tab.evaluate(hidden % "visible")
        expect(tab.locator("#elsewhere")).to_be_visible()
        expect(other.locator("#elsewhere")).to_be_hidden()
    assert attempt.events.filter(kind="left").get().detail["seconds"] >= 2


def test_the_keyboard_is_enough(sitting, attempt):
    tab = sitting()
    tab.keyboard.press("b")
    tab.keyboard.press("m")
    first = tab.locator("[data-goto][aria-current]")
    expect(first).to_have_attribute("data-marked", "")
    tab.wait_for_selector(SAVED)
    assert len(held(attempt)) <= 1


def test_certainty_is_asked_kept_over_a_reload_and_explained_with_the_marks(sitting, by_certainty):
    tab = sitting()
    sure = "#q1 [data-type=certainty] input[value='%d']"
    choose(tab, 1, "B")
    tab.check(sure % 2)
    expect(tab.locator("#q1 .certainty label").nth(1)).to_contain_text("答对 2 分，答错 -2 分")
    tab.wait_for_selector(SAVED)
    tab.reload()
    tab.wait_for_selector(READY)
    expect(tab.locator(sure % 2)).to_be_checked()
    tab.check(sure % 3)  # thought better of
    choose(tab, 2, "A")
    tab.keyboard.press("l")
    expect(tab.locator("#q2 [data-type=certainty] input[value='3']")).to_be_checked()
    tab.wait_for_selector(SAVED)
    assert queries.certainties_of(by_certainty) == {1: 3, 2: 3}

    tab.click("#hand-in")
    tab.click("#confirm-yes")
    tab.wait_for_url("**/receipt/")
    tab.goto(tab.url.replace("/receipt/", "/result/"))
    # Right and quite sure gives all three points, wrong and quite sure costs six.
    lines = tab.locator(".reviewed")
    expect(lines.nth(0)).to_contain_text("正确，得 3 分，满分 3 分")
    expect(lines.nth(1)).to_contain_text("得 -6 分，满分 3 分")
    expect(lines.nth(1)).to_contain_text("很有把握 · 答对 3 分，答错 -6 分")
    expect(tab.locator("#sure")).to_be_visible()
    expect(tab.locator("section[aria-labelledby=sure] tbody tr").last).to_contain_text("50%")
    # The whole paper never gives less than nothing.
    assert Attempt.objects.get(pk=by_certainty.pk).score == 0


def test_a_page_whose_clock_ran_ahead_offline_learns_so_and_goes_on(sitting, attempt, window):
    tab = sitting()
    choose(tab, 1, "A")
    tab.wait_for_selector(SAVED)
    window.route("**/pass/", lambda route: route.abort())
    tab.add_init_script("const j = JSON.parse; JSON.parse = t => { const v = j(t); if (v && v.seconds) v.seconds = 2; return v; }")  # fmt: skip
    with tab.expect_response("**/submit/", timeout=20_000) as told:
        tab.reload()
    assert told.value.status == 425
    expect(tab.locator("#time")).to_contain_text("分钟")
    expect(tab.locator("#q1 input").first).to_be_enabled()
    choose(tab, 2, "C")
    tab.wait_for_selector("[data-goto='2']:not([data-unsaved])[data-answered]")
    assert held(attempt) == {1: "A", 2: "C"}
    assert Attempt.objects.get(pk=attempt.pk).state == 20


def test_the_hand_in_dialog_lists_open_questions_as_this_paper_has_them(
    client, login, window, live_server
):
    now = timezone.now()
    paper = make_paper([make_question(now=now) for _ in range(12)], now=now)
    exam = make_exam(paper, now=now, shuffle_questions=True)
    attempt = operations.start_attempt(exam.pk, PersonFactory(), now=now)
    sheet = queries.sheet_of(attempt)
    assert [line.number for line in sheet] != list(range(1, 13))
    login(client, attempt.person)
    cookie = client.cookies["sessionid"]
    window.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])
    tab = window.new_page()
    tab.goto(f"{live_server.url}/attempts/{attempt.pk}/")
    tab.wait_for_selector(READY)
    # The eleventh and the third of this paper, whatever their numbers on the paper drawn.
    for place in (11, 3):
        number = sheet[place - 1].number
        tab.click(f"[data-goto='{number}']")
        tab.locator(f"fieldset[data-item='{number}'] .options input").first.check()
    tab.click("#hand-in")

    shown = tab.locator("#confirm-open a").all_inner_texts()

    assert [int(text) for text in shown] == [1, 2, 4, 5, 6, 7, 8, 9, 10, 12]
    tab.locator("#confirm-open a").nth(2).click()
    expect(tab.locator(f"fieldset[data-item='{sheet[3].number}']")).to_be_visible()


def test_the_page_still_open_of_a_void_attempt_says_that_it_is_void(sitting, attempt):
    tab = sitting()
    operations.void_attempt(attempt.pk, because="试卷抽错", by=PersonFactory(), now=timezone.now())
    choose(tab, 1, "B")

    expect(tab.locator("#notice")).to_contain_text("本次答卷已作废")


def test_a_person_found_and_ticked_stays_ticked_when_the_search_field_is_left(
    client, login, window, live_server
):
    admin = PersonFactory()
    RoleGrantFactory(
        person=admin, role=Role.TRAINING_ADMIN, unit=admin.unit,
        starts_on=date(2020, 1, 1), ends_on=None,
    )  # fmt: skip
    wanted = PersonFactory(unit=admin.unit, name="欧阳明")
    listed = PersonFactory(unit=admin.unit)
    exam = make_exam(now=timezone.now(), audience="persons", person_ids=[listed.pk])
    login(client, admin)
    cookie = client.cookies["sessionid"]
    window.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])
    tab = window.new_page()
    tab.goto(f"{live_server.url}/sittings/{exam.pk}/candidates/")
    asked = []
    tab.on(
        "request", lambda request: asked.append(request.url) if "part=find" in request.url else None
    )
    tab.locator("#find").press_sequentially("欧阳")
    tab.locator("#found label", has_text="欧阳明").click()
    tab.wait_for_timeout(500)
    before = len(asked)
    tab.click("#found button[value=pick]")
    tab.wait_for_load_state()

    expect(tab.locator(".message")).to_contain_text("已添加 1 位考生")
    assert before == 1
    assert exam.persons.filter(pk=wanted.pk).exists()
