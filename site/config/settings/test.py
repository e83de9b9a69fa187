"""For the test suite: quick hashes, files in a temporary folder, tasks at once."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# With XIANGXU_TEST_VAR and pytest's --reuse-db the migrated SQLite file is kept from run to run.
if kept := os.environ.get("XIANGXU_TEST_VAR"):
    os.environ["XIANGXU_VAR"] = kept
else:
    os.environ["XIANGXU_VAR"] = tempfile.mkdtemp(prefix="xiangxu-test-")
    atexit.register(shutil.rmtree, os.environ["XIANGXU_VAR"], ignore_errors=True)

from config.settings.base import *

DEBUG = False
DEMO = True
SECRET_KEY = "test-only"
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
INSTALLED_APPS += ["demo"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if not REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# As with Redis: what the tests count are the statements of a page, without that of its session.
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
ACCOUNT_RATE_LIMITS = False
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
LOGGING["root"]["level"] = "WARNING"
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, not memory: tests with threads and the live server need several connections.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(VAR_DIR) / "test.sqlite3")}
    # Nothing here must survive a power cut.
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA recursive_triggers=ON;"
    )
