"""Plans, classes, places and sessions for tests; made by the operations where it matters."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from classes import operations
from classes.enums import CallKind, PlaceState, PresenceKind, PresenceWay
from classes.models import (
    AnnualPlan,
    Excuse,
    MakeupTask,
    Place,
    Presence,
    Session,
    TrainingClass,
)
from courses.models import Assignment, CoursePage
from notices.models import Notice
from people.models import OrgUnit, Person
from tests.factories.people import PersonFactory
from tests.factories.tracker import InstitutionFactory

# Monday 1 June 2026, 09:00 in Shanghai; classes begin a fortnight later.
NOW = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)
STARTS = date(2026, 6, 15)


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """A moment of a day in Shanghai, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(
        hours=hour - 8, minutes=minute
    )


def make_plan(unit: OrgUnit, *, approved: bool = True) -> AnnualPlan:
    """A plan of 2026, approved by a second person unless told otherwise."""
    author, second = PersonFactory(unit=unit), PersonFactory(unit=unit)
    plan, _ = AnnualPlan.objects.get_or_create(
        unit=unit, year=2026, defaults={"title": "2026 年培训计划", "written_by": author}
    )
    if approved and plan.approved_at is None:
        plan.approved_by, plan.approved_at = second, NOW
        plan.save()
    return plan


def make_class(
    unit: OrgUnit,
    *,
    call: CallKind = CallKind.QUOTA,
    hours: str = "14",
    days: str = "2",
    starts_on: date = STARTS,
    length: int = 2,
    seats: int = 30,
    called: bool = True,
    institution=None,
    school: OrgUnit | None = None,
    title: str = "科级干部任职培训班",
) -> TrainingClass:
    """A class of the unit's plan, called up unless told otherwise; ``school`` holds it."""
    return TrainingClass.objects.create(
        plan=make_plan(unit),
        unit=unit,
        title=title,
        institution=institution or InstitutionFactory(unit=school),
        bucket="off_the_job",
        call=call,
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=length),
        answer_by=starts_on - timedelta(days=5),
        training_days=Decimal(days),
        hours=Decimal(hours),
        seats=seats,
        called_at=NOW if called else None,
    )


def make_place(of: TrainingClass, person: Person | None = None, **fields) -> Place:
    """A place in a class, coming unless told otherwise."""
    person = person or PersonFactory(unit=of.unit)
    fields = {"state": PlaceState.COMING, "unit": person.unit, "named_at": NOW, **fields}
    return Place.objects.create(training_class=of, person=person, **fields)


def make_sessions(of: TrainingClass, *hours: str, kind: str = "lecture") -> list[Session]:
    """One session of so many hours each, on the days of the class in turn, from nine."""
    found = []
    for index, each in enumerate(hours):
        day = of.starts_on + timedelta(days=index % (of.ends_on - of.starts_on).days)
        found.append(
            Session.objects.create(
                training_class=of,
                kind=kind,
                title=f"第{index + 1}讲",
                starts_at=at(day, 9 + index // 2 * 3),
                ends_at=at(day, 11 + index // 2 * 3),
                hours=Decimal(each),
            )
        )
    return found


def mark(session: Session, place: Place, kind: str = "present", missed: str = "0") -> Presence:
    """What is recorded of a place at a session."""
    return Presence.objects.create(
        session=session,
        place=place,
        kind=PresenceKind(kind),
        missed=Decimal(missed),
        way=PresenceWay.HAND,
        recorded_at=NOW,
        recorded_by=place.person,
    )


def finished_class(unit: OrgUnit, keeper: Person, **fields):
    """A class that is over, with one participant who was at all of it: (class, place, sessions)."""
    of = make_class(unit, **fields)
    place = make_place(of)
    sessions = make_sessions(of, "7", "7")
    operations.record_presences(
        sessions[0].pk,
        [operations.sessions.Mark(place.pk, PresenceKind.PRESENT)],
        way=PresenceWay.HAND,
        by=keeper,
        now=NOW,
    )
    mark(sessions[1], place)
    return of, place, sessions


def matrix_world(unit: OrgUnit, somebody: Person, course: CoursePage) -> dict[str, Any]:
    """What the authorisation matrix needs of classes, assignments and notices, by name.

    The class is held in the unit and organised by it, so that every role there has a part in it.
    """
    training_class = make_class(unit, call=CallKind.NAMED, school=unit, starts_on=date(2030, 1, 7))
    place = make_place(training_class, somebody, state=PlaceState.EXCUSE_ASKED)
    return {
        "training_class": training_class,
        "session": make_sessions(training_class, "7", kind="interactive")[0],
        "excuse": Excuse.objects.create(
            place=place, reason="住院", asked_by=somebody, asked_at=NOW
        ),
        "makeup": MakeupTask.objects.create(place=place, due_on=date(2030, 6, 30)),
        "notice": Notice.objects.create(
            person=somebody, source="tests:1", text="请查收", sent_at=NOW
        ),
        "assignment": Assignment.objects.create(
            course=course,
            unit=unit,
            deadline_on=date(2030, 1, 1),
            assigned_by=somebody,
            assigned_at=NOW,
        ),
    }
