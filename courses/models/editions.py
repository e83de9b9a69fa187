"""Editions frozen from a course, and who takes one; everything a person earns hangs on editions."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from content.enums import Theme
from courses.enums import ItemKind, Way
from courses.models.catalogue import CoursePage


class CourseEdition(models.Model):
    """A course as it was published: never changed, never deleted (the database refuses)."""

    course = models.ForeignKey(CoursePage, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField(_("edition"))
    title = models.CharField(_("title"), max_length=255)
    summary = models.TextField(_("summary"))
    theme = models.CharField(_("theme"), max_length=20, choices=Theme)
    speaker = models.CharField(_("given by"), max_length=100, blank=True)
    hours = models.DecimalField(_("credit hours"), max_digits=5, decimal_places=1)
    credits = models.DecimalField(_("credits"), max_digits=5, decimal_places=1)
    # The code of the rule that gave the hours; empty: the course's own normative hours.
    valuation = models.CharField(_("hours valued by"), max_length=80, blank=True, default="")
    grants_certificate = models.BooleanField(_("grants a certificate"))
    frozen_at = models.DateTimeField(_("frozen at"))
    # Of all that is frozen: publishing a course unchanged makes no new edition.
    fingerprint = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("course edition")
        verbose_name_plural = _("course editions")
        constraints = [
            models.UniqueConstraint(fields=["course", "number"], name="courses_edition_number")
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"


class EditionItem(models.Model):
    """An item of an edition, with the length it had: verified time is measured against this."""

    edition = models.ForeignKey(CourseEdition, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveSmallIntegerField(_("position"))
    kind = models.CharField(_("kind of item"), max_length=20, choices=ItemKind)
    title = models.CharField(_("title"), max_length=255)
    page = models.ForeignKey(
        "wagtailcore.Page", on_delete=models.PROTECT, null=True, related_name="+"
    )
    # Evidence of which wording was studied; kept as a number, revisions may be pruned.
    page_revision = models.PositiveBigIntegerField(null=True)
    exam = models.ForeignKey("exams.Exam", on_delete=models.PROTECT, null=True, related_name="+")
    # The very package: a newer version on the same page is a matter of the next edition.
    package = models.ForeignKey(
        "content.Package", on_delete=models.PROTECT, null=True, related_name="+"
    )
    training_class = models.ForeignKey(
        "classes.TrainingClass", on_delete=models.PROTECT, null=True, related_name="+"
    )
    # Codes of the bank: a self-check asks the wording of the day, so that a mended one is asked.
    questions = models.JSONField(_("questions of a self-check"), default=list)
    part_count = models.PositiveSmallIntegerField(_("parts of the package"), default=0)
    must_report = models.BooleanField(_("completed only when the package says so"), default=False)
    required = models.BooleanField(_("required"))
    min_share = models.PositiveSmallIntegerField(_("least share, per cent"))
    length_seconds = models.PositiveIntegerField(_("length in seconds"))

    class Meta:
        verbose_name = _("item of an edition")
        verbose_name_plural = _("items of an edition")
        ordering = ["edition_id", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "position"], name="courses_edition_item_position"
            ),
            models.CheckConstraint(
                condition=Q(kind="exam", exam__isnull=False, page=None, training_class=None)
                | Q(kind="class", training_class__isnull=False, page=None, exam=None)
                | Q(kind="check", page=None, exam=None, training_class=None)
                | Q(
                    ~Q(kind__in=["exam", "class", "check"]),
                    page__isnull=False,
                    exam=None,
                    training_class=None,
                ),
                name="courses_edition_item_is_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(kind="package", package__isnull=False, part_count__gt=0)
                | Q(~Q(kind="package"), package=None, part_count=0, must_report=False),
                name="courses_edition_item_names_its_package",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Enrolment(models.Model):
    """A person taking a course, in the edition current at the beginning."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="enrolments"
    )
    course = models.ForeignKey(CoursePage, on_delete=models.PROTECT, related_name="enrolments")
    edition = models.ForeignKey(CourseEdition, on_delete=models.PROTECT, related_name="enrolments")
    # Where the person belonged on that day; people move, history does not move with them.
    unit = models.ForeignKey(
        "people.OrgUnit", on_delete=models.PROTECT, null=True, related_name="+"
    )
    way = models.CharField(_("way of enrolment"), max_length=20, choices=Way, default=Way.SELF)
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    assignment = models.ForeignKey(
        "courses.Assignment", on_delete=models.PROTECT, null=True, related_name="enrolments"
    )
    deadline_on = models.DateField(_("to be completed by"), null=True, blank=True)
    enrolled_at = models.DateTimeField(_("enrolled at"))
    studied_at = models.DateTimeField(_("last studied at"), null=True)
    completed_at = models.DateTimeField(_("completed at"), null=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)
    # Set once the ledger has the hours: what is completed but not posted is found by the sweep.
    posted_at = models.DateTimeField(_("posted at"), null=True)
    # How often a completion was taken back; what a later one earns has a source of its own.
    times_undone = models.PositiveSmallIntegerField(_("times taken back"), default=0)

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        constraints = [
            # Enrolling twice, by two clicks or two ways, is one enrolment; hours come once.
            models.UniqueConstraint(
                fields=["person", "course"],
                condition=Q(withdrawn_at=None),
                name="courses_enrolment_once",
            ),
            models.CheckConstraint(
                condition=Q(completed_at=None) | Q(withdrawn_at=None),
                name="courses_enrolment_completed_is_kept",
            ),
        ]
        indexes = [
            models.Index(
                fields=["completed_at"],
                condition=Q(completed_at__isnull=False, posted_at=None),
                name="courses_enrolment_to_post",
            ),
            models.Index(
                fields=["deadline_on"],
                condition=Q(completed_at=None, withdrawn_at=None, deadline_on__isnull=False),
                name="courses_enrolment_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.edition_id}"
