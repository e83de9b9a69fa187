"""What the tracker hears from below: a changed career changes what is owed."""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from people.signals import career_changed, roster_imported
from tracker import operations


@receiver(career_changed, dispatch_uid="tracker.career_changed")
def refresh_after_career_changed(sender: Any, person_id: int, **kwargs: Any) -> None:
    """A lost signal is made good by the sweep."""
    now = timezone.now()
    operations.refresh_standings([person_id], on=timezone.localdate(now), now=now)


@receiver(roster_imported, dispatch_uid="tracker.roster_imported")
def refresh_after_roster_imported(sender: Any, person_ids: list[int], **kwargs: Any) -> None:
    """Few are waited for; of many the standings follow with the next sweep."""
    now = timezone.now()
    on = timezone.localdate(now)
    if len(person_ids) <= operations.REFRESH_AT_ONCE:
        operations.refresh_standings(person_ids, on=on, now=now)
    else:
        operations.refresh_later(person_ids, on=on)
