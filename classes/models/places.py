"""A person's place in a class, the excuse asked for it, and the task to make it up."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from classes.enums import ExcuseState, MakeupState, PlaceState, Result
from classes.models.plans import TrainingClass

PERSON = settings.AUTH_USER_MODEL


class Place(models.Model):
    """A person called to a class, or chosen for it. ``unit`` is the one that answers for him."""

    training_class = models.ForeignKey(
        TrainingClass, on_delete=models.PROTECT, related_name="places"
    )
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="class_places")
    unit = models.ForeignKey("people.OrgUnit", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("state of the place"), max_length=20, choices=PlaceState)
    named_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    named_at = models.DateTimeField(_("named at"))
    answered_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(_("answered at"), null=True)
    stands_in_for = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="replaced_by"
    )
    # The institution's own verdict, before attendance is weighed.
    judged_failed = models.BooleanField(_("not passed, says the institution"), default=False)
    note = models.CharField(_("note"), max_length=200, blank=True)
    # Digits guessed wrong at the door since the last right ones.
    wrong_codes = models.PositiveSmallIntegerField(default=0)
    result = models.CharField(_("class result"), max_length=20, choices=Result, blank=True)

    class Meta:
        verbose_name = _("place in a class")
        verbose_name_plural = _("places in a class")
        indexes = [models.Index(fields=["person", "-named_at"], name="classes_place_of_person")]
        constraints = [
            models.UniqueConstraint(fields=["training_class", "person"], name="classes_place_once")
        ]

    def __str__(self) -> str:
        return f"{self.training_class_id}: {self.person_id}"


class Excuse(models.Model):
    """That a unit asked to excuse somebody from a call-up, and what the authority said."""

    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="excuses")
    reason = models.CharField(_("reason for the excuse"), max_length=500)
    asked_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    state = models.CharField(
        _("state of the excuse"), max_length=20, choices=ExcuseState, default=ExcuseState.OPEN
    )
    answer = models.CharField(_("reply"), max_length=300, blank=True)
    answered_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(_("answered at"), null=True)

    class Meta:
        verbose_name = _("excuse")
        verbose_name_plural = _("excuses")
        constraints = [
            models.UniqueConstraint(
                fields=["place"], condition=Q(state="open"), name="classes_one_open_excuse"
            )
        ]

    def __str__(self) -> str:
        return f"{self.place_id}: {self.state}"


class MakeupTask(models.Model):
    """Training that was missed and is to be made up by a day."""

    place = models.OneToOneField(Place, on_delete=models.PROTECT, related_name="makeup")
    due_on = models.DateField(_("due on"))
    state = models.CharField(
        _("state of the task"), max_length=20, choices=MakeupState, default=MakeupState.OPEN
    )
    settled_at = models.DateTimeField(_("settled at"), null=True)
    settled_in = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="+")
    settled_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    because = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("make-up task")
        verbose_name_plural = _("make-up tasks")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="waived") | ~Q(because=""), name="classes_waiver_says_why"
            )
        ]

    def __str__(self) -> str:
        return f"{self.place_id}: {self.state}"
