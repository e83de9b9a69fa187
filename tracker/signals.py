"""What happened in the ledger, for the apps above. Sent on commit, carrying ids."""

from django.dispatch import Signal

# person_id: int. This person's standing was computed anew and may differ.
standing_changed = Signal()
