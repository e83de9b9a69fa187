"""Documents attached to lessons and announcements, shown in the page; private as the pages are."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from content.enums import DocumentKind
from content.media_check import extension
from content.models.uploaded import Uploaded


def storage_name(instance: "Document", filename: str) -> str:
    """A name that says nothing and cannot be guessed; only the extension is kept."""
    return f"private/documents/{uuid.uuid4().hex}{extension(filename)}"


class Document(Uploaded):
    """A PDF or an office document. Never served by path: ``content:document`` asks who wants it."""

    title = models.CharField(_("title"), max_length=200)
    file = models.FileField(
        _("file"),
        upload_to=storage_name,
        help_text=_("PDF or Word (.docx), at most 20 MB. Please export others as PDF."),
    )
    kind = models.CharField(
        _("kind of document"), max_length=10, choices=DocumentKind, editable=False
    )
    size = models.PositiveIntegerField(editable=False)
    # What is shown in the page; a PDF is shown by the browser itself.
    html = models.TextField(editable=False, blank=True)

    class Meta:
        verbose_name = _("document to attach")
        verbose_name_plural = _("documents to attach")

    def __str__(self) -> str:
        return self.title


class DocumentUse(models.Model):
    """A published page shows a document: whoever may read the page may open it. Written on publishing."""

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="+")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="uses")

    class Meta:
        verbose_name = _("use of a document")
        verbose_name_plural = _("uses of documents")
        constraints = [
            models.UniqueConstraint(fields=["page", "document"], name="content_document_use_once")
        ]

    def __str__(self) -> str:
        return f"{self.page_id}: {self.document_id}"
