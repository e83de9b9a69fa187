"""Changes of a career that somebody asks for and somebody else decides."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from people.enums import Authority, Grade, Rank
from tracker.enums import ChangeKind, ChangeState


class CareerChange(models.Model):
    """An appointment, transfer, leave, exemption, extension or posting away, asked and decided."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="career_changes"
    )
    kind = models.CharField(_("what it is"), max_length=20, choices=ChangeKind)
    token = models.UUIDField(unique=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until (exclusive)"), null=True, blank=True)
    requirements = models.JSONField(_("requirements"), default=list, blank=True)
    due_on = models.DateField(_("new last day"), null=True, blank=True)
    # Of an appointment or a transfer.
    unit = models.ForeignKey(
        "people.OrgUnit", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    post_title = models.CharField(_("post title"), max_length=100, blank=True)
    rank = models.SmallIntegerField(_("rank"), choices=Rank, default=Rank.OTHER)
    grade = models.SmallIntegerField(_("civil-service grade"), choices=Grade, default=Grade.NONE)
    leading = models.BooleanField(_("leading post"), default=False)
    authority = models.CharField(
        _("managed by"), max_length=20, choices=Authority, default=Authority.UNIT
    )
    note = models.CharField(_("note"), max_length=300)
    state = models.CharField(
        _("state of the change"), max_length=20, choices=ChangeState, default=ChangeState.ASKED
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(_("asked at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("change of a career")
        verbose_name_plural = _("changes of careers")
        ordering = ["asked_at", "id"]
        indexes = [models.Index(fields=["state", "asked_at"], name="tracker_change_queue")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("starts_on")),
                name="tracker_change_ends_after_start",
            ),
            models.CheckConstraint(
                condition=~Q(kind=ChangeKind.EXTENSION) | Q(due_on__isnull=False),
                name="tracker_change_extension_has_a_new_day",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=[ChangeKind.APPOINTMENT, ChangeKind.TRANSFER])
                | Q(unit__isnull=False),
                name="tracker_change_appointment_has_a_unit",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[ChangeState.APPROVED, ChangeState.REFUSED])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="tracker_change_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.starts_on}"
