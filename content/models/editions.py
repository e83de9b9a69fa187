"""A policy text in the wordings it had, their articles, and who cites them."""

from dataclasses import dataclass

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from content.enums import ArticleKind, FlagReason


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of an article."""

    text: str
    is_table = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; the first row is the head."""

    rows: list[list[str]]
    is_table = True

    @property
    def head(self) -> list[str]:
        return self.rows[0]

    @property
    def body(self) -> list[list[str]]:
        return self.rows[1:]


class Edition(models.Model):
    """One wording of a policy text. An amendment makes a new edition; the old one stays."""

    text = models.ForeignKey(
        "content.PolicyTextPage",
        on_delete=models.CASCADE,
        related_name="editions",
        verbose_name=_("policy text"),
    )
    ordinal = models.PositiveSmallIntegerField(_("edition"))
    effective_from = models.DateField(_("effective from"), null=True, blank=True)
    # SHA-256 of the source file: the same file is never imported twice.
    source_digest = models.CharField(_("digest of the source"), max_length=64, unique=True)
    source_name = models.CharField(_("name of the source"), max_length=200, blank=True)
    notice = models.JSONField(_("issuing notice"), default=list, blank=True)
    closing = models.JSONField(_("closing lines"), default=list, blank=True)
    report = models.JSONField(_("import report"), default=list, blank=True)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    imported_at = models.DateTimeField(_("imported at"))
    published_at = models.DateTimeField(_("published at"), null=True)
    # Set once the text holds no more and whoever cites any of it was told so.
    lapse_told_at = models.DateTimeField(_("lapse told at"), null=True, editable=False)

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering = ["text", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["text", "ordinal"], name="content_edition_ordinal")
        ]

    def __str__(self) -> str:
        return f"{self.text_id}/{self.ordinal}"


class Article(models.Model):
    """A numbered part of one edition. Its anchor is the same in every edition it stands in."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="articles")
    anchor = models.CharField(_("anchor of the article"), max_length=60)
    kind = models.CharField(_("level"), max_length=12, choices=ArticleKind)
    label = models.CharField(_("number"), max_length=30, blank=True)
    heading = models.CharField(_("heading"), max_length=300, blank=True)
    text = models.TextField(_("text"), blank=True)
    parent_anchor = models.CharField(_("belongs to the article"), max_length=60, blank=True)
    order = models.PositiveIntegerField(_("order"))

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ["edition", "order"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "anchor"], name="content_article_anchor")
        ]

    def __str__(self) -> str:
        return f"{self.label}{self.heading}" or self.anchor

    @property
    def number(self) -> str:
        """The label with full-width brackets, as it is set: sources mix both."""
        return self.label.replace("(", "（").replace(")", "）")

    @property
    def paragraphs(self) -> list[str]:
        return self.text.split("\n") if self.text else []

    @property
    def blocks(self) -> list[Paragraph | Table]:
        """Paragraphs, and tables where lines hold cells parted by tabs."""
        found: list[Paragraph | Table] = []
        for line in self.paragraphs:
            if "\t" not in line:
                found.append(Paragraph(line))
            elif found and isinstance(found[-1], Table):
                found[-1].rows.append(line.split("\t"))
            else:
                found.append(Table([line.split("\t")]))
        return found


class Citation(models.Model):
    """Somebody relies on an article: a lesson, a question, a rule pack. Posted here by whoever cites."""

    # "exams.question:17", "content.page:12"; with text and anchor it is unique.
    source = models.CharField(_("source"), max_length=100, db_index=True)
    text = models.ForeignKey(
        "content.PolicyTextPage", on_delete=models.PROTECT, related_name="citations"
    )
    anchor = models.CharField(_("anchor of the article"), max_length=60)
    label = models.CharField(_("shown as"), max_length=200)
    url = models.CharField(_("address"), max_length=300, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="content_citations",
    )
    cited_at = models.DateTimeField(_("cited at"))
    flagged_at = models.DateTimeField(_("flagged at"), null=True, blank=True)
    flagged_because = models.CharField(
        _("flagged because"), max_length=10, choices=FlagReason, blank=True
    )

    class Meta:
        verbose_name = _("citation")
        verbose_name_plural = _("citations")
        ordering = ["text", "anchor", "id"]
        indexes = [
            models.Index(
                fields=["owner"], condition=~Q(flagged_at=None), name="content_citation_flagged"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "text", "anchor"], name="content_citation_once"
            ),
            models.CheckConstraint(
                condition=Q(flagged_at=None, flagged_because="")
                | (Q(flagged_at__isnull=False) & ~Q(flagged_because="")),
                name="content_citation_flag_has_a_reason",
            ),
        ]

    # The article's number as printed; queries that show citations fill it in.
    place = ""
    lapsed = False

    def __str__(self) -> str:
        return f"{self.source} → {self.text_id}#{self.anchor}"

    @property
    def whence(self) -> tuple[str, str]:
        """Name and address of what cites: what one page cites stands together."""
        return self.label, self.url


class TextNaming(models.Model):
    """A text names another by its title in 《》. Derived at publication, in both directions."""

    text = models.ForeignKey("content.PolicyTextPage", on_delete=models.CASCADE, related_name="+")
    named = models.ForeignKey("content.PolicyTextPage", on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("naming of a text")
        verbose_name_plural = _("namings of texts")
        constraints = [
            models.UniqueConstraint(fields=["text", "named"], name="content_text_names_once"),
            models.CheckConstraint(
                condition=~Q(text=models.F("named")), name="content_text_names_others"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.text_id} → {self.named_id}"
