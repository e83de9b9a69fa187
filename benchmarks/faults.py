"""Kills in mid-exam: ``python -m benchmarks.faults --rounds 20 [--postgresql]``.

Candidates save answers while the server is killed with SIGKILL; a tenth of their requests is sent
twice, a tenth is abandoned before the reply, a tenth overtakes the one before. With
``--postgresql`` a cluster of our own is killed likewise. What was promised is then compared with
the database. Each fault ends with a negative control that must lose answers, or the run fails.
"""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from benchmarks import answer_saves, harness, load
from benchmarks.answer_saves import Candidate

DISHONEST = "benchmarks.acknowledge_first:application"
WEAK = "-c synchronous_commit=off -c wal_writer_delay=10s"


class Cluster:
    """A PostgreSQL of our own in a temporary folder; the only one that is ever killed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.port = folder, folder / "data", harness._free_port()
        self.bin = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres")
        self._run("initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust")
        self.start()

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def start(self, more: str = "") -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder} {more}"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.data), "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.data), "-w", "-m", "immediate", "stop")

    def kill(self) -> None:
        """SIGKILL for the postmaster and all it started."""
        pid = int((self.data / "postmaster.pid").read_text().split()[0])
        pids = harness.Server(self.port, pid)._processes()
        _kill(pids)
        while any(map(_lives, pids)):
            time.sleep(0.01)
        # A killed process nobody has collected yet still counts as running for pg_ctl.
        (self.data / "postmaster.pid").unlink()

    def _run(self, program: str, *words: str) -> None:
        who = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        command = [*who, str(self.bin / program), *words]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL)  # noqa: S603


def _kill(pids: list[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@contextmanager
def cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="xiangxu-faults-"))
    mine = Cluster(folder)
    try:
        yield mine
    finally:
        with suppress(subprocess.CalledProcessError):  # it may stand killed: nothing to stop
            mine.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _send(port: int, candidate: Candidate, request: bytes, *, abandon: bool = False) -> None:
    """One request on its own connection; whatever the kill does to it is an answer not given."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=15) as line:
        line.sendall(request)
        raw = b""
        while not abandon and (got := line.recv(1 << 16)):
            raw += got
            if (answer := load._whole(raw)) is not None:
                candidate.told(answer)
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


def _round(
    site: harness.Site, candidates: list[Candidate], seconds: float, mine: Cluster | None,
    application: str = harness.SERVED,
) -> None:  # fmt: skip
    """Save, kill (the web server, or the database if one is given), raise again, go on a little."""
    with site.served(application) as server, saving(server.port, candidates):
        time.sleep(seconds * random.uniform(0.5, 1.5))  # noqa: S311 - when, is chance
        if mine is None:
            _kill(server._processes())
        else:
            mine.kill()
    if mine is not None:
        mine.start()


def _checked(candidates: list[Candidate], scenes: Any) -> dict[str, int]:
    harness._let_go()  # what was connected before the kill is dead
    return {**answer_saves.check(candidates, scenes), "double": scenes.answers_double()}


def measure(asked: Any, mine: Cluster | None) -> int:
    rows: list[dict[str, Any]] = []
    with harness.site() as site:
        scene = site.scenes.sitting(asked.clients, answer_saves.QUESTIONS)
        journals = site.folder / "journals"
        journals.mkdir()
        with site.served() as server:
            candidates = answer_saves.sign_in_and_start(server.port, scene, journals)
        for fault in ("web server", "database") if mine else ("web server",):
            victim = mine if fault == "database" else None
            load_before = harness.load_average()
            for _ in range(asked.rounds):
                _round(site, candidates, asked.seconds, victim)
            found = _checked(candidates, site.scenes)
            before = found["lost"]
            if victim:
                victim.stop()
                victim.start(WEAK)
                harness._let_go()
                _round(site, candidates, asked.seconds, victim)
            else:
                _round(site, candidates, asked.seconds, None, DISHONEST)
            control = _checked(candidates, site.scenes)["lost"] - before
            rows.append({"killed": fault, "rounds": asked.rounds, **found,
                         "control_lost": control, "load": load_before})  # fmt: skip
            # What the control lost is no fault of the next row.
            for candidate in candidates:
                candidate.journal.write_text("")
        harness.write(asked.name or f"faults-{site.vendor}", site.vendor, rows)
    bad = [row for row in rows if row["lost"] or row["double"] or not row["control_lost"]]
    return 1 if bad or not all(row["acknowledged"] for row in rows) else 0


def main() -> int:
    parser = harness.arguments(__doc__ or "", seconds=1.0)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--postgresql", action="store_true", help="with a cluster of our own")
    asked = parser.parse_args()
    if not asked.postgresql:
        os.environ.pop("DATABASE_URL", None)
        return measure(asked, None)
    with cluster() as mine:
        os.environ["DATABASE_URL"] = mine.url
        return measure(asked, mine)


if __name__ == "__main__":
    sys.exit(main())
