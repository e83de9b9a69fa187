"""Plans and classes: who sees which, who runs which, and whether the evidence is complete."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from classes.enums import EXPECTED, CallKind, SessionKind
from classes.models import AnnualPlan, Place, Presence, Seats, Session, TrainingClass
from people.enums import Role
from people.models import AuditEntry, OrgUnit, Person
from people.permissions import may_in_unit
from people.queries import grants_of, lineage, units_managed_by

PLANNERS = (Role.TRAINING_ADMIN, Role.AUDITOR)
ANSWERERS = (Role.LIAISON, Role.TRAINING_ADMIN)


def plans_visible_to(person: Person) -> QuerySet[AnnualPlan]:
    """Plans of units the person administers or audits, the latest year first."""
    return (
        AnnualPlan.objects.filter(unit__in=units_managed_by(person, *PLANNERS))
        .select_related("unit", "written_by", "approved_by")
        .annotate(class_count=Count("classes"))
        .order_by("-year", "unit__path")
    )


def writers_of(plan: AnnualPlan) -> list[Person]:
    """Who wrote what has not been approved of a plan: its author, and whoever added or changed a class."""
    return list(Person.objects.filter(pk__in=_writers([plan])[plan.pk]).order_by("pk"))


def plans_waiting_for(person: Person) -> list[AnnualPlan]:
    """Plans with classes that the person may approve: none of which he wrote anything.

    Three statements, however many plans.
    """
    drafts = list(
        AnnualPlan.objects.filter(
            unit__in=units_managed_by(person, Role.TRAINING_ADMIN),
            approved_at=None,
            classes__isnull=False,
        )
        .distinct()
        .order_by("pk")
    )
    writers = _writers(drafts) if drafts else {}
    return [plan for plan in drafts if person.pk not in writers[plan.pk]]


def _writers(plans: Sequence[AnnualPlan]) -> dict[int, set[int]]:
    """Plan → who wrote what has not been approved of it. The audit log knows; it cannot be switched off."""
    classes = TrainingClass.objects.filter(plan__in=plans).values_list("pk", "plan")
    of_class = {f"classes.class:{pk}": plan for pk, plan in classes}
    of_plan = {f"classes.plan:{plan.pk}": plan for plan in plans}
    approvals = Q(verb="classes.plan.approve", subject__in=of_plan)
    changes = Q(
        verb__in=("classes.class.add", "classes.class.change"),
        subject__in=of_class,
        actor__isnull=False,
    )
    found = {plan.pk: {plan.written_by_id} for plan in plans}
    told = AuditEntry.objects.filter(approvals | changes).order_by("pk")
    for subject, actor in told.values_list("subject", "actor"):
        if plan := of_plan.get(subject):
            found[plan.pk] = {plan.written_by_id}
        else:
            found[of_class[subject]].add(actor)
    return found


def _paths(person: Person, *roles: Role) -> list[str]:
    if not person.is_active:
        return []
    return [grant.unit.path for grant in grants_of(person) if grant.role in roles]


def _below(paths: Iterable[str], field: str) -> Q:
    found = Q(pk__in=[])
    for path in paths:
        found |= Q(**{f"{field}__path__startswith": path})
    return found


def classes_visible_to(person: Person) -> QuerySet[TrainingClass]:
    """Classes the person has something to do with, the latest first.

    Those of units he administers or audits; called ones at his institution, or to which a unit
    he answers for was called, or he himself, or that are open to everybody.
    """
    answers_for = _paths(person, *ANSWERERS)
    called = Q(called_at__isnull=False)
    seats = Seats.objects.filter(_below(answers_for, "unit"), training_class=OuterRef("pk"))
    places = Place.objects.filter(
        Q(person=person) | _below(answers_for, "unit"), training_class=OuterRef("pk")
    )
    return (
        TrainingClass.objects.filter(
            _below(_paths(person, *PLANNERS), "unit")
            | (
                called
                & (
                    _below(_paths(person, Role.INSTITUTION_STAFF), "institution__unit")
                    | Q(call=CallKind.OPEN)
                    | Exists(seats)
                    | Exists(places)
                )
            )
        )
        .select_related("unit", "institution", "plan")
        .order_by("-starts_on", "-pk")
    )


def is_organiser_of(person: Person, training_class: TrainingClass) -> bool:
    """Whether the person is the authority that called: a training administrator of its unit."""
    return may_in_unit(person, training_class.unit, Role.TRAINING_ADMIN)


def is_institution_of(person: Person, training_class: TrainingClass) -> bool:
    """Whether the person is staff of the institution where the class is held."""
    unit = training_class.institution.unit
    return unit is not None and may_in_unit(person, unit, Role.INSTITUTION_STAFF)


def classes_of(plan: AnnualPlan) -> QuerySet[TrainingClass]:
    """The classes of a plan in the order of the year, with how many are coming. Not scoped."""
    return (
        TrainingClass.objects.filter(plan=plan)
        .select_related("institution", "unit")
        .annotate(expected=Count("places", filter=Q(places__state__in=EXPECTED)))
        .order_by("starts_on", "pk")
    )


def classes_at_institutions_of(person: Person) -> QuerySet[TrainingClass]:
    """Called classes at institutions whose staff the person is, the latest first."""
    paths = _paths(person, Role.INSTITUTION_STAFF)
    return classes_visible_to(person).filter(
        _below(paths, "institution__unit"), called_at__isnull=False
    )


def classes_to_confirm_by(person: Person) -> QuerySet[TrainingClass]:
    """Classes at institutions whose staff the person is that still need them, the next first."""
    waiting = classes_at_institutions_of(person).filter(confirmed_at=None, cancelled_at=None)
    return waiting.order_by("starts_on", "pk")


def classes_open_to(person: Person, today: date) -> QuerySet[TrainingClass]:
    """The published menu: open classes that still take answers and that the person is not, or no longer, in."""
    return (
        TrainingClass.objects.filter(
            call=CallKind.OPEN,
            called_at__isnull=False,
            cancelled_at=None,
            answer_by__gte=today,
        )
        .exclude(
            Exists(
                Place.objects.filter(
                    training_class=OuterRef("pk"), person=person, state__in=EXPECTED
                )
            )
        )
        .select_related("institution", "unit")
        .annotate(taken=Count("places", filter=Q(places__state__in=EXPECTED)))
        .order_by("starts_on", "pk")
    )


def classes_to_name_for(person: Person, within: OrgUnit, today: date) -> QuerySet[TrainingClass]:
    """Classes for which the person may still name who is called, of people of this unit; the next first."""
    return (
        classes_visible_to(person)
        .filter(
            _below(_paths(person, Role.TRAINING_ADMIN), "unit"),
            call=CallKind.NAMED,
            called_at=None,
            cancelled_at=None,
            starts_on__gt=today,
            unit__path__in=lineage(within.path),
        )
        .order_by("starts_on", "pk")
    )


def quotas_of(training_class: TrainingClass) -> list[Seats]:
    """Seats by unit in tree order, each with ``answered``: how many the unit has named."""
    named = Count(
        "training_class__places",
        filter=Q(
            training_class__places__unit=F("unit"),
            training_class__places__state__in=EXPECTED,
        ),
    )
    return list(
        Seats.objects.filter(training_class=training_class)
        .select_related("unit")
        .annotate(answered=named)
        .order_by("unit__path")
    )


@dataclass(frozen=True)
class CheckLine:
    """One line of the evidence checklist: a code, whether it is there, and how many are missing."""

    code: str
    done: bool
    missing: int = 0


def evidence_checklist(training_class: TrainingClass, now: datetime) -> list[CheckLine]:
    """What must be there before results are confirmed. Five statements."""
    sessions = list(Session.objects.filter(training_class=training_class).select_related("record"))
    places = Place.objects.filter(training_class=training_class, state__in=EXPECTED)
    unanswered = places.exclude(state="coming").count()
    expected = places.count()
    recorded = dict(
        Presence.objects.filter(session__training_class=training_class, place__state__in=EXPECTED)
        .values_list("session")
        .annotate(n=Count("pk"))
    )
    unkept = sum(1 for session in sessions if recorded.get(session.pk, 0) < expected)
    unwritten = sum(
        1
        for session in sessions
        if session.kind == SessionKind.INTERACTIVE and not hasattr(session, "record")
    )
    planned = Session.objects.filter(training_class=training_class).aggregate(
        hours=Sum("hours", default=0)
    )["hours"]
    return [
        CheckLine("roster", expected > 0 and unanswered == 0, unanswered),
        CheckLine("timetable", planned == training_class.hours),
        CheckLine("attendance", bool(sessions) and unkept == 0, unkept),
        CheckLine("records", unwritten == 0, unwritten),
        CheckLine("over", bool(sessions) and all(s.ends_at <= now for s in sessions)),
    ]
