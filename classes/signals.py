"""What happened in training classes, for the apps above. Sent on commit, carrying ids."""

from django.dispatch import Signal

# class_id: int. The credits of everybody who passed are in the ledger.
class_credited = Signal()
