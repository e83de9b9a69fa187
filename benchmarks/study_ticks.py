"""Study ticks: ``python -m benchmarks.study_ticks``.

Twenty learners sign in, take the lease of a lesson as its page does, and then send one tick a
request as fast as they are answered. Afterwards the database must have the last acknowledged
sequence number of every lease, no more time than went by, and no more than was covered.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any, TextIO

from benchmarks import harness, load

CLAIMED_MS = 5


class Learner(load.Client):
    """Sends one tick after the other, each for a little less time than goes by between two.

    So every tick earns something and coverage stays one stretch, as it does for people; ticks that
    claimed more would be cut and leave thousands of gaps that no real lesson has.
    """

    def __init__(self, port: int, token: str, cookies: str, journal: Path) -> None:
        self.head = (
            f"POST /api/study/ticks/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Cookie: {cookies}\r\nContent-Type: application/json\r\n"
        )
        self.body = f'{{"token":"{token}","ticks":[['
        self.journal = journal
        self.seq = 0
        self.out: TextIO

    def open(self) -> None:
        self.out = self.journal.open("a", encoding="utf-8")

    def ask(self) -> bytes:
        self.seq += 1
        at = self.seq * CLAIMED_MS
        body = f"{self.body}{self.seq},{at - CLAIMED_MS},{at},{CLAIMED_MS},true,true]]}}"
        self.out.write(f"i {self.seq}\n")
        return f"{self.head}Content-Length: {len(body)}\r\n\r\n{body}".encode()

    def told(self, answer: load.Answer) -> None:
        body = answer.body.decode() if answer.status == 200 else ""
        self.out.write(f"a {answer.status} {body}\n")

    def close(self) -> None:
        self.out.close()


def acknowledged(journal: Path) -> tuple[int, int]:
    """The highest sequence number acknowledged, and how many answers said the lease was lost."""
    highest = lost = 0
    for line in journal.read_text(encoding="utf-8").splitlines():
        if line.startswith("a 200 "):
            answer = json.loads(line[6:])
            highest = max(highest, answer["acked"])
            lost += answer["state"] != "ok"
    return highest, lost


def sign_in_and_study(
    port: int, site: harness.Site, scene: Any, journals: Path, way: str = "served"
) -> dict[int, Learner]:
    """Everybody enrolled takes the lease of the course's first item; by lease."""
    learners: dict[int, Learner] = {}
    known = set(site.scenes.leases())
    for number, enrolment in scene.enrolments.items():
        browser = harness.Browser(port).sign_in(number)
        browser.get(f"/courses/{scene.slug}/1/")
        status, lease = browser.post_json(
            "/api/study/lease/", {"enrolment": enrolment, "item": scene.item_id}
        )
        if status != 200:
            raise RuntimeError(f"no lease: {status} {lease}")
        mine = (set(site.scenes.leases()) - known).pop()
        known.add(mine)
        journal = journals / f"{way.replace(' ', '-')}-{mine}.txt"
        learners[mine] = Learner(port, lease["token"], browser.cookie_header, journal)
    return learners


def main() -> int:
    parser = harness.arguments(__doc__ or "")
    parser.add_argument("--compare", action="store_true", help="also through the whole middleware")
    asked = parser.parse_args()
    rows: list[dict[str, Any]] = []
    wrong: list[str] = []
    with harness.site() as site:
        journals = harness.RAW / f"ticks-{site.vendor}-{harness.unique()}"
        journals.mkdir(parents=True)
        scene = site.scenes.course(asked.clients)
        ways = {"served": harness.SERVED}
        if asked.compare:
            ways = {"whole stack": harness.FULL_STACK, **ways}
        for way, application in ways.items():
            with site.served(application, workers=asked.workers, threads=asked.threads) as server:
                began = time.time()
                learners = sign_in_and_study(server.port, site, scene, journals, way)
                figures = harness.drive(server, list(learners.values()), asked.seconds)
                rows.append({"way": way, "clients": asked.clients, **figures})
            passed = (time.time() - began) * 1000
            held = site.scenes.leases()
            for pk, learner in learners.items():
                last_seq, verified, plausible, covered = held[pk]
                highest, lost = acknowledged(learner.journal)
                if last_seq < highest or lost:
                    wrong.append(
                        f"lease {pk}: {highest} acknowledged, {last_seq} held, {lost} lost"
                    )
                if verified + plausible > min(passed, covered):
                    wrong.append(f"lease {pk}: more time than went by or was covered")
        harness.write(asked.name or f"study_ticks-{site.vendor}", site.vendor, rows, wrong=wrong)
        harness.say("\n".join(wrong) or "every acknowledged tick is held; no second too many")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
