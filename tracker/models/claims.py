"""Hours somebody claims, with what proves them, and what was decided."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tracker.enums import Bucket, ClaimState, ConfirmerKind
from tracker.models.ledger import Entry, Institution, _amount


class Claim(models.Model):
    """Hours claimed for a person, by himself or by his unit, until somebody entitled decides.

    What it says may change only while it is not with the confirmer; each step stays in ``steps``.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="claims"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    # The form's own number: a form sent twice is one claim.
    token = models.UUIDField(unique=True)
    bucket = models.CharField(_("form of study"), max_length=20, choices=Bucket)
    title = models.CharField(_("what was studied"), max_length=200)
    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, null=True, blank=True, related_name="claims"
    )
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    hours = _amount(_("credit hours"))
    credits = _amount(_("credits"))
    training_days = _amount(_("training days"))
    confirmer = models.CharField(_("confirmed by"), max_length=20, choices=ConfirmerKind)
    note = models.CharField(_("evidence"), max_length=300, blank=True)
    state = models.CharField(
        _("state of the claim"), max_length=20, choices=ClaimState, default=ClaimState.SENT
    )
    sent_at = models.DateTimeField(_("sent at"))
    # Raised each time it is sent: a decision names the sending it was made on.
    sending = models.PositiveSmallIntegerField(default=1)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="claim"
    )

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        ordering = ["-sent_at", "-id"]
        indexes = [
            models.Index(fields=["state", "confirmer", "sent_at"], name="tracker_claim_queue"),
            models.Index(fields=["person", "-sent_at"], name="tracker_claim_of_person"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="tracker_claim_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(hours__gte=0, credits__gte=0, training_days__gte=0)
                & (Q(hours__gt=0) | Q(credits__gt=0) | Q(training_days__gt=0)),
                name="tracker_claim_is_not_empty",
            ),
            # Confirmed means credited, and only that does.
            models.CheckConstraint(
                condition=Q(state=ClaimState.CONFIRMED, entry__isnull=False)
                | (~Q(state=ClaimState.CONFIRMED) & Q(entry__isnull=True)),
                name="tracker_claim_confirmed_is_credited",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ClaimStep(models.Model):
    """One step of a claim: sent, returned with a reason, sent again, confirmed, withdrawn."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="steps")
    at = models.DateTimeField(_("recorded at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("state of the claim"), max_length=20, choices=ClaimState)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    # What it said when it was sent, so that a later version cannot hide the first.
    said = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("step of a claim")
        verbose_name_plural = _("steps of claims")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.claim_id}: {self.state}"


class ClaimFile(models.Model):
    """A file that proves a claim: a scan or a photograph of a paper, checked when it came."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="files")
    file = models.FileField(_("file"), upload_to="claims/%Y/%m/")
    name = models.CharField(_("name of the file"), max_length=120)
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField(_("bytes"))
    digest = models.CharField(_("digest"), max_length=64)
    added_at = models.DateTimeField(_("added at"))

    class Meta:
        verbose_name = _("file of a claim")
        verbose_name_plural = _("files of claims")
        ordering = ["added_at", "id"]

    def __str__(self) -> str:
        return self.name
