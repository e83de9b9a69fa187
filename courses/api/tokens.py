"""The signed lease a study page carries: checked in memory, so that a tick needs no session query.

A token names the lease and what the server measured of the item. It is bound to the session that
took the lease: stolen alone it is worth nothing, and no one can write another length into it.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.http import HttpRequest

from courses.operations import Lease
from courses.study_time import Kind
from people.sessions import session_mark

_SALT = "courses.study_lease"
_MAX_AGE_SECONDS = 24 * 60 * 60


class BadToken(Exception):
    """The token was not signed here, is too old, or belongs to another session."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token allows: ticks of this lease, weighed with these measures."""

    lease_id: int
    kind: Kind
    length_ms: int
    min_share: int


def sign(lease: Lease, request: HttpRequest) -> str:
    """The token for a lease taken in this session."""
    value = [lease.lease_id, lease.kind, lease.length_ms, lease.min_share, _mark(request)]
    return signing.dumps(value, salt=_SALT)


def read(token: object, request: HttpRequest) -> Grant:
    """Check a token against the session it comes with. Raises BadToken."""
    if not isinstance(token, str):
        raise BadToken
    try:
        lease_id, kind, length_ms, min_share, mark = signing.loads(
            token, salt=_SALT, max_age=_MAX_AGE_SECONDS
        )
    except (signing.BadSignature, ValueError) as error:
        raise BadToken from error
    if mark != _mark(request):
        raise BadToken
    return Grant(lease_id, Kind(kind), length_ms, min_share)


def _mark(request: HttpRequest) -> str:
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return session_mark(key)
