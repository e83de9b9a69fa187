"""What happened in training classes, for the apps above. Sent on commit, carrying ids."""

from people.signals import News

# class_id: int. The credits of everybody who passed are in the ledger.
class_credited = News()
