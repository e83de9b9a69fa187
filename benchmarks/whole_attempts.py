"""Whole attempts: ``python -m benchmarks.whole_attempts [--candidates 3000]``.

Forty requests each: sign in (form, password, home), list of exams, course, exam, start; ten times
a page of five questions with the answers saved twice; hand in, receipt, result with the key.
Without ``--candidates`` twenty workplaces do one attempt after the other as fast as they are
answered. With it so many candidates take 15 seconds for a page of five; the paper stays in the
browser as ours does, and whoever is through is followed by somebody who signs in.
Every intention and acknowledgement is journalled and compared with the database.
"""

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from benchmarks import PASSWORD, harness, load
from benchmarks.answer_saves import QUESTIONS, Candidate, lost

AT_ONCE = 5  # questions a page
PAGES = QUESTIONS // AT_ONCE
SUBMITTED = 30  # exams.enums.AttemptState


class Workplace(load.Client):
    """One candidate after the other sits down here and does a whole attempt."""

    def __init__(
        self, scene: Any, course: str, port: int, number: int, journal: Path, people: list[str]
    ) -> None:
        self.exam_id = scene.exam_id
        self.course, self.port, self.people = course, port, people
        # Sign-ins are limited by address: a room of candidates has many.
        self.address = f"127.1.{number // 250}.{number % 250 + 1}"
        self.journal = journal
        self.page_seconds = 0.0
        self.turns_pages = True
        self.seat: Any = None  # somebody who sits here already, and at which page
        self.page = 0
        self.out: TextIO
        self.answer: load.Answer

    def open(self) -> None:
        self.out = self.journal.open("w", encoding="utf-8")
        self.life = self._life()

    def ask(self) -> bytes:
        return next(self.life, b"")

    def told(self, answer: load.Answer) -> None:
        self.answer = answer
        if answer.status not in (200, 302):
            raise RuntimeError(f"{self.step}: {answer.status} {answer.body[:300]!r}")

    def close(self) -> None:
        self.life.close()
        self.out.close()

    def _life(self) -> Iterator[bytes]:
        if self.seat is not None:
            browser = harness.Browser(self.port)
            browser.cookies["sessionid"] = self.seat.session
            yield from self._answer(browser, self.seat.attempt, self.seat.token, self.page)
        for number in self.people:
            yield from self._attempt(number)

    def _get(self, browser: harness.Browser, step: str, path: str) -> Iterator[bytes]:
        self.step = step
        yield browser.request("GET", path)
        self._remember(browser)

    def _post(
        self, browser: harness.Browser, step: str, path: str, **fields: str
    ) -> Iterator[bytes]:
        self.step = step
        yield browser.request("POST", path, fields)
        self._remember(browser)
        if self.answer.status != 302:
            raise RuntimeError(f"{step} was refused: {self.answer.body[-3000:]!r}")

    def _remember(self, browser: harness.Browser) -> None:
        headers = [line.partition(": ") for line in self.answer.head.decode().split("\r\n")[1:]]
        browser.remember(value for name, _, value in headers if name.lower() == "set-cookie")
        browser.location = next((v for name, _, v in headers if name.lower() == "location"), "")

    def _attempt(self, number: str) -> Iterator[bytes]:
        browser = harness.Browser(self.port)
        yield from self._get(browser, "sign-in form", "/accounts/login/")
        yield from self._post(
            browser, "sign in", "/accounts/login/", login=number, password=PASSWORD
        )
        yield from self._get(browser, "home", "/")
        yield from self._get(browser, "exams", "/exams/")
        yield from self._get(browser, "course", f"/courses/{self.course}/")
        yield from self._get(browser, "exam", f"/exams/{self.exam_id}/")
        yield from self._post(browser, "start", f"/exams/{self.exam_id}/start/")
        attempt = harness.found(r"/attempts/([0-9a-f-]{36})/", browser.location)
        yield from self._get(browser, "paper", f"/attempts/{attempt}/")
        token = harness.found(r'"token": "([^"]+)"', self.answer.body.decode())
        yield from self._answer(browser, attempt, token, 0)

    def _answer(
        self, browser: harness.Browser, attempt: str, token: str, page: int
    ) -> Iterator[bytes]:
        saver = Candidate(self.port, attempt, token, browser.cookie_header, self.journal)
        saver.out, saver.at_once = self.out, AT_ONCE
        self.out.write(f"t {saver.attempt}\n")
        for number in range(page, PAGES):
            if number and self.turns_pages:
                yield from self._get(browser, "paper", f"/attempts/{attempt}/")
            for _ in range(2):
                # Half of the page's time goes by, then another half.
                self.pause = self.page_seconds / 2
                saver.item, self.step = number * AT_ONCE, "save"
                yield saver.ask()
                saver.told(self.answer)
                self.pause = 0.0
        self.step = "hand in"
        body = f'{{"token":"{token}","answers":[]}}'
        self.out.write("h\n")
        yield (
            f"POST /api/attempts/{attempt}/submit/ HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Cookie: {browser.cookie_header}\r\nContent-Type: application/json\r\n"
            f"Sec-Fetch-Site: same-origin\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()
        self.out.write(f"r {json.loads(self.answer.body)['receipt']}\n")
        yield from self._get(browser, "receipt", f"/attempts/{attempt}/receipt/")
        yield from self._get(browser, "result", f"/attempts/{attempt}/result/")


def check(journals: list[Path], scenes: Any) -> dict[str, int]:
    """What was acknowledged and is not held; attempts and rows of which there are too many."""
    answers: dict[str, dict[int, tuple[int, str]]] = {}
    for (attempt, item), found in scenes.answers_held().items():
        answers.setdefault(attempt, {})[item] = found
    held = scenes.attempts_held()
    out = {"attempts": len(held), "handed_in": 0, "answers_acknowledged": 0, "lost": 0}
    for journal in journals:
        for told in journal.read_text(encoding="utf-8").split("t ")[1:]:
            attempt, *lines = told.splitlines()
            receipts = [line[2:] for line in lines if line.startswith("r ")]
            saves = [line for line in lines if line[0] in "ia"]
            acknowledged, missing = lost(saves, answers.get(attempt, {}))
            out["answers_acknowledged"] += acknowledged
            out["handed_in"] += bool(receipts)
            out["lost"] += len(missing)
            if receipts and (held[attempt][0] < SUBMITTED or {held[attempt][1]} != set(receipts)):
                out["lost"] += 1
    persons = [row[3] for row in held.values()]
    out["double"] = len(persons) - len(set(persons)) + scenes.answers_double()
    return out


def steps(outcome: load.Outcome) -> list[dict[str, Any]]:
    return [
        {"step": step, "requests": len(taken), **load.spread(taken)}
        for step, taken in outcome.steps.items()
    ]


def fast(site: harness.Site, asked: Any, server: harness.Server, journals: Path) -> list[Workplace]:
    """As fast as they are answered; enough people that nobody runs out of them."""
    each = int((asked.seconds + 4) * 60 / asked.clients) + 2
    scene = site.scenes.sitting(asked.clients * each, QUESTIONS)
    course = site.scenes.course(0).slug
    waiting = iter(scene.staff_numbers)
    return [
        Workplace(
            scene, course, server.port, number, journals / f"{number}.txt",
            [next(waiting) for _ in range(each)],
        )
        for number in range(asked.clients)
    ]  # fmt: skip


def paced(
    site: harness.Site, asked: Any, server: harness.Server, journals: Path
) -> list[Workplace]:
    """In the middle of their attempts, each at a page of his own, and one more behind each."""
    scene = site.scenes.sitting(2 * asked.candidates, QUESTIONS)
    course = site.scenes.course(0).slug
    seated, following = (
        scene.staff_numbers[: asked.candidates],
        scene.staff_numbers[asked.candidates :],
    )
    chance = random.Random(1)  # noqa: S311 - repeatable, not secret
    out = []
    seats = site.scenes.seats(scene, seated, started=True)
    for number, (seat, follower) in enumerate(zip(seats, following, strict=True)):
        journal = journals / f"{number}.txt"
        place = Workplace(scene, course, server.port, number, journal, [follower])
        place.seat, place.page = seat, chance.randrange(PAGES)
        place.page_seconds, place.turns_pages = asked.page_seconds, False
        # Over a whole page: within its half, all would hand in during the same half of every page.
        place.pause = chance.uniform(0, asked.page_seconds)
        out.append(place)
    return out


def main() -> int:
    parser = harness.arguments(__doc__ or "", seconds=15.0)
    parser.add_argument("--candidates", type=int, default=0, help="so many, at a person's pace")
    parser.add_argument("--page-seconds", type=float, default=15.0)
    asked = parser.parse_args()
    kind = "candidates" if asked.candidates else "whole_attempts"
    with harness.site() as site:
        journals = harness.RAW / f"{kind}-{site.vendor}-{harness.unique()}"
        journals.mkdir(parents=True)
        with site.served(workers=asked.workers, threads=asked.threads) as server:
            places = (paced if asked.candidates else fast)(site, asked, server, journals)
            before = site.scenes.bytes_held()
            warm_up = asked.page_seconds if asked.candidates else 3.0
            outcome, figures = harness.watched(server, places, asked.seconds, warm_up=warm_up)
            memory = server.memory_mb()
        checked = check([place.journal for place in places], site.scenes)
        grown = site.scenes.bytes_held() - before
    attempts = len(outcome.steps.get("result", ())) * 60 / asked.seconds
    row = {"clients": len(places), "attempts_a_minute": round(attempts), **figures,
           "memory_mib": memory}  # fmt: skip
    if not asked.candidates:
        row["kb_an_attempt"] = round(grown / 1000 / checked["attempts"], 1)
    harness.write(
        asked.name or f"{kind}-{site.vendor}", site.vendor, [row],
        steps=steps(outcome), journal=checked,
    )  # fmt: skip
    harness.table(steps(outcome))
    harness.say(str(checked))
    return 1 if checked["lost"] or checked["double"] or outcome.trouble else 0


if __name__ == "__main__":
    sys.exit(main())
