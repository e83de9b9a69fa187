"""Rule packs as loaded, and approved events of a career."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tracker.enums import (
    CareerEventKind,
    PackStatus,
)


class RulePack(models.Model):
    """A version of a rule pack as it was loaded; only an approved one is evaluated."""

    code = models.CharField(_("code"), max_length=80)
    version = models.PositiveIntegerField(_("version"))
    document = models.TextField(_("document"))
    digest = models.CharField(_("digest"), max_length=64)
    jurisdiction = models.CharField(_("jurisdiction"), max_length=40)
    confidence = models.CharField(_("confidence"), max_length=1)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until (exclusive)"), null=True, blank=True)
    status = models.CharField(
        _("status of the pack"), max_length=20, choices=PackStatus, default=PackStatus.DRAFT
    )
    loaded_at = models.DateTimeField(_("loaded at"))
    loaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Who alone may approve a pack drawn from recollection, or one he loaded himself.
    named_approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("rule pack")
        verbose_name_plural = _("rule packs")
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="tracker_pack_version_once"),
            models.CheckConstraint(
                condition=Q(status=PackStatus.DRAFT)
                | Q(approved_at__isnull=False, approved_by__isnull=False),
                name="tracker_pack_approved_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class CareerEvent(models.Model):
    """An approved exemption, extension, leave or posting away of a person."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="career_events"
    )
    kind = models.CharField(_("what it is"), max_length=20, choices=CareerEventKind)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until (exclusive)"), null=True, blank=True)
    requirements = models.JSONField(
        _("requirements"), default=list, blank=True, help_text=_("Codes; empty means all.")
    )
    due_on = models.DateField(_("new last day"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    approved_at = models.DateTimeField(_("approved at"))

    class Meta:
        verbose_name = _("career event")
        verbose_name_plural = _("career events")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("starts_on")),
                name="tracker_event_ends_after_start",
            ),
            models.CheckConstraint(
                condition=~Q(kind=CareerEventKind.EXTENSION) | Q(due_on__isnull=False),
                name="tracker_extension_has_a_new_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.starts_on}"
