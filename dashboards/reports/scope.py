"""Whether the asker still may."""

from collections.abc import Collection

from dashboards import queries
from people.enums import ROLES_THAT_SEE_PEOPLE
from people.models import OrgUnit, Person
from people.queries import has_role


class NotEntrusted(Exception):
    """The asker has no role for this unit (any more)."""


class ReadingGone(NotEntrusted):
    """The figures of another day that the list was to come from are kept no more."""


def _anew(owner: Person) -> Person:
    # A job may run long after the request that brought the owner: roles are read anew.
    return Person.objects.get(pk=owner.pk)


def reader(owner: Person, roles: Collection[str] = ROLES_THAT_SEE_PEOPLE) -> Person:
    """The owner with the roles held now, if one of ``roles`` is among them. Raises NotEntrusted."""
    fresh = _anew(owner)
    if not has_role(fresh, *roles):
        raise NotEntrusted(owner.pk)
    return fresh


def entrusted_unit(owner: Person, code: str) -> OrgUnit:
    """The unit, if the owner manages it now. Raises NotEntrusted."""
    try:
        return queries.unit_for(_anew(owner), code)
    except OrgUnit.DoesNotExist as error:
        raise NotEntrusted(code) from error
