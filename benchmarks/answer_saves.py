"""Saving answers: ``python -m benchmarks.answer_saves``.

Twenty candidates sign in, start the exam, take the pass out of the page, and then save as fast as
they are answered: one answer a request, then five. Every intention and acknowledgement goes into a
journal; at the end the journal is compared with the database.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

from benchmarks import harness, load

QUESTIONS = 50
VALUES = "ABCD"


class Candidate(load.Client):
    """Saves the next answers with rising sequence numbers and writes down what it was told."""

    def __init__(self, port: int, attempt: str, token: str, cookies: str, journal: Path) -> None:
        self.attempt = attempt.replace("-", "")
        self.head = (
            f"POST /api/attempts/{attempt}/answers/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Cookie: {cookies}\r\nContent-Type: application/json\r\n"
            f"Sec-Fetch-Site: same-origin\r\n"
        )
        self.body = f'{{"token":"{token}","answers":['
        self.journal = journal
        self.at_once = 1
        self.seq = 0
        self.item = 0
        self.out: TextIO

    def open(self) -> None:
        self.out = self.journal.open("a", encoding="utf-8")

    def ask(self) -> bytes:
        answers = []
        for _ in range(self.at_once):
            self.seq += 1
            self.item = self.item % QUESTIONS + 1
            value = VALUES[self.seq % 4]
            answers.append(f'{{"item":{self.item},"seq":{self.seq},"value":"{value}"}}')
            self.out.write(f"i {self.item} {self.seq} {value}\n")
        body = f"{self.body}{','.join(answers)}]}}"
        return f"{self.head}Content-Length: {len(body)}\r\n\r\n{body}".encode()

    def told(self, answer: load.Answer) -> None:
        # The page of a failed request is no acknowledgement, and would break the journal's lines.
        body = answer.body.decode() if answer.status == 200 else ""
        self.out.write(f"a {answer.status} {body}\n")

    def close(self) -> None:
        self.out.close()


def lost(
    lines: Iterable[str], held: Mapping[int, tuple[int, str]]
) -> tuple[int, list[tuple[int, int]]]:
    """How many answers were acknowledged; and (question, sequence) of those the database lacks.

    ``held`` gives the sequence number and JSON value of each question in the database. A newer
    sequence number there is right only if that answer was really sent; its value must be the one
    that was sent.
    """
    sent: dict[tuple[int, int], str] = {}
    newest: dict[int, int] = {}
    acknowledged = 0
    for line in lines:
        kind, rest = line.rstrip("\n").split(" ", 1)
        if kind == "i":
            item, seq, value = rest.split(" ", 2)
            sent[int(item), int(seq)] = value
            continue
        status, body = rest.split(" ", 1)
        if status != "200":
            continue
        for answer in json.loads(body)["answers"]:
            if answer["status"] in ("accepted", "duplicate"):
                acknowledged += 1
                newest[answer["item"]] = max(newest.get(answer["item"], 0), answer["seq"])
    missing = []
    for item, seq in newest.items():
        held_seq, value = held.get(item, (0, ""))
        if held_seq < seq or json.dumps(sent.get((item, held_seq))) != value:
            missing.append((item, seq))
    return acknowledged, missing


def sign_in_and_start(port: int, scene: Any, journals: Path) -> list[Candidate]:
    candidates = []
    for number in scene.staff_numbers:
        browser = harness.Browser(port).sign_in(number)
        browser.get(f"/exams/{scene.exam_id}/")
        browser.post(f"/exams/{scene.exam_id}/start/", {})
        attempt = harness.found(r"/attempts/([0-9a-f-]{36})/", browser.location)
        _status, page = browser.get(f"/attempts/{attempt}/")
        token = harness.found(r'"token": "([^"]+)"', page)
        journal = journals / f"{attempt.replace('-', '')}.txt"
        candidates.append(Candidate(port, attempt, token, browser.cookie_header, journal))
    return candidates


def check(candidates: list[Candidate], scenes: Any) -> dict[str, int]:
    held = scenes.answers_held()
    acknowledged = missing = 0
    for candidate in candidates:
        mine = {
            item: found for (attempt, item), found in held.items() if attempt == candidate.attempt
        }
        with candidate.journal.open(encoding="utf-8") as lines:
            count, gone = lost(lines, mine)
        acknowledged, missing = acknowledged + count, missing + len(gone)
    return {"acknowledged": acknowledged, "lost": missing}


def main() -> int:
    parser = harness.arguments(__doc__ or "")
    parser.add_argument("--compare", action="store_true", help="also through the whole middleware")
    asked = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with harness.site() as site:
        journals = harness.RAW / f"answers-{site.vendor}-{harness.unique()}"
        journals.mkdir(parents=True)
        scene = site.scenes.sitting(asked.clients, QUESTIONS)
        candidates: list[Candidate] = []
        ways = {"served": harness.SERVED}
        if asked.compare:
            ways = {"whole stack": harness.FULL_STACK, **ways}
        last_seq = 0
        for way, application in ways.items():
            with site.served(application, workers=asked.workers, threads=asked.threads) as server:
                candidates = sign_in_and_start(server.port, scene, journals)
                for at_once in (1, 5):
                    for candidate in candidates:
                        candidate.at_once = at_once
                        candidate.seq = last_seq
                    figures = harness.drive(server, candidates, asked.seconds)
                    last_seq += 1_000_000
                    rate = figures["requests_per_second"]
                    rows.append(
                        {
                            "way": way,
                            "answers_a_request": at_once,
                            "clients": asked.clients,
                            "answers_per_second": round(rate * at_once, 1),
                            **figures,
                        }
                    )
        checked = check(candidates, site.scenes)
        harness.write(
            asked.name or f"answer_saves-{site.vendor}", site.vendor, rows, journal=checked
        )
        harness.say(f"{checked['acknowledged']} answers acknowledged, {checked['lost']} lost")
    return 1 if checked["lost"] else 0


if __name__ == "__main__":
    sys.exit(main())
