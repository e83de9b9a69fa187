"""What happened to people, for the apps above. Sent on commit, carrying ids."""

from django.dispatch import Signal

# person_id: int. Posts, duties, stages, place or leave of this person changed.
career_changed = Signal()

# person_ids: list[int]. A list changed the careers of so many at once, or put them on the roster.
roster_imported = Signal()
