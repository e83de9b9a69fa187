"""What the examination rooms hold about one person, to take with him."""

from datetime import datetime

from django.utils.translation import gettext as _

from exams.enums import AttemptState, Review
from exams.models import Answer, Attempt
from exams.queries.results import review_level
from people.models import Person
from people.own_data import Section, section


def own_data(person: Person, now: datetime) -> list[Section]:
    """Attempts and the answers given; points as far as the exam shows them now, never a key (E7)."""
    attempts = Attempt.objects.filter(person=person).exclude(state=AttemptState.PREPARED)
    attempts = attempts.order_by("started_at", "id")
    shown = [
        attempt.pk
        for attempt in attempts.select_related("exam")
        if review_level(attempt, now) in (Review.SCORE, Review.MARKS, Review.KEY)
    ]
    return [
        section(
            "attempts",
            _("Exams sat"),
            attempts,
            (
                "exam__title",
                "ordinal",
                "state",
                "started_at",
                "due_at",
                "submitted_at",
                "answered",
                "receipt",
            ),
        ),
        section(
            "results",
            _("Results"),
            attempts.filter(pk__in=shown),
            ("exam__title", "ordinal", "score", "worth", "passed", "graded_at"),
        ),
        section(
            "answers",
            _("Answers given"),
            Answer.objects.filter(attempt__in=attempts).order_by("attempt_id", "item"),
            (
                "attempt__exam__title",
                "attempt__ordinal",
                "item",
                "value",
                "certainty",
                "received_at",
            ),
        ),
    ]
