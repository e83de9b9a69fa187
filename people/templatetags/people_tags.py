"""Small helps for templates."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language

from people.enums import OrgKind
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
    return "" if (get_language() or "").startswith("zh") else " "


@register.filter
def closing(at: datetime) -> str:
    """When something ends, local time: midnight belongs to the day it ends, as 24:00."""
    local = timezone.localtime(at)
    if (local.hour, local.minute) != (0, 0):
        return date_format(local, "DATETIME_FORMAT")
    return date_format(local - timedelta(days=1), "DATETIME_FORMAT").replace("00:00", "24:00")
