"""Reading aloud in a real browser, with voices that only note what they were given to say."""

import pytest

from tests.factories.content import published_lesson
from tests.factories.people import PersonFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

# Voices of a device that has what each test says; what is spoken is kept, and ends when the test says so.
SPEECH = """
window.said = [];
window.SpeechSynthesisUtterance = class extends EventTarget {
  constructor(text) { super(); this.text = text; }
};
const speech = new EventTarget();
speech.getVoices = () => VOICES;
speech.cancel = () => {};
speech.speak = (utterance) => { window.said.push([utterance.text, utterance.rate]); window.last = utterance; };
Object.defineProperty(window, "speechSynthesis", { value: speech });
window.finish = () => window.last.dispatchEvent(new Event("end"));
"""
LOCAL = "[{name: 'Tingting', lang: 'zh-CN', localService: true}]"
REMOTE = "[{name: 'Google', lang: 'zh-CN', localService: false}, {name: 'Anna', lang: 'de', localService: true}]"


@pytest.fixture
def read(page, live_server, client):
    lesson = published_lesson(
        body=[
            ("heading", "为什么要读"),
            ("paragraph", "<p>先读原文。再谈体会！</p><p>最后动手做。</p>"),
        ]
    )
    client.force_login(PersonFactory())
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    page.context.add_cookies([cookie | {"url": live_server.url}])

    def go(voices):
        page.add_init_script(SPEECH.replace("VOICES", voices))
        page.goto(f"{live_server.url}{lesson.url}")
        page.click("[data-listen-open]")
        return page

    return go


def test_it_reads_sentence_after_sentence_and_marks_it(read):
    page = read(LOCAL)
    page.wait_for_function("said.length === 1")
    for n in (2, 3, 4, 5):
        page.evaluate("finish()")
        page.wait_for_function(f"said.length === {n}")

    said = page.evaluate("said.map(([text]) => text.trim())")

    assert said == ["先读规定", "为什么要读", "先读原文。", "再谈体会！", "最后动手做。"]
    marked = "[...CSS.highlights.get('listening')].map(String)"
    assert page.evaluate(marked) == ["最后动手做。"]
    assert "第 5 句，共 5 句" in page.inner_text("[data-listen-place]")
    page.evaluate("finish()")
    assert page.get_attribute("[data-listen-toggle]", "data-state") == "paused"


def test_keys_change_sentence_and_speed_and_end_it(read):
    page = read(LOCAL)
    page.wait_for_function("said.length === 1")
    for key in ("ArrowRight", "ArrowRight", "ArrowUp"):
        page.keyboard.press(key)

    assert page.evaluate("said.at(-1)") == ["先读原文。", 1.25]
    assert page.input_value("[data-listen-speed]") == "1.25"
    page.keyboard.press("Escape")
    assert page.is_hidden("[data-listen-bar]")
    assert page.evaluate("document.activeElement.hasAttribute('data-listen-open')")
    assert page.evaluate("localStorage.getItem('listen-speed')") == "1.25"


def test_a_voice_of_the_network_is_never_given_the_text(read):
    page = read(REMOTE)
    page.wait_for_selector("[data-listen-none]:not([hidden])")

    assert page.evaluate("said") == []
    assert "没有可用的中文朗读语音" in page.inner_text("[data-listen-none]")
    assert page.is_hidden("[data-listen-bar]")
