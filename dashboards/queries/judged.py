"""The people behind figures as of another day."""

from collections.abc import Iterable, Mapping

from django.db.models import Exists, OuterRef, Q, QuerySet

from dashboards.enums import JobKind, JobState
from dashboards.figures import SHOWN
from dashboards.models import Job, JudgedPerson
from dashboards.queries.jobs import jobs_of
from dashboards.queries.overview import Choice, unit_within
from people.models import OrgUnit, Person
from people.queries import persons_visible_to, search_people


def judged_people(
    job: Job,
    unit: OrgUnit,
    *,
    requirement: str = "",
    state: str = "",
    rank: int | None = None,
    direct: bool = False,
    q: str = "",
) -> QuerySet[JudgedPerson]:
    """Whom the job counted in the unit so, by unit and staff number. Not scoped: the job is one's own.

    With a requirement only those it applied to; ``state`` "obliged" is every state in the figures.
    """
    people = JudgedPerson.objects.filter(job=job).select_related("person")
    if direct:
        people = people.filter(place=unit.path)
    else:
        people = people.filter(place__startswith=unit.path)
    if requirement:
        people = people.filter(states__has_key=requirement)
    if rank is not None:
        people = people.filter(rank=rank)
    if state:
        wanted = SHOWN if state == "obliged" else (state,)
        matches = Q(pk__in=[])
        for each in wanted:
            matches |= Q(**{f"states__{requirement}" if requirement else "state": each})
        people = people.filter(matches)
    if q:
        people = people.filter(person__in=search_people(Person.objects.all(), q))
    return people.order_by("place", "person__staff_number")


def judged_of(job: Job, unit: OrgUnit, choice: Choice) -> QuerySet[JudgedPerson] | None:
    """Whom the filters choose of the job's people; None where the place is none of the unit."""
    place = unit_within(unit, choice.place) if choice.place else unit
    if place is None:
        return None
    return judged_people(
        job, place, requirement=choice.requirement, state=choice.state, rank=choice.rank,
        direct=choice.direct, q=choice.q,
    )  # fmt: skip


def last_reading(owner: Person, unit: OrgUnit, days: Mapping[str, str]) -> Job | None:
    """The owner's newest reading of the unit as of ``on`` and ``known`` whose people are still kept."""
    about = {f"parameters__{name}": days[name] for name in ("on", "known")}
    done = jobs_of(owner).filter(
        kind=JobKind.AS_OF, state=JobState.DONE, parameters__unit=unit.code, **about
    )
    kept = JudgedPerson.objects.filter(job=OuterRef("pk"))
    return done.filter(Exists(kept)).first()


def has_people(job: Job) -> bool:
    """Whether the people are still kept beside the figures."""
    return JudgedPerson.objects.filter(job=job).exists()


def seen_among(reader: Person, person_ids: Iterable[int]) -> set[int]:
    """Who of them is in the reader's part of the tree today."""
    seen = persons_visible_to(reader).filter(pk__in=list(person_ids))
    return set(seen.values_list("pk", flat=True))
