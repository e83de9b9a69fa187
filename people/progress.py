"""How far a list is: read, held against what stands, and written in one transaction or not at all.

Inside the transaction a count would be seen by nobody before its end, and where it went wrong it
would be gone; on SQLite nobody else may write meanwhile. So the count lies in a small file beside
the database. It decides nothing: a file that is lost or left behind costs a bar on a page.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import TextChoices
from django.http import JsonResponse
from django.utils.translation import gettext as _

# Told this often at most, in seconds.
_EVERY = 0.25
# Who has said nothing for so many seconds was killed.
_SILENT_FOR = 60


class Stage(TextChoices):
    """Every row is read, each is held against what stands, then everything is written."""

    READING = "reading"
    CHECKING = "checking"
    WRITING = "writing"


# A list that is only looked at writes nothing yet.
LOOKED_AT = (Stage.READING, Stage.CHECKING)

# A stage, rows done, rows in all where they are known by now.
Tell = Callable[[Stage, int, int], object]


def to_nobody(stage: Stage, done: int, total: int) -> None:
    """For whom nobody waits."""


@dataclass(frozen=True)
class Told:
    """The last that was told: rows ``done`` of ``total`` (0: unknown) in one of the ``stages``."""

    stage: Stage
    done: int
    total: int
    stages: tuple[Stage, ...] = tuple(Stage)

    @property
    def share(self) -> int:
        """Whole per cent of all stages together; never 100 before the end."""
        part = min(self.done, self.total) * 100 // self.total if self.total else 0
        return min(99, (self.stages.index(self.stage) * 100 + part) // len(self.stages))

    @property
    def said(self) -> str:
        """A line for the page."""
        counts = {"done": self.done, "total": self.total}
        if self.stage == Stage.READING:
            if not self.total:
                return _("Reading: %(done)s rows") % counts
            return _("Reading: %(done)s of %(total)s rows") % counts
        if self.stage == Stage.CHECKING:
            return _("Checking: %(done)s of %(total)s rows") % counts
        return _("Writing: %(done)s of %(total)s") % counts


@contextmanager
def telling(name: str, rows: int = 0, stages: tuple[Stage, ...] = tuple(Stage)) -> Iterator[Tell]:
    """Give what a deed may tell its count to, under a name of its own; forgotten when the deed ends.

    ``rows`` stands for a total the deed does not know yet; ``stages`` are those it goes through.
    Telling never fails.
    """
    path, told_at, begun = _path(name), 0.0, False

    def tell(stage: Stage, done: int, total: int) -> None:
        nonlocal told_at, begun
        now = time.monotonic()
        if now - told_at < _EVERY:
            return
        told_at, begun = now, True
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            part.write_text(json.dumps([stage, done, total or rows, stages]))
            part.replace(path)

    try:
        yield tell
    finally:
        # Who was kept out by another's deed of this name has told nothing and forgets nothing.
        if begun:
            with suppress(OSError):
                path.unlink(missing_ok=True)


def told(name: str) -> Told | None:
    """What was told last; None when nothing is under way."""
    path = _path(name)
    try:
        if time.time() - path.stat().st_mtime > _SILENT_FOR:
            return None
        stage, done, total, stages = json.loads(path.read_text())
        through = tuple(Stage(each) for each in stages)
        return Told(through[through.index(stage)], int(done), int(total), through)
    except (OSError, ValueError, TypeError):
        return None


def answer(name: str) -> JsonResponse:
    """For the script that follows it; not ``live`` when nothing is under way."""
    last = told(name)
    plain = {"live": True, "share": last.share, "said": last.said} if last else {"live": False}
    return JsonResponse(plain, headers={"Cache-Control": "no-store"})


def _path(name: str) -> Path:
    return Path(settings.VAR_DIR) / "progress" / f"{name}.json"
