"""Changes of careers that were asked for, and who decides them."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from people.enums import Role
from people.models import OrgUnit, Person
from people.permissions import may_in_unit
from people.queries import persons_visible_to, units_managed_by
from tracker.enums import ChangeKind, ChangeState
from tracker.models import CareerChange, CareerEvent

MOVES = (ChangeKind.APPOINTMENT, ChangeKind.TRANSFER)


def persons_changes_are_asked_for(person: Person) -> QuerySet[Person]:
    """Whose changes this person asks for: those whose records he keeps, never his own."""
    kept = persons_visible_to(person, Role.TRAINING_ADMIN, Role.LIAISON)
    return kept.filter(is_active=True).exclude(pk=person.pk)


def may_decide_change(person: Person, change: CareerChange) -> bool:
    """A training administrator of the person's unit, and for a move of the new unit as well.

    Never of what concerns himself or what he asked for.
    """
    if person.pk in (change.person_id, change.asked_by_id) or not person.is_active:
        return False
    home = change.person.unit
    if home is None or not may_in_unit(person, home, Role.TRAINING_ADMIN):
        return False
    if change.kind in MOVES:
        return change.unit is not None and may_in_unit(person, change.unit, Role.TRAINING_ADMIN)
    return True


def changes_visible_to(person: Person) -> QuerySet[CareerChange]:
    """Changes of persons whose records one sees, and those one asked for oneself."""
    seen = persons_visible_to(person, Role.TRAINING_ADMIN, Role.LIAISON, Role.AUDITOR)
    return (
        CareerChange.objects.filter(
            Q(person__in=seen.values("pk")) | Q(asked_by=person) | Q(person=person)
        )
        .select_related("person__unit", "unit", "asked_by", "decided_by")
        .order_by("-asked_at", "-id")
    )


def changes_waiting_for(person: Person) -> QuerySet[CareerChange]:
    """Changes this person has to decide, the longest waiting first."""
    led = units_managed_by(person, Role.TRAINING_ADMIN).values("pk")
    return (
        CareerChange.objects.filter(
            ~Q(kind__in=MOVES) | Q(unit__in=led), state=ChangeState.ASKED, person__unit__in=led
        )
        .exclude(person=person)
        .exclude(asked_by=person)
        .select_related("person__unit", "unit", "asked_by")
        .order_by("asked_at", "id")
    )


def moves_waiting_of(person_ids: Iterable[int]) -> dict[int, int]:
    """Of these persons, whose appointment or transfer waits to be decided: the last one asked for."""
    asked = CareerChange.objects.filter(
        person_id__in=list(person_ids), kind__in=MOVES, state=ChangeState.ASKED
    )
    return dict(asked.order_by("pk").values_list("person_id", "pk"))


def events_of(person_id: int) -> QuerySet[CareerEvent]:
    """Approved events of a person, newest first."""
    return (
        CareerEvent.objects.filter(person_id=person_id)
        .select_related("approved_by")
        .order_by("-starts_on", "-id")
    )


def unit_called(words: str) -> list[OrgUnit]:
    """The active units with this code or this name; one when it is clear which is meant."""
    by_code = list(OrgUnit.objects.filter(code__iexact=words, is_active=True)[:1])
    return by_code or list(OrgUnit.objects.filter(name=words, is_active=True).order_by("path")[:6])
