"""Courses as editors write them; they may change every day."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
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

from content.enums import ResourceKind, Theme, TrainingGroup


def _share_field() -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        _("least share to be studied, per cent"),
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("How much of the lecture or text must be proven. No meaning for exams."),
    )


# /courses/mine/ and /courses/assigned/ are not courses.
RESERVED_SLUGS = {"assigned", "mine"}


class TwoPersonPermissions(PagePermissionTester):
    """Wagtail's page permissions, with one more: nobody publishes what he wrote last."""

    def can_publish(self) -> bool:
        return (
            super().can_publish()
            and not Revision.objects.filter(
                pk=self.page.latest_revision_id, user=self.user
            ).exists()
        )


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
    # Where the course stands on the shelf; no part of what an edition freezes.
    training_group = models.CharField(
        _("group of cadre training"), max_length=20, choices=TrainingGroup, blank=True
    )
    resource_kind = models.CharField(
        _("kind of distance education"), max_length=20, choices=ResourceKind, blank=True
    )
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
        FieldRowPanel([FieldPanel("training_group"), FieldPanel("resource_kind")]),
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
