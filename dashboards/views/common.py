"""What the views of this app share."""

from django.http import Http404, HttpRequest

from dashboards import queries
from people.models import OrgUnit
from people.permissions import me


def unit_of(request: HttpRequest, code: str) -> OrgUnit:
    """The unit with this code, if it is entrusted to who asks; else a 404."""
    try:
        return queries.unit_for(me(request), code)
    except OrgUnit.DoesNotExist as error:
        raise Http404 from error
