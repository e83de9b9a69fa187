"""What branches and other organisations owe themselves, such as lectures held, and their lines."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db.models import QuerySet

from people.enums import ROLES_THAT_SEE_PEOPLE, Role
from people.models import OrgUnit, Person
from people.queries import units_managed_by
from tracker.models import Entry
from tracker.queries.assessments import as_row, institution_facts
from tracker.queries.packs import PackInForce, duties_for
from tracker.rules import Assessment, History, State, Subject, assess
from tracker.rules.duties import IsOrganisation

# These write down what an organisation of theirs did, and take it back.
ORGANISATION_KEEPERS = (Role.LIAISON, Role.TRAINING_ADMIN)


def organisations_obliged(packs: Iterable[PackInForce], asker: Person) -> QuerySet[OrgUnit]:
    """The organisations of one's part of the tree of whose kind a rule asks something, in tree order."""
    kinds = {
        kind
        for held in packs
        for duty in held.pack.duties
        if isinstance(duty.who, IsOrganisation)
        for kind in duty.who.kinds
    }
    return units_managed_by(asker, *ROLES_THAT_SEE_PEOPLE).filter(kind__in=kinds)


def keeps_organisation(person: Person, unit: OrgUnit) -> bool:
    return units_managed_by(person, *ORGANISATION_KEEPERS).filter(pk=unit.pk).exists()


def organisation_assessments(
    units: Sequence[OrgUnit], packs: Sequence[PackInForce], *, on: date, known_at: datetime
) -> dict[int, list[Assessment]]:
    """What each owes, by unit id; nothing for one of whom nothing is asked. Two statements for all."""
    rows = defaultdict(list)
    institutions = institution_facts(known_at)
    for entry in Entry.objects.filter(unit__in=units, person=None).order_by("id"):
        rows[entry.unit_id].append(as_row(entry, institutions))
    found: dict[int, list[Assessment]] = {}
    for unit in units:
        history = History(organisation_kind=unit.kind, name=unit.name)
        owed = [
            assess(duty, history, rows[unit.pk], on, known_at)
            for duty in duties_for(unit.path, packs)
            if duty.subject is Subject.ORGANISATION
        ]
        found[unit.pk] = [each for each in owed if each.state is not State.NOT_APPLICABLE]
    return found


def lines_of_organisation(unit: OrgUnit, known_at: datetime) -> QuerySet[Entry]:
    """Its lines recorded by then, the latest first; with each the line that takes it back, if any."""
    return (
        Entry.objects.filter(unit=unit, person=None, reverses=None, recorded_at__lte=known_at)
        .select_related("reversed_by", "confirmed_by")
        .order_by("-occurred_from", "-id")
    )
