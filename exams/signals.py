"""What happened in the examination rooms, for the apps above. Sent on commit, carrying ids."""

from django.dispatch import Signal

# attempt_id: uuid.UUID. The attempt has its final score.
attempt_graded = Signal()
