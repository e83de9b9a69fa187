"""What lists and search read: one row a published page and one an article; words of one meaning."""

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from content.enums import Kind, ResourceKind, Status, Theme, TrainingGroup
from content.words import fold

LIBRARY_URL_PATH = "/site/library/"


class IndexEntry(models.Model):
    """A derived row; ``operations.index_page`` writes it and can write all of them anew.

    ``anchor`` is empty for the page itself. ``words`` is the text as search sees it: folded in width and
    case, without spaces.
    """

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="+")
    anchor = models.CharField(max_length=60, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    theme = models.CharField(_("theme"), max_length=20, choices=Theme, blank=True)
    training_group = models.CharField(max_length=20, choices=TrainingGroup, blank=True)
    resource_kind = models.CharField(max_length=20, choices=ResourceKind, blank=True)
    title = models.CharField(_("title"), max_length=300)
    text = models.TextField(_("text"), blank=True)
    title_words = models.TextField()
    words = models.TextField()
    public = models.BooleanField(_("may be read without signing in"))
    # What the list shows beside the title: number of a text, speaker of a lecture.
    note = models.CharField(max_length=200, blank=True)
    issuer = models.CharField(_("issued by"), max_length=120, blank=True)
    status = models.CharField(_("status of the text"), max_length=12, choices=Status, blank=True)
    dated_on = models.DateField(null=True)
    length_seconds = models.PositiveIntegerField(default=0)
    published_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("index entry")
        verbose_name_plural = _("index entries")
        constraints = [
            models.UniqueConstraint(fields=["page", "anchor"], name="content_index_place")
        ]
        indexes = [
            models.Index(fields=["anchor", "kind", "theme"], name="content_index_list"),
            models.Index(fields=["anchor", "-published_at"], name="content_index_latest"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def url(self) -> str:
        """Where the place is read; needs ``page``. A book shows one of its parts at a time."""
        return place_url(library_address(self.page), self.anchor, self.kind)


def library_address(page: Page) -> str:
    """Where a page of the library is read. Wagtail's own ``url`` asks the cache once for each page."""
    return reverse("content:page", args=[page.url_path.removeprefix(LIBRARY_URL_PATH)])


def place_url(page_url: str, anchor: str, kind: str) -> str:
    """The address of a part of a page of this kind."""
    if not anchor:
        return page_url
    return f"{page_url}?part={anchor}#{anchor}" if kind == Kind.BOOK else f"{page_url}#{anchor}"


class Synonyms(models.Model):
    """Words of one meaning: who searches for one of them also finds the others."""

    words = models.CharField(
        _("words of one meaning"),
        max_length=300,
        unique=True,
        help_text=_("Parted by commas, such as: 党章，中国共产党章程. Two words at least."),
    )

    class Meta:
        verbose_name = _("synonyms")
        verbose_name_plural = _("synonyms")
        ordering = ["words"]

    def __str__(self) -> str:
        return self.words

    def clean(self) -> None:
        if len(self.group) < 2:
            raise ValidationError(
                {"words": _("Write at least two different words, parted by commas.")}
            )

    @property
    def group(self) -> list[str]:
        """The words, folded, each once."""
        return parted(self.words)


def parted(words: str) -> list[str]:
    """The words of a line of synonyms, folded, each once.

    >>> parted("党章，中国共产党章程、党章")
    ['党章', '中国共产党章程']
    """
    for mark in "，、;；|":
        words = words.replace(mark, ",")
    return list(dict.fromkeys(folded for word in words.split(",") if (folded := fold(word))))
