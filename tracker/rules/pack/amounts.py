"""How much is owed, converted by which formula, and what of too much is carried over."""

import re
from decimal import Decimal

from tracker.rules.document import Field
from tracker.rules.duties import Conversion, Duty, Requirement, Surplus
from tracker.rules.pack.common import one_or_more, required
from tracker.rules.pack.forms import read_forms
from tracker.rules.vocabulary import Form, Measure


def read_ways(
    field: Field, given: dict[str, Field], same: Duty | None
) -> tuple[tuple[Requirement, ...], ...]:
    if "any_of" not in given and "all_of" not in given:
        if same:
            return same.ways
        field.wrong("says not how much: needs 'any_of', 'all_of' or 'same_as'")
        return ()
    common = [_requirement(item) for item in given["all_of"].items()] if "all_of" in given else []
    if "any_of" not in given:
        if not common:
            given["all_of"].wrong("needs at least one measure")
        return (tuple(common),)
    ways = []
    for item in given["any_of"].items():
        if item.is_mapping() and "all_of" in item.value:
            inner = item.mapping(("all_of",))["all_of"]
            ways.append((*common, *(_requirement(each) for each in inner.items())))
        else:
            ways.append((*common, _requirement(item)))
    if not ways:
        given["any_of"].wrong("needs at least one way")
    return tuple(ways)


def _requirement(field: Field) -> Requirement:
    known = ("measure", "at_least", "form", "forms", "course")
    given = required(field, known, ("measure",))
    measure = Measure(given["measure"].choice(Measure)) if "measure" in given else Measure.HOURS
    forms = frozenset[Form]()
    for key in ("form", "forms"):
        if key in given:
            forms |= read_forms(given[key])
    course = given["course"].text() if "course" in given else ""
    if measure is Measure.PASSED:
        if not course:
            field.wrong("'passed' needs the course")
        return Requirement(measure, Decimal(1), forms, course)
    if "at_least" not in given:
        field.wrong("needs 'at_least'")
        return Requirement(measure, Decimal(1), forms, course)
    amount = given["at_least"]
    if amount.is_mapping():
        months = required(amount, ("months", "days_per_month"), ("months",))
        if measure is not Measure.TRAINING_DAYS:
            amount.wrong("months are a number of training days; use measure training_days")
        many = months["months"].amount(above=Decimal(0)) if "months" in months else Decimal(1)
        per = months["days_per_month"].amount() if "days_per_month" in months else Decimal(20)
        return Requirement(measure, many * per, forms, course)
    return Requirement(measure, amount.amount(above=Decimal(0)), forms, course)


def read_conversion(given: dict[str, Field], same: Duty | None) -> tuple[Conversion | None, bool]:
    if "conversions" not in given:
        return (same.conversion, same.official_floor) if same else (None, False)
    keys = ("days", "credits_per_day", "hours_per_day", "forms", "minutes_per_hour", "official")
    field = given["conversions"]
    inside = field.mapping(keys)
    zero = Decimal(0)
    per_credit, per_hour = None, None
    if "days" in inside:
        per_credit, per_hour = _formula(inside["days"])
    if "credits_per_day" in inside:
        per_credit = inside["credits_per_day"].amount(above=zero)
    if "hours_per_day" in inside:
        per_hour = inside["hours_per_day"].amount(above=zero)
    if per_credit is None and per_hour is None:
        field.wrong("needs days, credits_per_day or hours_per_day")
    forms = read_forms(inside["forms"]) if "forms" in inside else frozenset({Form.ONLINE})
    minutes = inside["minutes_per_hour"].whole(1, 600) if "minutes_per_hour" in inside else 45
    official = inside["official"].choice(("floor", "exact")) if "official" in inside else "floor"
    return Conversion(per_credit, per_hour, forms, minutes), official == "floor"


_FORMULA = re.compile(
    r"min\(\s*credits\s*/\s*(\d{1,6}(?:\.\d{1,4})?)\s*,\s*hours\s*/\s*(\d{1,6}(?:\.\d{1,4})?)\s*\)"
)


def _formula(field: Field) -> tuple[Decimal | None, Decimal | None]:
    """``min(credits / 2, hours / 8)``, the only formula there is; nothing is evaluated."""
    found = _FORMULA.fullmatch(field.text().strip())
    if not found or not all(Decimal(number) for number in found.groups()):
        field.wrong("expected a formula like: min(credits / 2, hours / 8)")
        return None, None
    return Decimal(found[1]), Decimal(found[2])


def read_surplus(given: dict[str, Field]) -> tuple[Surplus, ...]:
    found = []
    for item in one_or_more(given, "surplus"):
        inside = required(item, ("measure", "at_most"), ("measure", "at_most"))
        measure = (
            Measure(inside["measure"].choice(Measure)) if "measure" in inside else Measure.HOURS
        )
        if measure is Measure.PASSED:
            item.wrong("a pass leaves nothing over")
        found.append(
            Surplus(measure, inside["at_most"].amount() if "at_most" in inside else Decimal(0))
        )
    return tuple(found)
