"""Small helps for templates."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from people.dates import formats_of
from people.enums import OrgKind
from people.language import in_chinese
from people.models import OrgUnit

register = template.Library()


@register.filter
def at(mapping: Mapping[Any, Any], key: Any) -> Any:
    """The value at a key, or nothing: ``{{ posts|at:person.pk }}``."""
    return mapping.get(key)


@register.filter
def place(unit: OrgUnit) -> str:
    """A unit by itself; an office after the unit above it, for every unit has one of that name."""
    above = unit.get_parent() if unit.kind == OrgKind.OFFICE else None
    return f"{above.name} · {unit.name}" if above else unit.name


@register.simple_tag
def sentence_space() -> str:
    """What stands between two sentences: nothing in Chinese, whose full stop brings its own room."""
    return "" if in_chinese() else " "


@register.simple_tag
def span(since: date, until: date | None) -> SafeString | str:
    """A half-open range as days people read: one day, the first and the last, or to the present.

    What both days share is said once: 2026年3月2日至6日.
    """
    if until is None:
        return format_html(pgettext("days", "{first} – present"), first=_day(since, "DATE_FORMAT"))
    return days(since, until - timedelta(days=1))


@register.simple_tag
def days(first: date | str, last: date | str) -> SafeString | str:
    """The same with the last day included; what a stored row of a file holds is ISO, or nothing."""
    since, until = _as_day(first), _as_day(last)
    if since is None:
        return ""
    if until is None or until <= since:
        return _day(since, "DATE_FORMAT")
    first_format, last_format = formats_of(since, until)
    return format_html(
        pgettext("days", "{first} – {last}"),
        first=_day(since, first_format),
        last=_day(until, last_format),
    )


def _as_day(value: date | str) -> date | None:
    return value if isinstance(value, date) else parse_date(value)


def _day(value: date, form: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), date_format(value, form))


@register.filter
def closing(at: datetime) -> str:
    """When something ends, local time: midnight belongs to the day it ends, as 24:00."""
    local = timezone.localtime(at)
    if (local.hour, local.minute) != (0, 0):
        return date_format(local, "DATETIME_FORMAT")
    return date_format(local - timedelta(days=1), "DATETIME_FORMAT").replace("00:00", "24:00")
