"""Of whom a row speaks: the columns every list of persons begins with."""

from collections import Counter
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from people.models import OrgUnit, Person


def naming() -> list[str]:
    """What the columns of ``named`` are called."""
    return [_("Staff number"), _("Name"), _("Unit")]


def named(person: Person) -> list[Any]:
    """Number, name and unit of today; read the unit with the person."""
    return [person.staff_number, person.name, person.unit.name if person.unit else ""]


def told_apart(persons: QuerySet[Person]) -> dict[int, str]:
    """By unit, the names of those that share theirs with another unit of the list, each after the unit
    above it: every bureau has its office. Two statements."""
    ids = persons.order_by().values("unit_id").distinct()
    units = list(OrgUnit.objects.filter(pk__in=ids).values_list("pk", "name", "path"))
    often = Counter(name for _pk, name, _path in units)
    above = {pk: path[: -OrgUnit.steplen] for pk, name, path in units if often[name] > 1}
    names = dict(OrgUnit.objects.filter(path__in=set(above.values())).values_list("path", "name"))
    return {pk: f"{names[above[pk]]} {name}" for pk, name, _path in units if above.get(pk) in names}
