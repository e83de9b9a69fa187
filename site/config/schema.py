"""Which addresses the published schema describes."""

from typing import Any


def ours_only(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """Leave out the interface that Wagtail's admin keeps for its own pages."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/")]
