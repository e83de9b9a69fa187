"""Claims of hours: whose they are, who decides them, and what they look like in the ledger."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from people.enums import Role
from people.models import Person
from people.queries import grants_of, has_role, persons_visible_to
from tracker.enums import ClaimState, ConfirmerKind
from tracker.importing import Span, named_twice, plain_title
from tracker.models import Claim, Entry, Institution


def _decided_by(person: Person) -> Q:
    """Claims this person may decide: what the domain calls the confirmer, and never his own.

    The unit: its liaison or training administrator. The organiser: a training administrator. The
    institution: its staff; for one that has no place on this platform, a training administrator
    holds the institution's paper in hand.
    """
    if not person.is_active:
        return Q(pk__in=[])
    kept = persons_visible_to(person, Role.TRAINING_ADMIN, Role.LIAISON).values("pk")
    led = persons_visible_to(person, Role.TRAINING_ADMIN).values("pk")
    staffed = Q(pk__in=[])
    for grant in grants_of(person):
        if grant.role == Role.INSTITUTION_STAFF:
            staffed |= Q(institution__unit__path__startswith=grant.unit.path)
    allowed = (
        Q(confirmer=ConfirmerKind.UNIT, person__in=kept)
        | Q(confirmer=ConfirmerKind.ORGANISER, person__in=led)
        | Q(confirmer=ConfirmerKind.INSTITUTION, institution__unit=None, person__in=led)
        | (Q(confirmer=ConfirmerKind.INSTITUTION) & staffed)
    )
    return allowed & ~Q(person=person) & ~Q(made_by=person)


def may_decide_claim(person: Person, claim_id: int) -> bool:
    """Whether the person is the one who confirms or returns this claim."""
    return Claim.objects.filter(_decided_by(person), pk=claim_id).exists()


def claims_waiting_for(person: Person) -> QuerySet[Claim]:
    """Claims this person has to decide, the longest waiting first."""
    return (
        Claim.objects.filter(_decided_by(person), state=ClaimState.SENT)
        .select_related("person__unit", "institution", "made_by")
        .order_by("sent_at", "id")
    )


def claims_of(person: Person) -> QuerySet[Claim]:
    """Claims for the person or made by him, newest first."""
    return (
        Claim.objects.filter(Q(person=person) | Q(made_by=person))
        .select_related("person", "institution", "made_by")
        .order_by("-sent_at", "-id")
    )


def claims_visible_to(person: Person) -> QuerySet[Claim]:
    """Own claims, those one decides, and those of persons whose records one sees."""
    seen = persons_visible_to(person).values("pk")
    return Claim.objects.filter(
        Q(person__in=seen) | Q(made_by=person) | _decided_by(person)
    ).select_related("person__unit", "made_by", "institution", "entry")


def persons_claimed_for(person: Person) -> QuerySet[Person]:
    """For whom the person makes claims: himself, and as a liaison or administrator his people."""
    if not has_role(person, Role.TRAINING_ADMIN, Role.LIAISON):
        return Person.objects.filter(pk=person.pk)
    return persons_visible_to(person, Role.TRAINING_ADMIN, Role.LIAISON).filter(is_active=True)


def institutions_known() -> QuerySet[Institution]:
    """All institutions by name: where one studied is no secret."""
    return Institution.objects.order_by("name", "code")


def lines_like(claim: Claim) -> list[Entry]:
    """Standing lines of the person that look like the training claimed, and other live claims' lines."""
    taken_back = Entry.objects.filter(reverses=OuterRef("pk"))
    standing = list(
        Entry.objects.filter(
            ~Exists(taken_back),
            person_id=claim.person_id,
            reverses=None,
            occurred_from__lte=claim.last_day,
            occurred_to__gt=claim.first_day,
        ).exclude(source=f"tracker.claim:{claim.pk}")[:200]
    )
    span = Span("claim", plain_title(claim.title), claim.first_day, claim.last_day)
    known = [
        Span(
            entry.pk,
            plain_title(entry.title),
            entry.occurred_from,
            entry.occurred_to - timedelta(days=1),
        )
        for entry in standing
    ]
    return [
        entry for entry, other in zip(standing, known, strict=True) if named_twice([span], [other])
    ]
