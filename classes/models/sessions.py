"""Sessions of a class, who was there, and the record of an interactive lecture."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from classes.enums import PresenceKind, PresenceWay, SessionKind
from classes.models.places import Place
from classes.models.plans import TrainingClass


class Session(models.Model):
    """A session of a class, by the server's clock."""

    training_class = models.ForeignKey(
        TrainingClass, on_delete=models.CASCADE, related_name="sessions"
    )
    kind = models.CharField(
        _("kind of session"), max_length=20, choices=SessionKind, default=SessionKind.LECTURE
    )
    title = models.CharField(pgettext_lazy("class", "title"), max_length=120)
    teacher = models.CharField(_("given by"), max_length=100, blank=True)
    room = models.CharField(_("room"), max_length=100, blank=True)
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    hours = models.DecimalField(_("hours of the session"), max_digits=4, decimal_places=1)

    class Meta:
        verbose_name = _("session of a class")
        verbose_name_plural = _("sessions of a class")
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at"), hours__gt=0),
                name="classes_session_ends_after_start",
            )
        ]

    def __str__(self) -> str:
        return self.title


class Presence(models.Model):
    """That somebody was at a session, on leave or absent. ``missed`` is in hours."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="presences")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="presences")
    kind = models.CharField(_("presence"), max_length=20, choices=PresenceKind)
    missed = models.DecimalField(_("hours missed"), max_digits=4, decimal_places=1, default=0)
    way = models.CharField(_("known by"), max_length=20, choices=PresenceWay)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    # Which browser signed in; one browser signs one person in. No more about it than that.
    device = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = _("presence at a session")
        verbose_name_plural = _("presences at sessions")
        constraints = [
            models.UniqueConstraint(fields=["session", "place"], name="classes_presence_once"),
            # A telephone that was handed round signs in one person.
            models.UniqueConstraint(
                fields=["session", "device"],
                condition=~Q(device=""),
                name="classes_one_person_a_browser",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session_id}: {self.place_id}"


class InteractiveRecord(models.Model):
    """What happened at an interactive lecture: it was opened, talked over, summed up (引·谈·评)."""

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="record")
    moderator = models.CharField(_("moderator"), max_length=60)
    opening = models.TextField(_("Opening: the question put"), max_length=3000)
    talk = models.TextField(_("Talk: who said what"), max_length=8000)
    comment = models.TextField(_("Comment: what it comes to"), max_length=3000)
    spoke = models.PositiveSmallIntegerField(_("how many spoke"))
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("record of an interactive lecture")
        verbose_name_plural = _("records of interactive lectures")

    def __str__(self) -> str:
        return f"{self.session_id}"
