"""Where rows stand in the sealed ledger."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from tracker.models import LedgerHead, LedgerLeaf


@dataclass(frozen=True)
class SealedPlace:
    """The row's place in the tree, and the first head that seals it."""

    position: int
    head: int
    root_hash: str


def sealed_places(entry_ids: Iterable[int]) -> dict[int, SealedPlace]:
    """Places of the rows that are sealed, by row. Two statements; not scoped: the caller has been."""
    heads = list(
        LedgerHead.objects.order_by("number").values_list("tree_size", "number", "root_hash")
    )
    sizes = [size for size, _, _ in heads]
    places = {}
    leaves = LedgerLeaf.objects.filter(entry_id__in=list(entry_ids))
    for entry_id, position in leaves.values_list("entry_id", "position"):
        found = bisect_right(sizes, position)
        if found < len(heads):
            _, number, root = heads[found]
            places[entry_id] = SealedPlace(position, number, root)
    return places
