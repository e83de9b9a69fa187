"""What happened in courses, for the apps above. Sent on commit, carrying ids."""

from django.dispatch import Signal

from people.signals import News

# enrolment_id: int. The enrolment was completed and its hours are in the ledger.
course_completed = News()

# source: str, because: str, by_id: int. What a completion rested on is gone by this person's deed; the
# course is open again, its hours are taken back. Sent inside that transaction, unlike all other
# news: what rests on the completion falls with it, or everything stands.
completion_undone = Signal()
