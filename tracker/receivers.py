"""What the tracker hears from below: a changed career changes what is owed."""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from people.signals import career_changed
from tracker import operations


@receiver(career_changed, dispatch_uid="tracker.career_changed")
def refresh_after_career_changed(sender: Any, person_id: int, **kwargs: Any) -> None:
    """A lost signal is made good by the sweep."""
    now = timezone.now()
    operations.refresh_standings([person_id], on=timezone.localdate(now), now=now)
