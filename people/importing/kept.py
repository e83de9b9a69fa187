"""The file a list was read from is kept with its row: it says why the books changed."""

from typing import Any, BinaryIO

from django.core.files.base import File


def keep(row: Any, file: BinaryIO, name: str) -> None:
    """Save a new row with its file, which lies under the name of its digest."""
    file.seek(0)
    ending = ".xlsx" if name.lower().endswith(".xlsx") else ".csv"
    row.file.save(f"{row.digest[:32]}{ending}", File(file), save=False)
    row.save()
