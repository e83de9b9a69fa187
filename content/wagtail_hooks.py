"""What the library adds to Wagtail's admin."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.account import LocaleSettingsPanel, NameEmailSettingsPanel
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from content import empty_choices, queries
from content.choosers import unit_chooser
from content.forms import DocumentForm, MediaForm, PackageForm
from content.models import Document, MediaFile, Package, Synonyms
from content.permissions import may_edit, may_see_drafts
from content.views.importing import Preview, Upload

empty_choices.register()


class MediaFiles(SnippetViewSet):
    """Lecture files, to upload and choose."""

    model = MediaFile
    icon = "media"
    menu_label = gettext_lazy("Lecture files")
    add_to_admin_menu = True
    list_display = ["title", "length_seconds", "uploaded_at"]
    search_fields = ["title"]

    def get_form_class(self, for_update: bool = False) -> Any:
        return self.get_edit_handler().get_form_class()

    def get_edit_handler(self) -> Any:
        panels = [FieldPanel("title"), FieldPanel("file"), FieldPanel("length_seconds")]
        handler = ObjectList(panels, base_form_class=MediaForm)
        return handler.bind_to_model(self.model)


register_snippet(MediaFiles)


class Packages(SnippetViewSet):
    """Interactive packages, to upload and choose."""

    model = Package
    icon = "grid"
    menu_label = gettext_lazy("Package files")
    add_to_admin_menu = True
    list_display = [
        "title",
        "kind",
        "file_count",
        Column("uploaded_by", label=gettext_lazy("Uploaded by"), sort_key="uploaded_by__name"),
        "uploaded_at",
    ]
    list_filter = ["kind"]
    search_fields = ["title"]

    def get_form_class(self, for_update: bool = False) -> Any:
        return self.get_edit_handler().get_form_class()

    def get_edit_handler(self) -> Any:
        handler = ObjectList([FieldPanel("title"), FieldPanel("file")], base_form_class=PackageForm)
        return handler.bind_to_model(self.model)


register_snippet(Packages)


class Documents(SnippetViewSet):
    """Documents, to upload and attach to lessons and announcements."""

    model = Document
    icon = "doc-full-inverse"
    menu_label = gettext_lazy("Documents to attach")
    add_to_admin_menu = True
    list_display = ["title", "kind", "uploaded_by", "uploaded_at"]
    search_fields = ["title"]

    def get_form_class(self, for_update: bool = False) -> Any:
        return self.get_edit_handler().get_form_class()

    def get_edit_handler(self) -> Any:
        panels = [FieldPanel("title"), FieldPanel("file")]
        return ObjectList(panels, base_form_class=DocumentForm).bind_to_model(self.model)


register_snippet(Documents)


class SynonymsTable(SnippetViewSet):
    """Words of one meaning, one line a group: what search treats as one."""

    model = Synonyms
    icon = "tag"
    menu_label = gettext_lazy("Synonyms for search")
    menu_order = 310
    add_to_admin_menu = True
    list_display = ["words"]
    list_per_page = 100
    search_fields = ["words"]
    panels = [FieldPanel("words")]


register_snippet(SynonymsTable)


@hooks.register("register_admin_viewset")
def register_unit_chooser() -> Any:
    return unit_chooser


@hooks.register("register_admin_urls")
def import_urls() -> list[Any]:
    return [
        path("import-policy/", Upload.as_view(), name="content_import"),
        path("import-policy/<int:pk>/", Preview.as_view(), name="content_import_preview"),
    ]


@hooks.register("insert_global_admin_css")
def house_look() -> SafeString:
    return format_html('<link rel="stylesheet" href="{}">', static("css/admin.css"))


@hooks.register("insert_editor_js")
def editor_scripts() -> SafeString:
    """One save at a time; captions from a file."""
    addresses = [(static(name),) for name in ("content/saving.js", "content/captions.js")]
    return format_html_join("", '<script type="module" src="{}"></script>', addresses)


@hooks.register("register_admin_menu_item")
def back_to_the_site() -> MenuItem:
    # "/" alone would be taken for the beginning of every address, and marked as the present one.
    return MenuItem(
        gettext_lazy("Back to the site"), "/#", name="back", icon_name="arrow-left", order=1
    )


class DeskItem(MenuItem):
    """Shown to those who have a desk."""

    def is_shown(self, request: HttpRequest) -> bool:
        return may_see_drafts(request.user)


@hooks.register("register_admin_menu_item")
def desk_item() -> MenuItem:
    return DeskItem(
        gettext_lazy("Editor’s desk"),
        reverse("content:desk"),
        name="desk",
        icon_name="tasks",
        order=50,
    )


def _left_out(panel: Any) -> bool:
    return False


# Name and mail are kept by the people's office, the language by the site's own switch. Wagtail has a hook
# for more panels of the account page, none for fewer.
for _panel in (NameEmailSettingsPanel, LocaleSettingsPanel):
    _panel.is_active = _left_out


@hooks.register("construct_help_menu")
def no_foreign_help(request: HttpRequest, menu_items: list[Any]) -> None:
    """Nothing leads out of the house."""
    menu_items[:] = [item for item in menu_items if item.url.startswith(("/", "#"))]


class Welcome(Component):
    """What waits, and what one may begin, in place of Wagtail's own summary."""

    name = "welcome"
    order = 1
    template_name = "content/admin/welcome.html"

    def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
        request = parent_context["request"]
        doors = [
            {
                "url": reverse("wagtailadmin_pages:add", args=[app, model, parent]),
                "icon": icon,
                "label": label,
                "text": text,
            }
            for app, model, parent, icon, label, text in _beginnings(request.user)
        ]
        if may_edit(request.user):
            doors.insert(
                0,
                {
                    "url": reverse("content_import"),
                    "icon": "upload",
                    "label": _("Import a policy text"),
                    "text": _("From a text file, article by article."),
                },
            )
        return {"waiting": queries.editor_desk(request.user).count, "doors": doors}


def _beginnings(person: Any) -> Iterator[tuple[str, str, int, str, Any, Any]]:
    """The new pages the person may begin, with the page each goes under."""
    words = {
        ("content", "microlecturepage"): (
            "media",
            _("New micro-lecture"),
            _("A recorded talk of five to ten minutes with captions."),
        ),
        ("content", "packagepage"): (
            "grid",
            _("New interactive package"),
            _("SCORM or H5P, made elsewhere: something to do."),
        ),
        ("content", "announcementpage"): (
            "doc-full-inverse",
            _("New announcement"),
            _("For everybody or for some units, with a first and a last day."),
        ),
        ("content", "lessonpage"): (
            "doc-full",
            _("New lesson"),
            _("Prose, cited articles, pictures and questions."),
        ),
        ("courses", "coursepage"): (
            "list-ol",
            _("New course"),
            _("Lectures, lessons and tests in their order, with credit hours."),
        ),
    }
    for (app, model), (icon, label, text) in words.items():
        parent = queries.place_for(app, model)
        if parent is not None and parent.permissions_for_user(person).can_add_subpage():
            yield app, model, parent.pk, icon, label, text


@hooks.register("construct_homepage_panels")
def house_home(request: HttpRequest, panels: list[Any]) -> None:
    """What is to be reviewed stands on the desk; the first page leads there."""
    moderation = ("workflow_objects_to_moderate", "user_objects_in_workflow_moderation")
    panels[:] = [Welcome(), *(p for p in panels if getattr(p, "name", "") not in moderation)]


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
