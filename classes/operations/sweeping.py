"""What is due by the calendar: a reminder to answer, a word the day before."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

import notices.operations
from classes.enums import EXPECTED, CallKind, PlaceState
from classes.models import Place, Seats, TrainingClass
from classes.operations.calling import _liaisons_of
from notices.enums import NoticeKind
from people.dates import day_in_words
from people.models import OrgUnit

# So long before the answer is due, one reminder.
BEFORE_ANSWER = timedelta(days=2)


def sweep(now: datetime) -> int:
    """Send what has become due, each once; returns how many notices were sent."""
    today = timezone.localdate(now)
    live = TrainingClass.objects.filter(called_at__isnull=False, cancelled_at=None)
    sent = 0
    for of in live.filter(answer_by__lte=today + BEFORE_ANSWER, starts_on__gt=today):
        if of.call == CallKind.OPEN:
            continue
        liaisons = _liaisons_of(_units_without_answer(of), today)
        sent += notices.operations.notify(
            liaisons,
            source=f"classes.answer_due:{of.pk}",
            text=_("“%(title)s” still waits for your unit's answer, by %(day)s.")
            % {"title": of.title, "day": day_in_words(of.answer_by)},
            url=f"/classes/{of.pk}/answer/",
            kind=NoticeKind.REMINDER,
            now=now,
        ).sent
    for of in live.filter(starts_on=today + timedelta(days=1)).select_related("institution"):
        sent += notices.operations.notify(
            Place.objects.filter(training_class=of, state__in=EXPECTED).values_list(
                "person", flat=True
            ),
            source=f"classes.tomorrow:{of.pk}",
            text=_("“%(title)s” begins tomorrow at %(place)s.")
            % {"title": of.title, "place": of.institution.name},
            url=f"/classes/{of.pk}/",
            now=now,
        ).sent
    return sent


def _units_without_answer(of: TrainingClass) -> list[OrgUnit]:
    """Units with a seat free or a named person unanswered."""
    places = list(
        Place.objects.filter(training_class=of, state__in=EXPECTED).select_related("unit")
    )
    units = [place.unit for place in places if place.state == PlaceState.CALLED]
    for quota in Seats.objects.filter(training_class=of).select_related("unit"):
        taken = sum(1 for place in places if place.unit.path.startswith(quota.unit.path))
        if taken < quota.seats:
            units.append(quota.unit)
    return units
