"""Of whom a row speaks: the columns every list of persons begins with."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from people.models import Person


def naming() -> list[str]:
    """What the columns of ``named`` are called."""
    return [_("Staff number"), _("Name"), _("Unit")]


def named(person: Person, units: Mapping[int, str] | None = None) -> list[Any]:
    """Number, name and unit of today; read the unit with the person. ``units``: what they are called
    where their own names would not tell them apart."""
    unit = person.unit
    called = "" if unit is None else (units or {}).get(unit.pk, unit.name)
    return [person.staff_number, person.name, called]
