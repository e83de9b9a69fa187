"""Questions of a file that a bank holds already: its own export coming back, changed or not.

A format carries less than the bank holds. What counts as a change is therefore read off the
question as the same format gives it back, and what the format does not carry stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any, Final

from exams.engine import formats, similarity
from exams.engine import items as it

# Below this the file's question is another one that happens to have the same code.
KIN: Final = 0.5
_SCALAR: Final = (str, int, Decimal, type(None))


def merged(
    held: Mapping[str, it.Record], found: Mapping[str, it.Record], kind: str
) -> dict[str, it.Record]:
    """What each question found would be in the bank, by its code; equal to ``held`` where unchanged.

    Only of codes that both have, and only where the two are the same question.
    """
    both = [code for code in found if code in held]
    changed = [code for code in both if found[code] != held[code]]
    given_back: dict[str, it.Record] = {}
    if changed:
        writing = formats.write(kind, [held[code] for code in changed])
        try:
            entries = formats.read(kind, writing.content).entries
        except formats.Unreadable:
            entries = ()
        given_back = {entry.record.code: entry.record for entry in entries if entry.record}
    out = {code: held[code] for code in both if code not in changed}
    for code in (code for code in changed if code in given_back):
        # A format may turn a question into one that is hardly its kin, a case of one part into that part.
        near = (held[code], given_back[code])
        if any(_are_kin(each, found[code]) for each in near):
            out[code] = _merged(held[code], given_back[code], found[code])
    return out


def _are_kin(a: it.Record, b: it.Record) -> bool:
    mine, theirs = (
        similarity.pairs_of(similarity.text_of_item(it.item_to_dict(each.item))) for each in (a, b)
    )
    return len(mine & theirs) >= KIN * len(mine | theirs)


def _merged(held: it.Record, given_back: it.Record, found: it.Record) -> it.Record:
    changes = {
        each.name: getattr(found, each.name)
        for each in fields(it.Record)
        if getattr(found, each.name) != getattr(given_back, each.name)
    }
    if "item" in changes:
        changes["item"] = _merged_item(held.item, given_back.item, found.item)
    whole = replace(held, **changes)
    try:
        return it.record_from_dict(it.record_to_dict(whole))
    except it.InvalidItem:
        return replace(whole, item=found.item)


def _merged_item(held: it.Item, given_back: it.Item, found: it.Item) -> it.Item:
    """The item found, with the words and rules of the bank's that the format left out or spelled
    otherwise. Keys are not taken over: they name options of the file."""
    if not type(held) is type(given_back) is type(found):
        return found
    kept: dict[str, Any] = {}
    for each in fields(held):
        now = getattr(held, each.name)
        same = getattr(found, each.name) == getattr(given_back, each.name)
        if each.name != "key" and same and isinstance(now, _SCALAR):
            kept[each.name] = now
    return replace(found, **kept)
