"""Cached assessments and the figures counted from them: always rebuildable from rows."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Case, Value, When
from django.utils.translation import gettext_lazy as _

from people.enums import Rank
from tracker.enums import (
    StandingState,
)
from tracker.models.ledger import ZERO
from tracker.rules.urgency import BY_URGENCY


def _urgency() -> models.GeneratedField:
    """The place of ``state`` from the most pressing (0) to the least, kept by the database."""
    return models.GeneratedField(
        expression=Case(
            *(When(state=state, then=Value(place)) for place, state in enumerate(BY_URGENCY)),
            default=Value(len(BY_URGENCY)),
        ),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )


class Standing(models.Model):
    """A cached assessment: one person against one requirement."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="standings"
    )
    # The person's home when it was computed, so that a subtree is one join away.
    unit = models.ForeignKey(
        "people.OrgUnit", on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    requirement = models.CharField(_("requirement"), max_length=80)
    pack = models.CharField(_("rule pack"), max_length=80)
    state = models.CharField(_("standing"), max_length=20, choices=StandingState)
    urgency = _urgency()
    window_from = models.DateField(_("from"))
    window_until = models.DateField(_("until (exclusive)"), null=True)
    due_on = models.DateField(_("due on"), null=True)
    # Nearest way done, 0 to 1, and the parts of it, as the overview shows them.
    share = models.DecimalField(_("part done"), max_digits=5, decimal_places=4, default=ZERO)
    figures = models.JSONField(_("figures"), default=list)
    # Since when it reads like this; up to which day it was looked at says the person's mark.
    computed_for = models.DateField(_("as of"))

    class Meta:
        verbose_name = _("standing")
        verbose_name_plural = _("standings")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "requirement"], name="tracker_standing_once_per_requirement"
            )
        ]
        indexes = [
            models.Index(fields=["unit", "requirement", "state"], name="tracker_standing_by_unit"),
            # Lists of a large part of the tree, in the order in which they are shown.
            models.Index(
                fields=["requirement", "urgency", "unit", "person"],
                name="tracker_standing_by_urgency",
            ),
            models.Index(
                fields=["state", "due_on", "share", "person", "requirement"],
                name="tracker_standing_by_due_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.requirement}: {self.state}"


class StandingMark(models.Model):
    """That a person was computed, up to which row and day, and as what he is counted.

    Whoever has a mark is counted once in the roll-up of ``unit``; nobody else is.
    """

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="standing_mark",
    )
    unit = models.ForeignKey(
        "people.OrgUnit", on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    # Of the primary post on that day; the lowest where there is none.
    rank = models.SmallIntegerField(_("rank"), choices=Rank, default=Rank.OTHER)
    # Over all requirements: that of the most pressing one.
    state = models.CharField(
        _("standing"),
        max_length=20,
        choices=StandingState,
        default=StandingState.NOT_APPLICABLE,
    )
    urgency = _urgency()
    # The nearest day of anything unmet, and of what is unmet but not overdue.
    due_on = models.DateField(_("due on"), null=True)
    next_on = models.DateField(_("next due on"), null=True)
    computed_for = models.DateField(db_index=True)
    computed_at = models.DateTimeField()
    last_entry_id = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("standing mark")
        verbose_name_plural = _("standing marks")
        indexes = [
            models.Index(fields=["unit", "urgency"], name="tracker_mark_by_unit"),
            models.Index(fields=["urgency", "unit", "person"], name="tracker_mark_by_urgency"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.computed_for}"


class Rollup(models.Model):
    """How many persons of one unit, without the units below, stand how.

    ``requirement`` is blank for where persons stand over all. A figure of a part of the tree is a
    sum over its units: no row is shared by the whole house, so nobody waits for another district,
    and moving a unit changes nothing here.
    """

    unit = models.ForeignKey("people.OrgUnit", on_delete=models.CASCADE, related_name="+")
    requirement = models.CharField(_("requirement"), max_length=80, blank=True)
    rank = models.SmallIntegerField(_("rank"), choices=Rank)
    met = models.IntegerField(default=0)
    on_course = models.IntegerField(default=0)
    short = models.IntegerField(default=0)
    overdue = models.IntegerField(default=0)
    exempt = models.IntegerField(default=0)
    not_applicable = models.IntegerField(default=0)

    class Meta:
        verbose_name = _("roll-up")
        verbose_name_plural = _("roll-ups")
        constraints = [
            models.UniqueConstraint(
                fields=["requirement", "unit", "rank"], name="tracker_rollup_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.requirement} {self.rank}"


# Stands for "nothing unmet has a day", after every real one.
NO_DAY = date.max


class DueCount(models.Model):
    """How many persons of one unit have their nearest day when: the dated brother of ``Rollup``.

    ``due_on`` is the nearest day of anything unmet, ``next_on`` of what is unmet but not overdue;
    ``NO_DAY`` where there is none, so that all six are one key. What has fallen to nobody is swept
    away by the nightly comparison.
    """

    unit = models.ForeignKey(
        "people.OrgUnit", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    requirement = models.CharField(_("requirement"), max_length=80, blank=True)
    rank = models.SmallIntegerField(_("rank"), choices=Rank)
    state = models.CharField(_("standing"), max_length=20, choices=StandingState)
    due_on = models.DateField(_("due on"))
    next_on = models.DateField(_("next due on"))
    persons = models.IntegerField(default=0)

    class Meta:
        verbose_name = _("count by due day")
        verbose_name_plural = _("counts by due day")
        constraints = [
            models.UniqueConstraint(
                fields=["requirement", "unit", "rank", "state", "due_on", "next_on"],
                name="tracker_due_count_once",
            )
        ]
        indexes = [models.Index(fields=["unit"], name="tracker_due_count_of_unit")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.requirement} {self.state} {self.due_on}"


class RosterCount(models.Model):
    """Heads of one unit, without the units below, against one requirement on one day.

    Taken once and never changed: the dated roster behind the rates, and the points of a trend.
    Persons (人), never person-times. Each of the last three is part of the one before it.
    """

    taken_on = models.DateField(_("as of"))
    unit = models.ForeignKey("people.OrgUnit", on_delete=models.CASCADE, related_name="+")
    # The place on that day, copied: units are moved, history is not.
    unit_path = models.CharField(max_length=255)
    requirement = models.CharField(_("requirement"), max_length=80)
    met = models.IntegerField(default=0)
    on_course = models.IntegerField(default=0)
    short = models.IntegerField(default=0)
    overdue = models.IntegerField(default=0)
    exempt = models.IntegerField(default=0)
    # Obliged persons who can sign in; of them those who have anything that counts; of them those
    # who met the requirement.
    registered = models.IntegerField(default=0)
    studying = models.IntegerField(default=0)
    finished = models.IntegerField(default=0)

    class Meta:
        verbose_name = _("roster count")
        verbose_name_plural = _("roster counts")
        constraints = [
            models.UniqueConstraint(
                fields=["requirement", "taken_on", "unit"], name="tracker_roster_count_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.taken_on} {self.unit_id} {self.requirement}"
