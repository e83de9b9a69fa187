"""Put the ``pysqlite3`` wheel in the place of the standard library's ``sqlite3``.

Debian 12 ships SQLite 3.40.1, whose WAL-reset bug can corrupt a database (mended in 3.51.3).
Imported by the settings before Django opens its first connection; see docs/decisions/0002.
"""

import sys

import pysqlite3
import pysqlite3.dbapi2

sys.modules["sqlite3"] = pysqlite3
sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2
