"""Ten ways to earn study time without studying, tried over the real addresses.

Each earns at most the time that truly passed; none earns a completion it should not.
"""

import json
import random

import pytest
from django.core import signing
from django.test import Client

from courses.models import Enrolment, ItemProgress, StudyLease
from tests.courses.study_helpers import StudyPage, lossy


def earned(enrolment) -> float:
    """Seconds earned over all items, verified and plausible."""
    rows = ItemProgress.objects.filter(enrolment=enrolment)
    return sum(row.verified_ms + row.plausible_ms for row in rows) / 1000


def test_cheat_1_fast_forward_to_the_end_earns_the_time_that_passed(enrolment, study_page):
    page = study_page(enrolment)
    page.wait(10)
    page.tick(0, 600, 10)
    answer = page.send()

    assert earned(enrolment) == 10
    assert answer["covered_seconds"] == 20
    assert not answer["completed"]


def test_cheat_2_sixteen_times_the_speed_earns_the_time_that_passed(enrolment, study_page):
    page = study_page(enrolment)
    page.play(0, 40, rate=16)

    assert earned(enrolment) <= 40
    assert ItemProgress.objects.get().covered_ms <= 80_000
    assert ItemProgress.objects.get().completed_at is None


def test_cheat_3_replayed_ticks_change_nothing(enrolment, study_page):
    page = study_page(enrolment)
    page.wait(10)
    page.tick(0, 10, 10)
    batch = list(page.outbox)
    page.send()
    before = ItemProgress.objects.values().get(), StudyLease.objects.values().get()
    for _ in range(50):
        page.wait(10)
        page.send(batch)

    assert (ItemProgress.objects.values().get(), StudyLease.objects.values().get()) == before


def test_cheat_3b_the_same_part_under_new_numbers_earns_once(enrolment, study_page):
    page = study_page(enrolment)
    for _ in range(20):
        page.wait(10)
        page.tick(0, 10, 10)
        page.send()

    assert earned(enrolment) == 10


def test_cheat_4_two_tabs_earn_once(enrolment, study_page, login, clock):
    first = study_page(enrolment)
    second = StudyPage(login(Client(), enrolment.person), clock)
    item = enrolment.edition.items.get()
    first.play(0, 10)
    assert second.take(enrolment, item)["took_over"]
    for at in range(10, 40, 10):
        first.wait(10)
        first.tick(at, at + 10, 10)
        second.tick(at + 300, at + 310, 10)
        assert first.send()["state"] == "lost"
        second.send()

    assert earned(enrolment) == 40
    assert StudyLease.objects.filter(released_at=None).count() == 1


def test_cheat_4b_two_tabs_taking_the_lease_in_turns_earn_once(enrolment, study_page, login, clock):
    pages = [study_page(enrolment), StudyPage(login(Client(), enrolment.person), clock)]
    item = enrolment.edition.items.get()
    for turn in range(20):
        page = pages[turn % 2]
        page.take(enrolment, item)
        page.wait(5)
        page.tick(turn * 20, turn * 20 + 10, 10)
        page.send()

    assert earned(enrolment) <= 100


@pytest.mark.parametrize(
    "forgery", ["another_key", "another_session", "edited", "nonsense", "none"]
)
def test_cheat_5_a_forged_lease_is_refused(enrolment, study_page, login, forgery):
    page = study_page(enrolment)
    client = page.client
    token: object = page.token
    if forgery == "another_key":
        token = signing.dumps([1, "media", 600_000, 1, ""], key="guess", salt="courses.study_lease")
    elif forgery == "another_session":
        client = login(Client(), enrolment.person)
    elif forgery == "edited":
        token = "A" + page.token
    elif forgery == "nonsense":
        token = {"lease": 1}
    else:
        token = None
    page.wait(10)
    response = client.post(
        "/api/study/ticks/",
        json.dumps({"token": token, "ticks": [[1, 0, 10_000, 10_000, True, True]]}),
        content_type="application/json",
    )

    assert response.status_code == 403
    assert earned(enrolment) == 0


def test_cheat_6_a_hidden_tab_earns_nothing(enrolment, study_page):
    page = study_page(enrolment)
    for at in range(0, 100, 10):
        page.wait(10)
        page.tick(at, at + 10, 10, visible=False)
        answer = page.send()

    assert earned(enrolment) == 0
    assert answer["reason"] == "hidden"


def test_cheat_6b_a_paused_lecture_earns_nothing(enrolment, study_page):
    page = study_page(enrolment)
    page.wait(10)
    page.tick(0, 10, 10, playing=False)

    assert page.send()["reason"] == "paused"
    assert earned(enrolment) == 0


def test_cheat_7_the_browsers_clock_set_forward_earns_the_time_that_passed(enrolment, study_page):
    page = study_page(enrolment)
    page.wait(10)
    for at in range(0, 600, 60):  # the page says an hour went by
        page.tick(at, at + 60, 60)
    page.send()

    assert earned(enrolment) <= 10


def test_cheat_7b_the_servers_clock_set_back_pays_no_time_twice(enrolment, study_page):
    page = study_page(enrolment)
    page.play(0, 60)
    page.wait(-60)
    page.play(60, 60)

    assert earned(enrolment) == 60


def test_cheat_8_there_is_no_direct_way_to_complete(enrolment, study_page):
    page = study_page(enrolment)
    item = enrolment.edition.items.get()
    for address in ("/api/study/complete/", f"/courses/{enrolment.course.slug}/complete/"):
        assert page.client.post(address).status_code in {404, 405}
    lease = {"enrolment": enrolment.pk, "item": item.pk, "completed": True, "covered": 600}
    taken = page.client.post(
        "/api/study/lease/", json.dumps(lease), content_type="application/json"
    )
    token = taken.json()["token"]
    ticks = {"token": token, "ticks": [], "completed": True, "verified_seconds": 600}
    page.client.post("/api/study/ticks/", json.dumps(ticks), content_type="application/json")

    assert Enrolment.objects.get(pk=enrolment.pk).completed_at is None
    assert ItemProgress.objects.get().completed_at is None


def test_cheat_9_items_studied_in_parallel_earn_the_time_that_passed(two_items, study_page):
    lecture, text = two_items.edition.items.order_by("position")
    at_lecture, at_text = study_page(two_items, lecture), study_page(two_items, text)
    for at in range(0, 60, 10):
        at_lecture.wait(10)
        at_lecture.tick(at, at + 10, 10)
        at_text.tick(at, at + 30, 10)
        at_lecture.send()
        at_text.send()

    assert earned(two_items) == 60


def test_cheat_9b_items_in_turns_with_a_fresh_lease_each_earn_the_time_that_passed(
    two_items, study_page
):
    lecture, text = two_items.edition.items.order_by("position")
    page = study_page(two_items, lecture)
    for turn in range(20):
        page.take(two_items, (lecture, text)[turn % 2])
        page.wait(3)
        page.tick(turn * 20, turn * 20 + 30, 30)
        page.send()

    assert earned(two_items) <= 60


def test_cheat_10_an_edited_length_is_never_read(enrolment, study_page):
    page = study_page(enrolment)
    page.wait(10)
    response = page.client.post(
        "/api/study/ticks/",
        json.dumps(
            {
                "token": page.token,
                "length": 10,
                "length_ms": 10_000,
                "min_share": 1,
                "ticks": [[1, 0, 10_000, 10_000, True, True]],
            }
        ),
        content_type="application/json",
    )

    assert response.json()["completed"] is False
    assert earned(enrolment) == 10


@pytest.mark.parametrize("seed", range(5))
def test_an_honest_learner_loses_at_most_one_per_cent_with_one_request_in_twenty_lost(
    enrolment, study_page, seed
):
    rng = random.Random(seed)  # noqa: S311  a test's dice
    page = study_page(enrolment)
    for at in range(0, 600, 10):
        page.wait(10 + rng.uniform(-0.4, 0.4) * (at > 0))
        page.tick(at, at + 10, 10)
        lossy(page, rng, 0.05)
    page.wait(10)
    while page.outbox:
        page.send()

    assert earned(enrolment) >= 594
    assert ItemProgress.objects.get().completed_at is not None


@pytest.mark.parametrize("kind", ["media", "reading"])
@pytest.mark.parametrize("seed", range(3))
def test_an_honest_learner_loses_at_most_one_per_cent_over_five_minutes_without_network(
    two_items, study_page, kind, seed
):
    """Ten minutes of study with one request in twenty lost and five minutes in a tunnel."""
    rng = random.Random(f"{kind}{seed}")  # noqa: S311  a test's dice
    item = two_items.edition.items.get(kind=kind)
    page = study_page(two_items, item)
    for at in range(0, 600, 10):
        page.wait(10 + rng.uniform(-0.4, 0.4) * (at > 0))
        page.tick(at, at + (10 if kind == "media" else 60), 10)
        if not 120 <= at < 420:
            lossy(page, rng, 0.05)
    while page.outbox:
        page.send()

    assert 594 <= earned(two_items) <= 600


def test_a_late_tick_is_never_an_error(enrolment, study_page, login, clock):
    page = study_page(enrolment)
    page.tick(0, 10, 10)
    study_page(enrolment)
    page.wait(90_000 - 60 * 60)

    assert page.send()["state"] == "lost"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "null",
        "{",
        '{"token": 1, "ticks": 5}',
        '{"ticks": [[1,2,3]]}',
        "[" * 20_000,
    ],
)
def test_a_body_that_is_not_ticks_is_refused_without_an_error(enrolment, study_page, body):
    page = study_page(enrolment)
    response = page.client.post("/api/study/ticks/", body, content_type="application/json")
    assert response.status_code in {400, 403}


@pytest.mark.parametrize(
    "tick",
    [
        [1, 0, 10, 10, True],
        ["1", 0, 10, 10, True, True],
        [1, 0.5, 10, 10, True, True],
        [1, 0, 2**31, 10, True, True],
        [True, 0, 10, 10, True, True],
        {"seq": 1},
    ],
)
def test_a_malformed_tick_is_refused_and_nothing_of_its_batch_is_kept(enrolment, study_page, tick):
    page = study_page(enrolment)
    page.wait(10)
    body = {"token": page.token, "ticks": [[1, 0, 5_000, 5_000, True, True], tick]}
    response = page.client.post(
        "/api/study/ticks/", json.dumps(body), content_type="application/json"
    )
    assert response.status_code == 400
    assert earned(enrolment) == 0


def test_the_lease_of_somebody_elses_enrolment_is_not_found(enrolment, login, person):
    client = login(Client(), person)
    item = enrolment.edition.items.get()
    response = client.post(
        "/api/study/lease/",
        json.dumps({"enrolment": enrolment.pk, "item": item.pk}),
        content_type="application/json",
    )
    assert response.status_code == 404


@pytest.mark.parametrize("address", ["lease", "ticks", "told"])
def test_a_form_where_json_is_expected_is_refused_in_words(login, person, address):
    """The lease's view finds the body read already, for the token of the form."""
    client = login(Client(enforce_csrf_checks=True), person)
    client.cookies["csrftoken"] = "a" * 32

    answer = client.post(f"/api/study/{address}/", {"csrfmiddlewaretoken": "a" * 32, "item": "1"})

    assert (answer.status_code, answer.json()["code"]) in [
        (400, "not_json"),
        (400, "not_an_object"),
    ]
