"""The player in a real browser: what is played is proven, also over a lost connection."""

import io
import math
import time
import wave
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

import tracker.queries
from content import operations as content
from content.models import LibraryPage
from courses import operations
from courses.models import CourseItem, Enrolment, ItemProgress, StudyLease
from tests.factories.content import NOW, published_lecture, published_lesson
from tests.factories.courses import CoursePageFactory, EnrolmentFactory
from tests.factories.exams import make_question
from tests.factories.people import PersonFactory

PHONE = {"width": 390, "height": 844}

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="session")
def recording() -> bytes:
    """Twelve seconds of a tone."""
    rate = 8_000
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(1)
        out.setframerate(rate)
        tone = [128 + round(40 * math.sin(2 * math.pi * 300 * n / rate)) for n in range(rate)]
        out.writeframes(bytes(tone) * 12)
    return file.getvalue()


@pytest.fixture
def library(settings, tmp_path):
    """The library's trunk."""
    settings.MEDIA_ROOT = tmp_path
    return LibraryPage.objects.first()


def enrolled(*pages, min_share=80):
    course = CoursePageFactory()
    for order, page in enumerate(pages):
        CourseItem.objects.create(
            course=course, page_id=page.pk, sort_order=order, min_share=min_share
        )
    edition = operations.freeze_edition(course.pk, now=NOW)
    return EnrolmentFactory(person=PersonFactory(), edition=edition)


@pytest.fixture
def signed_in(context, live_server, login):
    """``signed_in(person)``: the browser carries a session of that person."""

    def enter(person):
        client = login(Client(), person)
        cookie = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])

    return enter


def test_a_lecture_played_on_a_phone_with_the_connection_lost_in_the_middle_is_credited(
    page, context, live_server, library, recording, signed_in
):
    media = content.add_media(
        ContentFile(recording, name="talk.wav"), title="谈读书", length_seconds=12
    )
    enrolment = enrolled(published_lecture(media=media))
    signed_in(enrolment.person)
    page.set_viewport_size(PHONE)
    page.goto(f"{live_server.url}/courses/{enrolment.course.slug}/1/")
    page.evaluate("document.querySelector('video, audio').muted = true")
    page.evaluate("document.querySelector('video, audio').play()")
    page.wait_for_function("() => document.querySelector('video, audio').currentTime > 3")
    context.set_offline(True)
    page.wait_for_function("() => document.querySelector('video, audio').ended", timeout=30_000)
    page.wait_for_function(
        "() => document.querySelector('[data-study-note]').textContent.includes('断开')",
        timeout=15_000,
    )
    assert ItemProgress.objects.get().covered_ms == 0
    context.set_offline(False)
    page.wait_for_function(
        "() => document.querySelector('[data-study-note]').textContent.includes('完成')",
        timeout=30_000,
    )

    progress = ItemProgress.objects.get()
    earned = progress.verified_ms + progress.plausible_ms
    assert 11_500 <= earned <= 12_000
    assert Enrolment.objects.get(pk=enrolment.pk).posted_at is not None
    (entry,) = tracker.queries.entries_of(enrolment.person_id, progress.completed_at)
    assert entry.hours == Decimal(2)


def test_a_lecture_begun_before_its_script_has_come_is_counted_all_the_same(
    page, live_server, library, recording, signed_in
):
    """On a slow line the controls are there before the script that listens to them."""
    media = content.add_media(
        ContentFile(recording, name="talk.wav"), title="谈读书", length_seconds=12
    )
    enrolment = enrolled(published_lecture(media=media))
    signed_in(enrolment.person)
    held = []
    page.route("**/courses/study.js*", lambda route: held.append(route))
    page.goto(f"{live_server.url}/courses/{enrolment.course.slug}/1/", wait_until="commit")
    page.wait_for_selector("[data-media]")
    page.evaluate("document.querySelector('video, audio').muted = true")
    page.evaluate("document.querySelector('video, audio').play()")
    page.wait_for_function("() => document.querySelector('video, audio').currentTime > 1")
    (script,) = held
    script.continue_()
    page.wait_for_function(
        "() => document.querySelector('[data-study-note]').textContent.includes('正在计时')",
        timeout=8_000,
    )


def outboxes(page):
    """The leases whose ticks this browser keeps for later, over all pages it had open."""
    return page.evaluate(
        """() => Object.keys(localStorage).filter((key) => key.startsWith("study-outbox:"))"""
    )


def test_a_whole_course_is_studied_on_a_phone_with_the_network_gone_in_the_middle(
    page, context, live_server, library, recording, signed_in
):
    """Lecture, text and self-check; offline during the lecture, and the text's page closed offline."""
    media = content.add_media(
        ContentFile(recording, name="talk.wav"), title="谈读书", length_seconds=12
    )
    words = "<p>读书要用心。先自己读，再一起谈，谈完了再写。</p>" * 8
    course = CoursePageFactory()
    question = make_question()
    for order, what in enumerate(
        [
            {"page_id": published_lecture(media=media).pk},
            {"page_id": published_lesson(body=[("paragraph", words)]).pk},
            {"questions": question.code},
        ]
    ):
        CourseItem.objects.create(course=course, sort_order=order, **what)
    edition = operations.freeze_edition(course.pk, now=NOW)
    person = PersonFactory()
    signed_in(person)
    page.set_viewport_size(PHONE)
    began = time.monotonic()

    page.goto(f"{live_server.url}/courses/{course.slug}/")
    page.get_by_role("button", name="开始学习").click()
    page.wait_for_selector("[data-media]")
    page.evaluate("document.querySelector('video, audio').play()")
    page.wait_for_function("() => document.querySelector('video, audio').currentTime > 3")
    # The lease is held: what is heard from here on is counted, with the network or without.
    page.wait_for_function(
        "() => document.querySelector('[data-study-note]').textContent.includes('正在计时')"
    )
    context.set_offline(True)
    page.wait_for_function("() => document.querySelector('video, audio').ended", timeout=30_000)
    page.wait_for_timeout(1_000)
    assert len(outboxes(page)) == 1
    assert not ItemProgress.objects.filter(completed_at__isnull=False).exists()
    context.set_offline(False)
    page.wait_for_function(
        "() => document.querySelector('[data-study-note]').textContent.includes('完成')",
        timeout=30_000,
    )
    assert outboxes(page) == []

    page.get_by_role("link", name="下一项").click()
    page.wait_for_selector("[data-study][data-kind=reading]")
    page.wait_for_function(
        "() => parseFloat(document.querySelector('[data-study-bar]').value) > 0", timeout=30_000
    )
    context.set_offline(True)
    page.wait_for_timeout(12_000)
    (left,) = outboxes(page)
    before = sum(ItemProgress.objects.values_list("covered_ms", flat=True))
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.set_viewport_size(PHONE)
    again.goto(f"{live_server.url}/courses/{course.slug}/2/")
    again.wait_for_selector("[data-study][data-kind=reading]")
    # Time is counted for what came into view: whoever reads goes on to the end.
    again.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    again.wait_for_function(
        "() => document.querySelector('[data-study-note]').textContent.includes('完成')",
        timeout=60_000,
    )
    assert left not in outboxes(again)  # what the closed page had kept was sent
    assert sum(ItemProgress.objects.values_list("covered_ms", flat=True)) > before

    again.get_by_role("link", name="下一项").click()
    again.wait_for_selector("[data-check]")
    for letter in "ABCD":
        again.locator(f"[data-check] input[type=radio][value={letter}]").check(force=True)
        again.get_by_role("button", name="提交并看解析").click()
        again.wait_for_selector("[data-check] .message")
        if again.locator("[data-check] .message.success").count():
            break
        again.get_by_role("button", name="再答一次").click()
        again.wait_for_selector("[data-check] input[type=radio]")
    assert "本项已完成" in again.text_content("[data-check-status]")
    again.get_by_role("link", name="返回课程").click()
    assert "完成" in again.text_content("main")

    passed = (time.monotonic() - began) * 1000
    rows = ItemProgress.objects.values_list("verified_ms", "plausible_ms")
    assert 0 < sum(map(sum, rows)) <= passed
    assert Enrolment.objects.get(person=person).posted_at is not None
    (entry,) = tracker.queries.entries_of(person.pk, timezone.now())
    assert entry.hours == edition.hours


def test_a_lecture_nobody_touches_pauses_and_asks_and_goes_on_when_answered(
    page, live_server, library, recording, signed_in, settings, look
):
    settings.STUDY_PRESENCE_MINUTES = 0.05  # three seconds
    media = content.add_media(
        ContentFile(recording, name="talk.wav"), title="谈读书", length_seconds=12
    )
    enrolment = enrolled(published_lecture(media=media))
    signed_in(enrolment.person)
    page.goto(f"{live_server.url}/courses/{enrolment.course.slug}/1/")
    page.evaluate("document.querySelector('video, audio').muted = true")
    page.evaluate("document.querySelector('video, audio').play()")
    page.wait_for_selector("[data-study-presence]:not([hidden])", timeout=20_000)
    assert page.evaluate("document.querySelector('video, audio').paused")
    assert page.evaluate("document.activeElement.textContent") == "继续学习"
    look(page, "courses-presence")

    page.wait_for_timeout(6_000)
    earned = sum(ItemProgress.objects.values_list("verified_ms", "plausible_ms").get())
    assert 2_000 <= earned <= 4_500  # what was played until the question, and nothing since
    page.keyboard.press("Enter")
    page.wait_for_function("() => !document.querySelector('video, audio').paused")
    assert page.is_hidden("[data-study-presence]")
    for _ in range(8):  # who moves about is not asked
        page.mouse.move(_ * 10, 50)
        page.wait_for_timeout(1_000)
    page.wait_for_function("() => document.querySelector('video, audio').ended", timeout=30_000)
    page.wait_for_function(
        "() => document.querySelector('[data-study-note]').textContent.includes('完成')",
        timeout=30_000,
    )


def test_a_site_that_never_asks_draws_no_question(client, login, library, recording, settings):
    settings.STUDY_PRESENCE_MINUTES = 0
    media = content.add_media(
        ContentFile(recording, name="talk.wav"), title="谈读书", length_seconds=12
    )
    enrolment = enrolled(published_lecture(media=media))
    page = login(client, enrolment.person).get(f"/courses/{enrolment.course.slug}/1/")
    assert "data-presence" not in page.content.decode()


def test_a_second_window_takes_over_and_the_first_one_says_so(
    page, context, live_server, library, signed_in
):
    words = "<p>读书要用心。先自己读，再一起谈，谈完了再写。</p>" * 30
    enrolment = enrolled(published_lesson(body=[("paragraph", words)]))
    signed_in(enrolment.person)
    address = f"{live_server.url}/courses/{enrolment.course.slug}/1/"
    page.goto(address)
    page.wait_for_function(
        "() => parseFloat(document.querySelector('[data-study-bar]').value) > 0", timeout=30_000
    )
    second = context.new_page()
    second.goto(address)
    second.wait_for_function(
        "() => document.querySelector('[data-study-note]').textContent.includes('现在由本窗口计时')"
    )
    page.bring_to_front()
    page.wait_for_selector("[data-study-takeover]:not([hidden])", timeout=30_000)
    assert "其他窗口" in page.text_content("[data-study-note]")

    page.click("[data-study-takeover] button")
    page.wait_for_selector("[data-study-takeover]", state="hidden")
    assert StudyLease.objects.filter(released_at=None).count() == 1


def test_every_page_of_courses_is_free_of_serious_faults(
    page,
    live_server,
    library,
    signed_in,
    look,
):
    enrolment = enrolled(published_lesson(), published_lesson(title="再读一遍"))
    signed_in(enrolment.person)
    slug = enrolment.course.slug
    for name, address in {
        "catalogue": "/courses/",
        "mine": "/courses/mine/",
        "course": f"/courses/{slug}/",
        "item": f"/courses/{slug}/1/",
        "evidence": f"/courses/{slug}/time/",
    }.items():
        page.goto(f"{live_server.url}{address}")
        look(page, f"courses-{name}")
