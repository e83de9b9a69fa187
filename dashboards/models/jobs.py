"""Work in the background: the row is the job, a queue's message only wakes it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dashboards.enums import LIVE, JobForm, JobKind, JobState


class Job(models.Model):
    """Something somebody asked for that takes longer than a page may.

    Whoever works on it holds a lease with a token of his own; a worker that was killed lets it run
    out, and the next one begins anew. Only the holder of the token can end the job, so it ends once.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="jobs"
    )
    kind = models.CharField(_("kind"), max_length=20, choices=JobKind)
    form = models.CharField(_("form"), max_length=10, choices=JobForm)
    title = models.CharField(_("title"), max_length=200)
    # What to make: codes and numbers, never rows; the rows are read when the work is done.
    parameters = models.JSONField(_("parameters"), default=dict)
    # The same request asked twice while it is in work is one job.
    key = models.CharField(max_length=64)
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    state = models.CharField(
        _("state"), max_length=20, choices=JobState, default=JobState.WAITING, db_index=True
    )
    asked_at = models.DateTimeField(_("asked at"))
    begun_at = models.DateTimeField(_("begun at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True)
    token = models.CharField(max_length=32, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    done = models.PositiveIntegerField(_("rows done"), default=0)
    total = models.PositiveIntegerField(_("rows in all"), default=0)
    # Name of the file inside the folder of exports, and what stands in it.
    file = models.CharField(max_length=120, blank=True)
    size_bytes = models.BigIntegerField(_("size"), default=0)
    digest = models.CharField(_("SHA-256 of the file"), max_length=64, blank=True)
    result = models.JSONField(_("result"), default=dict, blank=True)
    trouble = models.CharField(_("why it failed"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(state__in=LIVE), name="dashboards_job_once_at_a_time"
            )
        ]
        indexes = [models.Index(fields=["owner", "-asked_at"], name="dashboards_job_of_owner")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}: {self.state}"

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def share(self) -> int:
        """Done of all, in whole per cent; never 100 before the end."""
        if self.state == JobState.DONE:
            return 100
        return min(99, self.done * 100 // self.total) if self.total else 0
