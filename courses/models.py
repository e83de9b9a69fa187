"""Courses as editors write them, editions as learners take them, and what was proven of each.

A ``CoursePage`` may change every day. When it is published, a ``CourseEdition`` is frozen from
it; who enrols takes an edition and keeps it. Everything a person earns hangs on editions.
"""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    HelpPanel,
    InlinePanel,
    MultiFieldPanel,
    PageChooserPanel,
)
from wagtail.models import Orderable, Page, PagePermissionTester, Revision
from wagtail.search import index

from content.enums import Theme
from courses.enums import ItemKind, ReleaseReason, Way


def _share_field() -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        _("least share to be studied, per cent"),
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("How much of the lecture or text must be proven. No meaning for exams."),
    )


# /courses/mine/ is not a course.
RESERVED_SLUGS = {"mine"}


class TwoPersonPermissions(PagePermissionTester):
    """Wagtail's page permissions, with one more: nobody publishes what he wrote last."""

    def can_publish(self) -> bool:
        return (
            super().can_publish()
            and not Revision.objects.filter(
                pk=self.page.latest_revision_id, user=self.user
            ).exists()
        )


# --- what editors write -------------------------------------------------------------------------


class CatalogPage(Page):
    """The shelf on which all courses stand."""

    parent_page_types = ["content.SiteRootPage"]
    subpage_types = ["courses.CoursePage"]
    max_count = 1

    class Meta:
        verbose_name = _("course catalogue")
        verbose_name_plural = _("course catalogues")

    def serve(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseRedirect:
        """Send the reader to the catalogue's own address."""
        return HttpResponseRedirect(reverse("courses:catalogue"))


class CoursePage(Page):
    """A course as its editors have it. Learners take the edition frozen at publishing."""

    summary = models.TextField(
        _("summary"),
        max_length=300,
        help_text=_("One or two sentences: what one can do after it."),
    )
    theme = models.CharField(_("theme"), max_length=20, choices=Theme)
    speaker = models.CharField(_("given by"), max_length=100, blank=True)
    hours = models.DecimalField(
        _("credit hours"),
        max_digits=5,
        decimal_places=1,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("Granted once, when the whole course is proven."),
    )
    credits = models.DecimalField(
        _("credits"),
        max_digits=5,
        decimal_places=1,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0))],
    )
    grants_certificate = models.BooleanField(_("grants a certificate"), default=True)
    prerequisites = ParentalManyToManyField(
        "courses.CoursePage",
        blank=True,
        related_name="required_by",
        verbose_name=_("courses to complete first"),
    )

    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldRowPanel([FieldPanel("theme"), FieldPanel("speaker")]),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("hours"), FieldPanel("credits")]),
                FieldPanel("grants_certificate"),
            ],
            heading=_("What it gives"),
        ),
        InlinePanel(
            "items",
            heading=_("Items, in order"),
            label=_("course item"),
            min_num=1,
            help_text=_(
                "Each item is a page of the library or a published exam. Publishing freezes an "
                "edition; whoever has begun keeps the edition begun with."
            ),
        ),
        FieldPanel("prerequisites"),
        HelpPanel(
            content=_("A second person approves the course before learners see it."),
            heading=_("Two people"),
        ),
    ]
    search_fields = [*Page.search_fields, index.SearchField("summary"), index.FilterField("theme")]
    parent_page_types = ["courses.CatalogPage"]
    subpage_types: list[str] = []
    template = "courses/course_preview.html"

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")

    def clean(self) -> None:
        """Keep clear of the addresses beside the courses."""
        super().clean()
        if self.slug in RESERVED_SLUGS:
            raise ValidationError({"slug": _("This address is taken by a page of the site.")})

    def serve(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseRedirect:
        """Send the reader to the course's own address, which knows the reader's progress."""
        return HttpResponseRedirect(reverse("courses:course", args=[self.slug]))

    def permissions_for_user(self, user: Any) -> TwoPersonPermissions:
        """As for the pages of the library: a second person publishes."""
        return TwoPersonPermissions(user, self)


class CourseItem(Orderable):
    """An item of a course being edited: a page of the library, or an exam."""

    course = ParentalKey(CoursePage, on_delete=models.CASCADE, related_name="items")
    title = models.CharField(
        _("title"), max_length=120, blank=True, help_text=_("Empty: the page's or exam's own.")
    )
    page = models.ForeignKey(
        "wagtailcore.Page",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("page of the library"),
    )
    exam = models.ForeignKey(
        "exams.Exam",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        limit_choices_to={"cancelled_at": None},
        related_name="+",
        verbose_name=_("exam"),
    )
    required = models.BooleanField(_("required"), default=True)
    min_share = _share_field()

    panels = [
        PageChooserPanel("page"),
        FieldPanel("exam"),
        FieldPanel("title"),
        FieldRowPanel([FieldPanel("required"), FieldPanel("min_share")]),
    ]

    class Meta(Orderable.Meta):
        verbose_name = _("course item")
        verbose_name_plural = _("course items")

    def clean(self) -> None:
        """Exactly one of page and exam."""
        super().clean()
        if (self.page_id is None) == (self.exam_id is None):
            raise ValidationError(_("Choose either a page of the library or an exam."))


# --- what learners take --------------------------------------------------------------------------


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
                condition=Q(kind="exam", exam__isnull=False, page=None)
                | Q(~Q(kind="exam"), exam=None, page__isnull=False),
                name="courses_edition_item_is_page_or_exam",
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
    deadline_on = models.DateField(_("to be completed by"), null=True, blank=True)
    enrolled_at = models.DateTimeField(_("enrolled at"))
    studied_at = models.DateTimeField(_("last studied at"), null=True)
    completed_at = models.DateTimeField(_("completed at"), null=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)
    # Set once the ledger has the hours: what is completed but not posted is found by the sweep.
    posted_at = models.DateTimeField(_("posted at"), null=True)

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
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.edition_id}"


class ItemProgress(models.Model):
    """What is proven of one item of one enrolment. Times in milliseconds."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="progress")
    item = models.ForeignKey(EditionItem, on_delete=models.PROTECT, related_name="progress")
    # Covered spans as study_time.encode writes them, and their total.
    coverage = models.TextField(blank=True, default="")
    covered_ms = models.PositiveBigIntegerField(default=0)
    verified_ms = models.PositiveBigIntegerField(_("verified"), default=0)
    plausible_ms = models.PositiveBigIntegerField(_("plausible"), default=0)
    position_ms = models.PositiveBigIntegerField(_("stopped at"), default=0)
    completed_at = models.DateTimeField(_("completed at"), null=True)

    class Meta:
        verbose_name = _("progress at an item")
        verbose_name_plural = _("progress at items")
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "item"], name="courses_progress_once_per_item"
            ),
            # First coverage only: more time than was covered cannot have been earned.
            models.CheckConstraint(
                condition=Q(covered_ms__gte=models.F("verified_ms") + models.F("plausible_ms")),
                name="courses_progress_earned_within_coverage",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id}/{self.item_id}"


class StudyLease(models.Model):
    """The right to earn study time, at one item in one window; a person has one at a time.

    When studying goes on elsewhere the lease is released and stays as the evidence of that
    sitting: ``lines`` is a JSON list of its stretches ``[from, to, credited, grade, reason]``,
    neighbours of one kind joined. Wall-clock times in milliseconds since the epoch, by the
    server's clock; they are numbers because a tick is one read and one write of this row.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="study_leases"
    )
    progress = models.ForeignKey(ItemProgress, on_delete=models.PROTECT, related_name="leases")
    device = models.CharField(_("device"), max_length=80, blank=True)
    taken_at = models.DateTimeField(_("taken at"))
    # The person's wall-clock time up to here is spent (study_time.Account.clock_ms).
    clock_ms = models.PositiveBigIntegerField()
    heard_ms = models.PositiveBigIntegerField()
    last_seq = models.PositiveBigIntegerField(default=0)
    released_at = models.DateTimeField(_("released at"), null=True)
    released_because = models.CharField(
        _("ended because"), max_length=20, choices=ReleaseReason, blank=True
    )
    verified_ms = models.PositiveBigIntegerField(_("verified"), default=0)
    plausible_ms = models.PositiveBigIntegerField(_("plausible"), default=0)
    claimed_ms = models.PositiveBigIntegerField(_("claimed"), default=0)
    lines = models.TextField(default="[]")

    class Meta:
        verbose_name = _("study lease")
        verbose_name_plural = _("study leases")
        constraints = [
            # Two tabs, two devices: one earns.
            models.UniqueConstraint(
                fields=["person"], condition=Q(released_at=None), name="courses_one_lease_a_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.progress_id}"
