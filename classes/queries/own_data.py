"""A person's classes, to take with him."""

from django.utils.translation import gettext as _

from classes.models import Excuse, MakeupTask, Place, Presence
from people.models import Person
from people.own_data import Section, section


def own_data(person: Person) -> list[Section]:
    """Places in classes with what came of them: presence, excuses, what is to be made up."""
    return [
        section(
            "classes",
            _("Training classes"),
            Place.objects.filter(person=person).order_by("named_at", "id"),
            ("training_class__title", "unit__name", "state", "named_at", "answered_at", "result", "note"),
        ),
        section(
            "presences",
            _("Presence at sessions"),
            Presence.objects.filter(place__person=person).order_by("session__starts_at", "id"),
            ("place__training_class__title", "session__title", "kind", "missed", "way", "recorded_at"),
        ),
        section(
            "excuses",
            _("Excuses"),
            Excuse.objects.filter(place__person=person).order_by("asked_at", "id"),
            ("place__training_class__title", "reason", "asked_at", "state", "answer", "answered_at"),
        ),
        section(
            "makeups",
            _("Make-up tasks"),
            MakeupTask.objects.filter(place__person=person).order_by("due_on", "id"),
            ("place__training_class__title", "due_on", "state", "settled_at", "because"),
        ),
    ]  # fmt: skip
