"""A cheap load generator: raw sockets, one process, a closed loop. It knows no Django.

Every client has one kept connection and sends its next request when the last one is answered, so
latency is seen as a browser would see it and the generator takes as little of the cores as it can.
"""

import multiprocessing
import selectors
import socket
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


class Client(Protocol):
    """One simulated browser. It must be picklable: it lives in the generator's process."""

    def open(self) -> None:
        """Called once in the generator's process, before the first request."""

    def ask(self) -> bytes:
        """The next request, whole."""

    def told(self, status: int, body: bytes) -> None:
        """What was answered."""

    def close(self) -> None:
        """Called once at the end."""


@dataclass
class Outcome:
    """What a run gave; latencies in milliseconds, without the warm-up."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    trouble: str = ""
    answered: int = 0  # with the warm-up

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency that ``share`` (0 to 1) of the requests did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    def figures(self) -> dict[str, object]:
        return {
            "requests_per_second": round(self.per_second, 1),
            "p50_ms": round(self.percentile(0.5), 2),
            "p99_ms": round(self.percentile(0.99), 2),
            "max_ms": round(max(self.latencies, default=0.0), 2),
            "requests": len(self.latencies),
            "statuses": {str(code): count for code, count in sorted(self.statuses.items())},
            **({"trouble": self.trouble} if self.trouble else {}),
        }


def run(port: int, clients: Sequence[Client], *, seconds: float, warm_up: float = 1.0) -> Outcome:
    """Drive the clients against 127.0.0.1:port from a process of their own."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_main, args=(there, port, clients, seconds, warm_up))
    process.start()
    try:
        if not here.poll(seconds + warm_up + 60):
            raise TimeoutError("the load generator did not come back")
        found = here.recv()
    finally:
        process.join(5)
        if process.is_alive():
            process.kill()
    if not isinstance(found, Outcome):
        raise TypeError(found)
    return found


def _main(pipe, port: int, clients: Sequence[Client], seconds: float, warm_up: float) -> None:
    for client in clients:
        client.open()
    try:
        found: object = _drive(port, clients, seconds, warm_up)
    except Exception as error:  # noqa: BLE001 - told to the parent, which raises it
        found = repr(error)
    for client in clients:
        client.close()
    pipe.send(found)


class _Line:
    """A connection: what has come in of the answer, and when its request went out."""

    __slots__ = ("buffer", "client", "sent_at", "socket")

    def __init__(self, port: int, client: Client) -> None:
        self.client = client
        self.buffer = b""
        self.sent_at = 0.0
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self) -> None:
        request = self.client.ask()
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)


def _drive(port: int, clients: Sequence[Client], seconds: float, warm_up: float) -> Outcome:
    outcome = Outcome(seconds)
    with selectors.DefaultSelector() as selector:
        lines = [_Line(port, client) for client in clients]
        for line in lines:
            selector.register(line.socket, selectors.EVENT_READ, line)
            line.send()
        began = time.perf_counter() + warm_up
        ends = began + seconds
        waiting = len(lines)
        while waiting:
            ready = selector.select(timeout=15)
            if not ready:
                outcome.trouble = f"{waiting} requests were not answered within 15 s"
                break
            for key, _events in ready:
                line = key.data
                got = line.socket.recv(1 << 18)
                if not got:
                    raise ConnectionError("the server closed a kept connection")
                line.buffer += got
                answer = _whole(line.buffer)
                if answer is None:
                    continue
                line.buffer = b""
                now = time.perf_counter()
                status, body = answer
                line.client.told(status, body)
                outcome.answered += 1
                if began <= now < ends:
                    outcome.latencies.append((now - line.sent_at) * 1000)
                    outcome.statuses[status] += 1
                if now < ends:
                    line.send()
                else:
                    waiting -= 1
        for line in lines:
            line.socket.close()
    return outcome


def _whole(raw: bytes) -> tuple[int, bytes] | None:
    """Status and body of an answer that has come in completely, otherwise None."""
    end = raw.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = raw[:end].lower()
    status = int(raw[9:12])
    at = head.find(b"content-length:")
    if at >= 0:
        stop = head.find(b"\r\n", at)
        length = int(head[at + 15 : stop if stop >= 0 else end])
        return (status, raw[end + 4 :]) if len(raw) - end - 4 >= length else None
    if b"transfer-encoding: chunked" in head:
        return (status, _unchunked(raw[end + 4 :])) if raw.endswith(b"0\r\n\r\n") else None
    return status, raw[end + 4 :]


def _unchunked(raw: bytes) -> bytes:
    body = b""
    while raw:
        size, _, rest = raw.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            break
        body, raw = body + rest[:length], rest[length + 2 :]
    return body
