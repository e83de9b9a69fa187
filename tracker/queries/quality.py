"""What is probably wrong in the records of the people one sees: the data-quality desk.

Every check is one statement over the rows as they stand today, so a mended row is gone from its
list at once and nothing has to be kept up to date.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import (
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, Length, Substr

from people.enums import Grade, Rank, Role
from people.models import Person, Post
from people.queries import in_force, merged_by, persons_visible_to
from tracker.enums import Bucket, PackStatus, StandingState
from tracker.models import Entry, RulePack, Standing
from tracker.queries.institutions import lines_without_recognition
from tracker.queries.packs import pack_of_document

READERS = (Role.TRAINING_ADMIN, Role.LIAISON, Role.AUDITOR)
_IN_PERSON = (Bucket.OFF_THE_JOB, Bucket.CONCENTRATED)
# Counts stop here: more than this is "many", and no list is read so far.
COUNTED = 1000


class _Days(Func):
    """Calendar days between two dates, on either database without a function in Python."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "CAST(julianday(%(expressions)s) AS INTEGER)"
        return self.as_sql(
            compiler, connection, template=template, arg_joiner=") - julianday(", **extra
        )

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(
            compiler, connection, template="(%(expressions)s)", arg_joiner=" - ", **extra
        )


def _people(person: Person) -> QuerySet[Person]:
    return persons_visible_to(person, *READERS).filter(is_active=True)


def _lines(person: Person) -> QuerySet[Entry]:
    """Lines that stand, of the people one sees."""
    return (
        Entry.objects.filter(
            ~Exists(Entry.objects.filter(reverses=OuterRef("pk"))),
            reverses=None,
            person__in=_people(person).order_by().values("pk"),
        )
        .select_related("person", "institution")
        .order_by("-occurred_from", "-id")
    )


def _too_many_days(person: Person, today: date) -> QuerySet[Entry]:
    days = _Days(F("occurred_to"), F("occurred_from"))
    return (
        _lines(person)
        .filter(training_days__gt=1)
        .annotate(days=days)
        .filter(training_days__gt=F("days"))
    )


def _future(person: Person, today: date) -> QuerySet[Entry]:
    return _lines(person).filter(occurred_to__gt=date.fromordinal(today.toordinal() + 1))


def _before_roster(person: Person, today: date) -> QuerySet[Entry]:
    return _lines(person).filter(occurred_to__lte=F("person__joined_on"))


def _overlapping(person: Person, today: date) -> QuerySet[Entry]:
    """The later posted of two classes in person that share a day."""
    taken_back = Entry.objects.filter(reverses=OuterRef("pk"))
    earlier = Entry.objects.filter(
        ~Exists(taken_back),
        person=OuterRef("person"),
        bucket__in=_IN_PERSON,
        reverses=None,
        pk__lt=OuterRef("pk"),
        occurred_from__lt=OuterRef("occurred_to"),
        occurred_to__gt=OuterRef("occurred_from"),
    )
    # Of two records that are one the same class may stand in both; then it counts twice.
    merged = Entry.objects.filter(
        ~Exists(taken_back),
        merged_by(None, "person__merged_as__"),
        person__merged_as__kept=OuterRef("person"),
        bucket__in=_IN_PERSON,
        reverses=None,
        occurred_from__lt=OuterRef("occurred_to"),
        occurred_to__gt=OuterRef("occurred_from"),
    )
    first = Coalesce(
        Subquery(earlier.order_by("pk").values("pk")[:1]),
        Subquery(merged.order_by("pk").values("pk")[:1]),
    )
    lines: QuerySet[Entry] = (
        _lines(person)
        .filter(Exists(earlier) | Exists(merged), bucket__in=_IN_PERSON)
        .annotate(other_id=first)
    )
    return lines


def _without_unit(person: Person, today: date) -> QuerySet[Entry]:
    return _lines(person).filter(unit=None)


def _not_recognised(person: Person, today: date) -> QuerySet[Entry]:
    return lines_without_recognition(person).filter(person__is_active=True)


def _without_duty(person: Person, today: date) -> QuerySet[Entry]:
    """This year's lines of a form that none of the person's requirements counts."""
    by_form: dict[str, set[str]] = {form.value: set() for form in Bucket}
    approved = RulePack.objects.filter(status=PackStatus.APPROVED)
    for document in approved.values_list("document", flat=True):
        for duty in pack_of_document(document).duties:
            for form in duty.counts.forms:
                by_form[form.value].add(duty.code)
    owed = Q(pk__in=[])
    for bucket, codes in by_form.items():
        applicable = Standing.objects.filter(
            person=OuterRef("person"), requirement__in=codes
        ).exclude(state=StandingState.NOT_APPLICABLE)
        owed |= Q(Exists(applicable), bucket=bucket)
    return _lines(person).filter(~owed, occurred_to__gt=date(today.year, 1, 1))


def _without_post(person: Person, today: date) -> QuerySet[Person]:
    held = Post.objects.filter(in_force(today), person=OuterRef("pk"), primary=True)
    return _people(person).filter(~Exists(held)).select_related("unit").order_by("unit__path", "pk")


def _without_rank(person: Person, today: date) -> QuerySet[Person]:
    held = Post.objects.filter(
        in_force(today),
        person=OuterRef("pk"),
        primary=True,
        rank=Rank.OTHER,
        grade=Grade.NONE,
    )
    return _people(person).filter(Exists(held)).select_related("unit").order_by("unit__path", "pk")


def _namesakes(person: Person, today: date) -> QuerySet[Any, Any]:
    """Groups of one name in one unit: {name, unit, first, count}."""
    return (
        _people(person)
        .order_by()
        .values("name", "unit")
        .annotate(count=Count("pk"), first=Min("pk"))
        .filter(count__gt=1)
        .order_by("first")
    )


def _near_numbers(person: Person, today: date) -> QuerySet[Any, Any]:
    """Groups of one name whose staff numbers differ in the last character: {name, stem, …}."""
    return (
        _people(person)
        .order_by()
        .annotate(stem=Substr("staff_number", 1, Length("staff_number") - Value(1)))
        .values("name", "stem")
        .annotate(count=Count("pk"), first=Min("pk"))
        .filter(count__gt=1)
        .order_by("first")
    )


_CHECKS: dict[str, Callable[[Person, date], QuerySet[Any, Any]]] = {
    "days": _too_many_days,
    "future": _future,
    "roster": _before_roster,
    "overlap": _overlapping,
    "unit": _without_unit,
    "recognition": _not_recognised,
    "duty": _without_duty,
    "post": _without_post,
    "rank": _without_rank,
    "namesakes": _namesakes,
    "numbers": _near_numbers,
}


def quality_checks() -> list[str]:
    """The codes of the checks, in the order of the desk."""
    return list(_CHECKS)


def quality_of(code: str, person: Person, today: date) -> QuerySet[Any, Any]:
    """What one check finds among the people this person sees. Raises KeyError."""
    return _CHECKS[code](person, today)


def quality_count(code: str, person: Person, today: date) -> int:
    """How many it finds, counted up to COUNTED + 1."""
    return _CHECKS[code](person, today).order_by()[: COUNTED + 1].count()


def persons_alike(
    person: Person, groups: list[dict[str, Any]]
) -> list[tuple[dict[str, Any], list[Person]]]:
    """The persons of each group of ``namesakes`` or ``numbers``, in one statement."""
    if not groups:
        return []
    found = (
        _people(person)
        .filter(name__in={group["name"] for group in groups})
        .select_related("unit")
        .order_by("staff_number")
    )
    by_name: dict[str, list[Person]] = {}
    for each in found:
        by_name.setdefault(each.name, []).append(each)
    return [
        (
            group,
            [
                each
                for each in by_name[group["name"]]
                if ("unit" in group and each.unit_id == group["unit"])
                or ("stem" in group and each.staff_number[:-1] == group["stem"])
            ],
        )
        for group in groups
    ]
