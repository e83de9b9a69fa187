"""What happened in the examination rooms, for the apps above. Sent on commit, carrying ids."""

from django.dispatch import Signal

# attempt_id: uuid.UUID. The attempt has its final score.
attempt_graded = Signal()

# attempt_id: uuid.UUID. An attempt that had its final score has none any more: it was declared void,
# or opened again.
result_undone = Signal()

# attempt_id: uuid.UUID, change_id: int. A score that was given became another one.
score_changed = Signal()
