"""A study page played by hand over the real addresses, under a clock that the test moves."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import Any

from django.test import Client


@dataclass
class StudyPage:
    """What study.js does: one outbox, one request at a time, resent until acknowledged."""

    client: Client
    traveller: Any  # the time machine's traveller: the server's clock
    token: str = ""
    seq: int = 0
    outbox: list[list[Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)

    def take(self, enrolment, item) -> dict[str, Any]:
        response = self.client.post(
            "/api/study/lease/",
            json.dumps({"enrolment": enrolment.pk, "item": item.pk}),
            content_type="application/json",
        )
        assert response.status_code == 200, response.content
        self.token, self.seq, self.outbox = response.json()["token"], 0, []
        return response.json()

    def tick(self, start, end, lasted, *, playing=True, visible=True):
        """Put a tick into the outbox; all in seconds."""
        self.seq += 1
        self.outbox.append(
            [self.seq, int(start * 1000), int(end * 1000), int(lasted * 1000), playing, visible]
        )

    def send(self, ticks=None, *, token=None) -> dict[str, Any]:
        response = self.client.post(
            "/api/study/ticks/",
            json.dumps({"token": token or self.token, "ticks": ticks or self.outbox}),
            content_type="application/json",
        )
        assert response.status_code == 200, response.content
        answer = response.json()
        self.answers.append(answer)
        if ticks is None:
            self.outbox = [tick for tick in self.outbox if tick[0] > answer["acked"]]
        return answer

    def wait(self, seconds):
        self.traveller.shift(seconds)

    def play(self, start, seconds, *, rate=1.0, step=10) -> dict[str, Any]:
        """Play honestly from ``start`` for so many seconds of wall-clock time."""
        answer: dict[str, Any] = {}
        for at in range(0, seconds, step):
            self.wait(step)
            begin = start + at * rate
            self.tick(begin, begin + step * rate, step)
            answer = self.send()
        return answer


def lossy(page: StudyPage, rng: random.Random, loss: float) -> None:
    """Send like a phone in a tunnel: some requests never arrive, some answers never come back."""
    if rng.random() < loss / 2:
        return
    kept = list(page.outbox)
    page.send()
    if rng.random() < loss / 2:
        page.outbox = kept
