"""Courses as editors write them; they may change every day."""

import re
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.forms import Select, Textarea
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.choices import CallableChoiceIterator
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from wagtail.admin.forms import WagtailAdminModelForm
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

import tracker.queries
from content.enums import ResourceKind, Theme, TrainingGroup
from content.lesson_blocks import question_refusal


def _share_field() -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        _("least share to be studied, per cent"),
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_(
            "How much of the lecture or text must be proven, or how many questions of a self-check "
            "answered right. No meaning for exams and classes."
        ),
    )


def valuations_on_offer() -> list[tuple[str, Any]]:
    """The rules by which a course may be valued, as the editor chooses among them."""
    rules = [(rule.code, rule.in_words) for rule in tracker.queries.length_rules()]
    return [("", _("its own normative hours, as given above")), *rules]


# /courses/mine/ and its neighbours are not courses.
RESERVED_SLUGS = {"assigned", "mine", "remarks"}


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


class CourseItemForm(WagtailAdminModelForm):
    """An item being written. A draft may be half done and saves itself all the same; what is
    submitted or published is whole."""

    instance: "CourseItem"

    def _post_clean(self) -> None:
        super()._post_clean()
        if not self.is_deferred_validation:
            try:
                self.instance.check_whole()
            except ValidationError as error:
                self.add_error(None, error)


class ItemsPanel(InlinePanel):
    """The items of a course, each with its own form."""

    def get_form_options(self) -> dict[str, Any]:
        options: dict[str, Any] = super().get_form_options()
        options["formsets"][self.relation_name]["form"] = CourseItemForm
        return options


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
    valuation = models.CharField(
        _("hours valued by"),
        max_length=80,
        blank=True,
        help_text=_(
            "By a rule, hours follow from the length of the required items when the course is "
            "published; the number beside is not used then."
        ),
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
                FieldPanel(
                    "valuation", widget=Select(choices=CallableChoiceIterator(valuations_on_offer))
                ),
                FieldPanel("grants_certificate"),
            ],
            heading=_("What it gives"),
        ),
        ItemsPanel(
            "items",
            heading=_("Items, in order"),
            label=_("course item"),
            min_num=1,
            help_text=_(
                "Each item is one of four: a page of the library, an exam, a training class, or a "
                "self-check. Publishing freezes an edition; whoever has begun keeps the edition "
                "begun with. A class credits its own hours; the hours above are for the rest."
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
        """Keep clear of the addresses beside the courses; name a rule that is approved."""
        super().clean()
        if self.valuation and tracker.queries.length_rule(self.valuation) is None:
            raise ValidationError({"valuation": _("No approved rule pack has this rule.")})
        if self.slug in RESERVED_SLUGS:
            raise ValidationError({"slug": _("This address is taken by a page of the site.")})

    def serve(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseRedirect:
        """Send the reader to the course's own address, which knows the reader's progress."""
        return HttpResponseRedirect(reverse("courses:course", args=[self.slug]))

    def permissions_for_user(self, user: Any) -> TwoPersonPermissions:
        """As for the pages of the library: a second person publishes."""
        return TwoPersonPermissions(user, self)


# More than this is an exam, not a look in the mirror.
MOST_QUESTIONS = 30


class CourseItem(Orderable):
    """An item of a course being edited: a page of the library, an exam, a class or a self-check."""

    course = ParentalKey(CoursePage, on_delete=models.CASCADE, related_name="items")
    title = models.CharField(
        _("title"),
        max_length=120,
        blank=True,
        help_text=_("Empty: that of the page, exam or class."),
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
    training_class = models.ForeignKey(
        "classes.TrainingClass",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        limit_choices_to={"cancelled_at": None, "called_at__isnull": False},
        related_name="+",
        verbose_name=_("training class"),
    )
    questions = models.TextField(
        _("questions of a self-check"),
        max_length=2000,
        blank=True,
        help_text=_(
            "Codes as the question bank lists them, such as CS-001, separated by spaces or commas. "
            "Each answer is judged at once, with the key and the explanation; no marks are kept."
        ),
    )
    required = models.BooleanField(_("required"), default=True)
    min_share = _share_field()

    panels = [
        PageChooserPanel("page"),
        FieldPanel("exam"),
        FieldPanel("training_class"),
        FieldPanel("questions", widget=Textarea(attrs={"rows": 2, "data-question-code": ""})),
        FieldPanel("title"),
        FieldRowPanel([FieldPanel("required"), FieldPanel("min_share")]),
    ]

    class Meta(Orderable.Meta):
        verbose_name = _("course item")
        verbose_name_plural = _("course items")

    @property
    def is_empty(self) -> bool:
        """Nothing is chosen yet: there is nothing to study."""
        return not (self.page_id or self.exam_id or self.training_class_id or self.codes)

    @property
    def codes(self) -> list[str]:
        """The codes of its questions, in order, each once."""
        return list(dict.fromkeys(re.findall(r"[^\s,，、;；]+", self.questions)))

    def check_whole(self) -> None:
        """Exactly one of the four, and questions that can be asked. Raises ValidationError."""
        codes = self.codes
        chosen = [self.page_id, self.exam_id, self.training_class_id, codes]
        if sum(bool(each) for each in chosen) != 1:
            raise ValidationError(
                _("Choose one: a page of the library, an exam, a class, or questions.")
            )
        if len(codes) > MOST_QUESTIONS:
            message = _("A self-check has at most %(most)s questions; these are %(count)s.")
            counts = {"most": MOST_QUESTIONS, "count": len(codes)}
            raise ValidationError({"questions": message % counts})
        refused = {code: question_refusal(code) for code in codes}
        if any(refused.values()):
            lines = [f"{code}: {why}" for code, why in refused.items() if why]
            raise ValidationError({"questions": lines})
