"""What happened to people, for the apps above. Sent on commit, carrying ids."""

from typing import Any

from django.db import transaction
from django.dispatch import Signal


class News(Signal):
    """Something that is done and stays done, told to the apps above once it is committed."""

    def tell(self, sender: type, **ids: Any) -> None:
        """Tell on commit. A listener that fails is logged and fails alone: the deed stands, whoever did it
        gets his answer, the other listeners hear of it, and a sweep does what was left undone.
        """
        transaction.on_commit(lambda: self.send_robust(sender=sender, **ids))


# person_id: int. Posts, duties, stages, place or leave of this person changed.
career_changed = News()

# person_ids: list[int]. A list changed the careers of so many at once, or put them on the roster.
roster_imported = News()
