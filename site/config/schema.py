"""Which addresses the published schema describes."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

_PAGE_ADDRESSES = Path(__file__).with_name("page_addresses.yaml")


def ours_only(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """Leave out the interface that Wagtail's admin keeps for its own pages."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/")]


def with_page_addresses(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Add the JSON addresses that the site's own pages use, which are plain views."""
    added = _page_addresses()
    components = {
        kind: result["components"].get(kind, {}) | added["components"].get(kind, {})
        for kind in sorted(result["components"].keys() | added["components"].keys())
    }
    paths = result["paths"] | added["paths"]
    return result | {"paths": paths, "components": components, "tags": added["tags"]}


@lru_cache(maxsize=1)
def _page_addresses() -> dict[str, Any]:
    added: dict[str, Any] = yaml.safe_load(_PAGE_ADDRESSES.read_text("utf-8"))
    return added
