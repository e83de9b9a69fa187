"""One row a published page and one an article: what lists and search read."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from content.enums import Kind, Theme


class IndexEntry(models.Model):
    """A derived row; ``operations.index_page`` writes it and can write all of them anew.

    ``anchor`` is empty for the page itself. ``words`` is the text as search sees it: folded in width and
    case, without spaces.
    """

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="+")
    anchor = models.CharField(max_length=60, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    theme = models.CharField(_("theme"), max_length=20, choices=Theme, blank=True)
    title = models.CharField(_("title"), max_length=300)
    text = models.TextField(_("text"), blank=True)
    title_words = models.TextField()
    words = models.TextField()
    public = models.BooleanField(_("may be read without signing in"))
    # What the list shows beside the title: number of a text, speaker of a lecture.
    note = models.CharField(max_length=200, blank=True)
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
