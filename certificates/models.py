"""Awards and the certificates issued for them.

A certificate is frozen at issue: what it says, for whom, and the signature over it. A database
trigger refuses every change but the one revocation, and every deletion.
"""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certificates.wording import unknown_places


def validate_wording(wording: str) -> None:
    """Refuse places nobody will fill."""
    for place in unknown_places(wording):
        raise ValidationError(_("{%(place)s} is not a known place."), params={"place": place})


class AwardTemplate(models.Model):
    """What a certificate will say. Changing it changes no certificate already issued."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    title = models.CharField(_("title"), max_length=60)
    wording = models.TextField(
        _("wording"),
        max_length=600,
        validators=[validate_wording],
        help_text=_(
            "Places to fill: {name}, {course}, {completed_on}, {hours}, {unit}. "
            "A passage in [square brackets] is left out when a place in it is empty."
        ),
    )
    issuer_name = models.CharField(_("issuer"), max_length=100)
    seal_text = models.CharField(
        _("text of the seal"), max_length=9, validators=[MinLengthValidator(2)]
    )
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, default="zh-hans"
    )
    is_default = models.BooleanField(_("used when a course names no other"), default=False)

    class Meta:
        verbose_name = _("award")
        verbose_name_plural = _("awards")
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="certificates_one_default_award",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class IssuerKey(models.Model):
    """A public key this site has signed with. Rows are only added: old certificates need old keys."""

    multibase = models.CharField(_("public key"), max_length=80, unique=True)
    first_used_at = models.DateTimeField(_("first used at"))

    class Meta:
        verbose_name = _("issuer's key")
        verbose_name_plural = _("issuer's keys")

    def __str__(self) -> str:
        return self.multibase


class Certificate(models.Model):
    """Proof of an award, its wording frozen at issue. Revoked when wrong, never deleted."""

    serial = models.CharField(_("serial number"), max_length=20, unique=True)
    # 160 random bits: who has not seen the certificate cannot find its page.
    token = models.CharField(_("verification token"), max_length=40, unique=True)
    # "courses.completion:17": what earned it. The same completion is never certified twice.
    source = models.CharField(_("what earned it"), max_length=80, unique=True)
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="certificates",
        verbose_name=_("learner"),
    )
    learner_name = models.CharField(_("name as printed"), max_length=60)
    unit_name = models.CharField(_("unit at the time"), max_length=100, blank=True)
    award_title = models.CharField(_("award"), max_length=60)
    wording = models.TextField(_("wording as printed"))
    issuer_name = models.CharField(_("issuer"), max_length=100)
    seal_text = models.CharField(_("text of the seal"), max_length=9)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    course_title = models.CharField(_("course"), max_length=255)
    hours = models.DecimalField(
        _("credit hours"), max_digits=7, decimal_places=2, null=True, blank=True
    )
    completed_on = models.DateField(_("completed on"))
    issued_at = models.DateTimeField(_("issued at"))
    # The signed credential, byte for byte as it is handed out (canonical JSON, proof inside).
    document = models.TextField(_("signed document"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_because = models.CharField(_("revoked because"), max_length=300, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("revoked by"),
    )

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        indexes = [
            models.Index(fields=["learner", "-issued_at"], name="certificates_of_learner"),
            models.Index(fields=["-issued_at"], name="certificates_by_date"),
        ]
        constraints = [
            # A revocation always says when, why and by whom; a valid certificate says none of it.
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_because="", revoked_by=None)
                | (Q(revoked_at__isnull=False, revoked_by__isnull=False) & ~Q(revoked_because="")),
                name="certificates_revocation_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.serial


class VerificationCount(models.Model):
    """How often one address asked within one minute. Kept an hour; holds no address itself."""

    # A keyed hash of the address.
    asker = models.CharField(max_length=64)
    minute = models.BigIntegerField()
    asked = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asker", "minute"], name="certificates_one_count_a_minute"
            ),
        ]
        indexes = [models.Index(fields=["minute"], name="certificates_count_minute")]

    def __str__(self) -> str:
        return f"{self.minute}: {self.asked}"
