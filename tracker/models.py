"""The ledger of study hours, the rules in force, and the cached standings drawn from both.

Ranges are half-open local calendar days ``[from, to)``.
"""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tracker.enums import (
    Bucket,
    CareerEventKind,
    ConfirmerKind,
    InstitutionKind,
    Level,
    PackStatus,
    RemarkState,
    StandingState,
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


class Recognition(models.Model):
    """That a department recognised an institution, from a day to another."""

    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, related_name="recognitions"
    )
    level = models.CharField(_("recognised at"), max_length=20, choices=Level)
    recognised_by = models.CharField(_("recognised by"), max_length=120, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until (exclusive)"), null=True, blank=True)

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


class Standing(models.Model):
    """A cached assessment: what the overview counts. Always rebuildable from rows."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="standings"
    )
    # The person's home when it was computed, so that a subtree is one join away.
    unit = models.ForeignKey(
        "people.OrgUnit", on_delete=models.CASCADE, null=True, related_name="+"
    )
    requirement = models.CharField(_("requirement"), max_length=80)
    pack = models.CharField(_("rule pack"), max_length=80)
    state = models.CharField(_("standing"), max_length=20, choices=StandingState)
    window_from = models.DateField(_("from"))
    window_until = models.DateField(_("until (exclusive)"), null=True)
    due_on = models.DateField(_("due on"), null=True)
    # Nearest way done, 0 to 1, and the parts of it, as the overview shows them.
    share = models.DecimalField(_("part done"), max_digits=5, decimal_places=4, default=ZERO)
    figures = models.JSONField(_("figures"), default=list)
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
            models.Index(fields=["requirement", "state", "unit"], name="tracker_standing_by_state"),
            models.Index(fields=["unit", "requirement", "state"], name="tracker_standing_by_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.requirement}: {self.state}"


class StandingMark(models.Model):
    """Up to which row and day a person's standings were computed: what the sweep compares."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    computed_for = models.DateField(db_index=True)
    computed_at = models.DateTimeField()
    last_entry_id = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("standing mark")
        verbose_name_plural = _("standing marks")

    def __str__(self) -> str:
        return f"{self.pk}: {self.computed_for}"


class Remark(models.Model):
    """A member contests a line of his ledger; the department's answer is kept beside it."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="remarks")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="ledger_remarks"
    )
    text = models.TextField(_("remark on a line"), max_length=1000)
    written_at = models.DateTimeField(_("written at"))
    state = models.CharField(
        _("state of the remark"), max_length=20, choices=RemarkState, default=RemarkState.OPEN
    )
    answer = models.TextField(_("answer to the remark"), max_length=1000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("remark on a line")
        verbose_name_plural = _("remarks on lines")
        ordering = ["written_at", "id"]
        constraints = [
            # One open question a line; a second one waits for the answer.
            models.UniqueConstraint(
                fields=["entry", "author"],
                condition=Q(state=RemarkState.OPEN),
                name="tracker_remark_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.text[:40]}"


class LedgerHead(models.Model):
    """A signed head of the Merkle tree over the ledger (RFC 6962), linked to the one before."""

    number = models.PositiveIntegerField(_("number"), unique=True)
    tree_size = models.BigIntegerField(_("rows sealed"))
    root_hash = models.CharField(_("root hash"), max_length=64)
    previous_hash = models.CharField(_("hash of the head before"), max_length=64, blank=True)
    # Roots of the complete subtrees, largest first: enough to append without reading old leaves.
    frontier = models.JSONField(_("frontier"), default=list)
    sealed_at = models.DateTimeField(_("sealed at"))
    key_id = models.CharField(_("signing key"), max_length=64)
    signature = models.CharField(_("signature"), max_length=128)

    class Meta:
        verbose_name = _("ledger head")
        verbose_name_plural = _("ledger heads")
        ordering = ["number"]

    def __str__(self) -> str:
        return f"#{self.number}: {self.tree_size}"


class LedgerLeaf(models.Model):
    """The place of an entry in the tree. Given once, at its first seal."""

    position = models.BigIntegerField(_("place in the tree of seals"), primary_key=True)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="leaf")
    leaf_hash = models.CharField(_("leaf hash"), max_length=64)

    class Meta:
        verbose_name = _("ledger leaf")
        verbose_name_plural = _("ledger leaves")

    def __str__(self) -> str:
        return f"{self.position}: {self.leaf_hash[:12]}"
