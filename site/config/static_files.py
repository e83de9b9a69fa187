"""Static files whose addresses are made once a process: some twenty stand on every page."""

from typing import Any

from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class PlainFiles(StaticFilesStorage):
    """Under their own names, for work at the site and for trying it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept: dict[str | None, str] = {}

    def url(self, name: str | None) -> str:
        """Templates name files, never visitors, so there are as many as files."""
        if name not in self._kept:
            self._kept[name] = super().url(name)
        return self._kept[name]


class HashedFiles(PlainFiles, CompressedManifestStaticFilesStorage):
    """Under names that change with what is in them, compressed; for production."""
