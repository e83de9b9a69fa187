"""What the ledger and the rules hold about one person, to take with him."""

from django.utils.translation import gettext as _

from people.models import Person
from people.own_data import Section, section
from people.queries import records_of
from tracker.models import CareerEvent, Entry, Remark, Standing


def own_data(person: Person) -> list[Section]:
    """Every line of his ledger, also those taken back; remarks, events, and where he stands."""
    return [
        section(
            "standings",
            _("Where I stand"),
            Standing.objects.filter(person=person).order_by("requirement"),
            ("requirement", "pack", "state", "due_on", "share", "computed_for"),
        ),
        section(
            "ledger",
            _("Lines of the ledger"),
            Entry.objects.filter(person__in=records_of(person.pk)).order_by("id"),
            (
                "id",
                "title",
                "bucket",
                "occurred_from",
                "occurred_to",
                "hours",
                "credits",
                "training_days",
                "events",
                "course",
                "institution__name",
                "unit_name",
                "confirmer",
                "recorded_at",
                "source",
                "evidence",
                "reverses_id",
                "because",
            ),
        ),
        section(
            "remarks",
            _("Remarks on lines"),
            Remark.objects.filter(author=person).order_by("id"),
            ("entry_id", "text", "written_at", "state", "answer", "answered_at"),
        ),
        section(
            "career_events",
            _("Exemptions, extensions and leave"),
            CareerEvent.objects.filter(person=person).order_by("starts_on", "id"),
            ("kind", "starts_on", "ends_on", "due_on", "requirements", "note", "approved_at"),
        ),
    ]
