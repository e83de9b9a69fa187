"""Sessions in the database: Django's own, read by a query that is compiled once; and their mark."""

import hashlib
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from people.statements import Kept


class SessionStore(DatabaseSessions):
    """Every page of who is signed in asks for its session."""

    def load(self) -> dict[str, Any]:
        for data in _data(self.session_key, timezone.now()):
            loaded: dict[str, Any] = self.decode(data)
            return loaded
        self._session_key = None  # as Django does: whoever brings an unknown key gets a new one
        return {}


def session_mark(key: str) -> str:
    """A digest of a session's key, for what is signed for a page and good in this session alone.

    The key itself never goes into a page.
    """
    return hashlib.sha256(key.encode()).hexdigest()[:20]


@Kept
def _data(key: str, now: Any) -> QuerySet[Session, str]:
    held = Session.objects.filter(session_key=key, expire_date__gt=now)
    return held.values_list("session_data", flat=True)
