"""Announcements (通知公告): what the house tells everybody, or the people of a part of the tree."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Orderable, Page

from content.lesson_blocks import AnnouncementBody
from content.models.index import library_address
from content.models.review import TwoPersonPermissions
from people.enums import Role
from people.models import OrgUnit
from people.queries import units_managed_by


class AnnouncementForm(WagtailAdminPageForm):
    """Nobody addresses people outside the part of the tree for which he is an editor."""

    def is_valid(self) -> bool:
        # The formset of units is cleaned after the form itself.
        return super().is_valid() and self._audience_is_allowed()

    def _audience_is_allowed(self) -> bool:
        rows = self.formsets["audience"]
        chosen = {
            row.cleaned_data["unit"]
            for row in rows.forms
            if row.cleaned_data.get("unit") and not row.cleaned_data.get("DELETE")
        }
        person = self.for_user
        if not person.is_superuser:
            paths = [unit.path for unit in units_managed_by(person, Role.EDITOR).only("path")]
            outside = [unit.name for unit in chosen if unit.path not in paths]
            if outside:
                self.add_error(
                    None,
                    _("You are not an editor for %(units)s. Please choose units of your own part.")
                    % {"units": "、".join(sorted(outside))},
                )
            if not chosen and all(len(path) > OrgUnit.steplen for path in paths):
                self.add_error(
                    None,
                    _("You are not an editor for everybody. Please choose the units this is for."),
                )
        return not self.errors


class AnnouncementPage(Page):
    """An announcement. Past its last day it stands in the archive and may still be read."""

    body = StreamField(AnnouncementBody(), verbose_name=_("body"))
    public = models.BooleanField(
        _("public"),
        default=False,
        help_text=_(
            "May be read by anybody, without signing in. Otherwise only by those whom it is for."
        ),
    )
    pinned = models.BooleanField(
        _("pinned"), default=False, help_text=_("Stands above the others while it is shown.")
    )
    shown_from_on = models.DateField(
        _("shown from"),
        null=True,
        blank=True,
        help_text=_("Empty: as soon as a second person has approved it."),
    )
    shown_until_on = models.DateField(
        _("shown until"),
        null=True,
        blank=True,
        help_text=_("The last day; from the next one it stands in the archive. Empty: no end."),
    )

    base_form_class = AnnouncementForm
    parent_page_types = ["content.LibraryPage"]
    subpage_types: list[str] = []
    template = "content/announcement.html"
    content_panels = [
        *Page.content_panels,
        FieldPanel("body"),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("shown_from_on"), FieldPanel("shown_until_on")]),
                FieldRowPanel([FieldPanel("pinned"), FieldPanel("public")]),
            ],
            heading=_("When and for whom"),
        ),
        InlinePanel(
            "audience",
            heading=_("For these units"),
            label=_("unit"),
            help_text=_(
                "With everything below them; it stands on the first page of their people. Leave "
                "this empty when it is for everybody."
            ),
        ),
    ]

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")

    @property
    def address(self) -> str:
        """Where it is read."""
        return library_address(self)

    def clean(self) -> None:
        super().clean()
        first, last = self.shown_from_on, self.shown_until_on
        if first and last and last < first:
            raise ValidationError({"shown_until_on": _("The last day lies before the first.")})

    def permissions_for_user(self, user: Any) -> TwoPersonPermissions:
        return TwoPersonPermissions(user, self)


class AnnouncementAudience(Orderable):
    """A unit, with everything below it, for whose people an announcement is."""

    announcement = ParentalKey(AnnouncementPage, on_delete=models.CASCADE, related_name="audience")
    unit = models.ForeignKey(
        "people.OrgUnit", on_delete=models.PROTECT, related_name="+", verbose_name=_("unit")
    )

    panels = [FieldPanel("unit")]

    class Meta(Orderable.Meta):
        verbose_name = _("unit addressed")
        verbose_name_plural = _("units addressed")
