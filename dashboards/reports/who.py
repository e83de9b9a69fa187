"""Of whom a row speaks: the columns every list of persons begins with."""

from typing import Any

from django.utils.translation import gettext as _

from people.models import Person


def naming() -> list[str]:
    """What the columns of ``named`` are called."""
    return [_("Staff number"), _("Name"), _("Unit")]


def named(person: Person) -> list[Any]:
    """Number, name and unit of today; read the unit with the person."""
    return [person.staff_number, person.name, person.unit.name if person.unit else ""]
