"""Files of hours, scoped to who is asking."""

from django.db.models import Q, QuerySet

from people.enums import Role
from people.models import Person
from people.queries import has_role, persons_visible_to
from tracker.models import HoursImport, ImportedLine


def imports_visible_to(person: Person) -> QuerySet[HoursImport]:
    """The files this person sent, and for a training administrator those sent from his units."""
    mine = Q(sent_by=person)
    if has_role(person, Role.TRAINING_ADMIN):
        mine |= Q(sent_by__in=persons_visible_to(person, Role.TRAINING_ADMIN).values("pk"))
    return (
        HoursImport.objects.filter(mine)
        .select_related("sent_by", "undone_by")
        .order_by("-received_at", "-id")
    )


def lines_of_import(row: HoursImport) -> QuerySet[ImportedLine]:
    """What a file became, in its order, each with the line that takes it back. Not scoped."""
    return row.lines.select_related(
        "entry__person", "entry__institution", "entry__reversed_by"
    ).order_by("row", "pk")
