"""Which lines count, how much of them, and what minutes are worth."""

import re
from decimal import Decimal
from itertools import pairwise

from tracker.rules.document import Field
from tracker.rules.duties import Cap, Counts, Duty, Institutions, Multiplier, Tier, Valuation
from tracker.rules.pack.common import one_or_more, required
from tracker.rules.pack.forms import FORM_NAMES, read_forms
from tracker.rules.vocabulary import INSTITUTION_KINDS, LEVELS, Confirmer, Form, Measure


def read_counts(duty: Field, given: dict[str, Field], same: Duty | None) -> Counts:
    if "counts" not in given:
        if same:
            return same.counts
        duty.wrong("says not what counts: needs 'counts' or 'same_as'")
        return Counts(frozenset(Form))
    known = (
        "forms",
        "institutions",
        "online",
        "confirmed_by",
        "caps",
        "multipliers",
        "hours_from_minutes",
        "leave_at_most",
    )
    inside = required(given["counts"], known, ("forms",))
    forms = read_forms(inside["forms"]) if "forms" in inside else frozenset(Form)
    if "online" in inside:
        forms = forms | {Form.ONLINE} if inside["online"].truth() else forms - {Form.ONLINE}
    names = inside["forms"].choices(FORM_NAMES) if "forms" in inside else ()
    confirmed = []
    if "confirmed_by" in inside:
        for name, field in inside["confirmed_by"].mapping([form.value for form in Form]).items():
            confirmed.append((Form(name), tuple(Confirmer(c) for c in field.choices(Confirmer))))
    return Counts(
        forms=forms,
        institutions=_institutions(inside["institutions"]) if "institutions" in inside else None,
        concentrated_must_be_recognised="recognised_concentrated" in names,
        confirmed_by=tuple(confirmed),
        caps=tuple(_cap(item) for item in inside["caps"].items()) if "caps" in inside else (),
        multipliers=tuple(_multiplier(item) for item in inside["multipliers"].items())
        if "multipliers" in inside
        else (),
        valuations=tuple(
            _valuation(item, forms) for item in one_or_more(inside, "hours_from_minutes")
        ),
        leave_at_most=_part(inside["leave_at_most"]) if "leave_at_most" in inside else (1, 7),
    )


def _institutions(field: Field) -> Institutions:
    given = field.mapping(("kinds", "or_recognised_at", "required"))
    return Institutions(
        kinds=given["kinds"].choices(INSTITUTION_KINDS) if "kinds" in given else (),
        or_recognised_at=given["or_recognised_at"].choice(LEVELS)
        if "or_recognised_at" in given
        else None,
        required=given["required"].truth() if "required" in given else True,
    )


def _valuation(field: Field, all_forms: frozenset[Form]) -> Valuation:
    given = field.mapping(("forms", "tiers", "minutes_per_hour"))
    if field.is_mapping() and ("tiers" in given) == ("minutes_per_hour" in given):
        field.wrong("needs either tiers or minutes_per_hour")
    tiers = []
    for item in given["tiers"].items() if "tiers" in given else ():
        inside = required(item, ("at_least", "above", "hours"), ("hours",))
        if ("at_least" in inside) == ("above" in inside):
            item.wrong("needs either at_least or above (minutes)")
            continue
        above = "above" in inside
        minutes = inside["above" if above else "at_least"].amount()
        tiers.append(
            Tier(minutes, inside["hours"].amount() if "hours" in inside else Decimal(0), above)
        )
    # A longer item is never worth less than a shorter one.
    tiers.sort(key=lambda tier: (tier.minutes, tier.above), reverse=True)
    if any(longer.hours < shorter.hours for longer, shorter in pairwise(tiers)):
        given["tiers"].wrong("a longer length is worth less than a shorter one")
    return Valuation(
        read_forms(given["forms"]) if "forms" in given else all_forms,
        tuple(tiers),
        given["minutes_per_hour"].whole(1, 600) if "minutes_per_hour" in given else 45,
    )


def _cap(field: Field) -> Cap:
    keys = ("forms", "measure", "at_most", "per")
    given = required(field, keys, ("forms", "measure", "at_most"))
    return Cap(
        read_forms(given["forms"]) if "forms" in given else frozenset(),
        Measure(given["measure"].choice(Measure)) if "measure" in given else Measure.HOURS,
        given["at_most"].amount() if "at_most" in given else Decimal(0),
        given["per"].choice(("window", "day")) == "day" if "per" in given else False,
    )


def _multiplier(field: Field) -> Multiplier:
    given = required(field, ("form", "by"), ("form", "by"))
    return Multiplier(
        next(iter(read_forms(given["form"]))) if "form" in given else Form.ONLINE,
        given["by"].amount(above=Decimal(0)) if "by" in given else Decimal(1),
    )


def _part(field: Field) -> tuple[int, int] | None:
    """A part of a whole written like 1/7; "none" for no such rule."""
    text = field.text()
    if text == "none":
        return None
    found = re.fullmatch(r"([0-9]{1,3})\s*/\s*([1-9][0-9]{0,2})", text.strip())
    if not found or int(found[1]) > int(found[2]):
        field.wrong('expected a part like "1/7", or none')
        return (1, 7)
    return int(found[1]), int(found[2])
