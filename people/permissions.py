"""May this person do that? What one may not see is a 404, as if it were not there."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from people.enums import Role
from people.models import OrgUnit, Person
from people.queries import grants_of, has_role

View = Callable[..., HttpResponse]


def me(request: HttpRequest) -> Person:
    """Who is asking, on a page that needs a sign-in (every page that does not say otherwise)."""
    assert isinstance(request.user, Person)  # noqa: S101  held by LoginRequiredMiddleware
    return request.user


def role_required(*roles: Role) -> Callable[[View], View]:
    """Let in only holders of one of the roles; everybody else gets a 404."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not has_role(request.user, *roles):
                raise Http404
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def may_in_unit(person: Person, unit: OrgUnit, *roles: Role) -> bool:
    """Whether one of the roles is held for the unit or for something above it."""
    return any(
        grant.role in roles and unit.path.startswith(grant.unit.path) for grant in grants_of(person)
    )


def may_grant(granter: Person, role: Role, unit: OrgUnit) -> bool:
    """Nobody grants what he does not hold, nor above his own unit.

    The system administrator grants every role but sees no records by it.
    """
    return may_in_unit(granter, unit, role, Role.SYSTEM_ADMIN)


def may_keep_account(keeper: Person, person: Person) -> bool:
    """Whoever issues a password could sign in with it, so no role of the account reaches further.

    Somebody who works in a unit may hold a role for the whole city.
    """
    units = [person.unit, *(grant.unit for grant in grants_of(person))]
    return all(unit is not None and may_in_unit(keeper, unit, Role.SYSTEM_ADMIN) for unit in units)
