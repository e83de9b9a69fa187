"""Take the lease and send ticks. Plain JSON; nothing a browser says is believed before it is weighed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, JsonResponse
from django.http.request import RawPostDataException
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from courses import operations
from courses.api import tokens
from courses.enums import PackageStatus, ReleaseReason
from courses.models import Enrolment
from courses.study_time import Tick
from people.permissions import me

# 45 minutes offline at one tick in ten seconds are 270.
MAX_TICKS = 400
MAX_BYTES = 64 * 1024
# What a package may keep, in the longest form a character takes in JSON.
MAX_REPORT_BYTES = 6 * operations.STATE_TO
_LARGEST = 2**31


class Malformed(Exception):
    """The body is not what the page sends."""


@require_POST
def take_lease(request: HttpRequest) -> JsonResponse:
    """Take the one lease for an item: ``{enrolment, item}`` → token, and where it stopped."""
    try:
        body = _body(request)
        enrolment_id, item_id = _whole(body.get("enrolment")), _whole(body.get("item"))
    except Malformed as error:
        return _refused(400, str(error))
    try:
        lease = operations.take_lease(
            me(request).pk, enrolment_id, item_id, device=_device(request), now=timezone.now()
        )
    except (Enrolment.DoesNotExist, operations.NotStudied):
        raise Http404 from None
    return JsonResponse(
        {
            "token": tokens.sign(lease, request),
            "kind": lease.kind,
            "length_seconds": lease.length_ms / 1000,
            "position_seconds": lease.position_ms / 1000,
            "took_over": lease.took_over,
            **_meter(lease),
        }
    )


@csrf_exempt  # the signed token is the proof; no other site can know one
@login_not_required  # the same: ticks cost neither a session nor a user query
@require_POST
def ticks(request: HttpRequest) -> JsonResponse:
    """Weigh a batch: ``{token, ticks: [[seq, from, to, lasted, playing, visible], …]}``.

    Times are in milliseconds. ``leave: true`` gives the lease back: the page is being closed. Answers 200 with ``state`` ``ok`` or ``lost`` for every tick, late,
    repeated or outrun; 400 for a body that is not this, 403 for a token that is not ours.
    """
    try:
        body = _body(request)
        grant = tokens.read(body.get("token"), request)
        batch = _ticks(body.get("ticks"))
    except Malformed as error:
        return _refused(400, str(error))
    except tokens.BadToken:
        return _refused(403, "bad_token")
    outcome = operations.record_ticks(
        grant.lease_id,
        batch,
        kind=grant.kind,
        length_ms=grant.length_ms,
        min_share=grant.min_share,
        now=timezone.now(),
    )
    if body.get("leave") is True and outcome.is_live:
        operations.release_lease(grant.lease_id, now=timezone.now())
    return JsonResponse(
        {
            "state": "ok" if outcome.is_live else "lost",
            "because": outcome.lost_because,
            "acked": outcome.acked_seq,
            "credited_seconds": outcome.credited_ms / 1000,
            "grade": outcome.grade,
            "reason": outcome.reason,
            "completed": outcome.item_completed,
            "course_completed": outcome.course_completed,
            "verified_seconds": outcome.verified_ms / 1000,
            "plausible_seconds": outcome.plausible_ms / 1000,
            "covered_seconds": outcome.covered_ms / 1000,
        }
    )


@csrf_exempt  # as for ticks: the signed token is the proof
@login_not_required
@require_POST
def told(request: HttpRequest) -> JsonResponse:
    """What a package says: ``{token, part, status, score, model}``, the score in per cent or null.

    Answers 200 with ``state`` ``ok`` or ``lost``; 413 when the package wants more kept than is kept.
    """
    try:
        body = _body(request, MAX_REPORT_BYTES)
        grant = tokens.read(body.get("token"), request)
        outcome = operations.keep_report(
            grant.lease_id,
            _whole(body.get("part")),
            status=PackageStatus(str(body.get("status"))),
            score_percent=_per_cent(body.get("score")),
            state=_model(body.get("model")),
            now=timezone.now(),
        )
    except (Malformed, ValueError) as error:
        return _refused(413 if str(error) == "too_large" else 400, str(error)[:80])
    except operations.StateTooLarge:
        return _refused(413, "too_large")
    except tokens.BadToken:
        return _refused(403, "bad_token")
    except operations.NotStudied:
        raise Http404 from None
    except operations.LeaseLost:
        return JsonResponse({"state": "lost", "because": ReleaseReason.OTHER_PLACE})
    return JsonResponse(
        {
            "state": "ok",
            "completed": outcome.item_completed,
            "course_completed": outcome.course_completed,
        }
    )


def _meter(lease: operations.Lease) -> dict[str, Any]:
    return {
        "verified_seconds": lease.verified_ms / 1000,
        "plausible_seconds": lease.plausible_ms / 1000,
        "covered_seconds": lease.covered_ms / 1000,
        "completed": lease.completed,
    }


def _body(request: HttpRequest, limit: int = MAX_BYTES) -> Mapping[str, Any]:
    if int(request.headers.get("Content-Length") or 0) > limit:
        raise Malformed("too_large")
    try:
        body = json.loads(request.body)
    except RawPostDataException as error:  # a form, already read for its token
        raise Malformed("not_json") from error
    except (ValueError, RecursionError) as error:
        raise Malformed("not_json") from error
    if not isinstance(body, dict):
        raise Malformed("not_an_object")
    return body


def _ticks(rows: object) -> list[Tick]:
    if not isinstance(rows, list) or len(rows) > MAX_TICKS:
        raise Malformed("bad_ticks")
    batch = []
    for row in rows:
        if not isinstance(row, list) or len(row) != 6:
            raise Malformed("bad_tick")
        seq, start, end, lasted = (_whole(number) for number in row[:4])
        batch.append(Tick(seq, start, end, lasted, row[4] is True, row[5] is True))
    return batch


def _whole(number: object) -> int:
    """A whole number that fits; ``true`` is not one."""
    if not isinstance(number, int) or isinstance(number, bool) or abs(number) >= _LARGEST:
        raise Malformed("not_a_whole_number")
    return number


def _model(value: object) -> str:
    """The package's data model as it is kept; only a package ever looks into it."""
    if value is not None and not isinstance(value, dict):
        raise Malformed("not_an_object")
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (ValueError, RecursionError) as error:
        raise Malformed("not_json") from error


def _per_cent(number: object) -> Decimal | None:
    """A score in per cent, to two places; what lies outside says nothing."""
    if number is None:
        return None
    if not isinstance(number, int | float) or isinstance(number, bool) or not 0 <= number <= 100:
        raise Malformed("not_per_cent")
    return Decimal(str(round(number, 2)))


def _device(request: HttpRequest) -> str:
    """The least that lets a person recognise the window: phone or computer."""
    return "phone" if "Mobi" in request.headers.get("User-Agent", "") else "computer"


def _refused(status: int, code: str) -> JsonResponse:
    return JsonResponse({"code": code}, status=status)
