"""Several packs at once: what a local one adds, and what it may put in the place of the one above."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tracker.rules.duties import AllOf, AnyOf, Duty, NoneOf, RulePack, Who


@dataclass(frozen=True, slots=True)
class SetAside:
    """A requirement that does not stand: replaced by a local one, or local and not allowed."""

    pack: str
    requirement: str
    in_favour_of: str  # the pack whose requirement of the same code stands
    not_open: tuple[str, ...] = ()  # what the local one changes without leave


def combine(packs: Sequence[RulePack]) -> tuple[list[tuple[RulePack, Duty]], list[SetAside]]:
    """(requirements that stand, in order; those that do not).

    A local pack adds its own; it replaces one of the pack it overrides where that one leaves open
    everything the local one changes. Otherwise the upper requirement stands and the local does not.
    """
    by_code = {pack.code: pack for pack in packs}
    aside: list[SetAside] = []
    for local in packs:
        upper = by_code.get(local.overrides) if local.overrides != local.code else None
        for ours, above in overridden(local, upper):
            changes = tuple(changes_not_open(above, ours))
            loser, winner = (local, upper) if changes else (upper, local)
            if loser is not None and winner is not None:
                aside.append(SetAside(loser.code, ours.code, winner.code, changes))
    dropped = {(each.pack, each.requirement) for each in aside}
    stand = [
        (pack, duty)
        for pack in packs
        for duty in pack.duties
        if (pack.code, duty.code) not in dropped
    ]
    return stand, aside


def overridden(local: RulePack, upper: RulePack | None) -> list[tuple[Duty, Duty]]:
    """Pairs (local duty, duty above) of the same code."""
    above = {duty.code: duty for duty in upper.duties} if upper else {}
    return [(duty, above[duty.code]) for duty in local.duties if duty.code in above]


def changes_not_open(upper: Duty, local: Duty) -> list[str]:
    """What a local duty changes in the one above it without leave, by the words of open_to_local.

    Title, article and source may always differ: they say where the local rule stands.
    """
    changed = {
        "who": _meaning(upper.who) != _meaning(local.who) or upper.unless_met != local.unless_met,
        "window": upper.window != local.window,
        "pace": upper.pace != local.pace,
        "amounts": upper.ways != local.ways,
        "institutions": upper.counts.institutions != local.counts.institutions,
        "carry_over": upper.on_promotion != local.on_promotion,
        "counts": replace(upper.counts, institutions=None)
        != replace(local.counts, institutions=None)
        or (upper.conversion, upper.official_floor) != (local.conversion, local.official_floor)
        or upper.surplus != local.surplus,
        "reduce": upper.reduce != local.reduce,
        "subject": upper.subject != local.subject,
    }
    return [
        aspect
        for aspect, differs in changed.items()
        if differs and aspect not in upper.open_to_local
    ]


def _meaning(who: Who | None) -> object:
    """The condition without order and nesting: who writes the same otherwise has changed nothing.

    A local pack cannot refer to a duty of the upper one, and so writes its condition out.
    """
    if isinstance(who, NoneOf):
        return NoneOf, frozenset(map(_meaning, _flat(who.parts, AnyOf)))
    if isinstance(who, AllOf | AnyOf):
        parts = frozenset(map(_meaning, _flat(who.parts, type(who))))
        return next(iter(parts)) if len(parts) == 1 else (type(who), parts)
    return who


def _flat(parts: Iterable[Who], kind: type[AllOf | AnyOf]) -> Iterator[Who]:
    for part in parts:
        if isinstance(part, kind):
            yield from _flat(part.parts, kind)
        else:
            yield part
