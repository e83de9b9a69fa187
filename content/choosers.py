"""What editors choose from, besides pages: a unit of the tree, by words of its name or its code."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic.chooser import BaseChooseView, ChooseResultsView, ChooseView
from wagtail.admin.viewsets.chooser import ChooserViewSet

from people.enums import Role
from people.models import OrgUnit
from people.queries import units_managed_by


class UnitFilter(BaseFilterForm):
    """Words of the name, or the beginning of the code."""

    q = forms.CharField(
        label=_("Name or code"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"placeholder": _("Name or code")}),
    )

    def filter(self, objects: QuerySet[OrgUnit]) -> QuerySet[OrgUnit]:
        found: QuerySet[OrgUnit] = super().filter(objects)
        words = self.cleaned_data.get("q", "").split()[:5]
        for word in words:
            found = found.filter(Q(name__icontains=word) | Q(code__istartswith=word))
        if words:
            self.is_searching = True
            self.search_query = " ".join(words)
        return found


class UnitChoices(BaseChooseView):
    """The units a person may address, in tree order."""

    filter_form_class = UnitFilter
    ordering = "path"

    def get_object_list(self) -> QuerySet[OrgUnit]:
        return units_of(self.request.user)

    @property
    def columns(self) -> list[Column]:
        return [
            *super().columns,
            Column("kind", label=_("kind"), accessor="get_kind_display"),
            Column("code", label=_("question code"), accessor="code"),
        ]


def units_of(person: Any) -> QuerySet[OrgUnit]:
    """The active units for which somebody is an editor; all of them for who holds every right."""
    units = OrgUnit.objects.all() if person.is_superuser else units_managed_by(person, Role.EDITOR)
    return units.filter(is_active=True)


class ChooseUnit(UnitChoices, ChooseView):
    """The dialog."""


class ChooseUnitResults(UnitChoices, ChooseResultsView):
    """What the dialog shows while one types."""


class UnitChooser(ChooserViewSet):
    """The field for a unit in every form of Wagtail's admin."""

    model = OrgUnit
    icon = "group"
    choose_one_text = _("Choose a unit")
    choose_another_text = _("Choose another unit")
    choose_view_class = ChooseUnit
    choose_results_view_class = ChooseUnitResults
    per_page = 15


unit_chooser = UnitChooser("unit_chooser")
