"""Statements: how everybody stood as of two dates, drawn up, approved by a second person, sealed."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dashboards.enums import StatementKind, StatementState
from people.enums import Rank


class Statement(models.Model):
    """Who stood how on ``activity_on``, by what the ledger knew at ``known_at``.

    Its rows are only added. Sealed, its document names their Merkle root and is signed; what was
    wrong is withdrawn with a reason and drawn up anew, never changed.
    """

    unit = models.ForeignKey("people.OrgUnit", on_delete=models.PROTECT, related_name="+")
    unit_name = models.CharField(_("unit at the time"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=StatementKind)
    activity_on = models.DateField(_("activity up to"))
    known_at = models.DateTimeField(_("postings up to"))
    state = models.CharField(
        _("state"), max_length=20, choices=StatementState, default=StatementState.DRAWING
    )
    # Set where the schedule drew it up, so that it does so once.
    schedule_key = models.CharField(max_length=120, unique=True, null=True, blank=True)
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(_("asked at"))
    drawn_at = models.DateTimeField(_("drawn up at"), null=True, blank=True)
    # How far the drawing has come; a killed one goes on behind this person.
    last_person_id = models.BigIntegerField(default=0)
    persons = models.PositiveIntegerField(_("persons"), default=0)
    rows_count = models.PositiveIntegerField(_("rows"), default=0)
    root_hash = models.CharField(_("content digest"), max_length=64, blank=True)
    sealed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    sealed_at = models.DateTimeField(_("sealed at"), null=True, blank=True)
    document = models.TextField(_("signed document"), blank=True)
    signature = models.CharField(_("signature"), max_length=128, blank=True)
    withdrawn_because = models.CharField(_("withdrawn because"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        indexes = [models.Index(fields=["unit", "-activity_on"], name="dashboards_stmt_of_unit")]
        constraints = [
            # Four eyes: whoever drew it up does not approve it.
            models.CheckConstraint(
                condition=Q(sealed_by=None) | ~Q(sealed_by=F("drawn_by")),
                name="dashboards_statement_second_person",
            ),
            models.CheckConstraint(
                condition=~Q(state="sealed") | (Q(sealed_at__isnull=False) & ~Q(signature="")),
                name="dashboards_statement_sealed_is_signed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_name} {self.kind} {self.activity_on}"


class StatementRow(models.Model):
    """One person and requirement of a statement, in words and figures of that day. Append-only."""

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="rows")
    position = models.PositiveIntegerField(_("position"))
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    staff_number = models.CharField(_("staff number"), max_length=40)
    name = models.CharField(_("name"), max_length=60)
    unit_path = models.CharField(max_length=255)
    unit_code = models.CharField(_("code"), max_length=40)
    unit_name = models.CharField(_("unit"), max_length=100)
    rank = models.SmallIntegerField(_("rank"), choices=Rank)
    # Blank where nothing applied: the roster names everybody.
    requirement = models.CharField(_("requirement"), max_length=80, blank=True)
    title = models.CharField(_("title"), max_length=200, blank=True)
    pack = models.CharField(_("rule pack"), max_length=80, blank=True)
    state = models.CharField(_("standing"), max_length=20)
    due_on = models.DateField(_("due on"), null=True)
    figures = models.JSONField(_("figures"), default=list)

    class Meta:
        verbose_name = _("row of a statement")
        verbose_name_plural = _("rows of statements")
        constraints = [
            models.UniqueConstraint(
                fields=["statement", "person", "requirement"], name="dashboards_row_once"
            ),
            models.UniqueConstraint(
                fields=["statement", "position"], name="dashboards_row_position_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.statement_id}/{self.position}"

    def record(self) -> dict[str, Any]:
        """The row as it is hashed: plain values in one fixed writing."""
        return {
            "position": self.position,
            "person": self.person_id,
            "staff_number": self.staff_number,
            "name": self.name,
            "unit_path": self.unit_path,
            "unit_code": self.unit_code,
            "unit_name": self.unit_name,
            "rank": int(self.rank),
            "requirement": self.requirement,
            "title": self.title,
            "pack": self.pack,
            "state": self.state,
            "due_on": self.due_on.isoformat() if self.due_on else None,
            "figures": self.figures,
        }


class StatementSchedule(models.Model):
    """Which statements are drawn up by themselves for a unit."""

    unit = models.OneToOneField("people.OrgUnit", on_delete=models.PROTECT, related_name="+")
    half_year = models.BooleanField(_("half-yearly"), default=False)
    year_end = models.BooleanField(_("at the end of the year"), default=False)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        verbose_name = _("schedule of statements")
        verbose_name_plural = _("schedules of statements")

    def __str__(self) -> str:
        return f"{self.unit_id}"
