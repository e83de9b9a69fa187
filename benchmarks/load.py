"""A cheap load generator: raw sockets, one process. It knows no Django.

Every client has one kept connection and sends its next request when the last one is answered, or
after the pause it names, so latency is seen as a browser would see it. A request that had to wait
for its turn in here is late as well: latency counts from the instant it was due.
"""

import heapq
import multiprocessing
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

AGAIN_AFTER = 0.5  # seconds until a broken connection is opened again
MOST_BROKEN = 20  # of each client, before the run is given up
PATIENCE = 15.0  # seconds without any answer before a run is given up


class Answer(NamedTuple):
    """What the server said; ``head`` is its status line and headers."""

    status: int
    body: bytes
    head: bytes


class Client:
    """One simulated browser. It must be picklable: it lives in the generator's process."""

    address = "127.0.0.1"  # where it comes from; any of 127.0.0.0/8
    pause = 0.0  # seconds before its next request; a client changes it as it goes
    step = ""  # what its next request is; figures are given for each

    def open(self) -> None:
        """Called once in the generator's process, before the first request."""

    def begin(self) -> None:
        """Called when all are open, right before its first request is planned."""

    def ask(self) -> bytes:
        """The next request, whole; nothing when there is nothing more to do."""
        raise NotImplementedError

    def told(self, answer: Answer) -> None:
        """What was answered."""

    def close(self) -> None:
        """Called once at the end."""


@dataclass
class Outcome:
    """What a run gave; latencies in milliseconds by step, without the warm-up."""

    seconds: float
    steps: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    trouble: str = ""
    answered: int = 0  # with the warm-up
    broken: int = 0  # connections that ended without an answer; their requests were sent again
    lasted: float = 0.0  # seconds from the first request to the last answer

    @property
    def latencies(self) -> list[float]:
        return sorted(each for step in self.steps.values() for each in step)

    def figures(self) -> dict[str, object]:
        latencies = self.latencies
        return {
            "requests_per_second": round(len(latencies) / self.seconds, 1),
            **spread(latencies),
            "requests": len(latencies),
            "statuses": {str(code): count for code, count in sorted(self.statuses.items())},
            **({"trouble": self.trouble} if self.trouble else {}),
            **({"connections_broken": self.broken} if self.broken else {}),
        }


def spread(latencies: Sequence[float]) -> dict[str, float]:
    """Median, 95th and 99th percentile, and the worst."""
    ordered = sorted(latencies) or [0.0]
    at = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99, "max_ms": 1.0}
    return {
        name: round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)
        for name, share in at.items()
    }


def run(port: int, clients: Sequence[Client], *, seconds: float, warm_up: float = 1.0) -> Outcome:
    """Drive the clients against 127.0.0.1:port from a process of their own."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_main, args=(there, port, clients, seconds, warm_up))
    process.start()
    there.close()  # so that the end of the other process is seen here
    try:
        if not here.poll(seconds + warm_up + 60 + PATIENCE):
            raise TimeoutError("the load generator did not come back")
        try:
            found = here.recv()
        except EOFError:
            raise RuntimeError("the load generator died; its trace stands above") from None
    finally:
        process.join(5)
        if process.is_alive():
            process.kill()
    if not isinstance(found, Outcome):
        raise TypeError(found)
    return found


def _main(pipe, port: int, clients: Sequence[Client], seconds: float, warm_up: float) -> None:
    try:
        for client in clients:
            client.open()
        found: object = _Run(port, clients, seconds, warm_up).drive()
    except Exception as error:  # noqa: BLE001 - told to the parent, which raises it
        found = repr(error)
    for client in clients:
        client.close()
    pipe.send(found)


class _Line:
    """A connection: what has come in of the answer, and when its request was due."""

    __slots__ = ("again", "buffer", "client", "due_at", "request", "socket", "step", "waits")

    def __init__(self, client: Client) -> None:
        self.client = client
        self.buffer = b""
        self.due_at = 0.0
        self.step = ""
        self.request = b""
        self.waits = False  # for an answer
        self.again = False  # its request is to be sent once more
        self.socket: socket.socket | None = None


class _Run:
    def __init__(self, port: int, clients: Sequence[Client], seconds: float, warm_up: float):
        self.port = port
        self.lines = [_Line(client) for client in clients]
        self.outcome = Outcome(seconds)
        self.first = time.perf_counter()
        self.began = self.first + warm_up
        self.ends = self.began + seconds
        self.due: list[tuple[float, int, _Line]] = []
        self.numbers = count()
        self.waiting = 0

    def drive(self) -> Outcome:
        now = self.first
        with selectors.DefaultSelector() as self.selector:
            for line in self.lines:
                line.client.begin()
                self._plan(line, now)
            while self.waiting or self.due:
                now = time.perf_counter()
                while self.due and self.due[0][0] <= now:
                    due_at, _, line = heapq.heappop(self.due)
                    self._guarded(line, self._connect if line.again else self._send, due_at)
                until = self.due[0][0] - time.perf_counter() if self.due else PATIENCE
                ready = self.selector.select(timeout=max(0.0, min(until, PATIENCE)))
                if not ready and not self.due and self.waiting:
                    self.outcome.trouble = f"{self.waiting} requests got no answer in time"
                    break
                for key, events in ready:
                    step = self._connected if events & selectors.EVENT_WRITE else self._receive
                    self._guarded(key.data, step)
            for line in self.lines:
                self._hang_up(line)
        return self.outcome

    def _guarded(self, line: _Line, step: Callable[..., None], *more: float) -> None:
        """A connection that breaks is opened again and its request sent again, as a page does."""
        try:
            step(line, *more)
        except OSError:
            if not line.waits:
                self._hang_up(line)  # the next request opens another
                return
            self.outcome.broken += 1
            if self.outcome.broken > MOST_BROKEN * len(self.lines):
                raise
            self._hang_up(line)
            line.buffer, line.again = b"", True
            again_at = time.perf_counter() + AGAIN_AFTER
            heapq.heappush(self.due, (again_at, next(self.numbers), line))

    def _plan(self, line: _Line, now: float) -> None:
        due_at = now + line.client.pause
        if due_at < self.ends:
            heapq.heappush(self.due, (due_at, next(self.numbers), line))

    def _send(self, line: _Line, due_at: float) -> None:
        line.due_at = due_at
        request = line.client.ask()
        line.step = line.client.step
        if not request:
            self._hang_up(line)
            return
        line.waits = True
        self.waiting += 1
        line.request = request
        if line.socket is not None:
            line.socket.sendall(request)
            return
        self._connect(line)

    def _connect(self, line: _Line, _due_at: float = 0.0) -> None:
        # Not waited for: where thousands come at once, the others must not wait for one.
        line.again = False
        line.socket = socket.socket()
        line.socket.settimeout(0)
        line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.socket.bind((line.client.address, 0))
        line.socket.connect_ex(("127.0.0.1", self.port))
        self.selector.register(line.socket, selectors.EVENT_WRITE, line)

    def _connected(self, line: _Line) -> None:
        assert line.socket is not None  # noqa: S101
        line.socket.sendall(line.request)  # raises what the connection failed with
        self.selector.modify(line.socket, selectors.EVENT_READ, line)

    def _receive(self, line: _Line) -> None:
        assert line.socket is not None  # noqa: S101
        got = line.socket.recv(1 << 18)
        if not got:
            if line.waits:
                raise ConnectionError("the server closed a connection without an answer")
            self._hang_up(line)  # kept long enough; the next request opens another
            return
        line.buffer += got
        answer = _whole(line.buffer)
        if answer is None:
            return
        line.buffer = b""
        line.waits = False
        self.waiting -= 1
        now = time.perf_counter()
        line.client.told(answer)
        outcome = self.outcome
        outcome.answered += 1
        outcome.lasted = now - self.first
        if self.began <= now < self.ends:
            outcome.steps.setdefault(line.step, []).append((now - line.due_at) * 1000)
            outcome.statuses[answer.status] += 1
        self._plan(line, now)

    def _hang_up(self, line: _Line) -> None:
        if line.socket is not None:
            with suppress(KeyError):  # it broke before anybody waited for it
                self.selector.unregister(line.socket)
            line.socket.close()
            line.socket = None


def _whole(raw: bytes) -> Answer | None:
    """An answer that has come in completely, otherwise None."""
    end = raw.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = raw[:end].lower()
    status = int(raw[9:12])
    at = head.find(b"content-length:")
    if at >= 0:
        stop = head.find(b"\r\n", at)
        length = int(head[at + 15 : stop if stop >= 0 else end])
        return Answer(status, raw[end + 4 :], raw[:end]) if len(raw) - end - 4 >= length else None
    if b"transfer-encoding: chunked" in head:
        if not raw.endswith(b"0\r\n\r\n"):
            return None
        return Answer(status, _unchunked(raw[end + 4 :]), raw[:end])
    return Answer(status, raw[end + 4 :], raw[:end])


def _unchunked(raw: bytes) -> bytes:
    body = b""
    while raw:
        size, _, rest = raw.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            break
        body, raw = body + rest[:length], rest[length + 2 :]
    return body
