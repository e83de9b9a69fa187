"""What branches and other organisations owe themselves, such as lectures held, and their lines."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.core.cache import cache
from django.db.models import QuerySet

from people.enums import ROLES_THAT_SEE_PEOPLE, Role
from people.models import OrgUnit, Person
from people.queries import units_managed_by
from tracker.models import Entry
from tracker.queries.assessments import ROW_FIELDS, as_row, institution_facts
from tracker.queries.packs import PackInForce, duties_for
from tracker.rules import Assessment, History, State, Subject, assess
from tracker.rules.duties import IsOrganisation

# These write down what an organisation of theirs did, and take it back.
ORGANISATION_KEEPERS = (Role.LIAISON, Role.TRAINING_ADMIN)
_A_DAY = 24 * 60 * 60


class OrganisationState(NamedTuple):
    """How one organisation stands against one requirement, without its lines."""

    unit_id: int
    requirement: str
    state: State


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
    entries = Entry.objects.filter(unit__in=units, person=None).order_by("id")
    for entry in entries.values_list("unit_id", *ROW_FIELDS, named=True):
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


def organisation_states(
    units: QuerySet[OrgUnit], packs: Sequence[PackInForce], *, on: date, known_at: datetime
) -> list[OrganisationState]:
    """How each of these stands now, in their order; to count thousands and to show a page of them.

    Kept under all that it follows from. Rows are only added, so their number says whether one came:
    between two lines nobody's rows are read, and after one everybody is judged anew.
    """
    follows_from = (
        on,
        Entry.objects.filter(person=None, recorded_at__lte=known_at).count(),
        [(held.pack.code, held.pack.version, held.path) for held in packs],
        list(units.values_list("pk", "path", "kind")),
        institution_facts(known_at),
    )
    digest = hashlib.sha256(repr(follows_from).encode()).hexdigest()
    key = f"tracker-organisations-{digest}"
    kept: list[tuple[int, str, str]] | None = cache.get(key)
    if kept is None:
        owed = organisation_assessments(list(units), packs, on=on, known_at=known_at)
        kept = [
            (unit_id, each.duty.code, each.state.value)
            for unit_id, assessments in owed.items()
            for each in assessments
        ]
        cache.set(key, kept, _A_DAY)
    return [OrganisationState(unit_id, code, State(state)) for unit_id, code, state in kept]


def lines_of_organisation(unit: OrgUnit, known_at: datetime) -> QuerySet[Entry]:
    """Its lines recorded by then, the latest first; with each the line that takes it back, if any."""
    return (
        Entry.objects.filter(unit=unit, person=None, reverses=None, recorded_at__lte=known_at)
        .select_related("reversed_by", "confirmed_by")
        .order_by("-occurred_from", "-id")
    )
