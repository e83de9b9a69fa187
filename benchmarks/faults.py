"""Faults in mid-exam: ``python -m benchmarks.faults [FAULT …] --rounds 20 [--postgresql]``.

Candidates save answers all the while; a tenth of their requests is sent twice, a tenth is abandoned
before the reply, a tenth overtakes the one before. Then something breaks, and afterwards what was
promised is compared with the database. Each fault ends with a negative control, a site that does it
wrong: it must fail the comparison, or the run fails.

``network``: nothing else breaks. ``web-server``: SIGKILL for all of its processes. ``worker``: SIGKILL
for one worker of two, which must come back. ``database``: SIGKILL for a cluster of our own, which comes
back while the same web server runs on. ``disk``: the disk is filled and cleared again (root only).
``clock``: the wall clock of the web server jumps an hour forward and back; deadlines must stay.
Without ``--postgresql`` the database is SQLite, and ``worker`` and ``database`` do not exist.
"""

import os
import random
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import answer_saves, harness, load
from benchmarks.answer_saves import Candidate
from benchmarks.cluster import Cluster, cluster, fill, kill, small_disk

CONTROLS = "benchmarks.controls"
BACK_WITHIN = 30.0  # seconds after which a site that is not back counts as down
SMALL_MB = 320
HOUR = 3600.0

Deadlines = Mapping[str, tuple[int, float, float, float]]


@dataclass
class Stage:
    """Where a round plays: the served site, and the cluster behind it if it is PostgreSQL."""

    site: harness.Site
    server: harness.Server
    candidates: list[Candidate]
    seconds: float
    disk: Path | None
    mine: Cluster | None = None
    trouble: list[str] = field(default_factory=list)

    def pause(self) -> None:
        time.sleep(self.seconds * random.uniform(0.5, 1.5))  # noqa: S311 - when, is chance

    def until(self, what: str, holds: Callable[[], bool]) -> None:
        ends = time.monotonic() + BACK_WITHIN
        while not holds():
            if time.monotonic() > ends:
                self.trouble.append(what)
                return
            time.sleep(0.05)

    def until_saves_are_taken(self, what: str) -> None:
        """Somebody is told "accepted" who asked after now."""
        before = acknowledged(self.candidates)
        self.until(what, lambda: acknowledged(self.candidates) > before)


def nothing(stage: Stage) -> None:
    """Only requests that come twice, late or never; long enough for some of each."""
    wanted = acknowledged(stage.candidates) + 30 * len(stage.candidates)
    stage.until("too few answers were taken", lambda: acknowledged(stage.candidates) >= wanted)


def kill_web_server(stage: Stage) -> None:
    kill(stage.server._processes())


def kill_worker(stage: Stage) -> None:
    before = stage.server.workers()
    victim = random.choice(before)  # noqa: S311 - which one, is chance
    kill([victim])
    stage.until(
        "the killed worker did not come back",
        lambda: victim not in (now := stage.server.workers()) and len(now) >= len(before),
    )
    stage.until_saves_are_taken("no answer was taken after a worker was killed")


def database_away(stage: Stage) -> None:
    assert stage.mine is not None  # noqa: S101
    stage.mine.kill()
    stage.pause()
    stage.mine.start()
    stage.until_saves_are_taken("no answer was taken when the database was back")


def disk_full(stage: Stage) -> None:
    assert stage.disk is not None  # noqa: S101
    before = statuses(stage.candidates)["503"]
    ballast = fill(stage.disk)
    # What there is of the files is written to for a while: wait until somebody is refused, though
    # not for ever. (A site that promises before it asks refuses nobody.)
    ends = time.monotonic() + BACK_WITHIN
    while statuses(stage.candidates)["503"] == before and time.monotonic() < ends:
        time.sleep(0.05)
    stage.pause()
    ballast.unlink()
    if stage.mine is not None and not stage.mine.runs():
        # PostgreSQL gives up when its log cannot be written; whoever runs it starts it again.
        with suppress(RuntimeError):
            stage.mine.stop()
        (stage.mine.data / "postmaster.pid").unlink(missing_ok=True)
        stage.mine.start()
    stage.until_saves_are_taken("no answer was taken when the disk had room again")


def clock_jumps(stage: Stage) -> None:
    for off in random.sample([HOUR, -HOUR, 2 * HOUR], 3):
        set_clock(stage.site.folder, off)
        stage.pause()
    set_clock(stage.site.folder, 0.0)
    stage.until_saves_are_taken("no answer was taken when the clock was right again")


def set_clock(folder: Path, seconds: float) -> None:
    """How far the clock of ``controls.jumping_clock`` is off from now on; read with each request."""
    new = folder / "clock.new"
    new.write_text(str(seconds))
    new.replace(folder / "clock")


@dataclass(frozen=True)
class Fault:
    """What breaks, on which site, and the site that must fail under it."""

    strike: Callable[[Stage], None]
    control: str = f"{CONTROLS}:acknowledges_first"
    application: str = harness.SERVED
    control_strike: Callable[[Stage], None] | None = None
    only_postgresql: bool = False


FAULTS = {
    "network": Fault(nothing, f"{CONTROLS}:last_one_wins"),
    "web-server": Fault(kill_web_server),
    # The timers of promises not yet kept die with their worker: both are killed in the control.
    "worker": Fault(kill_worker, control_strike=kill_web_server, only_postgresql=True),
    # A database that commits without waiting loses less than a page of its log when it is killed:
    # a control too weak to tell. A site that promises before it asks loses all it promised meanwhile.
    "database": Fault(database_away, only_postgresql=True),
    "disk": Fault(disk_full),
    "clock": Fault(
        clock_jumps, f"{CONTROLS}:deadline_by_the_clock", f"{CONTROLS}:jumping_clock"
    ),
}  # fmt: skip


# --- candidates -------------------------------------------------------------------------------------


def _send(port: int, candidate: Candidate, request: bytes, *, abandon: bool = False) -> None:
    """One request on its own connection; whatever the fault does to it is an answer not given."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=15) as line:
        line.sendall(request)
        raw = b""
        while not abandon and (got := line.recv(1 << 16)):
            raw += got
            if (answer := load._whole(raw)) is not None:
                candidate.told(answer)
                candidate.out.flush()
                return


def _study(port: int, candidate: Candidate, ends: threading.Event) -> None:
    chance = random.Random(candidate.attempt)  # noqa: S311 - repeatable, not secret
    candidate.open()
    while not ends.is_set():
        request, luck = candidate.ask(), chance.random()
        if luck < 0.1:
            _send(port, candidate, request)
        elif luck < 0.2:
            _send(port, candidate, request, abandon=True)
            continue
        elif luck < 0.3:
            # A newer answer to the same question is there before the older one.
            candidate.item -= 1
            _send(port, candidate, candidate.ask())
        _send(port, candidate, request)
    candidate.close()


@contextmanager
def saving(port: int, candidates: list[Candidate]) -> Iterator[None]:
    ends = threading.Event()
    threads = [threading.Thread(target=_study, args=(port, each, ends)) for each in candidates]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ends.set()
        for thread in threads:
            thread.join()


def statuses(candidates: list[Candidate]) -> Counter[str]:
    """How often which status was answered, by the journals."""
    found: Counter[str] = Counter()
    for candidate in candidates:
        with candidate.journal.open(encoding="utf-8") as lines:
            found.update(line.split(" ", 2)[1] for line in lines if line[0] == "a")
    return found


def acknowledged(candidates: list[Candidate]) -> int:
    count = 0
    for candidate in candidates:
        text = candidate.journal.read_text(encoding="utf-8")
        count += text.count('"accepted"')
    return count


# --- rounds -----------------------------------------------------------------------------------------


@dataclass
class Runs:
    """One site and all that breaks on it."""

    site: harness.Site
    candidates: list[Candidate]
    asked: Any
    disk: Path | None
    mine: Cluster | None
    trouble: list[str] = field(default_factory=list)

    def round(self, application: str, strike: Callable[[Stage], None]) -> None:
        """Save, break, and go on a little."""
        set_clock(self.site.folder, 0.0)
        with (
            self.site.served(application, workers=2 if self.mine else 1) as server,
            saving(server.port, self.candidates),
        ):
            stage = Stage(
                self.site, server, self.candidates, self.asked.seconds, self.disk, self.mine
            )
            # A fault before the first answer would break nothing.
            stage.until_saves_are_taken("no answer was taken before the fault")
            stage.pause()
            strike(stage)
            self.trouble += stage.trouble

    def checked(self, deadlines: Deadlines) -> dict[str, int]:
        harness.let_go()  # what was connected before the fault is dead
        scenes = self.site.scenes
        now = scenes.deadlines_held()
        return {
            **answer_saves.check(self.candidates, scenes),
            "double": scenes.answers_double(),
            "deadlines_moved": moved(deadlines, now),
        }

    def of(self, name: str, fault: Fault) -> dict[str, Any]:
        for candidate in self.candidates:
            candidate.journal.write_text("")  # what an earlier control lost is no fault of this
        deadlines = self.site.scenes.deadlines_held()
        load_before = harness.load_average()
        self.trouble = []
        for _ in range(self.asked.rounds):
            self.round(fault.application, fault.strike)
        found = self.checked(deadlines)
        answered = statuses(self.candidates)
        trouble = list(dict.fromkeys(self.trouble))
        self.round(fault.control, fault.control_strike or fault.strike)
        control = self.checked(deadlines)
        wrong = sum(control[key] - found[key] for key in ("lost", "double", "deadlines_moved"))
        return {
            "fault": name, "rounds": self.asked.rounds, **found,
            "refused_503": answered["503"],
            "failed_500": answered["500"],
            "control_wrong": wrong,
            "trouble": "; ".join(trouble),
            "load": load_before,
        }  # fmt: skip


def moved(before: Deadlines, after: Deadlines) -> int:
    """How many attempts are due at another instant than before."""
    return sum(after[attempt][1:] != row[1:] for attempt, row in before.items())


def measure(
    name: str, asked: Any, disk: Path | None = None, mine: Cluster | None = None
) -> dict[str, Any]:
    with harness.site() as site:
        scene = site.scenes.sitting(asked.clients, answer_saves.QUESTIONS)
        # Not in the site's folder: the disk under that may be full.
        journals = harness.RAW / f"faults-{site.vendor}-{harness.unique()}"
        journals.mkdir(parents=True)
        with site.served() as server:
            candidates = answer_saves.sign_in_and_start(server.port, scene, journals)
        row = Runs(site, candidates, asked, disk, mine).of(name, FAULTS[name])
        harness.say(str(row))
        return row


def on_a_site(name: str, asked: Any, disk: Path | None = None) -> dict[str, Any]:
    """A site of its own for the fault, whose control may take a guard out of the database."""
    with cluster() if asked.postgresql else nullcontext() as mine:
        os.environ.pop("DATABASE_URL", None)
        if mine is not None:
            os.environ["DATABASE_URL"] = mine.url
        return measure(name, asked, disk, mine)


def is_bad(row: Mapping[str, Any]) -> bool:
    wrong = row["lost"] or row["double"] or row["deadlines_moved"] or row["failed_500"]
    return bool(wrong or row["trouble"] or not row["control_wrong"] or not row["acknowledged"])


def _alone(name: str, asked: Any) -> list[dict[str, Any]]:
    if name != "disk":
        return [on_a_site(name, asked)]
    try:
        with small_disk(SMALL_MB) as folder:
            return [on_a_site(name, asked, folder)]
    except PermissionError as error:
        harness.say(f"disk: left out, {error}")
        return []


def main() -> int:
    parser = harness.arguments(__doc__ or "", seconds=1.0)
    parser.add_argument("faults", nargs="*", choices=[*FAULTS, []], help="default: all")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--postgresql", action="store_true", help="with a cluster of our own")
    parser.set_defaults(clients=4)
    asked = parser.parse_args()
    names = [
        name
        for name in asked.faults or FAULTS
        if asked.postgresql or not FAULTS[name].only_postgresql
    ]
    rows = [row for found in harness.one_process_each(_alone, names, asked) for row in found]
    vendor = "postgresql" if asked.postgresql else "sqlite"
    if rows:
        harness.write(asked.name or f"faults-{vendor}", vendor, rows)
    return 1 if not rows or any(map(is_bad, rows)) else 0


if __name__ == "__main__":
    sys.exit(main())
