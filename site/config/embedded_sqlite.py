"""Put the ``pysqlite3`` wheel in the place of the standard library's ``sqlite3``.

Debian 12 ships SQLite 3.40.1, whose WAL-reset bug can corrupt a database (mended in 3.51.3).
Imported by the settings before Django opens its first connection; see docs/decisions/0002.
"""

import sys
from typing import Any

import pysqlite3
import pysqlite3.dbapi2

sys.modules["sqlite3"] = pysqlite3
sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2


def refresh_planner(connection: Any) -> None:
    """Give SQLite the figures of its tables by which it chooses indexes; nothing on other databases.

    Without them it picks an index in which every row is alike: a page of the demo took 28 s for
    0.2. Tables whose figures are fresh are passed over (0x10000: look at all, not only at those used).
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA optimize=0x10002")
