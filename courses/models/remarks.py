"""What learners say against the study time the platform has of them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.models.study import StudyLease


class SittingRemark(models.Model):
    """A learner contests a sitting; the unit's answer is kept beside it. No time is changed by it:

    what the platform could not verify is claimed as self-study, where people confirm it.
    """

    lease = models.ForeignKey(StudyLease, on_delete=models.PROTECT, related_name="remarks")
    text = models.TextField(_("remark on a sitting"), max_length=1000)
    written_at = models.DateTimeField(_("written at"))
    answer = models.TextField(_("answer to the remark"), max_length=1000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(_("answered at"), null=True)

    class Meta:
        verbose_name = _("remark on a sitting")
        verbose_name_plural = _("remarks on sittings")
        ordering = ["written_at", "id"]
        constraints = [
            # One open remark a sitting; a second one waits for the answer.
            models.UniqueConstraint(
                fields=["lease"],
                condition=Q(answered_at=None),
                name="courses_sitting_remark_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.lease_id}: {self.text[:40]}"
