"""Persons behind figures that were judged as of another day."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dashboards.models.jobs import Job
from people.enums import Rank


class JudgedPerson(models.Model):
    """How one person stood as of the days of a job, and where he was counted.

    Kept for a while beside the job's figures, so that each of them leads to people; the same days
    judged again give the same rows.
    """

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="judged")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # Of the unit in which he is counted, without its subtree.
    place = models.CharField(max_length=255)
    rank = models.SmallIntegerField(_("rank"), choices=Rank)
    # Over all requirements; then requirement → state.
    state = models.CharField(_("standing"), max_length=20)
    states = models.JSONField(_("states"), default=dict)

    class Meta:
        verbose_name = _("person judged as of a day")
        verbose_name_plural = _("persons judged as of a day")
        constraints = [
            models.UniqueConstraint(fields=["job", "person"], name="dashboards_judged_once")
        ]
        indexes = [models.Index(fields=["job", "place", "person"], name="dashboards_judged_place")]

    def __str__(self) -> str:
        return f"{self.job_id} {self.person_id}: {self.state}"
