"""Amounts, days and lists as people read them; what a bar measures and what is missing of it."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from people.language import in_chinese
from tracker.enums import Bucket
from tracker.rules import Assessment, Form, Measure, Progress, Way
from tracker.rules.duties import Text
from tracker.rules.plain import amount as plain_amount


def title(text: Text) -> str:
    return text.in_language(get_language() or "zh-hans")


def in_a_row(sentences: Iterable[str]) -> str:
    """Sentences one after the other; a Chinese full stop brings its own room."""
    return ("" if in_chinese() else " ").join(sentences)


def listed(parts: Iterable[str]) -> str:
    """Several things that all hold: a, b and c."""
    return _join(list(parts), pgettext("between listed things", ", "), _(" and "))


def either(parts: Iterable[str]) -> str:
    """Several things of which one is enough: a, b or c."""
    return _join(list(parts), pgettext("between listed things", ", "), _(" or "))


def _join(parts: list[str], comma: str, last: str) -> str:
    if len(parts) < 2:
        return "".join(parts)
    if parts[-1][0].isdigit() and not last.endswith(" "):
        last += " "
    return comma.join(parts[:-1]) + last + parts[-1]


def quantity(measure: Measure, value: Decimal, course: str = "") -> str:
    """An amount with its unit: 3 training days, 79.5 credit hours, 1 time."""
    number = {"n": plain_amount(value)}
    many = 1 if value == 1 else 2
    if measure is Measure.TRAINING_DAYS:
        return ngettext("%(n)s training day", "%(n)s training days", many) % number
    if measure is Measure.HOURS:
        return ngettext("%(n)s credit hour", "%(n)s credit hours", many) % number
    if measure is Measure.CREDITS:
        return ngettext("%(n)s credit", "%(n)s credits", many) % number
    if measure is Measure.EVENTS:
        return ngettext("%(n)s time", "%(n)s times", many) % number
    return _("a pass of “%(course)s”") % {"course": course}


def unit(measure: Measure) -> str:
    """The bare unit, as it stands behind a figure."""
    return {
        Measure.TRAINING_DAYS: pgettext("unit", "days"),
        Measure.HOURS: pgettext("unit", "credit hours"),
        Measure.CREDITS: pgettext("unit", "credits"),
        Measure.EVENTS: pgettext("unit", "times"),
        Measure.PASSED: pgettext("unit", "passed"),
    }[measure]


def form_names(forms: Iterable[Form]) -> list[str]:
    wanted = set(forms)
    return [str(Bucket(form.value).label) for form in Form if form in wanted]


def part_label(part: Progress) -> str:
    """What a bar measures: the forms asked for, the course, or else the measure."""
    if part.measure is Measure.PASSED:
        return part.course
    if part.forms:
        return either(form_names(part.forms))
    return {
        Measure.TRAINING_DAYS: _("Training days"),
        Measure.HOURS: _("Credit hours"),
        Measure.CREDITS: _("Credits"),
        Measure.EVENTS: _("Times"),
    }[part.measure]


def way_label(way: Way) -> str:
    """What a way asks for: "56 credit hours and 1 time (concentrated training)"."""
    return listed(asked(p.measure, p.required or Decimal(0), p.forms, p.course) for p in way.parts)


def way_done(way: Way) -> str:
    return listed(quantity(p.measure, p.amount, p.course) for p in way.parts)


def asked(measure: Measure, value: Decimal, forms: Iterable[Form], course: str) -> str:
    text = quantity(measure, value, course)
    names = form_names(forms)
    if not names:
        return text
    return _("%(quantity)s (%(forms)s)") % {"quantity": text, "forms": either(names)}


def gap(assessment: Assessment) -> str:
    """What is missing on the nearest way: "3 training days"."""
    return listed(asked(p.measure, p.missing, p.forms, p.course) for p in assessment.gap)


def other_ways_gap(assessment: Assessment) -> list[str]:
    """What would be missing on each other way."""
    if not assessment.gap:
        return []
    return [
        listed(asked(p.measure, p.missing, p.forms, p.course) for p in way.parts if not p.met)
        for number, way in enumerate(assessment.ways)
        if number != assessment.nearest
    ]
