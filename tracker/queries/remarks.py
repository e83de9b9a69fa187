"""Contested lines, and who keeps whose record."""

from django.db.models import Q, QuerySet

from people import queries as people_queries
from people.enums import OrgKind, Role
from people.models import OrgUnit, Person
from tracker.models import Entry, Institution, Remark


def open_remarks_for(person: Person) -> QuerySet[Remark]:
    """Contested lines of persons whose records this person keeps, oldest first."""
    visible = people_queries.persons_visible_to(person).exclude(pk=person.pk)
    return (
        Remark.objects.filter(state="open", author__in=visible)
        .select_related("entry", "author")
        .order_by("written_at")
    )


def keeps_records_of(person: Person, other_id: int | None) -> bool:
    """Whether the person answers for the other's record: training administrator or liaison."""
    keeps = people_queries.persons_visible_to(person, Role.TRAINING_ADMIN, Role.LIAISON)
    return _is_among(keeps, person, other_id)


def puts_right(person: Person, other_id: int | None) -> bool:
    """Whether the person may take back or correct the other's lines: training administrators."""
    keeps = people_queries.persons_visible_to(person, Role.TRAINING_ADMIN)
    return _is_among(keeps, person, other_id)


def _is_among(kept: QuerySet[Person], person: Person, other_id: int | None) -> bool:
    """Whether the other's record, or the one it was merged into, is among these and not his own."""
    if other_id is None:
        return False
    records = {other_id, people_queries.record_kept_for(other_id)}
    return person.pk not in records and kept.filter(pk__in=records).exists()


def posted_anew(entry: Entry) -> Entry | None:
    """The line that stands in place of one that was corrected, or taken back and posted anew."""
    stem, _, number = entry.source.partition("#")
    source = f"{stem}#{int(number or 1) + 1}"
    by_hand = Q(person=entry.person_id, evidence__corrects=entry.pk)
    return Entry.objects.filter(Q(source=source) | by_hand).order_by("pk").last()


def _paths_posted_for(person: Person) -> list[str]:
    """Parts of the tree for which a person posts lines by hand, as paths.

    A training administrator: his units. Staff of a training institution: the district the
    institution belongs to, or where the role is held for another unit, that unit.
    """
    if not person.is_active:
        return []
    paths = []
    for grant in people_queries.grants_of(person):
        path = grant.unit.path
        if grant.role == Role.INSTITUTION_STAFF and grant.unit.kind == OrgKind.INSTITUTION:
            path = path[: -OrgUnit.steplen] or path
        if grant.role in (Role.TRAINING_ADMIN, Role.INSTITUTION_STAFF):
            paths.append(path)
    return paths


def persons_posted_for(person: Person) -> QuerySet[Person]:
    """Active persons for whom this one posts lines by hand; never himself."""
    below = Q(pk__in=[])
    for path in _paths_posted_for(person):
        below |= Q(unit__path__startswith=path)
    return Person.objects.filter(below, is_active=True).exclude(pk=person.pk).order_by("pk")


def lines_posted_for(person: Person) -> QuerySet[Entry]:
    """Lines that were taken back, of those whose lines this training administrator puts right."""
    kept = people_queries.persons_visible_to(person, Role.TRAINING_ADMIN).exclude(pk=person.pk)
    return (
        Entry.objects.filter(person__in=kept.filter(is_active=True), reversed_by__isnull=False)
        .select_related("person")
        .order_by("pk")
    )


def institutions_vouched_by(person: Person) -> QuerySet[Institution]:
    """Institutions this person may name: all for a training administrator, else those of his unit."""
    found = Institution.objects.order_by("name")
    if people_queries.has_role(person, Role.TRAINING_ADMIN):
        return found
    own = Q(pk__in=[])
    for grant in people_queries.grants_of(person):
        if grant.role == Role.INSTITUTION_STAFF:
            own |= Q(unit__path__startswith=grant.unit.path)
    return found.filter(own)
