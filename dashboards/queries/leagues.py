"""Rankings of units: which one sees, which one decides, and what stands in them."""

from django.db.models import Q, QuerySet

from dashboards.enums import LeagueState
from dashboards.figures import Tally, tally_by
from dashboards.leagues import Placed, ranked
from dashboards.models import League
from people.enums import ROLES_THAT_SEE_PEOPLE, Role
from people.models import OrgUnit, Person
from people.queries import grants_of, lineage, units_managed_by
from tracker import queries as tracker


def leagues_visible_to(person: Person) -> QuerySet[League]:
    """Those that are on, for whoever sees people in the ranked part of the tree or in a unit of it;
    the others for the training administrators and auditors of that part."""
    if not person.is_active:
        return League.objects.none()
    shown = kept = Q(pk__in=[])
    for grant in grants_of(person):
        path = grant.unit.path
        if grant.role in ROLES_THAT_SEE_PEOPLE:
            shown |= Q(unit__path__startswith=path) | Q(unit__path__in=lineage(path))
        if grant.role in (Role.TRAINING_ADMIN, Role.AUDITOR):
            kept |= Q(unit__path__startswith=path)
    return (
        League.objects.filter(kept | Q(shown, state=LeagueState.ON))
        .select_related("unit", "asked_by", "decided_by", "ended_by")
        .order_by("-asked_at", "-pk")
    )


def leagues_waiting_for(person: Person) -> QuerySet[League]:
    """Those this person may approve or refuse."""
    led = units_managed_by(person, Role.TRAINING_ADMIN).order_by().values("pk")
    return (
        League.objects.filter(state=LeagueState.ASKED, unit__in=led)
        .exclude(asked_by=person)
        .select_related("unit", "asked_by")
        .order_by("asked_at", "pk")
    )


def table_of(league: League) -> list[Placed[OrgUnit]]:
    """The ranked units as their people stand now. Two statements."""
    unit = league.unit
    cells = tracker.figures_in(unit, league.requirement, depth=unit.depth + 1)
    tallies = tally_by((cell.place, cell.state, cell.persons) for cell in cells)
    below = OrgUnit.objects.filter(path__startswith=unit.path, depth=unit.depth + 1)
    return ranked(
        ((child, tallies.get(child.path, Tally())) for child in below.order_by("path")),
        metric=league.metric,
        least_obliged=league.least_obliged,
    )
