"""Places in classes: a class's roster, a unit's answer, a person's own, excuses and make-ups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from classes.enums import EXPECTED, CallKind, ExcuseState, MakeupState, PlaceState, Result
from classes.models import Excuse, MakeupTask, Place, Seats, TrainingClass
from classes.queries.plans import ANSWERERS, PLANNERS, _below, _paths
from people.enums import Role
from people.models import OrgUnit, Person
from people.queries import persons_visible_to, search_people
from people.statements import Kept

OFFERED_AT_MOST = 40


@dataclass(frozen=True)
class Part:
    """A class, one person's place in it if there is one, and whether its credits are his."""

    training_class: TrainingClass
    place: Place | None

    @property
    def is_expected(self) -> bool:
        return self.place is not None and self.place.state in EXPECTED

    @property
    def is_credited(self) -> bool:
        return (
            self.training_class.posted_at is not None
            and self.place is not None
            and self.place.result == Result.PASSED
        )


@dataclass(frozen=True)
class UnitAnswer:
    """A call-up that a unit has to answer, and how far it has."""

    training_class: TrainingClass
    seats: int
    named: int
    unanswered: int
    open: bool

    @property
    def missing(self) -> int:
        """Seats without a name, and named persons without an answer."""
        return max(0, self.seats - self.named) + self.unanswered


def roster(training_class: TrainingClass) -> QuerySet[Place]:
    """All places of a class in the order of units and staff numbers. Not scoped."""
    return (
        Place.objects.filter(training_class=training_class)
        .select_related(
            "training_class",
            "person",
            "unit",
            "stands_in_for__person",
            "makeup",
            "replaced_by__person",
        )
        .order_by("unit__path", "person__staff_number")
    )


def my_places(person: Person) -> QuerySet[Place]:
    """The person's own places in classes that were called, the latest class first."""
    return _places_of(person.pk)


def _places_of(person_id: int) -> QuerySet[Place]:
    return (
        Place.objects.filter(person_id=person_id, training_class__called_at__isnull=False)
        .select_related("training_class__institution", "training_class__unit", "makeup", "ballot")
        .order_by("-training_class__starts_on", "-pk")
    )


def coming_places(person: Person, today: date) -> list[Place]:
    """Where the person is expected: classes that are not over and take place, soonest first."""
    return _coming_places(person.pk, today)


@Kept
def _coming_places(person_id: int, today: date) -> QuerySet[Place]:
    return (
        _places_of(person_id)
        .filter(
            state__in=EXPECTED,
            training_class__ends_on__gt=today,
            training_class__cancelled_at=None,
        )
        .select_related(None)
        .select_related("training_class__institution")
        .order_by("training_class__starts_on", "pk")
    )


def place_of(person: Person, training_class: TrainingClass) -> Place | None:
    """The person's own place in a class, if any."""
    return my_places(person).filter(training_class=training_class).first()


def part_in(class_id: int, person: Person) -> Part:
    """The person's part in a class that something the person may see names. Two statements.

    Raises TrainingClass.DoesNotExist.
    """
    training_class = TrainingClass.objects.select_related("institution").get(pk=class_id)
    return Part(training_class, place_of(person, training_class))


def credited_in(class_id: int) -> QuerySet[Place, int]:
    """Ids of the persons to whom a class was credited. Not scoped: for the rooms above."""
    return Place.objects.filter(
        training_class=class_id, training_class__posted_at__isnull=False, result=Result.PASSED
    ).values_list("person_id", flat=True)


def answering_paths(person: Person) -> list[str]:
    """Parts of the tree for which the person answers call-ups."""
    return _paths(person, *ANSWERERS)


def places_answered_by(person: Person, training_class: TrainingClass) -> QuerySet[Place]:
    """Places of a class whose unit the person answers for."""
    return roster(training_class).filter(_below(answering_paths(person), "unit"))


def call_ups_for(person: Person, today: date) -> list[UnitAnswer]:
    """Call-ups to the units the person answers for that are not over, soonest first.

    Three statements, however many units and persons.
    """
    paths = answering_paths(person)
    seats: dict[int, int] = {}
    live = Q(
        training_class__called_at__isnull=False,
        training_class__cancelled_at=None,
        training_class__ends_on__gt=today,
    )
    for class_id, count in Seats.objects.filter(live, _below(paths, "unit")).values_list(
        "training_class", "seats"
    ):
        seats[class_id] = seats.get(class_id, 0) + count
    states: dict[int, list[str]] = {}
    # A person chooses an open class himself; there is nothing to answer.
    for class_id, state in (
        Place.objects.filter(live, _below(paths, "unit"))
        .exclude(training_class__call=CallKind.OPEN)
        .values_list("training_class", "state")
    ):
        states.setdefault(class_id, []).append(state)
    classes = (
        TrainingClass.objects.filter(pk__in={*seats, *states})
        .select_related("institution", "unit")
        .order_by("starts_on", "pk")
    )
    return [
        UnitAnswer(
            training_class=each,
            seats=seats.get(each.pk, 0),
            named=sum(1 for state in states.get(each.pk, []) if state in EXPECTED),
            unanswered=states.get(each.pk, []).count(PlaceState.CALLED),
            open=today < each.starts_on,
        )
        for each in classes
    ]


def waiting_call_ups(person: Person, today: date) -> list[UnitAnswer]:
    """Call-ups that still want an answer of the person's units."""
    return [each for each in call_ups_for(person, today) if each.missing and each.open]


def open_excuses_for(person: Person) -> QuerySet[Excuse]:
    """Excuses that wait for the person: asked of an authority whose training administrator he is."""
    return (
        Excuse.objects.filter(
            _below(_paths(person, Role.TRAINING_ADMIN), "place__training_class__unit"),
            state=ExcuseState.OPEN,
        )
        .select_related("place__person", "place__unit", "place__training_class", "asked_by")
        .order_by("place__training_class__starts_on", "asked_at")
    )


def clashes(
    person_ids: Iterable[int], starts_on: date, ends_on: date, *, besides: int | None
) -> QuerySet[Place]:
    """Places of these persons in other called classes on some of these days. Not scoped."""
    return (
        Place.objects.filter(
            person__in=list(person_ids),
            state__in=EXPECTED,
            training_class__called_at__isnull=False,
            training_class__cancelled_at=None,
            training_class__starts_on__lt=ends_on,
            training_class__ends_on__gt=starts_on,
        )
        .exclude(training_class=besides)
        .select_related("person", "training_class")
        .order_by("person__staff_number", "training_class__starts_on", "pk")
    )


def nameable(
    person: Person,
    roles: Sequence[Role],
    words: str,
    *,
    besides: Iterable[int],
    seats: Sequence[Seats] = (),
) -> list[Person]:
    """People whom the person may name and whose name or staff number holds the words.

    With seats given out, only people for whom their unit has one left. Of a small unit everybody
    is offered at once; in a larger one somebody is looked for.
    """
    people = persons_visible_to(person, *roles).filter(is_active=True)
    if seats:
        left = [row.unit.path for row in seats if row.answered < row.seats]  # type: ignore[attr-defined]
        gone = [row.unit.path for row in seats if row.answered >= row.seats]  # type: ignore[attr-defined]
        # The nearest unit with seats is the one that counts: a full one within another is left out.
        inner = [path for path in gone if any(path.startswith(each) for each in left)]
        people = people.filter(_below(left, "unit")).exclude(_below(inner, "unit"))
    matching = search_people(people, words).exclude(pk__in=list(besides)).select_related("unit")
    found = list(matching[: OFFERED_AT_MOST + 1])
    return found[:OFFERED_AT_MOST] if words or len(found) <= OFFERED_AT_MOST else []


def open_makeups(person_id: int) -> QuerySet[MakeupTask]:
    """A person's open make-up tasks, due first. Not scoped: the caller has been."""
    return (
        MakeupTask.objects.filter(place__person=person_id, state=MakeupState.OPEN)
        .select_related("place__training_class")
        .order_by("due_on", "pk")
    )


def makeups_in(units: QuerySet[OrgUnit]) -> QuerySet[MakeupTask]:
    """Open make-up tasks of persons at home in these units, due first. Not scoped."""
    return (
        MakeupTask.objects.filter(place__person__unit__in=units, state=MakeupState.OPEN)
        .select_related("place__training_class")
        .order_by("due_on", "pk")
    )


def makeups_visible_to(person: Person) -> QuerySet[MakeupTask]:
    """Open make-up tasks of units and classes the person answers for, due first."""
    paths = _paths(person, *ANSWERERS)
    return (
        MakeupTask.objects.filter(
            _below(paths, "place__unit")
            | _below(_paths(person, *PLANNERS), "place__training_class__unit"),
            state=MakeupState.OPEN,
        )
        .select_related("place__person", "place__unit", "place__training_class__unit")
        .order_by("due_on", "place__person__staff_number")
    )
