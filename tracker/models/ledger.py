"""Rows of the ledger, and where training is held."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tracker.enums import (
    Bucket,
    ConfirmerKind,
    InstitutionKind,
    Level,
)

ZERO = Decimal(0)


class Institution(models.Model):
    """Where training is held."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name of the institution"), max_length=120)
    kind = models.CharField(_("what it is"), max_length=40, choices=InstitutionKind)
    # The node of the tree whose staff keep its attendance, where it has one.
    unit = models.ForeignKey(
        "people.OrgUnit", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("institution")
        verbose_name_plural = _("institutions")

    def __str__(self) -> str:
        return self.name


class _Present(models.Manager["Recognition"]):
    """Without what was superseded."""

    def get_queryset(self) -> models.QuerySet["Recognition"]:
        return super().get_queryset().filter(superseded_at=None)


class Recognition(models.Model):
    """That a department recognised an institution, from a day to another.

    A row is not rewritten: what ends earlier than was told supersedes it, so that the figures of a
    day can be shown as they were known on another.
    """

    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, related_name="recognitions"
    )
    level = models.CharField(_("recognised at"), max_length=20, choices=Level)
    recognised_by = models.CharField(_("recognised by"), max_length=120, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until (exclusive)"), null=True, blank=True)
    # None: kept since before these moments were.
    recorded_at = models.DateTimeField(_("recorded at"), null=True, editable=False)
    superseded_at = models.DateTimeField(_("superseded at"), null=True, editable=False)

    objects = _Present()
    ever = models.Manager["Recognition"]()

    class Meta:
        verbose_name = _("recognition")
        verbose_name_plural = _("recognitions")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("starts_on")),
                name="tracker_recognition_ends_after_start",
            )
        ]

    def __str__(self) -> str:
        return f"{self.institution_id}: {self.level}"


def _amount(name: Any, digits: int = 8) -> Any:
    return models.DecimalField(name, max_digits=digits, decimal_places=2, default=ZERO)


class Entry(models.Model):
    """One row of the ledger. Rows are only added; a mistake is reversed and posted anew.

    A reversal takes back one row whole: its amounts are that row's, negated, so that a plain sum
    over the table is right. The subject is a person, or an organisation where ``person`` is null.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="ledger_entries",
    )
    # The place at the time, copied: units are moved and renamed, history is not.
    unit = models.ForeignKey(
        "people.OrgUnit", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    unit_path = models.CharField(max_length=255, blank=True)
    unit_name = models.CharField(_("unit at the time"), max_length=100, blank=True)
    bucket = models.CharField(_("form of study"), max_length=20, choices=Bucket)
    title = models.CharField(_("what was studied"), max_length=200)
    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, null=True, blank=True, related_name="entries"
    )
    course = models.CharField(
        _("course passed"),
        max_length=80,
        blank=True,
        help_text=_("Name of a course or class whose passing is itself required; else blank."),
    )
    occurred_from = models.DateField(_("from"))
    occurred_to = models.DateField(_("until (exclusive)"))
    recorded_at = models.DateTimeField(_("recorded at"))
    hours = _amount(_("credit hours"))
    credits = _amount(_("credits"))
    training_days = _amount(_("training days"))
    events = models.IntegerField(_("events"), default=1)
    # What earned it, "courses.completion:17"; what is reported twice is credited once.
    source = models.CharField(_("source of the row"), max_length=120, unique=True)
    evidence = models.JSONField(_("evidence"), default=dict, blank=True)
    confirmer = models.CharField(_("confirmed by"), max_length=20, choices=ConfirmerKind)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    valuation = models.CharField(_("valued by rule"), max_length=80, blank=True)
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )
    because = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        indexes = [
            models.Index(
                fields=["person", "-occurred_from", "-id"], name="tracker_entry_of_person"
            ),
            models.Index(fields=["unit", "occurred_from"], name="tracker_entry_of_unit"),
            # In the unique index all but a few rows are alike, blank, so that SQLite would rather
            # read the whole ledger than look a reversal up in it.
            models.Index(
                fields=["reverses"],
                condition=Q(reverses__isnull=False),
                name="tracker_entry_reversals",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(occurred_to__gt=F("occurred_from")),
                name="tracker_entry_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=False) | Q(unit__isnull=False),
                name="tracker_entry_has_a_subject",
            ),
            # An entry earns something and takes nothing away.
            models.CheckConstraint(
                condition=Q(reverses__isnull=False)
                | (
                    Q(hours__gte=0, credits__gte=0, training_days__gte=0, events__gte=0)
                    & (Q(hours__gt=0) | Q(credits__gt=0) | Q(training_days__gt=0) | Q(events__gt=0))
                ),
                name="tracker_entry_is_not_empty",
            ),
            # A reversal earns nothing and says why.
            models.CheckConstraint(
                condition=Q(reverses__isnull=True)
                | (
                    Q(hours__lte=0, credits__lte=0, training_days__lte=0, events__lte=0)
                    & ~Q(because="")
                ),
                name="tracker_reversal_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.title}"
