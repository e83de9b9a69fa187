"""A secret that is made once and kept in a file of its own, readable by its owner alone."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def kept_at(path: Path, make: Callable[[], str]) -> str:
    """What the file says; what ``make`` gives on first use. Two processes starting together agree."""
    if not path.exists():
        _write_once(path, make())
    return path.read_text(encoding="ascii").strip()


def _write_once(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link is refused when the other process was first, and is never half a file.
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
