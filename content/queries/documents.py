"""Documents, for those who may read a page that shows them."""

from typing import Any

from content.models import Document, DocumentUse
from content.permissions import may_see_drafts
from content.queries.pages import pages_by_id


def document_for(person: Any, pk: int) -> Document | None:
    """The document, when the person may read one of the published pages that show it, or is an editor."""
    document = Document.objects.filter(pk=pk).first()
    if document is None or may_see_drafts(person):
        return document
    shown_on = DocumentUse.objects.filter(document=pk).values_list("page_id", flat=True)
    return document if pages_by_id(shown_on, person) else None
