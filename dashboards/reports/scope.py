"""Whether the asker still may."""

from dashboards import queries
from people.models import OrgUnit, Person


class NotEntrusted(Exception):
    """The asker has no role for this unit (any more)."""


def entrusted_unit(owner: Person, code: str) -> OrgUnit:
    """The unit, if the owner manages it now. Raises NotEntrusted."""
    # A job may run long after the request that brought the owner: roles are read anew.
    fresh = Person.objects.get(pk=owner.pk)
    try:
        return queries.unit_for(fresh, code)
    except OrgUnit.DoesNotExist as error:
        raise NotEntrusted(code) from error
