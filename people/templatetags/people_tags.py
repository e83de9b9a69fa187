"""Small helps for templates."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def at(mapping: Mapping[Any, Any], key: Any) -> Any:
    """The value at a key, or nothing: ``{{ posts|at:person.pk }}``."""
    return mapping.get(key)
