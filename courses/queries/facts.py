"""Facts about studies for other rooms: to certify, to sum up by unit, to take with one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import (
    Count,
    Q,
)
from django.utils.translation import gettext as _

from courses.models import (
    CheckedQuestion,
    Enrolment,
    ItemProgress,
    PackageReport,
    SittingRemark,
)
from people.models import OrgUnit, Person
from people.own_data import Section, section


@dataclass(frozen=True)
class CompletionFacts:
    """What a certificate says. ``hours`` are credit hours, not minutes studied."""

    enrolment_id: int
    person_id: int
    person_name: str
    course_title: str
    hours: Decimal
    completed_at: datetime | None
    grants_certificate: bool
    edition_number: int
    source: str


def completion_facts(enrolment_id: int, *, held: bool = False) -> CompletionFacts:
    """What is to be certified of an enrolment. Raises Enrolment.DoesNotExist.

    ``held``: nobody takes the completion back before the caller's transaction ends.
    """
    found = Enrolment.objects.select_related("person", "edition")
    if held:
        found = found.select_for_update(of=("self",))
    enrolment = found.get(pk=enrolment_id)
    return CompletionFacts(
        enrolment_id=enrolment.pk,
        person_id=enrolment.person_id,
        person_name=enrolment.person.name,
        course_title=enrolment.edition.title,
        hours=enrolment.edition.hours,
        completed_at=enrolment.completed_at,
        grants_certificate=enrolment.edition.grants_certificate,
        edition_number=enrolment.edition.number,
        source=completion_source(enrolment.pk, enrolment.times_undone),
    )


def completions_since(moment: datetime) -> list[tuple[int, str]]:
    """(enrolment, source) of what was completed and posted since then, the oldest first: for sweeps above."""
    found = Enrolment.objects.filter(posted_at__gte=moment).order_by("posted_at", "pk")
    return [(pk, completion_source(pk, n)) for pk, n in found.values_list("pk", "times_undone")]


def completion_source(enrolment_id: int, times_undone: int) -> str:
    """What the hours and the certificate of a completion come from: a name that each completion has
    for itself, should earlier ones have been taken back."""
    again = f"#{times_undone + 1}" if times_undone else ""
    return f"courses.completion:{enrolment_id}{again}"


def completion_sources(enrolment_ids: Iterable[int]) -> dict[str, int]:
    """The sources of these enrolments’ present completions, each with its enrolment."""
    found = Enrolment.objects.filter(pk__in=list(enrolment_ids)).values_list("pk", "times_undone")
    return {completion_source(pk, times): pk for pk, times in found}


@dataclass(frozen=True)
class CourseFigures:
    """Persons of a unit in a course: registered, of these studying, of these finished."""

    course_id: int
    title: str
    registered: int
    studying: int
    finished: int


def figures_in(unit: OrgUnit) -> list[CourseFigures]:
    """Figures by course for persons whose home lies in the unit's subtree. Not scoped: the caller
    has been. One statement, by title."""
    rows = (
        Enrolment.objects.filter(
            person__unit__path__startswith=unit.path, person__is_active=True, withdrawn_at=None
        )
        .values("course", "course__title")
        .annotate(
            registered=Count("pk"),
            studying=Count("pk", filter=Q(studied_at__isnull=False)),
            finished=Count("pk", filter=Q(completed_at__isnull=False)),
        )
        .order_by("course__title", "course")
    )
    return [
        CourseFigures(
            row["course"], row["course__title"], row["registered"], row["studying"], row["finished"]
        )
        for row in rows
    ]


def own_data(person: Person) -> list[Section]:
    """Courses taken and what is proven of each item, to take with him. Times in milliseconds."""
    progress = ItemProgress.objects.filter(enrolment__person=person)
    return [
        section(
            "enrolments",
            _("Courses taken"),
            Enrolment.objects.filter(person=person).order_by("enrolled_at", "id"),
            (
                "course__title",
                "way",
                "enrolled_at",
                "deadline_on",
                "studied_at",
                "completed_at",
                "withdrawn_at",
                "posted_at",
            ),
        ),
        section(
            "study",
            _("Study time of each item"),
            progress.order_by("enrolment_id", "item__position", "id"),
            (
                "enrolment__course__title",
                "item__title",
                "verified_ms",
                "plausible_ms",
                "completed_at",
            ),
        ),
        section(
            "packages",
            _("What interactive packages told"),
            PackageReport.objects.filter(progress__enrolment__person=person).order_by("told_at"),
            ("progress__item__title", "part", "status", "score_percent", "done_at", "told_at"),
        ),
        section(
            "checks",
            _("Questions of self-checks answered"),
            CheckedQuestion.objects.filter(progress__enrolment__person=person).order_by(
                "progress_id", "code"
            ),
            ("progress__item__title", "code", "tries", "right_at"),
        ),
        section(
            "sitting_remarks",
            _("Remarks on study time"),
            SittingRemark.objects.filter(lease__person=person).order_by("written_at"),
            ("lease__progress__item__title", "text", "written_at", "answer", "answered_at"),
        ),
    ]
