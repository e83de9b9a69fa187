"""E7: in an attempt no byte of the key reaches its candidate, whatever he opens.

A candidate goes wherever links, forms and addresses lead that need no number, hands in, and everything
he gets is read: pages, parts of pages, JSON, scripts, headers, cookies. Keys of which only a letter
could be seen are proven otherwise: with another key the paper is the same, byte by byte.
"""

import json
import re
from datetime import timedelta
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
import time_machine
from django.urls import NoReverseMatch, get_resolver, reverse

from exams.engine import drawing
from exams.engine import items as it
from exams.queries import sheet
from tests.architecture.test_authorisation import _addresses
from tests.factories.content import published_lesson
from tests.factories.exams import NOW, make_attempt, make_exam, make_paper, make_question

pytestmark = pytest.mark.django_db

# Words that stand in keys and in nothing that a candidate may see. Numbers likewise.
SECRET = re.compile(r"密钥|8697531|\\u5bc6\\u94a5")
# Names of what holds keys, as they would stand in JSON that says too much.
FIELDS = re.compile(
    r"[\"'](key|credit|accept|any_of|key_points|model_answer|rubric|tolerance)[\"']:"
)
WORDED = [
    {"type": "single", "options": [{"text": "甲", "feedback": "密钥评语"}, "乙"], "key": "B"},
    {"type": "fill_in", "stem": "____是宗旨。", "blanks": ["密钥填空"]},
    {"type": "fill_in", "stem": "[[1]]年", "blanks": [{"accept": ["密钥一", "密钥二"]}]},
    {"type": "numeric", "key": 8697531, "tolerance": 3},
    {"type": "short_answer", "key_points": [{"text": "密钥要点", "any_of": ["密钥措辞"]}]},
    {"type": "essay", "rubric": ["密钥观点"], "model_answer": "密钥范文"},
    {
        "type": "case",
        "parts": [
            {"type": "numeric", "stem": "问", "key": 8697531},
            {"type": "fill_in", "stem": "____", "blanks": ["密钥小题"], "explanation": "密钥小析"},
        ],
    },
]  # fmt: skip
LETTERED = [
    ({"type": "single", "options": ["甲", "乙", "丙"], "key": "A"}, {"key": "C"}),
    ({"type": "multiple", "options": ["甲", "乙", "丙"], "key": "AB"}, {"key": "BC"}),
    ({"type": "true_false", "key": True}, {"key": False}),
    (
        {"type": "matching", "left": ["一", "二"], "right": ["甲", "乙"], "key": {"1": "A", "2": "B"}},
        {"key": {"1": "B", "2": "A"}},
    ),
    ({"type": "ordering", "options": ["先", "中", "后"], "key": ["A", "B", "C"]}, {"key": ["C", "A", "B"]}),
]  # fmt: skip


def bodies(response):
    """All a browser gets: status line, headers with cookies, body."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    cookies = response.cookies.output()
    return f"{response.serialize_headers().decode()}\n{cookies}\n{body.decode(errors='replace')}"


def leaks(text):
    return sorted({match[0] for match in (*SECRET.finditer(text), *FIELDS.finditer(text))})


LINK = re.compile(r"""(?:href|src|action|hx-get|hx-post|data-[a-z-]+)=["']([^"'\s]+)["']""")
LEAVE_OUT = re.compile(r"/accounts/logout/|/cms/|\.(woff2?|png|jpe?g|svg|ico|webp|mp4|m4a)$")
MOST = 400


def everywhere(client, starts):
    """Each address within reach, with all that came from it; parts as htmx asks for them too."""
    waiting, seen = list(starts), set()
    while waiting and len(seen) < MOST:
        address = urldefrag(waiting.pop(0))[0]
        path = urlsplit(address).path
        # One page of a list in each order is like the other; addresses differ by their path here.
        if path in seen or LEAVE_OUT.search(path):
            continue
        seen.add(path)
        for headers in ({}, {"HX-Request": "true"}):
            response = client.get(address, headers=headers)
            said = bodies(response)
            yield path, response.status_code, said
        if "text/html" in response.headers.get("Content-Type", ""):
            found = [urljoin(address, link.replace("&amp;", "&")) for link in LINK.findall(said)]
            waiting += [link for link in found if link.startswith("/") and link[:2] != "//"]


def numberless():
    """Every address of the site that needs no argument."""
    for name, _address in _addresses(get_resolver()):
        try:
            yield reverse(name)
        except NoReverseMatch:
            continue


@pytest.fixture
def sitting(client, login, person):
    """A candidate in the middle of his attempt; the same questions stand in practice and a lesson."""
    explained = {"explanation": "密钥解析"}
    questions = [make_question({**plain, **explained}) for plain in WORDED]
    paper = make_paper(questions)
    exam = make_exam(paper, review="key", attempts_allowed=2)
    make_exam(paper, is_practice=True, attempts_allowed=9, review="key", title="练习")
    lesson = published_lesson(body=[("check", {"question": each.code}) for each in questions])
    with time_machine.travel(NOW, tick=False):
        login(client, person)
        attempt = make_attempt(exam, person)
        attempt.lesson = lesson
        yield attempt


def starts_of(attempt):
    own = [f"/attempts/{attempt.pk}/{part}" for part in ("", "pass/", "receipt/", "result/")]
    return [*own, f"/exams/{attempt.exam_id}/", *numberless()]


def test_wherever_a_candidate_goes_during_his_attempt_no_byte_of_the_key_is_there(
    sitting, open_page
):
    page = open_page(sitting)
    told = {}
    reached = 0

    for path, status, said in everywhere(page.client, starts_of(sitting)):
        reached += status == 200
        if found := leaks(said):
            told[path] = found
    saved = page.post("answers", [{"item": n, "seq": 1, "value": "A"} for n in range(1, 8)])
    again = page.post("answers", [{"item": 1, "seq": 1, "value": "B"}])
    malformed = page.post("answers", [{"item": 99, "seq": 0}])

    assert told == {}
    assert reached > 60
    assert leaks(bodies(saved) + bodies(again) + bodies(malformed)) == []


def test_neither_do_lessons_and_practice_judge_what_the_exam_still_asks(sitting, client):
    judged = []
    for line in sitting.exam.paper.items.select_related("version__question"):
        code, version = line.version.question.code, line.version_id
        address = f"/practice/lessons/{sitting.lesson.pk}/{code}/"
        judged.append(client.post(address, {"value": '"A"', "version": version}))
        judged.append(client.post(f"/practice/wrong/{version}/", {"value": '"A"'}))
    said = "".join(map(bodies, judged))

    assert leaks(said) == []


def test_after_handing_in_nothing_is_told_before_the_exam_s_policy_says_so(
    client, login, person, open_page
):
    questions = [make_question({**plain, "explanation": "密钥解析"}) for plain in WORDED]
    exam = make_exam(make_paper(questions), review="key", review_when="after_close")
    attempt = make_attempt(exam, person)
    page = open_page(attempt)
    with time_machine.travel(NOW, tick=False):
        assert leaks(bodies(page.submit((1, 1, "A")))) == []
        told = {
            path: found
            for path, _status, said in everywhere(page.client, starts_of(attempt))
            if (found := leaks(said))
        }
    assert told == {}


def test_the_sweep_finds_a_key_that_is_released(client, login, person, open_page):
    """Negative control: the same walk, with the key released, must come upon it."""
    exam = make_exam(
        make_paper([make_question({**WORDED[1], "explanation": "密钥解析"})]), review="key"
    )
    attempt = make_attempt(exam, person)
    page = open_page(attempt)
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        page.submit((1, 1, ["x"]))
        told = {path for path, _status, said in everywhere(page.client, ["/exams/"]) if leaks(said)}
    assert f"/attempts/{attempt.pk}/result/" in told


def without_chance(page):
    """A page without what differs each time it is drawn: nonce, tokens, number of the window."""
    page = re.sub(r'nonce="[^"]+"|name="csrfmiddlewaretoken" value="[^"]+"', "", page)
    return re.sub(r'"(token|window)": ("[^"]+"|\d+)|"X-CSRFToken": ?"[^"]+"', "", page)


def with_key(other):
    """In place of the reader of items: the same item with another key."""

    def read(text):
        body = it.item_to_dict(it.item_from_dict(json.loads(text)))
        return it.item_from_dict({**body, **other})

    return read


@pytest.mark.parametrize(("plain", "other"), LETTERED, ids=lambda each: each.get("type", "other"))
@pytest.mark.parametrize("shuffled", [True, False])
def test_with_another_key_the_paper_is_the_same_byte_by_byte(
    plain, other, shuffled, open_page, person, monkeypatch
):
    exam = make_exam(make_paper([make_question(plain)]), shuffle_options=shuffled)
    page = open_page(make_attempt(exam, person))
    with time_machine.travel(NOW, tick=False):
        address = f"/attempts/{page.attempt.pk}/"
        before = without_chance(page.client.get(address).content.decode())

        monkeypatch.setattr(sheet, "_item", with_key(other))
        after = without_chance(page.client.get(address).content.decode())

    assert after == before


def test_the_comparison_sees_a_paper_that_depends_on_the_key(open_page, person, monkeypatch):
    """Negative control: an arrangement that puts the key first differs with the key."""
    plain, other = LETTERED[0]
    page = open_page(make_attempt(make_exam(make_paper([make_question(plain)])), person))
    shown = drawing.shown
    monkeypatch.setattr(
        drawing,
        "shown",
        lambda item, arrangement: {**shown(item, arrangement), "stem": f"题{sorted(item.key)}"},
    )
    with time_machine.travel(NOW, tick=False):
        address = f"/attempts/{page.attempt.pk}/"
        before = without_chance(page.client.get(address).content.decode())
        monkeypatch.setattr(sheet, "_item", with_key(other))
        after = without_chance(page.client.get(address).content.decode())
    assert after != before
