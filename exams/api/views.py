"""Saving and handing in by the examination page.

These are plain views: no login, no CSRF cookie, no session and no user row, because all of that
would be a statement each on the busiest path of the house. In their place stands a signed pass,
checked in memory: it names the attempt, the person and the session that opened the page, and is
only good together with that session's cookie (HttpOnly, SameSite=Lax). A foreign site can neither
read the pass nor send JSON here: the media type forces a preflight nobody answers, and
``Sec-Fetch-Site`` is looked at besides. State and deadline are judged by the database, in the same
statement that stores the answers.
"""

import json
from datetime import datetime
from typing import Any, TypeGuard
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from exams import operations
from exams.engine.certainty import is_level
from exams.enums import AttemptEventKind
from exams.models import Attempt
from exams.operations import Given, Saved
from exams.permissions import Pass, PassRefused, read_pass

MOST_ANSWERS = 100  # in one request
LONGEST_VALUE = 40_000  # characters of JSON
LONGEST_BODY = 1_000_000  # bytes
HIGHEST_SEQ = 2**31 - 1


class Malformed(Exception):
    """The request is not what the page sends."""


def _answer(code: str, status: int) -> JsonResponse:
    return JsonResponse({"code": code}, status=status)


def _no_constants(name: str) -> None:
    raise ValueError(name)


def _read(request: HttpRequest) -> dict[str, Any]:
    if request.content_type != "application/json" or len(request.body) > LONGEST_BODY:
        raise Malformed
    try:
        body = json.loads(request.body, parse_constant=_no_constants)
    except (ValueError, RecursionError) as error:
        raise Malformed from error
    if not isinstance(body, dict) or not isinstance(body.get("token"), str):
        raise Malformed
    if not isinstance(body.get("answers", []), list) or len(body.get("answers", [])) > MOST_ANSWERS:
        raise Malformed
    return body


def _is_whole(value: object, most: int) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= most


def _sort_out(entries: list[Any], held: Pass) -> tuple[list[Given], list[dict[str, Any]]]:
    """Answers to be saved, and replies for entries that are none."""
    given: list[Given] = []
    refused: list[dict[str, Any]] = []
    for entry in entries:
        entry = entry if isinstance(entry, dict) else {}
        item, seq = entry.get("item"), entry.get("seq")
        value = json.dumps(entry.get("value"), ensure_ascii=False, separators=(",", ":"))
        try:
            value.encode()
        except UnicodeEncodeError:
            value = ""
        sure = entry.get("certainty") if held.levels else None
        stated = sure is None or is_level(sure, held.levels)
        if not _is_whole(item, held.questions) or not _is_whole(seq, HIGHEST_SEQ) or not stated:
            refused.append({"item": item, "seq": seq, "status": "refused", "reason": "malformed"})
        elif not value or len(value) > LONGEST_VALUE:
            refused.append({"item": item, "seq": seq, "status": "refused", "reason": "too_long"})
        else:
            given.append(Given(item, seq, value, sure))
    return given, refused


def _replies(saved: list[Saved], refused: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [answer.as_dict() for answer in saved] + refused


def _admit(
    request: HttpRequest, pk: UUID, now: datetime
) -> tuple[dict[str, Any], list[Given], list[dict[str, Any]]]:
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise PassRefused("foreign_site")
    body = _read(request)
    session_key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    held = read_pass(body["token"], pk, session_key, now)
    given, refused = _sort_out(body.get("answers", []), held)
    return body, given, refused


@csrf_exempt
@login_not_required
@require_POST
def save(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Store changed answers; the reply says of each what became of it, after the commit."""
    now = timezone.now()
    try:
        _body, given, refused = _admit(request, pk, now)
    except Malformed:
        return _answer("malformed", 400)
    except PassRefused as refusal:
        return _answer(refusal.code, 403)
    saved = operations.save_answers(pk, given, now=now)
    return JsonResponse({"answers": _replies(saved, refused)})


@csrf_exempt
@login_not_required
@require_POST
def submit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Hand in, with the last answers; repeating it gives the same receipt."""
    now = timezone.now()
    try:
        body, given, refused = _admit(request, pk, now)
    except Malformed:
        return _answer("malformed", 400)
    except PassRefused as refusal:
        return _answer(refusal.code, 403)
    try:
        receipt, saved = operations.submit_attempt(
            pk, last=given, at_end=body.get("at_end") is True, now=now
        )
        operations.grade_when_automatic(pk, now=now)
    except operations.TimeLeft as early:
        # The answers are saved; the page sends them again and learns so, then goes on.
        return JsonResponse({"code": "time_left", "seconds": early.seconds}, status=425)
    except (operations.AttemptClosed, Attempt.DoesNotExist):
        return _answer("closed", 409)
    return JsonResponse(
        {
            "receipt": receipt.code,
            "answered": receipt.answered,
            "submitted_at": receipt.submitted_at.isoformat(),
            "answers": _replies(saved, refused),
            "url": reverse("exams:receipt", args=[pk]),
        }
    )


# What the page may report of itself, and the one number that goes with it.
SIGNS: dict[Any, str] = {AttemptEventKind.LEFT: "seconds", AttemptEventKind.PASTED: "characters"}
MOST_SIGNS = 20  # in one request


@csrf_exempt
@login_not_required
@require_POST
def signs(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write down that the page was left or text pasted; how many of the signs were kept."""
    now = timezone.now()
    try:
        body, _given, _refused = _admit(request, pk, now)
    except Malformed:
        return _answer("malformed", 400)
    except PassRefused as refusal:
        return _answer(refusal.code, 403)
    reported = body.get("signs")
    if not isinstance(reported, list) or len(reported) > MOST_SIGNS:
        return _answer("malformed", 400)
    kept: list[tuple[str, dict[str, Any]]] = []
    for sign in reported:
        kind = sign.get("kind") if isinstance(sign, dict) else None
        name = SIGNS.get(kind) if isinstance(kind, str) else None
        if name is None or not _is_whole(sign.get(name), HIGHEST_SEQ):
            return _answer("malformed", 400)
        kept.append((str(kind), {name: sign[name]}))
    return JsonResponse({"kept": operations.note_signals(pk, kept, now=now)})
