"""Notices to persons, and how a unit wants them sent."""

from datetime import time

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from notices.enums import NoticeKind

QUIET_FROM, QUIET_UNTIL, WEEKLY_CAP = time(19, 0), time(8, 0), 2


class Notice(models.Model):
    """One message to one person, in the words it was sent in. ``source`` sends it once."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices"
    )
    source = models.CharField(max_length=120)
    kind = models.CharField(_("kind of notice"), max_length=20, choices=NoticeKind)
    text = models.CharField(_("text of the notice"), max_length=400)
    url = models.CharField(_("leads to"), max_length=200, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    sent_at = models.DateTimeField(pgettext_lazy("notice", "sent at"))
    read_at = models.DateTimeField(_("read at"), null=True)
    # Null: not by mail. The sweep sends what is due.
    mail_due_at = models.DateTimeField(_("mail due at"), null=True)
    mailed_at = models.DateTimeField(_("mailed at"), null=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(fields=["person", "source"], name="notices_sent_once")
        ]
        indexes = [
            models.Index(fields=["person", "-sent_at"], name="notices_of_person"),
            models.Index(fields=["person"], condition=Q(read_at=None), name="notices_unread"),
            models.Index(
                fields=["mail_due_at"],
                condition=Q(mail_due_at__isnull=False, mailed_at=None),
                name="notices_to_mail",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class UnitManners(models.Model):
    """How a unit and everything below it wants to be reminded, until a unit below says otherwise."""

    unit = models.OneToOneField(
        "people.OrgUnit", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    by_mail = models.BooleanField(_("also by e-mail"), default=False)
    quiet_from = models.TimeField(_("quiet from"), default=QUIET_FROM)
    quiet_until = models.TimeField(_("quiet until"), default=QUIET_UNTIL)
    weekly_cap = models.PositiveSmallIntegerField(_("reminders a week at most"), default=WEEKLY_CAP)

    class Meta:
        verbose_name = _("manners of a unit")
        verbose_name_plural = _("manners of units")

    def __str__(self) -> str:
        return f"{self.unit_id}"
