"""All at once: ``python -m benchmarks.crowd start|last-second [--candidates 5000]``.

``start``: so many candidates, prepared before the opening and signed in, press "start" within a
minute and get their paper. ``last-second``: all of them hand in, with their last five answers,
within the second before the deadline and the one after. In both three in ten click twice, the
second time on a connection of its own before the first click is answered. Every intention and
every acknowledgement is journalled and compared with the database.
"""

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from benchmarks import Seat, harness, load
from benchmarks.answer_saves import QUESTIONS, VALUES
from benchmarks.whole_attempts import SUBMITTED, steps

IN_PROGRESS = 20  # exams.enums.AttemptState
DURATION = 3600.0  # seconds, as benchmarks.scenes.sitting opens the exam
DRAINED_WITHIN = 60.0  # seconds after the last click
LAST = range(QUESTIONS - 4, QUESTIONS + 1)  # the questions answered while handing in
SEQ = 1_000_000  # newer than what was saved before
CLICK_TWICE = 0.3


class Click(load.Client):
    """One press of a button at its instant ``at`` (epoch seconds), and what was answered."""

    def __init__(
        self, port: int, seat: Seat, number: int, at: float, journal: Path, *, again: bool
    ) -> None:
        self.port, self.seat, self.at, self.journal, self.again = port, seat, at, journal, again
        self.address = f"127.2.{number // 250}.{number % 250 + 1}"
        self.out: TextIO
        self.todo: list[tuple[str, bytes]] = []

    def open(self) -> None:
        self.out = self.journal.open("w", encoding="utf-8")
        self.todo = [self.pressed()]

    def begin(self) -> None:
        self.pause = max(0.0, self.at - time.time())

    def pressed(self) -> tuple[str, bytes]:
        """The step and its request."""
        raise NotImplementedError

    def ask(self) -> bytes:
        if not self.todo:
            return b""
        self.pause = 0.0
        self.step, request = self.todo.pop(0)
        self._note()
        return request

    def told(self, answer: load.Answer) -> None:
        self._note(answer.status, self.told_of(answer), time.time())

    def told_of(self, answer: load.Answer) -> str:
        raise NotImplementedError

    def close(self) -> None:
        self.out.close()

    def _note(self, *said: Any) -> None:
        who = self.seat.attempt or self.seat.staff_number
        self.out.write(json.dumps([who, self.step, *said]) + "\n")


class Start(Click):
    """Press "start"; the first click then takes the paper."""

    def __init__(self, *words: Any, exam_id: int, **more: Any) -> None:
        super().__init__(*words, **more)
        self.exam_id = exam_id
        self.browser = harness.Browser(self.port)
        # The cookie of an earlier page: any secret does that comes back with the form.
        self.browser.cookies = {"sessionid": self.seat.session, "csrftoken": "c" * 32}

    def pressed(self) -> tuple[str, bytes]:
        path = f"/exams/{self.exam_id}/start/"
        return "start again" if self.again else "start", self.browser.request("POST", path, {})

    def told_of(self, answer: load.Answer) -> str:
        if self.step == "paper":
            return str(answer.body.count(b'"token": "'))
        head = answer.head.decode()
        location = head.partition("ocation: ")[2].partition("\r\n")[0]
        if not self.again and location.startswith("/attempts/"):
            self.todo.append(("paper", self.browser.request("GET", location)))
        return location or "-"


class HandIn(Click):
    """Hand in with the last answers, which no earlier request carried."""

    def pressed(self) -> tuple[str, bytes]:
        body = json.dumps({"token": self.seat.token, "answers": last_answers(self.seat.attempt)})
        request = (
            f"POST /api/attempts/{self.seat.attempt}/submit/ HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{self.port}\r\nCookie: sessionid={self.seat.session}\r\n"
            "Content-Type: application/json\r\nSec-Fetch-Site: same-origin\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        return "hand in again" if self.again else "hand in", request.encode()

    def told_of(self, answer: load.Answer) -> str:
        # The page of a failed request is no acknowledgement, and would break the journal's lines.
        return answer.body.decode() if answer.status == 200 else "{}"


def last_answers(attempt: str) -> list[dict[str, Any]]:
    choice = int(attempt[:4], 16)
    return [{"item": n, "seq": SEQ + n, "value": VALUES[(choice + n) % 4]} for n in LAST]


class Told(NamedTuple):
    """What came of a request; status 0 and the instant 0 when nobody answered it."""

    who: str
    step: str
    status: int = 0
    text: str = ""
    at: float = 0.0


def told(journals: Sequence[Path]) -> list[Told]:
    """Every request with what was answered: an acknowledgement follows its intention."""
    found: dict[tuple[Path, str], Told] = {}
    for journal in journals:
        for line in journal.read_text(encoding="utf-8").splitlines():
            said = Told(*json.loads(line))
            found[journal, said.step] = said
    return list(found.values())


def check_start(
    found: Sequence[Told],
    deadlines: Mapping[str, tuple[int, float, float, float]],
    held: Mapping[str, tuple[int, str | None, int | None, int]],
) -> dict[str, int]:
    """Everybody begun once, at the attempt he was told of, with the whole of his time."""
    out = Counter(candidates=0, begun=0, papers=0, lost=0, double=0)
    attempts: dict[str, set[str]] = {}
    for who, step, status, text, _at in found:
        if step == "paper":
            out["papers"] += status == 200 and text == "1"
            continue
        attempts.setdefault(who, set())
        if status == 302 and text.startswith("/attempts/"):
            attempts[who].add(text.split("/")[2].replace("-", ""))
    out["candidates"] = len(attempts)
    for mine in attempts.values():
        out["double"] += max(0, len(mine) - 1)
        for attempt in mine:
            state, begun, due, _until = deadlines.get(attempt, (0, 0.0, 0.0, 0.0))
            right = state == IN_PROGRESS and abs(due - begun - DURATION) < 0.001
            out["begun"] += right
            out["lost"] += not right
        out["lost"] += not mine
    out["lost"] += max(0, out["begun"] - out["papers"])
    persons = Counter(row[3] for row in held.values())
    out["double"] += sum(number - 1 for number in persons.values())
    return dict(out)


def check_last_second(
    found: Sequence[Told],
    held: Mapping[str, tuple[int, str | None, int | None, int]],
    answers: Mapping[tuple[str, int], tuple[int, str]],
    kept: set[tuple[str, int, int]],
) -> dict[str, int]:
    """One receipt for everybody, and of every last answer a fate that the database agrees with."""
    out = Counter(candidates=0, handed_in=0, accepted=0, refused_and_kept=0, lost=0, double=0)
    receipts: dict[str, set[str]] = {}
    accepted: dict[str, set[int]] = {}
    refused: dict[str, set[int]] = {}
    for who, _step, status, text, _at in found:
        attempt = who.replace("-", "")
        receipts.setdefault(attempt, set())
        if status != 200:
            continue
        reply = json.loads(text)
        receipts[attempt].add(reply["receipt"])
        for answer in reply["answers"]:
            fate = refused if answer["status"] == "refused" else accepted
            fate.setdefault(attempt, set()).add(answer["item"])
    out["candidates"] = len(receipts)
    for attempt, codes in receipts.items():
        state, receipt, _answered, _person = held.get(attempt, (0, None, None, 0))
        out["double"] += max(0, len(codes) - 1)
        handed_in = len(codes) == 1 and state >= SUBMITTED and receipt in codes
        out["handed_in"] += handed_in
        out["lost"] += not handed_in
        wanted = {a["item"]: (a["seq"], json.dumps(a["value"])) for a in last_answers(attempt)}
        for item in accepted.get(attempt, set()):
            out["accepted"] += 1
            out["lost"] += answers.get((attempt, item)) != wanted[item]
        # Said to be too late by every reply: then it must have been written down (E10).
        for item in refused.get(attempt, set()) - accepted.get(attempt, set()):
            out["refused_and_kept"] += 1
            out["lost"] += (attempt, item, SEQ + item) not in kept
    persons = Counter(row[3] for row in held.values())
    out["double"] += sum(number - 1 for number in persons.values())
    return dict(out)


def clicks(kind: Any, port: int, seats: Sequence[Seat], ats: Sequence[float], folder: Path,
           **more: Any) -> list[Click]:  # fmt: skip
    """A click for each seat at its instant, and for three in ten another a moment later."""
    chance = random.Random(1)  # noqa: S311 - repeatable, not secret
    out = []
    for number, (seat, at) in enumerate(zip(seats, ats, strict=True)):
        out.append(kind(port, seat, number, at, folder / f"{number}.txt", again=False, **more))
        if chance.random() < CLICK_TWICE:
            soon = at + chance.uniform(0.0, 0.2)
            out.append(
                kind(port, seat, number, soon, folder / f"{number}-2.txt", again=True, **more)
            )
    return out


def instants(first: float, last: float, count: int) -> list[float]:
    """So many instants between the two, the same ones each time."""
    chance = random.Random(2)  # noqa: S311 - repeatable, not secret
    return [chance.uniform(first, last) for _ in range(count)]


def starting(site: harness.Site, asked: Any, port: int, scene: Any, folder: Path) -> list[Click]:
    seats = site.scenes.seats(scene, scene.staff_numbers, started=False)
    first = time.time() + _ready(asked.candidates)
    ats = instants(first, first + asked.within, len(seats))
    return clicks(Start, port, seats, ats, folder, exam_id=scene.exam_id)


def handing_in(site: harness.Site, asked: Any, port: int, scene: Any, folder: Path) -> list[Click]:
    waiting = site.scenes.seats(scene, scene.staff_numbers, started=False)
    # To start them takes time too, and the deadline must still lie ahead.
    ahead = asked.candidates / 40 + 5.0 + _ready(asked.candidates)
    since = timedelta(seconds=DURATION - ahead)
    seats = site.scenes.begun(scene, waiting, since=since)
    due = min(row[2] for row in site.scenes.deadlines_held().values())
    if time.time() + _ready(asked.candidates) > due - 1.0:
        raise RuntimeError("the machine was too slow to start them all before the deadline")
    return clicks(HandIn, port, seats, instants(due - 1.0, due + 1.0, len(seats)), folder)


def _ready(candidates: int) -> float:
    """Seconds the generator needs to read its orders."""
    return 4.0 + candidates / 400


def main() -> int:
    parser = harness.arguments(__doc__ or "")
    parser.add_argument("what", choices=["start", "last-second"])
    parser.add_argument("--candidates", type=int, default=5000)
    parser.add_argument("--within", type=float, default=60.0, help="seconds for the start")
    asked = parser.parse_args()
    starts = asked.what == "start"
    name = asked.what.replace("-", "_")
    with harness.site() as site:
        folder = harness.RAW / f"{name}-{site.vendor}-{harness.unique()}"
        folder.mkdir(parents=True)
        scene = site.scenes.sitting(asked.candidates, QUESTIONS)
        with site.served(workers=asked.workers, threads=asked.threads) as server:
            crowd = (starting if starts else handing_in)(site, asked, server.port, scene, folder)
            first, last = min(c.at for c in crowd), max(c.at for c in crowd)
            outcome, figures = harness.watched(
                server, crowd, last - time.time() + DRAINED_WITHIN, warm_up=0.0
            )
            memory = server.memory_mb()
        harness.let_go()
        found = told([click.journal for click in crowd])
        held = site.scenes.attempts_held()
        checked = (
            check_start(found, site.scenes.deadlines_held(), held)
            if starts
            else check_last_second(
                found, held, site.scenes.answers_held(), site.scenes.refused_held()
            )
        )
    ended = max(each.at for each in found)
    figures["requests_per_second"] = round(outcome.answered / (ended - first), 1)
    drained = round(ended - last, 2)
    row = {"candidates": asked.candidates, "clicks": len(crowd), "drained_after_s": drained,
           **figures, "memory_mib": memory}  # fmt: skip
    harness.write(
        asked.name or f"{name}-{site.vendor}", site.vendor, [row],
        steps=steps(outcome), journal=checked,
    )  # fmt: skip
    harness.table(steps(outcome))
    harness.say(str(checked))
    unanswered = sum(not each.status for each in found)
    bad = checked["lost"] or checked["double"] or outcome.trouble or unanswered
    return 1 if bad or drained > DRAINED_WITHIN else 0


if __name__ == "__main__":
    sys.exit(main())
