"""What the system administrator sees: whether the house stands. No records of people."""

import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max, Q

from dashboards.models import Round
from dashboards.operations import SWEEP
from tracker import queries as tracker
from tracker.queries import Sealing

GIB = 1024**3
LOW_DISK_BYTES = 2 * GIB
# A running worker looks every few seconds; work older than this has nobody.
STUCK_AFTER = timedelta(minutes=10)
# The sweep runs every few minutes, the sealing every night; a night may be missed by some hours.
SWEEP_IS_LATE_AFTER = timedelta(minutes=30)
SEAL_IS_LATE_AFTER = timedelta(hours=36)
_NO_DAY = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Health:
    """Each figure with its own unit; None where it does not apply."""

    database: str
    database_ms: float
    migrations_missing: int
    cache_works: bool
    tasks_waiting: int | None
    tasks_failed: int | None
    worker_seen_at: datetime | None
    work_is_stuck: bool
    swept_at: datetime | None
    sweep_is_late: bool
    ledger: Sealing
    ledger_is_late: bool
    audit: Sealing
    audit_is_late: bool
    disk_free_gib: float
    disk_is_low: bool

    @property
    def sound(self) -> bool:
        """Nothing asks for the administrator."""
        return (
            not self.migrations_missing
            and self.cache_works
            and not self.tasks_failed
            and not self.work_is_stuck
            and not self.sweep_is_late
            and not self.ledger_is_late
            and not self.audit_is_late
            and not self.disk_is_low
        )


def health(*, now: datetime) -> Health:
    """Ask every part that may fail. Raises DatabaseError when the database itself is gone."""
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    database_ms = (time.perf_counter() - began) * 1000
    waiting, failed = _tasks(now)
    seen_at, is_stuck = _worker(now)
    swept_at = Round.objects.filter(name=SWEEP).values_list("ended_at", flat=True).first()
    ledger, audit = tracker.sealings()
    free = shutil.disk_usage(_existing(Path(settings.VAR_DIR))).free
    return Health(
        database=connection.vendor,
        database_ms=round(database_ms, 1),
        migrations_missing=_missing_migrations(),
        cache_works=_cache_works(),
        tasks_waiting=waiting,
        tasks_failed=failed,
        worker_seen_at=seen_at,
        work_is_stuck=is_stuck,
        swept_at=swept_at,
        sweep_is_late=swept_at is None or now - swept_at > SWEEP_IS_LATE_AFTER,
        ledger=ledger,
        ledger_is_late=_waits_too_long(ledger, now),
        audit=audit,
        audit_is_late=_waits_too_long(audit, now),
        disk_free_gib=round(free / GIB, 1),
        disk_is_low=free < LOW_DISK_BYTES,
    )


def _missing_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _cache_works() -> bool:
    key = "dashboards.health"
    cache.set(key, "up", 10)
    return cache.get(key) == "up"


def _tasks(now: datetime) -> tuple[int | None, int | None]:
    """Messages of the database's queue that wait, and that failed within a week.

    None for the Redis queue, which is watched with its own tools.
    """
    if not apps.is_installed("django_tasks_db"):
        return None, None
    results = apps.get_model("django_tasks_database", "DBTaskResult").objects
    waiting = results.filter(status="READY").count()
    failed = results.filter(status="FAILED", finished_at__gte=now - timedelta(days=7)).count()
    return waiting, failed


def _worker(now: datetime) -> tuple[datetime | None, bool]:
    """When a worker last began or ended something, and whether due work has nobody."""
    if not apps.is_installed("django_tasks_db"):
        return None, False
    results = apps.get_model("django_tasks_database", "DBTaskResult").objects.order_by()
    seen = results.aggregate(began=Max("started_at"), ended=Max("finished_at"))
    moments = [moment for moment in seen.values() if moment is not None]
    # The queue writes the last day there is where nothing is to be waited for.
    due = Q(run_after__lte=now) | Q(run_after__gte=_NO_DAY)
    stuck = results.filter(due, status="READY", enqueued_at__lt=now - STUCK_AFTER)
    return max(moments, default=None), stuck.exists()


def _waits_too_long(log: Sealing, now: datetime) -> bool:
    """Whether a row has waited for its seal longer than a night. Without new rows no seal is due."""
    return log.waits_since is not None and now - log.waits_since > SEAL_IS_LATE_AFTER


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path
