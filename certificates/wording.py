"""The words of an award, with places to fill. Pure.

A place is written ``{name}``; a passage in square brackets is left out when a place in it is empty:
``completed {course}[, worth {hours} credit hours]``.
"""

import re
from collections.abc import Mapping

PLACES = ("name", "course", "completed_on", "hours", "unit")

_PLACE = re.compile(r"\{([^{}]*)\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")


def unknown_places(wording: str) -> list[str]:
    """Return the places in the wording that nobody will fill, in order."""
    return [place for place in _PLACE.findall(wording) if place not in PLACES]


def fill(wording: str, values: Mapping[str, str]) -> str:
    """Return the wording with its places filled. A value is never read as wording itself."""

    def filled(text: str) -> str:
        return _PLACE.sub(lambda place: values.get(place[1], ""), text)

    def optional(passage: str) -> str:
        complete = all(values.get(place) for place in _PLACE.findall(passage))
        return filled(passage) if complete else ""

    # Odd parts are the bracketed ones; each part is filled once, so brackets in a name stay.
    parts = _OPTIONAL.split(wording)
    return "".join(optional(p) if i % 2 else filled(p) for i, p in enumerate(parts))
