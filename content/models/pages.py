"""The pages of the library."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    HelpPanel,
    MultiFieldPanel,
    PageChooserPanel,
)
from wagtail.fields import StreamField
from wagtail.models import Page

from content.captions import Cue, NotCaptions, clock, parse_vtt, unread_lines
from content.enums import Kind, Mark, ResourceKind, Status, TextForm, Theme, TrainingGroup
from content.lesson_blocks import ChapterBody, LessonBody, TopicBody
from content.models.review import TwoPersonPermissions


class SiteRootPage(Page):
    """The trunk the rooms hang on. It has no face of its own: "/" belongs to the home pages."""

    max_count = 1
    parent_page_types = ["wagtailcore.Page"]
    template = "content/library_preview.html"

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")


class LibraryPage(Page):
    """The root of everything that is read, watched or heard (文库)."""

    intro = models.TextField(_("introduction"), blank=True)
    stock_target_hours = models.PositiveIntegerField(
        _("stock aimed at, in hours"),
        default=2000,
        help_text=_("How many hours of material the library is to hold; 0: no target."),
    )

    max_count = 1
    parent_page_types = ["content.SiteRootPage"]
    subpage_types = [
        "content.PolicyTextPage",
        "content.MicroLecturePage",
        "content.LessonPage",
        "content.PackagePage",
        "content.TopicPage",
        "content.AnnouncementPage",
    ]
    content_panels = [*Page.content_panels, FieldPanel("intro"), FieldPanel("stock_target_hours")]
    template = "content/library_preview.html"

    class Meta:
        verbose_name = _("library")
        verbose_name_plural = _("libraries")


class ContentPage(Page):
    """What all pages of the library have in common."""

    kind: Kind
    summary = models.CharField(
        _("short summary"),
        max_length=300,
        blank=True,
        help_text=_("One or two sentences; they stand under the title."),
    )
    theme = models.CharField(_("theme"), max_length=20, choices=Theme, blank=True)
    training_group = models.CharField(
        _("group of cadre training"), max_length=20, choices=TrainingGroup, blank=True
    )
    resource_kind = models.CharField(
        _("kind of distance education"), max_length=20, choices=ResourceKind, blank=True
    )
    review_by_on = models.DateField(
        _("review by"),
        null=True,
        blank=True,
        help_text=_("On this day the page is put on the editor’s desk."),
    )

    parent_page_types = ["content.LibraryPage", "content.TopicPage"]
    subpage_types: list[str] = []
    about_panels = [
        FieldPanel("summary"),
        MultiFieldPanel(
            [
                FieldPanel("theme"),
                FieldRowPanel([FieldPanel("training_group"), FieldPanel("resource_kind")]),
            ],
            heading=_("Under what it is found"),
        ),
        FieldPanel("review_by_on"),
    ]

    class Meta:
        abstract = True

    @property
    def is_public(self) -> bool:
        """Whether it may be read without signing in."""
        return False

    def permissions_for_user(self, user: Any) -> TwoPersonPermissions:
        return TwoPersonPermissions(user, self)


class _EditionPanel(FieldPanel):
    """The edition is shown, not chosen; a text that has none yet shows a dash."""

    def format_value_for_display(self, value: Any) -> Any:
        return "–" if value is None else super().format_value_for_display(value)


class PolicyTextPage(ContentPage):
    """A policy text with its title block. What it says is in its editions."""

    form = models.CharField(
        _("form of the text"), max_length=10, choices=TextForm, default=TextForm.POLICY
    )
    # Not unique: two texts may bear one number.
    number = models.CharField(_("document number"), max_length=60, blank=True, db_index=True)
    issuer = models.CharField(_("issued by"), max_length=120, blank=True)
    banner = models.CharField(_("banner"), max_length=120, blank=True)
    notice_title = models.CharField(_("title of the issuing notice"), max_length=300, blank=True)
    serial = models.CharField(_("copy number"), max_length=12, blank=True)
    passed_on = models.DateField(_("passed on"), null=True, blank=True)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    effective_on = models.DateField(_("effective on"), null=True, blank=True)
    repealed_on = models.DateField(_("repealed on"), null=True, blank=True)
    mark = models.CharField(
        _("publication mark"), max_length=10, choices=Mark, default=Mark.INTERNAL
    )
    status = models.CharField(
        _("status of the text"), max_length=12, choices=Status, default=Status.IN_FORCE
    )
    replaces = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="replaced_by",
        verbose_name=_("replaces"),
    )
    implements = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="implemented_by",
        verbose_name=_("puts into effect"),
        help_text=_("The upper text for which this one gives the rules in detail."),
    )
    # A field of the page, so that a draft of the page carries a draft of the wording,
    # and publishing the one publishes the other.
    edition = models.ForeignKey(
        "content.Edition",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("edition"),
    )

    template = "content/policy_text.html"
    book_template = "content/book.html"
    content_panels = [
        *Page.content_panels,
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("issuer"), FieldPanel("number")]),
                FieldPanel("banner"),
                FieldPanel("notice_title"),
                FieldRowPanel([FieldPanel("mark"), FieldPanel("status")]),
                FieldRowPanel([FieldPanel("passed_on"), FieldPanel("issued_on")]),
                FieldRowPanel([FieldPanel("effective_on"), FieldPanel("repealed_on")]),
                FieldRowPanel([PageChooserPanel("replaces"), PageChooserPanel("implements")]),
                FieldPanel("form"),
                _EditionPanel("edition", read_only=True),
            ],
            heading=_("Title block"),
        ),
        *ContentPage.about_panels,
    ]

    class Meta:
        verbose_name = _("policy text")
        verbose_name_plural = _("policy texts")

    @property
    def kind(self) -> Kind:  # type: ignore[override]
        """A handbook or a collection is read part by part; else both are one: cited, amended, searched alike."""
        return Kind.POLICY if self.form == TextForm.POLICY else Kind.BOOK

    def get_template(self, request: Any, *args: Any, **kwargs: Any) -> str:
        return self.template if self.kind == Kind.POLICY else self.book_template

    @property
    def is_public(self) -> bool:
        return self.mark == Mark.PUBLIC

    def status_on(self, day: date) -> Status:
        """Whether it holds on the day: as entered, until the day of its repeal comes or that of a published text
        which replaces it.
        """
        if self.repealed_on is not None and self.repealed_on <= day:
            return Status.REPEALED
        status = Status(self.status)
        if status.holds and _replacing(day).filter(replaces=self.pk).exists():
            return Status.SUPERSEDED
        return status


def _replacing(day: date) -> models.QuerySet[PolicyTextPage]:
    """The texts that hold by the day in place of those they replace."""
    begun = Q(effective_on=None) | Q(effective_on__lte=day)
    return PolicyTextPage.objects.live().filter(begun)


def no_longer_hold(day: date) -> Q:
    """The policy texts of which ``status_on`` says that they do not hold."""
    held = [status for status in Status if status.holds]
    replaced = Exists(_replacing(day).filter(replaces=OuterRef("pk")))
    return ~Q(status__in=held) | Q(repealed_on__isnull=False, repealed_on__lte=day) | Q(replaced)


class MicroLecturePage(ContentPage):
    """A talk on one theme, five to ten minutes long, with what is said in writing beside it."""

    kind = Kind.LECTURE
    speaker = models.CharField(_("speaker"), max_length=60)
    speaker_post = models.CharField(_("speaker’s post"), max_length=120, blank=True)
    recorded_on = models.DateField(_("recorded on"), null=True, blank=True)
    media = models.ForeignKey(
        "content.MediaFile",
        on_delete=models.PROTECT,
        related_name="lectures",
        verbose_name=_("lecture file"),
    )
    poster = models.ForeignKey(
        "wagtailimages.Image",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("still picture"),
        help_text=_("Shown before the video begins. Not needed for audio."),
    )
    captions = models.TextField(
        _("captions (WebVTT)"),
        blank=True,
        help_text=_(
            "They are shown under the picture and as the transcript beside it. Paste the contents "
            "of a .vtt file here."
        ),
    )
    chapters = StreamField(ChapterBody(required=False), blank=True, verbose_name=_("chapters"))

    template = "content/lecture.html"
    content_panels = [
        HelpPanel(
            template="content/admin/lecture_help.html", heading=_("What a micro-lecture needs")
        ),
        *Page.content_panels,
        FieldRowPanel([FieldPanel("speaker"), FieldPanel("speaker_post")]),
        FieldRowPanel([FieldPanel("media"), FieldPanel("recorded_on")]),
        FieldPanel("poster"),
        FieldPanel("captions"),
        HelpPanel(
            template="content/admin/captions_help.html", heading=_("What captions look like")
        ),
        FieldPanel("chapters"),
        *ContentPage.about_panels,
    ]

    class Meta:
        verbose_name = _("micro-lecture")
        verbose_name_plural = _("micro-lectures")

    def clean(self) -> None:
        super().clean()
        wrong = {"captions": self._wrong_captions(), "chapters": self._wrong_chapters()}
        if found := {name: why for name, why in wrong.items() if why}:
            raise ValidationError(found)

    def _wrong_captions(self) -> str:
        if not self.captions:
            return ""
        try:
            unread, cues = unread_lines(self.captions), parse_vtt(self.captions)
        except NotCaptions:
            return gettext("Captions begin with the line “WEBVTT”.")
        if unread:
            return gettext(
                "Line %(line)s is no caption: first the times, such as 00:04.500 --> 00:09.000, the "
                "earlier one first, and below them what is said."
            ) % {"line": unread[0]}
        if not cues:
            return gettext("Nothing is said in these captions.")
        if self.media_id and cues[-1].start >= self.media.length_seconds:
            return gettext(
                "The last caption begins after the end of the lecture, which lasts %(length)s. Do the "
                "captions belong to this file?"
            ) % {"length": clock(self.media.length_seconds)}
        return ""

    def _wrong_chapters(self) -> str:
        length = self.media.length_seconds if self.media_id else None
        for chapter in self.chapters:
            start = chapter.value["start"]
            if length is not None and start is not None and start >= length:
                return gettext(
                    "“%(title)s” begins after the end of the lecture, which lasts %(length)s."
                ) % {"title": chapter.value["title"], "length": clock(length)}
        return ""

    @cached_property
    def cues(self) -> list[Cue]:
        """What is said, and when; nothing when the captions cannot be read."""
        try:
            return parse_vtt(self.captions) if self.captions else []
        except NotCaptions:
            return []


class LessonPage(ContentPage):
    """A page of a course that teaches: prose, articles, figures, questions to think about."""

    kind = Kind.LESSON
    body = StreamField(LessonBody(), verbose_name=_("body"))

    template = "content/lesson.html"
    content_panels = [*Page.content_panels, FieldPanel("body"), *ContentPage.about_panels]

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")


class PackagePage(ContentPage):
    """An interactive package: something to do, made elsewhere, played in a frame of its own."""

    kind = Kind.PACKAGE
    package = models.ForeignKey(
        "content.Package",
        on_delete=models.PROTECT,
        related_name="pages",
        verbose_name=_("package file"),
        help_text=_(
            "For a new version upload a new file and choose it here: once the page is published, the "
            "courses that use it get a new edition, and whoever has begun keeps the old one."
        ),
    )
    minutes = models.PositiveSmallIntegerField(
        _("study minutes"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(300)],
        help_text=_("How long careful work with it takes. No more study time than this counts."),
    )
    must_report = models.BooleanField(
        _("completed only when the package says so"),
        default=True,
        help_text=_(
            "Besides the study time, the package must have reported that it is completed. Untick this "
            "for a package that reports nothing."
        ),
    )

    template = "content/package.html"
    content_panels = [
        HelpPanel(template="content/admin/package_help.html", heading=_("How a package is used")),
        *Page.content_panels,
        FieldPanel("package"),
        FieldRowPanel([FieldPanel("minutes"), FieldPanel("must_report")]),
        *ContentPage.about_panels,
    ]

    class Meta:
        verbose_name = _("interactive package")
        verbose_name_plural = _("interactive packages")


class TopicPage(ContentPage):
    """What belongs together on one subject (专题)."""

    kind = Kind.TOPIC
    public = models.BooleanField(
        _("may be read by everybody"),
        default=False,
        help_text=_(
            "Also by visitors who are not signed in. Of the pages gathered they are shown only those that "
            "may be read by everybody too."
        ),
    )
    body = StreamField(TopicBody(required=False), blank=True, verbose_name=_("body"))

    subpage_types = ["content.MicroLecturePage", "content.LessonPage", "content.PackagePage"]
    parent_page_types = ["content.LibraryPage"]
    template = "content/topic.html"
    content_panels = [
        *Page.content_panels,
        FieldPanel("public"),
        FieldPanel("body"),
        *ContentPage.about_panels,
    ]

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")

    @property
    def is_public(self) -> bool:
        return self.public
