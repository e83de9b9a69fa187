"""What the library adds to Wagtail's admin."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from content import queries
from content.models import MediaFile
from content.permissions import may_edit
from content.views.importing import Preview, Upload


class MediaFiles(SnippetViewSet):
    """Lecture files, to upload and choose."""

    model = MediaFile
    icon = "media"
    menu_label = gettext_lazy("Lecture files")
    add_to_admin_menu = True
    list_display = ["title", "length_seconds", "uploaded_at"]
    search_fields = ["title"]


register_snippet(MediaFiles)


@hooks.register("register_admin_urls")
def import_urls() -> list[Any]:
    return [
        path("import-policy/", Upload.as_view(), name="content_import"),
        path("import-policy/<int:pk>/", Preview.as_view(), name="content_import_preview"),
    ]


class ImportItem(MenuItem):
    """Shown to those who may import."""

    def is_shown(self, request: HttpRequest) -> bool:
        return may_edit(request.user)


@hooks.register("register_admin_menu_item")
def import_item() -> MenuItem:
    return ImportItem(
        gettext_lazy("Import a policy text"),
        reverse("content_import"),
        name="import-policy",
        icon_name="upload",
        order=150,
    )


@hooks.register("construct_page_action_menu")
def publishing_is_approving(
    menu_items: list[Any], request: HttpRequest, context: dict[str, Any]
) -> None:
    """No "publish" beside "save": a page is published by a second person's approval.

    For who may approve, that is the main button; for everybody else, saving is.
    """
    kept = [item for item in menu_items if item.name != "action-publish"]
    deciding = [item for item in kept if item.name in ("approve", "reject")]
    menu_items[:] = deciding + [item for item in kept if item not in deciding]


@hooks.register("before_delete_page")
def keep_what_is_cited(request: HttpRequest, page: Any) -> HttpResponse | None:
    """A policy text that somebody cites stays."""
    cited = queries.citations_below(page)
    if not cited:
        return None
    messages.error(
        request,
        _(
            "“%(title)s” is cited in %(count)s places and cannot be deleted. Mark it as repealed instead."
        )
        % {"title": page.title, "count": cited},
    )
    return redirect("wagtailadmin_pages:edit", page.pk)
