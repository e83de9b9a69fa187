"""How the tracker's templates show half-open ranges and amounts."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.utils.timezone import localtime

from people.dates import day_in_words
from tracker import wording
from tracker.rules.plain import amount

register = template.Library()


@register.filter
def last_day(until: date | None) -> date | None:
    """The last day of a range that ends before ``until``."""
    return until - timedelta(days=1) if until else None


@register.filter
def course_passed(entry: Any) -> str:
    """The course or class whose passing a line records, by its name."""
    return wording.course_passed(entry.course, entry.title)


@register.filter
def origin(source: str) -> str:
    """Where a line came from, in a plain word."""
    return wording.origin(source)


@register.filter
def evidence_lines(evidence: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """What a line was posted with and people read, as labels and lines.

    A filter and no loop over ``evidence.items``: the template would take a key "items" for it.
    """
    return _lines(evidence, codes=False)


@register.filter
def evidence_codes(evidence: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """The rest of what a line was posted with: numbers to look it up by, keys nobody named."""
    return _lines(evidence, codes=True)


def _lines(evidence: dict[str, Any], *, codes: bool) -> list[tuple[str, list[str]]]:
    said = [
        (wording.evidence_label(key), wording.evidence(key, value))
        for key, value in evidence.items()
        # The page leads to the line in place of which this one stands.
        if key != "corrects" and (key not in wording.PLAIN_EVIDENCE) == codes
    ]
    # A claim without papers keeps an empty list of them.
    return [(label, lines) for label, lines in said if lines]


@register.filter
def plain(value: Any) -> str:
    """An amount without trailing zeros; a dash for nothing, so that columns stay readable."""
    number = Decimal(value or 0)
    return amount(number) if number else "–"


@register.filter
def total(value: Any) -> str:
    """A sum within a sentence, where nothing is 0."""
    return amount(Decimal(value or 0))


@register.filter
def moment(value: datetime) -> str:
    """A time stamp to the minute, local."""
    return f"{day_in_words(localtime(value).date())} {localtime(value):%H:%M}"
