"""Sites that do it wrong, and one with a bad clock: the negative controls of ``faults``. Never served.

Each is a WSGI application. Whatever a fault is checked for, one of these must fail the check;
otherwise that nothing was lost says nothing.
"""

import functools
import io
import json
import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone

from config.hot_path import HOT_PATHS  # noqa: TID251 - applications of the benchmark
from config.wsgi import application as honest  # noqa: TID251 - the same
from exams.operations import delivery

Environ = dict[str, Any]
LATER = 0.5  # seconds between the promise and the deed


def acknowledges_first(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Says "accepted" and saves a moment later."""
    if not HOT_PATHS.fullmatch(environ["PATH_INFO"]):
        return honest(environ, start_response)
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    later = {**environ, "wsgi.input": io.BytesIO(body)}
    threading.Timer(LATER, lambda: honest(later, lambda *_: None)).start()
    told = [
        {"item": answer["item"], "seq": answer["seq"], "status": "accepted"}
        for answer in json.loads(body)["answers"]
    ]
    reply = json.dumps({"answers": told}).encode()
    start_response("200 OK", [("Content-Length", str(len(reply)))])
    return [reply]


@functools.cache
def _take_out(guard: str, table: str) -> None:
    """Without its guard in the database the site can do what it must not."""
    on = f" ON {table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER IF EXISTS {guard}{on}")


@functools.cache
def _forget_the_sequence() -> None:
    _take_out("exams_answer_newer_no_update", "exams_answer")
    for vendor, statement in delivery._UPSERT.items():
        delivery._UPSERT[vendor] = statement.replace(
            "WHERE excluded.seq > exams_answer.seq", "WHERE true"
        )


def last_one_wins(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Keeps what came last, whatever its sequence number."""
    _forget_the_sequence()
    return honest(environ, start_response)


# --- the wall clock ---------------------------------------------------------------------------------

_true_now, _true_time = timezone.now, time.time


def _off() -> float:
    """How far the clock is off, in seconds: ``faults.set_clock`` wrote it."""
    try:
        return float((Path(settings.VAR_DIR) / "clock").read_text() or 0)
    except FileNotFoundError:
        return 0.0


@functools.cache
def _bend_the_clock() -> None:
    timezone.now = lambda: _true_now() + timedelta(seconds=_off())
    time.time = lambda: _true_time() + _off()


def jumping_clock(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The honest site on a machine whose wall clock is set now forward, now back."""
    _bend_the_clock()
    return honest(environ, start_response)


def deadline_by_the_clock(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Keeps no deadline but what is left, and so moves it whenever the clock is moved."""
    _bend_the_clock()
    _take_out("exams_attempt_forward_no_update", "exams_attempt")
    off = timedelta(seconds=_off())
    if off and HOT_PATHS.fullmatch(environ["PATH_INFO"]):
        apps.get_model("exams", "Attempt").objects.filter(
            pk=environ["PATH_INFO"].split("/")[3], overrides=0
        ).update(due_at=F("due_at") + off, accepts_until=F("accepts_until") + off)
    return jumping_clock(environ, start_response)
