"""A site of its own to measure: database, files, server; and what to do with the figures.

Everything lives in a temporary folder and, with ``DATABASE_URL``, in a new database on that
server; both are removed at the end, and only what was started here is ended.
"""

import argparse
import http.client
import json
import multiprocessing
import os
import platform
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module, metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from benchmarks import PASSWORD, load

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
RAW = RESULTS / "raw"
SERVED = "config.wsgi:application"
# The same site without the short way before the middleware: what the short way is compared with.
FULL_STACK = "benchmarks.full_stack:application"


def say(line: str = "") -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def arguments(description: str, **defaults: Any) -> argparse.ArgumentParser:
    """What every script understands."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seconds", type=float, default=defaults.get("seconds", 6.0))
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--workers", type=int, default=0, help="default: 2, with SQLite 1")
    parser.add_argument("--threads", type=int, default=0, help="default: 2 a worker, with SQLite 4")
    parser.add_argument("--name", default="", help="name of the file under results/")
    return parser


# --- the site -----------------------------------------------------------------------------------


@dataclass
class Site:
    """A prepared database and its folder; ``scenes`` fills it through the apps' operations."""

    folder: Path
    environment: dict[str, str]
    vendor: str

    @property
    def scenes(self) -> Any:
        return import_module("benchmarks.scenes")

    @contextmanager
    def served(
        self,
        application: str = SERVED,
        *,
        workers: int = 0,
        threads: int = 0,
        respawn: bool = True,
    ) -> Iterator["Server"]:
        """Serve it with granian on a free port of the loopback, as script/server does."""
        workers = workers or (1 if self.vendor == "sqlite" else 2)
        threads = threads or (4 if self.vendor == "sqlite" else 2)
        port = _free_port()
        log = (self.folder / "server.log").open("ab")
        command = [
            sys.executable, "-m", "granian", application, "--interface", "wsgi",
            "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers),
            "--blocking-threads", str(threads), "--log-level", "warning",
            "--backlog", "4096", "--backpressure", "4096",
            *(["--respawn-failed-workers", "--respawn-interval", "0.5"] if respawn else []),
        ]  # fmt: skip
        server = subprocess.Popen(  # noqa: S603 - our own command
            command, cwd=ROOT, env=self.environment, stdout=log, stderr=log
        )
        try:
            self._await(server, port)
            yield Server(port, server.pid)
        finally:
            started = processes_of(server.pid)
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
            # A worker that took the place of a killed one may outlive granian.
            for pid in started:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            log.close()

    def _await(self, server: subprocess.Popen[bytes], port: int) -> None:
        for _ in range(600):
            if server.poll() is not None:
                break
            try:
                if Browser(port).get("/healthz")[0] == 200:
                    return
            except OSError:
                time.sleep(0.2)
        tail = (self.folder / "server.log").read_text(errors="replace")[-2000:]
        raise RuntimeError(f"the server did not come up:\n{tail}")


@contextmanager
def site() -> Iterator[Site]:
    """A migrated, empty site. ``DATABASE_URL`` names a PostgreSQL server, otherwise SQLite."""
    folder = Path(tempfile.mkdtemp(prefix="xiangxu-bench-"))
    (folder / "static").mkdir()  # WhiteNoise wants it
    asked = os.environ.pop("DATABASE_URL", "")
    name = f"xiangxu_bench_{os.getpid()}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
        "XIANGXU_DEBUG": "0",
        "XIANGXU_VAR": str(folder),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "site")]),
    }
    if asked:
        _on_server(asked, f'CREATE DATABASE "{name}"')
        environment["DATABASE_URL"] = urlunsplit(urlsplit(asked)._replace(path=f"/{name}"))
    os.environ.update(environment)
    sys.path[:0] = [str(ROOT / "site")]
    try:
        import_module("django").setup()
        import_module("django.core.management").call_command("prepare_site")
        # Seeding writes a line for every page; what is measured is said by us.
        import_module("logging").getLogger().setLevel("WARNING")
        yield Site(folder, environment, "postgresql" if asked else "sqlite")
    finally:
        let_go()
        if asked:
            _on_server(asked, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(folder, ignore_errors=True)


def let_go() -> None:
    """Close this process's connections to the database."""
    import_module("django.db").connections.close_all()


def _on_server(url: str, statement: str) -> None:
    psycopg = import_module("psycopg")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Server:
    """A running server. Its own CPU time says more than the clock where others use the cores too."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """CPU time of the server's processes so far; that of PostgreSQL is not in it."""
        ticks = 0
        for pid in self._processes():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Proportional resident memory of all its processes, in MiB."""
        kilobytes = 0
        for pid in self._processes():
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            kilobytes += int(found(r"Pss:\s+(\d+)", rollup))
        return round(kilobytes / 1024, 1)

    def _processes(self) -> list[int]:
        return processes_of(self.pid)

    def workers(self) -> list[int]:
        """Its worker processes, without the helper that Python may start beside them."""
        return [pid for pid in self._processes()[1:] if b"resource_tracker" not in _command(pid)]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def processes_of(pid: int) -> list[int]:
    """A process and all it started, and what those started."""
    pids = [pid]
    for each in pids:
        for children in Path(f"/proc/{each}/task").glob("*/children"):
            with suppress(OSError):  # it ended meanwhile
                pids += map(int, children.read_text().split())
    return pids


def drive(server: Server, clients: Sequence[load.Client], seconds: float) -> dict[str, Any]:
    """One run and its figures: with the load before it and the server's CPU time a request."""
    return watched(server, clients, seconds)[1]


def watched(
    server: Server, clients: Sequence[load.Client], seconds: float, **more: float
) -> tuple[load.Outcome, dict[str, Any]]:
    """The same, with what came of each step."""
    before, began = load_average(), server.cpu_seconds()
    outcome = load.run(server.port, clients, seconds=seconds, **more)
    spent = server.cpu_seconds() - began
    return outcome, {
        **outcome.figures(),
        "server_cpu_ms_a_request": round(spent * 1000 / max(1, outcome.answered), 3),
        "load": before,
    }


# --- a browser that signs in as people do -----------------------------------------------------------


class Browser:
    """Enough of one: cookies, forms, the CSRF token. Signs in by the form, with the password."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> tuple[int, str]:
        return self._ask("GET", path, "", {})

    def post(self, path: str, fields: Mapping[str, str]) -> tuple[int, str]:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, self._form(fields), kind)

    def post_json(self, path: str, body: Mapping[str, Any]) -> tuple[int, Any]:
        kind = {
            "Content-Type": "application/json",
            "X-CSRFToken": self.cookies.get("csrftoken", ""),
        }
        status, text = self._ask("POST", path, json.dumps(body), kind)
        return status, json.loads(text)

    def sign_in(self, staff_number: str, password: str = PASSWORD) -> "Browser":
        self.get("/accounts/login/")
        status, text = self.post("/accounts/login/", {"login": staff_number, "password": password})
        if status != 302 or "sessionid" not in self.cookies:
            raise RuntimeError(f"{staff_number} could not sign in ({status}): {text[:300]}")
        return self

    @property
    def cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def request(self, method: str, path: str, fields: Mapping[str, str] | None = None) -> bytes:
        """A whole request for the load generator, with this browser's cookies."""
        body = self._form(fields) if fields is not None else ""
        kind = (
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n"
        ) if body else ""  # fmt: skip
        return (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Cookie: {self.cookie_header}\r\nAccept: text/html\r\n{kind}\r\n{body}"
        ).encode()

    def remember(self, cookies: Iterable[str]) -> None:
        """Take in what Set-Cookie headers say."""
        for cookie in cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name.strip()] = value

    def _form(self, fields: Mapping[str, str]) -> str:
        return urlencode({**fields, "csrfmiddlewaretoken": self.cookies.get("csrftoken", "")})

    def _ask(
        self, method: str, path: str, body: str, headers: Mapping[str, str]
    ) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(
                method,
                path,
                body.encode(),
                {
                    **headers,
                    "Cookie": self.cookie_header,
                    "Referer": f"http://127.0.0.1:{self.port}/",
                },
            )
            answer = connection.getresponse()
            self.remember(answer.headers.get_all("Set-Cookie") or [])
            self.location = answer.headers.get("Location", "")
            return answer.status, answer.read().decode()
        finally:
            connection.close()


def found(pattern: str, text: str) -> str:
    """The first group of a pattern in a page, or a loud failure."""
    match = re.search(pattern, text)
    if match is None:
        raise LookupError(f"{pattern} is not in the page")
    return match.group(1)


# --- figures --------------------------------------------------------------------------------------------


def load_average() -> float:
    return round(os.getloadavg()[0], 2)


def write(name: str, vendor: str, rows: Sequence[Mapping[str, Any]], **more: Any) -> None:
    """Print the table, and keep it with what one must know to read it."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    said = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "database": vendor,
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "load_average_at_end": load_average(),
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in ("django", "granian", "psycopg")},
        },
        **more,
        "rows": list(rows),
    }
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    table(rows)
    say(f"load average {said['load_average_at_end']}; written to {path.relative_to(ROOT)}")


def table(rows: Sequence[Mapping[str, Any]]) -> None:
    columns = [key for key in rows[0] if key not in ("statuses", "requests")]
    cells = [[str(row.get(column, "")) for column in columns] for row in rows]
    widths = [
        max(len(column), *(len(line[at]) for line in cells)) for at, column in enumerate(columns)
    ]
    for line in [columns, ["-" * width for width in widths], *cells]:
        say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))


def one_process_each(
    measure: Callable[[Any, Any], Any], sizes: Sequence[Any], asked: Any
) -> list[Any]:
    """``measure(size, asked)`` for each size; Django is set up for one database a process."""
    context = multiprocessing.get_context("spawn")
    rows = []
    for size in sizes:
        # Not a pool of multiprocessing: its processes may not start others, as the load generator is.
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            rows.append(pool.submit(measure, size, asked).result())
    return rows


def unique() -> str:
    return secrets.token_hex(3)
