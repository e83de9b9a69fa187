"""Questions that are nearly the same: Jaccard similarity of character pairs of normalised text.

Quick for thousands of new texts against tens of thousands known: two sets whose similarity reaches a
threshold share one of their rarest pairs (prefix filtering: R. Bayardo, Y. Ma, R. Srikant, Scaling up
all pairs similarity search, WWW 2007), so only those are compared.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Final

from exams.engine import items as it
from exams.engine.text import normalise

NEAR: Final = 0.8


@dataclass(frozen=True, slots=True)
class Near:
    """New text ``new`` resembles known text ``known`` (or new text ``known`` when ``within``)."""

    new: int
    known: int
    similarity: float
    within: bool


def text_of_item(plain: it.Plain) -> str:
    """What of a question (exchange form) is compared: the stem and the texts of its options."""
    options = plain.get("options") or []
    texts = (
        [o.get("text", "") if isinstance(o, dict) else str(o) for o in options]
        if isinstance(options, list)
        else []
    )
    return " ".join([str(plain.get("stem", "")), *sorted(texts)])


def pairs_of(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters of a normalised text."""
    plain = normalise(text)
    return frozenset(a + b for a, b in pairwise(plain)) or frozenset([plain])


def near(new: Sequence[str], known: Iterable[str] = (), threshold: float = NEAR) -> list[Near]:
    """For each new text its nearest among the known and among the new before it, best first."""
    sets = [pairs_of(text) for text in new]
    common = Counter(pair for each in sets for pair in each)

    def rarest(pairs: frozenset[str]) -> list[str]:
        ordered = sorted(pairs, key=lambda pair: (common.get(pair, 0), pair))
        return ordered[: len(ordered) - ceil(threshold * len(ordered)) + 1]

    index: dict[str, list[int]] = defaultdict(list)
    best: dict[tuple[int, bool], Near] = {}

    def probe(pairs: frozenset[str], place: int, *, within: bool) -> None:
        seen: set[int] = set()
        for pair in rarest(pairs):
            for other in index.get(pair, ()):
                if other in seen:
                    continue
                seen.add(other)
                theirs = sets[other]
                low, high = sorted((len(pairs), len(theirs)))
                if low < threshold * high:
                    continue
                shared = len(pairs & theirs)
                similarity = shared / (len(pairs) + len(theirs) - shared)
                if similarity < threshold:
                    continue
                new, old = (place, other) if within else (other, place)
                found = Near(new, old, similarity, within)
                key = (found.new, within)
                if key not in best or best[key].similarity < similarity:
                    best[key] = found

    for place, pairs in enumerate(sets):
        probe(pairs, place, within=True)
        for pair in rarest(pairs):
            index[pair].append(place)
    for place, text in enumerate(known):
        probe(pairs_of(text), place, within=False)
    return sorted(best.values(), key=lambda found: (-found.similarity, found.new))
