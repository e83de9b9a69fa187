"""What happened in the examination rooms, for the apps above. Sent on commit, carrying ids."""

from people.signals import News

# attempt_id: uuid.UUID. The attempt has its final score.
attempt_graded = News()

# attempt_id: uuid.UUID. An attempt that had its final score has none any more: it was declared void,
# or opened again.
result_undone = News()
