"""What the views of this app share."""

from django.http import Http404, HttpRequest

from dashboards import queries
from people.models import OrgUnit, Person


class SignedIn(HttpRequest):
    """A request past the sign-in, which every view here asks for unless it says otherwise."""

    user: Person


def unit_of(request: SignedIn, code: str) -> OrgUnit:
    """The unit with this code, if it is entrusted to who asks; else a 404."""
    try:
        return queries.unit_for(request.user, code)
    except OrgUnit.DoesNotExist as error:
        raise Http404 from error
