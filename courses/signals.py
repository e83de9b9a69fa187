"""What happened in courses, for the apps above. Sent on commit, carrying ids."""

from django.dispatch import Signal

# enrolment_id: int. The enrolment was completed and its hours are in the ledger.
course_completed = Signal()
