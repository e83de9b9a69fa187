"""Institutions with their recognition, and the lines that no recognition covers."""

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from people.enums import OrgKind, Role
from people.models import Person
from people.queries import grants_of, persons_visible_to
from tracker.enums import Bucket, Level
from tracker.models import Entry, Institution, Recognition
from tracker.rules.vocabulary import SCHOOL_KINDS

# Forms of study whose place matters to the packs that ask for a recognised place.
_PLACED = (Bucket.OFF_THE_JOB, Bucket.CONCENTRATED)


def institutions_with_recognition(words: str = "") -> QuerySet[Institution]:
    """All institutions by name, each with its recognitions, the newest first."""
    found = Institution.objects.select_related("unit").prefetch_related(
        Prefetch("recognitions", Recognition.objects.order_by("-starts_on", "-id"))
    )
    for word in words.split()[:5]:
        found = found.filter(Q(name__icontains=word) | Q(code__istartswith=word))
    return found.order_by("name", "code")


def levels_recognised_by(person: Person) -> list[Level]:
    """At which levels the person's department may recognise: its own and those below.

    What a city's department notes down may also have been recognised above it.
    """
    highest = 0
    order = list(Level)
    for grant in grants_of(person):
        if grant.role == Role.TRAINING_ADMIN:
            if grant.unit.kind == OrgKind.CITY or grant.unit.depth == 1:
                highest = len(order)
            else:
                highest = max(highest, 2 if grant.unit.kind == OrgKind.SYSTEM else 1)
    return order[:highest]


def recognised_on(institution: Institution) -> list[Recognition]:
    """Of an institution read with its recognitions: those in force today."""
    today = timezone.localdate()
    return [
        each
        for each in institution.recognitions.all()
        if each.starts_on <= today and (each.ends_on is None or today < each.ends_on)
    ]


def lines_without_recognition(
    person: Person, institution: Institution | None = None
) -> QuerySet[Entry]:
    """Standing lines, of persons this one sees, held where no recognition covers their days.

    Schools of the listed kinds need none. Newest first.
    """
    covered = Recognition.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=OuterRef("occurred_to")),
        institution=OuterRef("institution"),
        starts_on__lte=OuterRef("occurred_from"),
    )
    lines = Entry.objects.filter(
        ~Exists(covered),
        ~Exists(Entry.objects.filter(reverses=OuterRef("pk"))),
        institution__isnull=False,
        bucket__in=_PLACED,
        reverses=None,
        person__in=persons_visible_to(person).values("pk"),
    ).exclude(institution__kind__in=SCHOOL_KINDS)
    if institution is not None:
        lines = lines.filter(institution=institution)
    return lines.select_related("person", "institution").order_by("-occurred_from", "-id")


def counts_without_recognition(person: Person, institution_ids: list[int]) -> dict[int, int]:
    """How many such lines each of these institutions has, in one statement."""
    return dict(
        lines_without_recognition(person)
        .filter(institution__in=institution_ids)
        .order_by()
        .values_list("institution")
        .annotate(count=Count("pk"))
    )
