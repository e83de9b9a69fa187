"""The cache in the site's own database, for sites without Redis: one statement where Django takes five.

A sign-in counts itself against five limits, and each of them took a lock, read, wrote and let go:
62 of its 70 statements. Here a write is one upsert, and the table is looked through for what is
past its time once in a thousand writes.
"""

import base64
import pickle
import random
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import connections, router
from django.utils import timezone

# An entry past its time is as good as none, so add() may take its place.
_WRITE = """
    INSERT INTO {table} (cache_key, value, expires) VALUES (%s, %s, %s)
    ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires
    """
_SQL = {
    "set": _WRITE,
    "add": _WRITE + "WHERE {table}.expires < %s",
    "touch": "UPDATE {table} SET expires = %s WHERE cache_key = %s",
}
_LOOKED_THROUGH = 0.001


class UpsertCache(DatabaseCache):
    """Django's database cache with its writes as one statement each, atomic by themselves."""

    _table: str
    _max_entries: int

    def _base_set(
        self, mode: str, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT
    ) -> bool:
        until = self.get_backend_timeout(timeout)
        expires = (
            datetime.max.replace(tzinfo=UTC)
            if until is None
            else datetime.fromtimestamp(until, tz=UTC)
        )
        alias = router.db_for_write(self.cache_model_class)
        connection = connections[alias]
        now = timezone.now().replace(microsecond=0)
        at, by = (
            connection.ops.adapt_datetimefield_value(instant)
            for instant in (now, expires.replace(microsecond=0))
        )
        held = base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode("latin1")
        values = {"set": [key, held, by], "add": [key, held, by, at], "touch": [by, key]}[mode]
        table = connection.ops.quote_name(self._table)
        with connection.cursor() as cursor:
            cursor.execute(_SQL[mode].format(table=table), values)
            written = bool(cursor.rowcount)
            if random.random() < _LOOKED_THROUGH:  # noqa: S311 - when, is chance
                cursor.execute(f"SELECT COUNT(*) FROM {table}")  # noqa: S608 - our own name
                self._cull(alias, cursor, now, cursor.fetchone()[0])  # type: ignore[attr-defined]
        return written
