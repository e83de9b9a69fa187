"""Which written answers are alike enough to be marked together."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from exams.engine.text import normalise

Name = TypeVar("Name", bound=Hashable)
NEAR = 0.8
LONGEST = 2000  # characters compared; of a longer answer the beginning


@dataclass(frozen=True, slots=True)
class Alike(Generic[Name]):
    """An answer like the one in hand: ``same`` in everything but spelling, or only near to it."""

    name: Name
    text: str
    likeness: float

    @property
    def same(self) -> bool:
        return self.likeness == 1


def likeness(one: str, other: str) -> float:
    """The share of common character pairs (Jaccard), 0…1, after normalising; 1 only when equal."""
    return _likeness(normalise(one[:LONGEST]), normalise(other[:LONGEST]))


def _likeness(one: str, other: str) -> float:
    if one == other:
        return 1.0
    mine, theirs = _pairs(one), _pairs(other)
    union = len(mine | theirs)
    share = len(mine & theirs) / union if union else 0.0
    # The same pairs in another order are not the same answer.
    return min(share, 0.99)


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[n : n + 2] for n in range(max(len(text) - 1, 1)))


def alike_to(text: str, others: Mapping[Name, str], *, near: float = NEAR) -> list[Alike[Name]]:
    """Those of ``others`` that say the same or nearly so, most alike first, then as they came."""
    mine = normalise(text[:LONGEST])
    if not mine:
        return []
    found: Iterable[Alike[Name]] = (
        Alike(name, said, _likeness(mine, normalise(said[:LONGEST])))
        for name, said in others.items()
    )
    return sorted((one for one in found if one.likeness >= near), key=lambda one: -one.likeness)
