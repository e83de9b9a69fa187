"""Assigning a course: to persons, to units, or to whoever a rule describes, also later."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.models.catalogue import CoursePage
from people.enums import Rank


class Assignment(models.Model):
    """A department's word that certain people have a course to do. The sweep finds later joiners."""

    course = models.ForeignKey(CoursePage, on_delete=models.PROTECT, related_name="assignments")
    # Nobody outside this part of the tree is ever meant.
    unit = models.ForeignKey("people.OrgUnit", on_delete=models.PROTECT, related_name="+")
    persons = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")
    units = models.ManyToManyField("people.OrgUnit", blank=True, related_name="+")
    min_rank = models.SmallIntegerField(_("rank from"), choices=Rank, null=True, blank=True)
    max_rank = models.SmallIntegerField(_("rank up to"), choices=Rank, null=True, blank=True)
    duties = models.JSONField(_("holders of a party duty"), default=list, blank=True)
    stages = models.JSONField(_("at a membership stage"), default=list, blank=True)
    deadline_on = models.DateField(_("to be completed by"))
    # Whoever is caught later has at least so long.
    days_for_later = models.PositiveSmallIntegerField(_("days for later joiners"), default=30)
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    assigned_at = models.DateTimeField(_("assigned at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name = _("assignment of a course")
        verbose_name_plural = _("assignments of courses")
        constraints = [
            models.CheckConstraint(
                condition=Q(min_rank=None)
                | Q(max_rank=None)
                | Q(max_rank__gte=models.F("min_rank")),
                name="courses_assignment_ranks_in_order",
            )
        ]

    def __str__(self) -> str:
        return f"{self.course_id}: {self.unit_id}"
